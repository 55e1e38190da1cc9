//! One pass of the loop.

use super::behavior::Normalizer;
use super::calculator::Calculator;
use super::cluster::{Cluster, Event, Scale};
use super::conditions::{Condition, Status};
use super::decision::{Decision, Rule};
use super::memory::{Memory, Recommendation};
use super::metrics::Inputs;
use super::proposal::combine;
use super::settings::Settings;
use super::spec::Spec;
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Object, Time, Value};

const ABOVE_MAX: &str = "Current number of replicas above Spec.MaxReplicas";
const BELOW_MIN: &str = "Current number of replicas below Spec.MinReplicas";

/// What a pass leaves behind, beside what it wrote through [`Cluster`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What the controller logs as the failure of the pass.
    pub error: Option<String>,
    /// The record of the pass.
    pub decision: Decision,
}

/// Makes one pass over an autoscaler (v2, defaulted) at an instant.
pub fn reconcile(
    hpa: &Object,
    memory: &mut Memory,
    settings: &Settings,
    now: Time,
    cluster: &mut dyn Cluster,
) -> Outcome {
    let (spec, before) = match (hpa.at("spec").read::<Spec>(), read_status(hpa)) {
        (Ok(spec), Ok(status)) => (spec, status),
        (Err(e), _) | (_, Err(e)) => {
            return Outcome { error: Some(e.to_string()), ..Outcome::default() };
        }
    };
    let decision = Decision {
        time: now.rfc3339(),
        hpa: hpa.key(),
        target: format!("{}/{}", spec.scale_target_ref.kind, spec.scale_target_ref.name),
        min_replicas: spec.min_replicas.unwrap_or(1),
        max_replicas: spec.max_replicas,
        ..Decision::default()
    };
    let mut pass = Pass {
        namespace: hpa.namespace(),
        name: hpa.name(),
        spec: &spec,
        status: before.clone(),
        before,
        memory,
        settings,
        now,
        cluster,
        decision,
    };
    let error = pass.run().err();
    pass.decision.error = error.clone();
    Outcome { error, decision: pass.decision }
}

fn read_status(hpa: &Object) -> Result<Status, crate::machinery::ReadError> {
    match hpa.at("status") {
        status if status.is_null() => Ok(Status::default()),
        status => status.read(),
    }
}

struct Pass<'a> {
    namespace: &'a str,
    name: &'a str,
    spec: &'a Spec,
    /// The status as it was,
    before: Status,
    /// and as it becomes.
    status: Status,
    memory: &'a mut Memory,
    settings: &'a Settings,
    now: Time,
    cluster: &'a mut dyn Cluster,
    decision: Decision,
}

/// The largest proposal of all metrics.
struct Best {
    proposal: i32,
    /// The name of the metric that made it.
    metric: String,
    /// The complaint about metrics that failed beside it.
    half_failed: Option<String>,
}

/// The size a pass settles on.
struct Desired {
    replicas: i32,
    /// The event's reason; empty when the metrics ask for no change, even if an older recommendation then makes one.
    reason: String,
}

impl<'a> Pass<'a> {
    fn run(&mut self) -> Result<(), String> {
        let scale = self.read_scale()?;
        let current = scale.spec_replicas;
        self.decision.current_replicas = current;
        self.decision.desired_replicas = current;
        if self.memory.recommendations.is_empty() {
            self.memory.recommendations.push(Recommendation { replicas: current, time: self.now });
        }
        self.status.current_metrics = None;

        let (min, max) = (self.decision.min_replicas, self.decision.max_replicas);
        let mut half_failed = None;
        let desired = if current == 0 && !self.may_wake() {
            self.decision.rules.push(Rule::Disabled);
            self.set(Condition::scaling_active(
                false,
                "ScalingDisabled",
                "scaling is disabled since the replica count of the target is zero",
            ));
            self.status.drop("ScaledToZero");
            Desired { replicas: 0, reason: String::new() }
        } else if current > max {
            self.out_of_bounds(current, max, ABOVE_MAX)
        } else if current < min && current != 0 {
            self.out_of_bounds(current, min, BELOW_MIN)
        } else {
            let (desired, error) = self.desired_by_metrics(&scale)?;
            half_failed = error;
            desired
        };

        self.status.current_replicas = current;
        if desired.replicas != current {
            self.rescale(current, &desired)?;
        }
        self.status.desired_replicas = desired.replicas;
        self.decision.desired_replicas = desired.replicas;
        self.decision.reason = desired.reason;
        self.write_status()?;
        half_failed.map_or(Ok(()), Err)
    }

    fn normalizer(&self) -> Normalizer<'a> {
        Normalizer {
            now: self.now,
            min: self.decision.min_replicas,
            max: self.decision.max_replicas,
            behavior: self.spec.behavior.as_ref(),
            downscale_stabilization: self.settings.downscale_stabilization,
        }
    }

    fn set(&mut self, condition: Condition) {
        self.status.set(condition, self.now);
    }

    fn warn(&mut self, reason: &'static str, message: String) {
        self.cluster.record(Event { warning: true, reason, message });
    }

    /// `Deployment/ns/web`, as log lines name the target.
    fn reference(&self) -> String {
        let target = &self.spec.scale_target_ref;
        format!("{}/{}/{}", target.kind, self.namespace, target.name)
    }

    fn read_scale(&mut self) -> Result<Scale, String> {
        let target = &self.spec.scale_target_ref;
        let found = match target.group() {
            Err(e) => Err((format!("invalid API version in scale target reference: {e}"), e)),
            Ok(group) if !self.cluster.knows_kind(group, &target.kind) => {
                let e = format!("no matches for kind \"{}\" in group \"{group}\"", target.kind);
                Err((format!("unable to determine resource for scale target reference: {e}"), e))
            }
            Ok(_) => self
                .cluster
                .scale(self.namespace, target)
                .map_err(|e| (format!("failed to query scale subresource for {}: {e}", self.reference()), e)),
        };
        match found {
            Ok(scale) => {
                let message = "the HPA controller was able to get the target's current scale";
                self.set(Condition::able_to_scale(true, "SucceededGetScale", message));
                Ok(scale)
            }
            Err((log, error)) => {
                let message =
                    format!("the HPA controller was unable to get the target's current scale: {error}");
                self.warn("FailedGetScale", error);
                self.set(Condition::able_to_scale(false, "FailedGetScale", message));
                // A failure to write the status has its own event; the pass has failed already.
                let _ = self.write_status();
                Err(log)
            }
        }
    }

    /// Whether a target of size zero is looked at: only when this controller brought it there and can tell when to
    /// leave.
    fn may_wake(&self) -> bool {
        self.settings.scale_to_zero
            && self.status.holds("ScaledToZero")
            && (self.decision.min_replicas != 0 || self.spec.measures_without_pods())
    }

    fn out_of_bounds(&mut self, current: i32, bound: i32, reason: &str) -> Desired {
        self.decision.rules.push(Rule::OutOfBounds { current, bound });
        Desired { replicas: bound, reason: reason.to_string() }
    }

    /// The size the metrics ask for, normalized; beside it the complaint about metrics that failed without stopping
    /// the pass.
    fn desired_by_metrics(&mut self, scale: &Scale) -> Result<(Desired, Option<String>), String> {
        let current = scale.spec_replicas;
        let Best { proposal, metric, half_failed } =
            self.best_proposal(scale).map_err(|error| self.give_up(current, error))?;
        let mut reason = match proposal {
            p if p > current => format!("{metric} above target"),
            p if p < current => "All metrics below target".to_string(),
            _ => String::new(),
        };
        let normalizer = self.normalizer();
        let normalized = normalizer.normalize(self.memory, current, proposal, &mut self.decision.rules);
        self.set(normalized.able_to_scale);
        self.set(normalized.scaling_limited);
        let mut replicas = normalized.replicas;
        let min = normalizer.min;
        if current == 0 && replicas < min {
            self.decision.rules.push(Rule::WakeToMinimum { min });
            replicas = min;
            if reason.is_empty() {
                reason = BELOW_MIN.to_string();
            }
        }
        Ok((Desired { replicas, reason }, half_failed))
    }

    fn best_proposal(&mut self, scale: &Scale) -> Result<Best, String> {
        let selector = self.parse_selector(scale)?;
        let inputs = Inputs::new(self.cluster, self.namespace, &selector);
        if let Some(error) = self.ambiguity(scale, &inputs) {
            return Err(self.bad_selector("AmbiguousSelector", Condition::ambiguous_selector(&error), error));
        }
        let calculator = Calculator {
            settings: self.settings,
            tolerances: self.settings.tolerances(self.spec.behavior.as_ref()),
            now: self.now,
        };
        let combined = combine(&self.spec.metrics, scale, &calculator, &inputs);
        for event in combined.events {
            self.cluster.record(event);
        }
        self.decision.metrics = combined.metrics;
        self.decision.rules.extend(combined.rules);
        self.status.current_metrics = Some(combined.statuses);
        self.set(combined.condition);
        match combined.best {
            Some((proposal, metric)) => Ok(Best { proposal, metric, half_failed: combined.error }),
            None => Err(combined.error.unwrap_or_default()),
        }
    }

    /// Ends a pass whose metrics came to nothing.
    fn give_up(&mut self, current: i32, error: String) -> String {
        self.status.current_replicas = current;
        // A failure to write the status has its own event; the pass has failed already.
        let _ = self.write_status();
        self.warn("FailedComputeMetricsReplicas", error.clone());
        let target = self.reference();
        format!("failed to compute desired number of replicas based on listed metrics for {target}: {error}")
    }

    fn parse_selector(&mut self, scale: &Scale) -> Result<LabelSelector, String> {
        if scale.selector.is_empty() {
            let condition = Condition::invalid_selector("the HPA target's scale is missing a selector");
            return Err(self.bad_selector("SelectorRequired", condition, "selector is required".into()));
        }
        match LabelSelector::parse(&scale.selector) {
            Ok(selector) => {
                self.memory.selector = Some(scale.selector.clone());
                Ok(selector)
            }
            Err(e) => {
                let error =
                    format!("couldn't convert selector into a corresponding internal selector object: {e}");
                Err(self.bad_selector("InvalidSelector", Condition::invalid_selector(&error), error))
            }
        }
    }

    fn bad_selector(&mut self, event: &'static str, condition: Condition, error: String) -> String {
        self.warn(event, error.clone());
        self.set(condition);
        error
    }

    /// The complaint when other autoscalers select some of the same pods.
    fn ambiguity(&self, scale: &Scale, inputs: &Inputs) -> Option<String> {
        if !self.settings.version.hpa_checks_for_ambiguous_selectors() {
            return None;
        }
        let others = self.cluster.selectors_of_others(self.namespace, self.name).into_iter();
        // The pods of a template carry the same labels: neighbours mostly share them.
        let mut labels: Vec<&Value> = inputs.pods().iter().map(|p| &p.labels).collect();
        labels.dedup();
        let shares_pods = |selector: &LabelSelector| labels.iter().any(|l| selector.matches(l.map()));
        let mut rivals: Vec<String> =
            others.filter(|(_, selector)| shares_pods(selector)).map(|(key, _)| key).collect();
        if rivals.is_empty() {
            return None;
        }
        rivals.push(format!("{}/{}", self.namespace, self.name));
        rivals.sort();
        let (selector, rivals) = (&scale.selector, rivals.join(" "));
        Some(format!("pods by selector {selector} are controlled by multiple HPAs: [{rivals}]"))
    }

    fn rescale(&mut self, current: i32, desired: &Desired) -> Result<(), String> {
        let Desired { replicas, ref reason } = *desired;
        let target = &self.spec.scale_target_ref;
        if let Err(error) = self.cluster.update_scale(self.namespace, target, replicas) {
            self.warn("FailedRescale", format!("New size: {replicas}; reason: {reason}; error: {error}"));
            self.set(Condition::able_to_scale(
                false,
                "FailedUpdateScale",
                format!("the HPA controller was unable to update the target scale: {error}"),
            ));
            // A failure to write the status has its own event; the pass has failed already.
            let _ = self.write_status();
            return Err(format!("failed to rescale {}: {error}", self.reference()));
        }
        self.set(Condition::able_to_scale(
            true,
            "SucceededRescale",
            format!("the HPA controller was able to update the target scale to {replicas}"),
        ));
        self.cluster.record(Event {
            warning: false,
            reason: "SuccessfulRescale",
            message: format!("New size: {replicas}; reason: {reason}"),
        });
        self.normalizer().remember_scale(self.memory, current, replicas);
        if self.settings.scale_to_zero {
            let to_zero =
                replicas == 0 && self.decision.min_replicas == 0 && self.spec.measures_without_pods();
            self.set(Condition::scaled_to_zero(to_zero));
        } else {
            self.status.drop("ScaledToZero");
        }
        self.status.last_scale_time = Some(self.now.rfc3339());
        self.decision.rescaled = true;
        Ok(())
    }

    /// Writes the status when it says something new.
    fn write_status(&mut self) -> Result<(), String> {
        if self.status == self.before {
            return Ok(());
        }
        self.cluster.update_status(self.status.to_value()).map_err(|error| {
            self.warn("FailedUpdateStatus", error.clone());
            format!("failed to update status for {}: {error}", self.name)
        })
    }
}
