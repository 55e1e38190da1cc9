//! Only one of several replicas works: the one that holds the lease.

use super::access::Access;
use super::flags::Flags;
use super::journal::Journal;
use super::state::State;
use crate::actors::programs::Process;
use crate::json;
use crate::machinery::{Duration, Object, Time};

const LEASES: &str = "leases.coordination.k8s.io";
/// A lease that is not renewed for so long is free.
const DURATION: Duration = Duration::from_secs(15);
/// From one try to get it to the next.
pub const RETRY: Duration = Duration::from_secs(2);

/// Tries to get the lease, or renews it; whether the process leads now.
pub fn elect(
    process: &Process<'_>,
    access: &Access<'_>,
    flags: &Flags,
    state: &mut State,
    journal: &mut Journal,
) -> bool {
    let (ns, name) = (flags.namespace.as_str(), flags.lease_name.as_str());
    let me = process.pod.name();
    let now = process.now();
    if !flags.leader_elect {
        return true;
    }
    let group = "coordination.k8s.io";
    if let Err(why) = access.check("get", group, "leases", ns, name) {
        let text = format!("error retrieving resource lock {ns}/{name}: {why}");
        journal.error("leaderelection.go:332", text);
        return false;
    }
    let Some(lease) = process.api.find(LEASES, ns, name) else {
        if let Err(why) = access.check("create", group, "leases", ns, "") {
            journal.error(
                "leaderelection.go:334",
                format!("error initially creating leader election record: {why}"),
            );
            return false;
        }
        return process.api.create(record(ns, name, me, now, 0)).is_ok();
    };
    let holder = lease.str_at("spec/holderIdentity");
    if holder != me && !holder.is_empty() && !is_free(holder, ns, &lease, process, state, now) {
        return false;
    }
    if let Err(why) = access.check("update", group, "leases", ns, name) {
        journal.error("leaderelection.go:330", format!("error updating resource lock {ns}/{name}: {why}"));
        return false;
    }
    let transitions = lease.int_at("spec/leaseTransitions").unwrap_or(0);
    let taken = holder != me;
    let mut fresh = lease.clone();
    let acquired = lease.at("spec/acquireTime").clone();
    fresh.set("spec", record(ns, name, me, now, transitions + i64::from(taken)).at("spec").clone());
    if !taken {
        fresh.set("spec/acquireTime", acquired);
    }
    process.api.update(fresh).is_ok()
}

/// Whether the holder has let the lease lapse. A process that runs renews it all the time, which nobody writes down.
fn is_free(
    holder: &str,
    ns: &str,
    lease: &Object,
    process: &Process<'_>,
    state: &mut State,
    now: Time,
) -> bool {
    let alive = process.api.find("pods", ns, holder).is_some_and(|p| {
        p.str_at("status/phase") == "Running" && !p.is_deleting() && p.condition_true("Ready")
    });
    let seen = format!("{holder} {}", lease.str_at("spec/renewTime"));
    match &state.observed {
        Some((known, since)) if *known == seen && !alive => *since + DURATION <= now,
        _ => {
            state.observed = Some((seen, now));
            false
        }
    }
}

fn record(ns: &str, name: &str, holder: &str, now: Time, transitions: i64) -> Object {
    let mut lease = Object::new("coordination.k8s.io/v1", "Lease", ns, name);
    let at = now.rfc3339_micro();
    lease.set(
        "spec",
        json!({
            "acquireTime": (at.as_str()), "holderIdentity": holder, "leaseDurationSeconds": 15,
            "leaseTransitions": transitions, "renewTime": (at.as_str()),
        }),
    );
    lease
}
