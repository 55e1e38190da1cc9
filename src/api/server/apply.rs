//! Server-side apply: a PATCH that says what its writer wants to own.
//!
//! Who owns what stands in `metadata.managedFields`, kept for apply managers only: a write of another kind takes nothing
//! over and leaves no entry, which the API allows.

use super::update::Part;
use super::{ApiError, Resource, Server, WriteOptions};
use crate::api::managed_fields::{self, Conflict, FieldSet};
use crate::api::{FieldError, Reason, conversion, schema};
use crate::json;
use crate::machinery::{Object, Value};

/// kubectl's manager for applies on its own side, whose fields its server-side applies take over.
const CLIENT_SIDE: &str = "kubectl-client-side-apply";

impl Server {
    /// Answers a client's PATCH of the type `application/apply-patch+yaml`. `force` takes fields from other managers.
    pub fn apply(
        &self,
        resource: &Resource,
        ns: &str,
        name: &str,
        mut body: Value,
        force: bool,
        options: &WriteOptions,
    ) -> Result<Object, ApiError> {
        if options.manager.is_empty() {
            let error = FieldError::required("fieldManager", "is required for apply patch");
            return Err(ApiError::invalid("meta.k8s.io", "PatchOptions", "", vec![error]));
        }
        if !body.items_at("metadata/managedFields").is_empty() {
            return Err(ApiError::bad_request("metadata.managedFields must be nil"));
        }
        body.remove("metadata/resourceVersion");
        let rules = schema::MergeRules::of(resource);
        let wanted = FieldSet::of(&body, rules);
        let entry = |set: &FieldSet| {
            json!({
                "manager": (options.manager.as_str()), "operation": "Apply", "apiVersion": (resource.api_version()),
                "time": (self.now().rfc3339()), "fieldsType": "FieldsV1", "fieldsV1": (set.to_fields_v1()),
            })
        };
        let live = match self.read(resource, ns, name) {
            Ok(live) => live,
            Err(e) if e.reason == Reason::NotFound => {
                body.set("metadata/managedFields", vec![entry(&wanted)]);
                return self.post(resource, ns, body, options);
            }
            Err(e) => return Err(e),
        };
        let takes_over = |other: &Value| {
            other.str_at("manager") == options.manager && other.str_at("operation") == "Apply"
                || options.manager == "kubectl" && other.str_at("manager") == CLIENT_SIDE
        };
        let (own, mut others): (Vec<Value>, Vec<Value>) =
            live.items_at("metadata/managedFields").iter().cloned().partition(takes_over);
        let conflicts = managed_fields::conflicts(&wanted, &body, &live, &others, rules);
        if !conflicts.is_empty() && !force {
            return Err(refused(resource, name, &conflicts));
        }
        for (other, taken) in conflicts.iter().flat_map(|c| c.paths.iter().map(|p| (c.entry, p))) {
            let mut left = FieldSet::from_fields_v1(others[other].at("fieldsV1"));
            left.remove(taken);
            others[other].set("fieldsV1", left.to_fields_v1());
        }
        let mut merged = managed_fields::merge(&live, &body, rules);
        for before in &own {
            let mut dropped = FieldSet::from_fields_v1(before.at("fieldsV1"));
            dropped.subtract(&wanted);
            others.iter().for_each(|o| dropped.subtract(&FieldSet::from_fields_v1(o.at("fieldsV1"))));
            managed_fields::remove(&mut merged, &dropped);
        }
        others.retain(|o| !o.at("fieldsV1").map().is_empty());
        others.insert(0, entry(&wanted));
        merged.set("metadata/managedFields", others);
        let (object, warnings) = schema::decode(resource, merged, options.field_validation, self)?;
        self.warn(warnings);
        let object = conversion::to_storage(object, resource, &self.registry());
        let stored = self.replace(resource, object, Part::Main, options)?;
        Ok(conversion::to_version(stored, resource))
    }
}

/// 409, naming every manager and field.
fn refused(resource: &Resource, name: &str, conflicts: &[Conflict]) -> ApiError {
    let count: usize = conflicts.iter().map(|c| c.paths.len()).sum();
    let mut message = match (count, conflicts) {
        (1, [one]) => {
            format!("Apply failed with 1 conflict: conflict with {}: {}", one.manager, one.paths[0])
        }
        _ => format!("Apply failed with {count} conflicts:"),
    };
    if count > 1 {
        for (n, conflict) in conflicts.iter().enumerate() {
            message.push_str(if n == 0 { " " } else { "\n" });
            message.push_str(&format!("conflicts with {}:", conflict.manager));
            conflict.paths.iter().for_each(|path| message.push_str(&format!("\n- {path}")));
        }
    }
    let mut error = ApiError::conflict(resource, name, "");
    error.message = message;
    // The causes say it all; which object it is about is left out.
    error.details = None;
    for conflict in conflicts {
        for path in &conflict.paths {
            let text = format!("conflict with {}", conflict.manager);
            error = error.with_cause("FieldManagerConflict", text, &path.to_string());
        }
    }
    error
}
