//! Reads: one object, lists with selectors, aggregated groups.

use super::selectable;
use super::{ApiError, Resource, Server};
use crate::api::tables::{self, CustomColumn, Table};
use crate::api::{conversion, deprecation, heartbeat};
use crate::machinery::selector::{FieldSelector, LabelSelector};
use crate::machinery::{Map, Object};

/// What of a list is wanted.
#[derive(Clone, Debug, Default)]
pub struct ListOptions {
    /// Label selector text; empty for all.
    pub labels: String,
    /// Field selector text; empty for all.
    pub fields: String,
}

impl Server {
    /// One stored object by its resource's stored name, or NotFound.
    pub fn get(&self, resource: &str, ns: &str, name: &str) -> Result<Object, ApiError> {
        self.find(resource, ns, name).ok_or_else(|| self.missing(resource, name))
    }

    fn missing(&self, resource: &str, name: &str) -> ApiError {
        self.resource(resource).map_or_else(ApiError::no_such_resource, |r| ApiError::not_found(&r, name))
    }

    /// One stored object, if it is there.
    pub fn find(&self, resource: &str, ns: &str, name: &str) -> Option<Object> {
        self.store.get(resource, ns, name).filter(self.kept(resource))
    }

    /// Stored objects of a resource, in one namespace or all (`ns` empty), in key order.
    pub fn list(&self, resource: &str, ns: &str) -> Vec<Object> {
        let mut found = self.store.list(resource, ns);
        found.retain(self.kept(resource));
        found
    }

    /// Stored objects of one namespace whose labels a predicate accepts.
    pub fn list_where(&self, resource: &str, ns: &str, accepts: impl Fn(&Map) -> bool) -> Vec<Object> {
        let (mut found, kept) = (Vec::new(), self.kept(resource));
        self.store.for_each(resource, ns, |o| {
            if accepts(o.labels()) && kept(o) {
                found.push(o.clone());
            }
        });
        found
    }

    /// The pods of a namespace whose labels a selector matches, in name order.
    pub fn pods_matching(&self, ns: &str, selector: &LabelSelector) -> Vec<Object> {
        self.store.pods_matching(ns, selector)
    }

    /// The pods bound to a node.
    pub fn pods_on_node(&self, node: &str) -> Vec<Object> {
        self.store.pods_on_node(node)
    }

    /// Objects of a resource that name an owner's uid in their owner references.
    pub fn list_owned(&self, resource: &str, owner: &Object) -> Vec<Object> {
        self.store.list_owned(resource, owner.namespace(), owner.uid())
    }

    /// Answers a client's GET: the object in the version asked for.
    pub fn read(&self, resource: &Resource, ns: &str, name: &str) -> Result<Object, ApiError> {
        self.warn_of_deprecation(resource);
        if let Some(api) = self.aggregated.borrow().get(resource.group.as_ref()) {
            return api.get(self, resource, ns, name);
        }
        let object = self.get(&conversion::stored_under(resource), ns, name)?;
        Ok(conversion::to_version(heartbeat::up_to_date(self, object), resource))
    }

    /// Answers a client's LIST: the objects a selector accepts, in the version asked for.
    pub fn read_list(
        &self,
        resource: &Resource,
        ns: &str,
        options: &ListOptions,
    ) -> Result<Vec<Object>, ApiError> {
        self.warn_of_deprecation(resource);
        let unable = |why: String| {
            ApiError::bad_request(format!(
                "Unable to find {:?} that match label selector {:?}, field selector {:?}: {why}",
                format!("{}/{}, Resource={}", resource.group, resource.version, resource.plural),
                options.labels,
                options.fields
            ))
        };
        let labels = LabelSelector::parse(&options.labels).map_err(|e| unable(e.to_string()))?;
        let fields = FieldSelector::parse(&options.fields).map_err(|e| unable(e.to_string()))?;
        selectable::check(resource, &fields).map_err(unable)?;
        let accepts = |o: &Object| labels.matches(o.labels()) && fields.matches(o);
        if let Some(api) = self.aggregated.borrow().get(resource.group.as_ref()) {
            return Ok(api.list(self, resource, ns)?.into_iter().filter(accepts).collect());
        }
        let stored_as = conversion::stored_under(resource);
        let (mut found, kept) = (Vec::new(), self.kept(&stored_as));
        self.store.for_each(&stored_as, ns, |o| {
            if accepts(o) && kept(o) {
                found.push(conversion::to_version(heartbeat::up_to_date(self, o.clone()), resource));
            }
        });
        Ok(found)
    }

    /// Objects of one resource as the table a client prints, with the columns their definition asks for.
    pub fn table(&self, resource: &Resource, objects: &[Object]) -> Table {
        let definition =
            self.find("customresourcedefinitions.apiextensions.k8s.io", "", &resource.qualified());
        let custom = definition.map(|crd| CustomColumn::of(&crd, &resource.version)).unwrap_or_default();
        let objects = self.as_stored(resource, objects);
        tables::table(resource, &objects, self.now(), self.version(), &custom)
    }

    /// Cells show what is stored, whatever version the client reads: the other version may have less, and another order.
    fn as_stored(&self, resource: &Resource, objects: &[Object]) -> Vec<Object> {
        if conversion::storage_resource(resource, &self.registry()).api_version() == resource.api_version() {
            return objects.to_vec();
        }
        let name = conversion::stored_under(resource);
        let stored = |object: &Object| match self.find(&name, object.namespace(), object.name()) {
            Some(stored) if stored.resource_version() == object.resource_version() => stored,
            _ => conversion::to_storage(object.clone(), resource, &self.registry()),
        };
        objects.iter().map(stored).collect()
    }

    /// Every request to a version on its way out is answered with a warning.
    pub(super) fn warn_of_deprecation(&self, resource: &Resource) {
        self.warn(deprecation::warning(resource, self.version()).into_iter().collect());
    }
}
