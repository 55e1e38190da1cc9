//! Where a request comes from and the stores it reaches: the account's, and those of the clusters in its region.

use super::Caller;
use super::state::{self, Kind};
use crate::api::Server;
use crate::catalog::bootstrap;
use crate::machinery::{Object, Time};
use crate::store::Store;

/// The stores of one request.
#[derive(Clone)]
pub struct Places<'a> {
    /// The account's store; a cluster's own where nobody has used the account yet.
    pub account: &'a Store,
    /// The clusters of the region, the current one first.
    pub clusters: Vec<&'a Store>,
    /// The region.
    pub region: String,
    /// Who asks.
    pub caller: Caller,
}

impl<'a> Places<'a> {
    /// Where a program of a cluster asks from.
    pub fn of_program(api: &'a Server, caller: Caller) -> Places<'a> {
        let store = api.store();
        Places {
            account: api.account().unwrap_or(store),
            clusters: vec![store],
            region: store.meta().region.clone(),
            caller,
        }
    }

    /// Where what belongs to no cluster is made, and whose clock shows the time: the current cluster; the account where
    /// there is none.
    pub fn home(&self) -> &'a Store {
        self.clusters.first().copied().unwrap_or(self.account)
    }

    /// All stores that may hold things of the region.
    fn regional(&self) -> impl Iterator<Item = &'a Store> {
        // A cluster may stand in for the account.
        let apart = self.clusters.iter().all(|store| !std::ptr::eq(*store, self.account));
        self.clusters.iter().copied().chain(apart.then_some(self.account))
    }

    /// Things of the region.
    pub fn list(&self, kind: Kind) -> Vec<Object> {
        let mut all: Vec<Object> = self.regional().flat_map(|store| state::list(store, kind)).collect();
        all.sort_by(|a, b| a.name().cmp(b.name()));
        all
    }

    /// A thing of the region, with the store it is in.
    pub fn find(&self, kind: Kind, name: &str) -> Option<(&'a Store, Object)> {
        self.regional().find_map(|store| Some((store, state::find(store, kind, name)?)))
    }

    /// The cluster of a name.
    pub fn cluster(&self, name: &str) -> Option<&'a Store> {
        self.clusters.iter().copied().find(|store| store.meta().name == name)
    }

    /// The time on the clock.
    pub fn now(&self) -> Time {
        self.home().now()
    }

    /// The account's number, 12 digits.
    pub fn account_id(&self) -> String {
        account_id(self.account)
    }

    /// An ARN of the region and account.
    pub fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{rest}", self.region, self.account_id())
    }

    /// The ARN of a role that is given by its name or its ARN.
    pub fn arn_of_role(&self, role: &str) -> String {
        if role.starts_with("arn:") { role.to_string() } else { self.iam_arn(&format!("role/{role}")) }
    }

    /// An ARN of IAM, which has no regions.
    pub fn iam_arn(&self, rest: &str) -> String {
        format!("arn:aws:iam::{}:{rest}", self.account_id())
    }
}

/// The number of an account: what its file says (or that of the cluster which stands in for an account nobody has used
/// yet), else one drawn from its seed.
pub fn account_id(account: &Store) -> String {
    let meta = account.meta();
    let said = ["accountId", "metadata/accountID"].map(|member| meta.config.str_at(member));
    match said.into_iter().find(|id| !id.is_empty()) {
        Some(id) => id.to_string(),
        None => bootstrap::drawn_account(meta.seed),
    }
}
