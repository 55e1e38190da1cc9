//! How a kubectl command fails: what it prints on stderr and its exit status.

use super::Command;
use super::connection::Refused;
use crate::api::ApiError;
use crate::cli::Session;
use crate::cli::kubeconfig::KubeconfigError;
use crate::store::StoreError;

/// A command's failure.
#[derive(Debug)]
pub(crate) enum Failure {
    /// `error: TEXT`.
    Message(String),
    /// `error: TEXT` and where to find help.
    Usage(String),
    /// What the API server answered.
    Api(ApiError),
    /// There is no server.
    Refused(Refused),
    /// Text that carries its own prefix.
    Raw(String),
    /// Several, each on lines of its own.
    Many(Vec<Failure>),
    /// Everything is printed already.
    Exit(i32),
}

impl Failure {
    /// `error: TEXT`.
    pub(crate) fn message(text: impl Into<String>) -> Failure {
        Failure::Message(text.into())
    }

    /// `error: TEXT` and `See 'kubectl COMMAND -h' for help and examples`.
    pub(crate) fn usage(text: impl Into<String>) -> Failure {
        Failure::Usage(text.into())
    }

    /// `Ok` when nothing failed, the one failure, or all of them.
    pub(crate) fn collect(mut failures: Vec<Failure>) -> Result<(), Failure> {
        match failures.len() {
            0 => Ok(()),
            1 => Err(failures.remove(0)),
            _ => Err(Failure::Many(failures)),
        }
    }

    /// Prints the failure; answers the exit status.
    pub(crate) fn report(&self, session: &Session, command: &Command) -> i32 {
        match self {
            Failure::Message(text) => session.eprintln(&format!("error: {text}")),
            Failure::Usage(text) => {
                session.eprintln(&format!("error: {text}"));
                session.eprintln(&format!("See 'kubectl {} -h' for help and examples", command.path));
            }
            Failure::Api(error) => session.eprintln(&error.kubectl_text()),
            Failure::Refused(refused) => refused.report(session),
            Failure::Raw(text) => session.eprintln(text),
            Failure::Many(failures) => {
                for failure in failures {
                    match failure {
                        // Of several, none says that it is an error.
                        Failure::Message(text) => session.eprintln(text),
                        other => drop(other.report(session, command)),
                    }
                }
            }
            Failure::Exit(status) => return *status,
        }
        1
    }
}

impl From<ApiError> for Failure {
    fn from(e: ApiError) -> Failure {
        Failure::Api(e)
    }
}

impl From<StoreError> for Failure {
    fn from(e: StoreError) -> Failure {
        Failure::Message(e.to_string())
    }
}

impl From<KubeconfigError> for Failure {
    fn from(e: KubeconfigError) -> Failure {
        Failure::Message(e.to_string())
    }
}
