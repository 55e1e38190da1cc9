//! What the scheduler writes into events and conditions.

use crate::machinery::KubeVersion;

/// Message of the condition `DisruptionTarget=True` with reason `PreemptionByScheduler` on a victim.
pub const PREEMPTING: &str = "default-scheduler: preempting to accommodate a higher priority pod";

/// The longest note an event takes, in bytes.
const MAX_NOTE: usize = 1024;

/// Note of the event `Scheduled`.
pub fn scheduled(pod: &str, node: &str) -> String {
    format!("Successfully assigned {pod} to {node}")
}

/// Note of the event `FailedScheduling` for a pod that is being deleted.
pub fn skipped(pod: &str) -> String {
    format!("skip schedule deleting pod: {pod}")
}

/// Note of the event `Preempted` on a victim; the preemptor is named by its uid or, in old versions, by its key.
pub fn preempted(preemptor_uid: &str, preemptor: &str, node: &str, version: KubeVersion) -> String {
    if version.preempted_event_names_the_uid() {
        format!("Preempted by pod {preemptor_uid} on node {node}")
    } else {
        format!("Preempted by {preemptor} on node {node}")
    }
}

/// A message as far as an event's note takes it.
pub fn note(message: &str) -> String {
    const CUT: &str = " ...";
    if message.len() <= MAX_NOTE {
        return message.to_string();
    }
    let end = (0..=MAX_NOTE - CUT.len()).rev().find(|i| message.is_char_boundary(*i)).unwrap_or(0);
    format!("{}{CUT}", &message[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_messages_are_cut() {
        assert_eq!(note("short"), "short");
        let long = note(&"x".repeat(2000));
        assert_eq!(long.len(), MAX_NOTE);
        assert!(long.ends_with("x ..."));
    }
}
