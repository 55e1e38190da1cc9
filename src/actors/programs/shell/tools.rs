//! The small tools scripts use.

use super::run::{Run, Stop};
use crate::actors::programs::files;
use crate::actors::programs::http::{self, NoAnswer, Url};
use crate::catalog::images;
use crate::machinery::Duration;

/// Runs one command of a script: its exit code, or why the script stops there.
pub(super) fn run(sh: &mut Run<'_, '_>, argv: &[String]) -> Result<i32, Stop> {
    let name = argv[0].rsplit('/').next().unwrap_or_default();
    let args: Vec<&str> = argv[1..].iter().map(String::as_str).collect();
    match name {
        "true" | ":" | "set" | "export" | "cd" | "mkdir" | "touch" | "rm" | "trap" | "wait" | "unset"
        | "chmod" | "umask" | "sync" | "shift" | "read" | "tee" | "apk" | "apt-get" | "apt" | "yum"
        | "kill" | "ulimit" => Ok(0),
        "false" => Ok(1),
        "exit" | "return" => Err(Stop::Exit(args.first().and_then(|c| c.parse().ok()).unwrap_or(0))),
        "sleep" => sleep(sh, &args),
        "yes" | "tail" if name == "yes" || args.contains(&"-f") || args.contains(&"-F") => Err(Stop::Forever),
        "echo" => {
            let (newline, words) =
                if args.first() == Some(&"-n") { ("", &args[1..]) } else { ("\n", &args[..]) };
            let words = if words.first() == Some(&"-e") { &words[1..] } else { words };
            sh.print(format!("{}{newline}", words.join(" ")));
            Ok(0)
        }
        "printf" => {
            sh.print(printf(&args));
            Ok(0)
        }
        "seq" => {
            let numbers: Vec<i64> = args.iter().filter_map(|a| a.parse().ok()).collect();
            let (from, to) = match numbers[..] {
                [to] => (1, to),
                [from, to] => (from, to),
                _ => return Ok(1),
            };
            let lines: String = (from..=to.min(from + 10_000)).map(|n| format!("{n}\n")).collect();
            sh.print(lines);
            Ok(0)
        }
        "date" => {
            let now = sh.process.now() + sh.at;
            let format = args.iter().find_map(|a| a.strip_prefix('+')).unwrap_or("%a %b %e %H:%M:%S %Z %Y");
            let zoned = now.timestamp().to_zoned(jiff::tz::TimeZone::UTC);
            let text = jiff::fmt::strtime::format(format, &zoned).unwrap_or_default();
            sh.print(format!("{text}\n"));
            Ok(0)
        }
        "hostname" => {
            let line = format!("{}\n", sh.process.pod.name());
            sh.print(line);
            Ok(0)
        }
        "whoami" => say(sh, "root\n"),
        "id" => say(sh, "uid=0(root) gid=0(root) groups=0(root)\n"),
        "pwd" => say(sh, "/\n"),
        "uname" => say(sh, "Linux\n"),
        "nproc" => say(sh, "2\n"),
        "ls" => say(sh, "bin\ndev\netc\nhome\nproc\nroot\nsys\ntmp\nusr\nvar\n"),
        "env" | "printenv" if args.is_empty() => {
            let lines: String = sh.environment().iter().map(|(k, v)| format!("{k}={v}\n")).collect();
            sh.print(lines);
            Ok(0)
        }
        "printenv" => {
            let value = sh.variable(args[0]);
            sh.print(format!("{value}\n"));
            Ok(i32::from(value.is_empty()))
        }
        "cat" => cat(sh, &args),
        "grep" | "egrep" => {
            let pattern = args.iter().find(|a| !a.starts_with('-')).copied().unwrap_or("");
            let found: String =
                sh.stdin.lines().filter(|l| l.contains(pattern)).map(|l| format!("{l}\n")).collect();
            let code = i32::from(found.is_empty());
            sh.print(found);
            Ok(code)
        }
        "wc" => {
            let lines = sh.stdin.lines().count();
            sh.print(format!("{lines}\n"));
            Ok(0)
        }
        "head" | "tail" | "sort" | "tr" | "sed" | "awk" | "cut" => {
            let text = sh.stdin.clone();
            sh.print(text);
            Ok(0)
        }
        "test" | "[" => Ok(i32::from(!test(sh, &args))),
        "wget" | "curl" => fetch(sh, name, &args),
        "sh" | "bash" | "ash" | "exec" | "time" | "nohup" | "env" | "timeout" => {
            let inner = args.iter().position(|a| *a == "-c").and_then(|at| args.get(at + 1));
            match inner.and_then(|script| super::syntax::parse(script)) {
                Some(list) => nested(sh, &list),
                None if matches!(name, "sh" | "bash" | "ash") => Ok(0),
                None => {
                    let skip = usize::from(name == "timeout");
                    let rest: Vec<String> = args.iter().skip(skip).map(|a| a.to_string()).collect();
                    if rest.is_empty() { Ok(0) } else { run(sh, &rest) }
                }
            }
        }
        _ => unknown(sh, &argv[0]),
    }
}

fn say(sh: &mut Run<'_, '_>, text: &str) -> Result<i32, Stop> {
    sh.print(text);
    Ok(0)
}

fn nested(sh: &mut Run<'_, '_>, list: &super::syntax::List) -> Result<i32, Stop> {
    match sh.script(list) {
        Err(Stop::Exit(code)) => Ok(code),
        other => other,
    }
}

/// In an image of small tools a name nobody knows is no program; elsewhere it is the image's own, and serves.
fn unknown(sh: &mut Run<'_, '_>, name: &str) -> Result<i32, Stop> {
    let small = images::find(sh.process.image()).is_ok_and(|image| image.small_tools_only);
    if !small {
        return Err(Stop::Forever);
    }
    sh.print(format!("/bin/sh: {name}: not found\n"));
    Ok(127)
}

fn sleep(sh: &mut Run<'_, '_>, args: &[&str]) -> Result<i32, Stop> {
    let mut total = 0.0;
    for word in args {
        if matches!(*word, "infinity" | "inf") {
            return Err(Stop::Forever);
        }
        let unit = match word.chars().last() {
            Some('m') => 60.0,
            Some('h') => 3600.0,
            Some('d') => 86400.0,
            _ => 1.0,
        };
        match word.trim_end_matches(['s', 'm', 'h', 'd']).parse::<f64>() {
            Ok(n) if n >= 0.0 => total += n * unit,
            _ => {
                sh.print(format!("sleep: invalid number '{word}'\n"));
                return Ok(1);
            }
        }
    }
    sh.at = sh.at.saturating_add(Duration::try_from_secs_f64(total).unwrap_or(Duration::MAX));
    Ok(0)
}

fn printf(args: &[&str]) -> String {
    let Some((format, rest)) = args.split_first() else { return String::new() };
    let mut words = rest.iter();
    let mut out = String::new();
    let mut chars = format.replace("\\n", "\n").replace("\\t", "\t").chars().collect::<Vec<_>>().into_iter();
    while let Some(c) = chars.next() {
        match c {
            '%' => match chars.next() {
                Some('%') => out.push('%'),
                Some(_) => out.push_str(words.next().unwrap_or(&"")),
                None => out.push('%'),
            },
            c => out.push(c),
        }
    }
    out
}

fn cat(sh: &mut Run<'_, '_>, args: &[&str]) -> Result<i32, Stop> {
    let mut code = 0;
    let names: Vec<&str> = args.iter().copied().filter(|a| !a.starts_with('-')).collect();
    if names.is_empty() {
        let text = sh.stdin.clone();
        sh.print(text);
    }
    for name in names {
        match files::content(sh.process, name) {
            Some(text) => sh.print(text),
            None => {
                sh.print(format!("cat: can't open '{name}': No such file or directory\n"));
                code = 1;
            }
        }
    }
    Ok(code)
}

fn test(sh: &mut Run<'_, '_>, args: &[&str]) -> bool {
    let args: Vec<&str> = args.iter().copied().filter(|a| *a != "]").collect();
    let number = |text: &str| text.parse::<i64>().unwrap_or(0);
    match args[..] {
        ["!", ref rest @ ..] => !test(sh, rest),
        ["-f" | "-e" | "-r" | "-d", path] => files::content(sh.process, path).is_some(),
        ["-z", text] => text.is_empty(),
        ["-n", text] => !text.is_empty(),
        [a, "=" | "==", b] => a == b,
        [a, "!=", b] => a != b,
        [a, "-eq", b] => number(a) == number(b),
        [a, "-ne", b] => number(a) != number(b),
        [a, "-lt", b] => number(a) < number(b),
        [a, "-le", b] => number(a) <= number(b),
        [a, "-gt", b] => number(a) > number(b),
        [a, "-ge", b] => number(a) >= number(b),
        [text] => !text.is_empty(),
        _ => false,
    }
}

fn fetch(sh: &mut Run<'_, '_>, tool: &str, args: &[&str]) -> Result<i32, Stop> {
    let takes_value =
        ["-O", "-T", "-t", "-o", "-m", "-H", "-d", "-X", "-w", "--max-time", "--connect-timeout"];
    let mut urls = Vec::new();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        if takes_value.contains(word) {
            words.next();
        } else if !word.starts_with('-') {
            urls.push(*word);
        }
    }
    let mut code = 0;
    for text in urls {
        let url = Url::parse(text);
        match http::get(sh.process.api, &url, sh.process.pod.namespace()) {
            Ok(response) if response.status < 400 || tool == "curl" => sh.print(response.body),
            Ok(response) => {
                sh.print(format!("wget: server returned error: HTTP/1.1 {} Not Found\n", response.status));
                code = 1;
            }
            Err(why) => {
                let (text, failed) = refusal(tool, &url, why);
                sh.print(text);
                code = failed;
            }
        }
    }
    Ok(code)
}

fn refusal(tool: &str, url: &Url, why: NoAnswer) -> (String, i32) {
    let (host, port) = (&url.host, url.port);
    match (tool, why) {
        ("wget", NoAnswer::UnknownHost | NoAnswer::Outside) => (format!("wget: bad address '{host}'\n"), 1),
        ("wget", _) => (format!("wget: can't connect to remote host ({host}): Connection refused\n"), 1),
        (_, NoAnswer::UnknownHost | NoAnswer::Outside) => {
            (format!("curl: (6) Could not resolve host: {host}\n"), 6)
        }
        _ => (
            format!(
                "curl: (7) Failed to connect to {host} port {port} after 1 ms: Could not connect to server\n"
            ),
            7,
        ),
    }
}
