//! Roles and their bindings.

use super::meta::strings;
use super::{Page, View, go, meta};
use crate::machinery::Value;

pub(super) fn role(page: &mut Page, view: &View<'_>) {
    meta::name(page, view);
    meta::labels_and_annotations(page, view);
    page.line(0, "PolicyRule:");
    page.line(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs");
    page.line(1, "---------\t-----------------\t--------------\t-----");
    for rule in compact(view.object.items_at("rules")) {
        let (urls, names) = (go::list(rule.url), go::list(rule.name));
        page.line(1, format_args!("{}\t{urls}\t{names}\t{}", rule.resource(), go::list(&rule.verbs)));
    }
}

/// A rule about one thing: a resource, one object of it, or a URL.
#[derive(PartialEq)]
struct Rule<'a> {
    target: Option<(&'a str, &'a str)>,
    name: Option<&'a str>,
    url: Option<&'a str>,
    verbs: Vec<&'a str>,
}

impl Rule<'_> {
    /// `deployments.apps/scale`.
    fn resource(&self) -> String {
        let Some((group, resource)) = self.target else { return String::new() };
        let (plural, sub) = resource.split_once('/').unwrap_or((resource, ""));
        let dot = if group.is_empty() { "" } else { "." };
        let slash = if sub.is_empty() { "" } else { "/" };
        format!("{plural}{dot}{group}{slash}{sub}")
    }

    /// What rules are sorted by: their verbs first, as texts.
    fn rank(&self) -> String {
        let group = go::list(self.target.map(|(group, _)| group));
        let resource = go::list(self.target.map(|(_, resource)| resource));
        let (name, url) = (go::list(self.name), go::list(self.url));
        format!("{},{group},{resource},{name},{url}", go::list(&self.verbs))
    }
}

/// Rules taken apart into what they are about; the verbs for one resource come together.
fn compact(rules: &[Value]) -> Vec<Rule<'_>> {
    let mut compacted: Vec<Rule<'_>> = Vec::new();
    for rule in rules {
        let names: Vec<Option<&str>> = match rule.items_at("resourceNames") {
            [] => vec![None],
            _ => strings(rule.at("resourceNames")).map(Some).collect(),
        };
        for group in strings(rule.at("apiGroups")) {
            for resource in strings(rule.at("resources")) {
                for verb in strings(rule.at("verbs")) {
                    for name in &names {
                        add(&mut compacted, (group, resource), *name, verb);
                    }
                }
            }
        }
        for url in strings(rule.at("nonResourceURLs")) {
            for verb in strings(rule.at("verbs")) {
                compacted.push(Rule { target: None, name: None, url: Some(url), verbs: vec![verb] });
            }
        }
    }
    compacted.sort_by_cached_key(Rule::rank);
    compacted
}

fn add<'a>(rules: &mut Vec<Rule<'a>>, target: (&'a str, &'a str), name: Option<&'a str>, verb: &'a str) {
    match rules.iter_mut().find(|rule| rule.target == Some(target) && rule.name == name) {
        Some(rule) if rule.verbs.contains(&verb) => {}
        Some(rule) => rule.verbs.push(verb),
        None => rules.push(Rule { target: Some(target), name, url: None, verbs: vec![verb] }),
    }
}

pub(super) fn binding(page: &mut Page, view: &View<'_>) {
    let binding = view.object;
    meta::name(page, view);
    meta::labels_and_annotations(page, view);
    page.line(0, "Role:");
    page.field(1, "Kind", binding.str_at("roleRef/kind"));
    page.field(1, "Name", binding.str_at("roleRef/name"));
    page.line(0, "Subjects:");
    page.line(1, "Kind\tName\tNamespace");
    page.line(1, "----\t----\t---------");
    for subject in binding.items_at("subjects") {
        let (kind, name) = (subject.str_at("kind"), subject.str_at("name"));
        page.line(1, format_args!("{kind}\t{name}\t{}", subject.str_at("namespace")));
    }
}
