//! The order of a merged list: what the patch names takes the patch's order, the rest keeps its place in the live list.

use super::identity;
use crate::machinery::Value;

/// Orders a merged list. `wanted` holds the items (or their keys alone) in the patch's order, `live` the list as it was.
pub(super) fn settle(merged: Vec<Value>, wanted: &[Value], live: &[Value], key: &str) -> Vec<Value> {
    let (mut named, mut unnamed): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| position(wanted, item, key).is_some());
    sort_like(&mut named, wanted, key);
    sort_like(&mut unnamed, live, key);
    let mut settled = Vec::with_capacity(named.len() + unnamed.len());
    let (mut named, mut unnamed) = (named.into_iter().peekable(), unnamed.into_iter().peekable());
    loop {
        let unnamed_first = match (unnamed.peek(), named.peek()) {
            (None, None) => return settled,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(u), Some(n)) => match (position(live, u, key), position(live, n, key)) {
                (Some(u), Some(n)) => u < n,
                _ => false,
            },
        };
        settled.extend(if unnamed_first { unnamed.next() } else { named.next() });
    }
}

/// Sorts items into the order in which a list names them; those it does not name come last.
pub(super) fn sort_like(items: &mut [Value], order: &[Value], key: &str) {
    items.sort_by_key(|item| position(order, item, key).unwrap_or(usize::MAX));
}

fn position(list: &[Value], item: &Value, key: &str) -> Option<usize> {
    let wanted = identity(item, key);
    list.iter().position(|other| identity(other, key) == wanted)
}
