//! What admission may ask of the cluster.

use super::Server;
use crate::api::admission::Lookup;
use crate::machinery::{KubeVersion, Object, Time};

impl Lookup for Server {
    fn get(&self, resource: &str, ns: &str, name: &str) -> Option<Object> {
        self.find(resource, ns, name)
    }
    fn list(&self, resource: &str, ns: &str) -> Vec<Object> {
        Server::list(self, resource, ns)
    }
    fn now(&self) -> Time {
        Server::now(self)
    }
    fn version(&self) -> KubeVersion {
        Server::version(self)
    }
    fn draw(&self, purpose: &str) -> u64 {
        self.store.draw(purpose)
    }
    fn seed(&self) -> u64 {
        self.store.meta().seed
    }
    fn region(&self) -> String {
        self.store.meta().region.clone()
    }
}
