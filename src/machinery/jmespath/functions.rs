//! The functions.

use super::compare::{number, order, type_name};
use super::interpreter::visit;
use super::parser::Node;
use super::{ErrorKind, JmespathError};
use crate::machinery::ordered::{self, Entries, Json, python_type};
use std::cmp::Ordering;

type Outcome = Result<Json, JmespathError>;

/// The types each argument may have; none means any. `true`: the last one repeats.
const SIGNATURES: [(&str, &[&[&str]], bool); 26] = [
    ("abs", &[&["number"]], false),
    ("avg", &[&["array-number"]], false),
    ("ceil", &[&["number"]], false),
    ("contains", &[&["array", "string"], &[]], false),
    ("ends_with", &[&["string"], &["string"]], false),
    ("floor", &[&["number"]], false),
    ("join", &[&["string"], &["array-string"]], false),
    ("keys", &[&["object"]], false),
    ("length", &[&["string", "array", "object"]], false),
    ("map", &[&["expref"], &["array"]], false),
    ("max", &[&["array-number", "array-string"]], false),
    ("max_by", &[&["array"], &["expref"]], false),
    ("merge", &[&["object"]], true),
    ("min", &[&["array-number", "array-string"]], false),
    ("min_by", &[&["array"], &["expref"]], false),
    ("not_null", &[&[]], true),
    ("reverse", &[&["array", "string"]], false),
    ("sort", &[&["array-string", "array-number"]], false),
    ("sort_by", &[&["array"], &["expref"]], false),
    ("starts_with", &[&["string"], &["string"]], false),
    ("sum", &[&["array-number"]], false),
    ("to_array", &[&[]], false),
    ("to_number", &[&[]], false),
    ("to_string", &[&[]], false),
    ("type", &[&[]], false),
    ("values", &[&["object"]], false),
];

/// An argument: a value, or an expression to be applied.
enum Argument<'n> {
    Value(Json),
    Expref(&'n Node),
}

/// Calls a function for `value`. Arguments are evaluated before anything about them is checked.
pub(super) fn call(name: &str, nodes: &[Node], value: &Json) -> Outcome {
    let mut arguments = Vec::new();
    for node in nodes {
        arguments.push(match node {
            Node::Expref(inner) => Argument::Expref(inner),
            node => Argument::Value(visit(node, value)?),
        });
    }
    let Some((_, signature, variadic)) = SIGNATURES.iter().find(|(known, ..)| *known == name) else {
        let message = format!("Unknown function: {name}()");
        return Err(JmespathError::new(ErrorKind::UnknownFunction, message));
    };
    check_arity(name, signature.len(), *variadic, arguments.len())?;
    for (argument, allowed) in arguments.iter().zip(signature.iter()) {
        if !allowed.is_empty() {
            check_type(name, argument, allowed)?;
        }
    }
    apply(name, &arguments)
}

fn check_arity(name: &str, wanted: usize, variadic: bool, got: usize) -> Result<(), JmespathError> {
    if got == wanted || variadic && got > wanted {
        return Ok(());
    }
    let least = if variadic { "at least " } else { "" };
    let s = if wanted == 1 { "" } else { "s" };
    let message = format!("Expected {least}{wanted} argument{s} for function {name}(), received {got}");
    Err(JmespathError::new(ErrorKind::Arity, message))
}

fn type_error(name: &str, value: &str, allowed: &[&str], received: &str) -> JmespathError {
    let allowed: Vec<String> = allowed.iter().map(|a| format!("'{a}'")).collect();
    let allowed = allowed.join(", ");
    let message = format!(
        "In function {name}(), invalid type for value: {value}, expected one of: [{allowed}], received: \"{received}\""
    );
    JmespathError::new(ErrorKind::Type, message)
}

fn check_type(name: &str, argument: &Argument<'_>, allowed: &[&str]) -> Result<(), JmespathError> {
    let value = match argument {
        Argument::Expref(_) if allowed.contains(&"expref") => return Ok(()),
        Argument::Expref(_) => return Err(type_error(name, "<expression>", allowed, "expref")),
        Argument::Value(value) => value,
    };
    let own = type_name(value);
    if allowed.contains(&own) {
        return Ok(());
    }
    let members: Vec<&str> = allowed.iter().filter_map(|a| a.strip_prefix("array-")).collect();
    let Json::List(items) = value else {
        return Err(type_error(name, &ordered::str(value), allowed, own));
    };
    if members.is_empty() {
        return Err(type_error(name, &ordered::str(value), allowed, own));
    }
    // The first item decides which of the allowed types the others must have.
    let Some(first) = items.first() else { return Ok(()) };
    let member = members.iter().find(|m| **m == type_name(first));
    for item in items.iter() {
        if member.is_none_or(|m| *m != type_name(item)) {
            return Err(type_error(name, &ordered::str(item), allowed, python_type(item)));
        }
    }
    Ok(())
}

fn failure(message: String) -> JmespathError {
    JmespathError::new(ErrorKind::Type, message)
}

fn apply(name: &str, arguments: &[Argument<'_>]) -> Outcome {
    let nothing = Json::Null;
    let value = |i: usize| match arguments.get(i) {
        Some(Argument::Value(value)) => value,
        _ => &nothing,
    };
    let (first, second) = (value(0), value(1));
    let items = first.items();
    Ok(match name {
        "abs" => match first {
            Json::Int(i) => Json::Int(i.abs()),
            Json::Float(f) => Json::Float(f.abs()),
            _ => Json::Null,
        },
        "ceil" => whole(first, f64::ceil),
        "floor" => whole(first, f64::floor),
        "sum" => sum(items),
        "avg" if items.is_empty() => Json::Null,
        "avg" => Json::Float(number(&sum(items)).unwrap_or(0.0) / items.len() as f64),
        "contains" => Json::Bool(contains(first, second)?),
        "starts_with" => Json::Bool(text(first).starts_with(text(second))),
        "ends_with" => Json::Bool(text(first).ends_with(text(second))),
        "join" => {
            let parts: Vec<&str> = second.items().iter().map(text).collect();
            Json::str(&parts.join(text(first)))
        }
        "keys" => of_entries(first, |key, _| Json::str(key)),
        "values" => of_entries(first, |_, value| value.clone()),
        "length" => Json::Int(match first {
            Json::Str(text) => text.chars().count(),
            Json::Map(entries) => entries.len(),
            _ => items.len(),
        } as i128),
        "map" => {
            let list = second.items().iter().map(|item| key(arguments, 0, item));
            Json::list(list.collect::<Result<_, _>>()?)
        }
        "max" => extreme(items.iter().map(|i| Ok((i.clone(), i.clone()))), ">")?,
        "min" => extreme(items.iter().map(|i| Ok((i.clone(), i.clone()))), "<")?,
        "max_by" => extreme(keyed(name, items, arguments), ">")?,
        "min_by" => extreme(keyed(name, items, arguments), "<")?,
        "sort" => sorted(items.iter().map(|i| (i.clone(), i.clone())).collect()),
        "sort_by" => sort_by(items, arguments)?,
        "merge" => merge(arguments)?,
        "not_null" => {
            let values = (0..arguments.len()).map(value);
            values.into_iter().find(|v| !matches!(v, Json::Null)).cloned().unwrap_or_default()
        }
        "reverse" => match first {
            Json::Str(text) => Json::str(&text.chars().rev().collect::<String>()),
            _ => Json::list(items.iter().rev().cloned().collect()),
        },
        "to_array" => match first {
            Json::List(_) => first.clone(),
            other => Json::list(vec![other.clone()]),
        },
        "to_number" => match first {
            Json::Int(_) | Json::Float(_) => first.clone(),
            Json::Str(text) => to_number(text),
            _ => Json::Null,
        },
        "to_string" => match first {
            Json::Str(_) => first.clone(),
            other => Json::str(&ordered::compact(other, (",", ":"), true)),
        },
        "type" => Json::str(type_name(first)),
        _ => Json::Null,
    })
}

fn whole(number: &Json, round: fn(f64) -> f64) -> Json {
    match number {
        Json::Float(f) => Json::Int(round(*f) as i128),
        other => other.clone(),
    }
}

fn contains(whole: &Json, part: &Json) -> Result<bool, JmespathError> {
    match (whole, part) {
        (Json::Str(text), Json::Str(part)) => Ok(text.contains(part.as_ref())),
        (Json::Str(_), other) => {
            let own = python_type(other);
            Err(failure(format!("'in <string>' requires string as left operand, not {own}")))
        }
        _ => Ok(whole.items().contains(part)),
    }
}

fn of_entries(map: &Json, what: impl Fn(&str, &Json) -> Json) -> Json {
    let entries = map.entries().into_iter().flat_map(|entries| entries.iter());
    Json::list(entries.map(|(key, value)| what(key, value)).collect())
}

/// Items with what the expression among the arguments yields for each, a number or a text.
fn keyed<'a>(
    name: &'a str,
    items: &'a [Json],
    arguments: &'a [Argument<'_>],
) -> impl Iterator<Item = Result<(Json, Json), JmespathError>> + 'a {
    items.iter().map(move |item| {
        let key = key(arguments, 1, item)?;
        match type_name(&key) {
            "number" | "string" => Ok((key, item.clone())),
            own => Err(type_error(name, &ordered::str(&key), &["number", "string"], own)),
        }
    })
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or("")
}

fn sum(items: &[Json]) -> Json {
    items.iter().fold(Json::Int(0), |total, item| match (&total, item) {
        (Json::Int(a), Json::Int(b)) => Json::Int(a.saturating_add(*b)),
        (a, b) => Json::Float(number(a).unwrap_or(0.0) + number(b).unwrap_or(0.0)),
    })
}

/// What the expression at `index` of the arguments yields for an item.
fn key(arguments: &[Argument<'_>], index: usize, item: &Json) -> Outcome {
    match arguments.get(index) {
        Some(Argument::Expref(node)) => visit(node, item),
        _ => Ok(Json::Null),
    }
}

/// The first item whose key no other one beats.
fn extreme(keyed: impl Iterator<Item = Result<(Json, Json), JmespathError>>, operator: &str) -> Outcome {
    let wanted = if operator == ">" { Ordering::Greater } else { Ordering::Less };
    let mut best: Option<(Json, Json)> = None;
    for pair in keyed {
        let (key, item) = pair?;
        let better = match &best {
            None => true,
            Some((so_far, _)) => order(&key, so_far, operator)? == Some(wanted),
        };
        if better {
            best = Some((key, item));
        }
    }
    Ok(best.map(|(_, item)| item).unwrap_or_default())
}

/// Items by key; equal keys keep their order.
fn sorted(mut keyed: Vec<(Json, Json)>) -> Json {
    keyed.sort_by(|(a, _), (b, _)| order(a, b, "<").ok().flatten().unwrap_or(Ordering::Equal));
    Json::list(keyed.into_iter().map(|(_, item)| item).collect())
}

fn sort_by(items: &[Json], arguments: &[Argument<'_>]) -> Outcome {
    let Some(first) = items.first() else { return Ok(Json::list(Vec::new())) };
    // The first key decides the type of all.
    let wanted = type_name(&key(arguments, 1, first)?);
    if !matches!(wanted, "string" | "number") {
        return Err(type_error("sort_by", &ordered::str(first), &["string", "number"], wanted));
    }
    let mut keyed = Vec::new();
    for item in items {
        let key = key(arguments, 1, item)?;
        let own = type_name(&key);
        if own != wanted {
            return Err(type_error("sort_by", &ordered::str(&key), &[wanted], own));
        }
        keyed.push((key, item.clone()));
    }
    Ok(sorted(keyed))
}

fn merge(arguments: &[Argument<'_>]) -> Outcome {
    let mut merged = Entries::new();
    for argument in arguments {
        match argument {
            Argument::Value(Json::Map(entries)) => {
                entries.iter().for_each(|(k, v)| merged.insert(k.clone(), v.clone()));
            }
            Argument::Value(Json::List(items)) if items.is_empty() => {}
            Argument::Value(Json::Str(text)) if text.is_empty() => {}
            Argument::Value(Json::Str(_)) => {
                let message = "dictionary update sequence element #0 has length 1; 2 is required";
                return Err(JmespathError::new(ErrorKind::Type, message.to_string()));
            }
            Argument::Value(Json::List(items)) => {
                let message = match &items[0] {
                    Json::List(pair) if pair.len() != 2 => {
                        format!(
                            "dictionary update sequence element #0 has length {}; 2 is required",
                            pair.len()
                        )
                    }
                    _ => "cannot convert dictionary update sequence element #0 to a sequence".to_string(),
                };
                return Err(failure(message));
            }
            Argument::Value(other) => {
                return Err(failure(format!("'{}' object is not iterable", python_type(other))));
            }
            Argument::Expref(_) => return Err(failure("'_Expression' object is not iterable".to_string())),
        }
    }
    Ok(Json::map(merged))
}

fn to_number(text: &str) -> Json {
    if let Some(integer) = ordered::parse_int(text) {
        return Json::Int(integer);
    }
    // Rust reads the same words ("inf", "nan", "infinity") and forms as Python's float().
    text.trim().parse::<f64>().map_or(Json::Null, Json::Float)
}
