//! `kubetick tick`: time passes.

use super::{Outcome, Session};
use crate::machinery::duration::parse_duration;
use crate::machinery::{Duration, Time};
use crate::render::narrate;
use crate::store::Access;
use anyhow::{Context, bail};
use std::ops::ControlFlow;

/// How far, and how loud.
#[derive(clap::Args)]
pub(super) struct Args {
    /// How long: 30s, 5m, 1h30m, 2d
    #[arg(default_value = "1m", conflicts_with = "until")]
    duration: String,
    /// Until this instant (RFC 3339) instead
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Do not tell what happened
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn run(args: &Args, session: &Session) -> Outcome {
    let cluster = super::open(session, Access::Write)?;
    let now = cluster.api.now().truncated();
    let target = match &args.until {
        Some(text) => {
            Time::parse(text).with_context(|| format!("--until {text}: not an RFC 3339 instant"))?
        }
        None => now + duration(&args.duration)?,
    };
    check_target(now, target)?;
    let mut engine = cluster.engine();
    let _ = engine.watch_until(target, &mut |changes| {
        if !args.quiet {
            changes.iter().filter_map(narrate::line).for_each(|line| session.println(&line));
        }
        ControlFlow::Continue(())
    });
    cluster.api.store().commit()?;
    Ok(())
}

/// Whether the clock can get to an instant.
pub(super) fn check_target(now: Time, target: Time) -> Outcome {
    if target < now {
        bail!("the clock shows {now}; it does not run backwards to {target}");
    }
    if target > Time::END {
        bail!("the clock goes no further than {}", Time::END);
    }
    Ok(())
}

/// A duration of a command of ours, at least a second.
pub(super) fn duration(text: &str) -> anyhow::Result<Duration> {
    let d = parse_duration(text).map_err(|e| anyhow::anyhow!("{text}: {e}"))?;
    if d < Duration::from_secs(1) {
        bail!("{text}: the clock moves by whole seconds; use at least 1s");
    }
    Ok(d)
}
