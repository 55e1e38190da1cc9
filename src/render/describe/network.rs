//! NetworkPolicies, service CIDRs and IP addresses.

use super::meta::{join, or, value_or};
use super::{Page, View, events, go, meta};
use crate::machinery::selector::format_label_selector;
use crate::machinery::{Time, Value};

pub(super) fn network_policy(page: &mut Page, view: &View<'_>) {
    let policy = view.object;
    let spec = policy.at("spec");
    meta::name_and_namespace(page, view);
    let created = Time::parse(policy.str_at("metadata/creationTimestamp"));
    let created = created.map_or("0001-01-01 00:00:00 +0000 UTC".into(), |time| {
        view.zoned(time).strftime("%Y-%m-%d %H:%M:%S %z %Z").to_string()
    });
    page.field(0, "Created on", created);
    meta::labels_and_annotations(page, view);
    page.line(0, "Spec:");
    page.write("  PodSelector:     ");
    match format_label_selector(spec.at("podSelector")).as_str() {
        "<none>" => page.line(0, "<none> (Allowing the specific traffic to all pods in this namespace)"),
        selector => page.line(0, selector),
    }
    let types: Vec<&str> = meta::strings(spec.at("policyTypes")).collect();
    for direction in [&INGRESS, &EGRESS] {
        if types.contains(&direction.name) {
            page.line(1, format_args!("Allowing {} traffic:", direction.field));
            rules(page, view, direction, spec.items_at(direction.field));
        } else {
            page.line(1, format_args!("Not affecting {} traffic", direction.field));
        }
    }
    page.line(1, format_args!("Policy Types: {}", types.join(", ")));
}

/// What differs between rules for traffic in and traffic out.
struct Direction {
    name: &'static str,
    field: &'static str,
    peers: &'static str,
    title: &'static str,
    anyone: &'static str,
}

const INGRESS: Direction =
    Direction { name: "Ingress", field: "ingress", peers: "from", title: "From", anyone: "source" };
const EGRESS: Direction =
    Direction { name: "Egress", field: "egress", peers: "to", title: "To", anyone: "destination" };

fn rules(page: &mut Page, view: &View<'_>, direction: &Direction, rules: &[Value]) {
    if rules.is_empty() {
        let field = direction.field;
        return page.line(2, format_args!("<none> (Selected pods are isolated for {field} connectivity)"));
    }
    for (i, rule) in rules.iter().enumerate() {
        if i > 0 {
            page.line(2, "----------");
        }
        match rule.items_at("ports") {
            [] => page.line(2, "To Port: <any> (traffic allowed to all ports)"),
            ports => ports.iter().for_each(|port| self::port(page, view, port)),
        }
        match rule.items_at(direction.peers) {
            [] => page.line(
                2,
                format_args!("{}: <any> (traffic not restricted by {})", direction.title, direction.anyone),
            ),
            peers => peers.iter().for_each(|peer| self::peer(page, direction, peer)),
        }
    }
}

fn port(page: &mut Page, view: &View<'_>, port: &Value) {
    let protocol = or(port.str_at("protocol"), "TCP");
    let number = value_or(port.at("port"), "<nil>");
    match port.at("endPort") {
        Value::Null => page.line(2, format_args!("To Port: {number}/{protocol}")),
        // Older clients pass over the end of a range.
        _ if !view.client().describe_shows_port_ranges() => {
            page.line(2, format_args!("To Port: {number}/{protocol}"));
        }
        end => page.line(2, format_args!("To Port Range: {number}-{}/{protocol}", go::text(end))),
    }
}

fn peer(page: &mut Page, direction: &Direction, peer: &Value) {
    page.line(2, format_args!("{}:", direction.title));
    for (title, field) in [("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")] {
        if let selector @ Value::Map(_) = peer.at(field) {
            page.line(3, format_args!("{title}: {}", format_label_selector(selector)));
        }
    }
    if let block @ Value::Map(_) = peer.at("ipBlock") {
        page.line(3, "IPBlock:");
        page.line(4, format_args!("CIDR: {}", block.str_at("cidr")));
        page.line(4, format_args!("Except: {}", join(block.at("except"), ", ")));
    }
}

pub(super) fn service_cidr(page: &mut Page, view: &View<'_>) {
    meta::name(page, view);
    meta::labels_and_annotations(page, view);
    page.field(0, "CIDRs", join(view.object.at("spec/cidrs"), ", "));
    let conditions = view.object.items_at("status/conditions");
    if !conditions.is_empty() {
        page.line(0, "Status:");
        page.line(0, "Conditions:");
        transitions(page, view, conditions);
    }
    events::write(page, view);
}

/// A table of conditions with the time each last changed.
pub(super) fn transitions(page: &mut Page, view: &View<'_>, conditions: &[Value]) {
    page.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
    page.line(1, "----\t------\t------------------\t------\t-------");
    for condition in conditions {
        let (kind, status, reason) =
            (condition.str_at("type"), condition.str_at("status"), condition.str_at("reason"));
        let (time, message) = (view.time(condition.at("lastTransitionTime")), condition.str_at("message"));
        page.line(1, format_args!("{kind}\t{status}\t{time}\t{reason}\t{message}"));
    }
}

pub(super) fn ip_address(page: &mut Page, view: &View<'_>) {
    meta::name(page, view);
    meta::labels_and_annotations(page, view);
    let parent = view.object.at("spec/parentRef");
    if !parent.is_null() {
        page.line(0, "Parent Reference:");
        for (title, field) in
            [("Group", "group"), ("Resource", "resource"), ("Namespace", "namespace"), ("Name", "name")]
        {
            page.field(1, title, parent.str_at(field));
        }
    }
    events::write(page, view);
}
