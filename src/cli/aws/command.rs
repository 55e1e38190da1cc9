//! An operation: its options, its input, its calls, its output.

use super::arguments::{self, Arity, Opt, Parsed};
use super::customizations::ec2;
use super::failure::Failure;
use super::output::{self, Format, Surroundings};
use super::paginate::{self, Wishes};
use super::params;
use super::release::Release;
use super::response::Reading;
use super::{Context, help};
use crate::aws::model::{Kind, Operation, Service, Shape, kebab_case, member_argument};
use crate::aws::{Request, ServiceError};
use crate::machinery::ordered::{self, Entries, Json};

/// The client's own options for paging. They hide members of the same name as long as the client does the paging.
const PAGING: [&str; 3] = ["starting-token", "page-size", "max-items"];
const SKELETONS: &[&str] = &["input", "output", "yaml-input"];
const SKELETONS_OF_V1: &[&str] = &["input", "output"];

/// Runs an operation by its API name with the words that follow it.
pub(super) fn run(
    context: &mut Context<'_>,
    service: Service,
    name: &str,
    words: &[String],
) -> Result<(), Failure> {
    let command = format!("{} {}", service.name, kebab_case(name));
    let Some(operation) = service.operation(name) else { return Err(Failure::NotSimulated(command)) };
    let input_shape = service.shape(operation.input.as_deref().unwrap_or(""));
    let relaxed = takes_input_from_elsewhere(context.release, words);
    let options = options(service, &operation, &input_shape, context.release, relaxed);
    let mut parsed = arguments::read(words, &options, 1)?;
    match parsed.positionals.first().map(String::as_str) {
        Some("help") => {
            context.session.print(&help::operation(service, &operation, &input_shape));
            return Ok(());
        }
        Some(word) => parsed.rest.push(word.to_string()),
        None => {}
    }
    if !parsed.rest.is_empty() {
        return Err(Failure::Unknown(parsed.rest));
    }
    let wishes = wishes(context, service, &operation, &parsed)?;
    let mut input = input(context, service, &operation, &parsed, wishes.is_some())?;
    if let Some(words) = parsed.words("generate-cli-skeleton") {
        let kind = words.first().map_or("input", String::as_str).to_string();
        return skeleton(context, service, &operation, &input_shape, &kind);
    }
    if let Some(document) = params::input_document(&parsed, &context.session.env, context.release)? {
        fill_in(&mut input, &document);
    }
    if service.name == "ec2" {
        ec2::defaults(&operation.name, input.entries_mut());
    }
    if !context.endpoint.simulates(service.name, &operation.name) {
        return Err(Failure::NotSimulated(command));
    }
    let mut caller = Caller::new(context, service, &operation)?;
    // A format that there is not is noticed when something is to be printed: pages are fetched as they are printed.
    let (format, values) = match (&operation.pages, wishes) {
        (Some(pages), Some(wishes)) => {
            let format = caller.format()?;
            let paged = paginate::paginate(pages, input, &wishes, |input| caller.call(input))?;
            let values = match format {
                Format::Text => paged.streamed(pages),
                _ if format.streams() => paged.pages,
                _ => vec![paged.joined(pages)],
            };
            (format, values)
        }
        _ => {
            let answer = caller.call(&input)?;
            (caller.format()?, vec![answer])
        }
    };
    for value in values {
        show(context, &operation.name, format, &value)?;
    }
    Ok(())
}

/// Adds what a document says of the members that options do not.
fn fill_in(input: &mut Json, document: &Json) {
    for (key, value) in document.entries().into_iter().flat_map(Entries::iter) {
        if input.get(key).is_none() {
            input.entries_mut().insert(key.clone(), value.clone());
        }
    }
}

/// Whether required options may be missing: a document has the input, or its skeleton is asked for.
fn takes_input_from_elsewhere(release: Release, words: &[String]) -> bool {
    let document = if release == Release::V1 { "--cli-input-json" } else { "--cli-input-" };
    let skeleton = words.iter().position(|w| w == "--generate-cli-skeleton");
    words.iter().any(|w| w.starts_with(document))
        || skeleton.is_some_and(|at| words.get(at + 1).is_none_or(|w| w != "output"))
}

/// The input that words make for an operation that a waiter polls; `None` after help was shown.
pub(super) fn read_input(
    context: &Context<'_>,
    service: Service,
    operation: &Operation,
    words: &[String],
) -> Result<Option<Json>, Failure> {
    let shape = service.shape(operation.input.as_deref().unwrap_or(""));
    let mut parsed = arguments::read(words, &options(service, operation, &shape, context.release, false), 1)?;
    match parsed.positionals.first().map(String::as_str) {
        Some("help") => {
            context.session.print(&help::operation(service, operation, &shape));
            return Ok(None);
        }
        Some(word) => parsed.rest.push(word.to_string()),
        None => {}
    }
    match parsed.rest.is_empty() {
        true => input(context, service, operation, &parsed, operation.pages.is_some()).map(Some),
        false => Err(Failure::Unknown(parsed.rest)),
    }
}

/// Applies the query and prints.
pub(super) fn show(context: &Context<'_>, title: &str, format: Format, value: &Json) -> Result<(), Failure> {
    let queried = match &context.globals.query {
        Some(query) => query.search(value).map_err(|e| Failure::General(e.message))?,
        None => value.clone(),
    };
    let terminal = context.session.io.out_is_terminal;
    let colour = match context.globals.colour.as_deref() {
        Some("on") => true,
        Some("off") => false,
        _ => terminal,
    };
    let columns = if terminal { terminal_columns(context) } else { 80 };
    let around = Surroundings { title: title.to_string(), columns, colour };
    let text = output::render(format, &queried, &around).map_err(Failure::General)?;
    context.session.print(&text);
    if terminal && format == Format::Table && context.globals.colour.as_deref() != Some("off") {
        context.session.print("\x1b[0m");
    }
    Ok(())
}

fn terminal_columns(context: &Context<'_>) -> usize {
    let asked = rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| usize::from(size.ws_col));
    let named = || context.session.env.var("COLUMNS").and_then(|columns| columns.parse().ok());
    asked.filter(|columns| *columns > 0).or_else(named).unwrap_or(80)
}

/// The options of an operation, in the order of its input's members.
pub(super) fn options(
    service: Service,
    operation: &Operation,
    input: &Shape,
    release: Release,
    relaxed: bool,
) -> Vec<Opt> {
    let paged = operation.pages.as_ref();
    let mut options = Vec::new();
    for member in &input.members {
        let name = member_argument(service.name, &operation.name, &member.name);
        if paged.is_some() && PAGING.contains(&name.as_str()) {
            continue;
        }
        match service.shape(&member.shape).kind {
            Kind::Boolean => {
                options.push(Opt::new(&name, Arity::Switch));
                options.push(Opt::new(&negated(&name), Arity::Switch));
            }
            kind => {
                let arity = if kind == Kind::List { Arity::Many } else { Arity::One };
                options.push(Opt { required: member.required && !relaxed, ..Opt::new(&name, arity) });
            }
        }
    }
    if service.name == "ec2" {
        ec2::options(&operation.name, &mut options);
    }
    options.push(Opt::new("cli-input-json", Arity::One));
    if release != Release::V1 {
        options.push(Opt::new("cli-input-yaml", Arity::One));
    }
    if let Some(pages) = paged {
        // Both are what the service's own bound is.
        let number = limit(service, operation).is_none_or(|limit| limit.kind == Kind::Integer);
        options.push(Opt::new("starting-token", Arity::One));
        if pages.limit.is_some() {
            options.push(Opt { number, ..Opt::new("page-size", Arity::One) });
        }
        options.push(Opt { number, ..Opt::new("max-items", Arity::One) });
    }
    let choices = if release == Release::V1 { SKELETONS_OF_V1 } else { SKELETONS };
    options.push(Opt { choices, ..Opt::new("generate-cli-skeleton", Arity::Optional) });
    options
}

/// The switch that says no.
fn negated(name: &str) -> String {
    match name {
        "disable-api-termination" => "enable-api-termination".to_string(),
        _ => format!("no-{name}"),
    }
}

/// The input that the options make; `paged` when the client does the paging.
fn input(
    context: &Context<'_>,
    service: Service,
    operation: &Operation,
    parsed: &Parsed,
    paged: bool,
) -> Result<Json, Failure> {
    let shape = service.shape(operation.input.as_deref().unwrap_or(""));
    let mut input = Entries::new();
    for member in &shape.members {
        let name = member_argument(service.name, &operation.name, &member.name);
        let below = service.shape(&member.shape);
        if paged && PAGING.contains(&name.as_str()) {
            continue;
        }
        if below.kind == Kind::Boolean {
            let (yes, no) = (format!("--{name}"), format!("--{}", negated(&name)));
            // Of a switch and its opposite the last one holds.
            if let Some((last, _)) = parsed.options.iter().rev().find(|(o, _)| *o == yes || *o == no) {
                input.insert(member.name.as_str(), Json::Bool(*last == yes));
            }
        } else if let Some(words) = parsed.words(&name) {
            let option = format!("--{name}");
            let value = match params::bare_items(service, &operation.name, &below, words) {
                Some(items) => items,
                None => params::value(service, &below, &option, words, &context.session.env)?,
            };
            input.insert(member.name.as_str(), value);
        }
    }
    if service.name == "ec2" {
        ec2::input(&operation.name, parsed, &mut input)?;
    }
    Ok(Json::map(input))
}

/// What the paging options ask for; `None` when one call is to be made.
fn wishes(
    context: &Context<'_>,
    service: Service,
    operation: &Operation,
    parsed: &Parsed,
) -> Result<Option<Wishes>, Failure> {
    let Some(pages) = &operation.pages else { return Ok(None) };
    let native: Vec<String> =
        pages.input_tokens.iter().chain(&pages.limit).map(|member| kebab_case(member)).collect();
    // Whoever gives a token or bound of the service's own does the paging; only `--max-items` may be either's.
    let by_hand = native.iter().any(|name| name != "max-items" && parsed.has(name));
    if context.globals.no_paginate || by_hand {
        let own = PAGING.iter().filter(|name| !native.iter().any(|n| n == *name) && parsed.has(name));
        let given: Vec<String> = own.map(|name| format!("--{name}")).collect();
        return match given.is_empty() {
            true => Ok(None),
            false => {
                let during = if context.release == Release::V1 { "Error during pagination: " } else { "" };
                Err(Failure::Parameter(format!(
                    "{during}Cannot specify --no-paginate along with pagination arguments: {}",
                    given.join(", ")
                )))
            }
        };
    }
    let number = |name: &str| match parsed.value(name) {
        None => Ok(None),
        Some(word) => match ordered::parse_int(word) {
            Some(number) => Ok(Some(number)),
            None => {
                let word = ordered::repr(&Json::str(word));
                Err(Failure::General(format!("invalid literal for int() with base 10: {word}")))
            }
        },
    };
    let max_items = number("max-items")?;
    if max_items.is_some_and(|n| n <= 0) && context.release != Release::V2_9 {
        context
            .session
            .eprint("warning: Non-positive values for --max-items may result in undefined behavior.\n");
    }
    let starting_token = parsed.value("starting-token").map(str::to_string);
    Ok(Some(Wishes { starting_token, page_size: page_size(service, operation, parsed)?, max_items }))
}

/// The size of a page as the service takes it; a few take it as a text.
fn page_size(service: Service, operation: &Operation, parsed: &Parsed) -> Result<Option<Json>, Failure> {
    let Some(words) = parsed.words("page-size") else { return Ok(None) };
    let word = words.first().map_or("", String::as_str);
    Ok(Some(match limit(service, operation).is_none_or(|limit| limit.kind == Kind::Integer) {
        true => Json::Int(ordered::parse_int(word).unwrap_or_default()),
        false => Json::str(word),
    }))
}

/// The shape of the service's own bound of a page.
fn limit(service: Service, operation: &Operation) -> Option<std::rc::Rc<Shape>> {
    let input = service.shape(operation.input.as_deref()?);
    let member = input.member(operation.pages.as_ref()?.limit.as_deref()?)?;
    Some(service.shape(&member.shape))
}

fn skeleton(
    context: &Context<'_>,
    service: Service,
    operation: &Operation,
    input: &Shape,
    kind: &str,
) -> Result<(), Failure> {
    if kind == "input" {
        let skeleton = params::input_skeleton(service, input);
        context.session.println(&ordered::indented(&skeleton));
        return Ok(());
    }
    if kind == "yaml-input" {
        context.session.print(&params::yaml_skeleton(service, input));
        return Ok(());
    }
    let output = service.shape(operation.output.as_deref().unwrap_or(""));
    let format = context.globals.format(context.config.output(), context.release)?;
    let sample = params::output_skeleton(service, &output, matches!(format, Format::Text | Format::Table));
    // The client takes its own sample for an answer, and minds lengths there, too.
    params::validate(service, &output, &sample).map_err(Failure::Parameter)?;
    show(context, &operation.name, format, &sample)
}

/// Makes the calls of one operation: checks the input, tries again where a client would, reads the answer.
pub(super) struct Caller<'a, 'c> {
    context: &'a mut Context<'c>,
    service: Service,
    operation: Operation,
    region: String,
}

impl<'a, 'c> Caller<'a, 'c> {
    /// A caller, if there is a region and an endpoint to call.
    pub(super) fn new(
        context: &'a mut Context<'c>,
        service: Service,
        operation: &Operation,
    ) -> Result<Caller<'a, 'c>, Failure> {
        if let Some(url) = &context.globals.endpoint
            && host(url).is_none_or(str::is_empty)
        {
            return Err(Failure::General(format!("Invalid endpoint: {url}")));
        }
        let region = match context.config.region(context.globals.region.as_deref(), context.defaults) {
            Some(region) => region,
            None if service.is_global() => "us-east-1".to_string(),
            None => {
                let message = "You must specify a region. You can also configure your region by running \"aws configure\".";
                return Err(Failure::Configuration("NoRegion", message.to_string()));
            }
        };
        if !is_host_label(&region) {
            let message = format!("Provided region_name '{region}' doesn't match a supported format.");
            return Err(Failure::General(message));
        }
        Ok(Caller { context, service, operation: operation.clone(), region })
    }

    /// The format to print in.
    fn format(&self) -> Result<Format, Failure> {
        self.context.globals.format(self.context.config.output(), self.context.release)
    }

    /// One call with this input.
    pub(super) fn call(&mut self, input: &Json) -> Result<Json, Failure> {
        let shape = self.service.shape(self.operation.input.as_deref().unwrap_or(""));
        params::validate(self.service, &shape, input).map_err(Failure::Parameter)?;
        let context = &mut *self.context;
        if let Some(url) = &context.globals.endpoint {
            let slash = if host(url).is_some_and(|host| host.contains('/')) { "" } else { "/" };
            return Err(Failure::General(format!("Could not connect to the endpoint URL: \"{url}{slash}\"")));
        }
        if !context.defaults.credentials
            && !context.globals.no_sign_request
            && context.config.keys().is_none()
        {
            let login = if context.release == Release::V2 { "login" } else { "configure" };
            let message = format!(
                "Unable to locate credentials. You can configure credentials by running \"aws {login}\"."
            );
            return Err(Failure::Configuration("NoCredentials", message));
        }
        let request = Request {
            service: self.service.name.to_string(),
            operation: self.operation.name.clone(),
            region: self.region.clone(),
            input: input.to_value(),
        };
        let attempts = if context.release == Release::V1 { 5 } else { 3 };
        let mut answer = context.endpoint.call_ordered(&request);
        let mut tries = 1;
        while tries < attempts && answer.as_ref().is_err_and(is_transient) {
            answer = context.endpoint.call_ordered(&request);
            tries += 1;
        }
        let output = self.service.shape(self.operation.output.as_deref().unwrap_or(""));
        let protocol = self.service.protocol();
        let reading = Reading {
            service: self.service,
            release: context.release,
            wire_times: context.release == Release::V1
                || context.config.setting("cli_timestamp_format") == Some("wire"),
            zone: context.session.env.time_zone(),
            epoch_times: matches!(protocol.as_str(), "json" | "rest-json"),
        };
        match answer {
            Ok(Json::Null) => Ok(Json::map(Entries::new())),
            Ok(answer) => Ok(reading.read(&output, &answer)),
            Err(error) => {
                let retried = is_transient(&error);
                let members = self.error_members(&error);
                Err(Failure::Service { operation: self.operation.name.clone(), error, retried, members })
            }
        }
    }

    /// What the model has beside the code of an error, in its order.
    fn error_members(&self, error: &ServiceError) -> Entries {
        let shapes = self.operation.errors.iter().map(|name| self.service.shape(name));
        let mut shapes = shapes.filter(|s| s.error_code.as_deref().unwrap_or(&s.name) == error.code);
        let mut members = Entries::new();
        let shape = shapes.next();
        for member in shape.iter().flat_map(|shape| &shape.members) {
            if let Some(value) = error.extra.get(&member.name).filter(|v| !v.is_null()) {
                members.insert(member.name.as_str(), Json::from(value));
            } else if member.name == "message" {
                members.insert(member.name.as_str(), Json::str(&error.message));
            }
        }
        members
    }

    /// Lets time pass between two calls.
    pub(super) fn pass(&mut self, time: crate::machinery::Duration) {
        self.context.endpoint.pass(time);
    }
}

/// Whether a region can be part of a host's name.
fn is_host_label(region: &str) -> bool {
    let fits = region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    fits && !region.starts_with('-') && !region.ends_with('-') && region.len() < 64
}

/// What follows the scheme of a URL.
fn host(url: &str) -> Option<&str> {
    url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))
}

/// Whether a client tries again after an error.
fn is_transient(error: &ServiceError) -> bool {
    const CODES: [&str; 15] = [
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "RequestThrottled",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
        "RequestTimeout",
    ];
    matches!(error.status, 500 | 502 | 503 | 504)
        || CODES.contains(&error.code.as_str())
        || error.code == "RequestTimeoutException"
}
