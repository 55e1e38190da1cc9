//! Splitting new nodes between similar groups: the smallest gets the next one.

use super::Increase;
use crate::actors::programs::cluster_autoscaler::group::Group;
use crate::actors::programs::cluster_autoscaler::journal::Journal;

/// Who gets how many of `nodes`. Only groups that change are in the plan.
pub fn split(groups: &[&Group], nodes: i64, journal: &mut Journal) -> Vec<Increase> {
    let mut plan: Vec<Increase> = groups
        .iter()
        .filter(|g| g.target < g.max)
        .map(|g| Increase { group: g.name.clone(), from: g.target, to: g.target, max: g.max })
        .collect();
    let room: i64 = plan.iter().map(|p| p.max - p.from).sum();
    if room < nodes {
        journal.info(
            1,
            "balancing_processor.go:120",
            format!("Can only add {room} nodes due to node group limits, need {nodes} nodes"),
        );
    }
    plan.sort_by_key(|p| p.from);
    let mut left = nodes.min(room);
    // The groups from `start` on may still grow; those up to `at` have had their turn at this size.
    let (mut start, mut at) = (0, 0);
    while left > 0 {
        if plan[at].to < plan[at].max {
            plan[at].to += 1;
            left -= 1;
        } else {
            // A full group steps aside when its turn comes.
            plan.swap(start, at);
            start += 1;
        }
        let next_is_smaller = at + 1 < plan.len() && plan[at + 1].to < plan[at].to;
        at = if next_is_smaller { at + 1 } else { start };
    }
    plan.retain(|p| p.to != p.from);
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn group(name: &str, target: i64, max: i64) -> Group {
        Group { name: Arc::from(name), max, target, ..Group::default() }
    }

    fn sizes(groups: &[Group], nodes: i64) -> Vec<(String, i64)> {
        let groups: Vec<&Group> = groups.iter().collect();
        split(&groups, nodes, &mut Journal::default())
            .into_iter()
            .map(|p| (p.group.to_string(), p.to))
            .collect()
    }

    #[test]
    fn the_smallest_grows_first() {
        let groups = [group("a", 3, 10), group("b", 1, 10), group("c", 1, 10)];
        let find = |nodes: i64| {
            let mut sizes = sizes(&groups, nodes);
            sizes.sort();
            sizes
        };
        let s = |list: &[(&str, i64)]| list.iter().map(|(n, v)| (n.to_string(), *v)).collect::<Vec<_>>();
        assert_eq!(find(2), s(&[("b", 2), ("c", 2)]));
        assert_eq!(find(4), s(&[("b", 3), ("c", 3)]));
        assert_eq!(find(7), s(&[("a", 4), ("b", 4), ("c", 4)]));
    }

    #[test]
    fn full_groups_step_aside() {
        let groups = [group("a", 0, 1), group("b", 0, 2), group("c", 5, 5)];
        let mut sizes = sizes(&groups, 10);
        sizes.sort();
        assert_eq!(sizes, [("a".to_string(), 1), ("b".to_string(), 2)]);
    }
}
