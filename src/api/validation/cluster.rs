//! Kinds about the cluster and its rules: nodes, priorities, leases, limits, quotas, budgets, API services.

use super::fields::{
    Errors, all_invalid, at_most_everything, count_or_percent, immutable, internal, label_selector,
    one_of_if_given, qualified_name, quantity_not_negative,
};
use super::pod;
use crate::api::{FieldError, Path};
use crate::machinery::go_text::quote;
use crate::machinery::validation::{dns1035_label_errors, label_value_errors, qualified_name_errors};
use crate::machinery::{Object, Quantity, Value};

const SPEC: Path = Path::Root("spec");

const TAINT: [(&str, &str); 4] =
    [("Key", "key"), ("Value", "value"), ("Effect", "effect"), ("TimeAdded", "timeAdded")];

pub(super) fn node(o: &Object, errs: &mut Errors) {
    let list = SPEC.field("taints");
    let taints = o.items_at("spec/taints");
    for (i, taint) in taints.iter().enumerate() {
        let path = list.index(i);
        qualified_name(taint.str_at("key"), &path.field("key"), errs);
        let wrong = label_value_errors(taint.str_at("value"));
        if !wrong.is_empty() {
            errs.push(FieldError::invalid(path.field("value"), taint.str_at("value"), wrong.join(";")));
        }
        pod::taint_effect(taint, &path, errs);
        let same = |t: &Value| {
            t.str_at("key") == taint.str_at("key") && t.str_at("effect") == taint.str_at("effect")
        };
        if taints[..i].iter().any(same) {
            let mut shown = taint.clone();
            if shown["value"].is_null() {
                shown.set("value", "");
            }
            errs.push(FieldError::duplicate(path, taint).showing(internal(&shown, &TAINT)));
        }
    }
}

pub(super) fn node_update(new: &Object, old: &Object, errs: &mut Errors) {
    for field in ["podCIDR", "providerID"] {
        let (now, before) = (new.at("spec").str_at(field), old.at("spec").str_at(field));
        if !before.is_empty() && now != before {
            let why = "node updates may not change ".to_string() + field + " except from \"\" to valid";
            errs.push(FieldError::forbidden(SPEC.field(field), why));
        }
    }
}

pub(super) fn priority_class(o: &Object, errs: &mut Errors) {
    const HIGHEST: i64 = 1_000_000_000;
    let value = o.int_at("value").unwrap_or(0);
    if o.name().starts_with("system-") {
        let known = [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];
        if !known.contains(&(o.name(), value)) {
            let why = "priority class names with 'system-' prefix are reserved for system use only. error: "
                .to_string()
                + &if known.iter().any(|k| k.0 == o.name()) {
                    format!(
                        "value of {} PriorityClass must be {}",
                        o.name(),
                        known.iter().find(|k| k.0 == o.name()).map_or(0, |k| k.1)
                    )
                } else {
                    format!("{} is not a known system priority class", o.name())
                };
            errs.push(FieldError::forbidden("metadata.name", why));
        }
    } else if value > HIGHEST {
        let why = format!("maximum allowed value of a user defined priority is {HIGHEST}");
        errs.push(FieldError::forbidden("value", why));
    }
    one_of_if_given(o, "preemptionPolicy", &["Never", "PreemptLowerPriority"], &Path::Root(""), errs);
}

pub(super) fn priority_class_update(new: &Object, old: &Object, errs: &mut Errors) {
    if new.at("value") != old.at("value") {
        errs.push(FieldError::forbidden("value", "may not be changed in an update."));
    }
    immutable(&new["preemptionPolicy"], &old["preemptionPolicy"], &Path::Root("preemptionPolicy"), errs);
}

pub(super) fn lease(o: &Object, errs: &mut Errors) {
    if let Some(n) = o.int_at("spec/leaseDurationSeconds").filter(|n| *n <= 0) {
        errs.push(FieldError::invalid("spec.leaseDurationSeconds", n, "must be greater than 0"));
    }
    if let Some(n) = o.int_at("spec/leaseTransitions").filter(|n| *n < 0) {
        errs.push(FieldError::invalid("spec.leaseTransitions", n, "must be greater than or equal to 0"));
    }
}

pub(super) fn limit_range(o: &Object, errs: &mut Errors) {
    let list = SPEC.field("limits");
    let mut kinds: Vec<&str> = Vec::new();
    for (i, item) in o.items_at("spec/limits").iter().enumerate() {
        let path = list.index(i);
        let kind = item.str_at("type");
        if kind.is_empty() {
            errs.push(FieldError::required(path.field("type"), ""));
        }
        if kinds.contains(&kind) {
            errs.push(FieldError::duplicate(path.field("type"), kind));
        }
        kinds.push(kind);
        limit_item(item, &path, errs);
    }
}

fn limit_item(item: &Value, path: &Path, errs: &mut Errors) {
    if item.str_at("type") == "Pod" {
        for field in ["default", "defaultRequest"] {
            if !item[field].is_empty_value() {
                let why = "may not be specified when `type` is 'Pod'";
                errs.push(FieldError::forbidden(path.field(field), why));
            }
        }
    }
    let mut names: Vec<&str> = Vec::new();
    for field in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
        for (name, _) in item[field].map().iter() {
            let at = path.field(field);
            all_invalid(&at.key(name), name, qualified_name_errors(name), errs);
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.sort_unstable();
    for name in names {
        let amount = |field: &str| item[field].get(name).map(Quantity::of);
        let (min, max) = (amount("min"), amount("max"));
        let (default, request) = (amount("default"), amount("defaultRequest"));
        let mut above =
            |low: &Option<Quantity>, high: &Option<Quantity>, field: &str, what: &str, than: &str| {
                if let (Some(low), Some(high)) = (low, high)
                    && low > high
                {
                    let why = format!("{what} value {low} is greater than {than} value {high}");
                    let at = path.field(field);
                    errs.push(FieldError::invalid(at.key(name), low.to_string(), why));
                }
            };
        above(&min, &max, "min", "min", "max");
        above(&min, &request, "defaultRequest", "min", "default request");
        above(&request, &max, "defaultRequest", "default request", "max");
        above(&request, &default, "defaultRequest", "default request", "default limit");
        above(&min, &default, "default", "min", "default");
        above(&default, &max, "default", "default", "max");
        if let Some(ratio) = amount("maxLimitRequestRatio").filter(|r| r.milli_value() < 1000) {
            let at = path.field("maxLimitRequestRatio");
            errs.push(FieldError::invalid(at.key(name), ratio.to_string(), "ratio 1 is less than 1"));
        }
    }
}

pub(super) fn resource_quota(o: &Object, errs: &mut Errors) {
    let path = SPEC.field("hard");
    for (name, amount) in o.map_at("spec/hard").iter() {
        let at = path.key(name);
        let wrong = qualified_name_errors(name);
        if wrong.is_empty() && !name.contains('/') && !is_quota_resource(name) {
            errs.push(FieldError::invalid(at, name, "must be a standard resource for quota"));
        }
        all_invalid(&at, name, wrong, errs);
        quantity_not_negative(amount, &at, errs);
        let whole =
            name.starts_with("count/") || matches!(name, "pods" | "services" | "secrets" | "configmaps");
        if whole && Quantity::of(amount).milli_value() % 1000 != 0 {
            errs.push(FieldError::invalid(at, Quantity::of(amount).to_string(), "must be an integer"));
        }
    }
    let scopes = SPEC.field("scopes");
    for scope in o.items_at("spec/scopes") {
        let scope = scope.as_str().unwrap_or_default();
        let known = [
            "Terminating",
            "NotTerminating",
            "BestEffort",
            "NotBestEffort",
            "PriorityClass",
            "CrossNamespacePodAffinity",
        ];
        if !known.contains(&scope) {
            errs.push(FieldError::invalid(scopes, quote(scope), "unsupported scope"));
        }
    }
}

fn is_quota_resource(name: &str) -> bool {
    let amounts = ["cpu", "memory", "ephemeral-storage", "storage"];
    let counts = [
        "pods",
        "services",
        "replicationcontrollers",
        "resourcequotas",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    ];
    match name.split_once('.') {
        Some(("requests", what)) => amounts.contains(&what) || what.starts_with("hugepages-"),
        Some(("limits", what)) => amounts[..3].contains(&what),
        _ => amounts[..3].contains(&name) || counts.contains(&name) || name.starts_with("hugepages-"),
    }
}

const BUDGET: [(&str, &str); 4] = [
    ("MinAvailable", "minAvailable"),
    ("Selector", "selector"),
    ("MaxUnavailable", "maxUnavailable"),
    ("UnhealthyPodEvictionPolicy", "unhealthyPodEvictionPolicy"),
];

pub(super) fn disruption_budget(o: &Object, errs: &mut Errors) {
    let spec = o.at("spec");
    if !spec["minAvailable"].is_null() && !spec["maxUnavailable"].is_null() {
        let why = "minAvailable and maxUnavailable cannot be both set";
        errs.push(FieldError::invalid(SPEC, spec, why).showing(internal(spec, &BUDGET)));
    }
    for field in ["minAvailable", "maxUnavailable"] {
        count_or_percent(&spec[field], &SPEC.field(field), errs);
        at_most_everything(&spec[field], &SPEC.field(field), errs);
    }
    label_selector(&spec["selector"], &SPEC.field("selector"), errs);
    one_of_if_given(spec, "unhealthyPodEvictionPolicy", &["AlwaysAllow", "IfHealthyBudget"], &SPEC, errs);
}

pub(super) fn api_service(o: &Object, errs: &mut Errors) {
    let spec = o.at("spec");
    let (group, version) = (spec.str_at("group"), spec.str_at("version"));
    if o.name() != format!("{version}.{group}") {
        let why = "must be `spec.version+\".\"+spec.group`";
        errs.push(FieldError::invalid("metadata.name", o.name(), why));
    }
    if version.is_empty() {
        errs.push(FieldError::required("spec.version", ""));
    } else {
        all_invalid(&SPEC.field("version"), version, dns1035_label_errors(version), errs);
    }
    let within = |field: &str, most: i64, errs: &mut Errors| {
        let n = spec.int_at(field).unwrap_or(0);
        if n <= 0 || n > most {
            let why =
                format!("must be positive and less than {}", if most == 1000 { "1000" } else { "20000" });
            errs.push(FieldError::invalid(SPEC.field(field), n, why));
        }
    };
    within("groupPriorityMinimum", 20_000, errs);
    within("versionPriority", 1_000, errs);
    let service = &spec["service"];
    if service.is_null() {
        if !spec["caBundle"].is_empty_value() {
            let why = "caBundle is not allowed for local API services";
            errs.push(FieldError::invalid("spec.caBundle", &spec["caBundle"], why));
        }
        return;
    }
    for field in ["namespace", "name"] {
        if service.str_at(field).is_empty() {
            errs.push(FieldError::required(SPEC.field("service").field(field), ""));
        }
    }
    if spec.bool_at("insecureSkipTLSVerify") && !spec["caBundle"].is_empty_value() {
        let why = "may not be true if caBundle is present";
        errs.push(FieldError::invalid("spec.insecureSkipTLSVerify", true, why));
    }
}

/// A roleRef says once for all which role a binding binds.
pub(super) fn binding_update(new: &Object, old: &Object, errs: &mut Errors) {
    const ROLE: [(&str, &str); 3] = [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")];
    if new.at("roleRef") != old.at("roleRef") {
        let shown = internal(new.at("roleRef"), &ROLE);
        errs.push(FieldError::invalid("roleRef", new.at("roleRef"), "cannot change roleRef").showing(shown));
    }
}

pub(super) fn role(o: &Object, namespaced: bool, errs: &mut Errors) {
    let list = Path::Root("rules");
    for (i, rule) in o.items_at("rules").iter().enumerate() {
        let path = list.index(i);
        if rule.items_at("verbs").is_empty() {
            errs.push(FieldError::required(path.field("verbs"), "verbs must contain at least one value"));
        }
        let urls = rule.items_at("nonResourceURLs");
        if !urls.is_empty() {
            if namespaced {
                let why = "namespaced rules cannot apply to non-resource URLs";
                errs.push(FieldError::invalid(path.field("nonResourceURLs"), &rule["nonResourceURLs"], why));
            }
            let mixed =
                ["apiGroups", "resources", "resourceNames"].iter().any(|f| !rule.items_at(f).is_empty());
            if mixed {
                let why = "rules cannot apply to both regular resources and non-resource URLs";
                errs.push(FieldError::invalid(path.field("nonResourceURLs"), &rule["nonResourceURLs"], why));
            }
            continue;
        }
        if rule.items_at("apiGroups").is_empty() {
            let why = "resource rules must supply at least one api group";
            errs.push(FieldError::required(path.field("apiGroups"), why));
        }
        if rule.items_at("resources").is_empty() {
            let why = "resource rules must supply at least one resource";
            errs.push(FieldError::required(path.field("resources"), why));
        }
    }
}

pub(super) fn role_binding(o: &Object, namespaced: bool, errs: &mut Errors) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let path = Path::Root("roleRef");
    let role = o.at("roleRef");
    if role.str_at("apiGroup") != GROUP {
        errs.push(FieldError::not_supported(path.field("apiGroup"), role.str_at("apiGroup"), &[GROUP]));
    }
    let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    if !kinds.contains(&role.str_at("kind")) {
        errs.push(FieldError::not_supported(path.field("kind"), role.str_at("kind"), kinds));
    }
    match role.str_at("name") {
        "" => errs.push(FieldError::required(path.field("name"), "")),
        name => all_invalid(
            &path.field("name"),
            name,
            crate::machinery::validation::path_segment_errors(name),
            errs,
        ),
    }
    let list = Path::Root("subjects");
    for (i, subject) in o.items_at("subjects").iter().enumerate() {
        let path = list.index(i);
        let group = subject.str_at("apiGroup");
        if subject.str_at("name").is_empty() {
            errs.push(FieldError::required(path.field("name"), ""));
        }
        match subject.str_at("kind") {
            "ServiceAccount" => {
                if !subject.str_at("name").is_empty() {
                    super::fields::dns_subdomain(subject.str_at("name"), &path.field("name"), errs);
                }
                if !group.is_empty() {
                    errs.push(FieldError::not_supported(path.field("apiGroup"), group, &[""]));
                }
                if !namespaced && subject.str_at("namespace").is_empty() {
                    errs.push(FieldError::required(path.field("namespace"), ""));
                }
            }
            "User" | "Group" => {
                if group != GROUP {
                    errs.push(FieldError::not_supported(path.field("apiGroup"), group, &[GROUP]));
                }
            }
            other => {
                let kinds = ["ServiceAccount", "User", "Group"];
                errs.push(FieldError::not_supported(path.field("kind"), other, &kinds));
            }
        }
    }
}
