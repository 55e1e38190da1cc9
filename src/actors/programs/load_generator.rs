//! Load generators (hey, ab, wrk, siege, bombardier, fortio): whom they ask, how hard, and for how long.

use super::http::{self, Request, Served, Url};
use super::shell::command_line;
use super::{Next, OnTerm, Process, Program};
use crate::actors::load::{Client, requests_a_second};
use crate::catalog::images::Image;
use crate::json;
use crate::machinery::Duration;
use crate::machinery::duration::parse_duration;

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// The URL, as it was given.
    pub url: String,
    /// Requests that are under way at once.
    pub parallel: i64,
    /// Seconds between an answer and the next request.
    pub think: f64,
    /// How long it goes on.
    pub lasts: Option<Duration>,
    /// After how many requests it ends, if time does not end it.
    pub requests: Option<i64>,
}

/// How a tool reads its command line.
struct Tool {
    name: &'static str,
    /// Requests at once: flags, and how many there are by default.
    parallel: (&'static [&'static str], i64),
    /// Duration: flags, and the unit of a bare number in seconds.
    lasts: (&'static [&'static str], i64),
    /// How long it goes on by default.
    by_default: Option<Duration>,
    /// The flags for a number of requests, and how many they are by default; 0 is without end.
    requests: (&'static [&'static str], i64),
    /// Requests a second, and whether that is of each client.
    rate: (&'static [&'static str], bool),
    /// Further flags with a value, which is not the URL.
    others: &'static [&'static str],
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "hey",
        parallel: (&["-c"], 50),
        lasts: (&["-z"], 1),
        by_default: None,
        requests: (&["-n"], 200),
        rate: (&["-q"], true),
        others: &["-m", "-H", "-d", "-D", "-T", "-a", "-t", "-o", "-A", "-x", "-host", "-cpus"],
    },
    Tool {
        name: "ab",
        parallel: (&["-c"], 1),
        lasts: (&["-t"], 1),
        by_default: None,
        requests: (&["-n"], 1),
        rate: (&[], false),
        others: &["-s", "-b", "-B", "-p", "-u", "-T", "-v", "-C", "-H", "-A", "-P", "-X", "-e", "-g", "-m"],
    },
    Tool {
        name: "wrk",
        parallel: (&["-c", "--connections"], 10),
        lasts: (&["-d", "--duration"], 1),
        by_default: Some(Duration::from_secs(10)),
        requests: (&[], 0),
        rate: (&["-R", "--rate"], false),
        others: &["-t", "--threads", "-s", "--script", "-H", "--header", "--timeout"],
    },
    Tool {
        name: "siege",
        parallel: (&["-c", "--concurrent"], 25),
        // A bare number is minutes.
        lasts: (&["-t", "--time"], 60),
        by_default: None,
        requests: (&[], 0),
        rate: (&[], false),
        others: &["-r", "--reps", "-d", "--delay", "-f", "--file", "-l", "-H", "--header", "-A", "-T"],
    },
    Tool {
        name: "bombardier",
        parallel: (&["-c", "--connections"], 125),
        lasts: (&["-d", "--duration"], 1),
        by_default: Some(Duration::from_secs(10)),
        requests: (&["-n", "--requests"], 0),
        rate: (&["-r", "--rate"], false),
        others: &["-t", "--timeout", "-m", "--method", "-b", "--body", "-H", "--header", "-o"],
    },
    Tool {
        name: "fortio",
        parallel: (&["-c"], 4),
        lasts: (&["-t"], 1),
        by_default: Some(Duration::from_secs(5)),
        requests: (&["-n"], 0),
        rate: (&["-qps"], false),
        others: &["-H", "-r", "-p", "-timeout", "-labels", "-a", "-payload", "-json"],
    },
];

/// The value of a flag: glued by `=`, glued to a flag of one letter, or the next word.
fn value<'w>(words: &'w [String], flags: &[&str]) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(i, word)| {
        flags.iter().find_map(|flag| match word.strip_prefix(flag)? {
            "" => words.get(i + 1).map(String::as_str),
            rest if rest.starts_with('=') => Some(&rest[1..]),
            rest if flag.len() == 2 && rest.starts_with(|c: char| c.is_ascii_digit()) => Some(rest),
            _ => None,
        })
    })
}

impl Tool {
    fn called(word: &str) -> Option<&'static Tool> {
        let name = word.trim_start_matches('(').rsplit('/').next()?;
        TOOLS.iter().find(|tool| tool.name == name)
    }

    /// The first word that is neither a flag nor the value of one.
    fn url<'w>(&self, words: &'w [String]) -> Option<&'w str> {
        let takes_value = |word: &str| {
            [self.parallel.0, self.lasts.0, self.requests.0, self.rate.0, self.others]
                .iter()
                .any(|flags| flags.contains(&word))
        };
        let mut rest = words.iter().map(String::as_str);
        let mut first = None;
        while let Some(word) = rest.next() {
            if takes_value(word) {
                rest.next();
            } else if word.contains("://") {
                return Some(word);
            } else if !word.starts_with('-') && word != "load" {
                first = first.or(Some(word));
            }
        }
        first
    }

    fn lasts(&self, words: &[String]) -> Option<Duration> {
        let (flags, unit) = self.lasts;
        let Some(text) = value(words, flags) else { return self.by_default };
        let bare =
            text.parse::<i64>().ok().filter(|n| *n > 0).map(|n| Duration::from_secs(n.saturating_mul(unit)));
        bare.or_else(|| parse_duration(&text.to_lowercase()).ok())
    }
}

impl Load {
    /// Reads a command line that begins with the tool's name.
    pub fn read(words: &[String]) -> Option<Load> {
        let tool = Tool::called(words.first()?)?;
        let words = &words[1..];
        let url = tool.url(words)?.trim_matches(|c| matches!(c, '\'' | '"' | ';' | ')')).to_string();
        let number = |flags| value(words, flags).and_then(|n| n.parse::<f64>().ok());
        let rate = number(tool.rate.0).filter(|rate| *rate > 0.0);
        let parallel = number(tool.parallel.0).map(|n| n as i64).filter(|n| *n > 0);
        let parallel = parallel.unwrap_or(tool.parallel.1);
        let each = if tool.rate.1 { rate } else { rate.map(|rate| rate / parallel as f64) };
        let requests = number(tool.requests.0).map_or(tool.requests.1, |n| n as i64);
        let given = !value(words, tool.requests.0).unwrap_or_default().is_empty();
        // A number of requests that was asked for comes before a duration nobody asked for.
        let lasts = tool.lasts(words).filter(|_| !given || value(words, tool.lasts.0).is_some());
        let requests = Some(requests).filter(|n| *n > 0 && lasts.is_none());
        Some(Load { url, parallel, think: each.map_or(0.0, |rate| 1.0 / rate), lasts, requests })
    }
}

/// How often one that counts its requests looks how many were answered.
const LOOK: Duration = Duration::from_secs(2);

/// A load generator as the process of a container.
pub(super) struct GeneratesLoad(Load);

impl GeneratesLoad {
    /// Tells one by its command line.
    pub(super) fn recognize(process: &Process<'_>, image: &Image) -> Option<Box<dyn Program>> {
        let words = command_line(process, image).unwrap_or_else(|| process.argv());
        Some(Box::new(GeneratesLoad(Load::read(&words)?)))
    }
}

impl Program for GeneratesLoad {
    fn name(&self) -> &'static str {
        "load generator"
    }

    fn start(&self, process: &Process<'_>) -> Next {
        if http::send(process.api, &Url::parse(&self.0.url), "GET", "", process.pod.namespace()).is_err() {
            process.log(&format!("{}: no answer", self.0.url));
            return Next::Exit(1);
        }
        match (self.0.lasts, self.0.requests) {
            (Some(lasts), _) => Next::At(process.now() + lasts),
            (None, Some(requests)) => {
                process.remember(json!({"left": requests}));
                Next::At(process.now() + LOOK)
            }
            (None, None) => Next::Forever,
        }
    }

    fn resume(&self, process: &Process<'_>) -> Next {
        let Some(left) = process.memory().at("left").as_f64() else { return Next::Exit(0) };
        let client = Client::of(&self.0);
        let rate = client.map_or(0.0, |client| requests_a_second(process.api, process.pod, &client));
        let left = left - rate * LOOK.as_secs_f64();
        process.remember(json!({"left": left}));
        // Where nobody works on requests, each is over at once.
        if left > 0.0 && rate > 0.0 { Next::At(process.now() + LOOK) } else { Next::Exit(0) }
    }

    fn serve(&self, _process: &Process<'_>, _request: &Request) -> Served {
        Served::Refused
    }

    fn terminate(&self, _process: &Process<'_>) -> OnTerm {
        OnTerm::Exit(Duration::from_millis(100), 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<Load> {
        Load::read(&line.split(' ').map(str::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn command_lines_tell_whom_how_hard_and_how_long() {
        let of = |line: &str| {
            let load = read(line).unwrap();
            (load.url, load.parallel, load.think, load.lasts.map(|d| d.as_secs()))
        };
        let ends = |line: &str| read(line).unwrap().requests;
        let web = || "http://web/".to_string();
        assert_eq!(of("hey -z 5m -c 20 http://web/"), (web(), 20, 0.0, Some(300)));
        assert_eq!(of("hey -n 1000 -c 10 -q 2 http://web/"), (web(), 10, 0.5, None));
        assert_eq!(of("/usr/bin/ab -n 1000 -c10 -t 60 http://web/"), (web(), 10, 0.0, Some(60)));
        assert_eq!(of("wrk -t2 -c 40 -d30s http://web/"), (web(), 40, 0.0, Some(30)));
        assert_eq!(of("siege -c 5 -t 2 web"), ("web".into(), 5, 0.0, Some(120)));
        assert_eq!(of("siege -t 90S http://web/"), (web(), 25, 0.0, Some(90)));
        assert_eq!(of("bombardier http://web/"), (web(), 125, 0.0, Some(10)));
        assert_eq!(of("fortio load -qps 100 -c 4 -t 10m http://web/"), (web(), 4, 0.04, Some(600)));
        assert_eq!(of("fortio load -qps 0 -c 8 http://web/"), (web(), 8, 0.0, Some(5)));
        assert_eq!(of("hey -z=1m http://web/"), (web(), 50, 0.0, Some(60)));
        assert_eq!((ends("hey http://web/"), ends("hey -z 1m http://web/")), (Some(200), None));
        assert_eq!((ends("bombardier -n 50 http://web/"), ends("fortio load http://web/")), (Some(50), None));
        assert_eq!(read("wget http://web/"), None);
        assert_eq!(read("ab -n 5"), None);
    }
}
