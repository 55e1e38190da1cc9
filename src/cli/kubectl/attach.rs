//! A session on a pod's container: what it prints, until it ends or the user has enough.
//!
//! While the kubelet has something in store for the pod (an image on its way, a script that sleeps) the session drives the
//! clock. A process that only an outsider ends is followed instead: it runs as other processes let time pass.

use super::{Failure, Kubectl, pods};
use crate::api::Server;
use crate::cli::waiting::{self, Bound, Ended};
use crate::machinery::Object;
use crate::machinery::duration::parse_duration;
use std::cell::Cell;
use std::ops::ControlFlow;

/// How a session ended.
pub(super) struct Outcome {
    pub ended: Ended,
    /// The process' exit code; 0 while it runs.
    pub code: i32,
    /// `Completed`, `Error`.
    pub reason: String,
}

/// Waits for a pod to run, then shows what its first container prints.
pub(super) fn run(k: &Kubectl<'_>, pod: &Object, timeout: &str) -> Result<Outcome, Failure> {
    let cluster = k.cluster()?;
    cluster.engine().settle();
    let timeout = parse_duration(timeout).unwrap_or_default();
    let (ns, name) = (pod.namespace(), pod.name());
    let find = |api: &Server| api.find("pods", ns, name);
    let begun = waiting::wait(k.session, cluster, Bound::For(timeout), &mut |api, _| match find(api) {
        Some(pod) if pod.str_at("status/phase") == "Pending" => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    })?;
    if begun == Ended::TimedOut {
        return Err(Failure::message("timed out waiting for the condition"));
    }
    let terminal = k.flags.bool("tty") && k.flags.bool("stdin") && !k.flags.bool("quiet");
    if terminal {
        k.eprintln("If you don't see a command prompt, try pressing enter.");
    }
    let container = pod.items_at("spec/containers").first().map_or("", |c| c.str_at("name")).to_string();
    let printed = Cell::new(0);
    let show = |api: &Server| {
        let lines = api.store().logs(pod.uid(), &format!("{container}/0"));
        lines.iter().skip(printed.get()).for_each(|line| k.println(&line.text));
        printed.set(lines.len());
    };
    // The session is with one process: it ends although the container is started again.
    let again = pod.str_at("spec/restartPolicy") == "Always";
    let over = |api: &Server| match find(api) {
        Some(pod) => {
            let status = pods::status(&pod, &container);
            let ended = |key: &str| !status.at(key).at("terminated").is_null();
            matches!(pod.str_at("status/phase"), "Succeeded" | "Failed")
                || (again && (ended("state") || ended("lastState")))
        }
        None => true,
    };
    // One step of the clock at a time, for as long as the pod has plans of its own.
    let key = format!("pod {ns}/{name}");
    let mut ended = begun;
    while !over(&cluster.api) {
        let plans = cluster.api.store().pending_wake("kubelet", &key).is_some();
        let bound = if plans { Bound::UntilTrue } else { Bound::Watch(None) };
        ended = waiting::wait(k.session, cluster, bound, &mut |api, _| {
            show(api);
            let idle = plans && api.store().pending_wake("kubelet", &key).is_none();
            if over(api) || idle { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if ended != Ended::Satisfied {
            break;
        }
    }
    show(&cluster.api);
    if again {
        if terminal && ended == Ended::Satisfied {
            k.println(&format!(
                "Session ended, resume using 'kubectl attach {name} -c {container} -i -t' command when the pod is running"
            ));
        }
        return Ok(Outcome { ended, code: 0, reason: String::new() });
    }
    let last = find(&cluster.api);
    let state =
        last.as_ref().map(|p| pods::status(p, &container).at("state/terminated").clone()).unwrap_or_default();
    Ok(Outcome {
        ended,
        code: state.int_at("exitCode").unwrap_or(0) as i32,
        reason: state.str_at("reason").to_string(),
    })
}
