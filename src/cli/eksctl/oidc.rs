//! `eksctl utils associate-iam-oidc-provider`.

use super::{Eksctl, now};
use crate::aws;
use crate::store::Access;

/// Makes the cluster's issuer known to IAM; without `--approve` it says that it would.
pub(super) fn associate(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let (log, at) = (command.log(), now(cluster));
    let (name, region) = (cluster.api.store().meta().name.clone(), &cloud.region);
    let issuer = aws::issuer(cluster.api.store());
    let places = cloud.places();
    if aws::has_provider(&places, &issuer) {
        log.info(
            at,
            &format!(
                "IAM Open ID Connect provider is already associated with cluster \"{name}\" in \"{region}\""
            ),
        );
        return Ok(());
    }
    let of = format!("IAM Open ID Connect provider for cluster \"{name}\" in \"{region}\"");
    if !command.flags.bool("approve") {
        log.info(at, &format!("(plan) would create {of}"));
        log.warning(at, super::iamserviceaccount::PLAN);
        return Ok(());
    }
    log.info(at, &format!("will create {of}"));
    aws::create_provider(&places, &issuer, Vec::new());
    cloud.finish()?;
    log.success(at, &format!("created {of}"));
    Ok(())
}
