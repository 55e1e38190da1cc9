//! ConfigMaps and Secrets.

use super::fields::{Errors, all_invalid, config_key_errors, immutable};
use crate::api::{FieldError, Path};
use crate::machinery::{Object, Value};

const LARGEST: usize = 1024 * 1024;
const CLOSED: &str = "field is immutable when `immutable` is set";

pub(super) fn config_map(o: &Object, errs: &mut Errors) {
    let mut size = 0;
    for field in ["data", "binaryData"] {
        let path = Path::Root(field);
        for (key, value) in o.map_at(field).iter() {
            all_invalid(&path.key(key), key, config_key_errors(key), errs);
            if field == "data" && o.at("binaryData").get(key).is_some() {
                let why = "duplicate of key present in binaryData";
                errs.push(FieldError::invalid(path.key(key), key, why));
            }
            size += bytes(field, value);
        }
    }
    if size > LARGEST {
        errs.push(FieldError::too_long("[]", LARGEST));
    }
}

/// Binary data is base64 on the wire and counts by what it means.
fn bytes(field: &str, value: &Value) -> usize {
    let length = value.as_str().map_or(0, str::len);
    if field == "data" { length } else { length / 4 * 3 }
}

pub(super) fn config_map_update(new: &Object, old: &Object, errs: &mut Errors) {
    closed(new, old, &["data", "binaryData"], errs);
}

fn closed(new: &Object, old: &Object, fields: &[&str], errs: &mut Errors) {
    if !old.bool_at("immutable") {
        return;
    }
    if !new.bool_at("immutable") {
        errs.push(FieldError::forbidden("immutable", CLOSED));
    }
    for field in fields.iter().filter(|f| new.at(f) != old.at(f)) {
        errs.push(FieldError::forbidden(field, CLOSED));
    }
}

pub(super) fn secret(o: &Object, errs: &mut Errors) {
    let path = Path::Root("data");
    let mut size = 0;
    for (key, value) in o.map_at("data").iter() {
        all_invalid(&path.key(key), key, config_key_errors(key), errs);
        size += bytes("", value);
    }
    if size > LARGEST {
        errs.push(FieldError::too_long("data", LARGEST));
    }
    let data = o.map_at("data");
    let mut need = |key: &str| {
        if data.get(key).is_none() {
            errs.push(FieldError::required(path.key(key), ""));
        }
    };
    match o.str_at("type") {
        "kubernetes.io/service-account-token" => {
            const ACCOUNT: &str = "kubernetes.io/service-account.name";
            if o.annotation(ACCOUNT).is_none_or(str::is_empty) {
                errs.push(FieldError::required(Path::Root("metadata.annotations").key(ACCOUNT), ""));
            }
        }
        "kubernetes.io/dockercfg" => need(".dockercfg"),
        "kubernetes.io/dockerconfigjson" => need(".dockerconfigjson"),
        "kubernetes.io/tls" => {
            need("tls.crt");
            need("tls.key");
        }
        "kubernetes.io/ssh-auth" => need("ssh-privatekey"),
        "kubernetes.io/basic-auth" if data.get("username").is_none() && data.get("password").is_none() => {
            need("username");
            need("password");
        }
        _ => {}
    }
}

pub(super) fn secret_update(new: &Object, old: &Object, errs: &mut Errors) {
    immutable(&new["type"], &old["type"], &Path::Root("type"), errs);
    closed(new, old, &["data"], errs);
}
