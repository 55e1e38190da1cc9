//! POST: a new object.

use super::{ApiError, Caller, Resource, Server, WriteOptions};
use crate::api::{admission, conversion, defaults, schema, strategy, validation};
use crate::machinery::{Object, Value};

impl Server {
    /// Creates an object a controller made; its kind names its resource.
    pub fn create(&self, object: Object) -> Result<Object, ApiError> {
        let resource = self.resource_of(&object).ok_or_else(ApiError::no_such_resource)?;
        self.admit_and_store(&resource, object, &WriteOptions::component())
    }

    /// Answers a client's POST. `ns` is the namespace of the URL; empty for cluster-scoped kinds.
    pub fn post(
        &self,
        resource: &Resource,
        ns: &str,
        body: Value,
        options: &WriteOptions,
    ) -> Result<Object, ApiError> {
        self.warn_of_deprecation(resource);
        let (mut object, warnings) = schema::decode(resource, body, options.field_validation, self)?;
        self.warn(warnings);
        if resource.namespaced {
            match object.namespace() {
                "" => object.set("metadata/namespace", ns),
                own if own != ns => {
                    return Err(ApiError::bad_request(
                        "the namespace of the provided object does not match the namespace sent on the request",
                    ));
                }
                _ => {}
            }
        } else {
            object.remove("metadata/namespace");
        }
        let object = conversion::to_storage(object, resource, &self.registry());
        let stored = self.admit_and_store(resource, object, options)?;
        Ok(conversion::to_version(stored, resource))
    }

    /// What names and addresses are drawn from is left as it was when nothing was stored, so that a refused request
    /// changes nothing, not even what later objects are called.
    fn admit_and_store(
        &self,
        resource: &Resource,
        object: Object,
        options: &WriteOptions,
    ) -> Result<Object, ApiError> {
        if options.caller == Caller::Component {
            return self.admit(resource, object, options);
        }
        let counters = self.store.meta().counters.clone();
        let made = self.admit(resource, object, options);
        if made.is_err() || options.dry_run {
            self.store.update_meta(|m| m.counters = counters);
        }
        made
    }

    fn admit(
        &self,
        resource: &Resource,
        mut object: Object,
        options: &WriteOptions,
    ) -> Result<Object, ApiError> {
        let resource = &conversion::storage_resource(resource, &self.registry());
        let stored_as = resource.qualified();
        if resource.namespaced {
            self.admit_into_namespace(resource, &object)?;
        }
        defaults::apply(resource, &mut object, self);
        admission::mutate_create(resource, &mut object, self)?;
        if object.name().is_empty() && !object.str_at("metadata/generateName").is_empty() {
            let name =
                self.generate_name(&stored_as, object.namespace(), object.str_at("metadata/generateName"));
            object.set("metadata/name", name);
        }
        self.stamp_new(&mut object);
        strategy::prepare_create(resource, &mut object, self);
        if options.caller == Caller::User {
            let errors = validation::validate_create(resource, &object, self);
            if !errors.is_empty() {
                return Err(ApiError::invalid_object(resource, object.name(), errors));
            }
        }
        admission::check_create(resource, &object, self)?;
        if self.find(&stored_as, object.namespace(), object.name()).is_some() {
            return Err(ApiError::already_exists(resource, object.name()));
        }
        strategy::allocate(resource, &mut object, None, self)?;
        if options.dry_run {
            return Ok(object);
        }
        defaults::when_read(resource, &mut object);
        // What may be left under the name is an event that no client sees any more.
        self.store.remove(&stored_as, object.namespace(), object.name());
        let stored = self.store.put(&stored_as, object);
        self.note_kind_change(&stored_as, &stored, false);
        Ok(stored)
    }

    /// What the server writes into the metadata of every new object.
    fn stamp_new(&self, object: &mut Object) {
        let uid = self.new_uid();
        let now = self.now().rfc3339();
        let metadata = object.at_mut("metadata").map_mut();
        metadata.insert("uid", uid);
        metadata.insert("creationTimestamp", now);
        for key in ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
            metadata.remove(key);
        }
    }

    /// A namespace must exist, and not be going away, before anything is made in it.
    fn admit_into_namespace(&self, resource: &Resource, object: &Object) -> Result<(), ApiError> {
        let ns = object.namespace();
        let Some(namespace) = self.store.get("namespaces", "", ns) else {
            return Err(ApiError::namespace_not_found(ns));
        };
        // Events may still tell of the end of a namespace.
        if namespace.is_deleting() && resource.kind != "Event" {
            let why =
                format!("unable to create new content in namespace {ns} because it is being terminated");
            let cause = format!("namespace {ns} is being terminated");
            return Err(ApiError::forbidden(resource, object.name(), why).with_cause(
                "NamespaceTerminating",
                cause,
                "metadata.namespace",
            ));
        }
        Ok(())
    }

    /// Keeps the registry in step with CRDs and APIServices.
    pub(super) fn note_kind_change(&self, stored_as: &str, object: &Object, gone: bool) {
        match stored_as {
            "customresourcedefinitions.apiextensions.k8s.io" => {
                let mut registry = self.registry_cell().borrow_mut();
                if gone { registry.remove_crd(object) } else { registry.add_crd(object) }
            }
            "apiservices.apiregistration.k8s.io" if object.str_at("spec/group") == "metrics.k8s.io" => {
                if !gone && object.condition_true("Available") {
                    self.registry_cell().borrow_mut().add_metrics();
                } else {
                    self.registry_cell().borrow_mut().remove_metrics();
                }
            }
            _ => {}
        }
    }
}
