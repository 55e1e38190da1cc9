//! A recorded state, served.

use super::super::harness;
use kubetick::api::tables::{self, CustomColumn, Table};
use kubetick::api::{Registry, Resource};
use kubetick::machinery::{KubeVersion, Object, Time, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

pub struct World {
    pub objects: Vec<Object>,
    pub registry: Registry,
}

impl World {
    /// States are read once: many cases share one.
    pub fn read(rel: &str) -> Rc<World> {
        thread_local!(static READ: RefCell<BTreeMap<String, Rc<World>>> = RefCell::default());
        READ.with_borrow_mut(|read| {
            read.entry(rel.to_string()).or_insert_with(|| Rc::new(World::parse(&harness::text(rel)))).clone()
        })
    }

    fn parse(text: &str) -> World {
        let list = Value::parse(text).expect("state");
        let mut objects: Vec<Object> = list.items_at("items").iter().cloned().map(Object).collect();
        objects.sort_by(|a, b| (a.namespace(), a.name()).cmp(&(b.namespace(), b.name())));
        let mut registry = Registry::new(KubeVersion::LATEST);
        for crd in objects.iter().filter(|o| o.kind() == "CustomResourceDefinition") {
            registry.add_crd(crd);
        }
        registry.add_metrics();
        World { objects, registry }
    }

    pub fn table(&self, resource: &Resource, objects: &[Object], now: Time) -> Table {
        let crd = self.objects.iter().find(|o| {
            o.kind() == "CustomResourceDefinition"
                && o.name() == format!("{}.{}", resource.plural, resource.group)
        });
        let columns = crd.map(|c| CustomColumn::of(c, &resource.version)).unwrap_or_default();
        tables::table(resource, objects, now, KubeVersion::LATEST, &columns)
    }
}
