//! The tree over a value.

use super::compare::is_false;
use super::functions;
use super::parser::Node;
use super::{ErrorKind, JmespathError};
use crate::machinery::ordered::{Entries, Json};

type Outcome = Result<Json, JmespathError>;

/// What `node` yields for `value`.
pub(super) fn visit(node: &Node, value: &Json) -> Outcome {
    Ok(match node {
        Node::Current => value.clone(),
        Node::Field(name) => value.get(name).cloned().unwrap_or_default(),
        Node::Literal(literal) => literal.clone(),
        Node::Index(index) => match value {
            Json::List(items) => position(*index, items.len()).map_or(Json::Null, |i| items[i].clone()),
            _ => Json::Null,
        },
        Node::Slice(parts) => match value {
            Json::List(items) => slice(items, *parts)?,
            _ => Json::Null,
        },
        Node::Chain(left, right) => visit(right, &visit(left, value)?)?,
        Node::Flatten(left) => match visit(left, value)? {
            Json::List(items) => {
                let mut flat = Vec::new();
                for item in items.iter() {
                    match item {
                        Json::List(inner) => flat.extend(inner.iter().cloned()),
                        other => flat.push(other.clone()),
                    }
                }
                Json::list(flat)
            }
            _ => Json::Null,
        },
        Node::Projection(left, right) => match visit(left, value)? {
            Json::List(items) => project(items.iter(), right, None)?,
            _ => Json::Null,
        },
        Node::FilterProjection(left, right, condition) => match visit(left, value)? {
            Json::List(items) => project(items.iter(), right, Some(condition))?,
            _ => Json::Null,
        },
        Node::ValueProjection(left, right) => match visit(left, value)? {
            Json::Map(entries) => project(entries.iter().map(|(_, v)| v), right, None)?,
            _ => Json::Null,
        },
        Node::Or(left, right) => {
            let first = visit(left, value)?;
            if is_false(&first) { visit(right, value)? } else { first }
        }
        Node::And(left, right) => {
            let first = visit(left, value)?;
            if is_false(&first) { first } else { visit(right, value)? }
        }
        Node::Not(inner) => Json::Bool(is_false(&visit(inner, value)?)),
        Node::Compare(comparator, left, right) => {
            comparator.apply(&visit(left, value)?, &visit(right, value)?)?
        }
        Node::MultiList(_) | Node::MultiHash(_) if matches!(value, Json::Null) => Json::Null,
        Node::MultiList(nodes) => {
            Json::list(nodes.iter().map(|node| visit(node, value)).collect::<Result<_, _>>()?)
        }
        Node::MultiHash(nodes) => {
            let mut entries = Entries::new();
            for (key, node) in nodes {
                entries.insert(key.clone(), visit(node, value)?);
            }
            Json::map(entries)
        }
        Node::Call(name, arguments) => functions::call(name, arguments, value)?,
        Node::Expref(_) => {
            let message = "Object of type _Expression is not JSON serializable".to_string();
            return Err(JmespathError::new(ErrorKind::Type, message));
        }
    })
}

/// What `right` yields for each value, nulls left out.
fn project<'v>(values: impl Iterator<Item = &'v Json>, right: &Node, condition: Option<&Node>) -> Outcome {
    let mut kept = Vec::new();
    for value in values {
        if let Some(condition) = condition
            && is_false(&visit(condition, value)?)
        {
            continue;
        }
        match visit(right, value)? {
            Json::Null => {}
            found => kept.push(found),
        }
    }
    Ok(Json::list(kept))
}

/// The place of an index that may count from the end.
fn position(index: i128, len: usize) -> Option<usize> {
    let at = if index < 0 { index + len as i128 } else { index };
    usize::try_from(at).ok().filter(|at| *at < len)
}

fn slice(items: &[Json], [start, stop, step]: [Option<i128>; 3]) -> Outcome {
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(JmespathError::new(ErrorKind::Value, "slice step cannot be zero".to_string()));
    }
    let len = items.len() as i128;
    let (lowest, highest) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let bound = |given: Option<i128>, missing: i128| match given {
        None => missing,
        Some(at) if at < 0 => at.saturating_add(len).max(lowest),
        Some(at) => at.min(highest),
    };
    let (mut at, stop) = match step > 0 {
        true => (bound(start, lowest), bound(stop, highest)),
        false => (bound(start, highest), bound(stop, lowest)),
    };
    let mut kept = Vec::new();
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        kept.push(items[at as usize].clone());
        at = at.saturating_add(step);
    }
    Ok(Json::list(kept))
}
