//! A running container as its program sees it.

use super::environment::Variables;
use crate::actors::{load, node};
use crate::api::Server;
use crate::machinery::{Object, Time, Value};
use crate::store::Remembered;
use std::rc::Rc;

/// Whose memories programs keep.
pub(super) const MEMORY: &str = "program";

/// A container of a pod with its place in time.
#[derive(Clone, Copy)]
pub struct Process<'a> {
    /// The API server, for programs that talk to it or to services.
    pub api: &'a Server,
    /// The pod.
    pub pod: &'a Object,
    /// The container's entry in the pod's spec.
    pub container: &'a Value,
    /// When the process started.
    pub started: Time,
    /// How often the container was restarted before.
    pub restarts: i64,
}

impl<'a> Process<'a> {
    /// The instant on the cluster's clock.
    pub fn now(&self) -> Time {
        self.api.now()
    }

    /// The container's name.
    pub fn name(&self) -> &'a str {
        self.container.str_at("name")
    }

    /// The image as the spec names it.
    pub fn image(&self) -> &'a str {
        self.container.str_at("image")
    }

    /// `command` and `args` with `$(VAR)` expanded; empty when the image's own entry point runs.
    pub fn argv(&self) -> Vec<String> {
        let words = self.container.items_at("command").iter().chain(self.container.items_at("args"));
        let words: Vec<&str> = words.filter_map(Value::as_str).collect();
        if !words.iter().any(|w| w.contains("$(")) {
            return words.into_iter().map(str::to_string).collect();
        }
        let variables = self.variables();
        words.into_iter().map(|word| expand(word, |name| variables.get(name))).collect()
    }

    /// The value of a flag of the command line: `--name=value`, `--name value`, `-name=value`; empty for a bare flag.
    /// Of a flag given twice the last one counts.
    pub fn flag(&self, name: &str) -> Option<String> {
        let argv = self.argv();
        for (i, word) in argv.iter().enumerate().rev() {
            let Some(rest) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else { continue };
            if let Some(value) = rest.strip_prefix(name).and_then(|r| r.strip_prefix('=')) {
                return Some(value.to_string());
            }
            if rest == name {
                return Some(
                    argv.get(i + 1).filter(|next| !next.starts_with('-')).cloned().unwrap_or_default(),
                );
            }
        }
        None
    }

    /// The environment: services, `envFrom`, then `env` with references to fields, ConfigMaps and Secrets resolved.
    pub(super) fn variables(&self) -> Variables<'a> {
        Variables::of(self.api, self.pod, self.container)
    }

    /// Writes to the container's log; every line of the text gets the time of now.
    pub fn log(&self, text: &str) {
        self.api.store().log(self.pod.uid(), &log_name(self.name(), self.restarts), text);
    }

    /// What the program remembers of this run; null at its start.
    pub fn memory(&self) -> Value {
        self.api.store().memory(MEMORY, &self.memory_key())
    }

    /// Replaces what the program remembers; null forgets it.
    pub fn remember(&self, memory: impl Into<Value>) {
        self.api.store().remember(MEMORY, &self.memory_key(), memory.into());
    }

    /// As [`Process::memory`], in the shape the program gave it.
    pub fn recall<T: Remembered>(&self) -> Option<Rc<T>> {
        self.api.store().recall(MEMORY, &self.memory_key())
    }

    /// As [`Process::remember`], for what has a shape of its own.
    pub fn keep<T: Remembered>(&self, memory: T) {
        self.api.store().keep(MEMORY, &self.memory_key(), memory);
    }

    /// Tells the kubelet that answers to probes or the program's next act may have changed.
    pub fn nudge(&self) {
        node::nudge(self.api, self.pod);
    }

    /// Tells that what the program uses has changed.
    pub fn uses_differently(&self) {
        load::look_again(self.api, self.pod);
    }

    fn memory_key(&self) -> String {
        format!("{}/{}", self.pod.uid(), self.name())
    }
}

/// Forgets what the program of a container remembered: its pod has gone.
pub(crate) fn forget(api: &Server, pod: &Object, container: &str) {
    api.store().remember(MEMORY, &format!("{}/{container}", pod.uid()), Value::Null);
}

/// Under which name the log of one run of a container is kept: the current run is the one of the status'
/// `restartCount`, the previous one (`kubectl logs -p`) the one before.
pub fn log_name(container: &str, restarts: i64) -> String {
    format!("{container}/{restarts}")
}

/// Replaces `$(VAR)` by the variable, as the kubelet does: `$$(VAR)` is a literal `$(VAR)`, unknown variables stay.
pub(super) fn expand(word: &str, find: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = word;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|r| r.split_once(')')) {
            match find(name) {
                Some(value) => out.push_str(&value),
                None => out.push_str(&format!("$({name})")),
            }
            rest = after;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn expands_references_as_the_kubelet_does() {
        let env = BTreeMap::from([("A".to_string(), "1".to_string())]);
        assert_eq!(expand("x$(A)y $(B) $$(A) $ $A", |name| env.get(name).cloned()), "x1y $(B) $(A) $ $A");
    }
}
