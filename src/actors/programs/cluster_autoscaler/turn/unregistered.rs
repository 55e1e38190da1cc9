//! Instances that never became nodes, and places that cannot be filled.

use super::Turn;
use crate::actors::programs::cluster_autoscaler::journal::Subject;
use std::collections::BTreeMap;

impl Turn<'_, '_> {
    /// Ends instances that have been without node for too long; whether any was.
    pub(super) fn remove_unregistered(&mut self) -> bool {
        let now = self.now();
        let waiting = self.state.registry.unregistered.len();
        if waiting > 0 {
            self.journal.info(1, "static_autoscaler.go:432", format!("{waiting} unregistered nodes present"));
        }
        let long: Vec<String> =
            self.state.registry.long_unregistered(self.flags, now).map(str::to_string).collect();
        let mut by_group: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for id in long {
            match self.state.cloud.group_of(&id) {
                Some(asg) => {
                    if self.flags.release.logs_in_detail() {
                        let text = format!("Marking unregistered node {id} for removal");
                        self.journal.info(0, "static_autoscaler.go:769", text);
                    }
                    by_group.entry(asg.name.clone()).or_default().push(id);
                }
                None => {
                    let text = format!("No node group for node {id}, skipping");
                    self.journal.warn("static_autoscaler.go:759", text);
                }
            }
        }
        let mut removed = false;
        for (group, mut ids) in by_group {
            let Some((size, min)) = self.state.cloud.groups.get(&group).map(|g| (g.size, g.min)) else {
                continue;
            };
            let spare = (size - min).max(0) as usize;
            if spare == 0 {
                let text = format!(
                    "Node group {group} min size reached, skipping removal of {} unregistered nodes",
                    ids.len()
                );
                self.journal.warn("static_autoscaler.go:790", text);
                continue;
            }
            ids.truncate(spare);
            if self.flags.release.logs_in_detail() {
                let text = format!("Removing {} unregistered nodes for node group {group}", ids.len());
                self.journal.info(0, "static_autoscaler.go:778", text);
            }
            for id in ids {
                if !self.flags.release.logs_in_detail() {
                    self.journal.info(
                        0,
                        "static_autoscaler.go:740",
                        format!("Removing unregistered node {id}"),
                    );
                }
                removed |= self.end_instance(&group, &id);
            }
        }
        removed
    }

    fn end_instance(&mut self, group: &str, id: &str) -> bool {
        let now = self.now();
        let instance = id.rsplit('/').next().unwrap_or("");
        match self.state.cloud.delete(self.client, group, instance, now, self.journal) {
            Ok(()) => {
                let text = format!("Removed unregistered node {id}");
                self.journal.event(Subject::Status, false, "DeleteUnregistered", text);
                self.state.count("old_unregistered_nodes_removed_count", 1);
                true
            }
            Err(why) => {
                let text = format!("Failed to remove node {id}: {why}");
                self.journal.warn("static_autoscaler.go:800", text.clone());
                self.journal.event(Subject::Status, true, "DeleteUnregisteredFailed", text);
                false
            }
        }
    }

    /// Gives up places that groups cannot fill; whether there were any.
    pub(super) fn give_up_failed(&mut self) -> bool {
        let now = self.now();
        let state = &mut *self.state;
        let failed = state.registry.creation_errors(
            &state.cloud,
            &mut state.backoff,
            self.flags,
            now,
            state.started,
            self.journal,
        );
        let mut deleted = false;
        for (group, instances) in failed {
            let text =
                format!("Deleting {} from {group} node group because of create errors", instances.len());
            self.journal.info(1, "static_autoscaler.go:850", text);
            // One call gives up all places of the group.
            if let Some(first) = instances.first() {
                match self.state.cloud.delete(self.client, &group, first, now, self.journal) {
                    Ok(()) => deleted = true,
                    Err(why) => {
                        let text = format!("Error while trying to delete nodes from {group}: {why}");
                        self.journal.warn("static_autoscaler.go:880", text);
                    }
                }
            }
        }
        deleted
    }
}
