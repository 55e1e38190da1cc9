//! Comparisons in filters, with the types Go knows.

use crate::machinery::value::Value;
use std::cmp::Ordering;

/// What a value is to a comparison; null, maps and lists cannot be compared.
enum Operand<'a> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
}

fn operand(value: &Value) -> Result<Operand<'_>, String> {
    match value {
        Value::Bool(b) => Ok(Operand::Bool(*b)),
        Value::Int(i) => Ok(Operand::Int(*i)),
        Value::Float(f) => Ok(Operand::Float(*f)),
        Value::Str(s) => Ok(Operand::Text(s)),
        _ => Err("invalid type for comparison".into()),
    }
}

/// Whether a comparison holds. Whole numbers and fractions are different types and do not compare.
pub(super) fn holds(operator: &str, left: &Value, right: &Value) -> Result<bool, String> {
    let ordered = match operator {
        "==" | "!=" => false,
        "<" | "<=" | ">" | ">=" => true,
        _ => return Err(format!("unrecognized filter operator {operator}")),
    };
    let order = match (operand(left)?, operand(right)?) {
        (Operand::Bool(_), Operand::Bool(_)) if ordered => return Err("invalid type for comparison".into()),
        (Operand::Bool(a), Operand::Bool(b)) => Some(a.cmp(&b)),
        (Operand::Int(a), Operand::Int(b)) => Some(a.cmp(&b)),
        (Operand::Float(a), Operand::Float(b)) => a.partial_cmp(&b),
        (Operand::Text(a), Operand::Text(b)) => Some(a.cmp(b)),
        _ => return Err("incompatible types for comparison".into()),
    };
    Ok(match operator {
        "==" => order == Some(Ordering::Equal),
        "!=" => order != Some(Ordering::Equal),
        "<" => order == Some(Ordering::Less),
        "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        ">" => order == Some(Ordering::Greater),
        _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    })
}
