//! Which pods count, with which usage: the part of the calculation that looks at pods one by one.

use super::decision::{PodGroup, PodInput, Why};
use super::metrics::{NO_PODS, Sample};
use super::pods::{Phase, PodView, Resources};
use super::settings::Settings;
use crate::machinery::Time;
use std::sync::Arc;

/// A pod with its group, the reason for it, and the sample that was found.
fn group(
    pod: &PodView,
    sample: Option<&Sample>,
    is_cpu: bool,
    settings: &Settings,
    now: Time,
) -> (PodGroup, &'static str) {
    use PodGroup::*;
    if pod.deleting {
        return (Ignored, "is being deleted");
    }
    if pod.phase == Phase::Failed {
        return (Ignored, "has failed");
    }
    if pod.phase == Phase::Pending {
        return (Unready, "is pending");
    }
    let Some(sample) = sample else { return (Missing, "has no metric") };
    // Starting a process costs CPU that says nothing about load; other resources have no such phase.
    if !is_cpu {
        return (Ready, "");
    }
    let (Some(readiness), Some(started)) = (pod.readiness, pod.started) else {
        return (Unready, "has no Ready condition or start time");
    };
    let not_ready = readiness.ready == Some(false);
    if started + settings.cpu_initialization_period > now {
        if not_ready {
            return (Unready, "is not ready and within the CPU initialization period");
        }
        if readiness.since.is_some_and(|since| sample.timestamp < since + sample.window) {
            return (
                Unready,
                "was measured in part before it became ready, within the CPU initialization period",
            );
        }
    } else if not_ready
        && readiness.since.is_none_or(|since| started + settings.initial_readiness_delay > since)
    {
        return (Unready, "never became ready");
    }
    (Ready, "")
}

/// The pods of one computation.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// Pods by name, then samples of pods the selector does not match.
    pub pods: Vec<PodInput>,
    pub ready: usize,
    pub unready: usize,
    pub missing: usize,
}

impl Groups {
    /// Puts every pod into its group. Both lists are in name order.
    pub fn new(
        pods: &[Arc<PodView>],
        samples: &[Sample],
        is_cpu: bool,
        settings: &Settings,
        now: Time,
    ) -> Result<Groups, String> {
        if pods.is_empty() {
            return Err(NO_PODS.to_string());
        }
        let mut groups = Groups { pods: Vec::with_capacity(pods.len()), ..Groups::default() };
        let mut strays: Vec<PodInput> = Vec::new();
        let mut samples = samples.iter().peekable();
        for pod in pods {
            let mut sample = samples.next_if(|s| s.pod == pod.name);
            if sample.is_none() {
                while let Some(stray) = samples.next_if(|s| s.pod < pod.name) {
                    strays.push(unknown(stray));
                }
                sample = samples.next_if(|s| s.pod == pod.name);
            }
            let (group, why) = group(pod, sample, is_cpu, settings, now);
            match group {
                PodGroup::Ready => groups.ready += 1,
                PodGroup::Unready => groups.unready += 1,
                PodGroup::Missing => groups.missing += 1,
                PodGroup::Ignored | PodGroup::Unknown => {}
            }
            let usage = sample.map(|s| s.value);
            let counted = usage.filter(|_| group == PodGroup::Ready);
            groups.pods.push(PodInput {
                pod: pod.name.clone(),
                group,
                why: why.into(),
                usage,
                request: None,
                counted,
            });
        }
        groups.pods.extend(strays);
        groups.pods.extend(samples.map(unknown));
        Ok(groups)
    }

    /// Fails when nothing at all was measured.
    pub fn require_usage(&self) -> Result<(), String> {
        match self.counted() {
            0 => Err("did not receive metrics for targeted pods (pods might be unready)".to_string()),
            _ => Ok(()),
        }
    }

    /// How many usages are in the computation.
    pub fn counted(&self) -> usize {
        self.pods.iter().filter(|p| p.counted.is_some()).count()
    }

    /// Sum and number of the counted usages.
    pub fn usage(&self) -> (i64, i64) {
        let counted = self.pods.iter().filter_map(|p| p.counted);
        counted.fold((0, 0), |(sum, n): (i64, i64), usage| (sum.saturating_add(usage), n + 1))
    }

    /// Sum of usage, sum of requests and number of the counted pods whose request is known.
    pub fn usage_and_requests(&self) -> (i64, i64, i64) {
        let known = self.pods.iter().filter_map(|p| Some((p.counted?, p.request?)));
        known.fold((0, 0, 0), |(usage, requests, n): (i64, i64, i64), (u, r)| {
            (usage.saturating_add(u), requests.saturating_add(r), n + 1)
        })
    }

    /// Gives all pods of a group a usage.
    pub fn fill(&mut self, group: PodGroup, usage: impl Fn(&PodInput) -> i64) {
        for pod in self.pods.iter_mut().filter(|p| p.group == group) {
            pod.counted = Some(usage(pod));
        }
    }

    /// Looks up what every pod requests, those that do not count included: one that does not say fails them all.
    pub fn look_up_requests(
        &mut self,
        pods: &[Arc<PodView>],
        resource: &str,
        container: &str,
        settings: &Settings,
    ) -> Result<(), String> {
        for (input, pod) in self.pods.iter_mut().zip(pods) {
            input.request = Some(request(pod, resource, container, settings)?);
        }
        Ok(())
    }
}

fn unknown(sample: &Sample) -> PodInput {
    PodInput {
        pod: sample.pod.clone(),
        group: PodGroup::Unknown,
        why: Why::Borrowed("is not among the pods of the selector"),
        usage: Some(sample.value),
        request: None,
        counted: Some(sample.value),
    }
}

/// What a pod, or one container of it, requests of a resource.
fn request(pod: &PodView, resource: &str, container: &str, settings: &Settings) -> Result<i64, String> {
    let of = |name: &str, requests: &Resources| {
        requests.get(resource).ok_or_else(|| {
            if settings.version.hpa_names_the_container_without_request() {
                format!("missing request for {resource} in container {name} of Pod {}", pod.name)
            } else {
                format!("missing request for {resource}")
            }
        })
    };
    if !container.is_empty() {
        return match pod.containers.iter().find(|c| *c.name == *container) {
            Some(c) => of(&c.name, &c.requests),
            None => Err(format!("container {container} not found in Pod {}", pod.name)),
        };
    }
    if let Some(requests) = pod.pod_requests.as_ref().filter(|_| settings.version.pods_have_resources()) {
        return requests
            .get(resource)
            .ok_or_else(|| format!("missing pod-level request for {resource} in Pod {}", pod.name));
    }
    pod.containers.iter().try_fold(0, |sum: i64, c| Ok(sum.saturating_add(of(&c.name, &c.requests)?)))
}
