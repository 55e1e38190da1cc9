//! Programs of the shell that deal with time or the network. In a shell that `kubetick activate` prepared they mean the
//! cluster's clock and the cluster's network; whatever has nothing to do with the cluster goes to the real program.

mod curl;
mod date;
mod real;
mod sleep;
mod timeout;
mod watch;

use super::Session;
use super::cluster::Cluster;
use super::own;
use crate::store::{Access, ClockMode};

/// A program of the shell, by name.
pub(super) fn find(name: &str) -> Option<fn(&[String], &Session) -> i32> {
    Some(match name {
        "sleep" => sleep::run,
        "date" => date::run,
        "watch" => watch::run,
        "timeout" => timeout::run,
        "curl" => curl::run,
        _ => return None,
    })
}

/// The cluster in use, unless there is none yet: then the shell's programs are the real ones.
fn cluster(session: &Session, access: Access) -> Option<Cluster> {
    let path = own::cluster_in_use(session)?;
    Cluster::open(&path, access).ok()
}

/// Virtual seconds a real second, where time passes by itself.
fn speed(cluster: &Cluster) -> Option<f64> {
    match cluster.api.store().meta().clock {
        ClockMode::Real { speed, .. } => Some(speed),
        _ => None,
    }
}
