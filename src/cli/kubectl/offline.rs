//! Commands that ask no server: what they make or change is shown, and goes nowhere.

use super::{Failure, Kubectl};
use crate::cli::cluster::Cluster;
use crate::machinery::{Time, Value};
use crate::store::{ClockMode, Meta, Store};
use std::collections::BTreeMap;

/// What stands for the cluster of a command that does without one: nothing is in it, and it knows the kinds of the
/// client's own version. `refused` if the command cannot do without.
pub(super) fn cluster(k: &Kubectl<'_>, refused: Failure) -> Result<Cluster, Failure> {
    if !asks_no_server(k) {
        return Err(refused);
    }
    let meta = Meta {
        name: String::new(),
        region: String::new(),
        version: k.client,
        seed: 0,
        revision: 0,
        now: Time::default(),
        clock: ClockMode::Manual,
        counters: BTreeMap::new(),
        config: Value::Null,
    };
    Ok(Cluster::over(Store::nowhere(meta)?))
}

/// Whether everything a command needs is on its command line and in its files (kubectl 1.33). Roles are about
/// resources, which a server has to know.
fn asks_no_server(k: &Kubectl<'_>) -> bool {
    if k.flags.bool("local") {
        return true;
    }
    let generates = k.command.path.starts_with("create ") && k.flags.str("dry-run") == "client";
    let about_resources = match k.command.path {
        "create role" | "create token" => true,
        "create clusterrole" => !k.flags.list("resource").is_empty(),
        _ => false,
    };
    generates && !about_resources
}
