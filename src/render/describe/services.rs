//! Services and the endpoints behind them.

use super::meta::{join, joined_pairs, name_and_namespace, or, value_or};
use super::{Page, View, events, go, meta};
use crate::machinery::{Object, Value, well_known};

/// More addresses than these are only counted.
const SHOWN: usize = 3;

pub(super) fn service(page: &mut Page, view: &View<'_>) {
    let service = view.object;
    let spec = service.at("spec");
    name_and_namespace(page, view);
    meta::labels_and_annotations(page, view);
    page.field(0, "Selector", joined_pairs(spec.map_at("selector")));
    page.field(0, "Type", spec.str_at("type"));
    page.field_unless_empty(0, "IP Family Policy", spec.str_at("ipFamilyPolicy"));
    page.field(0, "IP Families", or(&join(spec.at("ipFamilies"), ","), "<none>"));
    page.field(0, "IP", spec.str_at("clusterIP"));
    page.field(0, "IPs", or(&join(spec.at("clusterIPs"), ","), "<none>"));
    page.field_unless_empty(0, "External IPs", &join(spec.at("externalIPs"), ","));
    let wanted = if view.client().describe_tells_the_wanted_load_balancer_ip() {
        "Desired LoadBalancer IP"
    } else {
        "IP"
    };
    page.field_unless_empty(0, wanted, spec.str_at("loadBalancerIP"));
    page.field_unless_empty(0, "External Name", spec.str_at("externalName"));
    page.field_unless_empty(0, "LoadBalancer Ingress", &load_balancer(view));
    let backends = Backends::of(view, service.name());
    for port in spec.items_at("ports") {
        self::port(page, view, port, backends.as_ref());
    }
    page.field(0, "Session Affinity", spec.str_at("sessionAffinity"));
    page.field_unless_empty(0, "External Traffic Policy", spec.str_at("externalTrafficPolicy"));
    if view.client().describe_shows_the_internal_traffic_policy() {
        page.field_unless_empty(0, "Internal Traffic Policy", spec.str_at("internalTrafficPolicy"));
    }
    if let Some(port) = spec.int_at("healthCheckNodePort").filter(|&port| port != 0) {
        page.field(0, "HealthCheck NodePort", port);
    }
    page.field_unless_empty(0, "LoadBalancer Source Ranges", &join(spec.at("loadBalancerSourceRanges"), ","));
    if view.client().describe_shows_the_traffic_distribution() {
        page.field_unless_empty(0, "Traffic Distribution", spec.str_at("trafficDistribution"));
    }
    events::write(page, view);
}

/// The addresses a load balancer gave the service, with the way it hands traffic on.
fn load_balancer(view: &View<'_>) -> String {
    let address = |ingress: &Value| match (ingress.str_at("ip"), ingress.str_at("ipMode")) {
        ("", _) => ingress.str_at("hostname").to_string(),
        (ip, mode) if !mode.is_empty() && view.client().describe_shows_the_ip_mode() => {
            format!("{ip} ({mode})")
        }
        (ip, _) => ip.to_string(),
    };
    let ingress = view.object.items_at("status/loadBalancer/ingress");
    ingress.iter().map(address).collect::<Vec<_>>().join(", ")
}

fn port(page: &mut Page, view: &View<'_>, port: &Value, backends: Option<&Backends>) {
    let (name, protocol) = (port.str_at("name"), port.str_at("protocol"));
    let shown = or(name, "<unset>");
    page.field(0, "Port", format_args!("{shown}\t{}/{protocol}", go::text(port.at("port"))));
    page.field(0, "TargetPort", format_args!("{}/{protocol}", value_or(port.at("targetPort"), "0")));
    if view.client().describe_shows_the_app_protocol() {
        page.field_unless_empty(0, "AppProtocol", port.str_at("appProtocol"));
    }
    if let Some(node_port) = port.int_at("nodePort").filter(|&port| port != 0) {
        page.field(0, "NodePort", format_args!("{shown}\t{node_port}/{protocol}"));
    }
    page.field(0, "Endpoints", backends.map_or("<none>".into(), |backends| backends.addresses(name)));
}

/// What stands behind a service.
pub(super) enum Backends {
    /// For clients before 1.31.
    Endpoints(Object),
    /// Its slices, and whether endpoints that are not ready count as well.
    Slices { slices: Vec<Object>, all: bool },
}

impl Backends {
    /// Of a service in the namespace of the view's object; none when nothing stands behind it.
    pub(super) fn of(view: &View<'_>, service: &str) -> Option<Backends> {
        let namespace = view.object.namespace();
        if !view.client().describe_reads_endpoint_slices() {
            return view.world.get("endpoints", namespace, service).map(Backends::Endpoints);
        }
        let mut slices = view.world.list("endpointslices.discovery.k8s.io", namespace);
        slices.retain(|slice| slice.label(well_known::SERVICE_NAME) == Some(service));
        let all = view.client().describe_counts_endpoints_that_are_not_ready();
        (!slices.is_empty()).then_some(Backends::Slices { slices, all })
    }

    /// `10.0.0.1:80,10.0.0.2:80 + 3 more...` for the port of a name.
    pub(super) fn addresses(&self, port_name: &str) -> String {
        let mut addresses = Vec::new();
        match self {
            Backends::Endpoints(endpoints) if endpoints.items_at("subsets").is_empty() => {
                return "<none>".into();
            }
            Backends::Endpoints(endpoints) => {
                for subset in endpoints.items_at("subsets") {
                    for port in ports(subset, port_name) {
                        let ips = subset.items_at("addresses").iter().map(|address| address.str_at("ip"));
                        addresses.extend(ips.map(|ip| with_port(ip, port)));
                    }
                }
            }
            Backends::Slices { slices, all } => {
                for slice in slices {
                    let ready =
                        |endpoint: &&Value| *all || endpoint.at("conditions/ready").as_bool().unwrap_or(true);
                    for port in ports(slice, port_name) {
                        let endpoints = slice.items_at("endpoints").iter().filter(ready);
                        addresses.extend(
                            endpoints.map(|endpoint| with_port(endpoint.str_at("addresses/0"), port)),
                        );
                    }
                }
            }
        }
        let more = addresses.len().saturating_sub(SHOWN);
        addresses.truncate(SHOWN);
        match more {
            0 => addresses.join(","),
            more => format!("{} + {more} more...", addresses.join(",")),
        }
    }
}

/// The ports of a name in a subset or a slice.
fn ports<'a>(holder: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    holder.items_at("ports").iter().filter(move |port| port.str_at("name") == name)
}

fn with_port(ip: &str, port: &Value) -> String {
    let port = port.int_at("port").unwrap_or(0);
    if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") }
}

pub(super) fn endpoints(page: &mut Page, view: &View<'_>) {
    name_and_namespace(page, view);
    meta::labels_and_annotations(page, view);
    page.line(0, "Subsets:");
    for subset in view.object.items_at("subsets") {
        for (title, field) in [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")] {
            let ips: Vec<&str> = subset.items_at(field).iter().map(|address| address.str_at("ip")).collect();
            page.field(1, title, or(&ips.join(","), "<none>"));
        }
        port_table(page, 1, subset.items_at("ports"));
        page.line(0, "");
    }
    events::write(page, view);
}

fn port_table(page: &mut Page, level: usize, ports: &[Value]) {
    if ports.is_empty() {
        return;
    }
    page.line(level, "Ports:");
    page.line(level + 1, "Name\tPort\tProtocol");
    page.line(level + 1, "----\t----\t--------");
    for port in ports {
        let (name, number) = (or(port.str_at("name"), "<unset>"), value_or(port.at("port"), "<unset>"));
        page.line(level + 1, format_args!("{name}\t{number}\t{}", port.str_at("protocol")));
    }
}

pub(super) fn endpoint_slice(page: &mut Page, view: &View<'_>) {
    let slice = view.object;
    name_and_namespace(page, view);
    meta::labels_and_annotations(page, view);
    page.field(0, "AddressType", slice.str_at("addressType"));
    match slice.items_at("ports") {
        [] => page.line(0, "Ports: <unset>"),
        ports => port_table(page, 0, ports),
    }
    match slice.items_at("endpoints") {
        [] => page.line(0, "Endpoints: <none>"),
        endpoints => {
            page.line(0, "Endpoints:");
            for endpoint in endpoints {
                self::endpoint(page, endpoint);
            }
        }
    }
    events::write(page, view);
}

fn endpoint(page: &mut Page, endpoint: &Value) {
    page.line(1, format_args!("- Addresses:\t{}", or(&join(endpoint.at("addresses"), ", "), "<none>")));
    page.line(2, "Conditions:");
    page.field(3, "Ready", value_or(endpoint.at("conditions/ready"), "<unset>"));
    page.field(2, "Hostname", value_or(endpoint.at("hostname"), "<unset>"));
    let target = endpoint.at("targetRef");
    if !target.is_null() {
        page.field(2, "TargetRef", format_args!("{}/{}", target.str_at("kind"), target.str_at("name")));
    }
    page.field(2, "NodeName", value_or(endpoint.at("nodeName"), "<unset>"));
    page.field(2, "Zone", value_or(endpoint.at("zone"), "<unset>"));
}
