//! What the program's service account may do.

use crate::api::{Request, Server, User};
use crate::machinery::Object;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What access control reads.
const RULES: [&str; 4] = [
    "clusterrolebindings.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io",
    "roles.rbac.authorization.k8s.io",
];

/// Kinds the program watches: API group, resource, what the reflector calls the kind.
const WATCHED: [(&str, &str, &str); 9] = [
    ("", "nodes", "v1.Node"),
    ("", "pods", "v1.Pod"),
    ("apps", "daemonsets", "v1.DaemonSet"),
    ("apps", "replicasets", "v1.ReplicaSet"),
    ("apps", "statefulsets", "v1.StatefulSet"),
    ("batch", "jobs", "v1.Job"),
    ("", "replicationcontrollers", "v1.ReplicationController"),
    ("policy", "poddisruptionbudgets", "v1.PodDisruptionBudget"),
    ("storage.k8s.io", "storageclasses", "v1.StorageClass"),
];

/// Answers already given, as long as no rule changes.
#[derive(Debug, Default)]
pub struct Answers {
    revision: u64,
    known: BTreeMap<String, bool>,
}

/// The service account of a pod.
pub struct Access<'a> {
    api: &'a Server,
    user: User,
    answers: &'a RefCell<Answers>,
}

impl<'a> Access<'a> {
    /// The account of a pod.
    pub fn of(api: &'a Server, pod: &Object, answers: &'a RefCell<Answers>) -> Access<'a> {
        let account = match pod.str_at("spec/serviceAccountName") {
            "" => "default",
            name => name,
        };
        let user = User::named(&format!("system:serviceaccount:{}:{account}", pod.namespace()));
        let revision = RULES.iter().map(|r| api.store().revision_of(r, "")).max().unwrap_or(0);
        let mut cache = answers.borrow_mut();
        if cache.revision != revision {
            *cache = Answers { revision, known: BTreeMap::new() };
        }
        drop(cache);
        Access { api, user, answers }
    }

    /// `Ok`, or the API server's refusal.
    pub fn check(&self, verb: &str, group: &str, resource: &str, ns: &str, name: &str) -> Result<(), String> {
        let key = format!("{} {verb} {group} {resource} {ns} {name}", self.user.name);
        let known = self.answers.borrow().known.get(&key).copied();
        let allowed = known.unwrap_or_else(|| {
            let allowed =
                self.api.allows(&self.user, &Request { verb, group, resource, name, namespace: ns });
            self.answers.borrow_mut().known.insert(key, allowed);
            allowed
        });
        if allowed {
            return Ok(());
        }
        let place = match ns {
            "" => "at the cluster scope".to_string(),
            ns => format!("in the namespace \"{ns}\""),
        };
        let subject = match group {
            "" => resource.to_string(),
            group => format!("{resource}.{group}"),
        };
        let object = if name.is_empty() { String::new() } else { format!(" \"{name}\"") };
        Err(format!(
            "{subject}{object} is forbidden: User \"{}\" cannot {verb} resource \"{resource}\" in API group \"{group}\" {place}",
            self.user.name
        ))
    }

    /// What it cannot watch: the kind and the refusal. Without these the program sees nothing, and does nothing.
    pub fn blind_spots(&self) -> Vec<(&'static str, String)> {
        WATCHED
            .iter()
            .filter_map(|(group, resource, kind)| {
                let refused =
                    ["list", "watch"].iter().find_map(|v| self.check(v, group, resource, "", "").err())?;
                Some((*kind, refused))
            })
            .collect()
    }
}
