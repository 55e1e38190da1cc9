//! `spec.podFailurePolicy`: what the failure of a pod means.

use crate::machinery::{Object, Value};

/// What a failure means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Action {
    /// It counts towards the back-off limit.
    Count,
    /// It does not count.
    Ignore,
    /// No more pods for its index.
    FailIndex,
    /// The Job fails; the message says of what.
    FailJob(String),
}

/// The rules, in order: the first that matches decides.
pub(super) struct FailurePolicy {
    rules: Vec<Value>,
}

impl FailurePolicy {
    pub(super) fn read(job: &Object) -> FailurePolicy {
        FailurePolicy { rules: job.items_at("spec/podFailurePolicy/rules").to_vec() }
    }

    /// What the failure of a pod means.
    pub(super) fn action(&self, pod: &Object) -> Action {
        for (i, rule) in self.rules.iter().enumerate() {
            let Some(what) = matched_exit(rule, pod).or_else(|| matched_condition(rule, pod)) else {
                continue;
            };
            return match rule.str_at("action") {
                "Ignore" => Action::Ignore,
                "FailIndex" => Action::FailIndex,
                "FailJob" => Action::FailJob(format!("{what} matching FailJob rule at index {i}")),
                _ => Action::Count,
            };
        }
        Action::Count
    }
}

fn place(pod: &Object) -> String {
    format!("{}/{}", pod.namespace(), pod.name())
}

fn matched_exit(rule: &Value, pod: &Object) -> Option<String> {
    let wanted = rule.get("onExitCodes")?;
    let container = wanted.str_at("containerName");
    let listed = |code: i64| wanted.items_at("values").iter().any(|v| v.as_i64() == Some(code));
    let statuses = ["status/containerStatuses", "status/initContainerStatuses"];
    statuses.iter().flat_map(|path| pod.items_at(path)).find_map(|status| {
        let name = status.str_at("name");
        let code = status.int_at("state/terminated/exitCode").filter(|code| *code != 0)?;
        let fits = (container.is_empty() || container == name)
            && listed(code) == (wanted.str_at("operator") == "In");
        fits.then(|| format!("Container {name} for pod {} failed with exit code {code}", place(pod)))
    })
}

fn matched_condition(rule: &Value, pod: &Object) -> Option<String> {
    rule.items_at("onPodConditions").iter().find_map(|wanted| {
        let found = pod.condition(wanted.str_at("type"))?;
        let fits = found.str_at("status") == wanted.str_at("status");
        fits.then(|| format!("Pod {} has condition {}", place(pod), wanted.str_at("type")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn the_first_rule_that_matches_decides() {
        let mut job = Object::new("batch/v1", "Job", "shop", "j");
        job.set(
            "spec/podFailurePolicy/rules",
            json!([
                {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}},
            ]),
        );
        let policy = FailurePolicy::read(&job);
        let mut pod = Object::new("v1", "Pod", "shop", "p");
        pod.set(
            "status/containerStatuses",
            json!([{"name": "main", "state": {"terminated": {"exitCode": 42}}}]),
        );
        let why = "Container main for pod shop/p failed with exit code 42 matching FailJob rule at index 1";
        assert_eq!(policy.action(&pod), Action::FailJob(why.into()));
        pod.set("status/conditions", json!([{"type": "DisruptionTarget", "status": "True"}]));
        assert_eq!(policy.action(&pod), Action::Ignore);
        assert_eq!(FailurePolicy::read(&Object::default()).action(&pod), Action::Count);
    }
}
