//! `aws SERVICE wait CONDITION`: polls in virtual time until something is so.

use crate::aws::ServiceError;
use crate::aws::model::{Acceptor, Matcher, Service, Waiter, kebab_case};
use crate::cli::aws::command::{self, Caller};
use crate::cli::aws::failure::Failure;
use crate::cli::aws::paginate::{self, Wishes};
use crate::cli::aws::release::Release;
use crate::cli::aws::{Context, arguments};
use crate::machinery::jmespath::Expression;
use crate::machinery::ordered::Json;

/// What one call answered.
pub(super) enum Answer {
    Value(Json),
    Error(ServiceError),
}

pub(super) fn run(context: &mut Context<'_>, service: Service, words: &[String]) -> Result<(), Failure> {
    let parsed = arguments::read(words, &[], 1)?;
    let mut names: Vec<(String, &str)> = service.waiters().map(|name| (kebab_case(name), name)).collect();
    names.sort();
    let Some(wanted) = parsed.positionals.first() else {
        if context.release == Release::V1 {
            let usage =
                "usage: aws [options] <command> <subcommand> [parameters]\naws: error: too few arguments";
            return Err(Failure::General(usage.to_string()));
        }
        return Err(Failure::Usage("the following arguments are required: subcommand".to_string()));
    };
    let found = names.iter().find(|(name, _)| name == wanted);
    let Some(waiter) = found.and_then(|(_, name)| service.waiter(name)) else {
        let choices = names.into_iter().map(|(name, _)| name).collect();
        let (argument, word) = ("subcommand".to_string(), wanted.clone());
        return Err(Failure::Choice { argument, word, choices });
    };
    let name = found.map_or("", |(_, name)| *name);
    let command = format!("{} wait {wanted}", service.name);
    let Some(operation) = service.operation(&waiter.operation) else {
        return Err(Failure::NotSimulated(command));
    };
    let Some(input) = command::read_input(context, service, &operation, &parsed.rest)? else { return Ok(()) };
    if !context.endpoint.simulates(service.name, &operation.name) {
        return Err(Failure::NotSimulated(command));
    }
    let mut caller = Caller::new(context, service, &operation)?;
    until(&mut caller, &waiter, name, &|caller| {
        let called = match &operation.pages {
            Some(pages) => {
                let paged =
                    paginate::paginate(pages, input.clone(), &Wishes::default(), |input| caller.call(input));
                paged.map(|paged| paged.joined(pages))
            }
            None => caller.call(&input),
        };
        match called {
            Ok(value) => Ok(Answer::Value(value)),
            Err(Failure::Service { error, .. }) => Ok(Answer::Error(error)),
            Err(other) => Err(other),
        }
    })?;
    Ok(())
}

/// Calls until the waiter is satisfied, gives up or fails.
pub(super) fn until(
    caller: &mut Caller<'_, '_>,
    waiter: &Waiter,
    name: &str,
    call: &dyn Fn(&mut Caller<'_, '_>) -> Result<Answer, Failure>,
) -> Result<(), Failure> {
    let failed = |reason: String| Failure::General(format!("Waiter {name} failed: {reason}"));
    for attempt in 1.. {
        let answer = call(caller)?;
        let fits = waiter.acceptors.iter().find(|acceptor| accepts(acceptor, &answer));
        match fits.map(|acceptor| (acceptor.state.as_str(), acceptor)) {
            Some(("success", _)) => break,
            Some(("failure", acceptor)) => return Err(failed(reason(acceptor))),
            Some(_) => {}
            None => {
                if let Answer::Error(error) = &answer {
                    let what = format!("An error occurred ({}): {}", error.code, error.message);
                    return Err(failed(what));
                }
            }
        }
        if attempt >= waiter.attempts {
            let before = match fits {
                Some(acceptor) => format!(". Previously accepted state: {}", reason(acceptor)),
                None => String::new(),
            };
            return Err(failed(format!("Max attempts exceeded{before}")));
        }
        caller.pass(waiter.delay);
    }
    Ok(())
}

fn reason(acceptor: &Acceptor) -> String {
    let expected = crate::machinery::ordered::str(&acceptor.expected);
    match acceptor.matcher {
        Matcher::Path => format!(
            "Waiter encountered a terminal failure state: For expression \"{}\" we matched expected path: \"{expected}\"",
            acceptor.argument
        ),
        Matcher::PathAll => format!(
            "Waiter encountered a terminal failure state: For expression \"{}\" all members matched expected path: {expected}",
            acceptor.argument
        ),
        Matcher::PathAny => format!(
            "Waiter encountered a terminal failure state: For expression \"{}\" we matched expected path: \"{expected}\" at least once",
            acceptor.argument
        ),
        Matcher::Status => format!(
            "Waiter encountered a terminal failure state: Matched expected HTTP status code: {expected}"
        ),
        Matcher::Error => format!(
            "Waiter encountered a terminal failure state: Matched expected service error code: {expected}"
        ),
    }
}

fn accepts(acceptor: &Acceptor, answer: &Answer) -> bool {
    let found = |value: &Json| {
        Expression::compile(&acceptor.argument).and_then(|e| e.search(value)).unwrap_or_default()
    };
    match (acceptor.matcher, answer) {
        (Matcher::Path, Answer::Value(value)) => found(value) == acceptor.expected,
        (Matcher::PathAll, Answer::Value(value)) => match found(value) {
            Json::List(items) => !items.is_empty() && items.iter().all(|item| *item == acceptor.expected),
            _ => false,
        },
        (Matcher::PathAny, Answer::Value(value)) => found(value).items().contains(&acceptor.expected),
        (Matcher::Error, Answer::Error(error)) => acceptor.expected.as_str() == Some(error.code.as_str()),
        (Matcher::Status, Answer::Error(error)) => acceptor.expected == Json::Int(i128::from(error.status)),
        (Matcher::Status, Answer::Value(_)) => acceptor.expected == Json::Int(200),
        _ => false,
    }
}
