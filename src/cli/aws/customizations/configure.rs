//! `aws configure`: asks for the settings, lists, gets and sets them.

use crate::cli::Session;
use crate::cli::aws::arguments::{self, Arity, Opt};
use crate::cli::aws::config::{self, Config, Defaults};
use crate::cli::aws::failure::Failure;
use crate::cli::aws::globals::Globals;
use crate::cli::aws::release::Release;
use std::path::Path;

const COMMANDS: [&str; 4] = ["list", "list-profiles", "get", "set"];

pub(in crate::cli::aws) fn run(
    session: &Session,
    globals: &Globals,
    words: &[String],
    defaults: &Defaults,
) -> Result<(), Failure> {
    let parsed = arguments::read(words, &[Opt::new("help", Arity::Switch)], 3)?;
    let words: Vec<&str> = parsed.positionals.iter().map(String::as_str).collect();
    if !parsed.rest.is_empty() {
        return Err(Failure::Unknown(parsed.rest));
    }
    let profile = globals.profile.as_deref();
    let missing = |name: &str| Failure::Usage(format!("the following arguments are required: {name}"));
    match words[..] {
        [] => ask(session, profile),
        ["list", ..] => list(session, globals, &Config::read(&session.env, profile)?, defaults),
        ["list-profiles", ..] => {
            let config = Config::read(&session.env, None)?;
            config.profiles().iter().for_each(|name| session.println(name));
            Ok(())
        }
        ["get"] => Err(missing("varname")),
        ["get", name, ..] => get(session, profile, name),
        ["set"] => Err(missing("varname, value")),
        ["set", _] => Err(missing("value")),
        ["set", name, value, ..] => set(session, profile, name, value),
        [word, ..] => Err(Failure::Choice {
            argument: "subcommand".to_string(),
            word: word.to_string(),
            choices: COMMANDS.map(str::to_string).to_vec(),
        }),
    }
}

fn list(session: &Session, globals: &Globals, config: &Config, defaults: &Defaults) -> Result<(), Failure> {
    let hidden = |text: &str| {
        let tail: String = text.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
        format!("{}{tail}", "*".repeat(16))
    };
    let none = || ("<not set>".to_string(), "None", "None".to_string());
    let keys = config.keys();
    let key = |pick: for<'k> fn(&'k (&'static str, String, String)) -> &'k String| match &keys {
        Some(found) => (hidden(pick(found)), found.0, String::new()),
        None => none(),
    };
    let env = &session.env;
    let region = match (globals.region.as_deref(), env.var("AWS_REGION"), env.var("AWS_DEFAULT_REGION")) {
        (Some(option), ..) => (option.to_string(), "manual", "--region".to_string()),
        (_, Some(region), _) | (_, None, Some(region)) => {
            (region.to_string(), "env", "['AWS_REGION', 'AWS_DEFAULT_REGION']".to_string())
        }
        _ => match (config.setting("region"), &defaults.region) {
            (Some(region), _) => (region.to_string(), "config-file", "~/.aws/config".to_string()),
            (None, Some(region)) => (region.clone(), "cluster", "None".to_string()),
            _ => none(),
        },
    };
    let profile = match (&globals.profile, env.var("AWS_PROFILE")) {
        (Some(name), _) => (name.clone(), "manual", "--profile".to_string()),
        (None, Some(name)) => (name.to_string(), "env", "['AWS_PROFILE', 'AWS_DEFAULT_PROFILE']".to_string()),
        _ => none(),
    };
    let rows = [
        ("profile", profile),
        ("access_key", key(|found| &found.1)),
        ("secret_key", key(|found| &found.2)),
        ("region", region),
    ];
    if Release::of(env) == Release::V2 {
        session.println(&format!("{:<10} : {:<24} : {:<16} : {}", "NAME", "VALUE", "TYPE", "LOCATION"));
        for (name, (value, kind, place)) in rows {
            session.println(&format!("{name:<10} : {value:<24} : {kind:<16} : {place}"));
        }
        return Ok(());
    }
    session.println("      Name                    Value             Type    Location");
    session.println("      ----                    -----             ----    --------");
    for (name, (value, kind, place)) in rows {
        session.println(&format!("{name:>10} {value:>24} {kind:>16}    {place}"));
    }
    Ok(())
}

/// `name`, or `profile.NAME.name`, or `default.name`.
fn split<'n>(profile: Option<&'n str>, name: &'n str) -> (String, &'n str) {
    match name.split('.').collect::<Vec<_>>()[..] {
        ["profile", profile, key] => (profile.to_string(), key),
        ["default", key] => ("default".to_string(), key),
        _ => (profile.unwrap_or("default").to_string(), name),
    }
}

fn get(session: &Session, profile: Option<&str>, name: &str) -> Result<(), Failure> {
    let (profile, key) = split(profile, name);
    let asked = (profile != "default").then_some(profile.as_str());
    match Config::read(&session.env, asked)?.setting(key) {
        Some(value) => {
            session.println(value);
            Ok(())
        }
        None => Err(Failure::Quiet(1)),
    }
}

fn set(session: &Session, profile: Option<&str>, name: &str, value: &str) -> Result<(), Failure> {
    let (profile, key) = split(profile, name);
    write(session, &profile, key, value)
}

/// Sets one setting in the file it belongs to.
fn write(session: &Session, profile: &str, key: &str, value: &str) -> Result<(), Failure> {
    let secret = matches!(key, "aws_access_key_id" | "aws_secret_access_key" | "aws_session_token");
    let (path, section) = match secret {
        true => (config::credentials_file(&session.env), profile.to_string()),
        false => (config::config_file(&session.env), config::section_name(profile)),
    };
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    save(&path, &with_setting(&text, &section, key, value))
}

fn save(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure::General(format!("{e}: '{}'", path.display()));
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(failed)?;
    }
    std::fs::write(path, text).map_err(failed)
}

/// The text of a file with one setting changed or added; everything else stays as it is.
fn with_setting(text: &str, section: &str, key: &str, value: &str) -> String {
    let header = format!("[{section}]");
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    let line = format!("{key} = {value}");
    let Some(begin) = lines.iter().position(|l| l.trim() == header) else {
        lines.extend([header, line]);
        return lines.join("\n") + "\n";
    };
    let end = lines.iter().skip(begin + 1).position(|l| l.trim_start().starts_with('['));
    let end = end.map_or(lines.len(), |at| begin + 1 + at);
    let is_key = |l: &String| l.split_once('=').is_some_and(|(k, _)| k.trim() == key && !k.starts_with(' '));
    match lines[begin + 1..end].iter().position(is_key) {
        Some(at) => lines[begin + 1 + at] = line,
        None => {
            let last = lines[begin..end].iter().rposition(|l| !l.trim().is_empty()).unwrap_or(0);
            lines.insert(begin + last + 1, line);
        }
    }
    lines.join("\n") + "\n"
}

fn ask(session: &Session, profile: Option<&str>) -> Result<(), Failure> {
    let name = profile.unwrap_or("default").to_string();
    let known = Config::read(&session.env, None)?.for_profile(&name);
    let answers = {
        let prompts = [
            ("AWS Access Key ID", "aws_access_key_id"),
            ("AWS Secret Access Key", "aws_secret_access_key"),
            ("Default region name", "region"),
            ("Default output format", "output"),
        ];
        let text = session.read_input().unwrap_or_default();
        let mut lines = text.lines();
        prompts.map(|(prompt, key)| {
            let now = known.setting(key).unwrap_or("None").to_string();
            session.print(&format!("{prompt} [{now}]: "));
            (key, lines.next().unwrap_or("").trim().to_string())
        })
    };
    answers
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .try_for_each(|(key, value)| write(session, &name, key, value))
}
