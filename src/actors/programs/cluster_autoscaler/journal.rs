//! What a loop has to say: log lines and events, in the order in which they happen.

use crate::machinery::Object;

/// The letter a log line begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// `I`
    Info,
    /// `W`
    Warning,
    /// `E`
    Error,
}

impl Severity {
    /// The letter.
    pub fn letter(self) -> char {
        match self {
            Severity::Info => 'I',
            Severity::Warning => 'W',
            Severity::Error => 'E',
        }
    }
}

/// What an event is about.
#[derive(Clone, PartialEq, Debug)]
pub enum Subject {
    /// The status ConfigMap: what concerns the cluster.
    Status,
    /// The priority expander's ConfigMap.
    Priorities,
    /// A pod or a node.
    Object(Object),
}

/// An event.
#[derive(Clone, PartialEq, Debug)]
pub struct EventNote {
    /// What it is about.
    pub subject: Subject,
    /// `Warning` rather than `Normal`.
    pub warning: bool,
    /// Its reason.
    pub reason: &'static str,
    /// Its text.
    pub message: String,
}

/// One thing said.
#[derive(Clone, PartialEq, Debug)]
pub enum Entry {
    /// A log line: severity, `file.go:line`, text.
    Line(Severity, &'static str, String),
    /// An event.
    Event(EventNote),
}

/// Collects what is said. Info lines above the verbosity are not kept.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    verbosity: i64,
    entries: Vec<Entry>,
}

impl Journal {
    /// A journal for `--v`.
    pub fn new(verbosity: i64) -> Journal {
        Journal { verbosity, entries: Vec::new() }
    }

    /// Whether lines of a level are kept.
    pub fn keeps(&self, level: i64) -> bool {
        level <= self.verbosity
    }

    /// An info line of a level.
    pub fn info(&mut self, level: i64, site: &'static str, text: impl Into<String>) {
        if self.keeps(level) {
            self.entries.push(Entry::Line(Severity::Info, site, text.into()));
        }
    }

    /// A warning.
    pub fn warn(&mut self, site: &'static str, text: impl Into<String>) {
        self.entries.push(Entry::Line(Severity::Warning, site, text.into()));
    }

    /// An error.
    pub fn error(&mut self, site: &'static str, text: impl Into<String>) {
        self.entries.push(Entry::Line(Severity::Error, site, text.into()));
    }

    /// An event.
    pub fn event(
        &mut self,
        subject: Subject,
        warning: bool,
        reason: &'static str,
        message: impl Into<String>,
    ) {
        self.entries.push(Entry::Event(EventNote { subject, warning, reason, message: message.into() }));
    }

    /// An event of type Normal about the cluster.
    pub fn note(&mut self, reason: &'static str, message: impl Into<String>) {
        self.event(Subject::Status, false, reason, message);
    }

    /// Takes what was said so far.
    pub fn take(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }
}

/// Lines of one kind about many things: the first few, then how many more there were.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    left: usize,
    over: usize,
}

impl Quota {
    /// Twenty lines, as `klogx` allows by default.
    pub fn usual() -> Quota {
        Quota { left: 20, over: 0 }
    }

    /// Whether one more line may be written.
    pub fn take(&mut self) -> bool {
        if self.left > 0 {
            self.left -= 1;
            return true;
        }
        self.over += 1;
        false
    }

    /// How many were not written.
    pub fn over(&self) -> usize {
        self.over
    }
}
