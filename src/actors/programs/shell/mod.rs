//! Commands in containers: `sh -c` scripts and the usual small tools. Between two sleeps a script runs to the next one in
//! an instant; what it needs to go on it keeps in the process's memory.

mod arithmetic;
mod file_tools;
pub(super) mod files;
mod machine;
mod parse;
mod tools;
pub(crate) mod volumes;
mod web;

use super::http::{Request, Served};
use super::{Next, OnTerm, Output, Process, Program};
use crate::catalog::images::{EntryPoint, Image};
use crate::machinery::{Duration, Value};
use files::Files;
use machine::{Machine, Pause};
use parse::{Simple, Step, compile};

/// A script that sleeps less than this is slowed down to it once it has shown what it does.
const SHORTEST: Duration = Duration::from_secs(1);
/// Turns after which a script has shown what it does.
const TURNS: i64 = 10;

/// A `sh -c` script.
pub(super) struct Script {
    steps: Vec<Step>,
    /// Exit code on SIGTERM, where the script traps it.
    on_term: Option<i32>,
    /// Asks a Service in a loop: after the first turns others reckon with it, nothing needs to be run.
    is_client: bool,
    name: String,
}

impl Script {
    /// Tells a script by its command line.
    pub(super) fn recognize(process: &Process<'_>, image: &Image) -> Option<Box<dyn Program>> {
        let argv = command_line(process, image)?;
        let (name, text) = script_of(process, &argv)?;
        // What is not understood counts as a server: it runs.
        let steps = compile(&text)?;
        Some(Box::new(Script { on_term: trapped(&text), is_client: asks_in_a_loop(&steps), steps, name }))
    }
}

/// The script a command line runs, with the name its shell goes by: what follows `-c`, or a file that names a shell in
/// its first line.
fn script_of(process: &Process<'_>, argv: &[String]) -> Option<(String, String)> {
    let command = argv.first()?;
    let name = command.rsplit('/').next()?;
    if matches!(name, "sh" | "bash" | "ash" | "dash") {
        let at = argv.iter().position(|a| a.starts_with('-') && !a.starts_with("--") && a.contains('c'))?;
        return Some((name.to_string(), argv.get(at + 1)?.clone()));
    }
    let text = mounted_program(process, command).filter(|_| volumes::may_run(process, command))?;
    let shell =
        text.lines().next()?.strip_prefix("#!")?.trim().rsplit(['/', ' ']).find(|w| !w.starts_with('-'))?;
    matches!(shell, "sh" | "bash" | "ash" | "dash").then(|| (command.clone(), text.clone()))
}

/// The text of a program that is not the image's, but lies in a volume or was written.
fn mounted_program(process: &Process<'_>, name: &str) -> Option<String> {
    let is_own = !name.starts_with('/') || tools::is_there(name);
    if is_own { None } else { Files::of(process).read(name) }
}

/// A single command.
pub(super) struct Command {
    steps: Vec<Step>,
    /// Why the runtime cannot run it.
    unstartable: Option<String>,
}

impl Command {
    /// Tells a command by its command line: one of the small tools, or anything in an image that holds nothing else.
    pub(super) fn recognize(process: &Process<'_>, image: &Image) -> Option<Box<dyn Program>> {
        let argv = command_line(process, image)?;
        let known = argv.first().is_some_and(|name| tools::knows(name));
        let bare_shell = argv.len() == 1 && matches!(argv[0].rsplit('/').next(), Some("sh" | "bash" | "ash"));
        if bare_shell {
            return Some(Box::new(Command::nothing()));
        }
        let file = argv.first().and_then(|name| mounted_program(process, name).map(|_| name));
        let unstartable = match argv.first() {
            Some(name) if file.is_some() => (!volumes::may_run(process, name))
                .then(|| format!("exec: {name:?}: permission denied: unknown")),
            Some(name) => (!tools::is_there(name)).then(|| not_found(name)),
            None => None,
        };
        (known || image.small_tools_only || (file.is_some() && unstartable.is_some())).then(|| {
            let words = argv.iter().map(|w| format!("'{}'", w.replace('\'', "'\\''"))).collect();
            let steps = vec![Step::Run(vec![Simple { words, ..Simple::default() }])];
            Box::new(Command { steps, unstartable }) as Box<dyn Program>
        })
    }

    /// A shell without a script: ends at once.
    pub(super) fn nothing() -> Command {
        Command { steps: Vec::new(), unstartable: None }
    }
}

/// The words a container runs, when they are a command and not arguments of the image's own program.
pub(in crate::actors) fn command_line(process: &Process<'_>, image: &Image) -> Option<Vec<String>> {
    let argv = process.argv();
    if let (true, EntryPoint::Tool(tool) | EntryPoint::Wrapper(tool)) = (argv.is_empty(), image.entry_point) {
        return Some(vec![tool.to_string()]);
    }
    if argv.is_empty() {
        return None;
    }
    if !process.container.items_at("command").is_empty() {
        return Some(argv);
    }
    match image.entry_point {
        EntryPoint::Wrapper(_) if tools::knows(&argv[0]) || is_shell(&argv[0]) => Some(argv),
        EntryPoint::Tool(tool) | EntryPoint::Wrapper(tool) => {
            Some([tool.to_string()].into_iter().chain(argv).collect())
        }
        EntryPoint::Shell => Some(argv),
        // An entry point that hands other commands on (docker-entrypoint.sh of nginx and the like).
        _ => is_shell(&argv[0]).then_some(argv),
    }
}

fn is_shell(word: &str) -> bool {
    word.rsplit('/').next().is_some_and(|w| matches!(w, "sh" | "bash"))
}

/// The exit code of `trap "exit N" TERM`.
fn trapped(text: &str) -> Option<i32> {
    let at = text.find("trap ")?;
    let rest = &text[at..];
    let line = rest.lines().next().unwrap_or(rest);
    if !line.contains("TERM") && !line.contains(" 15") {
        return None;
    }
    let code = line.split("exit").nth(1)?.trim_start();
    Some(code.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0))
}

/// Whether a script does nothing but ask, and sleep less than a second, for ever.
fn asks_in_a_loop(steps: &[Step]) -> bool {
    let back =
        steps.iter().enumerate().find_map(|(i, s)| matches!(s, Step::Jump(to) if *to < i).then(|| (s, i)));
    let Some((Step::Jump(start), end)) = back else { return false };
    let mut asks = false;
    for step in &steps[*start..end] {
        let Step::Run(commands) = step else { continue };
        for command in commands {
            match command.words.first().map(|w| w.rsplit('/').next().unwrap_or(w)) {
                Some("wget" | "curl" | "ab" | "hey") => asks = true,
                Some("sleep") => {
                    let long =
                        command.words.get(1).and_then(|t| t.parse::<f64>().ok()).is_none_or(|s| s >= 1.0);
                    if long {
                        return false;
                    }
                }
                _ => {}
            }
        }
    }
    asks
}

fn turn(process: &Process<'_>, steps: &[Step], name: &str, is_client: bool) -> Next {
    let mut memory = process.memory();
    let mut machine = Machine::new(process, name, &memory);
    let pause = machine.run(steps);
    if memory.is_null() {
        memory = Value::object();
    }
    let turns = memory.int_at("turns").unwrap_or(0) + 1;
    memory.set("turns", turns);
    machine.save(&mut memory);
    memory.set("files", machine.files.written());
    let next = match pause {
        Pause::Exit(code) => Next::Exit(code),
        Pause::Forever => Next::Forever,
        // One that has had no answer yet goes on trying.
        Pause::Sleep(_) if is_client && turns > TURNS && machine.answered.get() => Next::Forever,
        Pause::Sleep(d) => {
            let d = if turns > TURNS { d.max(SHORTEST) } else { d.max(Duration::from_millis(1)) };
            Next::At(process.now() + d)
        }
    };
    // A line is in the log when it is complete, or when nothing will complete it.
    let text = memory.str_at("line").to_string() + &machine.log;
    let complete =
        if matches!(next, Next::At(_)) { text.rfind('\n').map_or(0, |i| i + 1) } else { text.len() };
    let (done, rest) = text.split_at(complete);
    if !done.is_empty() {
        process.log(done.strip_suffix('\n').unwrap_or(done));
    }
    memory.set("line", rest);
    process.remember(memory);
    next
}

impl Program for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn start(&self, process: &Process<'_>) -> Next {
        turn(process, &self.steps, &self.name, self.is_client)
    }

    fn resume(&self, process: &Process<'_>) -> Next {
        turn(process, &self.steps, &self.name, self.is_client)
    }

    fn terminate(&self, _process: &Process<'_>) -> OnTerm {
        // A shell is process 1: it ignores signals it has no handler for.
        self.on_term.map_or(OnTerm::Ignores, |code| OnTerm::Exit(Duration::from_millis(100), code))
    }

    fn serve(&self, process: &Process<'_>, request: &Request) -> Served {
        let serves = self.steps.iter().any(|s| matches!(s, Step::Run(c) if c.iter().any(|c| {
            c.words.first().is_some_and(|w| !tools::knows(w)) || c.words.first().is_some_and(|w| w == "nc" || w == "exec")
        })));
        if serves { super::servers::page(process, request.port, &request.path) } else { Served::Refused }
    }
}

impl Program for Command {
    fn name(&self) -> &'static str {
        "command"
    }

    fn unstartable(&self) -> Option<String> {
        self.unstartable.clone()
    }

    fn start(&self, process: &Process<'_>) -> Next {
        if self.steps.is_empty() { Next::Exit(0) } else { turn(process, &self.steps, "sh", false) }
    }

    fn resume(&self, process: &Process<'_>) -> Next {
        turn(process, &self.steps, "sh", false)
    }

    fn terminate(&self, process: &Process<'_>) -> OnTerm {
        match process.argv().first().map(|w| w.rsplit('/').next().unwrap_or(w)) {
            Some("sleep" | "tail" | "yes" | "cat") => OnTerm::Ignores,
            _ => OnTerm::Exit(Duration::from_millis(100), 143),
        }
    }

    fn serve(&self, _process: &Process<'_>, _request: &Request) -> Served {
        Served::Refused
    }
}

/// What runc says of a program that is not in the image.
fn not_found(name: &str) -> String {
    let why = if name.contains('/') {
        format!("stat {name}: no such file or directory")
    } else {
        "executable file not found in $PATH".into()
    };
    format!("exec: {name:?}: {why}: unknown")
}

/// Runs a command in a container beside its program; what it writes, the program sees.
pub fn exec(process: &Process<'_>, argv: &[String], stdin: &str) -> Output {
    let Some(name) = argv.first() else { return Output::default() };
    if !tools::knows(name) && name != "busybox" {
        return Output { code: 127, stderr: not_found(name), ..Output::default() };
    }
    let mut machine = Machine::new(process, "sh", &Value::Null);
    let done = tools::run(&mut machine, argv, stdin);
    if machine.files.changed {
        let mut memory = process.memory();
        if memory.is_null() {
            memory = Value::object();
        }
        memory.set("files", machine.files.written());
        process.remember(memory);
        process.nudge();
    }
    Output { stdout: done.stdout, stderr: done.stderr, code: done.code }
}
