//! The arithmetic of rollouts: how many replicas each ReplicaSet of a Deployment should have next.
//!
//! Every function answers with the writes it takes, in order; none writes. A ReplicaSet may be written twice in one go.

use crate::machinery::int_or_percent::{IntOrPercentError, scaled};
use crate::machinery::{KubeVersion, Object, Time};
use std::cmp::Reverse;

/// Annotation of a ReplicaSet: replicas its Deployment had when it was last scaled.
pub const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
/// Annotation of a ReplicaSet: replicas its Deployment could have had at most, surge included.
pub const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";

/// How many pods more, and how many fewer, a rollout may have, rounded: surge up, unavailable down, and not both to zero,
/// for then nothing could move.
pub fn fenceposts(deployment: &Object) -> Result<(i64, i64), IntOrPercentError> {
    let replicas = replicas(deployment);
    let strategy = deployment.at("spec/strategy/rollingUpdate");
    let field = |name: &str, round_up: bool| match strategy.at(name) {
        v if v.is_null() => Ok(0),
        v => scaled(v, replicas, round_up),
    };
    let (surge, unavailable) = (field("maxSurge", true)?, field("maxUnavailable", false)?);
    Ok((surge, if surge == 0 && unavailable == 0 { 1 } else { unavailable }))
}

fn replicas(o: &Object) -> i64 {
    o.int_at("spec/replicas").unwrap_or(0)
}

fn available(replica_set: &Object) -> i64 {
    replica_set.int_at("status/availableReplicas").unwrap_or(0)
}

fn is_rolling(deployment: &Object) -> bool {
    deployment.str_at("spec/strategy/type") != "Recreate"
}

/// How many pods more than wanted there may be.
pub fn max_surge(deployment: &Object) -> i64 {
    let surge = |d| fenceposts(d).map_or(0, |(surge, _)| surge);
    if is_rolling(deployment) { surge(deployment) } else { 0 }
}

/// How many pods fewer than wanted may be available.
pub fn max_unavailable(deployment: &Object) -> i64 {
    let wanted = replicas(deployment);
    if !is_rolling(deployment) || wanted == 0 {
        return 0;
    }
    fenceposts(deployment).map_or(0, |(_, unavailable)| unavailable).min(wanted)
}

/// One write to a ReplicaSet: its size, and the annotations that remember the size of the Deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resize {
    /// Name of the ReplicaSet.
    pub name: String,
    /// Its replicas before.
    pub from: i64,
    /// And after; the same when only the annotations change.
    pub to: i64,
    desired: i64,
    max: i64,
}

impl Resize {
    /// The write, unless it would change nothing.
    fn new(deployment: &Object, replica_set: &Object, from: i64, to: i64) -> Option<Resize> {
        let desired = replicas(deployment);
        let max = desired + max_surge(deployment);
        let annotated =
            |key: &str, value: i64| replica_set.annotation(key) == Some(value.to_string().as_str());
        let current = from == to && annotated(DESIRED_REPLICAS, desired) && annotated(MAX_REPLICAS, max);
        (!current).then(|| Resize { name: replica_set.name().to_string(), from, to, desired, max })
    }

    /// A ReplicaSet brought to a size; none when it has it.
    pub(super) fn to_size(deployment: &Object, replica_set: &Object, size: i64) -> Option<Resize> {
        Resize::of_size(deployment, replica_set, replicas(replica_set), size)
    }

    /// As a part of a rollout: nothing is written when the size stays.
    fn of_size(deployment: &Object, replica_set: &Object, from: i64, to: i64) -> Option<Resize> {
        Resize::new(deployment, replica_set, from, to).filter(Resize::changes_size)
    }

    /// Whether the number of replicas changes.
    pub fn changes_size(&self) -> bool {
        self.from != self.to
    }

    /// Makes the change in the object.
    pub fn apply(&self, replica_set: &mut Object) {
        replica_set.set("spec/replicas", self.to);
        replica_set.set_annotation(DESIRED_REPLICAS, &self.desired.to_string());
        replica_set.set_annotation(MAX_REPLICAS, &self.max.to_string());
    }

    /// The message of the event `ScalingReplicaSet`; `None` when the size stays.
    pub fn message(&self, version: KubeVersion) -> Option<String> {
        let Resize { name, from, to, .. } = self;
        let direction = if to > from { "up" } else { "down" };
        let span = if version.scaling_events_begin_with_the_former_size() {
            format!("from {from} to {to}")
        } else if version.scaling_events_tell_the_former_size() {
            format!("to {to} from {from}")
        } else {
            format!("to {to}")
        };
        self.changes_size().then(|| format!("Scaled {direction} replica set {name} {span}"))
    }
}

/// The message of the event `ScalingReplicaSet` for a ReplicaSet that was made with some replicas.
pub fn created_message(name: &str, replicas: i64, version: KubeVersion) -> String {
    let from = if version.scaling_events_begin_with_the_former_size() { " from 0" } else { "" };
    format!("Scaled up replica set {name}{from} to {replicas}")
}

/// A Deployment with its ReplicaSets.
#[derive(Clone, Copy, Debug)]
pub struct Rollout<'a> {
    /// The Deployment; `spec` and `status.replicas` matter.
    pub deployment: &'a Object,
    /// The ReplicaSet of the current template, if there is one yet.
    pub new: Option<&'a Object>,
    /// The other ReplicaSets.
    pub old: &'a [Object],
}

impl<'a> Rollout<'a> {
    fn all(&self) -> impl Iterator<Item = &'a Object> {
        self.old.iter().chain(self.new)
    }

    fn total(&self) -> i64 {
        self.all().map(replicas).sum()
    }

    fn old_by_age(&self) -> Vec<&'a Object> {
        let mut old: Vec<&Object> = self.old.iter().collect();
        old.sort_by_key(|rs| age(rs));
        old
    }

    /// The replicas a ReplicaSet for the current template should have now: as many as are still wanted, as far as the
    /// surge allows.
    pub fn new_replicas(&self) -> i64 {
        let (wanted, current) = (replicas(self.deployment), self.new.map_or(0, replicas));
        if !is_rolling(self.deployment) {
            return wanted;
        }
        let room = wanted + max_surge(self.deployment) - self.total();
        if room <= 0 { current } else { current + room.min(wanted - current) }
    }

    /// Moves the new ReplicaSet towards the wanted size.
    pub fn grow_new(&self) -> Option<Resize> {
        let (new, wanted) = (self.new?, replicas(self.deployment));
        let target = match replicas(new) {
            current if current == wanted => return None,
            current if current > wanted => wanted,
            _ => self.new_replicas(),
        };
        Resize::of_size(self.deployment, new, replicas(new), target)
    }

    /// Takes replicas from the old ReplicaSets as far as enough stay available: those that do not work first, then
    /// working ones, oldest ReplicaSet first.
    pub fn shrink_old(&self) -> Vec<Resize> {
        let minimum = replicas(self.deployment) - max_unavailable(self.deployment);
        let new_unavailable = self.new.map_or(0, |rs| replicas(rs) - available(rs));
        let old = self.old_by_age();
        let mut sizes: Vec<i64> = old.iter().map(|rs| replicas(rs)).collect();
        let mut writes = Vec::new();
        let mut shrink = |sizes: &mut [i64], i: usize, by: i64| {
            writes.extend(Resize::of_size(self.deployment, old[i], sizes[i], sizes[i] - by));
            sizes[i] -= by;
        };

        let mut unhealthy = self.total() - minimum - new_unavailable;
        if sizes.iter().sum::<i64>() == 0 || unhealthy <= 0 {
            return writes;
        }
        for i in (0..old.len()).filter(|i| replicas(old[*i]) > 0) {
            let by = unhealthy.min(sizes[i] - available(old[i]));
            // More available than asked for: this one has not followed its last change yet, so its count says nothing.
            if by < 0 {
                return writes;
            }
            if by > 0 {
                shrink(&mut sizes, i, by);
                unhealthy -= by;
            }
        }
        let mut spare = self.all().map(available).sum::<i64>() - minimum;
        for i in 0..old.len() {
            let by = spare.min(sizes[i]);
            if by > 0 {
                shrink(&mut sizes, i, by);
                spare -= by;
            }
        }
        writes
    }

    /// Follows a change of the Deployment's own size, or a pause: one ReplicaSet takes it all, several share it in
    /// proportion to their sizes.
    pub fn scale(&self) -> Vec<Resize> {
        let wanted = replicas(self.deployment);
        if let Some(single) = self.active_or_latest() {
            return Resize::of_size(self.deployment, single, replicas(single), wanted).into_iter().collect();
        }
        if self.new.is_some_and(|new| is_saturated(new, wanted)) {
            let old = self.old_by_age();
            return old
                .into_iter()
                .filter_map(|rs| Resize::of_size(self.deployment, rs, replicas(rs), 0))
                .collect();
        }
        if is_rolling(self.deployment) { self.share() } else { Vec::new() }
    }

    /// The only ReplicaSet with replicas or, when none has any, the new one, else the youngest.
    fn active_or_latest(&self) -> Option<&'a Object> {
        let mut active = self.all().filter(|rs| replicas(rs) > 0);
        match (active.next(), active.next()) {
            (Some(_), Some(_)) => None,
            (Some(only), None) => Some(only),
            (None, _) => self.new.or_else(|| self.old_by_age().pop()),
        }
    }

    fn share(&self) -> Vec<Resize> {
        let wanted = replicas(self.deployment);
        let mut active: Vec<&Object> = self.all().filter(|rs| replicas(rs) > 0).collect();
        let allowed = if wanted > 0 { wanted + max_surge(self.deployment) } else { 0 };
        let to_add = allowed - self.total();
        // The largest take their share first; among equals the newer grow and the older shrink.
        if to_add > 0 {
            active.sort_by_key(|rs| (Reverse(replicas(rs)), Reverse(age(rs))));
        } else {
            active.sort_by_key(|rs| (Reverse(replicas(rs)), age(rs)));
        }
        let mut sizes: Vec<i64> = active.iter().map(|rs| replicas(rs)).collect();
        let mut left = to_add;
        for (size, rs) in sizes.iter_mut().zip(&active) {
            let share = if left == 0 { 0 } else { self.fraction(rs) };
            let share = if to_add > 0 { share.min(left) } else { share.max(left) };
            *size += share;
            left -= share;
        }
        // What rounding left over goes to the largest.
        if let Some(first) = sizes.first_mut() {
            *first = (*first + left).max(0);
        }
        let writes = active.iter().zip(sizes);
        writes.filter_map(|(rs, size)| Resize::new(self.deployment, rs, replicas(rs), size)).collect()
    }

    /// By how much a ReplicaSet changes when it keeps its share of the Deployment. Its annotation tells how large that
    /// was before.
    fn fraction(&self, rs: &Object) -> i64 {
        let (wanted, current) = (replicas(self.deployment), replicas(rs));
        if wanted == 0 {
            return -current;
        }
        let annotated =
            rs.annotation(MAX_REPLICAS).and_then(|text| text.parse::<i32>().ok()).map_or(0, i64::from);
        let before = match annotated {
            0 => self.deployment.int_at("status/replicas").unwrap_or(0),
            n => n,
        };
        if before == 0 {
            return 0;
        }
        let after = wanted + max_surge(self.deployment);
        (current as f64 * after as f64 / before as f64).round() as i64 - current
    }
}

fn age(rs: &Object) -> (Option<Time>, &str) {
    (rs.created(), rs.name())
}

/// Whether the new ReplicaSet has everything the Deployment wants, and knew so when it was scaled.
fn is_saturated(new: &Object, wanted: i64) -> bool {
    let desired = new.annotation(DESIRED_REPLICAS).and_then(|text| text.parse::<i32>().ok()).map(i64::from);
    replicas(new) == wanted && desired == Some(wanted) && available(new) == wanted
}
