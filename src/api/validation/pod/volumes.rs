//! Volumes of pods.

use super::super::fields::{Errors, dns_label, required};
use super::containers::descending;
use crate::api::{FieldError, Path};
use crate::machinery::{Quantity, Value};

/// Checks the volumes; answers the names of those that are in order.
pub(super) fn validate<'a>(volumes: &'a Value, path: &Path, errs: &mut Errors) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for (i, volume) in volumes.items().iter().enumerate() {
        let path = path.index(i);
        let mut wrong = Errors::new();
        source(volume, &path, &mut wrong);
        let name = volume.str_at("name");
        if required(volume, "name", &path, &mut wrong) {
            dns_label(name, &path.field("name"), &mut wrong);
        }
        if names.contains(&name) {
            wrong.push(FieldError::duplicate(path.field("name"), name));
        }
        if wrong.is_empty() {
            names.push(name);
        }
        errs.append(&mut wrong);
    }
    names
}

fn source(volume: &Value, path: &Path, errs: &mut Errors) {
    let mut given = 0;
    for (kind, source) in volume.map().iter().filter(|(key, _)| *key != "name") {
        if source.is_null() {
            continue;
        }
        given += 1;
        let at = path.field(kind);
        if given > 1 {
            errs.push(FieldError::forbidden(at, "may not specify more than 1 volume type"));
            continue;
        }
        one_source(kind, source, &at, errs);
    }
    if given == 0 {
        errs.push(FieldError::required(path, "must specify a volume type"));
    }
}

fn one_source(kind: &str, source: &Value, path: &Path, errs: &mut Errors) {
    match kind {
        "emptyDir" if Quantity::of(&source["sizeLimit"]).nano() < 0 => {
            let why = "SizeLimit field must be a valid resource quantity";
            errs.push(FieldError::forbidden(path.field("sizeLimit"), why));
        }
        "hostPath" => host_path(source, path, errs),
        "secret" => {
            required(source, "secretName", path, errs);
            mode(source, "defaultMode", path, errs);
            items(source, path, errs);
        }
        "configMap" => {
            required(source, "name", path, errs);
            mode(source, "defaultMode", path, errs);
            items(source, path, errs);
        }
        "persistentVolumeClaim" => {
            required(source, "claimName", path, errs);
        }
        "nfs" => {
            required(source, "server", path, errs);
            required(source, "path", path, errs);
        }
        "csi" => {
            required(source, "driver", path, errs);
        }
        "awsElasticBlockStore" => {
            required(source, "volumeID", path, errs);
        }
        "downwardAPI" => mode(source, "defaultMode", path, errs),
        "projected" => projected(source, path, errs),
        "ephemeral" => {
            if source["volumeClaimTemplate"].is_null() {
                errs.push(FieldError::required(path.field("volumeClaimTemplate"), ""));
            } else {
                let at = path.field("volumeClaimTemplate");
                super::super::storage::claim_spec(
                    source.at("volumeClaimTemplate/spec"),
                    &at.field("spec"),
                    errs,
                );
            }
        }
        _ => {}
    }
}

pub(in super::super) fn host_path(source: &Value, path: &Path, errs: &mut Errors) {
    let place = source.str_at("path");
    if required(source, "path", path, errs) && place.split('/').any(|part| part == "..") {
        errs.push(FieldError::invalid(path.field("path"), place, "must not contain '..'"));
    }
    let words =
        ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
    if let Some(kind) = source["type"].as_str().filter(|kind| !words.contains(kind)) {
        errs.push(FieldError::not_supported(path.field("type"), kind, &words));
    }
}

fn mode(source: &Value, field: &str, path: &Path, errs: &mut Errors) {
    if let Some(mode) = source.int_at(field).filter(|m| !(0..=0o777).contains(m)) {
        let why = "must be a number between 0 and 0777 (octal), both inclusive";
        errs.push(FieldError::invalid(path.field(field), mode, why));
    }
}

fn items(source: &Value, path: &Path, errs: &mut Errors) {
    let list = path.field("items");
    for (i, item) in source.items_at("items").iter().enumerate() {
        let path = list.index(i);
        required(item, "key", &path, errs);
        if required(item, "path", &path, errs) {
            descending(item.str_at("path"), &path.field("path"), errs);
        }
        mode(item, "mode", &path, errs);
    }
}

fn projected(source: &Value, path: &Path, errs: &mut Errors) {
    mode(source, "defaultMode", path, errs);
    let list = path.field("sources");
    for (i, part) in source.items_at("sources").iter().enumerate() {
        let path = list.index(i);
        for kind in ["secret", "configMap"] {
            if !part[kind].is_null() {
                let at = path.field(kind);
                required(&part[kind], "name", &at, errs);
                items(&part[kind], &at, errs);
            }
        }
        let token = &part["serviceAccountToken"];
        if token.is_null() {
            continue;
        }
        let at = path.field("serviceAccountToken");
        let seconds = token.int_at("expirationSeconds").unwrap_or(3600);
        if seconds < 600 {
            let why = "may not specify a duration less than 10 minutes";
            errs.push(FieldError::invalid(at.field("expirationSeconds"), seconds, why));
        }
        required(token, "path", &at, errs);
    }
}
