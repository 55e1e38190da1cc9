//! The scripted kubelet of the recordings: it reads from annotations of a pod how long each stage takes.

use kubetick::actors::{Actor, Ctx};
use kubetick::api::{ApiError, DeleteOptions};
use kubetick::json;
use kubetick::machinery::{Duration, Object, Time, Value};
use kubetick::store::{Change, Verb};

#[derive(Default)]
pub struct ScriptedKubelet;

fn script(pod: &Object, key: &str, default: f64) -> Duration {
    let text = pod.annotation(&format!("fake/{key}"));
    let seconds = text.and_then(|t| t.parse().ok()).unwrap_or(default);
    Duration::from_millis((seconds * 1000.0) as i64)
}

impl Actor for ScriptedKubelet {
    fn name(&self) -> &'static str {
        "kubelet"
    }

    fn rank(&self) -> u8 {
        50
    }

    fn watches(&self) -> &'static [&'static str] {
        &["pods"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        if change.verb != Verb::Deleted && !change.object.str_at("spec/nodeName").is_empty() {
            ctx.wake(&change.object.key());
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let (ns, name) = key.split_once('/').unwrap_or(("", key));
        match ctx.api.find("pods", ns, name) {
            Some(pod) => Stage { ctx, pod: &pod, memory: ctx.memory(pod.uid()) }.step(),
            None => Ok(()),
        }
    }
}

struct Stage<'a> {
    ctx: &'a Ctx<'a>,
    pod: &'a Object,
    memory: Value,
}

impl Stage<'_> {
    /// The instant something was first noticed.
    fn since(&mut self, what: &str) -> Time {
        if self.memory.at(what).is_null() {
            self.memory.set(what, self.ctx.now().0);
            self.ctx.remember(self.pod.uid(), self.memory.clone());
        }
        Time(self.memory.int_at(what).unwrap_or(0))
    }

    /// Whether a stage is over; if not, the pod is looked at again when it is.
    fn over(&self, at: Time) -> bool {
        if at > self.ctx.now() {
            self.ctx.wake_at(&self.pod.key(), at);
        }
        at <= self.ctx.now()
    }

    fn step(mut self) -> Result<(), ApiError> {
        let pod = self.pod;
        let running = pod.str_at("status/phase") == "Running";
        let ended = matches!(pod.str_at("status/phase"), "Succeeded" | "Failed");
        if pod.is_deleting() {
            let wait = if running { script(pod, "term", 1.0) } else { Duration::from_millis(50) };
            let at = self.since("deleting") + wait;
            return if self.over(at) { self.remove(running) } else { Ok(()) };
        }
        if ended {
            return Ok(());
        }
        if pod.items_at("status/containerStatuses").is_empty() {
            self.since("bound");
            return self.write("Pending", "waiting", false);
        }
        if !running {
            let at = self.since("bound") + script(pod, "start", 1.0);
            if pod.annotation("fake/never").is_none() && self.over(at) {
                let ready = script(pod, "ready", 0.0) == Duration::ZERO;
                return self.write("Running", "running", ready);
            }
            return Ok(());
        }
        let started = self.since("running");
        if !pod.condition_true("Ready") {
            if self.over(started + script(pod, "ready", 0.0)) {
                return self.write("Running", "running", true);
            }
            return Ok(());
        }
        if pod.annotation("fake/run").is_some() && self.over(started + script(pod, "run", 0.0)) {
            return self.end(script(pod, "exit", 0.0).as_secs());
        }
        Ok(())
    }

    fn end(&self, code: i64) -> Result<(), ApiError> {
        let phase = if code == 0 { "Succeeded" } else { "Failed" };
        self.write(phase, &format!("exit {code}"), false)
    }

    fn remove(&self, running: bool) -> Result<(), ApiError> {
        if running {
            let graceful = self.pod.annotation("fake/graceful").is_some();
            self.end(if graceful { 0 } else { 143 })?;
        }
        let pods = self.ctx.api.resource("pods").ok_or_else(ApiError::no_such_resource)?;
        let now = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
        self.ctx.api.remove(&pods, self.pod.namespace(), self.pod.name(), &now).map(|_| ())
    }

    fn write(&self, phase: &str, state: &str, ready: bool) -> Result<(), ApiError> {
        let now = self.ctx.now().rfc3339();
        let truth = if ready { "True" } else { "False" };
        let state = match state.strip_prefix("exit ").and_then(|code| code.parse::<i64>().ok()) {
            Some(code) => json!({"terminated": {"exitCode": code, "finishedAt": (now.clone())}}),
            None => {
                let mut entry = Value::object();
                entry.set(state, Value::object());
                entry
            }
        };
        let name = self.pod.str_at("spec/containers/0/name");
        let (ns, pod) = (self.pod.namespace(), self.pod.name());
        let written = self.ctx.api.modify_status("pods", ns, pod, |p| {
            p.set("status/phase", phase);
            let container = json!({"name": name, "ready": ready, "restartCount": 0, "state": state});
            p.set("status/containerStatuses", vec![container]);
            kubetick::api::set_condition(p, json!({"type": "Ready", "status": truth}), &now);
        });
        written.map(|_| ())
    }
}
