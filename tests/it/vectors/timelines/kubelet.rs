//! The kubelet of the recordings: it does what annotations of the pods say, at the second they say.

use kubetick::actors::{Actor, Ctx};
use kubetick::api::{ApiError, DeleteOptions};
use kubetick::json;
use kubetick::machinery::{Duration, Object, Time, Value};
use kubetick::store::{Change, Verb};

/// Under this key the kubelet remembers of a node that it has stopped.
pub fn stopped_key(node: &str) -> String {
    format!("stopped {node}")
}

pub struct ScriptedKubelet;

impl Actor for ScriptedKubelet {
    fn name(&self) -> &'static str {
        "kubelet"
    }

    fn rank(&self) -> u8 {
        60
    }

    fn watches(&self) -> &'static [&'static str] {
        &["pods"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let pod = &change.object;
        if change.verb != Verb::Deleted && !pod.str_at("spec/nodeName").is_empty() {
            ctx.wake(&pod.key());
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let (ns, name) = key.split_once('/').expect("a pod");
        let Some(pod) = ctx.api.find("pods", ns, name) else { return Ok(()) };
        if !ctx.memory(&stopped_key(pod.str_at("spec/nodeName"))).is_null() {
            return Ok(());
        }
        Life { ctx, pod }.go_on()
    }
}

struct Life<'a> {
    ctx: &'a Ctx<'a>,
    pod: Object,
}

impl Life<'_> {
    fn number(&self, annotation: &str) -> Option<f64> {
        self.pod.annotation(&format!("fake/{annotation}"))?.parse().ok()
    }

    /// When something began, noted in the memory of the pod.
    fn instant(&self, what: &str) -> Option<Time> {
        self.ctx.memory(self.pod.uid()).int_at(what).map(Time)
    }

    fn note(&self, what: &str) -> Time {
        let mut memory = self.ctx.memory(self.pod.uid());
        if let Some(at) = memory.int_at(what) {
            return Time(at);
        }
        memory.set(what, self.ctx.now().0);
        self.ctx.remember(self.pod.uid(), memory);
        self.ctx.now()
    }

    /// Whether an instant has come; if not, asks to be woken then.
    fn has_come(&self, at: Time) -> bool {
        if at > self.ctx.now() {
            self.ctx.wake_at(&self.pod.key(), at);
        }
        at <= self.ctx.now()
    }

    fn go_on(&self) -> Result<(), ApiError> {
        let phase = self.pod.str_at("status/phase");
        if self.pod.is_deleting() {
            return self.end(phase);
        }
        if matches!(phase, "Succeeded" | "Failed") {
            return Ok(());
        }
        let bound = self.note("bound");
        if self.pod.items_at("status/containerStatuses").is_empty() {
            self.write("Pending", "waiting", false, 0)?;
        }
        if self.pod.annotation("fake/never").is_some() {
            return Ok(());
        }
        if !self.has_come(bound + seconds(self.number("start").unwrap_or(1.0))) {
            return Ok(());
        }
        let ready_after = self.number("ready").unwrap_or(0.0);
        if phase != "Running" {
            self.note("running");
            self.write("Running", "running", ready_after == 0.0, 0)?;
        }
        let running = self.instant("running").unwrap_or(self.ctx.now());
        if self.instant("ready").is_none() && self.has_come(running + seconds(ready_after)) {
            self.note("ready");
            if ready_after > 0.0 {
                self.write("Running", "running", true, 0)?;
            }
        }
        match self.number("run") {
            Some(run) if self.has_come(running + seconds(run)) => {
                let code = self.number("exit").unwrap_or(0.0) as i64;
                self.write(if code == 0 { "Succeeded" } else { "Failed" }, "terminated", false, code)
            }
            _ => Ok(()),
        }
    }

    fn end(&self, phase: &str) -> Result<(), ApiError> {
        let asked = self.note("deleted");
        let running = phase == "Running";
        let term = if running { self.number("term").unwrap_or(1.0) } else { 0.05 };
        if !self.has_come(asked + seconds(term)) {
            return Ok(());
        }
        if running {
            let graceful = self.pod.annotation("fake/graceful").is_some();
            let (phase, code) = if graceful { ("Succeeded", 0) } else { ("Failed", 143) };
            self.write(phase, "terminated", false, code)?;
        }
        let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
        let pods = self.ctx.api.resource("pods").expect("pods");
        self.ctx.api.remove(&pods, self.pod.namespace(), self.pod.name(), &options).map(|_| ())
    }

    fn write(&self, phase: &str, state: &str, ready: bool, code: i64) -> Result<(), ApiError> {
        let now = self.ctx.now().rfc3339();
        let name = self.pod.str_at("spec/containers/0/name");
        let name =
            if name.is_empty() { self.pod.items_at("spec/containers")[0].str_at("name") } else { name };
        let (why, message) = match state {
            "terminated" if phase == "Succeeded" => ("PodCompleted", String::new()),
            "terminated" => ("PodFailed", String::new()),
            _ => ("ContainersNotReady", format!("containers with unready status: [{name}]")),
        };
        let details = match state {
            "waiting" => json!({"reason": "ContainerCreating"}),
            "running" => json!({"startedAt": now.as_str()}),
            _ => json!({
                "exitCode": code, "reason": (if code == 0 { "Completed" } else { "Error" }),
                "startedAt": now.as_str(), "finishedAt": now.as_str(),
            }),
        };
        let mut conditions = vec![
            condition("PodReadyToStartContainers", state == "running", "", ""),
            condition("Initialized", true, "", ""),
            condition("Ready", ready, why, &message),
            condition("ContainersReady", ready, why, &message),
        ];
        let scheduled = self.pod.condition("PodScheduled").cloned();
        conditions.push(scheduled.unwrap_or_else(|| condition("PodScheduled", true, "", "")));
        conditions.extend(self.pod.condition("DisruptionTarget").cloned());
        for c in &mut conditions {
            let old =
                self.pod.condition(c.str_at("type")).filter(|o| o.str_at("status") == c.str_at("status"));
            c.set("lastTransitionTime", old.map_or(now.as_str(), |o| o.str_at("lastTransitionTime")));
        }
        let ip =
            format!("10.1.{}.{}", self.pod.resource_version() / 250 % 250, self.pod.resource_version() % 250);
        let (ns, pod) = (self.pod.namespace(), self.pod.name());
        let containers = json!([{"name": name, "ready": ready, "restartCount": 0, "state": Value::object()}]);
        self.ctx.api.modify_status("pods", ns, pod, |p| {
            p.set("status/phase", phase);
            p.set("status/conditions", conditions);
            p.set("status/containerStatuses", containers);
            p.at_mut("status/containerStatuses").list_mut()[0]
                .at_mut("state")
                .map_mut()
                .insert(state, details);
            if state == "running" && p.str_at("status/podIP").is_empty() {
                p.set("status/podIP", ip);
            }
            if p.str_at("status/startTime").is_empty() {
                p.set("status/startTime", now);
            }
        })?;
        Ok(())
    }
}

fn seconds(s: f64) -> Duration {
    Duration::from_millis((s * 1000.0) as i64)
}

fn condition(kind: &str, holds: bool, why: &str, message: &str) -> Value {
    let mut c = json!({"type": kind, "status": (if holds { "True" } else { "False" })});
    if !holds && !why.is_empty() {
        c.set("reason", why);
        if !message.is_empty() {
            c.set("message", message);
        }
    }
    c
}
