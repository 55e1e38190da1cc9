//! Volumes, claims and their classes.

use super::fields::{
    Errors, IMMUTABLE, dns_subdomain, one_of, one_of_if_given, quantity_not_negative, required,
};
use super::pod;
use crate::api::{FieldError, Path};
use crate::machinery::{Object, Quantity, Value};

const SPEC: Path = Path::Root("spec");
const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

pub(super) fn claim(o: &Object, errs: &mut Errors) {
    claim_spec(o.at("spec"), &SPEC, errs);
}

/// What a claim asks for, on its own or in a template.
pub(super) fn claim_spec(spec: &Value, path: &Path, errs: &mut Errors) {
    access_modes(spec, path, "at least 1 access mode is required", errs);
    let resources = path.field("resources");
    let requests = resources.field("requests");
    let storage = &spec.at("resources/requests")["storage"];
    if storage.is_null() {
        errs.push(FieldError::required(requests.key("storage"), ""));
    } else if Quantity::of(storage).nano() <= 0 {
        let amount = Quantity::of(storage).to_string();
        errs.push(FieldError::invalid(requests.key("storage"), amount, "must be greater than zero"));
    }
    if let Some(class) = spec["storageClassName"].as_str().filter(|c| !c.is_empty()) {
        dns_subdomain(class, &path.field("storageClassName"), errs);
    }
    one_of_if_given(spec, "volumeMode", &["Block", "Filesystem"], path, errs);
}

fn access_modes(spec: &Value, path: &Path, missing: &str, errs: &mut Errors) {
    let list = path.field("accessModes");
    let modes = spec.items_at("accessModes");
    if modes.is_empty() {
        errs.push(FieldError::required(list, missing));
    }
    for mode in modes {
        let mode = mode.as_str().unwrap_or_default();
        if !MODES.contains(&mode) {
            errs.push(FieldError::not_supported(list, mode, &MODES));
        }
    }
}

pub(super) fn claim_update(new: &Object, old: &Object, errs: &mut Errors) {
    let closed = |o: &Object| {
        let mut map = o.map_at("spec").clone();
        for open in ["resources", "volumeAttributesClassName"] {
            map.remove(open);
        }
        // Binding fills in the volume, and the class of claims that left it open.
        if old.str_at("spec/volumeName").is_empty() {
            map.remove("volumeName");
            if old.at("spec/storageClassName").is_null() {
                map.remove("storageClassName");
            }
        }
        map
    };
    if closed(new) != closed(old) {
        let why = "spec is immutable after creation except resources.requests and volumeAttributesClassName for \
                   bound claims";
        errs.push(FieldError::forbidden(SPEC, why));
        return;
    }
    let size = |o: &Object| Quantity::of(o.at("spec/resources/requests/storage"));
    let path = "spec.resources.requests.storage";
    if size(new) < size(old) {
        errs.push(FieldError::forbidden(path, "field can not be less than status.capacity"));
    } else if size(new) > size(old) && old.str_at("status/phase") != "Bound" {
        let why = "spec is immutable after creation except resources.requests and volumeAttributesClassName for \
                   bound claims";
        errs.push(FieldError::forbidden(SPEC, why));
    }
}

pub(super) fn volume(o: &Object, errs: &mut Errors) {
    let spec = o.at("spec");
    access_modes(spec, &SPEC, "", errs);
    let capacity = SPEC.field("capacity");
    if spec.map_at("capacity").is_empty() {
        errs.push(FieldError::required(capacity, ""));
    }
    if spec.map_at("capacity").get("storage").is_none() || spec.map_at("capacity").len() > 1 {
        let shown = &spec["capacity"];
        errs.push(FieldError::not_supported(capacity, shown, &["storage"]));
    }
    for (name, amount) in spec.map_at("capacity").iter() {
        quantity_not_negative(amount, &capacity.key(name), errs);
        if Quantity::of(amount).nano() == 0 {
            errs.push(FieldError::invalid(capacity.key(name), "0", "must be greater than zero"));
        }
    }
    one_of_if_given(spec, "persistentVolumeReclaimPolicy", &["Delete", "Recycle", "Retain"], &SPEC, errs);
    if !spec.at("nodeAffinity/required").is_null() {
        let (affinity, path) = (spec.at("nodeAffinity/required"), SPEC.field("nodeAffinity"));
        pod::node_selector(affinity, &path.field("required"), errs);
    }
    const PLAIN: [&str; 10] = [
        "accessModes",
        "capacity",
        "claimRef",
        "mountOptions",
        "nodeAffinity",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "volumeMode",
        "volumeAttributesClassName",
        "fsType",
    ];
    let sources: Vec<&str> = spec.map().keys().filter(|key| !PLAIN.contains(key)).collect();
    for source in sources.iter().skip(1) {
        let why = "may not specify more than 1 volume type";
        errs.push(FieldError::forbidden(SPEC.field(source), why));
    }
    match sources.first() {
        None => errs.push(FieldError::required(SPEC, "must specify a volume type")),
        Some(&"hostPath") => pod::host_path(&spec["hostPath"], &SPEC.field("hostPath"), errs),
        Some(&"csi") => {
            required(&spec["csi"], "driver", &SPEC.field("csi"), errs);
            required(&spec["csi"], "volumeHandle", &SPEC.field("csi"), errs);
        }
        Some(_) => {}
    }
    if let Some(class) = spec["storageClassName"].as_str().filter(|c| !c.is_empty()) {
        dns_subdomain(class, &SPEC.field("storageClassName"), errs);
    }
    one_of_if_given(spec, "volumeMode", &["Block", "Filesystem"], &SPEC, errs);
}

pub(super) fn volume_update(new: &Object, old: &Object, errs: &mut Errors) {
    const SOURCES: [&str; 5] = ["csi", "awsElasticBlockStore", "hostPath", "local", "nfs"];
    if SOURCES.iter().any(|s| new.at("spec")[*s] != old.at("spec")[*s]) {
        let why = "spec.persistentvolumesource is immutable after creation";
        errs.push(FieldError::forbidden("spec.persistentvolumesource", why));
    }
    let (mode, before) = (new.at("spec/volumeMode"), old.at("spec/volumeMode"));
    if mode != before {
        errs.push(FieldError::invalid("volumeMode", mode, IMMUTABLE));
    }
}

pub(super) fn class(o: &Object, errs: &mut Errors) {
    let root = Path::Root("");
    if o.str_at("provisioner").is_empty() {
        errs.push(FieldError::required("provisioner", o.str_at("provisioner")));
    }
    one_of(o, "reclaimPolicy", &["Delete", "Retain"], &root, errs);
    one_of(o, "volumeBindingMode", &["Immediate", "WaitForFirstConsumer"], &root, errs);
}

pub(super) fn class_update(new: &Object, old: &Object, errs: &mut Errors) {
    for field in ["parameters", "provisioner", "reclaimPolicy"] {
        if new.at(field) != old.at(field) {
            errs.push(FieldError::forbidden(field, format!("updates to {field} are forbidden.")));
        }
    }
    let field = "volumeBindingMode";
    if new.at(field) != old.at(field) {
        errs.push(FieldError::invalid(field, new.at(field), IMMUTABLE));
    }
}
