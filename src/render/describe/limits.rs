//! What bounds others: namespaces, quotas, limit ranges, disruption budgets, priorities.

use super::meta::{strings, value_or};
use super::{Page, View, events, go, meta};
use crate::machinery::selector::format_label_selector;
use crate::machinery::{Object, Quantity, Value};
use std::collections::BTreeSet;

pub(super) fn namespace(page: &mut Page, view: &View<'_>) {
    let namespace = view.object;
    meta::name(page, view);
    meta::labels_and_annotations(page, view);
    page.field(0, "Status", namespace.str_at("status/phase"));
    let conditions = namespace.items_at("status/conditions");
    if !conditions.is_empty() {
        page.line(0, "Conditions:");
        page.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        page.line(1, "----\t------\t------------------\t------\t-------");
    }
    for condition in conditions {
        let time = view.time(condition.at("lastTransitionTime"));
        let text = |field: &str| condition.str_at(field).to_string();
        let (kind, status, reason) = (text("type"), text("status"), text("reason"));
        page.line(1, format_args!("{kind}\t{status}\t{time}\t{reason}\t{}", text("message")));
    }
    page.write("\n");
    quotas(page, &view.world.list("resourcequotas", namespace.name()));
    page.write("\n");
    match view.world.list("limitranges", namespace.name()).as_slice() {
        [] => page.line(0, "No LimitRange resource."),
        ranges => {
            page.line(0, "Resource Limits");
            limits(page, " ", ranges);
        }
    }
}

fn quotas(page: &mut Page, quotas: &[Object]) {
    if quotas.is_empty() {
        return page.line(0, "No resource quota.");
    }
    page.line(0, "Resource Quotas");
    for quota in quotas {
        page.field(1, "Name", quota.name());
        scopes(page, 1, quota);
        page.line(1, "Resource\tUsed\tHard");
        page.line(1, "--------\t---\t---");
        for (name, hard) in quota.map_at("status/hard").iter() {
            let used = go::quantity(quota.at("status/used").get(name).unwrap_or(&Value::Null));
            page.line(1, format_args!("{name}\t{used}\t{}", go::quantity(hard)));
        }
    }
}

pub(super) fn resource_quota(page: &mut Page, view: &View<'_>) {
    let quota = view.object;
    meta::name_and_namespace(page, view);
    scopes(page, 0, quota);
    page.line(0, "Resource\tUsed\tHard");
    page.line(0, "--------\t----\t----");
    for (name, hard) in quota.map_at("status/hard").iter() {
        let hard = Quantity::of(hard);
        // What is used is told in the notation of what is allowed.
        let used = quota.at("status/used").get(name).map(Quantity::of).unwrap_or_default();
        page.line(0, format_args!("{name}\t{}\t{hard}", used.with_format(hard.format())));
    }
}

/// The pods a quota counts, and what that means.
fn scopes(page: &mut Page, level: usize, quota: &Object) {
    let scopes: BTreeSet<&str> = strings(quota.at("spec/scopes")).collect();
    if scopes.is_empty() {
        return;
    }
    let names: Vec<&str> = scopes.iter().copied().collect();
    page.field(level, "Scopes", names.join(", "));
    for scope in scopes {
        let (has, quality) = match scope {
            "Terminating" => (
                "that have an active deadline",
                "have a limited lifespan on a node before being actively terminated by the system",
            ),
            "NotTerminating" => (
                "that do not have an active deadline",
                "usually include long running pods whose container command is not expected to terminate",
            ),
            "BestEffort" => {
                ("that do not have resource requirements set", "have a best effort quality of service")
            }
            "NotBestEffort" => (
                "that have at least one resource requirement set",
                "have a burstable or guaranteed quality of service",
            ),
            _ => continue,
        };
        let mark = if level == 0 { " *" } else { "*" };
        page.line(level, format_args!("{mark} Matches all pods {has}. These pods {quality}."));
    }
}

pub(super) fn limit_range(page: &mut Page, view: &View<'_>) {
    meta::name_and_namespace(page, view);
    limits(page, "", std::slice::from_ref(view.object));
}

/// A row for each resource a range says something about.
fn limits(page: &mut Page, indent: &str, ranges: &[Object]) {
    page.write(format_args!(
        "{indent}Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n"
    ));
    page.write(format_args!(
        "{indent}----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n"
    ));
    const BOUNDS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for item in ranges.iter().flat_map(|range| range.items_at("spec/limits")) {
        let resources: BTreeSet<&str> = BOUNDS.iter().flat_map(|bound| item.map_at(bound).keys()).collect();
        for resource in resources {
            let cell = |bound: &str| match item.at(bound).get(resource) {
                Some(amount) => go::quantity(amount),
                None => "-".into(),
            };
            let cells = BOUNDS.map(cell).join("\t");
            page.write(format_args!("{indent}{}\t{resource}\t{cells}\n", item.str_at("type")));
        }
    }
}

pub(super) fn disruption_budget(page: &mut Page, view: &View<'_>) {
    let budget = view.object;
    meta::name_and_namespace(page, view);
    if !budget.at("spec/minAvailable").is_null() {
        page.field(0, "Min available", go::text(budget.at("spec/minAvailable")));
    } else if !budget.at("spec/maxUnavailable").is_null() {
        page.field(0, "Max unavailable", go::text(budget.at("spec/maxUnavailable")));
    }
    match budget.at("spec/selector") {
        Value::Null => page.field(0, "Selector", "<unset>"),
        selector => page.field(0, "Selector", format_label_selector(selector)),
    }
    page.line(0, "Status:");
    for (title, field) in [
        ("Allowed disruptions", "status/disruptionsAllowed"),
        ("Current", "status/currentHealthy"),
        ("Desired", "status/desiredHealthy"),
        ("Total", "status/expectedPods"),
    ] {
        page.field(2, title, budget.int_at(field).unwrap_or(0));
    }
    events::write(page, view);
}

pub(super) fn priority_class(page: &mut Page, view: &View<'_>) {
    let class = view.object;
    meta::name(page, view);
    page.field(0, "Value", class.int_at("value").unwrap_or(0));
    page.field(0, "GlobalDefault", class.bool_at("globalDefault"));
    page.field(0, "PreemptionPolicy", value_or(class.at("preemptionPolicy"), "PreemptLowerPriority"));
    page.field(0, "Description", class.str_at("description"));
    let annotations = meta::joined_pairs(class.annotations());
    page.field(0, "Annotations", annotations);
    events::write(page, view);
}
