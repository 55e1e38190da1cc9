//! `kubetick cost`: what the instances of the cluster cost.

use super::{Outcome, Session, open};
use crate::aws::{Usage, usage};
use crate::catalog::instance_types::{self, SPOT_SHARE};
use crate::json;
use crate::machinery::duration::parse_duration;
use crate::machinery::go_text::json_indented;
use crate::machinery::{Time, Value};
use crate::render::explain_cost::explain_cost;
use crate::store::Access;
use anyhow::{Context, bail};
use std::collections::BTreeMap;

const SECONDS_IN_AN_HOUR: f64 = 3600.0;

/// Of what time, at which prices.
#[derive(clap::Args)]
pub(super) struct Args {
    /// From this instant on, or from so long ago (RFC 3339, or a duration such as 24h); from the first instance by default
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Until this instant, or until so long ago; until now by default
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// The last 24h, or another duration
    #[arg(long, value_name = "DUR", conflicts_with_all = ["since", "until"])]
    last: Option<String>,
    /// The price of a type in dollars an hour, instead of that of us-east-1: m5.large=0.118, or m5.large/spot=0.045
    #[arg(long = "price", value_name = "TYPE=USD")]
    prices: Vec<String>,
    /// What a spot instance costs, as a part of the price on demand
    #[arg(long, value_name = "PART", default_value_t = SPOT_SHARE.to_string())]
    spot_share: String,
    /// How to print it
    #[arg(short, long, value_parser = ["json", "text"], default_value = "text")]
    output: String,
}

pub(super) fn run(args: &Args, session: &Session) -> Outcome {
    let cluster = open(session, Access::Read)?;
    let now = cluster.api.now();
    let used = usage(cluster.api.store());
    let span = span(args, now, used.iter().filter_map(Usage::began).min().unwrap_or(now))?;
    let bill = bill(&used, span, &Prices::read(args)?);
    if args.output == "json" {
        session.println(&json_indented(&bill, "    "));
    } else {
        session.print(&explain_cost(&bill));
    }
    Ok(())
}

/// From when to when.
fn span(args: &Args, now: Time, first: Time) -> anyhow::Result<(Time, Time)> {
    let instant = |flag: &str, text: &str| -> anyhow::Result<Time> {
        let ago = || parse_duration(text).map(|ago| now - ago);
        let at = Time::parse(text).map_or_else(ago, Ok);
        at.with_context(|| format!("--{flag} {text}: want an instant or a duration"))
    };
    let read = |flag: &str, text: &Option<String>, default: Time| {
        text.as_ref().map_or(Ok(default), |text| instant(flag, text))
    };
    let from = match &args.last {
        Some(_) => read("last", &args.last, now)?,
        None => read("since", &args.since, first)?,
    };
    let to = read("until", &args.until, now)?;
    if to > now {
        bail!("the clock shows {now}; what comes until {to} has not cost anything yet");
    }
    if from > to {
        bail!("the span ends at {to}, before it begins at {from}");
    }
    Ok((from, to))
}

/// Dollars an hour.
struct Prices {
    /// By type, or type and `/spot`.
    told: BTreeMap<String, f64>,
    spot_share: f64,
}

impl Prices {
    fn read(args: &Args) -> anyhow::Result<Prices> {
        let number = |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
        let mut told = BTreeMap::new();
        for text in &args.prices {
            let (name, price) =
                text.split_once('=').with_context(|| format!("--price {text}: want TYPE=USD"))?;
            let plain = name.trim_end_matches("/spot");
            if instance_types::find(plain).is_none() {
                bail!("--price {text}: there is no instance type {plain}");
            }
            let price = number(price)
                .with_context(|| format!("--price {text}: want dollars an hour, such as 0.118"))?;
            told.insert(name.to_string(), price);
        }
        let spot_share = number(&args.spot_share)
            .filter(|part| *part <= 1.0)
            .with_context(|| format!("--spot-share {}: want a part between 0 and 1", args.spot_share))?;
        Ok(Prices { told, spot_share })
    }

    fn of(&self, usage: &Usage) -> Option<f64> {
        let told = |key: &str| self.told.get(key).copied();
        let name = &usage.instance_type;
        let on_demand = || told(name).or_else(|| instance_types::find(name)?.price);
        match usage.spot {
            false => on_demand(),
            true => told(&format!("{name}/spot")).or_else(|| Some(on_demand()? * self.spot_share)),
        }
    }
}

/// What was used in a span, by group, type and capacity, and what it costs.
fn bill(used: &[Usage], (from, to): (Time, Time), prices: &Prices) -> Value {
    let mut rows: BTreeMap<(&str, &str, bool), Vec<&Usage>> = BTreeMap::new();
    for usage in used.iter().filter(|u| u.seconds(from, to) > 0.0 || u.runs_at(to)) {
        rows.entry((&usage.group, &usage.instance_type, usage.spot)).or_default().push(usage);
    }
    let (mut hours, mut cost, mut rate, mut running, mut unpriced) = (0.0, 0.0, 0.0, 0, Vec::new());
    let mut groups = Vec::new();
    for ((group, kind, spot), members) in rows {
        let of_row: f64 = members.iter().map(|u| u.seconds(from, to)).sum::<f64>() / SECONDS_IN_AN_HOUR;
        let now = members.iter().filter(|u| u.runs_at(to)).count();
        let price = prices.of(members[0]);
        let instances = members.iter().map(|u| {
            let hours = u.seconds(from, to) / SECONDS_IN_AN_HOUR;
            json!({"id": (u.id.as_str()), "zone": (u.zone.as_str()), "hours": (rounded(hours))})
        });
        let mut row = json!({
            "group": group, "type": kind, "capacity": (if spot { "spot" } else { "on-demand" }),
            "count": (members.len() as i64), "running": (now as i64), "hours": (rounded(of_row)),
            "instances": (instances.collect::<Vec<_>>()),
        });
        if let Some(price) = price {
            row.set("pricePerHour", rounded(price));
            row.set("cost", rounded(of_row * price));
        } else if !unpriced.contains(&kind) {
            unpriced.push(kind);
        }
        (hours, running) = (hours + of_row, running + now);
        cost += of_row * price.unwrap_or(0.0);
        rate += now as f64 * price.unwrap_or(0.0);
        groups.push(row);
    }
    let mut bill = json!({
        "from": (from.rfc3339()), "to": (to.rfc3339()), "groups": groups, "hours": (rounded(hours)),
        "cost": (rounded(cost)), "running": (running as i64), "costPerHour": (rounded(rate)),
    });
    if !unpriced.is_empty() {
        bill.set("withoutPrice", unpriced.into_iter().map(Value::from).collect::<Vec<_>>());
    }
    bill
}

/// To the millionth of an hour or a dollar.
fn rounded(n: f64) -> f64 {
    (n * 1e6).round() / 1e6
}
