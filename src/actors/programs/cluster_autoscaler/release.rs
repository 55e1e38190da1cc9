//! Which release runs, and what differs between releases.

use crate::machinery::KubeVersion;

/// A release of Cluster Autoscaler; its minor version is that of the Kubernetes it embeds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Release {
    /// `30` of 1.30.4.
    pub minor: u32,
    /// `4` of 1.30.4.
    pub patch: u32,
}

impl Default for Release {
    fn default() -> Release {
        Release { minor: 30, patch: 4 }
    }
}

impl Release {
    /// Reads an image's tag: `v1.30.4`, `1.29.1-amd64`. A tag that tells no version is the release that the texts of
    /// this product follow, 1.30.4.
    pub fn of_tag(tag: &str) -> Release {
        let numbers: Vec<u32> = tag
            .trim_start_matches('v')
            .split(|c: char| !c.is_ascii_digit())
            .map_while(|part| part.parse().ok())
            .take(3)
            .collect();
        match numbers[..] {
            [1, minor] => Release { minor, patch: 0 },
            [1, minor, patch] => Release { minor, patch },
            _ => Release::default(),
        }
    }

    /// `1.30.4`.
    pub fn text(self) -> String {
        format!("1.{}.{}", self.minor, self.patch)
    }

    /// The scheduler whose filters are compiled in.
    pub fn scheduler(self) -> KubeVersion {
        KubeVersion::new(self.minor)
    }

    /// The estimator packs whole groups of pods; before, it went pod by pod (1.29.1 and older).
    pub fn packs_by_group(self) -> bool {
        self >= Release { minor: 29, patch: 2 }
    }

    /// The estimator stops at the room of the group and at `--max-nodes-total`; before 1.28 only the plan did.
    pub fn estimate_knows_group_capacity(self) -> bool {
        self.minor >= 28
    }

    /// Several nodes are drained side by side by default, and the planner has no pool of candidates (1.28).
    pub fn drains_in_parallel(self) -> bool {
        self.minor >= 28
    }

    /// Log lines name pods with their namespace, and backoff with its cause.
    pub fn logs_in_detail(self) -> bool {
        self.minor >= 28
    }

    /// The status ConfigMap is YAML.
    pub fn writes_yaml_status(self) -> bool {
        self.minor >= 30
    }

    /// Unneeded nodes are looked at with `Considering node N for standard scale down`.
    pub fn considers_standard_scale_down(self) -> bool {
        self.minor >= 30
    }

    /// There is an expander that takes the fewest nodes.
    pub fn has_least_nodes(self) -> bool {
        self.minor >= 30
    }

    /// What `--expander` is when it is not given.
    pub fn default_expander(self) -> &'static str {
        if self.minor >= 33 { "least-waste" } else { "random" }
    }

    /// Pods are weighed with their init containers and overhead in estimates and in least-waste.
    pub fn weighs_effective_requests(self) -> bool {
        self.minor >= 37
    }

    /// Log lines about nodes that stay begin with a capital letter.
    pub fn capitalizes_nodes(self) -> bool {
        self.minor >= 33
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_from_tags() {
        assert_eq!(Release::of_tag("v1.26.2"), Release { minor: 26, patch: 2 });
        assert_eq!(Release::of_tag("1.29.1-amd64").text(), "1.29.1");
        assert_eq!(Release::of_tag("latest"), Release::default());
        assert_eq!(Release::of_tag("v1.31").text(), "1.31.0");
    }
}
