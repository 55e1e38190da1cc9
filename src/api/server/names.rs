//! Names, uids and addresses the server gives out: drawn from the cluster's seed, so that the same commands make the same
//! names anywhere.

use super::Server;
use crate::machinery::names;

/// The server retries a generated name that is taken this often (Kubernetes 1.30).
const RETRIES: usize = 8;
/// Longest base of a generated name: 63 characters less the suffix.
const LONGEST_BASE: usize = 58;

impl Server {
    /// A new uid.
    pub fn new_uid(&self) -> String {
        let number = self.store.draw("uid");
        names::uid(self.store.meta().seed, "uid", number)
    }

    /// `base` with five random characters, not taken by another object of the resource.
    pub fn generate_name(&self, resource: &str, ns: &str, base: &str) -> String {
        let base: String = base.chars().take(LONGEST_BASE).collect();
        let mut name = String::new();
        for _ in 0..RETRIES {
            // Counted by resource and base: pods of one workload do not depend on how many another one made.
            let purpose = format!("name {resource} {ns}/{base}");
            let number = self.store.draw(&purpose);
            name = format!("{base}{}", names::suffix(self.store.meta().seed, &purpose, number));
            if self.store.get(resource, ns, &name).is_none() {
                break;
            }
        }
        name
    }
}
