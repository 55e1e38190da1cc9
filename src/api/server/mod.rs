//! The API server itself: the one door to cluster objects.
//!
//! Requests from commands and HTTP clients carry a [`Resource`] (a kind in some version) and are decoded, admitted,
//! defaulted and validated. Controllers use the same methods with [`WriteOptions::component`], which trusts the shape
//! of what they write and keeps every other rule: conflicts, generations, finalizers, graceful deletion, admission.

mod apply;
mod create;
mod delete;
mod events;
mod lookup;
mod names;
mod patch;
mod read;
mod selectable;
mod subresource;
mod update;

pub use delete::{DeleteOptions, Propagation};
pub use events::EventSpec;
pub use patch::Patch;
pub use read::ListOptions;
pub use subresource::set_condition;
pub use update::Part;

use super::{ApiError, Registry, Resource};
use crate::machinery::{KubeVersion, Object, Time};
use crate::store::{Access, Store};
use std::cell::{Cell, OnceCell, Ref, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Whether unknown and duplicate fields of a request are errors (`fieldValidation` of a write).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FieldValidation {
    /// They are errors.
    Strict,
    /// They are dropped with a warning: what the server does when not asked.
    #[default]
    Warn,
    /// They are dropped.
    Ignore,
}

/// Who writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Caller {
    /// A command or an HTTP client.
    #[default]
    User,
    /// A controller, a kubelet: what it writes has the right shape.
    Component,
}

/// How a write is made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WriteOptions {
    /// Everything is computed and checked, nothing is stored.
    pub dry_run: bool,
    /// What happens to unknown fields.
    pub field_validation: FieldValidation,
    /// Who writes.
    pub caller: Caller,
    /// The field manager, for `managedFields`.
    pub manager: String,
}

impl WriteOptions {
    /// For controllers.
    pub fn component() -> WriteOptions {
        WriteOptions { caller: Caller::Component, ..WriteOptions::default() }
    }

    /// For commands: `fieldValidation=Strict`, as kubectl sends.
    pub fn strict(manager: &str) -> WriteOptions {
        WriteOptions {
            field_validation: FieldValidation::Strict,
            manager: manager.to_string(),
            ..WriteOptions::default()
        }
    }
}

/// An API group answered by a program in the cluster, through an APIService (`metrics.k8s.io`).
pub trait AggregatedApi {
    /// The group.
    fn group(&self) -> &'static str;
    /// Objects of a resource (`pods.metrics.k8s.io`), in one namespace or, when `ns` is empty, in all.
    fn list(&self, api: &Server, resource: &Resource, ns: &str) -> Result<Vec<Object>, ApiError>;
    /// One object.
    fn get(&self, api: &Server, resource: &Resource, ns: &str, name: &str) -> Result<Object, ApiError>;
}

/// The API server over one cluster's store.
pub struct Server {
    store: Store,
    registry: OnceCell<RefCell<Registry>>,
    aggregated: RefCell<BTreeMap<&'static str, Box<dyn AggregatedApi>>>,
    warnings: RefCell<Vec<String>>,
    version: Cell<KubeVersion>,
    account: OnceCell<Option<Store>>,
    account_file: RefCell<Option<PathBuf>>,
}

impl Server {
    /// The server of an open store.
    pub fn new(store: Store) -> Server {
        let version = store.meta().version;
        Server {
            store,
            registry: OnceCell::new(),
            aggregated: RefCell::default(),
            warnings: RefCell::default(),
            version: Cell::new(version),
            account: OnceCell::new(),
            account_file: RefCell::default(),
        }
    }

    /// Says where the AWS account is kept that the cluster lives in.
    pub fn lives_in(&self, account_file: PathBuf) {
        self.account_file.replace(Some(account_file));
    }

    /// The AWS account, for programs that ask AWS; `None` while nobody has used it. It is opened when first asked for.
    pub fn account(&self) -> Option<&Store> {
        let open = || {
            let file = self.account_file.borrow();
            let file = file.as_deref().filter(|file| Store::exists(file))?;
            Store::open(file, Access::Read).ok()
        };
        self.account.get_or_init(open).as_ref()
    }

    /// The store below.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The instant on the cluster's clock.
    pub fn now(&self) -> Time {
        self.store.now()
    }

    /// Moves the clock forward; an earlier instant changes nothing. For the engine and the clock command.
    pub fn advance_to(&self, t: Time) {
        self.store.update_meta(|m| m.now = m.now.max(t));
    }

    /// The Kubernetes version it serves.
    pub fn version(&self) -> KubeVersion {
        self.version.get()
    }

    /// The kinds it serves now.
    pub fn registry(&self) -> Ref<'_, Registry> {
        self.registry_cell().borrow()
    }

    fn registry_cell(&self) -> &RefCell<Registry> {
        self.registry.get_or_init(|| RefCell::new(self.read_registry()))
    }

    fn read_registry(&self) -> Registry {
        let mut registry = Registry::new(self.version());
        for crd in self.store.list("customresourcedefinitions.apiextensions.k8s.io", "") {
            registry.add_crd(&crd);
        }
        if self.api_service_available("metrics.k8s.io") {
            registry.add_metrics();
        }
        registry
    }

    /// Goes on as a server of another version: the control plane was replaced.
    pub fn upgrade_to(&self, version: KubeVersion) {
        self.store.update_meta(|meta| meta.version = version);
        self.version.set(version);
        self.registry_cell().replace(self.read_registry());
    }

    /// Whether an APIService of a group reports itself available.
    pub fn api_service_available(&self, group: &str) -> bool {
        let mut available = false;
        self.store.for_each("apiservices.apiregistration.k8s.io", "", |service| {
            available |= service.str_at("spec/group") == group
                && !service.at("spec/service").is_null()
                && service.condition_true("Available");
        });
        available
    }

    /// Lets a program answer an API group.
    pub fn aggregate(&self, api: Box<dyn AggregatedApi>) {
        self.aggregated.borrow_mut().insert(api.group(), api);
    }

    /// The resource of an object, by its `apiVersion` and `kind`.
    pub fn resource_of(&self, object: &Object) -> Option<Resource> {
        self.registry().by_kind(object.api_version(), object.kind()).cloned()
    }

    /// A resource by its stored name (`deployments.apps`).
    pub fn resource(&self, qualified: &str) -> Option<Resource> {
        self.registry().by_qualified(qualified).cloned()
    }

    /// Warnings of the writes since the last call (`Warning: unknown field "foo"`), for the client to print.
    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings.take()
    }

    fn warn(&self, warnings: Vec<String>) {
        let mut pending = self.warnings.borrow_mut();
        for warning in warnings {
            if !pending.contains(&warning) {
                pending.push(warning);
            }
        }
    }
}

#[cfg(test)]
mod tests;
