//! `--generate-cli-skeleton`: an input to be filled in, or an answer that shows what there would be.

use crate::aws::model::{Kind, Service, Shape};
use crate::machinery::ordered::{Entries, Json};
use crate::machinery::yaml;

/// A time that stands for any time.
const SOME_TIME: &str = "1970-01-01T00:00:00";
/// The same as `--output text` and `table` have it.
const SOME_TIME_IN_LINES: &str = "1970-01-01 00:00:00";

/// An input with a value for every member.
pub(in crate::cli::aws) fn input_skeleton(service: Service, shape: &Shape) -> Json {
    sample((service, SOME_TIME), shape, None, &mut Vec::new())
}

/// An output with a value for every member: texts are the names of their members. `in_lines`: for text and tables.
pub(in crate::cli::aws) fn output_skeleton(service: Service, shape: &Shape, in_lines: bool) -> Json {
    let time = if in_lines { SOME_TIME_IN_LINES } else { SOME_TIME };
    sample((service, time), shape, Some(""), &mut Vec::new())
}

/// `with`: the service, and what stands for a time. `name`: the member's name in outputs, none in inputs. `above`: shapes around this one; a shape inside itself is empty.
fn sample(
    with @ (service, time): (Service, &str),
    shape: &Shape,
    name: Option<&str>,
    above: &mut Vec<String>,
) -> Json {
    if !shape.kind.is_scalar() {
        if above.contains(&shape.name) {
            return Json::map(Entries::new());
        }
        above.push(shape.name.clone());
    }
    let value = match shape.kind {
        Kind::Structure => {
            let mut entries = Entries::new();
            for member in &shape.members {
                let below = service.shape(&member.shape);
                let name = name.map(|_| member.name.as_str());
                entries.insert(member.name.as_str(), sample(with, &below, name, above));
            }
            Json::map(entries)
        }
        Kind::List => {
            let below = service.shape(shape.item.as_deref().unwrap_or(""));
            let name = name.map(|_| below.name.clone());
            Json::list(vec![sample(with, &below, name.as_deref(), above)])
        }
        Kind::Map => {
            let below = service.shape(shape.value.as_deref().unwrap_or(""));
            let name = name.map(|_| below.name.clone());
            Json::map([("KeyName", sample(with, &below, name.as_deref(), above))].into_iter().collect())
        }
        Kind::String => match (name, shape.choices.first()) {
            (Some(name), _) => Json::str(name),
            (None, Some(choice)) => Json::str(choice),
            (None, None) => Json::str(""),
        },
        Kind::Integer => Json::Int(0),
        Kind::Float => Json::Float(0.0),
        Kind::Boolean => Json::Bool(true),
        Kind::Timestamp => Json::str(time),
        Kind::Blob => Json::str(name.unwrap_or("")),
    };
    if !shape.kind.is_scalar() {
        above.pop();
    }
    value
}

/// The input skeleton as YAML, required members marked. The real one has the manual's prose behind each member.
pub(in crate::cli::aws) fn yaml_skeleton(service: Service, shape: &Shape) -> String {
    let mut out = String::new();
    for member in &shape.members {
        let below = service.shape(&member.shape);
        let value = sample((service, SOME_TIME), &below, None, &mut Vec::new());
        let block = yaml::to_core_yaml(&Json::map([(member.name.as_str(), value)].into_iter().collect()));
        let (first, rest) = block.split_once('\n').unwrap_or((&block, ""));
        let mark = if member.required { " # [REQUIRED]" } else { "" };
        out.push_str(&format!("{first}{mark}\n{rest}"));
    }
    out
}
