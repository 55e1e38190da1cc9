//! What AWS makes of a Service: a classic balancer, or a network balancer where the annotation asks for one.

use crate::actors::Ctx;
use crate::machinery::{Object, names};

const TYPE: &str = "service.beta.kubernetes.io/aws-load-balancer-type";
const INTERNAL: &str = "service.beta.kubernetes.io/aws-load-balancer-internal";
/// Longest name of a balancer.
const LONGEST_NAME: usize = 32;

/// Whether the AWS Load Balancer Controller answers for a Service.
pub(super) fn is_left_to_others(service: &Object) -> bool {
    matches!(service.annotation(TYPE), Some("external" | "nlb-ip"))
}

fn is_network(service: &Object) -> bool {
    service.annotation(TYPE) == Some("nlb")
}

/// Why AWS has no such balancer.
pub(super) fn refusal(service: &Object) -> Option<String> {
    let affinity = service.str_at("spec/sessionAffinity");
    if !matches!(affinity, "" | "None") {
        return Some(format!("unsupported load balancer affinity: {affinity}"));
    }
    let udp = |port: &crate::machinery::Value| !matches!(port.str_at("protocol"), "" | "TCP");
    if !is_network(service) && service.items_at("spec/ports").iter().any(udp) {
        return Some("Only TCP LoadBalancer is supported for AWS ELB".into());
    }
    if !service.str_at("spec/loadBalancerIP").is_empty() {
        return Some("LoadBalancerIP cannot be specified for AWS ELB".into());
    }
    None
}

/// The DNS name of a Service's new balancer. Its first part is the balancer's name: `a` and the Service's uid without
/// dashes, cut off at 32 characters.
pub(super) fn hostname(ctx: &Ctx<'_>, service: &Object) -> String {
    let store = ctx.api.store();
    let number = store.draw("load-balancer");
    let (seed, region) = {
        let meta = store.meta();
        (meta.seed, meta.region.clone())
    };
    let mut name = format!("a{}", service.uid().replace('-', ""));
    name.truncate(LONGEST_NAME);
    if is_network(service) {
        let id = names::hex(seed, "load-balancer", number, 16);
        return format!("{name}-{id}.elb.{region}.amazonaws.com");
    }
    // Any value but an empty one makes it internal, as does `true`; `false` does not.
    let internal = service.annotation(INTERNAL).is_some_and(|v| !matches!(v, "" | "false"));
    let prefix = if internal { "internal-" } else { "" };
    let id = 100_000_000 + names::number(seed, "load-balancer", number) % 2_000_000_000;
    format!("{prefix}{name}-{id}.{region}.elb.amazonaws.com")
}
