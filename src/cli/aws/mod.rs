//! `aws`: the command line of AWS, in front of the simulated services.
//!
//! It follows aws-cli 2.36.7: how words are read, what is checked before anything is sent, how answers are paged,
//! queried and printed, and how it fails. `KUBETICK_AWS_CLI_VERSION` asks for the layout of errors of 2.9 or 1.x.

mod account;
mod arguments;
mod command;
mod config;
mod customizations;
mod failure;
mod globals;
mod help;
mod output;
mod paginate;
mod params;
mod release;
mod response;
mod suggest;

use super::Session;
use crate::aws::Endpoint;
use crate::aws::model::{self, Service, kebab_case};
use config::Config;
pub use config::Defaults;
use failure::Failure;
use globals::Globals;
use release::Release;

/// Everything a command works with.
struct Context<'c> {
    session: &'c Session,
    release: Release,
    globals: Globals,
    config: Config,
    defaults: &'c Defaults,
    endpoint: &'c mut dyn Endpoint,
}

/// Runs a command against the account of the cluster in use.
pub(super) fn run(args: &[String], session: &Session) -> i32 {
    let mut account = account::Account::of(session);
    let defaults = Defaults { credentials: true, region: Some(account.region_in_use()) };
    run_with(args, session, &mut account, &defaults)
}

/// Runs a command against an endpoint; answers with the exit status.
pub fn run_with(args: &[String], session: &Session, endpoint: &mut dyn Endpoint, defaults: &Defaults) -> i32 {
    let release = Release::of(&session.env);
    match execute(args, session, release, endpoint, defaults) {
        Ok(()) => 0,
        Err(failure) => {
            let format = globals::error_format(args, release);
            session.eprint(&failure.text(release, format.as_deref()));
            failure.status(release)
        }
    }
}

fn execute(
    args: &[String],
    session: &Session,
    release: Release,
    endpoint: &mut dyn Endpoint,
    defaults: &Defaults,
) -> Result<(), Failure> {
    let parsed = arguments::read(args, &globals::options(release), 1)?;
    if parsed.has("version") {
        session.println(release.banner());
        return Ok(());
    }
    let Some(command) = parsed.positionals.first() else {
        return Err(Failure::Usage("the following arguments are required: command".to_string()));
    };
    if command == "help" {
        session.print(&help::top());
        return Ok(());
    }
    if !model::all_services().any(|name| name == command) {
        let choices = model::all_services().map(str::to_string).collect();
        let (argument, word) = ("command".to_string(), command.clone());
        return Err(Failure::Choice { argument, word, choices });
    }
    let globals = Globals::read(&parsed)?;
    if command == "configure" {
        return customizations::configure::run(session, &globals, &parsed.rest, defaults);
    }
    let Some(service) = Service::find(command) else {
        let words: Vec<&str> = std::iter::once(command.as_str())
            .chain(parsed.rest.iter().map(String::as_str).take_while(|w| !w.starts_with('-')).take(1))
            .collect();
        return Err(Failure::NotSimulated(words.join(" ")));
    };
    let words = arguments::read(&parsed.rest, &[], 1)?;
    let Some(operation) = words.positionals.first() else {
        return Err(Failure::Usage("the following arguments are required: operation".to_string()));
    };
    if operation == "help" {
        session.print(&help::service(service));
        return Ok(());
    }
    let all = service.all_operations();
    let custom = customizations::names(service);
    let name = all.iter().find(|name| kebab_case(name) == *operation);
    if name.is_none() && !custom.contains(&operation.as_str()) {
        let known = all.iter().map(|name| kebab_case(name));
        let choices =
            known.chain(custom.iter().map(|name| name.to_string())).chain(["help".to_string()]).collect();
        let (argument, word) = ("operation".to_string(), operation.clone());
        return Err(Failure::Choice { argument, word, choices });
    }
    let config = Config::read(&session.env, globals.profile.as_deref())?;
    let mut context = Context { session, release, globals, config, defaults, endpoint };
    match name {
        Some(name) => command::run(&mut context, service, name, &words.rest)?,
        None => customizations::run(&mut context, service, operation, &words.rest)?,
    }
    Ok(())
}
