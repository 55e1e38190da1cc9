//! Which release of the command line is imitated.

use crate::cli::Env;

/// A release with its own layout of errors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Release {
    /// 1.46.3
    V1,
    /// 2.9.19 (January 2023)
    V2_9,
    /// 2.36.7
    V2,
}

/// `1.46.3`, `2.9.19`, `2.36.7`; any other version means the nearest of these below it.
const VARIABLE: &str = "KUBETICK_AWS_CLI_VERSION";

impl Release {
    /// The release an environment asks for; 2.36.7 unless it does.
    pub(super) fn of(env: &Env) -> Release {
        let Some(version) = env.var(VARIABLE) else { return Release::V2 };
        let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        match (parts.next().unwrap_or(2), parts.next().unwrap_or(36)) {
            (1, _) => Release::V1,
            (2, minor) if minor < 34 => Release::V2_9,
            _ => Release::V2,
        }
    }

    /// What `--version` prints.
    pub(super) fn banner(self) -> &'static str {
        match self {
            Release::V1 => "aws-cli/1.46.3 Python/3.11.7 Linux/6.1 botocore/1.43.62",
            Release::V2_9 => "aws-cli/2.9.19 Python/3.9.11 Linux/6.1 exe/x86_64.amzn.2 prompt/off",
            Release::V2 => "aws-cli/2.36.7 Python/3.14.4 Linux/6.1 exe/x86_64.amzn.2023",
        }
    }
}
