//! Words of the command line to the input of an operation.

mod document;
mod shorthand;
mod skeleton;
mod timestamp;
mod validate;

use super::failure::Failure;
use crate::aws::model::{Kind, Service, Shape};
use crate::cli::Env;
use crate::machinery::base64;
use crate::machinery::ordered::{self, Entries, Json};

pub(super) use document::input_document;
pub(super) use skeleton::{input_skeleton, output_skeleton, yaml_skeleton};
pub(super) use validate::validate;

/// The value of a parameter from its words. `option` has its dashes.
pub(super) fn value(
    service: Service,
    shape: &Shape,
    option: &str,
    words: &[String],
    env: &Env,
) -> Result<Json, Failure> {
    let wrong = |why: String| Failure::Parameter(format!("Error parsing parameter '{option}': {why}"));
    let mut words = words.to_vec();
    if let [one] = &mut words[..]
        && let Some(content) = from_file(one, env).map_err(wrong)?
    {
        *one = content;
    }
    let first = words.first().map_or("", String::as_str);
    let json = |text: &str| {
        let why = |e: ordered::SyntaxError| wrong(format!("Invalid JSON: {e}\nJSON received: {text}"));
        ordered::parse(text).map_err(why)
    };
    match shape.kind {
        Kind::List => {
            if words.len() == 1 && first.trim_start().starts_with('[') {
                return json(first);
            }
            let item = service.shape(shape.item.as_deref().unwrap_or(""));
            let mut items = Vec::new();
            for word in &words {
                items.push(match item.kind {
                    kind if kind.is_scalar() => scalar(kind, word)?,
                    _ if word.trim_start().starts_with(['{', '[']) => json(word)?,
                    _ => fitted(service, &item, shorthand::parse(word).map_err(wrong)?)?,
                });
            }
            Ok(Json::list(items))
        }
        Kind::Structure | Kind::Map if first.trim_start().starts_with('{') => json(first),
        Kind::Structure | Kind::Map if first.trim_start().starts_with('[') => {
            Err(wrong(format!("Invalid JSON:\n{first}")))
        }
        // A structure around one value may be given as that value.
        Kind::Structure
            if !first.contains('=') && matches!(&shape.members[..], [one] if one.name == "Value") =>
        {
            Ok(Json::map([("Value", Json::str(first))].into_iter().collect()))
        }
        Kind::Structure | Kind::Map => fitted(service, shape, shorthand::parse(first).map_err(wrong)?),
        kind => scalar(kind, first),
    }
}

/// Bare words for structures of one member, as `elb` takes instances: `--instances i-1 i-2`.
pub(super) fn bare_items(service: Service, operation: &str, shape: &Shape, words: &[String]) -> Option<Json> {
    let bare = service.name == "elb" && operation == "DescribeInstanceHealth";
    let item = service.shape(shape.item.as_deref().filter(|_| bare)?);
    let ([member], false) = (&item.members[..], words.iter().any(|w| w.trim_start().starts_with(['[', '{'])))
    else {
        return None;
    };
    let item = |word: &String| Json::map([(member.name.as_str(), Json::str(word))].into_iter().collect());
    Some(Json::list(words.iter().map(item).collect()))
}

/// What a `file://` or `fileb://` word stands for; `None` for any other word.
pub(super) fn from_file(word: &str, env: &Env) -> Result<Option<String>, String> {
    let (path, binary) = match (word.strip_prefix("file://"), word.strip_prefix("fileb://")) {
        (Some(path), _) => (path, false),
        (_, Some(path)) => (path, true),
        _ => return Ok(None),
    };
    let shown = match path.strip_prefix("~/") {
        Some(rest) => format!("{}/{rest}", env.home().display()),
        None => path.to_string(),
    };
    let full = env.path(&shown);
    let unable = |why: &str| format!("Unable to load paramfile {word}: {why}: '{shown}'");
    if full.is_dir() && !shown.is_empty() {
        return Err(unable("[Errno 21] Is a directory"));
    }
    match std::fs::read(&full) {
        Ok(bytes) if binary => Ok(Some(base64::encode(&bytes))),
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|_| {
            format!(
                "Unable to load paramfile ({shown}), text contents could not be decoded.  If this is a binary file, \
                 please use the fileb:// prefix instead of the file:// prefix."
            )
        }),
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => Err(unable("[Errno 13] Permission denied")),
        Err(_) => Err(unable("[Errno 2] No such file or directory")),
    }
}

/// One word as a value of this kind.
fn scalar(kind: Kind, word: &str) -> Result<Json, Failure> {
    match kind {
        Kind::Integer => ordered::parse_int(word).map(Json::Int).ok_or_else(|| {
            let word = ordered::repr(&Json::str(word));
            Failure::General(format!("invalid literal for int() with base 10: {word}"))
        }),
        Kind::Float => word.trim().parse().map(Json::Float).map_err(|_| {
            let word = ordered::repr(&Json::str(word));
            Failure::General(format!("could not convert string to float: {word}"))
        }),
        Kind::Boolean => Ok(Json::Bool(word.eq_ignore_ascii_case("true"))),
        _ => Ok(Json::str(word)),
    }
}

/// Shorthand fitted to a shape: words become numbers and booleans, a single value a list where one is wanted.
fn fitted(service: Service, shape: &Shape, value: Json) -> Result<Json, Failure> {
    match (shape.kind, value) {
        (Kind::Structure, Json::Map(entries)) => {
            let mut fit = Entries::new();
            for (key, value) in entries.iter() {
                let value = match shape.member(key) {
                    Some(member) => fitted(service, &service.shape(&member.shape), value.clone())?,
                    None => value.clone(),
                };
                fit.insert(key.clone(), value);
            }
            Ok(Json::map(fit))
        }
        (Kind::Map, Json::Map(entries)) => {
            let below = service.shape(shape.value.as_deref().unwrap_or(""));
            let pair = |(key, value): (&std::sync::Arc<str>, &Json)| {
                Ok((key.clone(), fitted(service, &below, value.clone())?))
            };
            Ok(Json::map(entries.iter().map(pair).collect::<Result<Entries, Failure>>()?))
        }
        (Kind::List, value) => {
            let below = service.shape(shape.item.as_deref().unwrap_or(""));
            let items = match value {
                Json::List(items) => items.to_vec(),
                one => vec![one],
            };
            let items = items.into_iter().map(|item| fitted(service, &below, item));
            Ok(Json::list(items.collect::<Result<_, _>>()?))
        }
        // Only the two words are booleans here; what else there is fails as a text.
        (Kind::Boolean, Json::Str(word)) => Ok(match word.to_ascii_lowercase().as_str() {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            _ => Json::Str(word),
        }),
        (kind, Json::Str(word)) if kind.is_scalar() => scalar(kind, &word),
        (_, value) => Ok(value),
    }
}
