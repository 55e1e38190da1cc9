//! `kubectl taint`.

use super::flags::{DRY_RUN, Flag, OUTPUT, SELECTOR, VALIDATE, flags};
use super::report::{DryRun, Report};
use super::targets;
use super::{Command, Failure, Kubectl, Writes};
use crate::api::{Part, Patch};
use crate::json;
use crate::machinery::{Object, Value};

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "taint",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        SELECTOR,
        DRY_RUN,
        VALIDATE,
        &[Flag::bool("overwrite"), Flag::string("field-manager", "kubectl-taint")]
    ),
    writes: Writes::Always,
    run,
}];

/// A taint to add, or what to remove.
struct Taint {
    key: String,
    value: String,
    /// Empty when every effect is meant.
    effect: String,
}

struct Changes {
    add: Vec<Taint>,
    remove: Vec<Taint>,
}

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let dry_run = DryRun::of(k)?;
    let is_change = |arg: &String| arg.ends_with('-') || arg.contains('=') || arg.contains(':');
    let args = &k.flags.args;
    let at = args.iter().position(is_change).unwrap_or(args.len());
    let (objects, specs) = args.split_at(at);
    if objects.is_empty() {
        return Err(Failure::message("one or more resources must be specified as <resource> <name>"));
    }
    if specs.is_empty() {
        return Err(Failure::message("at least one taint update is required"));
    }
    let changes = parse(specs)?;
    let report = Report::new(k, DryRun::None)?;
    targets::live(k, objects)?.each(|target| {
        let (node, name) = (&target.object, target.object.name());
        if target.resource.kind != "Node" {
            return Err(Failure::message(format!(
                "invalid resource type {}, only [node] are supported",
                target.resource.plural
            )));
        }
        let (taints, verb) = changed(node, &changes, k.flags.bool("overwrite"))?;
        let mut done = node.clone();
        if dry_run != DryRun::Client {
            let list = if taints.is_empty() { Value::Null } else { Value::from(taints) };
            let patch = Patch::Strategic(json!({"spec": {"taints": list}}));
            let options = dry_run.strict_options(k.flags.str("field-manager"));
            done = k.api()?.patch(&target.resource, "", name, &patch, Part::Main, &options)?;
        }
        report.done(&done, verb)
    })
}

const NAME_RULE: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                         alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation \
                         is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/// `KEY=VALUE:EFFECT`, `KEY:EFFECT`, and with a dash at the end what is to go.
fn parse(specs: &[String]) -> Result<Changes, Failure> {
    let mut changes = Changes { add: Vec::new(), remove: Vec::new() };
    for spec in specs {
        let (body, removes) = spec.strip_suffix('-').map_or((spec.as_str(), false), |body| (body, true));
        let (pair, effect) = body.split_once(':').unwrap_or((body, ""));
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let known = matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute");
        if !removes && !body.contains(':') {
            return Err(Failure::usage(format!("invalid taint spec: {spec}, {NAME_RULE}")));
        }
        if !known && (!effect.is_empty() || !removes) {
            return Err(Failure::usage(format!("invalid taint effect: {effect}, unsupported taint effect")));
        }
        let taint = Taint { key: key.into(), value: value.into(), effect: effect.into() };
        let same = |other: &Taint| other.key == taint.key && other.effect == taint.effect;
        if !removes && changes.add.iter().any(same) {
            return Err(Failure::usage(format!(
                "duplicated taints with the same key and effect: {{{key} {value} {effect} <nil>}}"
            )));
        }
        if removes { changes.remove.push(taint) } else { changes.add.push(taint) }
    }
    Ok(changes)
}

/// The node's taints afterwards, and the word for it.
fn changed(node: &Object, changes: &Changes, overwrite: bool) -> Result<(Vec<Value>, &'static str), Failure> {
    let before = node.items_at("spec/taints");
    let same = |taint: &Taint, old: &Value| {
        old.str_at("key") == taint.key && (taint.effect.is_empty() || old.str_at("effect") == taint.effect)
    };
    if !overwrite {
        let taken: Vec<&str> = changes
            .add
            .iter()
            .filter(|t| before.iter().any(|old| same(t, old)))
            .map(|t| t.key.as_str())
            .collect();
        if !taken.is_empty() {
            return Err(Failure::message(format!(
                "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                node.name(),
                taken.join(",")
            )));
        }
    }
    let mut after: Vec<Value> = before.to_vec();
    for taint in &changes.remove {
        let left: Vec<Value> = after.iter().filter(|old| !same(taint, old)).cloned().collect();
        if left.len() == after.len() {
            let shown = match taint.effect.as_str() {
                "" => taint.key.clone(),
                effect => format!("{}:{effect}", taint.key),
            };
            return Err(Failure::message(format!("taint \"{shown}\" not found")));
        }
        after = left;
    }
    let mut replaced = false;
    for taint in &changes.add {
        replaced |= after.iter().any(|old| same(taint, old));
        after.retain(|old| !same(taint, old));
    }
    let fresh = changes.add.iter().map(|taint| {
        let mut new = json!({"effect": (taint.effect.as_str()), "key": (taint.key.as_str())});
        if !taint.value.is_empty() {
            new.set("value", taint.value.as_str());
        }
        new
    });
    let after: Vec<Value> = fresh.chain(after).collect();
    let verb = match (changes.add.is_empty(), changes.remove.is_empty()) {
        (true, _) => "untainted",
        (false, false) => "modified",
        (false, true) if replaced => "modified",
        (false, true) => "tainted",
    };
    Ok((after, verb))
}
