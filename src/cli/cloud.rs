//! The cloud as the commands of AWS see it: the account, and the clusters of a region in it.

use super::Session;
use super::cluster::Cluster;
use super::home::Home;
use crate::api::Server;
use crate::aws::{Caller, Door, Places, provision};
use crate::catalog::releases;
use crate::json;
use crate::machinery::{Duration, KubeVersion, Value};
use crate::store::{Access, ClockMode, Meta, Store};
use anyhow::Context;
use std::collections::BTreeMap;

/// What the account's number is taken from when it has none yet.
const ACCOUNT_VARIABLES: [&str; 2] = ["AWS_ACCOUNT_ID", "ACCOUNT_ID"];

/// The account and its clusters, open for one command.
pub(crate) struct Cloud {
    account: Option<Store>,
    /// The clusters of the region, the current one first.
    pub clusters: Vec<Cluster>,
    /// The region.
    pub region: String,
}

impl Cloud {
    /// Opens the account and the clusters of a region; the current cluster's region when none is given.
    pub(crate) fn open(session: &Session, region: Option<&str>, access: Access) -> anyhow::Result<Cloud> {
        Cloud::around(current_cluster(session), session, region, access)
    }

    /// As [`Cloud::open`], with the current cluster's file open already.
    pub(crate) fn around(
        current: Option<Store>,
        session: &Session,
        region: Option<&str>,
        access: Access,
    ) -> anyhow::Result<Cloud> {
        let home = Home::of(&session.env);
        let mut files: Vec<Store> = current.into_iter().collect();
        let region = region.map_or_else(|| region_of(files.first()), str::to_string);
        for name in home.clusters() {
            let path = home.cluster_file(&name);
            if files.first().is_none_or(|current| current.path() != path) {
                files.extend(Store::open(&path, Access::Read).ok());
            }
        }
        files.retain(|store| store.meta().region == region);
        let clusters = files.into_iter().map(|store| Cluster::enter(store.turned_to(access)?));
        let clusters = clusters.collect::<Result<Vec<_>, _>>()?;
        let account = open_account(session, &home, access, clusters.is_empty())?;
        let cloud = Cloud { account, clusters, region };
        if access == Access::Write {
            cloud.register();
        } else if cloud.clusters.iter().any(|c| !provision::is_registered(c.api.store())) {
            // The account learns of a cluster at the first command that looks at the cloud.
            let region = cloud.region.clone();
            drop(cloud);
            let cloud = Cloud::open(session, Some(&region), Access::Write)?;
            cloud.finish()?;
            return Ok(cloud);
        }
        Ok(cloud)
    }

    fn register(&self) {
        let places = self.places();
        for cluster in &self.clusters {
            if !provision::is_registered(cluster.api.store()) {
                provision::register(&places, cluster.api.store());
            }
        }
    }

    /// Where a request of the user goes.
    pub(crate) fn places(&self) -> Places<'_> {
        let stores: Vec<&Store> = self.clusters.iter().map(|c| c.api.store()).collect();
        // An account nobody has used is as empty as the cloud side of a cluster's own file.
        let account = self.account.as_ref().or(stores.first().copied());
        Places {
            account: account.expect("an account is opened where there is no cluster"),
            clusters: stores,
            region: self.region.clone(),
            caller: Caller::User,
        }
    }

    /// The door, for the user.
    pub(crate) fn door(&self) -> Door<'_> {
        Door { places: self.places() }
    }

    /// The cluster of a name.
    pub(crate) fn cluster(&self, name: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|c| c.api.store().meta().name == name)
    }

    /// Ends a command that may have written: the clusters answer, everything is kept.
    pub(crate) fn finish(&self) -> anyhow::Result<()> {
        if let Some(account) = &self.account {
            account.commit()?;
        }
        for cluster in &self.clusters {
            if cluster.api.store().access() == Access::Write {
                cluster.finish()?;
            }
        }
        Ok(())
    }

    /// Lets time pass in the cluster of an API server.
    pub(crate) fn pass(&self, api: &Server, time: Duration) -> anyhow::Result<()> {
        let name = api.store().meta().name.clone();
        self.pass_in(Some(&name), time)
    }

    /// Lets time pass in a cluster; in the current one where there is none of the name, and by the account's own clock
    /// where there is none at all.
    pub(crate) fn pass_in(&self, name: Option<&str>, time: Duration) -> anyhow::Result<()> {
        if let (None, Some(account)) = (self.clusters.first(), &self.account) {
            account.update_meta(|meta| meta.now = meta.now.truncated() + time);
            account.commit()?;
        }
        let named = name.and_then(|name| self.cluster(name));
        if let Some(cluster) = named.or(self.clusters.first()) {
            let target = cluster.api.now().truncated() + time;
            cluster.engine().run_until(target);
            cluster.api.store().commit()?;
        }
        Ok(())
    }
}

/// The region of the current cluster, else the one a new cluster would be in.
pub(crate) fn region_of(current: Option<&Store>) -> String {
    current.map_or_else(|| "ap-northeast-2".to_string(), |store| store.meta().region.clone())
}

/// The file of the cluster in use, to look at.
pub(crate) fn current_cluster(session: &Session) -> Option<Store> {
    Store::open(&super::own::cluster_in_use(session)?, Access::Read).ok()
}

/// The account's number as the environment has it.
fn number_in_environment(session: &Session) -> Option<&str> {
    let is_number = |text: &&str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    ACCOUNT_VARIABLES.iter().filter_map(|name| session.env.var(name)).find(is_number)
}

/// The number of the account clusters are made in, where it is known.
pub(crate) fn account_number(session: &Session) -> Option<String> {
    let path = Home::of(&session.env).account_file();
    let kept = Store::exists(&path)
        .then(|| Store::open(&path, Access::Read).ok())
        .flatten()
        .map(|store| store.meta().config.str_at("accountId").to_string())
        .filter(|id| !id.is_empty());
    kept.or_else(|| number_in_environment(session).map(str::to_string))
}

/// Opens the account. Nobody needs the file of one that was never used, unless something will be written or there is
/// no cluster to stand in for it. The first command that runs with the account's number in the environment fixes it.
fn open_account(
    session: &Session,
    home: &Home,
    access: Access,
    needed: bool,
) -> anyhow::Result<Option<Store>> {
    let path = home.account_file();
    let number = number_in_environment(session);
    if !Store::exists(&path) {
        if access == Access::Read && !needed && number.is_none() {
            return Ok(None);
        }
        let config = number.map_or_else(Value::object, |id| json!({"accountId": id}));
        std::fs::create_dir_all(&home.dir).with_context(|| home.dir.display().to_string())?;
        let store = Store::create(&path, meta(config))?;
        store.commit()?;
        return Ok(Some(store));
    }
    let store = Store::open(&path, access)?;
    let unnumbered = store.meta().config.str_at("accountId").is_empty();
    let Some(number) = number.filter(|_| unnumbered) else { return Ok(Some(store)) };
    let store = store.turned_to(Access::Write)?;
    store.update_meta(|meta| meta.config.set("accountId", number));
    store.commit()?;
    Ok(Some(store))
}

fn meta(config: Value) -> Meta {
    Meta {
        name: "account".into(),
        region: String::new(),
        version: KubeVersion::LATEST,
        seed: 1,
        revision: 0,
        now: releases::released(KubeVersion::LATEST),
        clock: ClockMode::Manual,
        counters: BTreeMap::new(),
        config,
    }
}
