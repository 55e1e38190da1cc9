//! `aws configure`: asks for the settings, lists, gets and sets them.

use crate::cli::Session;
use crate::cli::aws::arguments::{self, Arity, Opt};
use crate::cli::aws::config::{self, Config, Defaults};
use crate::cli::aws::failure::Failure;
use crate::cli::aws::globals::Globals;
use crate::cli::aws::release::Release;
use std::path::Path;

const COMMANDS: [&str; 4] = ["list", "list-profiles", "get", "set"];
const COMMANDS_OF_V1: [&str; 4] = ["list", "get", "set", "add-model"];

pub(in crate::cli::aws) fn run(
    session: &Session,
    globals: &Globals,
    words: &[String],
    defaults: &Defaults,
) -> Result<(), Failure> {
    let parsed = arguments::read(words, &[Opt::new("help", Arity::Switch)], 3)?;
    let words: Vec<&str> = parsed.positionals.iter().map(String::as_str).collect();
    if !parsed.rest.is_empty() {
        return Err(Failure::UnknownToCustom(parsed.rest));
    }
    let profile = globals.profile.as_deref();
    let missing = |name: &str| Failure::Usage(format!("the following arguments are required: {name}"));
    let release = Release::of(&session.env);
    match words[..] {
        [] => ask(session, profile),
        ["list"] => list(session, globals, defaults),
        ["list", ref more @ ..] => {
            Err(Failure::UnknownToCustom(more.iter().map(|word| word.to_string()).collect()))
        }
        ["list-profiles", ..] if release != Release::V1 => {
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
            choices: if release == Release::V1 { COMMANDS_OF_V1 } else { COMMANDS }
                .map(str::to_string)
                .to_vec(),
        }),
    }
}

fn list(session: &Session, globals: &Globals, defaults: &Defaults) -> Result<(), Failure> {
    let env = &session.env;
    let release = Release::of(env);
    let profile = match (&globals.profile, config::profile_in_environment(env)) {
        (Some(name), _) => (name.clone(), "manual", "--profile".to_string()),
        (None, Some(name)) => {
            let place = match release {
                Release::V1 => "['AWS_DEFAULT_PROFILE', 'AWS_PROFILE']",
                _ => "['AWS_PROFILE', 'AWS_DEFAULT_PROFILE']",
            };
            (name.to_string(), "env", place.to_string())
        }
        _ => none(),
    };
    let row = |name: &str, (value, kind, place): Setting| {
        session.println(&match release {
            Release::V2 => format!("{name:<10} : {value:<24} : {kind:<16} : {place}"),
            _ => format!("{name:>10} {value:>24} {kind:>16}    {place}"),
        });
    };
    if release == Release::V2 {
        session.println(&format!("{:<10} : {:<24} : {:<16} : {}", "NAME", "VALUE", "TYPE", "LOCATION"));
    } else {
        session.println("      Name                    Value             Type    Location");
        session.println("      ----                    -----             ----    --------");
    }
    row("profile", profile);
    // A profile that is not there is noticed when its keys are looked for.
    let config = Config::read(env, globals.profile.as_deref())?;
    let [access, secret] = keys(&config);
    row("access_key", access);
    row("secret_key", secret);
    row("region", region(session, globals, &config, defaults));
    Ok(())
}

/// A setting as the list has it: value, type, place.
type Setting = (String, &'static str, String);

fn none() -> Setting {
    ("<not set>".to_string(), "None", "None".to_string())
}

/// Both keys, all but their ends hidden.
fn keys(config: &Config) -> [Setting; 2] {
    let hidden = |text: &str| {
        let tail: String = text.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
        format!("{}{tail}", "*".repeat(16))
    };
    match config.keys() {
        Some((source, id, secret)) => [id, secret].map(|key| (hidden(&key), source, String::new())),
        None => [none(), none()],
    }
}

fn region(session: &Session, globals: &Globals, config: &Config, defaults: &Defaults) -> Setting {
    let env = &session.env;
    let v1 = Release::of(env) == Release::V1;
    // 1.x tells what would hold without the option.
    let option = globals.region.as_deref().filter(|_| !v1);
    match (option, env.var("AWS_REGION"), env.var("AWS_DEFAULT_REGION")) {
        (Some(option), ..) => (option.to_string(), "manual", "--region".to_string()),
        (_, Some(region), _) | (_, None, Some(region)) => {
            let place = if v1 { "AWS_DEFAULT_REGION" } else { "['AWS_REGION', 'AWS_DEFAULT_REGION']" };
            (region.to_string(), "env", place.to_string())
        }
        _ => match (config.setting("region"), &defaults.region) {
            (Some(region), _) => (region.to_string(), "config-file", "~/.aws/config".to_string()),
            (None, Some(region)) => (region.clone(), "cluster", "None".to_string()),
            _ => none(),
        },
    }
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
    let words: Vec<&str> = name.split('.').collect();
    let found = match words[..] {
        [key] => Config::read(&session.env, profile)?.setting(key).map(str::to_string),
        _ => {
            // A profile named here need not exist.
            let files = Config::read_files(&session.env, profile);
            let (of, key) = match words[..] {
                ["profile", profile, key] => (Some(profile), key),
                [profile, key] if files.knows(profile) => (Some(profile), key),
                _ => (None, name),
            };
            let files = of.map_or_else(|| files.clone(), |profile| files.clone().for_profile(profile));
            files.setting(key).map(str::to_string)
        }
    };
    match found {
        Some(value) => {
            session.println(&value);
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
        false => (config::config_file(&session.env), config::section_name(&config::quoted(profile))),
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
    let (outer, inner) = key.split_once('.').map_or((key, None), |(outer, inner)| (outer, Some(inner)));
    let line = match inner {
        None => format!("{key} = {value}"),
        Some(inner) => format!("{outer} =\n    {inner} = {value}"),
    };
    let nested = |l: &str| l.starts_with([' ', '\t']);
    let is_key = |l: &str, key: &str| l.split_once('=').is_some_and(|(k, _)| k.trim() == key);
    let Some(begin) = lines.iter().position(|l| l.trim() == header) else {
        lines.extend([header, line]);
        return lines.join("\n") + "\n";
    };
    let end = lines.iter().skip(begin + 1).position(|l| l.trim_start().starts_with('['));
    let end = end.map_or(lines.len(), |at| begin + 1 + at);
    match lines[begin + 1..end].iter().position(|l| is_key(l, outer) && !nested(l)) {
        Some(at) => {
            let at = begin + 1 + at;
            match inner {
                None => lines[at] = line,
                Some(inner) => {
                    let below = lines[at + 1..end].iter().take_while(|l| nested(l)).count();
                    let line = format!("    {inner} = {value}");
                    match lines[at + 1..=at + below].iter().position(|l| is_key(l, inner)) {
                        Some(n) => lines[at + 1 + n] = line,
                        None => lines.insert(at + 1 + below, line),
                    }
                }
            }
        }
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
