//! Where a pod may run: affinity, spreading, tolerations.

use super::super::fields::{
    Errors, all_invalid, internal, label_selector, one_of, operator_and_values, qualified_name, required,
};
use crate::api::{FieldError, Path};
use crate::machinery::Value;
use crate::machinery::validation::label_value_errors;

pub(super) fn affinity(affinity: &Value, path: &Path, errs: &mut Errors) {
    let (node, at) = (&affinity["nodeAffinity"], path.field("nodeAffinity"));
    let (hard, soft) =
        ("requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution");
    if !node[hard].is_null() {
        node_selector(&node[hard], &at.field(hard), errs);
    }
    let list = at.field(soft);
    for (i, term) in node[soft].items().iter().enumerate() {
        let path = list.index(i);
        weight(term, &path, errs);
        node_selector_term(&term["preference"], &path.field("preference"), errs);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let (rules, at) = (&affinity[kind], path.field(kind));
        let list = at.field(hard);
        for (i, term) in rules[hard].items().iter().enumerate() {
            pod_term(term, &list.index(i), errs);
        }
        let list = at.field(soft);
        for (i, term) in rules[soft].items().iter().enumerate() {
            let path = list.index(i);
            weight(term, &path, errs);
            pod_term(&term["podAffinityTerm"], &path.field("podAffinityTerm"), errs);
        }
    }
}

fn weight(term: &Value, path: &Path, errs: &mut Errors) {
    let weight = term.int_at("weight").unwrap_or(0);
    if !(1..=100).contains(&weight) {
        errs.push(FieldError::invalid(path.field("weight"), weight, "must be in the range 1-100"));
    }
}

/// The terms of which one must hold.
pub(in super::super) fn node_selector(selector: &Value, path: &Path, errs: &mut Errors) {
    let list = path.field("nodeSelectorTerms");
    let terms = selector.items_at("nodeSelectorTerms");
    if terms.is_empty() {
        errs.push(FieldError::required(list, "must have at least one node selector term"));
        return;
    }
    for (i, term) in terms.iter().enumerate() {
        node_selector_term(term, &list.index(i), errs);
    }
}

fn node_selector_term(term: &Value, path: &Path, errs: &mut Errors) {
    let list = path.field("matchExpressions");
    for (i, e) in term.items_at("matchExpressions").iter().enumerate() {
        let path = list.index(i);
        operator_and_values(e, &path, true, errs);
        qualified_name(e.str_at("key"), &path.field("key"), errs);
    }
    let list = path.field("matchFields");
    for (i, e) in term.items_at("matchFields").iter().enumerate() {
        let path = list.index(i);
        if !matches!(e.str_at("operator"), "In" | "NotIn") {
            let why = "not a valid selector operator";
            errs.push(FieldError::invalid(path.field("operator"), e.str_at("operator"), why));
        } else if e.items_at("values").len() != 1 {
            let why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
            errs.push(FieldError::required(path.field("values"), why));
        }
        if e.str_at("key") != "metadata.name" {
            let why = "not a valid field selector key";
            errs.push(FieldError::invalid(path.field("key"), e.str_at("key"), why));
        }
    }
}

fn pod_term(term: &Value, path: &Path, errs: &mut Errors) {
    label_selector(&term["labelSelector"], &path.field("labelSelector"), errs);
    label_selector(&term["namespaceSelector"], &path.field("namespaceSelector"), errs);
    let list = path.field("namespaces");
    for (i, ns) in term.items_at("namespaces").iter().enumerate() {
        let ns = ns.as_str().unwrap_or_default();
        all_invalid(&list.index(i), ns, crate::machinery::validation::dns1123_label_errors(ns), errs);
    }
    topology_key(term, path, errs);
}

fn topology_key(term: &Value, path: &Path, errs: &mut Errors) {
    let key = term.str_at("topologyKey");
    if key.is_empty() {
        errs.push(FieldError::required(path.field("topologyKey"), "can not be empty"));
    } else {
        qualified_name(key, &path.field("topologyKey"), errs);
    }
}

pub(super) fn spread(constraints: &Value, path: &Path, errs: &mut Errors) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (i, c) in constraints.items().iter().enumerate() {
        let path = path.index(i);
        let skew = c.int_at("maxSkew").unwrap_or(0);
        if skew <= 0 {
            errs.push(FieldError::invalid(path.field("maxSkew"), skew, "must be greater than zero"));
        }
        topology_key(c, &path, errs);
        let action = c.str_at("whenUnsatisfiable");
        let words = ["DoNotSchedule", "ScheduleAnyway"];
        if !words.contains(&action) {
            errs.push(FieldError::not_supported(path.field("whenUnsatisfiable"), action, &words));
        }
        if seen.contains(&(c.str_at("topologyKey"), action)) {
            let pair = format!("{{{}, {action}}}", c.str_at("topologyKey"));
            errs.push(FieldError::duplicate(path.field("{topologyKey, whenUnsatisfiable}"), pair));
        }
        seen.push((c.str_at("topologyKey"), action));
        if let Some(domains) = c.int_at("minDomains") {
            if domains <= 0 {
                errs.push(FieldError::invalid(path.field("minDomains"), domains, "must be greater than 0"));
            }
            if action != "DoNotSchedule" {
                let why =
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ".to_string() + action;
                errs.push(FieldError::invalid(path.field("minDomains"), domains, why));
            }
        }
        for field in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            if !c[field].is_null() {
                one_of(c, field, &["Honor", "Ignore"], &path, errs);
            }
        }
        label_selector(&c["labelSelector"], &path.field("labelSelector"), errs);
    }
}

const TOLERATION: [(&str, &str); 5] = [
    ("Key", "key"),
    ("Operator", "operator"),
    ("Value", "value"),
    ("Effect", "effect"),
    ("TolerationSeconds", "tolerationSeconds"),
];

pub(super) fn tolerations(tolerations: &Value, path: &Path, errs: &mut Errors) {
    for (i, t) in tolerations.items().iter().enumerate() {
        let path = path.index(i);
        let (key, operator, effect) = (t.str_at("key"), t.str_at("operator"), t.str_at("effect"));
        if !key.is_empty() {
            qualified_name(key, &path.field("key"), errs);
        } else if operator != "Exists" {
            let why =
                "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            errs.push(FieldError::invalid(path.field("operator"), operator, why));
        }
        if !t["tolerationSeconds"].is_null() && effect != "NoExecute" {
            let why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errs.push(FieldError::invalid(path.field("effect"), effect, why));
        }
        match operator {
            "Equal" | "" => {
                let wrong = label_value_errors(t.str_at("value"));
                if !wrong.is_empty() {
                    errs.push(FieldError::invalid(
                        path.field("operator"),
                        t.str_at("value"),
                        wrong.join(";"),
                    ));
                }
            }
            "Exists" if !t.str_at("value").is_empty() => {
                let why = "value must be empty when `operator` is 'Exists'";
                let mut shown = t.clone();
                shown.map_mut().entry("effect");
                let error = FieldError::invalid(path.field("operator"), t, why);
                errs.push(error.showing(internal(&shown, &TOLERATION)));
            }
            "Exists" => {}
            other => {
                errs.push(FieldError::not_supported(path.field("operator"), other, &["Equal", "Exists"]));
            }
        }
        if !effect.is_empty() {
            taint_effect(t, &path, errs);
        }
    }
}

/// The effect of a taint.
pub(in super::super) fn taint_effect(taint: &Value, path: &Path, errs: &mut Errors) {
    let effect = taint.str_at("effect");
    let words = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
    if required(taint, "effect", path, errs) && !words.contains(&effect) {
        errs.push(FieldError::not_supported(path.field("effect"), effect, &words));
    }
}
