//! Waiters: an operation that is called until its answer says that something is so.

use crate::machinery::Duration;
use crate::machinery::ordered::Json;

/// A waiter.
#[derive(Clone, Debug)]
pub struct Waiter {
    /// The API name of the operation it calls.
    pub operation: String,
    /// The time between two calls.
    pub delay: Duration,
    /// How many calls at most.
    pub attempts: usize,
    /// What ends it; the first that fits an answer decides.
    pub acceptors: Vec<Acceptor>,
}

/// A rule of a waiter.
#[derive(Clone, Debug)]
pub struct Acceptor {
    /// What of the answer is looked at.
    pub matcher: Matcher,
    /// The JMESPath expression of the path matchers.
    pub argument: String,
    /// The value to be found, the error code or the status.
    pub expected: Json,
    /// What follows: `success`, `failure` or `retry`.
    pub state: String,
}

/// What of an answer a rule looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Matcher {
    /// The expression yields the value.
    Path,
    /// The expression yields a list, not empty, of nothing but the value.
    PathAll,
    /// The expression yields a list with the value in it.
    PathAny,
    /// The HTTP status.
    Status,
    /// The code of an error answer.
    Error,
}

impl Waiter {
    pub(super) fn read(fact: &Json) -> Waiter {
        let number = |key: &str| match fact.get(key) {
            Some(Json::Int(i)) => i64::try_from(*i).unwrap_or(0),
            _ => 0,
        };
        let acceptors = fact.get("acceptors").map_or(&[][..], Json::items);
        Waiter {
            operation: fact.str_at("operation").to_string(),
            delay: Duration::from_secs(number("delay")),
            attempts: usize::try_from(number("maxAttempts")).unwrap_or(0),
            acceptors: acceptors.iter().map(Acceptor::read).collect(),
        }
    }
}

impl Acceptor {
    fn read(fact: &Json) -> Acceptor {
        Acceptor {
            matcher: match fact.str_at("matcher") {
                "path" => Matcher::Path,
                "pathAll" => Matcher::PathAll,
                "pathAny" => Matcher::PathAny,
                "status" => Matcher::Status,
                _ => Matcher::Error,
            },
            argument: fact.str_at("argument").to_string(),
            expected: fact.get("expected").cloned().unwrap_or_default(),
            state: fact.str_at("state").to_string(),
        }
    }
}
