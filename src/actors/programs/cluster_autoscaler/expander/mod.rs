//! Which of several groups grows: a chain of filters over the options.

mod least_waste;
mod priority;

pub use priority::Priorities;

use super::journal::Journal;
use super::pod::Pod;
use super::release::Release;
use super::template::Template;
use std::sync::Arc;

/// A group that could grow, and what for.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The group's name.
    pub group: Arc<str>,
    /// How many nodes it would get.
    pub nodes: i64,
    /// The pods they would take.
    pub pods: Vec<Arc<Pod>>,
    /// What its nodes look like.
    pub template: Arc<Template>,
}

/// One filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expander {
    /// Any.
    Random,
    /// The most pods.
    MostPods,
    /// The fewest nodes.
    LeastNodes,
    /// The least idle cpu and memory.
    LeastWaste,
    /// The cheapest; needs a provider that knows prices.
    Price,
    /// By patterns in a ConfigMap.
    Priority,
    /// What a server says. Nothing answers here, so that nothing is filtered.
    Grpc,
}

impl Expander {
    const ALL: [Expander; 7] = [
        Expander::Random,
        Expander::MostPods,
        Expander::LeastNodes,
        Expander::LeastWaste,
        Expander::Price,
        Expander::Priority,
        Expander::Grpc,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Expander::Random => "random",
            Expander::MostPods => "most-pods",
            Expander::LeastNodes => "least-nodes",
            Expander::LeastWaste => "least-waste",
            Expander::Price => "price",
            Expander::Priority => "priority",
            Expander::Grpc => "grpc",
        }
    }

    fn from_name(name: &str, release: Release) -> Option<Expander> {
        let known =
            |e: &Expander| e.name() == name && (*e != Expander::LeastNodes || release.has_least_nodes());
        Expander::ALL.into_iter().find(known)
    }
}

/// Reads `--expander`. The error is what the program ends with.
pub fn parse_chain(text: &str, release: Release) -> Result<Vec<Expander>, String> {
    let mut chain: Vec<Expander> = Vec::new();
    for name in text.split(',') {
        let expander = Expander::from_name(name, release);
        if let Some(expander) = expander.filter(|e| chain.contains(e)) {
            return Err(format!(
                "Expander {} was specified multiple times, each expander must not be specified more than once",
                expander.name()
            ));
        }
        if let Some(last) = chain.last().filter(|e| **e == Expander::Random) {
            return Err(format!(
                "Expander {name} came after an expander {} that will always return only one result, this is not allowed since {name} will never be used",
                last.name()
            ));
        }
        match expander {
            None => return Err(format!("Expander {name} not supported")),
            Some(Expander::Price) => {
                return Err(
                    "Couldn't access cloud provider pricing for price expander: Not implemented".to_string()
                );
            }
            Some(expander) => chain.push(expander),
        }
    }
    Ok(chain)
}

/// The options that one filter leaves, in their order.
pub fn filter(
    expander: Expander,
    options: Vec<Proposal>,
    priorities: &Priorities,
    release: Release,
    journal: &mut Journal,
) -> Vec<Proposal> {
    match expander {
        Expander::Random | Expander::Grpc | Expander::Price => options,
        Expander::MostPods => best_by(options, |o| -(o.pods.len() as i64)),
        Expander::LeastNodes => {
            let counted = options.into_iter().filter(|o| o.nodes > 0).collect();
            best_by(counted, |o| o.nodes)
        }
        Expander::LeastWaste => least_waste::filter(options, release, journal),
        Expander::Priority => priority::filter(options, priorities, journal),
    }
}

fn best_by(options: Vec<Proposal>, cost: impl Fn(&Proposal) -> i64) -> Vec<Proposal> {
    let least = options.iter().map(&cost).min();
    options.into_iter().filter(|o| Some(cost(o)) == least).collect()
}

/// Runs the chain until one option is left; among equals `pick` chooses (the real one leaves it to chance).
pub fn choose(
    chain: &[Expander],
    mut options: Vec<Proposal>,
    priorities: &Priorities,
    release: Release,
    journal: &mut Journal,
    pick: &mut dyn FnMut(&[Proposal]) -> usize,
) -> Option<Proposal> {
    for expander in chain {
        options = filter(*expander, options, priorities, release, journal);
        if options.len() <= 1 {
            break;
        }
    }
    let chosen = if options.len() > 1 { pick(&options) % options.len() } else { 0 };
    (!options.is_empty()).then(|| options.swap_remove(chosen))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_checked() {
        let parse = |text: &str| parse_chain(text, Release::default());
        assert_eq!(parse("priority,least-waste").unwrap(), [Expander::Priority, Expander::LeastWaste]);
        assert_eq!(parse("cheapest").unwrap_err(), "Expander cheapest not supported");
        assert!(
            parse("random,most-pods")
                .unwrap_err()
                .starts_with("Expander most-pods came after an expander random")
        );
        assert!(parse("most-pods,most-pods").unwrap_err().contains("multiple times"));
        assert!(parse_chain("least-nodes", Release { minor: 29, patch: 1 }).is_err());
    }
}
