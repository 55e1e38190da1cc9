//! How many nodes of a group pods need: first-fit decreasing, into nodes made from the group's template.

use super::equivalence::PodGroup;
use super::pod::Pod;
use super::release::Release;
use super::simulation::Simulation;
use super::template::Template;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What packing came to.
#[derive(Clone, Debug, Default)]
pub struct Estimate {
    /// The nodes that took a pod.
    pub nodes: usize,
    /// Where each pod went, in the order in which they were placed.
    pub placements: Vec<(Arc<Pod>, Arc<str>)>,
    /// The limit that stopped the packing.
    pub capped_at: Option<i64>,
}

impl Estimate {
    /// The pods that found a place.
    pub fn pods(&self) -> Vec<Arc<Pod>> {
        self.placements.iter().map(|(pod, _)| pod.clone()).collect()
    }
}

struct Packing<'a> {
    simulation: &'a mut Simulation,
    template: &'a Template,
    limit: Option<i64>,
    created: Vec<Arc<str>>,
    by_name: BTreeSet<Arc<str>>,
    used: BTreeSet<Arc<str>>,
    estimate: Estimate,
}

/// Packs groups of pods that fit the template. `limit` is the number of nodes that may be made, none when it is
/// `None`. Only the search pointer of the simulation is left changed.
pub fn estimate(
    simulation: &mut Simulation,
    groups: &[&PodGroup],
    template: &Template,
    limit: Option<i64>,
    release: Release,
) -> Estimate {
    let mut ordered: Vec<(f64, &PodGroup)> =
        groups.iter().map(|group| (score(group.sample(), template, release), *group)).collect();
    ordered.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut trial = simulation.clone();
    let mut packing = Packing {
        simulation: &mut trial,
        template,
        limit,
        created: Vec::new(),
        by_name: BTreeSet::new(),
        used: BTreeSet::new(),
        estimate: Estimate::default(),
    };
    if release.packs_by_group() {
        for (_, group) in ordered {
            packing.place_group(&group.pods);
        }
    } else {
        packing.place_one_by_one(ordered.into_iter().flat_map(|(_, group)| &group.pods));
    }
    let (mut estimate, used) = (packing.estimate, packing.used.len());
    estimate.nodes = used;
    simulation.next = trial.next;
    estimate
}

/// How large a pod is for the template; the largest come first.
fn score(pod: &Pod, template: &Template, release: Release) -> f64 {
    let (cpu, memory) = if release.weighs_effective_requests() {
        let requests = &pod.pending.info.requests;
        (requests.milli_cpu, requests.memory)
    } else {
        pod.container_requests()
    };
    let allocatable = template.allocatable();
    let share = |requested: i64, available: i64| match available {
        0 => 0.0,
        _ => requested as f64 / available as f64,
    };
    share(cpu, allocatable.milli_cpu) + share(memory, allocatable.memory)
}

impl Packing<'_> {
    fn place_group(&mut self, pods: &[Arc<Pod>]) {
        let on_created = pods.iter().take_while(|pod| self.place_on_created(pod)).count();
        for pod in &pods[on_created..] {
            if let Some(last) = self.created.last().cloned() {
                if self.simulation.fits(pod, &last).is_ok() {
                    self.put(pod, last);
                    continue;
                }
                // Another empty node would not help either.
                if !self.used.contains(&last) {
                    return;
                }
            }
            let Some(node) = self.create() else { return };
            if self.simulation.fits(pod, &node).is_err() {
                return;
            }
            self.put(pod, node);
        }
    }

    fn place_one_by_one<'p>(&mut self, pods: impl Iterator<Item = &'p Arc<Pod>>) {
        for pod in pods {
            if self.place_on_created(pod) {
                continue;
            }
            if self.created.last().is_some_and(|last| !self.used.contains(last)) {
                continue;
            }
            let Some(node) = self.create() else { return };
            if self.simulation.fits(pod, &node).is_ok() {
                self.put(pod, node);
            }
        }
    }

    fn place_on_created(&mut self, pod: &Arc<Pod>) -> bool {
        if self.created.is_empty() {
            return false;
        }
        let by_name = &self.by_name;
        match self.simulation.find_node(pod, |name| by_name.contains(name)) {
            Some(node) => {
                self.put(pod, node);
                true
            }
            None => false,
        }
    }

    fn put(&mut self, pod: &Arc<Pod>, node: Arc<str>) {
        self.simulation.place(pod, &node);
        self.used.insert(node.clone());
        self.estimate.placements.push((pod.clone(), node));
    }

    fn create(&mut self) -> Option<Arc<str>> {
        let number = self.created.len();
        if let Some(limit) = self.limit.filter(|limit| number as i64 >= *limit) {
            self.estimate.capped_at = Some(limit);
            return None;
        }
        let node = self.template.add_to(self.simulation, &format!("e-{number}"));
        self.created.push(node.clone());
        self.by_name.insert(node.clone());
        Some(node)
    }
}
