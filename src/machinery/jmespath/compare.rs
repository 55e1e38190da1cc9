//! Comparison and truth.

use super::lexer::Kind;
use super::{ErrorKind, JmespathError};
use crate::machinery::ordered::{Json, python_type};
use std::cmp::Ordering;

/// A comparison operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Comparator {
    Eq,
    Ne,
    Lt,
    Lte,
    Gt,
    Gte,
}

impl Comparator {
    pub(super) fn of(kind: Kind) -> Option<Comparator> {
        Some(match kind {
            Kind::Eq => Comparator::Eq,
            Kind::Ne => Comparator::Ne,
            Kind::Lt => Comparator::Lt,
            Kind::Lte => Comparator::Lte,
            Kind::Gt => Comparator::Gt,
            Kind::Gte => Comparator::Gte,
            _ => return None,
        })
    }

    /// The outcome; null for an order between values that have none.
    pub(super) fn apply(self, left: &Json, right: &Json) -> Result<Json, JmespathError> {
        let wanted = match self {
            Comparator::Eq => return Ok(Json::Bool(left == right)),
            Comparator::Ne => return Ok(Json::Bool(left != right)),
            Comparator::Lt => ("<", [Ordering::Less, Ordering::Less]),
            Comparator::Lte => ("<=", [Ordering::Less, Ordering::Equal]),
            Comparator::Gt => (">", [Ordering::Greater, Ordering::Greater]),
            Comparator::Gte => (">=", [Ordering::Greater, Ordering::Equal]),
        };
        let ordered = |value: &Json| matches!(value, Json::Int(_) | Json::Float(_) | Json::Str(_));
        if !ordered(left) || !ordered(right) {
            return Ok(Json::Null);
        }
        let order = order(left, right, wanted.0)?;
        Ok(Json::Bool(order.is_some_and(|o| wanted.1.contains(&o))))
    }
}

/// The order of two numbers or two strings; `None` where there is none (NaN). Other pairs fail as Python's operator does.
pub(super) fn order(left: &Json, right: &Json, operator: &str) -> Result<Option<Ordering>, JmespathError> {
    match (left, right) {
        (Json::Int(a), Json::Int(b)) => Ok(Some(a.cmp(b))),
        (Json::Str(a), Json::Str(b)) => Ok(Some(a.cmp(b))),
        _ => match (number(left), number(right)) {
            (Some(a), Some(b)) => Ok(a.partial_cmp(&b)),
            _ => {
                let (a, b) = (python_type(left), python_type(right));
                let message = format!("'{operator}' not supported between instances of '{a}' and '{b}'");
                Err(JmespathError::new(ErrorKind::Type, message))
            }
        },
    }
}

/// The number, if it is one.
pub(super) fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Int(i) => Some(*i as f64),
        Json::Float(f) => Some(*f),
        _ => None,
    }
}

/// Whether a condition does not hold: null, false and whatever is empty. Zero holds.
pub(super) fn is_false(value: &Json) -> bool {
    !matches!(value, Json::Int(_) | Json::Float(_)) && !value.truthy()
}

/// The name of the type in JMESPath.
pub(super) fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Int(_) | Json::Float(_) => "number",
        Json::Str(_) => "string",
        Json::List(_) => "array",
        Json::Map(_) => "object",
    }
}
