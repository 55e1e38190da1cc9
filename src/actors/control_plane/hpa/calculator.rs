//! The size one metric asks for.

use super::cluster::ObjectRef;
use super::decision::{PodGroup, PodInput, Rule};
use super::grouping::Groups;
use super::metrics::{Inputs, Sample};
use super::settings::{Settings, Tolerances};
use super::spec::MetricRef;
use crate::machinery::Time;

/// What a metric asks for, and the value that goes into the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The size.
    pub replicas: i32,
    /// Percent of request, for a target of utilization.
    pub utilization: Option<i32>,
    /// In thousandths: the average by pod, or the value for all, whichever the target is about.
    pub usage: i64,
}

/// How a proposal came about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// The pods that entered.
    pub pods: Vec<PodInput>,
    /// The rules applied.
    pub rules: Vec<Rule>,
}

/// Proposes sizes from inputs.
#[derive(Clone, Copy, Debug)]
pub struct Calculator<'a> {
    /// The controller's settings.
    pub settings: &'a Settings,
    /// The tolerances of the autoscaler.
    pub tolerances: Tolerances,
    /// The instant of the pass.
    pub now: Time,
}

/// What the usage of pods is measured against.
#[derive(Clone, Copy)]
enum Target {
    /// Percent of request.
    Utilization(i32),
    /// Thousandths by pod.
    Average(i64),
}

/// A ratio of usage to target, with what the status reports of it.
struct Measured {
    ratio: f64,
    utilization: Option<i32>,
    average: i64,
}

/// Metrics measured pod by pod.
impl Calculator<'_> {
    /// Resource or ContainerResource with `averageUtilization`, in percent. An empty `container` means all.
    pub fn resource_utilization(
        &self,
        inputs: &Inputs,
        current: i32,
        (resource, container): (&str, &str),
        target: i32,
        trace: &mut Trace,
    ) -> Result<Proposal, String> {
        let samples = self.resource_samples(inputs, resource, container)?;
        let mut groups = Groups::new(inputs.pods(), &samples, resource == "cpu", self.settings, self.now)?;
        let proposal = groups
            .require_usage()
            .and_then(|()| groups.look_up_requests(inputs.pods(), resource, container, self.settings))
            .and_then(|()| self.propose(&mut groups, Target::Utilization(target), current, &mut trace.rules));
        trace.pods = groups.pods;
        proposal
    }

    /// Resource or ContainerResource with `averageValue`.
    pub fn resource_average(
        &self,
        inputs: &Inputs,
        current: i32,
        (resource, container): (&str, &str),
        target: i64,
        trace: &mut Trace,
    ) -> Result<Proposal, String> {
        let samples = self.resource_samples(inputs, resource, container)?;
        self.average(inputs, &samples, current, resource == "cpu", target, trace)
    }

    /// Pods: a custom metric of each pod.
    pub fn pods(
        &self,
        inputs: &Inputs,
        current: i32,
        metric: &MetricRef,
        target: i64,
        trace: &mut Trace,
    ) -> Result<Proposal, String> {
        let samples = inputs.pods_metric(metric)?;
        self.average(inputs, &samples, current, false, target, trace)
    }

    fn resource_samples(
        &self,
        inputs: &Inputs,
        resource: &str,
        container: &str,
    ) -> Result<Vec<Sample>, String> {
        inputs.resource(resource, container, self.settings.version.hpa_wants_every_container_measured())
    }

    fn average(
        &self,
        inputs: &Inputs,
        samples: &[Sample],
        current: i32,
        is_cpu: bool,
        target: i64,
        trace: &mut Trace,
    ) -> Result<Proposal, String> {
        let mut groups = Groups::new(inputs.pods(), samples, is_cpu, self.settings, self.now)?;
        let proposal = groups
            .require_usage()
            .and_then(|()| self.propose(&mut groups, Target::Average(target), current, &mut trace.rules));
        trace.pods = groups.pods;
        proposal
    }

    /// The status reports what ready pods use; the size also minds the pods nothing is known of.
    fn propose(
        &self,
        groups: &mut Groups,
        target: Target,
        current: i32,
        rules: &mut Vec<Rule>,
    ) -> Result<Proposal, String> {
        let measured = measure(groups, target, false, rules)?;
        let replicas = self.replicas(groups, target, current, measured.ratio, rules)?;
        Ok(Proposal { replicas, utilization: measured.utilization, usage: measured.average })
    }

    fn replicas(
        &self,
        groups: &mut Groups,
        target: Target,
        current: i32,
        ratio: f64,
        rules: &mut Vec<Rule>,
    ) -> Result<i32, String> {
        let fill_unready = groups.unready > 0 && ratio > 1.0;
        if !fill_unready && groups.missing == 0 {
            if self.tolerates(ratio, rules) {
                return Ok(current);
            }
            return Ok(multiply(ratio, groups.ready as i64, rules));
        }

        self.fill_missing(groups, target, ratio, rules);
        if fill_unready {
            rules.push(Rule::FillUnready { pods: groups.unready });
            groups.fill(PodGroup::Unready, |_| 0);
        }
        let adjusted = measure(groups, target, true, rules)?.ratio;
        if self.tolerates(adjusted, rules) {
            return Ok(current);
        }
        if (ratio < 1.0 && adjusted > 1.0) || (ratio > 1.0 && adjusted < 1.0) {
            rules.push(Rule::DirectionChanged { before: ratio, after: adjusted });
            return Ok(current);
        }
        let proposal = multiply(adjusted, groups.counted() as i64, rules);
        if (adjusted < 1.0 && proposal > current) || (adjusted > 1.0 && proposal < current) {
            rules.push(Rule::AgainstDirection { ratio: adjusted, proposal, current });
            return Ok(current);
        }
        Ok(proposal)
    }

    /// Pods without a metric are assumed to be busy when the rest calls for fewer, idle when it calls for more.
    fn fill_missing(&self, groups: &mut Groups, target: Target, ratio: f64, rules: &mut Vec<Rule>) {
        if groups.missing == 0 || ratio == 1.0 {
            return;
        }
        let assumed = match target {
            _ if ratio > 1.0 => {
                groups.fill(PodGroup::Missing, |_| 0);
                "zero"
            }
            Target::Average(average) => {
                groups.fill(PodGroup::Missing, |_| average);
                "the target"
            }
            Target::Utilization(percent)
                if percent > 100 && self.settings.version.hpa_assumes_the_target() =>
            {
                groups
                    .fill(PodGroup::Missing, |p| p.request.unwrap_or(0).saturating_mul(percent.into()) / 100);
                "the target's share of their request"
            }
            Target::Utilization(_) => {
                groups.fill(PodGroup::Missing, |p| p.request.unwrap_or(0));
                "all of their request"
            }
        };
        rules.push(Rule::FillMissing { pods: groups.missing, assumed: assumed.into() });
    }

    fn tolerates(&self, ratio: f64, rules: &mut Vec<Rule>) -> bool {
        let Tolerances { down, up } = self.tolerances;
        let within = self.tolerances.contain(ratio);
        rules.push(Rule::Tolerance { ratio, low: 1.0 - down, high: 1.0 + up, within });
        within
    }
}

/// Metrics with one value for the whole target.
impl Calculator<'_> {
    /// Object with `value`.
    pub fn object_value(
        &self,
        inputs: &Inputs,
        current: i32,
        (object, metric): (&ObjectRef, &MetricRef),
        target: i64,
        trace: &mut Trace,
    ) -> Result<Proposal, String> {
        self.value(inputs, current, inputs.object_metric(object, metric)?, target, &mut trace.rules)
    }

    /// Object with `averageValue`. `replicas` is the target's `status.replicas`.
    pub fn object_average(
        &self,
        inputs: &Inputs,
        replicas: i32,
        (object, metric): (&ObjectRef, &MetricRef),
        target: i64,
        trace: &mut Trace,
    ) -> Result<Proposal, String> {
        Ok(self.per_pod(replicas, inputs.object_metric(object, metric)?, target, &mut trace.rules))
    }

    /// External with `value`.
    pub fn external_value(
        &self,
        inputs: &Inputs,
        current: i32,
        metric: &MetricRef,
        target: i64,
        trace: &mut Trace,
    ) -> Result<Proposal, String> {
        self.value(inputs, current, inputs.external_metric(metric)?, target, &mut trace.rules)
    }

    /// External with `averageValue`. `replicas` is the target's `status.replicas`.
    pub fn external_average(
        &self,
        inputs: &Inputs,
        replicas: i32,
        metric: &MetricRef,
        target: i64,
        trace: &mut Trace,
    ) -> Result<Proposal, String> {
        Ok(self.per_pod(replicas, inputs.external_metric(metric)?, target, &mut trace.rules))
    }

    fn value(
        &self,
        inputs: &Inputs,
        current: i32,
        usage: i64,
        target: i64,
        rules: &mut Vec<Rule>,
    ) -> Result<Proposal, String> {
        let ratio = usage as f64 / target as f64;
        rules.push(Rule::ValueRatio { usage, target, replicas: None, ratio });
        let replicas = if current == 0 {
            // Nobody shares the value yet: the ratio alone is the size.
            multiply(ratio, 1, rules)
        } else if self.tolerates(ratio, rules) {
            current
        } else {
            multiply(ratio, inputs.serving_pods()?, rules)
        };
        Ok(Proposal { replicas, utilization: None, usage })
    }

    fn per_pod(&self, replicas: i32, usage: i64, target: i64, rules: &mut Vec<Rule>) -> Proposal {
        let ratio = usage as f64 / (target as f64 * f64::from(replicas));
        rules.push(Rule::ValueRatio { usage, target, replicas: Some(replicas), ratio });
        let proposal = if self.tolerates(ratio, rules) {
            replicas
        } else {
            let proposal = (usage as f64 / target as f64).ceil() as i32;
            rules.push(Rule::Divide { usage, target, proposal });
            proposal
        };
        let average = int64((usage as f64 / f64::from(replicas)).ceil());
        Proposal { replicas: proposal, utilization: None, usage: average }
    }
}

/// The usage that counts, held against the target.
fn measure(
    groups: &Groups,
    target: Target,
    adjusted: bool,
    rules: &mut Vec<Rule>,
) -> Result<Measured, String> {
    match target {
        Target::Utilization(target) => {
            let (usage, requests, pods) = groups.usage_and_requests();
            if requests == 0 {
                return Err("no metrics returned matched known pods".to_string());
            }
            let utilization = (i128::from(usage) * 100 / i128::from(requests)) as i32;
            let ratio = f64::from(utilization) / f64::from(target);
            rules.push(Rule::UtilizationRatio {
                usage,
                requests,
                pods,
                utilization,
                target,
                ratio,
                adjusted,
            });
            Ok(Measured { ratio, utilization: Some(utilization), average: usage / pods })
        }
        Target::Average(target) => {
            let (usage, pods) = groups.usage();
            let average = usage / pods.max(1);
            let ratio = average as f64 / target as f64;
            rules.push(Rule::AverageRatio { usage, pods, average, target, ratio, adjusted });
            Ok(Measured { ratio, utilization: None, average })
        }
    }
}

fn multiply(ratio: f64, pods: i64, rules: &mut Vec<Rule>) -> i32 {
    let proposal = (ratio * pods as f64).ceil() as i32;
    rules.push(Rule::Multiply { ratio, pods, proposal });
    proposal
}

/// A float as the integer an amd64 control plane makes of it: whatever does not fit, infinity and NaN included, becomes
/// the smallest one. That is the `-9223372036854775808m` seen while a target has no replicas.
fn int64(f: f64) -> i64 {
    if f >= i64::MIN as f64 && f < i64::MAX as f64 { f as i64 } else { i64::MIN }
}
