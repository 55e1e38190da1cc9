//! How a command fails: the text on standard error and the exit status.

use super::output::{self, Format, Surroundings};
use super::release::Release;
use crate::aws::ServiceError;
use crate::machinery::ordered::{self, Entries, Json};

/// Why a command failed.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// The command line cannot be read: message and usage.
    Usage(String),
    /// A choice that does not exist: the name of the argument, the word, all choices.
    Choice { argument: String, word: String, choices: Vec<String> },
    /// Words that belong to nothing.
    Unknown(Vec<String>),
    /// A parameter that is wrong in itself.
    Parameter(String),
    /// Configuration that is missing: code and message.
    Configuration(&'static str, String),
    /// The service answered with an error.
    Service {
        operation: String,
        error: ServiceError,
        retried: bool,
        /// Members that the model gives this error, those with a value.
        members: Entries,
    },
    /// Words that belong to nothing, after a command that is no plain operation.
    UnknownToCustom(Vec<String>),
    /// Anything else.
    General(String),
    /// Nothing to say, but not a success either: the exit status.
    Quiet(i32),
    /// An operation that the simulation does not have.
    NotSimulated(String),
}

const USAGE: &str = "usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]\n\
    To see help text, you can run:\n\n  aws help\n  aws <command> help\n  aws <command> <subcommand> help\n";

/// What 1.x says before every usage.
const NOTE: &str = "usage: \rNote: AWS CLI version 2, the latest major version of the AWS CLI, is now stable and \
    recommended for general use. For more information, see the AWS CLI version 2 installation instructions at: \
    https://docs.aws.amazon.com/cli/latest/userguide/install-cliv2.html\n\n";

/// How many suggestions are made.
const SUGGESTIONS: usize = 3;

impl Failure {
    /// The exit status.
    pub(super) fn status(&self, release: Release) -> i32 {
        match self {
            Failure::Quiet(status) => *status,
            Failure::Usage(_) | Failure::Choice { .. } if release == Release::V1 => 2,
            _ if release == Release::V1 => 255,
            Failure::Usage(_)
            | Failure::Choice { .. }
            | Failure::Unknown(_)
            | Failure::UnknownToCustom(_)
            | Failure::Parameter(_) => 252,
            Failure::NotSimulated(_) => 252,
            Failure::Configuration(..) => 253,
            Failure::Service { .. } => 254,
            Failure::General(_) => 255,
        }
    }

    /// The error alone, without what a release puts around it.
    pub(super) fn message(&self, release: Release) -> String {
        let coded = |code: &str, message: &str| match release {
            Release::V2 => format!("An error occurred ({code}): {message}"),
            _ => message.to_string(),
        };
        match self {
            // 2.36 sets the quoted input apart by a blank.
            Failure::Usage(message) | Failure::Parameter(message) => {
                let apart = if release == Release::V2 { " for input:\n " } else { " for input:\n" };
                coded("ParamValidation", &message.replacen(" for input:\n", apart, 1))
            }
            Failure::Choice { argument, word, choices } => {
                let near = super::suggest::close_matches(word, choices, SUGGESTIONS);
                let list: String = near.iter().map(|name| format!("\n  * {name}")).collect();
                if release == Release::V2 {
                    let maybe =
                        if near.is_empty() { String::new() } else { format!("\nMaybe you meant:\n{list}") };
                    let message = format!("argument {argument}: Found invalid choice '{word}'\n{maybe}");
                    return coded("ParamValidation", &message);
                }
                let maybe = match near.is_empty() {
                    true => String::new(),
                    false => format!("\n\n\nInvalid choice: '{word}', maybe you meant:\n{list}"),
                };
                let rows: Vec<String> = choices.chunks(2).map(two_columns).collect();
                let list = rows.join("\n");
                format!("argument {argument}: Invalid choice, valid choices are:\n\n{list}{maybe}")
            }
            Failure::Unknown(words) | Failure::UnknownToCustom(words) => {
                format!("Unknown options: {}", words.join(", "))
            }
            Failure::Configuration(code, message) => coded(code, message),
            Failure::Service { operation, error, retried, .. } => {
                let retried = match (retried, release) {
                    (false, _) => "",
                    (true, Release::V1) => " (reached max retries: 4)",
                    (true, _) => " (reached max retries: 2)",
                };
                let (code, message) = (&error.code, &error.message);
                format!(
                    "An error occurred ({code}) when calling the {operation} operation{retried}: {message}"
                )
            }
            Failure::General(message) => message.clone(),
            Failure::Quiet(_) => String::new(),
            Failure::NotSimulated(command) => format!("aws {command}: that operation is not simulated"),
        }
    }

    /// All of standard error, in the format asked for.
    pub(super) fn text(&self, release: Release, format: Option<&str>) -> String {
        let message = self.message(release);
        if let (Failure::Service { error, members, .. }, Release::V2) = (self, release) {
            match format.and_then(Format::named) {
                Some(format) => return structured(error, members, format),
                None if format == Some("legacy") => {}
                None => return format!("\naws: [ERROR]: {message}\n{}", details(members)),
            }
        }
        match (release, self) {
            (_, Failure::Quiet(_)) => String::new(),
            (Release::V2, Failure::Usage(_) | Failure::Choice { .. }) => {
                format!("\naws: [ERROR]: {message}\n\n{USAGE}")
            }
            (Release::V2, Failure::Unknown(_) | Failure::UnknownToCustom(_)) => {
                format!("\n{USAGE}\n\naws: [ERROR]: {message}\n")
            }
            (Release::V2, _) => format!("\naws: [ERROR]: {message}\n"),
            (Release::V1, Failure::Usage(_) | Failure::Choice { .. }) => {
                format!("{NOTE}{USAGE}aws: error: {message}\n")
            }
            (Release::V1, Failure::Unknown(_)) => format!("{NOTE}{USAGE}\n{message}\n"),
            (Release::V1, Failure::Configuration(..)) => format!("{message}\n"),
            (_, Failure::Usage(_) | Failure::Choice { .. }) => {
                format!("\n{USAGE}\naws: error: {message}\n\n")
            }
            (Release::V2_9, Failure::Unknown(_) | Failure::UnknownToCustom(_)) => {
                format!("\n{USAGE}\n{message}\n\n")
            }
            _ => format!("\n{message}\n"),
        }
    }
}

fn two_columns(names: &[String]) -> String {
    match names {
        [one] => format!("{one:<40}"),
        [one, two, ..] => format!("{one:<40} | {two:<40}"),
        [] => String::new(),
    }
}

/// The error as a structure.
fn structured(error: &ServiceError, members: &Entries, format: Format) -> String {
    let mut whole: Entries =
        [("Message", Json::str(&error.message)), ("Code", Json::str(&error.code))].into_iter().collect();
    members.iter().for_each(|(name, value)| whole.insert(name.clone(), value.clone()));
    let around = Surroundings { title: "error".to_string(), columns: 80, colour: false };
    output::render(format, &Json::map(whole), &around).unwrap_or_default()
}

/// What the error says beyond code and message, a line a member.
fn details(members: &Entries) -> String {
    let further = members.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("message"));
    let lines: String = further.map(|(name, value)| format!("{name}: {}\n", ordered::str(value))).collect();
    if lines.is_empty() { lines } else { format!("\nAdditional error details:\n{lines}") }
}
