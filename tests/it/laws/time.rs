//! What happens depends on the commands and the seed, not on who runs them, how often, or how ticks are cut.

use super::script::{Script, scripts};
use super::{Cut, law_of_scripts, play, same};
use crate::shell::Shell;
use proptest::prelude::*;

#[test]
fn the_same_script_in_two_homes_gives_the_same_bytes() {
    law_of_scripts(1, (scripts(14), Just(())), |(script, ())| {
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
fn a_tick_is_the_sum_of_its_parts_and_looking_changes_nothing() {
    law_of_scripts(1, (scripts(16), any::<u64>()), |(script, seed)| {
        let script = with_aftermath(script);
        let (whole, tenths, random) = (Shell::ready(), Shell::ready(), Shell::ready());
        let seen = play(&whole, &script, Cut::Whole);
        same("outputs of one tick and ten", &seen, &play(&tenths, &script, Cut::Equal(10)))?;
        same("exports of one tick and ten", &whole.export(), &tenths.export())?;
        same("outputs of one tick and some", &seen, &play(&random, &script, Cut::Seeded(seed)))?;
        same("exports of one tick and some", &whole.export(), &random.export())
    });
}

/// Whoever only looks on for a while has nothing for the control plane to answer at the end.
#[test]
fn a_watch_to_its_bound_is_a_tick() {
    let exports = ["kubetick tick 5m -q", "kubectl get pods -w --for 5m"].map(|pass| {
        let shell = Shell::new();
        shell.must("kubectl create deployment web --image=nginx");
        // A slope has the load looked at on instants of its own.
        shell.must("kubetick load set deployment/web --cpu 0s=20m,30m=600m --ramp");
        shell.must(pass);
        shell.must("kubectl scale deployment web --replicas=2");
        shell.export()
    });
    same("exports of a tick and a watch", &exports[0], &exports[1]).unwrap();
}
