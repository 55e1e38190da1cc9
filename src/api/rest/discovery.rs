//! Discovery in its older form: the groups, their versions, and what each serves.

use super::Structure;
use crate::api::registry::subresources;
use crate::api::{ApiError, Registry, Resource};
use crate::json;
use crate::machinery::hash::sha256_digest;
use crate::machinery::{Value, base64};

/// `/api`.
pub(super) fn core_versions() -> String {
    let address = Structure(vec![
        ("clientCIDR", "0.0.0.0/0".into()),
        ("serverAddress", "ip-10-0-0-1.ec2.internal:443".into()),
    ]);
    format!(
        "{{\"kind\":\"APIVersions\",\"versions\":[\"v1\"],\"serverAddressByClientCIDRs\":[{}]}}\n",
        address.json()
    )
}

/// `/apis`.
pub(super) fn groups(registry: &Registry) -> String {
    let mut names: Vec<&str> = Vec::new();
    for resource in registry.all().iter().filter(|r| !r.group.is_empty()) {
        if !names.contains(&resource.group.as_ref()) {
            names.push(&resource.group);
        }
    }
    let groups: Vec<String> =
        names.iter().map(|name| format!("{{{}}}", group_fields(registry, name))).collect();
    format!("{{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[{}]}}\n", groups.join(","))
}

/// `/apis/GROUP`.
pub(super) fn group(registry: &Registry, name: &str) -> Result<String, ApiError> {
    if !registry.all().iter().any(|r| r.group == name) {
        return Err(ApiError::no_such_resource());
    }
    Ok(format!("{{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\",{}}}\n", group_fields(registry, name)))
}

fn group_fields(registry: &Registry, name: &str) -> String {
    let mut versions: Vec<&str> = Vec::new();
    for resource in registry.all().iter().filter(|r| r.group == name) {
        if !versions.contains(&resource.version.as_ref()) {
            versions.push(&resource.version);
        }
    }
    let shown =
        |version: &&str| format!("{{\"groupVersion\":\"{name}/{version}\",\"version\":\"{version}\"}}");
    let all: Vec<String> = versions.iter().map(shown).collect();
    format!(
        "\"name\":\"{name}\",\"versions\":[{}],\"preferredVersion\":{}",
        all.join(","),
        all.first().map_or("", String::as_str)
    )
}

/// `/api/VERSION` and `/apis/GROUP/VERSION`.
pub(super) fn resources(registry: &Registry, group: &str, version: &str) -> Result<String, ApiError> {
    let mut served: Vec<&Resource> =
        registry.all().iter().filter(|r| r.group == group && r.version == version).collect();
    served.sort_by(|a, b| a.plural.cmp(&b.plural));
    let Some(first) = served.first() else { return Err(ApiError::no_such_resource()) };
    let mut lines = Vec::new();
    for resource in &served {
        lines.push(line(registry, resource));
        lines.extend(subresources(resource).iter().map(|sub| sub_line(resource, sub)));
    }
    // The oldest group came before the field.
    let of = if group.is_empty() { "" } else { "\"apiVersion\":\"v1\"," };
    Ok(format!(
        "{{\"kind\":\"APIResourceList\",{of}\"groupVersion\":\"{}\",\"resources\":[{}]}}\n",
        first.api_version(),
        lines.join(",")
    ))
}

fn words(list: &[std::borrow::Cow<'static, str>]) -> Value {
    list.iter().map(|word| word.as_ref()).collect()
}

fn line(registry: &Registry, resource: &Resource) -> String {
    let mut fields = vec![
        ("name", resource.plural.as_ref().into()),
        ("singularName", resource.singular.as_ref().into()),
        ("namespaced", resource.namespaced.into()),
        ("kind", resource.kind.as_ref().into()),
        ("verbs", words(&resource.verbs)),
    ];
    if !resource.short_names.is_empty() {
        fields.push(("shortNames", words(&resource.short_names)));
    }
    if !resource.categories.is_empty() {
        fields.push(("categories", words(&resource.categories)));
    }
    if resource.verbs.iter().any(|verb| verb == "watch") {
        fields.push(("storageVersionHash", storage_version_hash(registry, resource).into()));
    }
    Structure(fields).json()
}

/// What changes when objects of a kind are stored in another version.
fn storage_version_hash(registry: &Registry, resource: &Resource) -> String {
    let stored = crate::api::conversion::storage_resource(resource, registry);
    let text = format!("{}/{}/{}", stored.group, stored.version, stored.kind);
    base64::encode(&sha256_digest(text.as_bytes())[..8])
}

fn sub_line(resource: &Resource, sub: &str) -> String {
    let foreign = |group: &'static str, version: &'static str, kind: &'static str| (group, version, kind);
    let (group, version, kind) = match (resource.plural.as_ref(), sub) {
        (_, "scale") => foreign("autoscaling", "v1", "Scale"),
        ("pods", "eviction") => foreign("policy", "v1", "Eviction"),
        ("serviceaccounts", "token") => foreign("authentication.k8s.io", "v1", "TokenRequest"),
        ("pods", "binding") => foreign("", "", "Binding"),
        ("pods", "attach") => foreign("", "", "PodAttachOptions"),
        ("pods", "exec") => foreign("", "", "PodExecOptions"),
        ("pods", "portforward") => foreign("", "", "PodPortForwardOptions"),
        ("pods", "proxy") => foreign("", "", "PodProxyOptions"),
        ("nodes", "proxy") => foreign("", "", "NodeProxyOptions"),
        ("services", "proxy") => foreign("", "", "ServiceProxyOptions"),
        _ => foreign("", "", ""),
    };
    let verbs: Value = match sub {
        "binding" | "eviction" | "token" => json!(["create"]),
        "attach" | "exec" | "portforward" => json!(["create", "get"]),
        "proxy" => json!(["create", "delete", "get", "patch", "update"]),
        "log" => json!(["get"]),
        "finalize" => json!(["update"]),
        _ => json!(["get", "patch", "update"]),
    };
    let mut fields = vec![
        ("name", format!("{}/{sub}", resource.plural).into()),
        ("singularName", "".into()),
        ("namespaced", resource.namespaced.into()),
    ];
    if !group.is_empty() {
        fields.extend([("group", group.into()), ("version", version.into())]);
    }
    fields.push(("kind", if kind.is_empty() { resource.kind.as_ref() } else { kind }.into()));
    fields.push(("verbs", verbs));
    Structure(fields).json()
}
