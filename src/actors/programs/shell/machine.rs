//! Runs the steps of a script. A machine lives as long as nothing sleeps; what goes on afterwards it keeps in the
//! process's memory.

use super::files::Files;
use super::parse::{Redirection, Simple, Step, compile, is_name, piece};
use super::tools::{self, Done, Verdict};
use crate::actors::programs::{Process, environment};

use crate::machinery::{Duration, Map, Value};

/// Steps between two sleeps, after which a script is taken for one that computes for ever.
const STEPS: usize = 2_000;
/// Sleeps of a script that is run to its end, after which it counts as one that never ends.
const SLEEPS: usize = 2_000;
/// Substitutions within substitutions.
const DEPTH: usize = 8;

/// How a run of steps came to an end.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Pause {
    /// It sleeps.
    Sleep(Duration),
    /// It runs on without ever stopping.
    Forever,
    /// It ended.
    Exit(i32),
}

/// A shell at work.
pub(super) struct Machine<'p, 'a> {
    pub process: &'p Process<'a>,
    pub files: Files<'p, 'a>,
    /// Shell variables over the environment, but for what tells of services: that may be much and is seldom asked for.
    pub variables: Map,
    /// Exit status of the last command.
    pub status: i32,
    /// What was written and not yet taken, standard output and standard error.
    pub out: String,
    pub err: String,
    /// Both, in the order they were written: what a log holds.
    pub log: String,
    pub name: String,
    /// Whether a request was answered.
    pub answered: std::cell::Cell<bool>,
    at: usize,
    /// What the command that sleeps writes when it wakes.
    afterwards: String,
    walks: Map,
    depth: usize,
}

impl<'p, 'a> Machine<'p, 'a> {
    /// A shell that goes on as it left off, with nothing in the memory a new one; `name` is what it calls itself in errors.
    pub(super) fn new(process: &'p Process<'a>, name: &str, memory: &Value) -> Machine<'p, 'a> {
        let mut machine = Machine {
            process,
            files: Files::of(process),
            variables: Map::new(),
            status: 0,
            out: String::new(),
            err: String::new(),
            log: String::new(),
            name: name.to_string(),
            answered: std::cell::Cell::new(false),
            at: 0,
            afterwards: String::new(),
            walks: Map::new(),
            depth: 0,
        };
        if let Some(at) = memory.int_at("at") {
            machine.at = usize::try_from(at).unwrap_or(0);
            machine.status = memory.int_at("status").unwrap_or(0) as i32;
            machine.variables = memory.map_at("variables").clone();
            machine.walks = memory.map_at("walks").clone();
            machine.afterwards = memory.str_at("afterwards").to_string();
        } else {
            let env = environment::given(process.api, process.pod, process.container);
            machine.variables = env.unwrap_or_default().into_iter().collect();
        }
        machine
    }

    /// All variables: those that tell of services, and the shell's own over them.
    pub(super) fn all_variables(&self) -> Map {
        let (process, own) = (self.process, &self.variables);
        let mut all: Map =
            environment::services(process.api, process.pod, process.container).into_iter().collect();
        for (name, value) in own.iter() {
            all.insert(name, value.clone());
        }
        all
    }

    /// What the next machine needs to go on.
    pub(super) fn save(&self, memory: &mut Value) {
        let at = i64::try_from(self.at).unwrap_or(0);
        memory.set("at", at);
        memory.set("status", i64::from(self.status));
        memory.set("variables", self.variables.clone());
        memory.set("walks", self.walks.clone());
        memory.set("afterwards", self.afterwards.as_str());
    }

    /// Runs steps until something sleeps or all is done.
    pub(super) fn run(&mut self, steps: &[Step]) -> Pause {
        let late = std::mem::take(&mut self.afterwards);
        self.write_out(&late);
        for _ in 0..STEPS {
            let Some(step) = steps.get(self.at) else { return Pause::Exit(self.status) };
            self.at += 1;
            match step {
                Step::Jump(to) => self.at = *to,
                Step::JumpIfFailed(to) if self.status != 0 => self.at = *to,
                Step::JumpIfOk(to) if self.status == 0 => self.at = *to,
                Step::JumpIfFailed(_) | Step::JumpIfOk(_) => {}
                Step::Succeed => self.status = 0,
                Step::Not => self.status = i32::from(self.status == 0),
                Step::ForBegin(walk, words) => {
                    let words: Vec<String> = words.iter().flat_map(|w| self.expand(w)).collect();
                    self.walks.insert(&walk.to_string(), words);
                }
                Step::ForNext(walk, variable, end) => {
                    let mut words: Vec<Value> =
                        self.walks.get(&walk.to_string()).map(|w| w.items().to_vec()).unwrap_or_default();
                    if words.is_empty() {
                        self.at = *end;
                    } else {
                        let word = words.remove(0);
                        self.walks.insert(&walk.to_string(), words);
                        self.variables.insert(variable, word);
                    }
                }
                Step::Run(commands) => match self.pipeline(commands) {
                    Verdict::Done => {}
                    Verdict::Sleep(d) => return Pause::Sleep(d),
                    Verdict::Forever => return Pause::Forever,
                    Verdict::Exit => return Pause::Exit(self.status),
                },
            }
        }
        Pause::Forever
    }

    fn pipeline(&mut self, commands: &[Simple]) -> Verdict {
        let mut input = String::new();
        let mut verdict = Verdict::Done;
        for (i, command) in commands.iter().enumerate() {
            let last = i + 1 == commands.len();
            let done = self.simple(command, &input);
            self.status = done.code;
            if !matches!(done.verdict, Verdict::Done) && (last || verdict == Verdict::Done) {
                verdict = done.verdict;
            }
            self.write_err(&done.stderr);
            if last {
                self.afterwards = done.afterwards;
                self.write_out(&done.stdout);
            } else {
                input = done.stdout;
            }
        }
        verdict
    }

    fn write_out(&mut self, text: &str) {
        self.out.push_str(text);
        self.log.push_str(text);
    }

    fn write_err(&mut self, text: &str) {
        self.err.push_str(text);
        self.log.push_str(text);
    }

    fn simple(&mut self, command: &Simple, input: &str) -> Done {
        let assignments: Vec<(String, String)> =
            command.assignments.iter().map(|(name, word)| (name.clone(), self.expand_one(word))).collect();
        let words: Vec<String> = command.words.iter().flat_map(|w| self.expand(w)).collect();
        for (name, value) in assignments {
            self.variables.insert(&name, value);
        }
        let mut input = input.to_string();
        for redirection in command.redirections.iter().filter(|r| r.from == 0) {
            let path = self.expand_one(&redirection.target);
            match self.files.read(&path) {
                Some(text) => input = text,
                None => return Done::failed(1, format!("{}: can't open {path}: no such file\n", self.name)),
            }
        }
        let mut done = match words.split_first() {
            None => Done::default(),
            Some(_) => tools::run(self, &words, &input),
        };
        for redirection in &command.redirections {
            self.redirect(redirection, &mut done);
        }
        done
    }

    fn redirect(&mut self, redirection: &Redirection, done: &mut Done) {
        match (redirection.from, redirection.target.as_str()) {
            (2, "&1") => {
                let text = std::mem::take(&mut done.stderr);
                done.stdout.push_str(&text);
            }
            (1, "&2") => {
                let text = std::mem::take(&mut done.stdout);
                done.stderr.push_str(&text);
            }
            (from @ (1 | 2), target) => {
                let path = self.expand_one(target);
                if from == 1 {
                    done.afterwards.clear();
                }
                let text = std::mem::take(if from == 1 { &mut done.stdout } else { &mut done.stderr });
                match path.as_str() {
                    "/dev/null" => {}
                    "/dev/stdout" | "/proc/1/fd/1" => done.stdout.push_str(&text),
                    "/dev/stderr" | "/proc/1/fd/2" => done.stderr.push_str(&text),
                    path if self.files.is_read_only(path) => {
                        let text = format!("{}: can't create {path}: Read-only file system\n", self.name);
                        *done = Done::failed(1, text);
                    }
                    path => drop(self.files.write(path, &text, redirection.append)),
                }
            }
            _ => {}
        }
    }

    /// A word as one text.
    pub(super) fn expand_one(&mut self, word: &str) -> String {
        self.expand(word).join(" ")
    }

    /// A word after expansion; what a variable or a substitution gave unquoted is split at blanks.
    fn expand(&mut self, word: &str) -> Vec<String> {
        let mut fields: Vec<String> = Vec::new();
        let mut current: Option<String> = None;
        let mut rest = word;
        while !rest.is_empty() {
            let length = piece(rest).max(1);
            let part = &rest[..length];
            rest = &rest[length..];
            match part.as_bytes()[0] {
                b'\'' => current.get_or_insert_default().push_str(part.trim_matches('\'')),
                b'"' => {
                    let inner = part.strip_prefix('"').and_then(|p| p.strip_suffix('"')).unwrap_or("");
                    let text = self.quoted(inner);
                    current.get_or_insert_default().push_str(&text);
                }
                b'\\' => current.get_or_insert_default().push_str(&part[1..]),
                b'$' | b'`' => {
                    let (text, used) = self.substitute(part, rest);
                    rest = &rest[used..];
                    let blank = |c: char| matches!(c, ' ' | '\t' | '\n');
                    for (i, field) in text.split(blank).enumerate() {
                        if i > 0
                            && let Some(done) = current.take()
                        {
                            fields.push(done);
                        }
                        if !field.is_empty() {
                            current.get_or_insert_default().push_str(field);
                        }
                    }
                }
                _ => current.get_or_insert_default().push_str(part),
            }
        }
        fields.extend(current);
        fields
    }

    fn quoted(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            match c {
                '$' | '`' => {
                    let length = piece(rest).max(1);
                    let (value, used) = self.substitute(&rest[..length], &rest[length..]);
                    out.push_str(&value);
                    rest = &rest[length + used..];
                }
                '\\' => {
                    let next = rest[1..].chars().next();
                    match next {
                        Some(escaped @ ('$' | '`' | '"' | '\\')) => out.push(escaped),
                        Some('\n') => {}
                        Some(other) => out.extend(['\\', other]),
                        None => out.push('\\'),
                    }
                    rest = &rest[1 + next.map_or(0, char::len_utf8)..];
                }
                c => {
                    out.push(c);
                    rest = &rest[c.len_utf8()..];
                }
            }
        }
        out
    }

    /// What stands for `$NAME`, `${NAME:-word}`, `$(command)` or `$((sum))`, and how much of the text behind `$` it took.
    fn substitute(&mut self, part: &str, rest: &str) -> (String, usize) {
        if let Some(sum) = part.strip_prefix("$((").and_then(|p| p.strip_suffix("))")) {
            let text = self.quoted(sum);
            return (super::arithmetic::evaluate(&text, &self.variables).to_string(), 0);
        }
        let command = part.strip_prefix("$(").and_then(|p| p.strip_suffix(')'));
        if let Some(command) = command.or_else(|| part.strip_prefix('`').and_then(|p| p.strip_suffix('`'))) {
            return (self.output_of(command), 0);
        }
        if let Some(inner) = part.strip_prefix("${").and_then(|p| p.strip_suffix('}')) {
            let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
            let (name, operation) = inner.split_at(end);
            let value = self.variable(name);
            let text = match operation.strip_prefix(":-").or_else(|| operation.strip_prefix('-')) {
                Some(default) if value.is_empty() => self.quoted(default),
                _ => value,
            };
            return (text, 0);
        }
        if rest.starts_with(['?', '#', '$', '@', '*', '!']) {
            let text = match rest.as_bytes()[0] {
                b'?' => self.status.to_string(),
                b'$' => "1".to_string(),
                b'#' => "0".to_string(),
                _ => String::new(),
            };
            return (text, 1);
        }
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = &rest[..end];
        if !is_name(name) {
            return ("$".to_string(), 0);
        }
        (self.variable(name), end)
    }

    /// The text of a variable, where there is one.
    pub(super) fn find(&self, name: &str) -> Option<String> {
        let known = self.variables.get(name).map(tools::text_of);
        known.or_else(|| self.process.variables().of_services(name))
    }

    fn variable(&self, name: &str) -> String {
        self.find(name).unwrap_or_default()
    }

    /// Runs a command for its output.
    fn output_of(&mut self, command: &str) -> String {
        if self.depth >= DEPTH {
            return String::new();
        }
        let Some(steps) = compile(command) else { return String::new() };
        let saved =
            (std::mem::take(&mut self.out), std::mem::take(&mut self.log), self.at, self.walks.clone());
        self.at = 0;
        self.depth += 1;
        // What sleeps inside a substitution takes no time.
        for _ in 0..SLEEPS {
            if !matches!(self.run(&steps), Pause::Sleep(_)) {
                break;
            }
        }
        self.depth -= 1;
        let output = std::mem::replace(&mut self.out, saved.0);
        (self.log, self.at, self.walks) = (saved.1, saved.2, saved.3);
        output.trim_end_matches('\n').to_string()
    }

    /// Runs a text as a script of its own, for `sh -c` inside a script.
    pub(super) fn run_text(&mut self, text: &str) -> Done {
        let Some(steps) = compile(text) else {
            return Done::failed(2, format!("{}: syntax error\n", self.name));
        };
        let saved = (
            std::mem::take(&mut self.out),
            std::mem::take(&mut self.err),
            std::mem::take(&mut self.log),
            self.at,
        );
        self.at = 0;
        let mut slept = Duration::ZERO;
        let mut pause = self.run(&steps);
        let mut sleeps = 0;
        while let Pause::Sleep(d) = pause {
            slept += d;
            sleeps += 1;
            pause = if sleeps < SLEEPS { self.run(&steps) } else { Pause::Forever };
        }
        let stdout = std::mem::replace(&mut self.out, saved.0);
        let stderr = std::mem::replace(&mut self.err, saved.1);
        (self.log, self.at) = (saved.2, saved.3);
        let (code, verdict) = match pause {
            Pause::Exit(code) if slept == Duration::ZERO => (code, Verdict::Done),
            Pause::Exit(code) => (code, Verdict::Sleep(slept)),
            _ => (0, Verdict::Forever),
        };
        Done { stdout, stderr, code, verdict, ..Done::default() }
    }
}
