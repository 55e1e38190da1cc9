//! Stacks that eksctl deploys and waits for.

use super::{Eksctl, now};
use crate::cli::cloud::Cloud;
use crate::cli::cluster::Cluster;

/// Makes a stack, with what it holds, and tells of the waiting for it. What is made is kept, whatever comes after it.
pub(super) fn deploy<T>(
    command: &Eksctl<'_>,
    cloud: &Cloud,
    cluster: &Cluster,
    stack: &str,
    make: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let log = command.log();
    log.info(now(cluster), &format!("deploying stack \"{stack}\""));
    let waiting = format!("waiting for CloudFormation stack \"{stack}\"");
    log.info(now(cluster), &waiting);
    let made = make()?;
    cloud.finish()?;
    cloud.pass(&cluster.api, super::cluster::STACK_POLL)?;
    log.info(now(cluster), &waiting);
    Ok(made)
}
