//! `kubectl exec` and `kubectl attach`.

use super::flags::{FILES, Flag, flags};
use super::{Command, Failure, Kubectl, Writes, pods};
use crate::actors::programs::{Process, program_of};
use crate::api::ApiError;
use crate::machinery::{Object, Time, names};

const STREAMS: &[Flag] = &[
    Flag::string("container", "").short('c'),
    Flag::bool("stdin").short('i'),
    Flag::bool("tty").short('t'),
    Flag::bool("quiet").short('q'),
    pods::running_timeout("1m0s"),
];

pub(super) const COMMANDS: &[Command] = &[
    Command { path: "exec", aliases: &[], flags: flags!(STREAMS, FILES), writes: Writes::Always, run: exec },
    Command { path: "attach", aliases: &[], flags: flags!(STREAMS), writes: Writes::Always, run: attach },
];

fn exec(k: &Kubectl<'_>) -> Result<(), Failure> {
    let args = &k.flags.args;
    let (target, command) = match (args.split_first(), k.flags.dash) {
        (None, _) => return Err(Failure::message("pod, type/name or --filename must be specified")),
        (Some(_), Some(0)) => return Err(Failure::message("pod, type/name or --filename must be specified")),
        (Some((target, command)), _) => (target, command),
    };
    if command.is_empty() {
        return Err(Failure::message("you must specify at least one command for the container"));
    }
    if k.flags.dash != Some(1) {
        if !k.client.exec_guesses_the_command() {
            return Err(Failure::usage(
                "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
            ));
        }
        k.eprintln(
            "kubectl exec [POD] [COMMAND] is DEPRECATED and will be removed in a future version. Use kubectl exec [POD] -- \
             [COMMAND] instead.",
        );
    }
    let pod = pod(k, target)?;
    refuse_completed(&pod, "exec into")?;
    let container = pods::container(k, &pod, k.flags.str("container"), k.flags.bool("quiet"))?;
    running(&pod, &container)?;
    let status = pods::status(&pod, &container);
    let mut specs = pod.items_at("spec/containers").iter().chain(pod.items_at("spec/initContainers"));
    let spec = specs.find(|c| c.str_at("name") == container).cloned().unwrap_or_default();
    let process = Process {
        api: k.api()?,
        pod: &pod,
        container: &spec,
        started: Time::parse(status.str_at("state/running/startedAt")).unwrap_or_default(),
        restarts: status.int_at("restartCount").unwrap_or(0),
    };
    let stdin = match k.flags.bool("stdin") && !k.session.io.input_is_terminal {
        true => k.session.read_input().unwrap_or_default(),
        false => String::new(),
    };
    let output = program_of(&process).exec(&process, command, &stdin);
    if output.code == 127 && output.stdout.is_empty() && output.stderr.starts_with("exec: ") {
        let id = names::hex(process.api.store().meta().seed, "exec", process.now().0 as u64, 64);
        return Err(Failure::message(format!(
            "Internal error occurred: error executing command in container: failed to exec in container: failed to \
             start exec \"{id}\": OCI runtime exec failed: exec failed: unable to start container process: {}",
            output.stderr
        )));
    }
    k.print(&output.stdout);
    k.session.eprint(&output.stderr);
    match output.code {
        0 => Ok(()),
        code => {
            k.eprintln(&format!("command terminated with exit code {code}"));
            Err(Failure::Exit(code))
        }
    }
}

fn attach(k: &Kubectl<'_>) -> Result<(), Failure> {
    let target = match k.flags.args.as_slice() {
        [] => return Err(Failure::message("at least 1 argument is required for attach")),
        [one] => one.clone(),
        [kind, name] => format!("{kind}/{name}"),
        more => {
            return Err(Failure::message(format!(
                "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: [{}]",
                more.len(),
                more.join(" ")
            )));
        }
    };
    let pod = pod(k, &target)?;
    refuse_completed(&pod, "attach")?;
    let container = pods::container(k, &pod, k.flags.str("container"), k.flags.bool("quiet"))?;
    running(&pod, &container)?;
    if !k.flags.bool("quiet") {
        k.eprintln("If you don't see a command prompt, try pressing enter.");
    }
    Ok(())
}

/// The pod named, or the best one of the workload named.
fn pod(k: &Kubectl<'_>, target: &str) -> Result<Object, Failure> {
    let (resource, object) = pods::named(k, target)?;
    if resource.kind == "Pod" {
        return Ok(object);
    }
    let mut found = pods::of_workload(k, &resource, &object)?;
    Ok(found.remove(0))
}

fn refuse_completed(pod: &Object, what: &str) -> Result<(), Failure> {
    let phase = pod.str_at("status/phase");
    match phase {
        "Succeeded" | "Failed" => Err(Failure::message(format!(
            "cannot {what} a container in a completed pod; current phase is {phase}"
        ))),
        _ => Ok(()),
    }
}

fn running(pod: &Object, container: &str) -> Result<(), Failure> {
    if pod.str_at("spec/nodeName").is_empty() {
        return Err(ApiError::bad_request(format!("pod {} does not have a host assigned", pod.name())).into());
    }
    if pods::status(pod, container).at("state/running").is_null() {
        return Err(Failure::message(format!(
            "unable to upgrade connection: container not found (\"{container}\")"
        )));
    }
    Ok(())
}
