//! What the server serves at this moment: the built-in kinds of its version, the kinds that CustomResourceDefinitions
//! declare and the ones aggregated APIs bring; and how a name on a command line finds one of them.

mod builtin;
mod crd;

pub use crd::resources_of;

use super::Resource;
use crate::machinery::{KubeVersion, Object};
use builtin::{BUILTIN, Builtin, METRICS};
use std::borrow;

type Cow = borrow::Cow<'static, str>;

/// The served kinds, in discovery order: groups by priority, in a group the preferred version first.
#[derive(Clone, Debug)]
pub struct Registry {
    version: KubeVersion,
    resources: Vec<Resource>,
    /// How many of `resources` are built in; custom ones follow, sorted by group.
    builtin: usize,
}

impl Registry {
    /// The built-in kinds of a server version.
    pub fn new(version: KubeVersion) -> Registry {
        let resources: Vec<Resource> = served(BUILTIN, version).collect();
        Registry { version, builtin: resources.len(), resources }
    }

    /// Serves what a CustomResourceDefinition declares; an earlier declaration of the same kinds is replaced.
    pub fn add_crd(&mut self, crd: &Object) {
        self.remove_crd(crd);
        self.resources.extend(resources_of(crd));
        let custom = &mut self.resources[self.builtin..];
        // Stable: the versions of one kind keep the order of their definition.
        custom.sort_by(|a, b| {
            let versions = || crd::version_priority(&b.version).cmp(&crd::version_priority(&a.version));
            (aggregated(a), &a.group)
                .cmp(&(aggregated(b), &b.group))
                .then_with(versions)
                .then_with(|| a.plural.cmp(&b.plural))
        });
    }

    /// Serves what a CustomResourceDefinition declared no more.
    pub fn remove_crd(&mut self, crd: &Object) {
        let (group, plural) = (crd.str_at("spec/group"), crd.str_at("spec/names/plural"));
        let mut index = 0;
        self.resources.retain(|r| {
            index += 1;
            index <= self.builtin || r.group != group || r.plural != plural
        });
    }

    /// Serves `metrics.k8s.io`, as it is once the APIService of metrics-server is available.
    pub fn add_metrics(&mut self) {
        if !self.resources.iter().any(aggregated) {
            self.resources.extend(served(METRICS, self.version));
        }
    }

    /// Serves `metrics.k8s.io` no more.
    pub fn remove_metrics(&mut self) {
        self.resources.retain(|r| !aggregated(r));
    }

    /// Whether a kind is compiled into the server, so that strategic merge patches know its lists.
    pub fn is_builtin(&self, resource: &Resource) -> bool {
        self.resources[..self.builtin]
            .iter()
            .any(|r| r.plural == resource.plural && r.group == resource.group)
    }

    /// Whether a CustomResourceDefinition declares a resource.
    pub fn is_custom(&self, resource: &Resource) -> bool {
        !self.is_builtin(resource) && !aggregated(resource)
    }

    /// Everything served, every version of a kind, in discovery order.
    pub fn all(&self) -> &[Resource] {
        &self.resources
    }

    /// Each kind in its preferred version, in discovery order.
    pub fn preferred(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().enumerate().filter_map(|(i, r)| {
            let same = |earlier: &&Resource| earlier.plural == r.plural && earlier.group == r.group;
            (!self.resources[..i].iter().any(|earlier| same(&earlier))).then_some(r)
        })
    }

    /// The kinds of a category such as `all`, in discovery order.
    pub fn category(&self, name: &str) -> Vec<&Resource> {
        self.preferred().filter(|r| r.categories.iter().any(|c| c == name)).collect()
    }

    /// The kind an object says it is.
    pub fn by_kind(&self, api_version: &str, kind: &str) -> Option<&Resource> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        self.resources.iter().find(|r| r.kind == kind && r.version == version && r.group == group)
    }

    /// A kind in whatever version is preferred, by its group: owner references and scale targets name kinds so.
    pub fn by_group_kind(&self, group: &str, kind: &str) -> Option<&Resource> {
        self.resources.iter().find(|r| r.kind == kind && r.group == group)
    }

    /// The kind a URL names.
    pub fn by_path(&self, group: &str, version: &str, plural: &str) -> Option<&Resource> {
        self.resources.iter().find(|r| r.plural == plural && r.version == version && r.group == group)
    }

    /// The kind whose objects are stored under `deployments.apps` or `pods`, in its preferred version.
    pub fn by_qualified(&self, qualified: &str) -> Option<&Resource> {
        let (plural, group) = qualified.split_once('.').unwrap_or((qualified, ""));
        self.resources.iter().find(|r| r.plural == plural && r.group == group)
    }

    /// The kind a name on a command line means: plural, singular, short name or kind, alone or with its group
    /// (`deployments.apps`) or version and group (`deployments.v1.apps`). A group may be cut short (`deploy.ap`).
    pub fn lookup(&self, name: &str) -> Option<&Resource> {
        // A short name stands for the kind in its preferred version, whatever version is written behind it.
        self.look_up(name, false)
    }

    /// As [`Registry::lookup`], for clients to which a version behind a short name means something.
    pub fn lookup_in_version(&self, name: &str) -> Option<&Resource> {
        self.look_up(name, true)
    }

    fn look_up(&self, name: &str, short_names_have_versions: bool) -> Option<&Resource> {
        let wanted = Wanted::readings(name);
        let short = |w: &Wanted| {
            let version = w.version.filter(|_| short_names_have_versions);
            self.find(&Wanted { version, ..*w }, |r| r.short_names.iter().any(|s| s == w.name))
        };
        let named = |w: &Wanted| {
            let lower = w.name.to_lowercase();
            self.find(w, |r| r.plural == lower || r.singular == lower)
        };
        let kind = |w: &Wanted| self.find(w, |r| r.kind == w.name || r.kind.to_lowercase() == w.name);
        let mut readings = wanted.iter();
        readings.find_map(|w| short(w).or_else(|| named(w))).or_else(|| wanted.iter().find_map(kind))
    }

    /// The first kind that `matches` in the group and version asked for; an exact group goes before one that only
    /// begins so.
    fn find(&self, wanted: &Wanted, matches: impl Fn(&Resource) -> bool) -> Option<&Resource> {
        let fits = |r: &&Resource| wanted.version.is_none_or(|v| r.version == v) && matches(r);
        let Some(group) = wanted.group else {
            return self.resources.iter().find(fits);
        };
        let exact = self.resources.iter().filter(|r| r.group == group).find(fits);
        exact.or_else(|| self.resources.iter().filter(|r| r.group.starts_with(group)).find(fits))
    }
}

/// One way to read a name on a command line.
struct Wanted<'a> {
    name: &'a str,
    version: Option<&'a str>,
    group: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// `a.b.c` may be name, version and group, or a name and the group `b.c`; the former is tried first.
    fn readings(text: &'a str) -> Vec<Wanted<'a>> {
        let Some((name, rest)) = text.split_once('.') else {
            return vec![Wanted { name: text, version: None, group: None }];
        };
        let with_version = rest.split_once('.').map(|(version, group)| Wanted {
            name,
            version: Some(version),
            group: Some(group).filter(|g| !g.is_empty()),
        });
        with_version.into_iter().chain([Wanted { name, version: None, group: Some(rest) }]).collect()
    }
}

/// The subresources discovery lists for a kind, sorted as it lists them.
pub fn subresources(resource: &Resource) -> Vec<&'static str> {
    let known = BUILTIN
        .iter()
        .find(|b| b.plural == resource.plural && b.group == resource.group && b.version == resource.version);
    match known {
        Some(builtin) => builtin.subresources.to_vec(),
        None => [("status", resource.status), ("scale", resource.scale)]
            .into_iter()
            .filter_map(|(name, has)| has.then_some(name))
            .collect(),
    }
}

/// Aggregated APIs stand behind the custom ones.
fn aggregated(resource: &Resource) -> bool {
    METRICS.iter().any(|m| m.group == resource.group)
}

/// The rows of a table that a version serves.
fn served(table: &'static [Builtin], version: KubeVersion) -> impl Iterator<Item = Resource> {
    table.iter().filter(move |b| version.is_within(b.since, b.until)).map(|b| Resource {
        group: b.group.into(),
        version: b.version.into(),
        kind: b.kind.into(),
        plural: b.plural.into(),
        singular: b.singular.into(),
        short_names: b.short_names.into(),
        categories: b.categories.into(),
        namespaced: b.namespaced,
        verbs: b.verbs.into(),
        scale: b.subresources.contains(&"scale"),
        status: b.subresources.contains(&"status"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn found(registry: &Registry, name: &str) -> String {
        registry.lookup(name).map_or_else(String::new, |r| format!("{} {}", r.api_version(), r.kind))
    }

    #[test]
    fn a_name_may_be_written_in_many_ways() {
        let mut registry = Registry::new(KubeVersion::LATEST);
        registry.add_metrics();
        for name in [
            "deploy",
            "deployment",
            "deployments",
            "Deployment",
            "deployments.apps",
            "deploy.apps",
            "deployments.app",
            "deployment.v1.apps",
            "Deployment.v1.apps",
        ] {
            assert_eq!(found(&registry, name), "apps/v1 Deployment", "{name}");
        }
        assert_eq!(found(&registry, "hpa"), "autoscaling/v2 HorizontalPodAutoscaler");
        assert_eq!(found(&registry, "hpa.v1.autoscaling"), "autoscaling/v2 HorizontalPodAutoscaler");
        assert_eq!(
            found(&registry, "horizontalpodautoscalers.v1.autoscaling"),
            "autoscaling/v1 HorizontalPodAutoscaler"
        );
        assert_eq!(found(&registry, "pods.v1."), "v1 Pod");
        assert_eq!(found(&registry, "nodes"), "v1 Node");
        assert_eq!(found(&registry, "nodes.metrics.k8s.io"), "metrics.k8s.io/v1beta1 NodeMetrics");
        assert_eq!(found(&registry, "PodMetrics"), "metrics.k8s.io/v1beta1 PodMetrics");
        assert_eq!(found(&registry, "ev"), "v1 Event");
        for name in ["PO", "foos", "deployments.batch", "", "."] {
            assert_eq!(found(&registry, name), "", "{name}");
        }
    }

    #[test]
    fn old_servers_serve_the_versions_of_their_time() {
        assert_eq!(
            found(&Registry::new(KubeVersion::new(22)), "hpa"),
            "autoscaling/v1 HorizontalPodAutoscaler"
        );
        assert_eq!(
            found(&Registry::new(KubeVersion::new(23)), "hpa"),
            "autoscaling/v2 HorizontalPodAutoscaler"
        );
        assert!(
            Registry::new(KubeVersion::new(24)).by_kind("policy/v1beta1", "PodDisruptionBudget").is_some()
        );
        assert!(
            Registry::new(KubeVersion::new(25)).by_kind("policy/v1beta1", "PodDisruptionBudget").is_none()
        );
    }

    #[test]
    fn custom_kinds_come_and_go() {
        let mut registry = Registry::new(KubeVersion::LATEST);
        registry.add_metrics();
        let version =
            |name: &str, served: bool| json!({"name": name, "served": served, "storage": name == "v1"});
        let crd = Object(json!({"spec": {
            "group": "example.com", "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]},
            "versions": [version("v1beta1", true), version("v2alpha1", true), version("v1", true), version("v3", false)],
        }}));
        registry.add_crd(&crd);
        registry.add_crd(&crd);
        let versions: Vec<String> =
            registry.all().iter().filter(|r| r.kind == "Widget").map(|r| r.version.to_string()).collect();
        assert_eq!(versions, ["v1", "v1beta1", "v2alpha1"]);
        assert_eq!(found(&registry, "wd"), "example.com/v1 Widget");
        assert_eq!(found(&registry, "widget"), "example.com/v1 Widget");
        assert_eq!(registry.all().last().map(|r| r.kind.as_ref()), Some("PodMetrics"));
        registry.remove_crd(&crd);
        assert_eq!(found(&registry, "wd"), "");
    }
}
