//! A Kubernetes object: a [`Value`] with the accessors every kind shares (`metadata`, owner references, conditions).

use super::time::Time;
use super::value::{Map, Value};
use std::ops::{Deref, DerefMut};

/// Any Kubernetes object, built-in or custom. Copies are cheap (see [`Value`]).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(pub Value);

impl Deref for Object {
    type Target = Value;
    fn deref(&self) -> &Value {
        &self.0
    }
}

impl DerefMut for Object {
    fn deref_mut(&mut self) -> &mut Value {
        &mut self.0
    }
}

impl From<Value> for Object {
    fn from(v: Value) -> Object {
        Object(v)
    }
}

impl From<Object> for Value {
    fn from(o: Object) -> Value {
        o.0
    }
}

/// The controlling owner of an object (`ownerReferences` entry with `controller: true`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRef {
    /// `apps/v1` and the like.
    pub api_version: String,
    /// `ReplicaSet` and the like.
    pub kind: String,
    /// Name of the owner.
    pub name: String,
    /// Uid of the owner; a new object of the same name is not the owner.
    pub uid: String,
}

impl Object {
    /// An object with type and name set. `namespace` may be empty for cluster-scoped kinds.
    pub fn new(api_version: &str, kind: &str, namespace: &str, name: &str) -> Object {
        let mut o = Object::default();
        o.set("apiVersion", api_version);
        o.set("kind", kind);
        o.set("metadata/name", name);
        if !namespace.is_empty() {
            o.set("metadata/namespace", namespace);
        }
        o
    }

    /// `apiVersion`.
    pub fn api_version(&self) -> &str {
        self.str_at("apiVersion")
    }
    /// `kind`.
    pub fn kind(&self) -> &str {
        self.str_at("kind")
    }
    /// The group part of `apiVersion`; empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version().split_once('/').map_or("", |(g, _)| g)
    }
    /// `metadata.name`.
    pub fn name(&self) -> &str {
        self.str_at("metadata/name")
    }
    /// `metadata.namespace`; empty for cluster-scoped objects.
    pub fn namespace(&self) -> &str {
        self.str_at("metadata/namespace")
    }
    /// `namespace/name`, or the name alone for cluster-scoped objects.
    pub fn key(&self) -> String {
        match self.namespace() {
            "" => self.name().to_string(),
            ns => format!("{ns}/{}", self.name()),
        }
    }
    /// `metadata.uid`.
    pub fn uid(&self) -> &str {
        self.str_at("metadata/uid")
    }
    /// `metadata.resourceVersion` as a number; 0 when absent.
    pub fn resource_version(&self) -> u64 {
        self.str_at("metadata/resourceVersion").parse().unwrap_or(0)
    }
    /// `metadata.generation`; 0 when absent.
    pub fn generation(&self) -> i64 {
        self.int_at("metadata/generation").unwrap_or(0)
    }
    /// `metadata.labels`.
    pub fn labels(&self) -> &Map {
        self.map_at("metadata/labels")
    }
    /// One label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels().get(key).and_then(Value::as_str)
    }
    /// `metadata.annotations`.
    pub fn annotations(&self) -> &Map {
        self.map_at("metadata/annotations")
    }
    /// One annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations().get(key).and_then(Value::as_str)
    }
    /// Sets one annotation.
    pub fn set_annotation(&mut self, key: &str, value: &str) {
        self.at_mut("metadata/annotations").map_mut().insert(key, value);
    }
    /// Sets one label.
    pub fn set_label(&mut self, key: &str, value: &str) {
        self.at_mut("metadata/labels").map_mut().insert(key, value);
    }
    /// `metadata.creationTimestamp`.
    pub fn created(&self) -> Option<Time> {
        Time::parse(self.str_at("metadata/creationTimestamp"))
    }
    /// `metadata.deletionTimestamp`.
    pub fn deletion_timestamp(&self) -> Option<Time> {
        Time::parse(self.str_at("metadata/deletionTimestamp"))
    }
    /// Whether deletion has begun.
    pub fn is_deleting(&self) -> bool {
        !self.at("metadata/deletionTimestamp").is_null()
    }
    /// `metadata.finalizers`.
    pub fn finalizers(&self) -> impl Iterator<Item = &str> {
        self.items_at("metadata/finalizers").iter().filter_map(Value::as_str)
    }
    /// The owner that controls this object.
    pub fn controller(&self) -> Option<OwnerRef> {
        self.items_at("metadata/ownerReferences").iter().find(|r| r.bool_at("controller")).map(|r| OwnerRef {
            api_version: r.str_at("apiVersion").to_string(),
            kind: r.str_at("kind").to_string(),
            name: r.str_at("name").to_string(),
            uid: r.str_at("uid").to_string(),
        })
    }
    /// Whether the object with this uid controls this one. Cheaper than [`Object::controller`].
    pub fn is_controlled_by(&self, uid: &str) -> bool {
        self.items_at("metadata/ownerReferences")
            .iter()
            .any(|r| r.bool_at("controller") && r.str_at("uid") == uid)
    }
    /// The owner reference that makes `self` the controller of another object.
    pub fn as_controller_ref(&self) -> Value {
        crate::json!({
            "apiVersion": self.api_version(), "blockOwnerDeletion": true, "controller": true,
            "kind": self.kind(), "name": self.name(), "uid": self.uid(),
        })
    }
    /// The entry of `status.conditions` of a type.
    pub fn condition(&self, kind: &str) -> Option<&Value> {
        self.items_at("status/conditions").iter().find(|c| c.str_at("type") == kind)
    }
    /// Whether a condition has status `True`.
    pub fn condition_true(&self, kind: &str) -> bool {
        self.condition(kind).is_some_and(|c| c.str_at("status") == "True")
    }
}
