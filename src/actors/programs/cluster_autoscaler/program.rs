//! The process in the container: what it says when it starts, what it answers, how it ends.

use super::config_map;
use super::controller::{NAME, Running, stop, wake};
use super::expander::parse_chain;
use super::flags::{Flags, parse, usage};
use super::journal::Journal;
use super::release::Release;
use super::{cloud, log, metrics};
use crate::actors::programs::http::{Request, Served};
use crate::actors::programs::{Next, OnTerm, Output, Process, Program, Usage};
use crate::catalog::images::Image;
use crate::machinery::Duration;

const PORT: i64 = 8085;

/// Cluster Autoscaler in a container.
pub struct Autoscaler;

/// The command line's flags: what follows the program's name.
fn words(process: &Process<'_>) -> Vec<String> {
    let argv = process.argv();
    let named = argv.first().is_some_and(|w| !w.starts_with('-'));
    argv.into_iter().skip(usize::from(named)).collect()
}

/// The release that an image's tag names.
pub(super) fn release_of(process: &Process<'_>) -> Release {
    let image = crate::catalog::images::find(process.image());
    image.map_or_else(|_| Release::default(), |i| Release::of_tag(&i.reference.tag))
}

/// The flags of a process; the error is what it prints before it ends.
pub(super) fn flags_of(process: &Process<'_>) -> Result<Flags, String> {
    let release = release_of(process);
    parse(&words(process), release).map(|given| Flags::of(&given, release))
}

impl Autoscaler {
    /// Recognizes the program by its name on the command line, or by its image.
    pub fn recognize(process: &Process<'_>, image: &Image) -> Option<Box<dyn Program>> {
        let argv = process.argv();
        let named = argv.first().filter(|word| !word.starts_with('-'));
        let ours = match named {
            Some(word) => word.trim_start_matches("./").rsplit('/').next() == Some("cluster-autoscaler"),
            None => image.reference.path.ends_with("cluster-autoscaler"),
        };
        ours.then(|| Box::new(Autoscaler) as Box<dyn Program>)
    }
}

impl Program for Autoscaler {
    fn name(&self) -> &'static str {
        NAME
    }

    fn start(&self, process: &Process<'_>) -> Next {
        let flags = match flags_of(process) {
            Ok(flags) => flags,
            Err(mistake) => {
                let text = usage(release_of(process));
                process.log(&format!("{mistake}\n{text}{mistake}"));
                return Next::Exit(2);
            }
        };
        let now = process.now();
        let fatal = |site: &str, text: &str| {
            process.log(&log::line('F', now, site, text));
            Next::Exit(255)
        };
        let mut journal = Journal::new(flags.verbosity);
        journal.info(1, "main.go:474", format!("Cluster Autoscaler {}", flags.release.text()));
        super::events::write_lines(journal.take(), process);
        if let Some(problem) = flags.problem() {
            return fatal("cloud_provider_builder.go:45", &problem);
        }
        if let Err(problem) = parse_chain(&flags.expander, flags.release) {
            return fatal("main.go:499", &format!("Failed to create autoscaler: {problem}"));
        }
        if let Err(problem) = cloud::Discovery::parse(&flags) {
            return fatal("aws_cloud_provider.go:434", &format!("Failed to create AWS Manager: {problem}"));
        }
        Running::begin(process);
        wake(process, now);
        Next::Forever
    }

    fn serve(&self, process: &Process<'_>, request: &Request) -> Served {
        let address = flags_of(process).map(|f| f.port).unwrap_or(PORT);
        if request.port != address {
            return Served::Refused;
        }
        match request.route() {
            "/health-check" => Served::Answer(200, "OK".into()),
            "/metrics" => Served::Answer(200, metrics::text(&Running::state(process))),
            _ => Served::Answer(404, "404 page not found\n".into()),
        }
    }

    fn terminate(&self, process: &Process<'_>) -> OnTerm {
        if let Ok(flags) = flags_of(process) {
            let mut journal = Journal::new(flags.verbosity);
            journal.info(1, "main.go:448", "Received signal, attempting cleanup");
            if flags.write_status && Running::state(process).leading {
                config_map::delete(process, &flags);
            }
            journal.info(1, "main.go:450", "Cleaned up, exiting...");
            super::events::write_lines(journal.take(), process);
        }
        stop(process);
        OnTerm::Exit(Duration::from_millis(100), 0)
    }

    fn exec(&self, process: &Process<'_>, argv: &[String], stdin: &str) -> Output {
        super::super::shell::exec(process, argv, stdin)
    }

    fn usage(&self, _process: &Process<'_>) -> Option<Usage> {
        Some(Usage { cpu: 6_000, memory: 45 << 20, ..Usage::default() })
    }
}
