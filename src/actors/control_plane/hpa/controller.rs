//! The controller on the agenda: every autoscaler is looked at 15 s after it appeared and then every 15 s, in a phase of
//! its own.

use super::decision::Decision;
use super::memory::Memory;
use super::pod_cache::PodCache;
use super::reconcile::reconcile;
use super::settings::Settings;
use super::world::{NAME, RESOURCE, World};
use crate::actors::{Actor, Ctx, latency};
use crate::api::{ApiError, Server};
use crate::machinery::{Time, Value};
use crate::store::Change;
use std::cell::RefCell;
use std::rc::Rc;

/// Whose memories the records of passes are, by autoscaler and place in the ring.
const DECISIONS: &str = "hpa-decisions";
/// How many passes of an autoscaler are kept: a quarter of an hour.
const KEPT: i64 = 60;

/// The HorizontalPodAutoscaler controller of kube-controller-manager.
#[derive(Default)]
pub struct HpaController {
    pods: PodCache,
}

impl Actor for HpaController {
    fn name(&self) -> &'static str {
        NAME
    }

    fn rank(&self) -> u8 {
        20
    }

    fn watches(&self) -> &'static [&'static str] {
        &[RESOURCE]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        // A change does not hurry a pass, it only makes sure that one comes.
        let key = change.object.key();
        if ctx.api.store().pending_wake(NAME, &key).is_none() {
            ctx.wake_in(&key, Settings::new(ctx.api.version()).sync_period);
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let (ns, name) = key.split_once('/').unwrap_or(("", key));
        let Some(hpa) = ctx.api.find(RESOURCE, ns, name) else {
            ctx.remember(key, Value::Null);
            forget_decisions(ctx.api, key);
            return Ok(());
        };
        let settings = Settings::new(ctx.api.version());
        let mut memory = ctx.recall::<Memory>(key).map(|m| Memory::clone(&m)).unwrap_or_default();
        let mut world = World { ctx, hpa: &hpa, pods: RefCell::new(&mut self.pods) };
        let outcome = reconcile(&hpa, &mut memory, &settings, ctx.now(), &mut world);
        let slot = format!("{key}#{:02}", memory.passes % KEPT);
        memory.passes += 1;
        ctx.keep(key, memory);
        ctx.api.store().keep(DECISIONS, &slot, outcome.decision);
        // A pass takes its time, so periods are a little longer than their nominal length.
        ctx.wake_in(key, settings.sync_period + latency::sync(NAME));
        Ok(())
    }
}

fn forget_decisions(api: &Server, key: &str) {
    for slot in 0..KEPT {
        let slot = format!("{key}#{slot:02}");
        if !api.store().memory(DECISIONS, &slot).is_null() {
            api.store().remember(DECISIONS, &slot, Value::Null);
        }
    }
}

/// The passes over an autoscaler that are still remembered, oldest first.
pub fn decisions(api: &Server, ns: &str, name: &str) -> Vec<Rc<Decision>> {
    let slot = |slot| api.store().recall::<Decision>(DECISIONS, &format!("{ns}/{name}#{slot:02}"));
    let mut found: Vec<Rc<Decision>> = (0..KEPT).filter_map(slot).filter(|d| !d.time.is_empty()).collect();
    found.sort_by_key(|d| Time::parse(&d.time));
    found
}
