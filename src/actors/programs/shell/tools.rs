//! The commands a shell knows: its builtins and the usual small tools.

use super::machine::Machine;
use super::{file_tools, web};
use crate::actors::programs::stress::Hogs;
use crate::machinery::{Duration, Value};

/// What a command did.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Done {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
    pub verdict: Verdict,
    /// What it writes when it has slept.
    pub afterwards: String,
}

/// What comes after a command.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) enum Verdict {
    /// The next command.
    #[default]
    Done,
    /// The next command, after a while.
    Sleep(Duration),
    /// Nothing: the command never ends.
    Forever,
    /// The end of the shell.
    Exit,
}

impl Done {
    pub(super) fn ok(stdout: impl Into<String>) -> Done {
        Done { stdout: stdout.into(), ..Done::default() }
    }

    pub(super) fn failed(code: i32, stderr: impl Into<String>) -> Done {
        Done { stderr: stderr.into(), code, ..Done::default() }
    }

    fn status(code: bool) -> Done {
        Done { code: i32::from(!code), ..Done::default() }
    }

    fn then(verdict: Verdict) -> Done {
        Done { verdict, ..Done::default() }
    }
}

type Tool = fn(&mut Machine<'_, '_>, &[String], &str) -> Done;

const TOOLS: &[(&str, Tool)] = &[
    (":", |_, _, _| Done::default()),
    ("true", |_, _, _| Done::default()),
    ("false", |_, _, _| Done::status(false)),
    ("echo", |_, a, _| echo(a)),
    ("printf", |_, a, _| Done::ok(printf(a))),
    ("sleep", |_, a, _| sleep(a)),
    ("usleep", |_, a, _| {
        Done::then(Verdict::Sleep(Duration::from_micros(a.first().and_then(|t| t.parse().ok()).unwrap_or(0))))
    }),
    ("exit", |m, a, _| Done {
        code: a.first().and_then(|t| t.parse().ok()).unwrap_or(m.status),
        verdict: Verdict::Exit,
        ..Done::default()
    }),
    ("exec", |m, a, i| {
        if a.is_empty() {
            return Done::default();
        }
        let done = run(m, a, i);
        Done { verdict: if done.verdict == Verdict::Done { Verdict::Exit } else { done.verdict }, ..done }
    }),
    ("date", |m, a, _| Done::ok(date(m, a))),
    ("cat", file_tools::cat),
    ("touch", file_tools::touch),
    ("mkdir", file_tools::mkdir),
    ("rm", file_tools::remove),
    ("ls", file_tools::list),
    ("test", |m, a, _| Done::status(test(m, a))),
    ("[", |m, a, _| Done::status(test(m, a.split_last().map_or(&[], |(_, rest)| rest)))),
    ("[[", |m, a, _| Done::status(test(m, a.split_last().map_or(&[], |(_, rest)| rest)))),
    ("export", assign),
    ("local", assign),
    ("unset", |m, a, _| {
        for name in a {
            m.variables.remove(name);
        }
        Done::default()
    }),
    ("set", |_, _, _| Done::default()),
    ("trap", |_, _, _| Done::default()),
    ("ulimit", |_, _, _| Done::default()),
    ("wait", |_, _, _| Done::default()),
    ("kill", |_, a, _| {
        // Process 1 is what runs the container; without a handler it takes no notice.
        if a.is_empty() {
            Done::failed(1, "kill: you need to specify whom to kill\n")
        } else {
            Done::default()
        }
    }),
    ("cd", |_, _, _| Done::default()),
    ("pwd", |_, _, _| Done::ok("/\n")),
    ("hostname", |m, _, _| Done::ok(m.files.read("/etc/hostname").unwrap_or_default())),
    ("whoami", |_, _, _| Done::ok("root\n")),
    ("id", |_, _, _| Done::ok("uid=0(root) gid=0(root) groups=0(root)\n")),
    ("uname", |_, a, _| Done::ok(if a.iter().any(|x| x == "-m") { "x86_64\n" } else { "Linux\n" })),
    ("nproc", |m, _, _| Done::ok(format!("{}\n", processors(m)))),
    ("env", environment),
    ("printenv", environment),
    ("seq", |_, a, _| seq(a)),
    ("expr", |m, a, _| {
        let text = a.join(" ").replace("\\*", "*");
        let value = super::arithmetic::evaluate(&text, &m.variables);
        Done { code: i32::from(value == 0), ..Done::ok(format!("{value}\n")) }
    }),
    ("yes", |_, _, _| Done::then(Verdict::Forever)),
    ("dd", |_, a, _| {
        let endless = a.iter().any(|w| w.starts_with("if=/dev/zero") || w.starts_with("if=/dev/urandom"))
            && !a.iter().any(|w| w.starts_with("count="));
        if endless { Done::then(Verdict::Forever) } else { Done::default() }
    }),
    ("md5sum", |_, a, _| hashing(a)),
    ("sha1sum", |_, a, _| hashing(a)),
    ("sha256sum", |_, a, _| hashing(a)),
    ("sha512sum", |_, a, _| hashing(a)),
    ("stress", |m, a, _| stress(m, "stress", a)),
    ("stress-ng", |m, a, _| stress(m, "stress-ng", a)),
    ("cpu-stress", |m, a, _| stress(m, "cpu-stress", a)),
    ("tail", tail),
    ("head", |m, a, i| Done::ok(lines(m, a, i, |all, n| all.into_iter().take(n).collect()))),
    ("grep", grep),
    ("wc", |m, a, i| {
        let text = input(m, a, i);
        let count = if a.iter().any(|x| x == "-c") { text.len() } else { text.lines().count() };
        Done::ok(format!("{count}\n"))
    }),
    ("sort", |m, a, i| {
        let text = input(m, a, i);
        let mut all: Vec<&str> = text.lines().collect();
        all.sort_unstable();
        if a.iter().any(|x| x == "-r") {
            all.reverse();
        }
        Done::ok(all.iter().map(|l| format!("{l}\n")).collect::<String>())
    }),
    ("uniq", |m, a, i| {
        let text = input(m, a, i);
        let mut all: Vec<&str> = text.lines().collect();
        all.dedup();
        Done::ok(all.iter().map(|l| format!("{l}\n")).collect::<String>())
    }),
    ("tee", file_tools::tee),
    ("tr", |_, a, i| {
        let delete = a.first().is_some_and(|x| x == "-d");
        let set = |n: usize| a.get(n).map(|t| unescape(t)).unwrap_or_default();
        let (from, to) = if delete { (set(1), String::new()) } else { (set(0), set(1)) };
        let map = |c: char| match from.chars().position(|f| f == c) {
            Some(_) if delete => None,
            Some(at) => to.chars().nth(at).or(to.chars().last()),
            None => Some(c),
        };
        Done::ok(i.chars().filter_map(map).collect::<String>())
    }),
    ("wget", web::wget),
    ("curl", web::curl),
    ("nc", web::netcat),
    ("nslookup", web::nslookup),
    ("ping", web::ping),
    ("sh", shell),
    ("bash", shell),
    ("ash", shell),
    ("/bin/sh", shell),
    ("timeout", |m, a, i| {
        let rest = a.iter().skip_while(|x| x.starts_with('-')).skip(1).cloned().collect::<Vec<_>>();
        let limit = a.iter().find(|x| !x.starts_with('-')).and_then(|t| seconds(t)).unwrap_or(Duration::MAX);
        let done = if rest.is_empty() { Done::default() } else { run(m, &rest, i) };
        match done.verdict {
            Verdict::Forever => Done { verdict: Verdict::Sleep(limit), code: 143, ..done },
            Verdict::Sleep(d) if d > limit => Done { verdict: Verdict::Sleep(limit), code: 143, ..done },
            _ => done,
        }
    }),
    ("nice", |m, a, i| run(m, a, i)),
    ("nohup", |m, a, i| run(m, a, i)),
    ("time", |m, a, i| run(m, a, i)),
    ("ps", |m, _, _| {
        let command = m.process.argv().join(" ");
        Done::ok(format!("PID   USER     TIME  COMMAND\n    1 root      0:00 {command}\n"))
    }),
    ("which", |_, a, _| {
        let found: String = a.iter().filter(|n| knows(n)).map(|n| format!("/bin/{n}\n")).collect();
        Done { code: i32::from(found.is_empty()), ..Done::ok(found) }
    }),
    // The gRPC health check of aws-node.
    ("grpc-health-probe", |_, _, _| Done::ok("status: SERVING\n")),
];

/// Whether a command is one of these.
pub(super) fn knows(name: &str) -> bool {
    find(name).is_some()
}

/// Further programs of the images that hold small tools: there, though nobody knows what they do.
const OTHERS: &str = " adduser apk apt apt-get arp arping awk base64 basename bc bunzip2 busybox bzip2 cal chgrp chmod \
    chown chroot cksum clear cmp comm cp cpio crond crontab cut df diff dirname dmesg dnf dnsdomainname dos2unix dpkg du \
    ed egrep entrypoint.sh expand factor fgrep find flock fold free ftpget ftpput fuser getopt getty gunzip gzip halt \
    hexdump hostid httpd ifconfig init install iostat ip ipcalc iptables join killall last less link ln logger login ls \
    lsof md5sum microdnf mkfifo mknod mktemp more mount mountpoint mpstat mv netstat nl nsenter od openssl passwd paste \
    patch pgrep pidof ping6 pkill pmap poweroff pr printenv pstree python python3 readlink realpath reboot renice reset \
    rev rmdir route run-parts sed setsid shred shuf split start-stop-daemon stat strings stty su sum swapoff swapon sync \
    sysctl syslogd systemctl systemd tac tar taskset tcpsvd telnet telnetd tftp top traceroute truncate tty udhcpc \
    umount unexpand uniq unlink unxz unzip uptime users usleep uudecode uuencode vi watch who whois xargs xxd xz yum \
    zcat nohup ";

/// Whether the runtime finds a program in an image that holds small tools only.
pub(super) fn is_there(name: &str) -> bool {
    let (directory, short) = name.rsplit_once('/').unwrap_or(("", name));
    let standard = matches!(directory, "" | "/bin" | "/sbin" | "/usr/bin" | "/usr/sbin" | "/usr/local/bin");
    standard && (knows(name) || OTHERS.contains(&format!(" {short} ")))
}

fn find(name: &str) -> Option<Tool> {
    let short = name.rsplit('/').next().unwrap_or(name);
    TOOLS.iter().find(|(known, _)| *known == short || *known == name).map(|(_, tool)| *tool)
}

/// Runs a command line. What is not known is an error where the image holds small tools only; in other images it is
/// the image's own program, which serves.
pub(super) fn run(machine: &mut Machine<'_, '_>, words: &[String], input: &str) -> Done {
    let Some((name, arguments)) = words.split_first() else { return Done::default() };
    if name == "busybox" {
        return run(machine, arguments, input);
    }
    if let Some(tool) = find(name) {
        return tool(machine, arguments, input);
    }
    let small =
        crate::catalog::images::find(machine.process.image()).is_ok_and(|image| image.small_tools_only);
    if small || machine.process.image().is_empty() {
        return Done::failed(127, format!("{}: {name}: not found\n", machine.name));
    }
    Done::then(Verdict::Forever)
}

pub(super) fn operands(arguments: &[String]) -> impl Iterator<Item = &str> {
    arguments.iter().map(String::as_str).filter(|a| !a.starts_with('-'))
}

/// What a filter reads: the files it names, or its input.
fn input(machine: &Machine<'_, '_>, arguments: &[String], input: &str) -> String {
    let named: Vec<&str> = operands(arguments).filter(|a| a.parse::<i64>().is_err()).collect();
    if named.is_empty() {
        return input.to_string();
    }
    named.iter().filter_map(|path| machine.files.read(path)).collect()
}

fn echo(arguments: &[String]) -> Done {
    let (mut newline, mut escapes) = (true, false);
    let mut rest = arguments;
    while let Some(flag) = rest.first().filter(|f| matches!(f.as_str(), "-n" | "-e" | "-ne" | "-en")) {
        newline &= !flag.contains('n');
        escapes |= flag.contains('e');
        rest = &rest[1..];
    }
    let mut text = rest.join(" ");
    if escapes {
        text = unescape(&text);
    }
    if newline {
        text.push('\n');
    }
    Done::ok(text)
}

fn unescape(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace("\\\\", "\\")
}

fn printf(arguments: &[String]) -> String {
    let Some((format, values)) = arguments.split_first() else { return String::new() };
    let format = unescape(format);
    let mut values = values.iter();
    let mut out = String::new();
    let mut rest = format.as_str();
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.find(|c: char| c.is_ascii_alphabetic() || c == '%').map_or(rest.len(), |i| i + 1);
        if rest[..end].ends_with('%') {
            out.push('%');
        } else {
            out.push_str(values.next().map_or("", String::as_str));
        }
        rest = &rest[end..];
    }
    out + rest
}

fn sleep(arguments: &[String]) -> Done {
    let Some(first) = arguments.first() else { return Done::failed(1, "sleep: missing operand\n") };
    if matches!(first.as_str(), "infinity" | "inf") {
        return Done::then(Verdict::Forever);
    }
    match arguments.iter().map(|a| seconds(a)).sum::<Option<Duration>>() {
        Some(d) => Done::then(Verdict::Sleep(d)),
        None => Done::failed(1, format!("sleep: invalid number '{first}'\n")),
    }
}

fn seconds(text: &str) -> Option<Duration> {
    let (number, unit) = match text.chars().last()? {
        's' => (&text[..text.len() - 1], 1.0),
        'm' => (&text[..text.len() - 1], 60.0),
        'h' => (&text[..text.len() - 1], 3600.0),
        'd' => (&text[..text.len() - 1], 86400.0),
        _ => (text, 1.0),
    };
    let value: f64 = number.parse().ok().filter(|v: &f64| v.is_finite() && *v >= 0.0 && *v < 1e9)?;
    Some(Duration::from_nanos((value * unit * 1e9) as i64))
}

fn date(machine: &Machine<'_, '_>, arguments: &[String]) -> String {
    let format = arguments.iter().find_map(|a| a.strip_prefix('+')).unwrap_or("%a %b %e %H:%M:%S UTC %Y");
    let now = machine.process.now().timestamp();
    let text = jiff::fmt::strtime::format(format, &now.to_zoned(jiff::tz::TimeZone::UTC));
    format!("{}\n", text.unwrap_or_else(|_| format.to_string()))
}

fn test(machine: &Machine<'_, '_>, arguments: &[String]) -> bool {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |t: &str| t.trim().parse::<i64>().unwrap_or(0);
    match words.as_slice() {
        ["!", rest @ ..] => {
            let rest: Vec<String> = rest.iter().map(ToString::to_string).collect();
            !test(machine, &rest)
        }
        ["-f", path] => machine.files.read(path).is_some(),
        ["-d", path] => machine.files.is_directory(path),
        ["-e" | "-r" | "-w" | "-x", path] => machine.files.exists(path),
        ["-s", path] => machine.files.read(path).is_some_and(|t| !t.is_empty()),
        ["-n", text] => !text.is_empty(),
        ["-z", text] => text.is_empty(),
        [text] => !text.is_empty(),
        [a, "=" | "==", b] => a == b,
        [a, "!=", b] => a != b,
        [a, "-eq", b] => number(a) == number(b),
        [a, "-ne", b] => number(a) != number(b),
        [a, "-lt", b] => number(a) < number(b),
        [a, "-le", b] => number(a) <= number(b),
        [a, "-gt", b] => number(a) > number(b),
        [a, "-ge", b] => number(a) >= number(b),
        _ => false,
    }
}

fn assign(machine: &mut Machine<'_, '_>, arguments: &[String], _: &str) -> Done {
    for (name, value) in arguments.iter().filter_map(|a| a.split_once('=')) {
        machine.variables.insert(name, value);
    }
    Done::default()
}

/// A shell variable as text.
pub(super) fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_json(), str::to_string)
}

fn environment(machine: &mut Machine<'_, '_>, arguments: &[String], _: &str) -> Done {
    match arguments.first() {
        Some(name) => match machine.find(name) {
            Some(text) => Done::ok(text + "\n"),
            None => Done::status(false),
        },
        None => Done::ok(
            machine.all_variables().iter().map(|(k, v)| format!("{k}={}\n", text_of(v))).collect::<String>(),
        ),
    }
}

fn seq(arguments: &[String]) -> Done {
    let numbers: Vec<i64> = operands(arguments).filter_map(|a| a.parse().ok()).collect();
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] if *step != 0 => (*first, *step, *last),
        _ => return Done::failed(1, "seq: invalid number\n"),
    };
    const MOST: usize = 10_000;
    let mut text = String::new();
    let mut n = first;
    for _ in 0..MOST {
        if (step > 0 && n > last) || (step < 0 && n < last) {
            break;
        }
        text.push_str(&format!("{n}\n"));
        n = n.saturating_add(step);
    }
    Done::ok(text)
}

fn hashing(arguments: &[String]) -> Done {
    match arguments.iter().any(|a| a == "/dev/zero" || a == "/dev/urandom") {
        true => Done::then(Verdict::Forever),
        false => Done::default(),
    }
}

/// `stress`: says what it does, and does it until its time is over.
fn stress(machine: &Machine<'_, '_>, name: &str, arguments: &[String]) -> Done {
    let words: Vec<String> = std::iter::once(name.to_string()).chain(arguments.iter().cloned()).collect();
    let Some(hogs) = Hogs::read(&words, processors(machine)) else { return Done::default() };
    let verdict = match hogs.lasts() {
        _ if !hogs.works() => Verdict::Done,
        None => Verdict::Forever,
        Some(span) => Verdict::Sleep(span),
    };
    Done { stdout: hogs.greeting(), afterwards: hogs.farewell(), verdict, ..Done::default() }
}

fn tail(machine: &mut Machine<'_, '_>, arguments: &[String], input: &str) -> Done {
    if arguments.iter().any(|a| matches!(a.as_str(), "-f" | "-F")) {
        return Done::then(Verdict::Forever);
    }
    Done::ok(lines(machine, arguments, input, |all, n| {
        let skip = all.len().saturating_sub(n);
        all.into_iter().skip(skip).collect()
    }))
}

fn lines(
    machine: &Machine<'_, '_>,
    arguments: &[String],
    given: &str,
    take: impl FnOnce(Vec<String>, usize) -> Vec<String>,
) -> String {
    let count = arguments.iter().enumerate().find_map(|(i, a)| match a.as_str() {
        "-n" => arguments.get(i + 1)?.parse().ok(),
        a => a.strip_prefix("-n").or_else(|| a.strip_prefix('-'))?.parse().ok(),
    });
    let text = input(machine, arguments, given);
    let all = text.lines().map(|l| format!("{l}\n")).collect();
    take(all, count.unwrap_or(10)).concat()
}

fn grep(machine: &mut Machine<'_, '_>, arguments: &[String], given: &str) -> Done {
    let flags: String =
        arguments.iter().filter(|a| a.starts_with('-')).flat_map(|a| a.chars().skip(1)).collect();
    let mut words = operands(arguments);
    let Some(pattern) = words.next().map(str::to_string) else {
        return Done::failed(2, "grep: no pattern\n");
    };
    let named: Vec<&str> = words.collect();
    let text = if named.is_empty() {
        given.to_string()
    } else {
        named.iter().filter_map(|p| machine.files.read(p)).collect()
    };
    let fold = |t: &str| if flags.contains('i') { t.to_lowercase() } else { t.to_string() };
    let alternatives: Vec<String> = pattern.split('|').map(|p| fold(p.trim_end_matches('\\'))).collect();
    let hit = |line: &str| {
        let line = fold(line);
        alternatives.iter().any(|p| match (p.strip_prefix('^'), p.strip_suffix('$')) {
            (Some(start), _) => line.starts_with(start),
            (_, Some(end)) => line.ends_with(end),
            _ => line.contains(p.as_str()),
        })
    };
    let found: Vec<&str> = text.lines().filter(|l| hit(l) != flags.contains('v')).collect();
    let stdout = match () {
        () if flags.contains('q') => String::new(),
        () if flags.contains('c') => format!("{}\n", found.len()),
        () => found.iter().map(|l| format!("{l}\n")).collect(),
    };
    Done { stdout, code: i32::from(found.is_empty()), ..Done::default() }
}

fn shell(machine: &mut Machine<'_, '_>, arguments: &[String], input: &str) -> Done {
    let script = arguments
        .iter()
        .position(|a| a.starts_with('-') && a.contains('c'))
        .and_then(|i| arguments.get(i + 1));
    match script {
        Some(script) => machine.run_text(script),
        None => match operands(arguments).next().map(|path| machine.files.read(path)) {
            Some(Some(text)) => machine.run_text(&text),
            Some(None) => Done::then(Verdict::Forever),
            None => machine.run_text(input),
        },
    }
}

/// Processors a container sees: those of its node.
fn processors(machine: &Machine<'_, '_>) -> i64 {
    let node = machine.process.api.find("nodes", "", machine.process.pod.str_at("spec/nodeName"));
    node.and_then(|n| n.str_at("status/capacity/cpu").parse().ok()).unwrap_or(2)
}
