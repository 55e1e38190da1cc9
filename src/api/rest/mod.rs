//! What a GET of a path is answered: discovery, lists in pieces, single objects and their subresources, as text on one
//! line with a line end.

mod discovery;
mod lists;

use super::registry::subresources;
use super::{ApiError, Resource, Server};
use crate::api::struct_order;
use crate::machinery::{Object, Value};
use lists::Query;

/// The body of the answer to a GET of `/api...` or `/apis...`. Aggregated groups are not asked.
pub fn get(server: &Server, path: &str, query: &str) -> Result<String, ApiError> {
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let query = Query::parse(query);
    let (group, version, rest) = match parts.as_slice() {
        ["api"] => return Ok(discovery::core_versions()),
        ["apis"] => return Ok(discovery::groups(&server.registry())),
        ["apis", group] => return discovery::group(&server.registry(), group),
        ["api", version] => return discovery::resources(&server.registry(), "", version),
        ["apis", group, version] => return discovery::resources(&server.registry(), group, version),
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return Err(ApiError::no_such_resource()),
    };
    let (ns, rest) = match rest {
        ["namespaces", ns, plural, more @ ..] if !matches!(*plural, "status" | "finalize") => {
            (*ns, [&[*plural], more].concat())
        }
        other => ("", other.to_vec()),
    };
    let find = |plural: &str| {
        let found = server.registry().by_path(group, version, plural).cloned();
        found.ok_or_else(ApiError::no_such_resource)
    };
    match rest.as_slice() {
        [plural] => lists::list(server, &find(plural)?, ns, &query),
        [plural, name] => {
            let resource = find(plural)?;
            query.check_version(server)?;
            Ok(object(server, &resource, &server.read(&resource, ns, name)?))
        }
        [plural, name, "status"] => {
            let resource = find(plural)?;
            if !subresources(&resource).contains(&"status") {
                return Err(ApiError::no_such_resource());
            }
            Ok(object(server, &resource, &server.read(&resource, ns, name)?))
        }
        [plural, name, "scale"] => {
            let scale = server.scale(&find(plural)?, ns, name)?;
            Ok(struct_order::compact_json(&scale) + "\n")
        }
        ["pods", name, "log"] => log(server, &find("pods")?, ns, name, &query),
        ["pods", name, "exec" | "attach" | "portforward"] => {
            let pod = server.read(&find("pods")?, ns, name)?;
            Err(ApiError::bad_request(match pod.str_at("spec/nodeName") {
                "" => format!("pod {name} does not have a host assigned"),
                _ => "unable to upgrade: missing upgrade headers in request: http.Header{}".to_string(),
            }))
        }
        _ => Err(ApiError::no_such_resource()),
    }
}

/// A parameter of a query; empty when it is not there.
pub fn parameter(query: &str, name: &str) -> String {
    Query::parse(query).get(name).to_string()
}

/// The lines a container has written.
fn log(
    server: &Server,
    resource: &Resource,
    ns: &str,
    name: &str,
    query: &Query,
) -> Result<String, ApiError> {
    let pod = server.read(resource, ns, name)?;
    let names = |list: &str| -> Vec<String> {
        pod.items_at(list).iter().map(|c| c.str_at("name").to_string()).collect()
    };
    let (own, init) = (names("spec/containers"), names("spec/initContainers"));
    let container = match (query.get("container"), own.as_slice()) {
        ("", [one]) if init.is_empty() => one.clone(),
        ("", _) => {
            let others = match init.is_empty() {
                true => String::new(),
                false => format!(" or one of the init containers: [{}]", init.join(" ")),
            };
            return Err(ApiError::bad_request(format!(
                "a container name must be specified for pod {name}, choose one of: [{}]{others}",
                own.join(" ")
            )));
        }
        (asked, _) if own.iter().chain(&init).any(|c| c == asked) => asked.to_string(),
        (asked, _) => {
            return Err(ApiError::bad_request(format!("container {asked} is not valid for pod {name}")));
        }
    };
    let lines = server.store().logs(pod.uid(), &container);
    let last = query.get("tailLines").parse::<usize>().unwrap_or(lines.len());
    let text = lines.iter().skip(lines.len().saturating_sub(last)).map(|line| format!("{}\n", line.text));
    Ok(text.collect())
}

/// An object on one line, as the server sends it: built-in kinds as their structs, custom ones by name.
fn object(server: &Server, resource: &Resource, object: &Object) -> String {
    let text = match server.registry().is_custom(resource) {
        true => object.to_json(),
        false => struct_order::compact_json(object),
    };
    text + "\n"
}

/// The fields of a Go struct, in its order.
struct Structure(Vec<(&'static str, Value)>);

impl Structure {
    /// Without the brace at the end.
    fn open(&self) -> String {
        let fields: Vec<String> =
            self.0.iter().map(|(name, value)| format!("\"{name}\":{}", value.to_json())).collect();
        format!("{{{}", fields.join(","))
    }

    fn json(&self) -> String {
        self.open() + "}"
    }
}
