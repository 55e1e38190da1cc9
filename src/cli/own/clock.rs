//! `kubetick clock`: the instant, and how it moves.

use super::{Outcome, Session};
use crate::machinery::{Time, duration, time};
use crate::store::{Access, ClockMode};
use anyhow::{Context, bail};

/// What about the clock.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Print the instant and the mode
    Show,
    /// Change the mode: manual, step=DUR, real or real=SPEED; or move the clock forward to an instant
    Set {
        /// manual | step=DUR | real[=SPEED] | an RFC 3339 instant
        mode: String,
    },
}

/// More than a day a second is more than the control plane can be reckoned in.
const MAX_SPEED: f64 = 100_000.0;

pub(super) fn run(args: &Args, session: &Session) -> Outcome {
    match &args.action {
        None | Some(Action::Show) => show(session),
        Some(Action::Set { mode }) => set(mode, session),
    }
}

fn show(session: &Session) -> Outcome {
    let cluster = super::open(session, Access::Read)?;
    let meta = cluster.api.store().meta().clone();
    let mode = match meta.clock {
        ClockMode::Manual => "manual".to_string(),
        ClockMode::Step(step) => format!("step={}", duration::go_duration(step)),
        ClockMode::Real { speed: 1.0, .. } => "real".to_string(),
        ClockMode::Real { speed, .. } => format!("real={speed}"),
    };
    session.println(&format!("{}  {mode}", meta.now));
    Ok(())
}

fn set(mode: &str, session: &Session) -> Outcome {
    let cluster = super::open(session, Access::Write)?;
    let store = cluster.api.store();
    if let Some(target) = Time::parse(mode) {
        super::tick::check_target(store.now(), target)?;
        cluster.engine().run_until(target);
    } else {
        let clock = parse_mode(mode, store.now())?;
        store.update_meta(|m| m.clock = clock);
    }
    store.commit()?;
    show_changed(session, store.now(), mode);
    Ok(())
}

fn show_changed(session: &Session, now: Time, mode: &str) {
    session.println(&format!("{now}  {}", if Time::parse(mode).is_some() { "(moved)" } else { mode }));
}

fn parse_mode(mode: &str, now: Time) -> anyhow::Result<ClockMode> {
    let (name, value) = mode.split_once('=').unwrap_or((mode, ""));
    Ok(match (name, value) {
        ("manual", "") => ClockMode::Manual,
        ("step", text) if !text.is_empty() => ClockMode::Step(super::tick::duration(text)?),
        ("real", text) => {
            let speed: f64 = if text.is_empty() {
                1.0
            } else {
                text.parse().with_context(|| format!("real={text}: a number"))?
            };
            if !(speed > 0.0 && speed <= MAX_SPEED) {
                bail!("real={text}: the speed must be above 0 and at most {MAX_SPEED}");
            }
            ClockMode::Real { speed, wall: time::wall_clock(), at: now }
        }
        _ => bail!("{mode}: want manual, step=DUR (step=10s), real, real=SPEED (real=60), or an instant"),
    })
}
