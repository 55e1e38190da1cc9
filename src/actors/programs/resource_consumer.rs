//! `resource-consumer` of the Kubernetes end-to-end tests: uses what it is asked to use, for as long as it is asked to.
//! `POST /ConsumeCPU millicores=300&durationSec=600`, `POST /ConsumeMem megabytes=100&durationSec=600`.

use super::http::{Request, Served};
use super::{Process, Program, Usage};
use crate::json;
use crate::machinery::{Duration, Time, Value};

/// Listens here unless `-port` says otherwise.
const PORT: i64 = 8080;
/// What it takes when nobody has asked for anything.
const IDLE: Usage = Usage { cpu: 500, memory: 9 << 20, growth: 0, cost: Some(1_000_000), until: None };

pub(super) struct ConsumesResources;

impl ConsumesResources {
    /// Takes an order: so many of something, until an instant. The answer says what was understood.
    fn order(process: &Process<'_>, request: &Request, what: &str, unit: &str) -> Served {
        let wanted = |name: &str| request.parameter(name).filter(|text| !text.is_empty());
        let (Some(amount), Some(seconds)) = (wanted(unit), wanted("durationSec")) else {
            return Served::Answer(400, "not given function argument\n".into());
        };
        let (Ok(amount), Ok(seconds)) = (amount.parse::<i64>(), seconds.parse::<i64>()) else {
            return Served::Answer(400, "incorrect function argument\n".into());
        };
        let until = process.now() + Duration::from_secs(seconds.clamp(0, 1 << 31));
        let mut memory = process.memory();
        let orders = memory.at_mut("orders").list_mut();
        // What is over need not be kept.
        orders.retain(|o| o.int_at("until").is_some_and(|at| at > process.now().0));
        orders.push(json!({"unit": unit, "amount": amount, "until": (until.0)}));
        process.remember(memory);
        process.uses_differently();
        Served::Answer(200, format!("{what}\n{amount} {unit}\n{seconds} durationSec\n"))
    }
}

impl Program for ConsumesResources {
    fn name(&self) -> &'static str {
        "resource consumer"
    }

    fn serve(&self, process: &Process<'_>, request: &Request) -> Served {
        let port = process.flag("port").and_then(|text| text.parse().ok()).unwrap_or(PORT);
        if request.port != port {
            return Served::Refused;
        }
        match request.route() {
            "/metrics" | "/Metrics" => Served::Answer(200, String::new()),
            _ if request.method != "POST" => Served::Answer(400, "Bad request. Not a POST request\n".into()),
            "/ConsumeCPU" => Self::order(process, request, "ConsumeCPU", "millicores"),
            "/ConsumeMem" => Self::order(process, request, "ConsumeMem", "megabytes"),
            "/GetCurrentStatus" => Served::Answer(200, "Warning: not implemented!\nGetCurrentStatus".into()),
            _ => Served::Answer(404, "unknown function\n".into()),
        }
    }

    fn usage(&self, process: &Process<'_>) -> Option<Usage> {
        let memory = process.memory();
        let now = process.now();
        let live =
            memory.items_at("orders").iter().filter(|o| o.int_at("until").is_some_and(|at| at > now.0));
        let sum = |unit: &str| -> i64 {
            let of_unit = live.clone().filter(|o| o.str_at("unit") == unit);
            of_unit.filter_map(|o: &Value| o.int_at("amount")).fold(0, i64::saturating_add)
        };
        Some(Usage {
            cpu: IDLE.cpu.saturating_add(sum("millicores").saturating_mul(1_000)),
            memory: IDLE.memory.saturating_add(sum("megabytes").saturating_mul(1 << 20)),
            until: live.clone().filter_map(|o| o.int_at("until")).min().map(Time),
            ..IDLE
        })
    }
}
