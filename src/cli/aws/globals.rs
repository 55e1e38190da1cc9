//! Options that every command takes.

use super::arguments::{Arity, Opt, Parsed};
use super::failure::Failure;
use super::output::Format;
use super::release::Release;
use crate::machinery::jmespath::Expression;
use crate::machinery::ordered::{self, Json};

/// What the global options said.
#[derive(Clone, Debug, Default)]
pub(super) struct Globals {
    pub output: Option<String>,
    pub query: Option<Expression>,
    pub profile: Option<String>,
    pub region: Option<String>,
    pub endpoint: Option<String>,
    pub colour: Option<String>,
    pub no_paginate: bool,
    pub no_sign_request: bool,
}

/// The formats a release has.
fn formats(release: Release) -> &'static [&'static str] {
    match release {
        Release::V1 => &["json", "text", "table"],
        Release::V2_9 => &["json", "text", "table", "yaml", "yaml-stream"],
        Release::V2 => &["json", "text", "table", "yaml", "yaml-stream", "off"],
    }
}

/// The options, in the order of the manual.
pub(super) fn options(release: Release) -> Vec<Opt> {
    use Arity::{One, Switch};
    let formats = formats(release);
    let mut options = vec![
        ("debug", Switch, &[][..]),
        ("endpoint-url", One, &[]),
        ("no-verify-ssl", Switch, &[]),
        ("no-paginate", Switch, &[]),
        ("output", One, formats),
        ("query", One, &[]),
        ("profile", One, &[]),
        ("region", One, &[]),
        ("version", Switch, &[]),
        ("color", One, &["on", "off", "auto"]),
        ("no-sign-request", Switch, &[]),
        ("ca-bundle", One, &[]),
        ("cli-read-timeout", One, &[]),
        ("cli-connect-timeout", One, &[]),
    ];
    if release != Release::V1 {
        options.extend([
            ("cli-binary-format", One, &["base64", "raw-in-base64-out"][..]),
            ("no-cli-pager", Switch, &[]),
            ("cli-auto-prompt", Switch, &[]),
            ("no-cli-auto-prompt", Switch, &[]),
        ]);
    }
    if release == Release::V2 {
        let styles: &'static [&'static str] = &["legacy", "json", "yaml", "text", "table", "enhanced"];
        options.push(("cli-error-format", One, styles));
    }
    options.into_iter().map(|(name, arity, choices)| Opt { choices, ..Opt::new(name, arity) }).collect()
}

impl Globals {
    /// Makes sense of what was parsed; the query is compiled here, so that a wrong one costs no call.
    pub(super) fn read(parsed: &Parsed) -> Result<Globals, Failure> {
        let text = |name: &str| parsed.value(name).map(str::to_string);
        let endpoint = text("endpoint-url");
        if let Some(url) = endpoint.as_deref().filter(|url| !url.contains(':')) {
            return Err(Failure::Parameter(format!(
                "Bad value for --endpoint-url \"{url}\": scheme is missing.  Must be of the form \
                 http://<hostname>/ or https://<hostname>/"
            )));
        }
        let query = match parsed.value("query") {
            None => None,
            Some(text) => Some(
                Expression::compile(text)
                    .map_err(|e| Failure::Parameter(format!("Bad value for --query {text}: {e}")))?,
            ),
        };
        for timeout in ["cli-read-timeout", "cli-connect-timeout"] {
            if let Some(word) = parsed.value(timeout).filter(|word| ordered::parse_int(word).is_none()) {
                let word = ordered::repr(&Json::str(word));
                return Err(Failure::General(format!("invalid literal for int() with base 10: {word}")));
            }
        }
        Ok(Globals {
            output: text("output"),
            query,
            profile: text("profile"),
            region: text("region"),
            endpoint,
            colour: text("color"),
            no_paginate: parsed.has("no-paginate"),
            no_sign_request: parsed.has("no-sign-request"),
        })
    }

    /// The format asked for, or what configuration says.
    pub(super) fn format(&self, configured: &str, release: Release) -> Result<Format, Failure> {
        let name = self.output.as_deref().unwrap_or(configured);
        let known = formats(release).contains(&name).then(|| Format::named(name)).flatten();
        known.ok_or_else(|| Failure::General(format!("Unknown output type: {name}")))
    }
}

/// The format of errors that the words ask for.
pub(super) fn error_format(words: &[String], release: Release) -> Option<String> {
    let parsed = super::arguments::read(words, &options(release), 1).ok()?;
    parsed.value("cli-error-format").map(str::to_string)
}
