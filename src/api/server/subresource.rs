//! Subresources with a meaning of their own: scale, binding, eviction.

use super::update::Part;
use super::{ApiError, DeleteOptions, Patch, Resource, Server, WriteOptions};
use crate::api::{Cause, FieldError, admission, conversion};
use crate::json;
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Object, Value};

/// Where a kind keeps what its scale shows, as slash paths.
struct ScalePaths {
    spec: String,
    status: String,
    selector: String,
    /// A plain map of labels instead of a LabelSelector.
    selector_is_map: bool,
}

impl Server {
    /// The `autoscaling/v1` Scale of an object.
    pub fn scale(&self, resource: &Resource, ns: &str, name: &str) -> Result<Object, ApiError> {
        if !resource.scale {
            return Err(ApiError::no_such_resource());
        }
        let object = self.get(&conversion::stored_under(resource), ns, name)?;
        Ok(self.scale_of(resource, &object))
    }

    fn scale_of(&self, resource: &Resource, object: &Object) -> Object {
        let paths = self.scale_paths(resource);
        let mut scale = Object::new("autoscaling/v1", "Scale", object.namespace(), object.name());
        for key in ["uid", "resourceVersion", "creationTimestamp"] {
            if let Some(value) = object.at("metadata").get(key) {
                scale.at_mut("metadata").map_mut().insert(key, value);
            }
        }
        let spec = json!({"replicas": (object.int_at(&paths.spec).unwrap_or(0))});
        scale.set("spec", if spec.int_at("replicas") == Some(0) { Value::object() } else { spec });
        scale.set("status/replicas", object.int_at(&paths.status).unwrap_or(0));
        let selector = match object.at(&paths.selector) {
            Value::Str(text) => text.to_string(),
            Value::Map(map) if paths.selector_is_map => map
                .iter()
                .map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or("")))
                .collect::<Vec<_>>()
                .join(","),
            Value::Null => String::new(),
            other => LabelSelector::from_object(other).map(|s| s.to_string()).unwrap_or_default(),
        };
        if !selector.is_empty() {
            scale.set("status/selector", selector);
        }
        scale
    }

    /// Where a kind keeps what its scale shows. Custom kinds say it in their definition.
    fn scale_paths(&self, resource: &Resource) -> ScalePaths {
        let crd = format!("{}.{}", resource.plural, resource.group);
        let crd = self.find("customresourcedefinitions.apiextensions.k8s.io", "", &crd);
        let declared = crd.as_ref().and_then(|crd| {
            let version =
                crd.items_at("spec/versions").iter().find(|v| v.str_at("name") == resource.version)?;
            Some(version.at("subresources/scale").clone())
        });
        let path = |key: &str, usual: &str| match declared.as_ref().map(|d| d.str_at(key)) {
            Some(path) => path.trim_start_matches('.').replace('.', "/"),
            None => usual.to_string(),
        };
        ScalePaths {
            spec: path("specReplicasPath", "spec/replicas"),
            status: path("statusReplicasPath", "status/replicas"),
            selector: path("labelSelectorPath", "spec/selector"),
            selector_is_map: resource.kind == "ReplicationController",
        }
    }

    /// Sets the replicas of an object through its scale.
    pub fn set_scale(
        &self,
        resource: &Resource,
        ns: &str,
        name: &str,
        replicas: i64,
        options: &WriteOptions,
    ) -> Result<Object, ApiError> {
        let stored_as = conversion::stored_under(resource);
        let mut object = self.get(&stored_as, ns, name)?;
        if !resource.scale {
            return Err(ApiError::no_such_resource());
        }
        if i32::try_from(replicas).is_err() {
            let mut wanted = self.scale_of(resource, &object);
            wanted.set("spec/replicas", replicas);
            let why = format!(
                "json: cannot unmarshal number {replicas} into Go struct field ScaleSpec.spec.replicas of type int32"
            );
            return Err(ApiError::unreadable_patch(&wanted.to_json(), why));
        }
        if replicas < 0 {
            let error = FieldError::invalid("spec.replicas", replicas, "must be greater than or equal to 0");
            return Err(ApiError::invalid("autoscaling", "Scale", name, vec![error]));
        }
        object.set(&self.scale_paths(resource).spec, replicas);
        let stored = self.replace(resource, object, Part::Main, options)?;
        Ok(self.scale_of(resource, &stored))
    }

    /// Answers a client's PATCH to `/scale`.
    pub fn patch_scale(
        &self,
        resource: &Resource,
        ns: &str,
        name: &str,
        patch: &Patch,
        options: &WriteOptions,
    ) -> Result<Object, ApiError> {
        let scale = self.scale(resource, ns, name)?;
        let patched = Object(patch.apply(resource, &scale)?);
        let wanted = patched.str_at("metadata/resourceVersion");
        if !wanted.is_empty() && wanted != scale.str_at("metadata/resourceVersion") {
            return Err(ApiError::modified(resource, name));
        }
        self.set_scale(resource, ns, name, patched.int_at("spec/replicas").unwrap_or(0), options)
    }

    /// Binds a pod to a node, as the scheduler does: sets `nodeName` and the PodScheduled condition, and copies the
    /// node's zone and region to the pod's labels (admission PodTopologyLabels, Kubernetes 1.35).
    pub fn bind(&self, ns: &str, pod: &str, node: &str) -> Result<Object, ApiError> {
        let mut object = self.get("pods", ns, pod)?;
        let pods = self.resource("pods").ok_or_else(ApiError::no_such_resource)?;
        if !object.str_at("spec/nodeName").is_empty() {
            let why = format!("pod {pod} is already assigned to node \"{}\"", object.str_at("spec/nodeName"));
            return Err(ApiError::subresource_conflict(&pods, "binding", pod, why));
        }
        if object.is_deleting() {
            let why = format!("pod {pod} is being deleted, cannot be assigned to a host");
            return Err(ApiError::subresource_conflict(&pods, "binding", pod, why));
        }
        object.set("spec/nodeName", node);
        if self.version().binding_clears_the_nomination()
            && !object.str_at("status/nominatedNodeName").is_empty()
        {
            object.remove("status/nominatedNodeName");
        }
        admission::label_topology(&mut object, self.find("nodes", "", node).as_ref(), self.version());
        set_condition(&mut object, json!({"type": "PodScheduled", "status": "True"}), &self.now().rfc3339());
        Ok(self.store_update("pods", object))
    }

    /// Takes the last finalizer off a terminating namespace, which is then gone (`/finalize`): no other write may.
    pub fn finalize_namespace(&self, name: &str) -> Result<(), ApiError> {
        let mut namespace = self.get("namespaces", "", name)?;
        namespace.set("spec/finalizers", json!([]));
        self.store_update("namespaces", namespace);
        Ok(())
    }

    /// Evicts a pod unless a PodDisruptionBudget forbids it (policy/v1 Eviction).
    pub fn evict(&self, ns: &str, pod: &str, options: &DeleteOptions) -> Result<(), ApiError> {
        let object = self.get("pods", ns, pod)?;
        let over = matches!(object.str_at("status/phase"), "Succeeded" | "Failed" | "Pending");
        if !over && !object.is_deleting() {
            self.spend_disruption(&object, options.dry_run)?;
        }
        let resource = self.resource("pods").ok_or_else(ApiError::no_such_resource)?;
        if !options.dry_run {
            let mut marked = self.get("pods", ns, pod)?;
            self.mark_disrupted(&mut marked, "EvictionByEvictionAPI", "Eviction API: evicting");
            if marked != object {
                self.store.put("pods", marked);
            }
        }
        self.remove(&resource, ns, pod, options).map(|_| ())
    }

    /// Has a pod say that it is ended from outside, and by whom; before 1.26 pods do not say so.
    pub fn mark_disrupted(&self, pod: &mut Object, reason: &str, message: &str) {
        if self.version().pods_tell_of_disruptions() {
            let condition =
                json!({"type": "DisruptionTarget", "status": "True", "reason": reason, "message": message});
            set_condition(pod, condition, &self.now().rfc3339());
        }
    }

    /// Takes one disruption from the budget of a pod, or refuses.
    fn spend_disruption(&self, pod: &Object, dry_run: bool) -> Result<(), ApiError> {
        let budgets: Vec<Object> = self
            .store
            .list("poddisruptionbudgets.policy", pod.namespace())
            .into_iter()
            .filter(|b| {
                LabelSelector::from_object(b.at("spec/selector")).is_ok_and(|s| s.matches(pod.labels()))
            })
            .collect();
        let budget = match budgets.as_slice() {
            [] => return Ok(()),
            [one] => one,
            _ => {
                return Err(ApiError::internal(
                    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
                ));
            }
        };
        // A pod that is not ready may go if the rest of the budget holds (policy AlwaysAllow).
        if !pod.condition_true("Ready") && budget.str_at("spec/unhealthyPodEvictionPolicy") == "AlwaysAllow" {
            return Ok(());
        }
        let healthy = budget.int_at("status/currentHealthy").unwrap_or(0);
        let needed = budget.int_at("status/desiredHealthy").unwrap_or(0);
        if !pod.condition_true("Ready") && healthy >= needed && needed > 0 {
            return Ok(());
        }
        if budget.int_at("status/observedGeneration").unwrap_or(0) < budget.generation() {
            let cause =
                format!("The disruption budget {} is still being processed by the server.", budget.name());
            return Err(refusal(cause, 10));
        }
        let allowed = budget.int_at("status/disruptionsAllowed").unwrap_or(0);
        if allowed <= 0 {
            let cause = format!(
                "The disruption budget {} needs {needed} healthy pods and has {healthy} currently",
                budget.name()
            );
            return Err(refusal(cause, 0));
        }
        if !dry_run {
            let mut spent = budget.clone();
            spent.set("status/disruptionsAllowed", allowed - 1);
            let now = self.now().rfc3339();
            spent.at_mut("status/disruptedPods").map_mut().insert(pod.name(), now);
            self.store.put("poddisruptionbudgets.policy", spent);
        }
        Ok(())
    }
}

/// 429: not now.
fn refusal(cause: String, retry_after_seconds: u32) -> ApiError {
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    let cause = Cause { reason: "DisruptionBudget".into(), message: cause, field: String::new() };
    ApiError::too_many_requests(message, retry_after_seconds, vec![cause])
}

/// Sets one entry of `status.conditions` by its type; `lastTransitionTime` moves only when the status does.
pub fn set_condition(object: &mut Object, mut condition: Value, now: &str) {
    let kind = condition.str_at("type").to_string();
    let status = condition.str_at("status").to_string();
    let conditions = object.at_mut("status/conditions").list_mut();
    match conditions.iter_mut().find(|c| c.str_at("type") == kind) {
        Some(old) => {
            let since =
                if old.str_at("status") == status { old["lastTransitionTime"].clone() } else { now.into() };
            condition.set("lastTransitionTime", since);
            if let Some(probed) = old.get("lastProbeTime") {
                condition.set("lastProbeTime", probed);
            }
            *old = condition;
        }
        None => {
            condition.set("lastTransitionTime", now);
            if object.kind() == "Pod" {
                condition.set("lastProbeTime", Value::Null);
            }
            object.at_mut("status/conditions").list_mut().push(condition);
        }
    }
}
