//! The story of a change to a stack: phases of the stack and events of its resources, each at its instant.

use super::super::state;
use crate::json;
use crate::machinery::{Duration, Time, Value};

/// What happens to a resource.
pub(super) struct Event<'a> {
    /// Its name in the template.
    pub logical: &'a str,
    /// What it is called, once it has a name.
    pub physical: &'a str,
    /// Its type.
    pub kind: &'a str,
    /// `CREATE_IN_PROGRESS`.
    pub status: &'a str,
    /// Why, if there is something to say.
    pub reason: &'a str,
}

/// A story that is being written.
pub(super) struct Story {
    start: Time,
    name: String,
    id: String,
    events: Vec<(i64, Value)>,
    phases: Vec<(i64, Value)>,
}

impl Story {
    pub(super) fn begin(start: Time, name: &str, id: &str) -> Story {
        Story { start, name: name.into(), id: id.into(), events: Vec::new(), phases: Vec::new() }
    }

    fn at(&self, second: i64) -> String {
        state::timestamp_milli(self.start + Duration::from_secs(second))
    }

    /// Something happens to a resource so many seconds after the start.
    pub(super) fn tell(&mut self, second: i64, event: &Event<'_>) {
        let mut entry = json!({
            "at": (self.at(second)), "LogicalResourceId": (event.logical), "PhysicalResourceId": (event.physical),
            "ResourceType": (event.kind), "ResourceStatus": (event.status),
        });
        if !event.reason.is_empty() {
            entry.set("ResourceStatusReason", event.reason);
        }
        self.events.push((second, entry));
    }

    /// The stack itself passes into another status.
    pub(super) fn phase(&mut self, second: i64, status: &str, reason: &str) {
        let phase = json!({"at": (self.at(second)), "status": status, "reason": reason});
        self.phases.push((second, phase));
        let (name, id) = (self.name.clone(), self.id.clone());
        self.tell(
            second,
            &Event { logical: &name, physical: &id, kind: "AWS::CloudFormation::Stack", status, reason },
        );
    }

    /// What was going on at a failure of another is given up: later events are not told.
    pub(super) fn cut(&mut self, second: i64, status: &str, reason: &str) {
        let late: Vec<Value> =
            self.events.iter().filter(|(at, _)| *at > second).map(|(_, e)| e.clone()).collect();
        self.events.retain(|(at, _)| *at <= second);
        for entry in late {
            let begun =
                self.events.iter().any(|(_, e)| e.at("LogicalResourceId") == entry.at("LogicalResourceId"));
            let ends = entry.str_at("ResourceStatus").ends_with("_COMPLETE");
            if begun && ends {
                let event = Event {
                    logical: entry.str_at("LogicalResourceId"),
                    physical: entry.str_at("PhysicalResourceId"),
                    kind: entry.str_at("ResourceType"),
                    status,
                    reason,
                };
                self.tell(second, &event);
            }
        }
    }

    /// Writes the story into a stack's spec, behind what was told before.
    pub(super) fn write(mut self, spec: &mut Value) {
        self.events.sort_by_key(|(at, _)| *at);
        let now = self.at(0);
        for (list, told) in [("kubetick/events", self.events), ("kubetick/phases", self.phases)] {
            let known = spec.at_mut(list).list_mut();
            // What was foretold and did not come to pass.
            known.retain(|entry| entry.str_at("at") <= now.as_str());
            known.extend(told.into_iter().map(|(_, entry)| entry));
        }
    }
}
