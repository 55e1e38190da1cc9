//! Commands that are no plain operations.

pub(super) mod configure;
mod deploy;
pub(super) mod ec2;
mod kubeconfig;
mod wait;

use super::Context;
use super::command::Caller;
use super::failure::Failure;
use crate::aws::model::Service;
use crate::machinery::ordered::{Entries, Json};

/// The names of a service's further commands.
pub(super) fn names(service: Service) -> Vec<&'static str> {
    let mut names = match service.name {
        "cloudformation" => vec!["package", "deploy"],
        "eks" => vec!["update-kubeconfig", "get-token"],
        _ => Vec::new(),
    };
    if service.waiters().next().is_some() {
        names.push("wait");
    }
    names
}

/// Runs one of them.
pub(super) fn run(
    context: &mut Context<'_>,
    service: Service,
    name: &str,
    words: &[String],
) -> Result<(), Failure> {
    match (service.name, name) {
        (_, "wait") => wait::run(context, service, words),
        ("cloudformation", "deploy") => deploy::run(context, service, words),
        ("eks", "update-kubeconfig") => kubeconfig::update(context, service, words),
        ("eks", "get-token") => kubeconfig::token(context, words),
        _ => Err(Failure::NotSimulated(format!("{} {name}", service.name))),
    }
}

/// One call of an operation as part of a larger command.
fn call(
    context: &mut Context<'_>,
    service: Service,
    operation: &str,
    input: Entries,
) -> Result<Json, Failure> {
    let modelled =
        service.operation(operation).filter(|_| context.endpoint.simulates(service.name, operation));
    let Some(operation) = modelled else {
        let name = crate::aws::model::kebab_case(operation);
        return Err(Failure::NotSimulated(format!("{} {name}", service.name)));
    };
    Caller::new(context, service, &operation)?.call(&Json::map(input))
}
