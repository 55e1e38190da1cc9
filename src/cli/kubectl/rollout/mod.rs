//! `kubectl rollout`: what becomes of the workloads that replace their pods.

mod history;
mod state;
mod status;

use super::flags::{DRY_RUN, FILES, Flag, OUTPUT, flags};
use super::{Command, Failure, Kubectl, Writes, files, resources, targets};

const SELECTOR: &[Flag] = &[Flag::string("selector", "").short('l')];
const MANAGER: &[Flag] = &[Flag::string("field-manager", "kubectl-rollout")];

pub(super) const COMMANDS: &[Command] = &[
    Command {
        path: "rollout status",
        aliases: &[],
        flags: flags!(
            FILES,
            SELECTOR,
            &[Flag::on("watch").short('w'), Flag::int("revision", "0"), Flag::duration("timeout", "0s")]
        ),
        writes: Writes::Always,
        run: status::run,
    },
    Command {
        path: "rollout restart",
        aliases: &[],
        flags: flags!(OUTPUT, FILES, SELECTOR, MANAGER),
        writes: Writes::Always,
        run: state::restart,
    },
    Command {
        path: "rollout pause",
        aliases: &[],
        flags: flags!(OUTPUT, FILES, SELECTOR, MANAGER),
        writes: Writes::Always,
        run: state::pause,
    },
    Command {
        path: "rollout resume",
        aliases: &[],
        flags: flags!(OUTPUT, FILES, SELECTOR, MANAGER),
        writes: Writes::Always,
        run: state::resume,
    },
    Command {
        path: "rollout history",
        aliases: &[],
        flags: flags!(OUTPUT, FILES, SELECTOR, &[Flag::int("revision", "0")]),
        writes: Writes::Never,
        run: history::show,
    },
    Command {
        path: "rollout undo",
        aliases: &[],
        flags: flags!(OUTPUT, FILES, SELECTOR, DRY_RUN, &[Flag::int("to-revision", "0")]),
        writes: Writes::Always,
        run: history::undo,
    },
];

/// The workloads a command line means; a type alone means all of that type. `None` when there are none, which is said.
fn workloads(k: &Kubectl<'_>) -> Result<Option<targets::Targets>, Failure> {
    if k.flags.args.is_empty() && !files::given(k) {
        return Err(Failure::message("required resource not specified"));
    }
    let alone = !files::given(k)
        && k.flags.str("selector").is_empty()
        && !k.flags.args.is_empty()
        && !resources::parse(k, &k.flags.args)?.by_name();
    let found = if alone { targets::of_types(k, &k.flags.args)? } else { targets::live(k, &k.flags.args)? };
    if found.targets.is_empty() && found.failures.is_empty() {
        k.eprintln(&format!("No resources found in {} namespace.", k.namespace()?));
        return Ok(None);
    }
    Ok(Some(found))
}
