//! `kubectl top`: usage as the metrics API reports it. Every cell ends in a TAB here, the last of a line too, so lines
//! end in blanks.

use super::tabwriter::{TABLE, align};
use crate::machinery::{KubeVersion, Object, Quantity, Value, go_sort};
use std::collections::BTreeMap;

/// What the command line asks of `top`.
#[derive(Clone, Debug, Default)]
pub struct TopOptions {
    /// `--no-headers`.
    pub no_headers: bool,
    /// `-A`.
    pub all_namespaces: bool,
    /// `--containers`.
    pub containers: bool,
    /// `--sum`.
    pub sum: bool,
    /// `--show-capacity`: percentages of the capacity, not of what is allocatable.
    pub show_capacity: bool,
    /// `--sort-by`; by name otherwise.
    pub sort_by: Option<TopResource>,
}

/// A resource `top` can sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopResource {
    /// `cpu`.
    Cpu,
    /// `memory`.
    Memory,
}

/// Usage of a node, a pod or a container. Kept exact: sums are rounded last.
#[derive(Clone, Debug, Default)]
struct Usage {
    cpu: Quantity,
    memory: Quantity,
}

impl Usage {
    fn read(resources: &Value) -> Usage {
        Usage { cpu: Quantity::of(resources.at("cpu")), memory: Quantity::of(resources.at("memory")) }
    }

    fn add(&mut self, other: &Usage) {
        self.cpu += &other.cpu;
        self.memory += &other.memory;
    }

    /// A pod uses what its containers use together.
    fn of_pod(pod: &Object) -> Usage {
        let mut sum = Usage::default();
        for container in pod.items_at("containers") {
            sum.add(&Usage::read(container.at("usage")));
        }
        sum
    }

    /// In millicores or bytes.
    fn of(&self, by: TopResource) -> i64 {
        match by {
            TopResource::Cpu => self.cpu.milli_value(),
            TopResource::Memory => self.memory.value(),
        }
    }

    fn cells(&self) -> [String; 2] {
        [
            format!("{}m", self.of(TopResource::Cpu)),
            format!("{}Mi", self.of(TopResource::Memory) / (1024 * 1024)),
        ]
    }

    fn percent(&self, by: TopResource, available: &Usage) -> String {
        format!("{}%", (self.of(by) as f64 / available.of(by) as f64 * 100.0) as i64)
    }
}

/// Most of the resource first, or by key.
fn sort<T>(
    items: &mut [T],
    by: Option<TopResource>,
    client: KubeVersion,
    usage: impl Fn(&T) -> &Usage,
    key: impl Fn(&T) -> String,
) {
    match by {
        Some(by) => go_sort(items, client, |a, b| usage(a).of(by) > usage(b).of(by)),
        None => items.sort_by_key(key),
    }
}

fn lines(rows: Vec<Vec<String>>) -> String {
    let text: String = rows.into_iter().map(|cells| cells.join("\t") + "\t\n").collect();
    align(TABLE, &text)
}

/// `top node`: `metrics` are NodeMetrics; nodes without any come last, as unknown.
pub fn nodes(metrics: &[Object], nodes: &[Object], options: &TopOptions, client: KubeVersion) -> String {
    let mut metrics: Vec<(&str, Usage)> =
        metrics.iter().map(|m| (m.name(), Usage::read(m.at("usage")))).collect();
    if metrics.is_empty() {
        return String::new();
    }
    sort(&mut metrics, options.sort_by, client, |m| &m.1, |m| m.0.to_string());
    let available = if options.show_capacity { "status/capacity" } else { "status/allocatable" };
    let mut available: BTreeMap<&str, Usage> =
        nodes.iter().map(|n| (n.name(), Usage::read(n.at(available)))).collect();
    let mut rows = Vec::new();
    if !options.no_headers {
        let header = if client.top_brackets_percent() {
            ["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"]
        } else {
            ["NAME", "CPU(cores)", "CPU%", "MEMORY(bytes)", "MEMORY%"]
        };
        rows.push(header.map(String::from).to_vec());
    }
    for (name, usage) in metrics {
        let of = available.remove(name);
        let percent = |by| of.as_ref().map_or_else(String::new, |of| usage.percent(by, of));
        let [cpu, memory] = usage.cells();
        let [of_cpu, of_memory] = [TopResource::Cpu, TopResource::Memory].map(percent);
        rows.push(vec![name.to_string(), cpu, of_cpu, memory, of_memory]);
    }
    for name in available.keys() {
        let mut row = vec![name.to_string()];
        row.resize(5, "<unknown>".to_string());
        rows.push(row);
    }
    lines(rows)
}

/// `top pod`: `metrics` are PodMetrics.
pub fn pods(metrics: &[Object], options: &TopOptions, client: KubeVersion) -> String {
    if metrics.is_empty() {
        return String::new();
    }
    let mut pods: Vec<(&Object, Usage)> = metrics.iter().map(|m| (m, Usage::of_pod(m))).collect();
    let key = |m: &(&Object, Usage)| match options.all_namespaces {
        true => format!("{}\0{}", m.0.namespace(), m.0.name()),
        false => m.0.name().to_string(),
    };
    sort(&mut pods, options.sort_by, client, |m| &m.1, key);
    let mut names = Vec::new();
    if options.all_namespaces {
        names.push("NAMESPACE");
    }
    names.extend(if options.containers { &["POD", "NAME"][..] } else { &["NAME"] });
    let mut rows = Vec::new();
    if !options.no_headers {
        rows.push(row(names.iter().copied(), ["CPU(cores)".into(), "MEMORY(bytes)".into()]));
    }
    let mut total = Usage::default();
    for (pod, usage) in pods {
        total.add(&usage);
        let namespace = options.all_namespaces.then(|| pod.namespace());
        let name = namespace.into_iter().chain([pod.name()]);
        if options.containers {
            for (container, usage) in containers(pod, options.sort_by, client) {
                rows.push(row(name.clone().chain([container]), usage.cells()));
            }
        } else {
            rows.push(row(name, usage.cells()));
        }
    }
    if options.sum {
        let empty = || names.iter().map(|_| "");
        rows.push(row(empty(), ["________".into(), "________".into()]));
        rows.push(row(empty(), total.cells()));
    }
    lines(rows)
}

fn row<'a>(names: impl Iterator<Item = &'a str>, usage: [String; 2]) -> Vec<String> {
    names.map(String::from).chain(usage).collect()
}

fn containers(pod: &Object, by: Option<TopResource>, client: KubeVersion) -> Vec<(&str, Usage)> {
    let mut containers: Vec<(&str, Usage)> =
        pod.items_at("containers").iter().map(|c| (c.str_at("name"), Usage::read(c.at("usage")))).collect();
    sort(&mut containers, by, client, |c| &c.1, |c| c.0.to_string());
    containers
}
