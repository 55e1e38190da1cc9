//! Limits of the whole cluster: nodes, cores, memory, GPUs.

use crate::actors::control_plane::scheduler::Resources;
use crate::actors::programs::cluster_autoscaler::flags::Flags;
use crate::actors::programs::cluster_autoscaler::template::Template;

/// Cores, bytes of memory and GPUs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    /// Whole cores.
    pub cores: i64,
    /// Bytes.
    pub memory: i64,
    /// By resource name.
    pub gpus: Vec<(String, i64)>,
}

impl Totals {
    /// What a machine of a capacity has, of what is limited.
    pub fn of(capacity: &Resources, flags: &Flags) -> Totals {
        Totals {
            cores: capacity.milli_cpu / 1000,
            memory: capacity.memory,
            gpus: flags.gpus.iter().map(|(name, _)| (name.clone(), capacity.get(name))).collect(),
        }
    }

    /// Adds another one a number of times.
    pub fn add(&mut self, other: &Totals, times: i64) {
        self.cores += other.cores * times;
        self.memory = self.memory.saturating_add(other.memory.saturating_mul(times));
        for (name, amount) in &other.gpus {
            match self.gpus.iter_mut().find(|(n, _)| n == name) {
                Some((_, mine)) => *mine += amount * times,
                None => self.gpus.push((name.clone(), amount * times)),
            }
        }
    }

    fn gpu(&self, name: &str) -> i64 {
        self.gpus.iter().find(|(n, _)| n == name).map_or(0, |(_, amount)| *amount)
    }
}

/// What may still be added, by resource.
#[derive(Clone, Debug)]
pub struct Room(Vec<(String, i64)>);

impl Room {
    /// The maxima less what there is.
    pub fn new(flags: &Flags, total: &Totals) -> Room {
        let mut left = vec![
            ("cpu".to_string(), flags.cores.max - total.cores),
            ("memory".to_string(), flags.memory.max.saturating_sub(total.memory)),
        ];
        left.extend(flags.gpus.iter().map(|(name, b)| (name.clone(), b.max - total.gpu(name))));
        Room(left)
    }

    /// The resources of which one more node would be too much.
    pub fn exceeded_by(&self, template: &Template, flags: &Flags) -> Vec<&str> {
        let one = Totals::of(&template.capacity(), flags);
        self.0
            .iter()
            .filter(|(name, left)| amount(&one, name) > *left)
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// How many of a number of nodes fit.
    pub fn fit(&self, template: &Template, flags: &Flags, nodes: i64) -> i64 {
        let one = Totals::of(&template.capacity(), flags);
        let most = |(name, left): &(String, i64)| match amount(&one, name) {
            0 => nodes,
            amount => left / amount,
        };
        self.0.iter().map(most).chain([nodes]).min().unwrap_or(nodes).max(0)
    }
}

fn amount(totals: &Totals, name: &str) -> i64 {
    match name {
        "cpu" => totals.cores,
        "memory" => totals.memory,
        gpu => totals.gpu(gpu),
    }
}
