//! `get --raw`: what the server answers to a GET of a path.

use crate::actors::load::metrics_api;
use crate::api::rest;
use crate::cli::kubectl::{Failure, Kubectl, files, version};

pub(super) fn get(k: &Kubectl<'_>) -> Result<(), Failure> {
    if !k.flags.args.is_empty() {
        return Err(Failure::message("arguments may not be passed when --raw is specified"));
    }
    let path = k.flags.str("raw");
    let filters = super::watches(&k.flags) || !k.flags.str("selector").is_empty();
    if filters {
        return Err(Failure::message(
            "--raw may not be specified with other flags that filter the server request or alter the output",
        ));
    }
    if !k.flags.str("output").is_empty() {
        return Err(Failure::message("--raw and --output are mutually exclusive"));
    }
    files::check_raw(path)?;
    let path = path.split_once("://").map_or(path, |(_, rest)| rest.find('/').map_or("/", |i| &rest[i..]));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    k.print(&answer(k, path, query)?);
    Ok(())
}

fn answer(k: &Kubectl<'_>, path: &str, query: &str) -> Result<String, Failure> {
    let api = k.api()?;
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    match parts.as_slice() {
        ["readyz" | "healthz" | "livez", ..] => return Ok("ok".to_string()),
        ["version"] => return Ok(version::server_info(api.version())),
        _ => {}
    }
    // These have programs of their own to answer.
    if let ["apis", group, version, below @ ..] = parts.as_slice()
        && let Some(metrics) =
            metrics_api::answer(api, group, version, below, &rest::parameter(query, "labelSelector"))
    {
        return Ok(metrics?);
    }
    Ok(rest::get(api, path, query)?)
}
