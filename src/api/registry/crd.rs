//! The kinds a CustomResourceDefinition declares.

use super::Cow;
use crate::api::Resource;
use crate::machinery::{Object, Value};
use std::cmp::Reverse;

/// Custom kinds list their verbs in an order of their own.
const VERBS: &[Cow] = &[
    Cow::Borrowed("delete"),
    Cow::Borrowed("deletecollection"),
    Cow::Borrowed("get"),
    Cow::Borrowed("list"),
    Cow::Borrowed("patch"),
    Cow::Borrowed("create"),
    Cow::Borrowed("update"),
    Cow::Borrowed("watch"),
];

/// One [`Resource`] for each version the definition serves, the preferred version first.
pub fn resources_of(crd: &Object) -> Vec<Resource> {
    let names = crd.at("spec/names");
    let kind = names.str_at("kind");
    let singular = match names.str_at("singular") {
        "" => kind.to_lowercase(),
        given => given.to_string(),
    };
    let mut versions: Vec<&Value> =
        crd.items_at("spec/versions").iter().filter(|v| v.bool_at("served")).collect();
    versions.sort_by_key(|v| Reverse(version_priority(v.str_at("name"))));
    versions
        .into_iter()
        .map(|version| Resource {
            group: owned(crd.str_at("spec/group")),
            version: owned(version.str_at("name")),
            kind: owned(kind),
            plural: owned(names.str_at("plural")),
            singular: singular.clone().into(),
            short_names: list(names.items_at("shortNames")),
            categories: list(names.items_at("categories")),
            namespaced: crd.str_at("spec/scope") != "Cluster",
            verbs: VERBS.into(),
            scale: version.at("subresources/scale").as_map().is_some(),
            status: version.at("subresources/status").as_map().is_some(),
        })
        .collect()
}

fn owned(text: &str) -> Cow {
    text.to_string().into()
}

fn list(items: &[Value]) -> std::borrow::Cow<'static, [Cow]> {
    items.iter().filter_map(Value::as_str).map(owned).collect::<Vec<_>>().into()
}

/// The rank of a version name: stable before beta before alpha before names of another form; then the higher numbers;
/// names of another form go by the alphabet.
pub(super) fn version_priority(name: &str) -> (u8, u32, u32, Reverse<String>) {
    let number = |text: &str| -> Option<u32> { text.parse().ok().filter(|n| *n > 0) };
    let stable = |rest: &str| Some((3, number(rest)?, 0));
    let staged = |rest: &str, stage: &str, rank: u8| {
        let (major, minor) = rest.split_once(stage)?;
        Some((rank, number(major)?, number(minor)?))
    };
    let form = name.strip_prefix('v').and_then(|rest| {
        stable(rest).or_else(|| staged(rest, "beta", 2)).or_else(|| staged(rest, "alpha", 1))
    });
    match form {
        Some((rank, major, minor)) => (rank, major, minor, Reverse(String::new())),
        None => (0, 0, 0, Reverse(name.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_rank_as_kubernetes_does() {
        let mut names =
            ["foo10", "v1alpha1", "v3beta1", "v12alpha1", "v2", "foo1", "v10", "v11beta2", "v11alpha2", "v1"];
        names.sort_by_key(|n| Reverse(version_priority(n)));
        let order =
            ["v10", "v2", "v1", "v11beta2", "v3beta1", "v12alpha1", "v11alpha2", "v1alpha1", "foo1", "foo10"];
        assert_eq!(names, order);
    }
}
