//! The environment of a container: `envFrom`, then `env`, with every reference resolved.

use super::process::expand;
use crate::api::{Server, token};
use crate::machinery::go_text::quote;
use crate::machinery::{Object, Quantity, Value, base64};
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// Variables by name.
pub(super) type Environment = BTreeMap<String, String>;

/// All variables a container sees, found out when one is asked for.
pub(super) struct Variables<'a> {
    api: &'a Server,
    pod: &'a Object,
    container: &'a Value,
    given: OnceCell<Environment>,
    services: OnceCell<Environment>,
}

impl<'a> Variables<'a> {
    /// Those of a container of a pod.
    pub(super) fn of(api: &'a Server, pod: &'a Object, container: &'a Value) -> Variables<'a> {
        Variables { api, pod, container, given: OnceCell::new(), services: OnceCell::new() }
    }

    /// The value of one.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let given = || given(self.api, self.pod, self.container).unwrap_or_default();
        self.given.get_or_init(given).get(name).cloned().or_else(|| self.of_services(name))
    }

    /// The value of one that tells of a service. Only names that may do so are worth a look at all services.
    pub(super) fn of_services(&self, name: &str) -> Option<String> {
        if !(name.contains("_SERVICE_") || name.contains("_PORT")) {
            return None;
        }
        self.services.get_or_init(|| services(self.api, self.pod, self.container)).get(name).cloned()
    }
}

/// The variables a container sees beside those of services, or what it refers to that is not there: `configmap "x" not
/// found`. The kubelet does not start a container whose environment it cannot make.
pub(crate) fn given(api: &Server, pod: &Object, container: &Value) -> Result<Environment, String> {
    let mut env = Environment::new();
    env.insert("HOSTNAME".into(), pod.name().to_string());
    for source in container.items_at("envFrom") {
        let prefix = source.str_at("prefix");
        for (kind, reference) in [(Kind::ConfigMap, "configMapRef"), (Kind::Secret, "secretRef")] {
            let reference = source.at(reference);
            if reference.is_null() {
                continue;
            }
            if let Some(holder) = kind.find(api, pod, reference)? {
                for key in holder.map_at("data").keys() {
                    env.insert(format!("{prefix}{key}"), kind.value(&holder, key).unwrap_or_default());
                }
            }
        }
    }
    let variables = Variables::of(api, pod, container);
    for entry in container.items_at("env") {
        let value = match entry.get("valueFrom") {
            Some(source) => referred(api, pod, container, source)?,
            None => {
                let find = |name: &str| env.get(name).cloned().or_else(|| variables.of_services(name));
                Some(expand(entry.str_at("value"), find))
            }
        };
        if let Some(value) = value {
            env.insert(entry.str_at("name").to_string(), value);
        }
    }
    Ok(env)
}

/// The variables that tell of services: of the API server everywhere, of those of the pod's namespace that were there
/// when the container started unless `enableServiceLinks` is false.
pub(super) fn services(api: &Server, pod: &Object, container: &Value) -> Environment {
    let mut env = Environment::new();
    let links = pod.at("spec/enableServiceLinks").as_bool() != Some(false);
    let mut linked: Vec<Object> = api.find("services", "default", "kubernetes").into_iter().collect();
    if links {
        let statuses = pod.items_at("status/containerStatuses").iter();
        let running = statuses.filter(|s| s.str_at("name") == container.str_at("name"));
        let started = running.map(|s| s.str_at("state/running/startedAt").to_string()).next();
        let started = started.filter(|s| !s.is_empty()).unwrap_or_else(|| api.now().rfc3339());
        api.store().for_each("services", pod.namespace(), |service| {
            if service.str_at("metadata/creationTimestamp") <= started.as_str() && !service.is_deleting() {
                linked.push(service.clone());
            }
        });
    }
    for service in linked {
        let ip = service.str_at("spec/clusterIP");
        if matches!(ip, "" | "None") {
            continue;
        }
        let name = service.name().to_uppercase().replace('-', "_");
        for (i, port) in service.items_at("spec/ports").iter().enumerate() {
            let number = port.int_at("port").unwrap_or(0);
            let protocol = match port.str_at("protocol") {
                "" => "TCP",
                protocol => protocol,
            };
            let scheme = protocol.to_lowercase();
            let url = format!("{scheme}://{ip}:{number}");
            if i == 0 {
                env.insert(format!("{name}_SERVICE_HOST"), ip.to_string());
                env.insert(format!("{name}_SERVICE_PORT"), number.to_string());
                env.insert(format!("{name}_PORT"), url.clone());
            }
            if !port.str_at("name").is_empty() {
                let port = port.str_at("name").to_uppercase().replace('-', "_");
                env.insert(format!("{name}_SERVICE_PORT_{port}"), number.to_string());
            }
            let prefix = format!("{name}_PORT_{number}_{protocol}");
            env.insert(format!("{prefix}_PROTO"), scheme);
            env.insert(format!("{prefix}_PORT"), number.to_string());
            env.insert(format!("{prefix}_ADDR"), ip.to_string());
            env.insert(prefix, url);
        }
    }
    env
}

/// The files of a volume made from a ConfigMap, a Secret, fields of the pod, or a projection of these.
pub(crate) fn volume_files(api: &Server, pod: &Object, volume: &Value) -> crate::machinery::Map {
    let mut files = crate::machinery::Map::new();
    for (kind, key, name) in [(Kind::ConfigMap, "configMap", "name"), (Kind::Secret, "secret", "secretName")]
    {
        let source = volume.at(key);
        if source.is_null() {
            continue;
        }
        let wanted = match source.str_at(name) {
            "" => source.str_at("name"),
            wanted => wanted,
        };
        let Ok(Some(holder)) = kind.find(api, pod, &crate::json!({"name": wanted})) else { continue };
        let items = source.items_at("items");
        for key in holder.map_at("data").keys() {
            let path = match items.iter().find(|i| i.str_at("key") == key) {
                Some(item) => item.str_at("path"),
                None if items.is_empty() => key,
                None => continue,
            };
            files.insert(path, kind.value(&holder, key).unwrap_or_default());
        }
    }
    for item in volume.items_at("downwardAPI/items") {
        let resource = item.at("resourceFieldRef");
        let text = match resource.str_at("containerName") {
            "" => field(pod, item.str_at("fieldRef/fieldPath")),
            name => {
                let lists = ["spec/containers", "spec/initContainers"];
                let mut all = lists.iter().flat_map(|list| pod.items_at(list));
                all.find(|c| c.str_at("name") == name)
                    .map_or(String::new(), |c| amount(api, pod, c, resource))
            }
        };
        files.insert(item.str_at("path"), text);
    }
    let token = volume.at("serviceAccountToken");
    if !token.is_null() {
        let issuer = crate::aws::issuer(api.store());
        if let Some(text) = token::in_pod(api, &issuer, pod, token) {
            files.insert(token.str_at("path"), text);
        }
    }
    for source in volume.items_at("projected/sources") {
        for (path, text) in volume_files(api, pod, source).iter() {
            files.insert(path, text);
        }
    }
    files
}

/// The volumes a container mounts that name what is not there: volume, and the kubelet's words.
pub(crate) fn missing_volumes(api: &Server, pod: &Object) -> Vec<(String, String)> {
    let containers = || ["spec/initContainers", "spec/containers"].iter().flat_map(|list| pod.items_at(list));
    let used =
        |name: &str| containers().flat_map(|c| c.items_at("volumeMounts")).any(|m| m.str_at("name") == name);
    let mut missing = Vec::new();
    for volume in pod.items_at("spec/volumes") {
        let name = volume.str_at("name");
        // The token's volume names what every namespace has.
        if !used(name) || name.starts_with("kube-api-access-") {
            continue;
        }
        let sources = std::iter::once(volume).chain(volume.items_at("projected/sources"));
        if let Some(why) = sources.into_iter().find_map(|source| missing_source(api, pod, source)) {
            missing.push((name.to_string(), why));
        }
    }
    missing
}

fn missing_source(api: &Server, pod: &Object, source: &Value) -> Option<String> {
    let kinds =
        [(Kind::ConfigMap, "configMap", "name", "config"), (Kind::Secret, "secret", "secretName", "secret")];
    for (kind, key, name, what) in kinds {
        let reference = source.at(key);
        if reference.is_null() {
            continue;
        }
        let name = match reference.str_at(name) {
            "" => reference.str_at("name"),
            name => name,
        };
        let optional = reference.bool_at("optional");
        match kind.find(api, pod, &crate::json!({"name": name, "optional": optional})) {
            Err(why) => return Some(why),
            Ok(None) => {}
            Ok(Some(holder)) => {
                let has =
                    |key: &str| ["data", "binaryData"].iter().any(|map| holder.map_at(map).contains_key(key));
                let mut keys = reference.items_at("items").iter().map(|i| i.str_at("key"));
                if let Some(key) = keys.find(|key| !optional && !has(key)) {
                    return Some(format!("references non-existent {what} key: {key}"));
                }
            }
        }
    }
    None
}

fn referred(api: &Server, pod: &Object, container: &Value, source: &Value) -> Result<Option<String>, String> {
    for (kind, reference) in [(Kind::ConfigMap, "configMapKeyRef"), (Kind::Secret, "secretKeyRef")] {
        let reference = source.at(reference);
        if reference.is_null() {
            continue;
        }
        let key = reference.str_at("key");
        return match kind.find(api, pod, reference)? {
            None => Ok(None),
            Some(holder) => match kind.value(&holder, key) {
                None if reference.bool_at("optional") => Ok(None),
                None => {
                    let (what, name) = (kind.noun_with_capitals(), reference.str_at("name"));
                    Err(format!("couldn't find key {key} in {what} {}/{name}", pod.namespace()))
                }
                found => Ok(found),
            },
        };
    }
    let path = source.str_at("fieldRef/fieldPath");
    if !path.is_empty() {
        return Ok(Some(field(pod, path)));
    }
    Ok(Some(amount(api, pod, container, source.at("resourceFieldRef"))))
}

/// A request or limit in units of the divisor, rounded up: CPU is counted in thousandths, the rest in wholes. What has no
/// limit may use all its node has.
fn amount(api: &Server, pod: &Object, container: &Value, reference: &Value) -> String {
    let resource = reference.str_at("resource");
    let mut given = container.at("resources").at(&resource.replace('.', "/")).clone();
    if let Some(name) = resource.strip_prefix("limits.").filter(|_| given.is_null())
        && let Some(node) = api.find("nodes", "", pod.str_at("spec/nodeName"))
    {
        given = node.at("status/allocatable").at(name).clone();
    }
    let counted = |quantity: Quantity| match resource.ends_with(".cpu") {
        true => i128::from(quantity.milli_value()),
        false => i128::from(quantity.value()),
    };
    let unit = match counted(Quantity::of(reference.at("divisor"))) {
        0 => counted(Quantity::from_int(1)),
        unit => unit,
    };
    (counted(Quantity::of(&given)) + unit - 1).div_euclid(unit).to_string()
}

/// A downward API field: `metadata.name`, `status.podIP`, `metadata.labels['app']`.
fn field(pod: &Object, path: &str) -> String {
    for map in ["metadata.labels", "metadata.annotations"] {
        let key =
            path.strip_prefix(map).and_then(|p| p.strip_prefix("['")).and_then(|p| p.strip_suffix("']"));
        if let Some(key) = key {
            return pod
                .map_at(&map.replace('.', "/"))
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_string();
        }
        if path == map {
            let line =
                |(key, value): (&str, &Value)| format!("{key}={}", quote(value.as_str().unwrap_or("")));
            return pod.map_at(&map.replace('.', "/")).iter().map(line).collect::<Vec<_>>().join("\n");
        }
    }
    pod.str_at(&path.replace('.', "/")).to_string()
}

#[derive(Clone, Copy)]
enum Kind {
    ConfigMap,
    Secret,
}

impl Kind {
    /// The object a reference names; `None` when it is missing and optional.
    fn find(self, api: &Server, pod: &Object, reference: &Value) -> Result<Option<Object>, String> {
        let (resource, noun) = match self {
            Kind::ConfigMap => ("configmaps", "configmap"),
            Kind::Secret => ("secrets", "secret"),
        };
        let name = reference.str_at("name");
        match api.find(resource, pod.namespace(), name) {
            None if !reference.bool_at("optional") => Err(format!("{noun} \"{name}\" not found")),
            found => Ok(found),
        }
    }

    fn value(self, holder: &Object, key: &str) -> Option<String> {
        let text = holder.map_at("data").get(key)?.as_str()?;
        match self {
            Kind::ConfigMap => Some(text.to_string()),
            Kind::Secret => Some(String::from_utf8_lossy(&base64::decode(text)?).into_owned()),
        }
    }

    fn noun_with_capitals(self) -> &'static str {
        match self {
            Kind::ConfigMap => "ConfigMap",
            Kind::Secret => "Secret",
        }
    }
}
