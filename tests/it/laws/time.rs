//! What happens depends on the commands and the seed, not on who runs them, how often, or how ticks are cut.

use super::script::{Script, scripts};
use super::{Cut, law, law_of_scripts, play, same};
use crate::shell::Shell;
use proptest::prelude::*;

#[test]
fn the_same_script_in_two_homes_gives_the_same_bytes() {
    law_of_scripts(3, scripts(14), |script| {
        let (one, other) = (Shell::new(), Shell::new());
        same("outputs", &play(&one, &script, Cut::Whole), &play(&other, &script, Cut::Whole))?;
        same("exports", &one.export(), &other.export())
    });
}

/// What the last commands began goes on for a while.
fn with_aftermath(mut script: Script) -> Script {
    script.0.push(super::Step("tick 600".into()));
    script
}

#[test]
fn a_tick_is_the_sum_of_its_parts() {
    law_of_scripts(4, scripts(16), |script| {
        let script = with_aftermath(script);
        let (whole, tenths) = (Shell::ready(), Shell::ready());
        same("outputs", &play(&whole, &script, Cut::Whole), &play(&tenths, &script, Cut::Equal(10)))?;
        same("exports", &whole.export(), &tenths.export())
    });
}

#[test]
fn a_tick_is_the_sum_of_any_parts_and_looking_changes_nothing() {
    law(4, (scripts(16), any::<u64>()), |(script, seed)| {
        let script = with_aftermath(script);
        let (whole, cut) = (Shell::ready(), Shell::ready());
        same("outputs", &play(&whole, &script, Cut::Whole), &play(&cut, &script, Cut::Seeded(seed)))?;
        same("exports", &whole.export(), &cut.export())
    });
}
