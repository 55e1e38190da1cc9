//! Volumes made to measure by a storage class.

use super::{CLASSES, COMPONENT, VOLUMES, binding};
use crate::actors::control_plane::pod_control::record;
use crate::actors::{Ctx, latency};
use crate::api::ApiError;
use crate::json;
use crate::machinery::{Object, Time, Value, well_known};

const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
const PROVISIONER: [&str; 2] =
    ["volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner"];
const EBS: &str = "ebs.csi.aws.com";

/// The driver that answers for a provisioner: those once built into Kubernetes have moved out.
fn driver(provisioner: &str) -> &str {
    match provisioner {
        "kubernetes.io/aws-ebs" => EBS,
        other => other,
    }
}

/// Brings a claim nearer to a volume of its own: the event that says what it waits for, the provisioner's work, the
/// volume.
pub(super) fn provision(ctx: &Ctx<'_>, claim: &Object) -> Result<(), ApiError> {
    let class = claim.str_at("spec/storageClassName");
    if class.is_empty() {
        let message = "no persistent volumes available for this claim and no storage class is set";
        once(ctx, claim, "Normal", "FailedBinding", message);
        return Ok(());
    }
    let Some(class) = ctx.api.find(CLASSES, "", class) else {
        let message = format!("storageclass.storage.k8s.io \"{class}\" not found");
        once(ctx, claim, "Warning", "ProvisioningFailed", &message);
        return Ok(());
    };
    let waits = class.str_at("volumeBindingMode") == "WaitForFirstConsumer";
    if waits && claim.annotation(SELECTED_NODE).is_none() {
        let message = "waiting for first consumer to be created before binding";
        once(ctx, claim, "Normal", "WaitForFirstConsumer", message);
        return Ok(());
    }
    let driver = driver(class.str_at("provisioner")).to_string();
    if driver == "kubernetes.io/no-provisioner" {
        return Ok(());
    }
    let memory = ctx.memory(claim.uid());
    match memory.int_at("ready").map(Time) {
        None => begin(ctx, claim, &class, &driver),
        Some(at) if at > ctx.now() => {
            ctx.wake_at(&claim.key(), at);
            Ok(())
        }
        Some(_) => {
            ctx.remember(claim.uid(), Value::Null);
            finish(ctx, claim, &class, &driver)
        }
    }
}

/// Says something about a claim unless it was the last thing said.
fn once(ctx: &Ctx<'_>, claim: &Object, kind: &str, reason: &str, message: &str) {
    if ctx.memory(claim.uid()).str_at("said") != reason {
        ctx.remember(claim.uid(), json!({"said": reason}));
        record(ctx, claim, COMPONENT, kind, reason, message);
    }
}

/// Hands the claim to the provisioner.
fn begin(ctx: &Ctx<'_>, claim: &Object, class: &Object, driver: &str) -> Result<(), ApiError> {
    let claim = ctx.api.modify(super::CLAIMS, claim.namespace(), claim.name(), |c| {
        PROVISIONER.iter().for_each(|key| c.set_annotation(key, class.str_at("provisioner")));
    })?;
    let message = format!(
        "Waiting for a volume to be created either by the external provisioner '{driver}' or manually by the system \
         administrator. If volume creation is delayed, please verify that the provisioner is running and correctly \
         registered."
    );
    record(ctx, &claim, COMPONENT, "Normal", "ExternalProvisioning", &message);
    let message = format!("External provisioner is provisioning volume for claim \"{}\"", claim.key());
    record(ctx, &claim, driver, "Normal", "Provisioning", &message);
    let at = ctx.now() + latency::VOLUME_PROVISIONING;
    ctx.remember(claim.uid(), json!({"ready": (at.0)}));
    ctx.wake_at(&claim.key(), at);
    Ok(())
}

/// The provisioner is done: the volume is there, and the claim's.
fn finish(ctx: &Ctx<'_>, claim: &Object, class: &Object, driver: &str) -> Result<(), ApiError> {
    let name = format!("pvc-{}", claim.uid());
    let volume = match ctx.api.find(VOLUMES, "", &name) {
        Some(volume) => volume,
        None => ctx.api.create(new_volume(ctx, claim, class, driver, &name))?,
    };
    let message = format!("Successfully provisioned volume {name}");
    record(ctx, claim, driver, "Normal", "ProvisioningSucceeded", &message);
    binding::bind(ctx, claim, &volume)
}

fn new_volume(ctx: &Ctx<'_>, claim: &Object, class: &Object, driver: &str, name: &str) -> Object {
    let mut volume = Object::new("v1", "PersistentVolume", "", name);
    volume.set_annotation("pv.kubernetes.io/provisioned-by", driver);
    // A volume of EBS is called by its uid's digits, one of anything else by its claim.
    let digits: String = claim.uid().chars().filter(char::is_ascii_hexdigit).take(17).collect();
    let handle = if driver == EBS { format!("vol-{digits}") } else { name.to_string() };
    let policy = match class.str_at("reclaimPolicy") {
        "" => "Delete",
        policy => policy,
    };
    volume.set(
        "spec",
        json!({
            "accessModes": (claim.at("spec/accessModes")),
            "capacity": {"storage": (claim.at("spec/resources/requests/storage"))},
            "claimRef": {
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": (claim.name()),
                "namespace": (claim.namespace()),
                "resourceVersion": (claim.str_at("metadata/resourceVersion")), "uid": (claim.uid()),
            },
            "csi": {"driver": driver, "fsType": "ext4", "volumeHandle": handle},
            "persistentVolumeReclaimPolicy": policy,
            "storageClassName": (class.name()),
            "volumeMode": "Filesystem",
        }),
    );
    let zone = zone_of_claim(ctx, claim);
    if let Some(zone) = zone.filter(|_| driver == EBS) {
        let term = json!({"matchExpressions": [
            {"key": well_known::ZONE, "operator": "In", "values": [zone]}
        ]});
        volume.set("spec/nodeAffinity/required/nodeSelectorTerms", vec![term]);
    }
    volume
}

/// A block device lives in one zone: that of the node which the scheduler chose.
fn zone_of_claim(ctx: &Ctx<'_>, claim: &Object) -> Option<String> {
    let node = ctx.api.find("nodes", "", claim.annotation(SELECTED_NODE)?)?;
    node.label(well_known::ZONE).map(str::to_string)
}
