//! Which program a container runs.

use super::cluster_autoscaler::Autoscaler;
use super::plain::{Fails, Greets, Pauses, Works};
use super::servers::{FailsLater, Serves};
use super::shell::{Command, Script};
use super::{Process, Program};
use crate::catalog::images::{self, EntryPoint, Image};

/// A way to tell a program by its container; the first that answers decides.
type Recognizer = fn(&Process<'_>, &Image) -> Option<Box<dyn Program>>;

/// Programs that are told by their image or command line come before the shell, the general case last.
const RECOGNIZERS: &[Recognizer] = &[Autoscaler::recognize, Script::recognize, Command::recognize, by_image];

/// The program of a container. Its command line decides, then its image; what nothing recognizes is a server that
/// answers on every port.
pub fn program_of(process: &Process<'_>) -> Box<dyn Program> {
    let Ok(image) = images::find(process.image()) else { return Box::new(Fails) };
    RECOGNIZERS.iter().find_map(|recognize| recognize(process, &image)).unwrap_or_else(|| Box::new(Serves))
}

/// The image's own entry point. A container that gives arguments alone passes them to it.
fn by_image(process: &Process<'_>, image: &Image) -> Option<Box<dyn Program>> {
    let short = image.reference.short();
    if short == "liveness" || (short == "agnhost" && process.argv().first().is_some_and(|a| a == "liveness"))
    {
        return Some(Box::new(FailsLater));
    }
    let own = process.container.items_at("command").is_empty();
    Some(match image.entry_point {
        EntryPoint::Pause if own => Box::new(Pauses),
        EntryPoint::Greeting if own => Box::new(Greets),
        EntryPoint::Once if own => Box::new(Works),
        EntryPoint::Shell if process.argv().is_empty() => Box::new(Command::nothing()),
        _ => Box::new(Serves),
    })
}
