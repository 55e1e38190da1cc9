//! `kubectl api-resources` and `kubectl api-versions`.

use super::flags::{Flag, flags};
use super::{Command, Failure, Kubectl, Writes};
use crate::render::api_resources::{self, ApiResourcesOptions, SortResources};
use std::collections::BTreeSet;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        path: "api-resources",
        aliases: &[],
        flags: flags!(&[
            Flag::string("output", "").short('o'),
            Flag::bool("no-headers"),
            Flag::string("api-group", ""),
            Flag::on("namespaced"),
            Flag::slice("verbs"),
            Flag::slice("categories"),
            Flag::string("sort-by", ""),
            Flag::bool("cached"),
        ]),
        writes: Writes::Never,
        run: resources,
    },
    Command { path: "api-versions", aliases: &[], flags: &[], writes: Writes::Never, run: versions },
];

fn resources(k: &Kubectl<'_>) -> Result<(), Failure> {
    if !k.flags.args.is_empty() {
        return Err(Failure::usage(format!("unexpected arguments: [{}]", k.flags.args.join(" "))));
    }
    let output = k.flags.str("output");
    if !matches!(output, "" | "wide" | "name") {
        return Err(Failure::message(format!("--output {output} is not available")));
    }
    let options = ApiResourcesOptions {
        no_headers: k.flags.bool("no-headers"),
        wide: output == "wide",
        names: output == "name",
        group: k.flags.given("api-group").then(|| k.flags.str("api-group").to_string()),
        namespaced: k.flags.given("namespaced").then(|| k.flags.bool("namespaced")),
        verbs: k.flags.list("verbs").to_vec(),
        categories: k.flags.list("categories").to_vec(),
        sort_by: match k.flags.str("sort-by") {
            "" => SortResources::Group,
            "name" => SortResources::Name,
            "kind" => SortResources::Kind,
            _ => return Err(Failure::message("--sort-by accepts only name or kind")),
        },
    };
    let api = k.api()?;
    k.print(&api_resources::render(api.registry().preferred(), &options));
    if !k.client.asks_for_each_group() {
        return Ok(());
    }
    let silent: Vec<String> = api
        .list("apiservices.apiregistration.k8s.io", "")
        .iter()
        .filter(|s| !s.at("spec/service").is_null() && !s.condition_true("Available"))
        .map(|s| {
            let (group, version) = (s.str_at("spec/group"), s.str_at("spec/version"));
            format!("{group}/{version}: the server is currently unable to handle the request")
        })
        .collect();
    match silent.is_empty() {
        true => Ok(()),
        false => Err(Failure::message(format!(
            "unable to retrieve the complete list of server APIs: {}",
            silent.join(", ")
        ))),
    }
}

fn versions(k: &Kubectl<'_>) -> Result<(), Failure> {
    if !k.flags.args.is_empty() {
        return Err(Failure::usage(format!("unexpected arguments: [{}]", k.flags.args.join(" "))));
    }
    let api = k.api()?;
    let versions: BTreeSet<String> = api.registry().all().iter().map(|r| r.api_version()).collect();
    for version in versions {
        k.println(&version);
    }
    Ok(())
}
