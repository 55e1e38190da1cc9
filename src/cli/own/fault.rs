//! `kubetick fault`: what fails on purpose, and for how long.

use super::{InNamespace, Outcome, Session, open, tick};
use crate::api::fault::{self, Fault, Kind, Target};
use crate::api::{Server, stored_under};
use crate::aws::provision;
use crate::catalog::cluster_config::ClusterConfig;
use crate::json;
use crate::machinery::go_text::json_indented;
use crate::machinery::{Object, Value, well_known};
use crate::render::tabwriter::{TABLE, align};
use crate::store::Access;
use anyhow::{Context, bail};
use clap::builder::{PossibleValue, PossibleValuesParser};
use std::collections::BTreeSet;

/// What fails.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    begin: Begin,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List what fails, and until when
    List(List),
    /// End faults before their time
    Clear(Clear),
}

#[derive(clap::Args)]
struct Begin {
    /// What fails: node/NAME, pod/NAME, or az/NAME for an availability zone
    #[arg(value_name = "KIND/NAME")]
    target: Option<String>,
    /// How it fails; an availability zone has an outage unless told otherwise
    #[arg(value_name = "FAULT", value_parser = kinds())]
    kind: Option<String>,
    /// For how long (10m); without it until `fault clear`
    #[arg(long = "for", value_name = "DUR")]
    duration: Option<String>,
    #[command(flatten)]
    place: InNamespace,
    /// The one container of a pod that fails; all of them by default
    #[arg(short, long, value_name = "NAME")]
    container: Option<String>,
}

#[derive(clap::Args)]
struct List {
    /// How to print it
    #[arg(short, long, value_parser = ["json", "text"], default_value = "text")]
    output: String,
}

#[derive(clap::Args)]
struct Clear {
    /// node/NAME, pod/NAME or az/NAME
    #[arg(value_name = "KIND/NAME", required_unless_present = "all")]
    target: Option<String>,
    /// Only this fault of it
    #[arg(value_name = "FAULT", value_parser = kinds())]
    kind: Option<String>,
    #[command(flatten)]
    place: InNamespace,
    /// All faults
    #[arg(long, conflicts_with = "target")]
    all: bool,
}

fn kinds() -> PossibleValuesParser {
    let value = |kind: Kind| PossibleValue::new(kind.name()).help(kind.about());
    PossibleValuesParser::new(Kind::ALL.map(value))
}

pub(super) fn run(args: &Args, session: &Session) -> Outcome {
    match &args.action {
        Some(Action::List(args)) => list(args, session),
        Some(Action::Clear(args)) => clear(args, session),
        None => begin(&args.begin, session),
    }
}

fn begin(args: &Begin, session: &Session) -> Outcome {
    let text = args.target.as_deref().context("nothing to fail: give KIND/NAME, for example node/NAME")?;
    let duration = args.duration.as_deref().map(tick::duration).transpose()?;
    let cluster = open(session, Access::Write)?;
    let api = &cluster.api;
    let target = read_target(api, text, &args.place.namespace(session))?;
    let kind = match (&args.kind, &target) {
        (Some(name), _) => Kind::of_name(name).with_context(|| format!("no such fault: {name}"))?,
        (None, Target::Zone(_)) => Kind::Outage,
        (None, _) => bail!("{text}: how does it fail? {}", choices(target.kind())),
    };
    if kind.befalls() != target.kind() {
        bail!("{text}: {} is not a fault of a {}; {}", kind.name(), target.kind(), choices(target.kind()));
    }
    if kind == Kind::SpotInterruption && duration.is_some() {
        bail!("spot-interruption takes no --for: the instance ends two minutes after its notice");
    }
    if args.container.is_some() && target.kind() != "pod" {
        bail!("{text}: --container is for pods");
    }
    let container = args.container.clone().unwrap_or_default();
    check(api, text, &target, kind, &container)?;
    let now = api.now();
    let until = duration.map(|d| now + d);
    let once = kind == Kind::Oom && until.is_none();
    fault::begin(api, Fault { target: target.clone(), kind, since: now, until, container, once });
    cluster.finish()?;
    let until = until.map_or(String::new(), |until| format!(", until {until}"));
    session.println(&format!("fault {} on {} set{until}", kind.name(), target.shown()));
    Ok(())
}

/// `want one of stop, not-ready, ...`.
fn choices(of: &str) -> String {
    let names: Vec<&str> = Kind::ALL.iter().filter(|k| k.befalls() == of).map(|k| k.name()).collect();
    match names[..] {
        [one] => format!("want {one}"),
        _ => format!("want one of {}", names.join(", ")),
    }
}

/// What a user means by `node/NAME`, `pod/NAME` or `az/NAME`; it need not be there.
fn meant(api: &Server, text: &str, ns: &str) -> anyhow::Result<Target> {
    let (word, name) = text
        .split_once('/')
        .filter(|(_, name)| !name.is_empty())
        .with_context(|| format!("{text}: want KIND/NAME, for example node/NAME"))?;
    if matches!(word, "az" | "zone") {
        return Ok(Target::Zone(name.into()));
    }
    let resource = api.registry().lookup(word).map(stored_under);
    match resource.as_deref() {
        Some("nodes") => Ok(Target::Node(name.into())),
        Some("pods") => Ok(Target::Pod(ns.into(), name.into())),
        Some(_) => bail!("{text}: faults are of node/NAME, pod/NAME and az/NAME"),
        None => bail!("{text}: no such kind: {word}"),
    }
}

/// The same, and it is there.
fn read_target(api: &Server, text: &str, ns: &str) -> anyhow::Result<Target> {
    let target = meant(api, text, ns)?;
    let found = |resource: &str, ns: &str, name: &str| api.get(resource, ns, name).map(drop);
    match &target {
        Target::Node(name) => found("nodes", "", name).map_err(|e| anyhow::anyhow!(e.message))?,
        Target::Pod(ns, name) => {
            found("pods", ns, name).map_err(|e| anyhow::anyhow!("{} in namespace {ns}", e.message))?
        }
        Target::Zone(name) => {
            let zones = zones(api);
            if !zones.contains(name) {
                let zones: Vec<&str> = zones.iter().map(String::as_str).collect();
                bail!("{text}: the cluster is not in that zone; it is in {}", zones.join(", "));
            }
        }
    }
    Ok(target)
}

/// The zones of the cluster: of its configuration, and of its nodes.
fn zones(api: &Server) -> BTreeSet<String> {
    let configured = ClusterConfig::from_value(&api.store().meta().config).map(|c| c.zones);
    let mut zones: BTreeSet<String> = configured.unwrap_or_default().into_iter().collect();
    let nodes = api.list("nodes", "");
    zones.extend(nodes.iter().filter_map(|n| n.label(well_known::ZONE)).map(str::to_string));
    zones
}

/// Whether a fault can befall what it is to befall: somebody would notice.
fn check(api: &Server, text: &str, target: &Target, kind: Kind, container: &str) -> Outcome {
    match target {
        Target::Node(name) => {
            let node = api.find("nodes", "", name).unwrap_or_default();
            let instance = provision::instance_of(api.store(), &node);
            let needed = matches!(kind, Kind::Stop | Kind::StatusCheck | Kind::SpotInterruption);
            match (needed, instance) {
                (true, None) => bail!("{text}: no EC2 instance is behind this node"),
                (true, Some(i)) if i.str_at("spec/State/Name") != "running" => {
                    bail!("{text}: its instance {} is {}", i.name(), i.str_at("spec/State/Name"))
                }
                (_, Some(i))
                    if kind == Kind::SpotInterruption && i.str_at("spec/InstanceLifecycle") != "spot" =>
                {
                    bail!(
                        "{text}: its instance {} is on demand; only spot instances are taken back",
                        i.name()
                    )
                }
                _ => {}
            }
        }
        Target::Pod(ns, name) => {
            let pod = api.find("pods", ns, name).unwrap_or_default();
            check_pod(text, &pod, kind, container)?;
        }
        Target::Zone(_) => {}
    }
    Ok(())
}

fn check_pod(text: &str, pod: &Object, kind: Kind, container: &str) -> Outcome {
    let phase = pod.str_at("status/phase");
    if matches!(phase, "Succeeded" | "Failed") {
        bail!("{text}: its containers have ended (phase {phase})");
    }
    let containers = pod.items_at("spec/containers");
    let chosen: Vec<&Value> =
        containers.iter().filter(|c| container.is_empty() || c.str_at("name") == container).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = containers.iter().map(|c| c.str_at("name")).collect();
        bail!("{text}: no container {container}; it has {}", names.join(", "));
    }
    let probe = match kind {
        Kind::Unready => "readinessProbe",
        Kind::Unhealthy => "livenessProbe",
        _ => return Ok(()),
    };
    if chosen.iter().all(|c| c.at(probe).is_null()) {
        bail!("{text}: without a {probe} nobody would notice");
    }
    Ok(())
}

fn clear(args: &Clear, session: &Session) -> Outcome {
    let cluster = open(session, Access::Write)?;
    let api = &cluster.api;
    let wanted = args.kind.as_deref().and_then(Kind::of_name);
    let mut found = fault::all(api.store());
    if let Some(text) = &args.target {
        let target = meant(api, text, &args.place.namespace(session))?;
        found.retain(|f| f.target == target && wanted.is_none_or(|kind| f.kind == kind));
        if found.is_empty() {
            bail!("no fault {}on {text}", args.kind.as_ref().map_or(String::new(), |k| format!("{k} ")));
        }
    }
    for fault in &found {
        fault::end(api, &fault.target, Some(fault.kind));
    }
    cluster.finish()?;
    for fault in &found {
        session.println(&format!("fault {} on {} cleared", fault.kind.name(), fault.target.shown()));
    }
    Ok(())
}

fn list(args: &List, session: &Session) -> Outcome {
    let cluster = open(session, Access::Read)?;
    let faults = fault::all(cluster.api.store());
    if args.output == "json" {
        let all: Vec<Value> = faults.iter().map(as_json).collect();
        session.println(&json_indented(&all.into(), "    "));
        return Ok(());
    }
    if faults.is_empty() {
        session.println("Nothing fails on purpose.");
        return Ok(());
    }
    let mut text = String::from("NAMESPACE\tTARGET\tCONTAINER\tFAULT\tSINCE\tUNTIL\n");
    for f in &faults {
        let ns = match &f.target {
            Target::Pod(ns, _) => ns.as_str(),
            _ => "",
        };
        let until = f.until.map_or("cleared".to_string(), |t| t.to_string());
        let (target, kind, since) = (f.target.shown(), f.kind.name(), f.since);
        text.push_str(&format!("{ns}\t{target}\t{}\t{kind}\t{since}\t{until}\n", f.container));
    }
    session.print(&align(TABLE, &text));
    Ok(())
}

fn as_json(f: &Fault) -> Value {
    let mut v = json!({"target": (f.target.shown()), "fault": (f.kind.name()), "since": (f.since.rfc3339())});
    if let Target::Pod(ns, _) = &f.target {
        v.set("namespace", ns.as_str());
    }
    if let Some(until) = f.until {
        v.set("until", until.rfc3339());
    }
    if !f.container.is_empty() {
        v.set("container", f.container.as_str());
    }
    v
}
