//! `kubectl auth can-i` and `kubectl auth whoami`.

use super::flags::{Flag, OUTPUT, flags};
use super::{Command, Failure, Kubectl, Writes, report};
use crate::api::{Request, User};
use crate::json;
use crate::machinery::Value;
use crate::render::output;
use crate::render::tabwriter::{TABLE, align};
use std::collections::BTreeMap;

pub(super) const COMMANDS: &[Command] = &[
    Command {
        path: "auth can-i",
        aliases: &[],
        flags: flags!(&[
            Flag::bool("all-namespaces").short('A'),
            Flag::bool("quiet").short('q'),
            Flag::string("subresource", ""),
            Flag::bool("list"),
            Flag::bool("no-headers"),
        ]),
        writes: Writes::Never,
        run: can_i,
    },
    Command { path: "auth whoami", aliases: &[], flags: OUTPUT, writes: Writes::Never, run: whoami },
];

const VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
    "attest",
];

fn can_i(k: &Kubectl<'_>) -> Result<(), Failure> {
    let args = &k.flags.args;
    check(k)?;
    if k.flags.bool("list") {
        return list(k);
    }
    let (verb, what, name) = match args.as_slice() {
        [verb, url] if url.starts_with('/') => return path(k, verb, url),
        [verb, what] => match what.split_once('/') {
            Some((what, name)) => (verb, what, name),
            None => (verb, what.as_str(), ""),
        },
        _ => return Ok(()),
    };
    if !VERBS.contains(&verb.as_str()) {
        k.eprintln(&format!("Warning: verb '{verb}' is not a known verb\n"));
    }
    let found = k.api()?.registry().lookup(what).cloned();
    let mut namespace = if k.flags.bool("all-namespaces") { String::new() } else { k.namespace()? };
    let (group, mut resource) = match &found {
        Some(resource) => {
            if !resource.namespaced && !namespace.is_empty() {
                k.eprintln(&format!("Warning: resource '{what}' is not namespace scoped\n"));
                namespace.clear();
            }
            (resource.group.to_string(), resource.plural.to_string())
        }
        None => {
            let (resource, group) = what.split_once('.').unwrap_or((what, ""));
            if what != "*" {
                k.eprintln(&match group {
                    "" => format!("Warning: the server doesn't have a resource type '{resource}'\n"),
                    group => {
                        format!("Warning: the server doesn't have a resource type '{resource}' in group '{group}'\n")
                    }
                });
            }
            (group.to_string(), resource.to_string())
        }
    };
    let sub = k.flags.str("subresource");
    if !sub.is_empty() {
        resource = format!("{resource}/{sub}");
    }
    let request = Request { verb, group: &group, resource: &resource, name, namespace: &namespace };
    answer(k, &request)
}

/// Flags that are about the list, or about what is not one.
fn check(k: &Kubectl<'_>) -> Result<(), Failure> {
    let (args, subresource) = (&k.flags.args, !k.flags.str("subresource").is_empty());
    if k.flags.bool("list") {
        if !args.is_empty() {
            return Err(Failure::message("list option must be specified with no arguments"));
        }
        if k.flags.bool("quiet") || k.flags.bool("all-namespaces") || subresource {
            return Err(Failure::message(
                "list option can't be specified with neither quiet, all-namespaces nor subresource options",
            ));
        }
        return Ok(());
    }
    if args.len() != 2 {
        return Err(Failure::Raw(format!(
            "error: you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl {} \
             -h' for help and examples.",
            k.command.path
        )));
    }
    if subresource && args[1].starts_with('/') {
        return Err(Failure::message("--subresource can not be used with NonResourceURL"));
    }
    if k.flags.bool("no-headers") {
        return Err(Failure::message("--no-headers cannot be set without --list specified"));
    }
    Ok(())
}

fn path(k: &Kubectl<'_>, verb: &str, url: &str) -> Result<(), Failure> {
    answer(k, &Request { verb, resource: url, ..Request::default() })
}

fn answer(k: &Kubectl<'_>, request: &Request<'_>) -> Result<(), Failure> {
    let allowed = k.api()?.allows(&k.user()?, request);
    if !k.flags.bool("quiet") {
        k.println(if allowed { "yes" } else { "no" });
    }
    if allowed { Ok(()) } else { Err(Failure::Exit(1)) }
}

/// A row of `--list`: what it is about, and the verbs allowed on it.
struct Row {
    resource: String,
    urls: Vec<String>,
    names: Vec<String>,
    verbs: Vec<String>,
    /// The rule as Go prints it, which is what rows are sorted by.
    sort_key: String,
}

fn list(k: &Kubectl<'_>) -> Result<(), Failure> {
    let rules = k.api()?.rules_for(&k.user()?, &k.namespace()?);
    let mut rows = rows(&rules);
    rows.sort_by(|a, b| a.sort_key.cmp(&b.sort_key));
    let mut text = String::new();
    if !k.flags.bool("no-headers") {
        text.push_str("Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
    }
    for row in rows {
        text.push_str(&format!(
            "{}\t[{}]\t[{}]\t[{}]\n",
            row.resource,
            row.urls.join(" "),
            row.names.join(" "),
            row.verbs.join(" ")
        ));
    }
    k.print(&align(TABLE, &text));
    Ok(())
}

fn strings(rule: &Value, field: &str) -> Vec<String> {
    rule.items_at(field).iter().filter_map(Value::as_str).map(String::from).collect()
}

/// Rules taken apart to one resource or path each; verbs on the same resource (and name) are put together again.
fn rows(rules: &[Value]) -> Vec<Row> {
    let mut resources: BTreeMap<(String, String, Option<String>), Vec<String>> = BTreeMap::new();
    let mut rows = Vec::new();
    for rule in rules {
        let verbs = strings(rule, "verbs");
        let names = strings(rule, "resourceNames");
        let names: Vec<Option<String>> =
            if names.is_empty() { vec![None] } else { names.into_iter().map(Some).collect() };
        for group in strings(rule, "apiGroups") {
            for resource in strings(rule, "resources") {
                for name in &names {
                    let known = resources.entry((group.clone(), resource.clone(), name.clone())).or_default();
                    known.extend(verbs.iter().filter(|v| !known.contains(v)).cloned().collect::<Vec<_>>());
                }
            }
        }
        for url in strings(rule, "nonResourceURLs") {
            let sort_key = go_rule(&verbs, "", "", &[], &url);
            rows.push(Row {
                resource: String::new(),
                urls: vec![url],
                names: Vec::new(),
                verbs: verbs.clone(),
                sort_key,
            });
        }
    }
    for ((group, resource, name), verbs) in resources {
        let names: Vec<String> = name.into_iter().collect();
        let sort_key = go_rule(&verbs, &group, &resource, &names, "");
        let resource = if group.is_empty() { resource } else { format!("{resource}.{group}") };
        rows.push(Row { resource, urls: Vec::new(), names, verbs, sort_key });
    }
    rows
}

fn go_rule(verbs: &[String], group: &str, resource: &str, names: &[String], url: &str) -> String {
    format!(
        "&PolicyRule{{Verbs:[{}],APIGroups:[{group}],Resources:[{resource}],ResourceNames:[{}],NonResourceURLs:[{url}],}}",
        verbs.join(" "),
        names.join(" ")
    )
}

fn whoami(k: &Kubectl<'_>) -> Result<(), Failure> {
    if !k.client.knows_self_subject_reviews() {
        return Err(Failure::message(
            "the selfsubjectreviews API is not enabled in the cluster\nenable APISelfSubjectReview feature gate and \
             authentication.k8s.io/v1alpha1 or authentication.k8s.io/v1beta1 API",
        ));
    }
    let user: User = k.user()?;
    let created = k.api()?.now().rfc3339();
    if let Some(mut printer) = report::printer(k)? {
        let groups: Value = user.groups.iter().map(|g| Value::from(g.as_str())).collect();
        let review = json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
            "metadata": {"creationTimestamp": created},
            "status": {"userInfo": {"groups": groups, "uid": (user.name.as_str()), "username": (user.name.as_str())}},
        });
        return report::show(k, printer.print_typed(&review));
    }
    if !k.flags.str("output").is_empty() {
        let text = output::unknown_format(k.flags.str("output"), false, k.client.has_kyaml());
        return Err(Failure::message(text));
    }
    let text = format!(
        "ATTRIBUTE\tVALUE\nUsername\t{0}\nUID\t{0}\nGroups\t[{1}]\n",
        user.name,
        user.groups.join(" ")
    );
    k.print(&align(TABLE, &text));
    Ok(())
}
