//! The namespace controller of kube-controller-manager: empties a terminating namespace, then lets it go.
//!
//! It looks at a namespace 5 s after each change of it. From 1.33 on pods go first and everything else when they have
//! gone; before, everything goes in one pass. While pods use their grace it looks again after half of what is left.

use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, DeleteOptions, Resource, set_condition};
use crate::json;
use crate::machinery::{Duration, Object};
use crate::store::Change;
use std::collections::BTreeMap;

/// From a change of a terminating namespace to the controller's look at it.
const DELAY: Duration = Duration::from_secs(5);

/// Empties terminating namespaces; keys are their names.
pub struct NamespaceController;

impl Actor for NamespaceController {
    fn name(&self) -> &'static str {
        "namespace-controller"
    }

    fn rank(&self) -> u8 {
        45
    }

    fn watches(&self) -> &'static [&'static str] {
        &["namespaces"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        if change.object.is_deleting() {
            ctx.wake_in(change.object.name(), DELAY);
        }
    }

    fn reconcile(&mut self, ns: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let Some(namespace) = ctx.api.find("namespaces", "", ns) else { return Ok(()) };
        if !namespace.is_deleting() {
            return Ok(());
        }
        let kinds: Vec<Resource> = ctx
            .api
            .registry()
            .preferred()
            .filter(|r| r.namespaced && r.group != "metrics.k8s.io")
            .cloned()
            .collect();
        let pods_first = ctx.api.version().namespaces_lose_their_pods_first();
        let had_pods = delete_all("pods", ns, ctx);
        let mut remaining = Remaining::default();
        remaining.count("pods", ns, ctx);
        if !(pods_first && had_pods) {
            for kind in kinds.iter().filter(|k| k.qualified() != "pods") {
                delete_all(&kind.qualified(), ns, ctx);
                remaining.count(&kind.qualified(), ns, ctx);
            }
        }
        let waits = !remaining.resources.is_empty();
        let reported = if pods_first && had_pods { Remaining::default() } else { remaining };
        let now = ctx.now().rfc3339();
        ctx.api.modify_status("namespaces", "", ns, |object| {
            for condition in reported.conditions() {
                set_condition(object, condition, &now);
            }
        })?;
        if waits || (pods_first && had_pods) {
            let grace = longest_grace(ns, ctx);
            ctx.wake_in(ns, Duration::from_secs(grace / 2 + 1).max(DELAY));
            return Ok(());
        }
        ctx.api.finalize_namespace(ns)
    }
}

/// Begins the deletion of every object of a resource; whether there were any.
fn delete_all(resource: &str, ns: &str, ctx: &Ctx<'_>) -> bool {
    let Some(kind) = ctx.api.resource(resource) else { return false };
    let objects = ctx.api.list(resource, ns);
    for object in objects.iter().filter(|o| !o.is_deleting()) {
        // What cannot be deleted now is met again in the next pass.
        let _ = ctx.api.remove(&kind, ns, object.name(), &DeleteOptions::default());
    }
    !objects.is_empty()
}

fn longest_grace(ns: &str, ctx: &Ctx<'_>) -> i64 {
    let pods = ctx.api.list("pods", ns);
    pods.iter().filter_map(|p| p.int_at("metadata/deletionGracePeriodSeconds")).max().unwrap_or(0)
}

/// What a pass left behind.
#[derive(Default)]
struct Remaining {
    resources: BTreeMap<String, usize>,
    finalizers: BTreeMap<String, usize>,
}

impl Remaining {
    fn count(&mut self, resource: &str, ns: &str, ctx: &Ctx<'_>) {
        let left: Vec<Object> = ctx.api.list(resource, ns);
        if left.is_empty() {
            return;
        }
        let shown = if resource.contains('.') { resource.to_string() } else { format!("{resource}.") };
        self.resources.insert(shown, left.len());
        for finalizer in left.iter().flat_map(|o| o.finalizers().map(str::to_string).collect::<Vec<_>>()) {
            *self.finalizers.entry(finalizer).or_default() += 1;
        }
    }

    /// The five conditions, in the controller's order and words.
    fn conditions(&self) -> Vec<crate::machinery::Value> {
        let condition = |kind: &str, bad: bool, reason: &str, message: String| {
            let status = if bad { "True" } else { "False" };
            json!({"type": kind, "status": status, "reason": reason, "message": message})
        };
        let each = |counts: &BTreeMap<String, usize>, what: &str| {
            counts
                .iter()
                .map(|(k, n)| format!("{k} {what} {n} resource instances"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let content = if self.resources.is_empty() {
            condition(
                "NamespaceContentRemaining",
                false,
                "ContentRemoved",
                "All content successfully removed".into(),
            )
        } else {
            let text = format!("Some resources are remaining: {}", each(&self.resources, "has"));
            condition("NamespaceContentRemaining", true, "SomeResourcesRemain", text)
        };
        let finalizers = if self.finalizers.is_empty() {
            let text = "All content-preserving finalizers finished".to_string();
            condition("NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", text)
        } else {
            let text = format!(
                "Some content in the namespace has finalizers remaining: {}",
                each(&self.finalizers, "in")
            );
            condition("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", text)
        };
        vec![
            condition(
                "NamespaceDeletionDiscoveryFailure",
                false,
                "ResourcesDiscovered",
                "All resources successfully discovered".into(),
            ),
            condition(
                "NamespaceDeletionGroupVersionParsingFailure",
                false,
                "ParsedGroupVersions",
                "All legacy kube types successfully parsed".into(),
            ),
            condition(
                "NamespaceDeletionContentFailure",
                false,
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization".into(),
            ),
            content,
            finalizers,
        ]
    }
}
