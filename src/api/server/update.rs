//! PUT and what patches end in: an object replaced as a whole or in its status.

use super::{ApiError, Caller, Resource, Server, WriteOptions};
use crate::api::{conversion, defaults, schema, strategy, validation};
use crate::machinery::{Object, Value};

/// Which part of an object a write may change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Everything but the status.
    Main,
    /// The status alone.
    Status,
}

impl Server {
    /// Replaces an object as a controller does; its status stays as it is in the store. Nothing is written when nothing
    /// changes. A `resourceVersion` in the object that is no longer current is a conflict.
    pub fn update(&self, object: Object) -> Result<Object, ApiError> {
        let resource = self.kind_of_stored(&object).ok_or_else(ApiError::no_such_resource)?;
        self.replace(&resource, object, Part::Main, &WriteOptions::component())
    }

    /// Replaces the status of an object as a controller does.
    pub fn update_status(&self, object: Object) -> Result<Object, ApiError> {
        let resource = self.kind_of_stored(&object).ok_or_else(ApiError::no_such_resource)?;
        self.replace(&resource, object, Part::Status, &WriteOptions::component())
    }

    /// Controllers write objects as they are stored, in a version that an old server may not serve to clients.
    fn kind_of_stored(&self, object: &Object) -> Option<Resource> {
        let group = object.api_version().split_once('/').map_or("", |(group, _)| group);
        self.registry().by_group_kind(group, object.kind()).cloned()
    }

    /// Reads an object, lets `change` alter its main part and writes it back.
    pub fn modify(
        &self,
        resource: &str,
        ns: &str,
        name: &str,
        change: impl FnOnce(&mut Object),
    ) -> Result<Object, ApiError> {
        let mut object = self.get(resource, ns, name)?;
        change(&mut object);
        self.update(object)
    }

    /// Reads an object, lets `change` alter its status and writes it back.
    pub fn modify_status(
        &self,
        resource: &str,
        ns: &str,
        name: &str,
        change: impl FnOnce(&mut Object),
    ) -> Result<Object, ApiError> {
        let mut object = self.get(resource, ns, name)?;
        change(&mut object);
        self.update_status(object)
    }

    /// Answers a client's PUT to an object or to its `/status`.
    pub fn put(
        &self,
        resource: &Resource,
        ns: &str,
        name: &str,
        body: Value,
        part: Part,
        options: &WriteOptions,
    ) -> Result<Object, ApiError> {
        self.warn_of_deprecation(resource);
        let (mut object, warnings) = schema::decode(resource, body, options.field_validation, self)?;
        self.warn(warnings);
        if object.name() != name {
            return Err(ApiError::bad_request(format!(
                "the name of the object ({}) does not match the name on the URL ({name})",
                object.name()
            )));
        }
        if resource.namespaced && object.namespace().is_empty() {
            object.set("metadata/namespace", ns);
        }
        let object = conversion::to_storage(object, resource, &self.registry());
        let stored = self.replace(resource, object, part, options)?;
        Ok(conversion::to_version(stored, resource))
    }

    pub(super) fn replace(
        &self,
        resource: &Resource,
        mut object: Object,
        part: Part,
        options: &WriteOptions,
    ) -> Result<Object, ApiError> {
        let resource = &conversion::storage_resource(resource, &self.registry());
        let stored_as = resource.qualified();
        let old = self
            .store
            .get(&stored_as, object.namespace(), object.name())
            .ok_or_else(|| ApiError::not_found(resource, object.name()))?;
        check_preconditions(resource, &object, &old)?;
        match part {
            Part::Main => keep_status(resource, &mut object, &old),
            Part::Status => {
                let (status, annotations) =
                    (object.at("status").clone(), object.at("metadata/annotations").clone());
                object = old.clone();
                object.set("status", status);
                // Of the metadata a status write may change the annotations; the Deployment controller does.
                if self.registry().is_builtin(resource) && !annotations.is_null() {
                    object.set("metadata/annotations", annotations);
                }
            }
        }
        keep_identity(&mut object, &old);
        if part == Part::Main {
            defaults::apply(resource, &mut object, self);
            strategy::prepare_update(resource, &mut object, &old, self);
        }
        if options.caller == Caller::User {
            let errors = match part {
                Part::Main => validation::validate_update(resource, &object, &old, self),
                Part::Status => validation::validate_status_update(resource, &object, &old, self),
            };
            if !errors.is_empty() {
                return Err(ApiError::invalid_object(resource, object.name(), errors));
            }
        }
        if part == Part::Main {
            strategy::allocate(resource, &mut object, Some(&old), self)?;
        }
        if object == old || options.dry_run {
            return Ok(object);
        }
        Ok(self.store_update(&stored_as, object))
    }

    /// Stores a changed object; one whose deletion waited for its last finalizer goes.
    pub(super) fn store_update(&self, stored_as: &str, object: Object) -> Object {
        let waited = object.is_deleting() && object.finalizers().next().is_none();
        let graceful = object.int_at("metadata/deletionGracePeriodSeconds").unwrap_or(0) > 0;
        let namespace_waits = stored_as == "namespaces" && !object.items_at("spec/finalizers").is_empty();
        if waited && !graceful && !namespace_waits {
            // The last finalizer's going is not a write of its own: watchers see the object go.
            let gone = self.drop_object(stored_as, &object);
            let mut last = object;
            last.set("metadata/resourceVersion", gone.at("metadata/resourceVersion"));
            return last;
        }
        let stored = self.store.put(stored_as, object);
        self.note_kind_change(stored_as, &stored, false);
        stored
    }
}

/// Optimistic locking: a stated uid or resourceVersion must be the current one.
fn check_preconditions(resource: &Resource, object: &Object, old: &Object) -> Result<(), ApiError> {
    let (uid, version) = (object.uid(), object.str_at("metadata/resourceVersion"));
    if !uid.is_empty() && uid != old.uid() {
        return Err(uid_conflict(resource, old, uid));
    }
    if !version.is_empty() && version != old.str_at("metadata/resourceVersion") {
        return Err(ApiError::modified(resource, old.name()));
    }
    Ok(())
}

fn uid_conflict(resource: &Resource, old: &Object, wanted: &str) -> ApiError {
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: /registry/{}/{}, ResourceVersion: 0, AdditionalErrorMsg: \
         Precondition failed: UID in precondition: {wanted}, UID in object meta: {}",
        resource.plural,
        old.key(),
        old.uid()
    );
    ApiError::conflict(resource, old.name(), why)
}

/// What no write may change.
fn keep_identity(object: &mut Object, old: &Object) {
    for key in [
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "resourceVersion",
    ] {
        match old.at("metadata").get(key) {
            Some(value) => object.at_mut("metadata").map_mut().insert(key, value),
            None => object.at_mut("metadata").map_mut().remove(key),
        };
    }
}

fn keep_status(resource: &Resource, object: &mut Object, old: &Object) {
    if resource.status {
        match old.get("status") {
            Some(status) => object.set("status", status),
            None => {
                object.remove("status");
            }
        }
    }
}
