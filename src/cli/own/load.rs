//! `kubetick load`: what is asked of workloads over time.

use super::{InNamespace, Outcome, Session, open, read};
use crate::actors::load::curve::Curve;
use crate::actors::load::import;
use crate::actors::load::source::{self, CLIENTS, CPU, MEMORY_USE, METRIC, Source};
use crate::api::{Server, stored_under};
use crate::machinery::duration::{go_duration, parse_duration};
use crate::machinery::quantity::{Format, Quantity};
use crate::machinery::{Duration, Time};
use crate::render::tabwriter::{TABLE, align};
use crate::store::Access;
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What about the load.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Set the demand on a workload from now on, as steps or slopes over time
    Set(Set),
    /// Take demand off a workload, or off all of them
    Clear(Clear),
    /// List what is set, and what it asks for now
    Show,
    /// Set the demand on a workload from a file: CSV, or an answer of Prometheus to query_range
    Import(Import),
}

#[derive(clap::Args)]
struct Set {
    #[command(flatten)]
    target: Target,
    /// CPU of all pods together: 300m, or 0s=50m,2m=900m,10m=50m
    #[arg(long, value_name = "CURVE")]
    cpu: Option<String>,
    /// Memory of all pods together, beside what the program uses: 200Mi, or 0s=0,5m=1Gi
    #[arg(long, value_name = "CURVE")]
    memory: Option<String>,
    /// Clients that ask, wait for the answer, think, and ask again: 50, or 0s=1,5m=50
    #[arg(long, value_name = "CURVE")]
    clients: Option<String>,
    /// How long a client thinks
    #[arg(long, value_name = "DUR")]
    think: Option<String>,
    /// CPU time of a request; by default what the image is known for
    #[arg(long, value_name = "DUR")]
    cost: Option<String>,
    /// A metric for Pods, Object and External metrics of autoscalers: rps=20, or queue=0s=0,2m=500
    #[arg(long = "metric", value_name = "NAME=CURVE")]
    metrics: Vec<String>,
    /// Straight lines between the points instead of steps
    #[arg(long)]
    ramp: bool,
}

#[derive(clap::Args)]
struct Target {
    /// KIND/NAME: deployment/web, service/web, pod/x, or external/NAME for an external metric
    #[arg(value_name = "KIND/NAME")]
    target: String,
    #[command(flatten)]
    place: InNamespace,
}

#[derive(clap::Args)]
struct Clear {
    /// KIND/NAME
    #[arg(value_name = "KIND/NAME", required_unless_present = "all")]
    target: Option<String>,
    #[command(flatten)]
    place: InNamespace,
    /// All demand of all namespaces
    #[arg(long)]
    all: bool,
}

#[derive(clap::Args)]
struct Import {
    #[command(flatten)]
    target: Target,
    /// The file; - for standard input
    file: String,
    /// What the values of a Prometheus answer are: cpu (cores), memory (bytes), clients, or metric/NAME
    #[arg(long = "as", value_name = "WHAT", default_value = CPU)]
    what: String,
    /// Straight lines between the points instead of steps
    #[arg(long)]
    ramp: bool,
}

pub(super) fn run(args: &Args, session: &Session) -> Outcome {
    match &args.action {
        Action::Set(args) => set(args, session),
        Action::Clear(args) => clear(args, session),
        Action::Show => show(session),
        Action::Import(args) => import_file(args, session),
    }
}

fn set(args: &Set, session: &Session) -> Outcome {
    let mut curves = BTreeMap::new();
    let mut add = |about: &str, text: &Option<String>, unit: Unit| -> Outcome {
        if let Some(text) = text {
            curves.insert(
                about.to_string(),
                curve(text, unit, args.ramp).with_context(|| format!("--{about} {text}"))?,
            );
        }
        Ok(())
    };
    add(CPU, &args.cpu, Unit::Thousandths)?;
    add(MEMORY_USE, &args.memory, Unit::Whole)?;
    add(CLIENTS, &args.clients, Unit::Whole)?;
    for text in &args.metrics {
        let (name, values) =
            text.split_once('=').with_context(|| format!("--metric {text}: want NAME=CURVE"))?;
        let curve =
            curve(values, Unit::Thousandths, args.ramp).with_context(|| format!("--metric {text}"))?;
        curves.insert(format!("{METRIC}{name}"), curve);
    }
    if curves.is_empty() {
        bail!("nothing to set: give --cpu, --memory, --clients or --metric");
    }
    let span = |flag: &str, text: &Option<String>| -> anyhow::Result<Option<Duration>> {
        text.as_ref().map(|t| parse_duration(t).with_context(|| format!("--{flag} {t}"))).transpose()
    };
    let (think, cost) = (span("think", &args.think)?, span("cost", &args.cost)?);
    change(&args.target, session, |source| {
        source.curves.extend(curves);
        source.think = think.unwrap_or(source.think);
        source.cost = cost.or(source.cost);
    })
}

fn import_file(args: &Import, session: &Session) -> Outcome {
    let text = read(session, &args.file)?;
    let columns = if text.trim_start().starts_with('{') {
        BTreeMap::from([(args.what.clone(), import::prometheus(&text).map_err(anyhow::Error::msg)?)])
    } else {
        import::csv(&text).map_err(anyhow::Error::msg)?
    };
    let mut curves = BTreeMap::new();
    for (about, mut curve) in columns {
        let scale = match about.as_str() {
            MEMORY_USE | CLIENTS => 1.0,
            CPU => 1000.0,
            name if name.starts_with(METRIC) => 1000.0,
            name => bail!("{}: {name:?}: want cpu, memory, clients or metric/NAME", args.file),
        };
        curve.points.iter_mut().for_each(|(_, value)| *value *= scale);
        curve.ramp = args.ramp;
        curves.insert(about, curve);
    }
    change(&args.target, session, |source| source.curves.extend(curves))
}

/// Changes what is asked of a workload, from now on.
fn change(target: &Target, session: &Session, alter: impl FnOnce(&mut Source)) -> Outcome {
    let cluster = open(session, Access::Write)?;
    let ns = target.place.namespace(session);
    let (kind, name) = resolve(&cluster.api, &target.target, &ns)?;
    let now = cluster.api.now();
    let known = source::find(&cluster.api, &ns, &kind, &name);
    let mut source = known.map(|source| Source::clone(&source)).unwrap_or_else(|| Source {
        namespace: ns,
        kind: kind.clone(),
        name: name.clone(),
        start: now,
        ..Source::default()
    });
    // What was set before goes on as it did.
    let passed = now.since(source.start);
    for (offset, _) in source.curves.values_mut().flat_map(|c| &mut c.points) {
        *offset -= passed;
    }
    source.start = now;
    alter(&mut source);
    source::set(&cluster.api, source);
    cluster.finish()?;
    session.println(&format!("load on {kind}/{name} set"));
    Ok(())
}

/// The kind in lower case, and the name, of a target that is there.
fn resolve(api: &Server, text: &str, ns: &str) -> anyhow::Result<(String, String)> {
    let (word, name) = text
        .split_once('/')
        .with_context(|| format!("{text}: want KIND/NAME, for example deployment/web"))?;
    if word == "external" {
        return Ok((word.into(), name.into()));
    }
    let resource =
        api.registry().lookup(word).cloned().with_context(|| format!("{text}: no such kind: {word}"))?;
    let ns = if resource.namespaced { ns } else { "" };
    api.get(&stored_under(&resource), ns, name)
        .map_err(|e| anyhow::anyhow!("{} in namespace {ns}", e.message))?;
    Ok((resource.singular.to_lowercase(), name.into()))
}

fn clear(args: &Clear, session: &Session) -> Outcome {
    let cluster = open(session, Access::Write)?;
    let sources = source::all(&cluster.api);
    let chosen: Vec<Rc<Source>> = match &args.target {
        None => sources,
        Some(text) => {
            let (word, name) = text.split_once('/').with_context(|| format!("{text}: want KIND/NAME"))?;
            let singular = cluster.api.registry().lookup(word).map(|r| r.singular.to_lowercase());
            let kind = singular.unwrap_or_else(|| word.to_string());
            let ns = args.place.namespace(session);
            let fits = |s: &Source| s.namespace == ns && s.kind == kind && s.name == name;
            let found: Vec<Rc<Source>> = sources.into_iter().filter(|s| fits(s)).collect();
            if found.is_empty() {
                bail!("no load is set on {text} in namespace {ns}");
            }
            found
        }
    };
    for source in chosen {
        source::set(&cluster.api, Source { curves: BTreeMap::new(), ..Source::clone(&source) });
        session.println(&format!("load on {}/{} cleared", source.kind, source.name));
    }
    cluster.finish()?;
    Ok(())
}

fn show(session: &Session) -> Outcome {
    let cluster = open(session, Access::Read)?;
    let sources = source::all(&cluster.api);
    if sources.is_empty() {
        session.println(
            "No load is set. Containers use what their programs use, and clients in pods ask what they ask.",
        );
        return Ok(());
    }
    let now = cluster.api.now();
    let mut text = String::from("NAMESPACE\tTARGET\tWHAT\tNOW\tCURVE\n");
    for source in &sources {
        for (about, curve) in &source.curves {
            let show = |value: f64| amount(about, value);
            let at = now.since(source.start);
            let value = show(curve.value(at));
            let (kind, name) = (&source.kind, &source.name);
            text.push_str(&format!(
                "{}\t{kind}/{name}\t{about}\t{value}\t{}\n",
                source.namespace,
                shape(curve, source.start, &show)
            ));
        }
    }
    session.print(&align(TABLE, &text));
    Ok(())
}

/// The most points a line shows.
const MOST_POINTS: usize = 8;

fn shape(curve: &Curve, start: Time, show: &dyn Fn(f64) -> String) -> String {
    let point = |(at, value): &(Duration, f64)| format!("{}={}", go_duration(*at), show(*value));
    let mut text = curve.points.iter().take(MOST_POINTS).map(point).collect::<Vec<_>>().join(",");
    if curve.points.len() > MOST_POINTS {
        text.push_str(&format!(",... ({} points)", curve.points.len()));
    }
    format!("{text}{} since {start}", if curve.ramp { " (ramp)" } else { "" })
}

fn amount(about: &str, value: f64) -> String {
    let milli = |value: f64| Quantity::parse(&format!("{}m", value.round() as i64)).map(|q| q.canonical());
    match about {
        CLIENTS => value.to_string(),
        MEMORY_USE => Quantity::parse(&format!("{}", value.round() as i64))
            .map_or_else(|_| value.to_string(), |q| q.with_format(Format::BinarySI).canonical()),
        _ => milli(value).unwrap_or_else(|_| value.to_string()),
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Thousandths,
    Whole,
}

/// `300m`, or `0s=50m,2m=900m`.
fn curve(text: &str, unit: Unit, ramp: bool) -> anyhow::Result<Curve> {
    let value = |text: &str| -> anyhow::Result<f64> {
        let quantity = Quantity::parse(text).map_err(|e| anyhow::anyhow!("{text:?}: {e}"))?;
        if quantity.sign() < 0 {
            bail!("{text:?}: want a value of at least 0");
        }
        Ok(match unit {
            Unit::Thousandths => quantity.milli_value() as f64,
            Unit::Whole => quantity.as_f64(),
        })
    };
    if !text.contains('=') {
        return Ok(Curve::constant(value(text)?));
    }
    let mut points = Vec::new();
    for part in text.split(',') {
        let (at, amount) = part.split_once('=').with_context(|| format!("{part:?}: want TIME=VALUE"))?;
        let at = parse_duration(at).with_context(|| format!("{part:?}"))?;
        if points.last().is_some_and(|(before, _)| *before >= at) {
            bail!("{part:?}: times must rise");
        }
        points.push((at, value(amount)?));
    }
    Ok(Curve { ramp, points })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_read_and_refused() {
        let read = curve("0s=50m,2m=900m", Unit::Thousandths, false).unwrap();
        assert_eq!(read.points, [(Duration::ZERO, 50.0), (Duration::from_secs(120), 900.0)]);
        assert_eq!(curve("1Gi", Unit::Whole, false).unwrap(), Curve::constant((1u64 << 30) as f64));
        for wrong in ["x", "2m=1,1m=2", "0s", "1m=", "-5", "1x=2"] {
            assert!(curve(wrong, Unit::Thousandths, false).is_err(), "{wrong}");
        }
    }
}
