//! `kubectl create quota`, `poddisruptionbudget` and `priorityclass`.

use super::super::flags::{DRY_RUN, Flag, OUTPUT, SAVE_CONFIG, VALIDATE, flags};
use super::super::{Command, Failure, Kubectl, Writes};
use super::New;
use crate::json;
use crate::machinery::{LabelSelector, Quantity, Value};

const MANAGER: &[Flag] = &[Flag::string("field-manager", "kubectl-create")];

pub(super) const QUOTA: Command = Command {
    path: "create quota",
    aliases: &["resourcequota"],
    flags: flags!(
        OUTPUT,
        DRY_RUN,
        SAVE_CONFIG,
        VALIDATE,
        MANAGER,
        &[Flag::string("hard", ""), Flag::string("scopes", "")]
    ),
    writes: Writes::Always,
    run: quota,
};

pub(super) const DISRUPTION_BUDGET: Command = Command {
    path: "create poddisruptionbudget",
    aliases: &["pdb"],
    flags: flags!(
        OUTPUT,
        DRY_RUN,
        SAVE_CONFIG,
        VALIDATE,
        MANAGER,
        &[
            Flag::string("selector", ""),
            Flag::string("min-available", ""),
            Flag::string("max-unavailable", "")
        ]
    ),
    writes: Writes::Always,
    run: disruption_budget,
};

pub(super) const PRIORITY_CLASS: Command = Command {
    path: "create priorityclass",
    aliases: &["pc"],
    flags: flags!(
        OUTPUT,
        DRY_RUN,
        SAVE_CONFIG,
        VALIDATE,
        MANAGER,
        &[
            Flag::int32("value", "0"),
            Flag::bool("global-default"),
            Flag::string("description", ""),
            Flag::string("preemption-policy", "PreemptLowerPriority"),
        ]
    ),
    writes: Writes::Always,
    run: priority_class,
};

fn make(k: &Kubectl<'_>, version: &str, kind: &str, body: Value, refusal: &str) -> Result<(), Failure> {
    let (name, manager) = (super::name(k)?, k.flags.str("field-manager"));
    New { api_version: version, kind, name, body, refusal, manager, verb: "created" }.create(k).map(|_| ())
}

fn quota(k: &Kubectl<'_>) -> Result<(), Failure> {
    super::name(k)?;
    let mut body = json!({"spec": {}});
    for part in k.flags.str("hard").split(',').filter(|p| !p.is_empty()) {
        let (name, amount) = part.split_once('=').ok_or_else(|| {
            Failure::message(format!("Invalid argument syntax {part}, expected <resource>=<value>"))
        })?;
        let quantity = Quantity::parse(amount).map_err(|e| Failure::message(e.to_string()))?;
        body.at_mut("spec/hard").map_mut().insert(name, quantity.to_string());
    }
    if !k.flags.str("scopes").is_empty() {
        body.set("spec/scopes", k.flags.str("scopes").split(',').collect::<Value>());
    }
    make(k, "v1", "ResourceQuota", body, "failed to create quota: ")
}

fn disruption_budget(k: &Kubectl<'_>) -> Result<(), Failure> {
    super::name(k)?;
    let (min, max) = (k.flags.str("min-available"), k.flags.str("max-unavailable"));
    if k.flags.str("selector").is_empty() {
        return Err(Failure::message("a selector must be specified"));
    }
    let (field, amount) = match (min, max) {
        ("", "") => {
            return Err(Failure::message("one of min-available or max-unavailable must be specified"));
        }
        (min, "") => ("minAvailable", min),
        ("", max) => ("maxUnavailable", max),
        _ => return Err(Failure::message("min-available and max-unavailable cannot be both specified")),
    };
    // 10 and 50%, but not 10Gb.
    let digits = amount.strip_suffix('%').unwrap_or(amount);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        let flag = if field == "minAvailable" { "min-available" } else { "max-unavailable" };
        return Err(Failure::message(format!("invalid format specified for {flag}")));
    }
    LabelSelector::parse(k.flags.str("selector")).map_err(|e| Failure::message(e.to_string()))?;
    let labels = super::super::expose::pairs(k.flags.str("selector"))?;
    let amount = amount.parse::<i64>().map_or_else(|_| Value::from(amount), Value::from);
    let mut body = json!({"spec": {"selector": {"matchLabels": labels}}});
    body.at_mut("spec").map_mut().insert(field, amount);
    make(k, "policy/v1", "PodDisruptionBudget", body, "failed to create poddisruptionbudget: ")
}

fn priority_class(k: &Kubectl<'_>) -> Result<(), Failure> {
    super::name(k)?;
    let mut body = json!({
        "value": (k.flags.int("value")), "preemptionPolicy": (k.flags.str("preemption-policy")),
    });
    if k.flags.bool("global-default") {
        body.set("globalDefault", true);
    }
    if !k.flags.str("description").is_empty() {
        body.set("description", k.flags.str("description"));
    }
    make(k, "scheduling.k8s.io/v1", "PriorityClass", body, "failed to create priorityclass: ")
}
