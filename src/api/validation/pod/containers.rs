//! Containers: names, images, ports, mounts, hooks.

use super::super::fields::{Errors, all_invalid, dns_label, one_of, port_name_errors, port_number, required};
use super::{env, probes, resources};
use crate::api::{FieldError, Path};
use crate::machinery::Value;

pub(super) fn validate(spec: &Value, path: &Path, volumes: &[&str], errs: &mut Errors) {
    let list = path.field("containers");
    let mut names: Vec<&str> = Vec::new();
    if spec.items_at("containers").is_empty() {
        errs.push(FieldError::required(list, ""));
    }
    for (i, c) in spec.items_at("containers").iter().enumerate() {
        let path = list.index(i);
        common(c, &path, volumes, errs);
        unique_name(c, &path, &mut names, errs);
        probes::all(c, &path, errs);
    }
    host_ports(spec, &list, errs);
    let list = path.field("initContainers");
    for (i, c) in spec.items_at("initContainers").iter().enumerate() {
        let path = list.index(i);
        common(c, &path, volumes, errs);
        unique_name(c, &path, &mut names, errs);
        init_container(c, &path, errs);
    }
}

fn unique_name<'a>(c: &'a Value, path: &Path, names: &mut Vec<&'a str>, errs: &mut Errors) {
    let name = c.str_at("name");
    if names.contains(&name) && !name.is_empty() {
        errs.push(FieldError::duplicate(path.field("name"), name));
    }
    names.push(name);
}

/// Init containers that end have nothing to be probed for; those that stay are sidecars.
fn init_container(c: &Value, path: &Path, errs: &mut Errors) {
    match c.str_at("restartPolicy") {
        "Always" => probes::all(c, path, errs),
        "" => {
            for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                if !c[field].is_null() {
                    let why = "may not be set for init containers without restartPolicy=Always";
                    errs.push(FieldError::forbidden(path.field(field), why));
                }
            }
        }
        other => errs.push(FieldError::not_supported(path.field("restartPolicy"), other, &["Always"])),
    }
}

fn common(c: &Value, path: &Path, volumes: &[&str], errs: &mut Errors) {
    if required(c, "name", path, errs) {
        dns_label(c.str_at("name"), &path.field("name"), errs);
    }
    required(c, "image", path, errs);
    one_of(c, "terminationMessagePolicy", &["FallbackToLogsOnError", "File"], path, errs);
    ports(c, path, errs);
    env::validate(c, path, errs);
    mounts(c, path, volumes, errs);
    one_of(c, "imagePullPolicy", &["Always", "IfNotPresent", "Never"], path, errs);
    resources::validate(&c["resources"], &path.field("resources"), errs);
    security(c, path, errs);
}

fn ports(c: &Value, path: &Path, errs: &mut Errors) {
    let list = path.field("ports");
    let mut names: Vec<&str> = Vec::new();
    for (i, port) in c.items_at("ports").iter().enumerate() {
        let path = list.index(i);
        let name = port.str_at("name");
        if !name.is_empty() {
            let wrong = port_name_errors(name);
            if wrong.is_empty() && names.contains(&name) {
                errs.push(FieldError::duplicate(path.field("name"), name));
            } else if wrong.is_empty() {
                names.push(name);
            }
            all_invalid(&path.field("name"), name, wrong, errs);
        }
        if required(port, "containerPort", &path, errs) {
            port_number(port.int_at("containerPort").unwrap_or(0), &path.field("containerPort"), errs);
        }
        if let Some(number) = port.int_at("hostPort").filter(|n| *n != 0) {
            port_number(number, &path.field("hostPort"), errs);
        }
        one_of(port, "protocol", &["SCTP", "TCP", "UDP"], &path, errs);
    }
}

/// Two containers cannot have the same port of the node.
fn host_ports(spec: &Value, list: &Path, errs: &mut Errors) {
    let mut seen: Vec<String> = Vec::new();
    for (i, c) in spec.items_at("containers").iter().enumerate() {
        let at = list.index(i);
        let ports = at.field("ports");
        for (j, port) in c.items_at("ports").iter().enumerate() {
            let Some(number) = port.int_at("hostPort").filter(|n| *n != 0) else { continue };
            let (protocol, ip) = (port.str_at("protocol"), port.str_at("hostIP"));
            let text = format!("{protocol}/{ip}/{number}");
            if seen.contains(&text) {
                errs.push(FieldError::duplicate(ports.index(j).field("hostPort"), text.as_str()));
            }
            seen.push(text);
        }
    }
}

fn mounts(c: &Value, path: &Path, volumes: &[&str], errs: &mut Errors) {
    let list = path.field("volumeMounts");
    let mut paths: Vec<&str> = Vec::new();
    for (i, mount) in c.items_at("volumeMounts").iter().enumerate() {
        let at = list.index(i);
        let (name, place) = (mount.str_at("name"), mount.str_at("mountPath"));
        required(mount, "name", &at, errs);
        if !volumes.contains(&name) {
            errs.push(FieldError::not_found(at.field("name"), name));
        }
        required(mount, "mountPath", &at, errs);
        if paths.contains(&place) {
            errs.push(FieldError::invalid(at.field("mountPath"), place, "must be unique"));
        }
        paths.push(place);
        let (sub, expression) = (mount.str_at("subPath"), mount.str_at("subPathExpr"));
        if !sub.is_empty() {
            descending(sub, &at.field("subPath"), errs);
        }
        if !expression.is_empty() {
            if !sub.is_empty() {
                let why = "subPathExpr and subPath are mutually exclusive";
                errs.push(FieldError::invalid(at.field("subPathExpr"), expression, why));
            }
            descending(expression, &at.field("subPathExpr"), errs);
        }
        if let Some(word) = mount["mountPropagation"].as_str() {
            let words = ["Bidirectional", "HostToContainer", "None"];
            if !words.contains(&word) {
                errs.push(FieldError::not_supported(at.field("mountPropagation"), word, &words));
            }
        }
    }
}

/// A path that stays below where it starts.
pub(super) fn descending(text: &str, path: &Path, errs: &mut Errors) {
    if text.starts_with('/') {
        errs.push(FieldError::invalid(path, text, "must be a relative path"));
    }
    if text.split('/').any(|part| part == "..") {
        errs.push(FieldError::invalid(path, text, "must not contain '..'"));
    }
}

fn security(c: &Value, path: &Path, errs: &mut Errors) {
    let context = &c["securityContext"];
    let path = path.field("securityContext");
    for field in ["runAsUser", "runAsGroup"] {
        if let Some(id) = context.int_at(field).filter(|id| !(0..=i64::from(i32::MAX)).contains(id)) {
            let why = "must be between 0 and 2147483647, inclusive";
            errs.push(FieldError::invalid(path.field(field), id, why));
        }
    }
    if context["allowPrivilegeEscalation"].as_bool() == Some(false) && context.bool_at("privileged") {
        let why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        errs.push(FieldError::invalid(path, context, why));
    }
}
