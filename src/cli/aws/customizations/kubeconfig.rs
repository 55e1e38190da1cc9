//! `aws eks update-kubeconfig` and `aws eks get-token`.

use super::call;
use crate::aws::model::Service;
use crate::cli::Env;
use crate::cli::aws::Context;
use crate::cli::aws::arguments::{self, Arity, Opt, Parsed};
use crate::cli::aws::failure::Failure;
use crate::cli::home::Home;
use crate::cli::kubeconfig::Kubeconfig;
use crate::json;
use crate::machinery::ordered::{self, Entries, Json};
use crate::machinery::{Duration, Value, base64, yaml};
use std::path::PathBuf;

/// How long a token is good for, less the minute that clients keep in hand.
const TOKEN_LIFE: Duration = Duration::from_secs(14 * 60);

fn read(words: &[String], options: Vec<Opt>) -> Result<Parsed, Failure> {
    let mut parsed = arguments::read(words, &options, 1)?;
    parsed.rest.append(&mut parsed.positionals);
    match parsed.rest.is_empty() {
        true => Ok(parsed),
        false => Err(Failure::UnknownToCustom(parsed.rest)),
    }
}

/// Writes the cluster, its user and its context into the kubeconfig and makes the context the current one.
pub(super) fn update(context: &mut Context<'_>, service: Service, words: &[String]) -> Result<(), Failure> {
    let mut options: Vec<Opt> =
        ["name", "kubeconfig", "role-arn", "proxy-url", "alias", "user-alias", "assume-role-arn"]
            .map(|name| Opt::new(name, Arity::One))
            .to_vec();
    options[0].required = true;
    options.extend(["dry-run", "verbose"].map(|name| Opt::new(name, Arity::Switch)));
    let parsed = read(words, options)?;
    let name = parsed.value("name").unwrap_or("").to_string();
    let input: Entries = [("name", Json::str(&name))].into_iter().collect();
    let answer = call(context, service, "DescribeCluster", input)?;
    let cluster = answer.get("cluster").cloned().unwrap_or_default();
    match cluster.str_at("status") {
        "ACTIVE" | "UPDATING" => {}
        "" => return Err(Failure::General("Cluster not found".to_string())),
        other => return Err(Failure::General(format!("Cluster status is {other}"))),
    }
    let arn = cluster.str_at("arn").to_string();
    let path = file_of(&context.session.env, &parsed);
    let general = |e: &dyn std::fmt::Display| Failure::General(e.to_string());
    let mut config = Kubeconfig::read(&path).map_err(|e| general(&e))?;
    let region =
        context.config.region(context.globals.region.as_deref(), context.defaults).unwrap_or_default();
    let alias = parsed.value("alias").unwrap_or(&arn).to_string();
    let user = parsed.value("user-alias").unwrap_or(&arn).to_string();
    let known = config.entry("contexts", &alias).is_some();
    let exec = credential_plugin(context, &region, &name, parsed.value("role-arn"));
    let authority = cluster.get("certificateAuthority").map_or("", |ca| ca.str_at("data"));
    let mut entry = json!({"server": (cluster.str_at("endpoint"))});
    if !authority.is_empty() {
        entry.set("certificate-authority-data", authority);
    }
    if let Some(url) = parsed.value("proxy-url") {
        entry.set("proxy-url", url);
    }
    config.set_entry("clusters", &arn, entry);
    config.set_entry("users", &user, json!({"exec": exec}));
    config.set_entry("contexts", &alias, json!({"cluster": (arn.as_str()), "user": (user.as_str())}));
    config.config.set("current-context", alias.as_str());
    if parsed.has("dry-run") {
        context.session.print(&yaml::to_yaml(&config.config).unwrap_or_default());
        return Ok(());
    }
    config.write().map_err(|e| general(&e))?;
    let shown = path.display();
    context.session.println(&match known {
        true => format!("Updated context {alias} in {shown}"),
        false => format!("Added new context {alias} to {shown}"),
    });
    Ok(())
}

/// The kubeconfig that is changed: the one of the option, else the first of `$KUBECONFIG`, else our own.
fn file_of(env: &Env, parsed: &Parsed) -> PathBuf {
    if let Some(path) = parsed.value("kubeconfig") {
        return super::super::config::expand(env, path);
    }
    match env.var("KUBECONFIG").and_then(|list| list.split(':').find(|p| !p.is_empty())) {
        Some(path) => env.path(path),
        None => Home::of(env).kubeconfig(),
    }
}

/// The program that gives kubectl a credential of the cluster.
fn credential_plugin(context: &Context<'_>, region: &str, cluster: &str, role: Option<&str>) -> Value {
    let mut args =
        vec!["--region", region, "eks", "get-token", "--cluster-name", cluster, "--output", "json"];
    args.extend(role.into_iter().flat_map(|role| ["--role", role]));
    let mut exec =
        json!({"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws", "args": args});
    if let Some(profile) = &context.globals.profile {
        exec.set("env", json!([{"name": "AWS_PROFILE", "value": (profile.as_str())}]));
    }
    exec
}

/// The credential that kubectl's `exec` plugin asks for.
pub(super) fn token(context: &mut Context<'_>, words: &[String]) -> Result<(), Failure> {
    let options = ["cluster-name", "cluster-id", "role-arn"].map(|name| Opt::new(name, Arity::One)).to_vec();
    let parsed = read(words, options)?;
    if parsed.has("cluster-name") && parsed.has("cluster-id") {
        let message = "The key \"cluster_id\" cannot be specified when one of the following keys are also specified: cluster_name";
        return Err(Failure::Parameter(message.to_string()));
    }
    let Some(cluster) = parsed.value("cluster-name").or(parsed.value("cluster-id")) else {
        let message = "Either parameter --cluster-name or --cluster-id must be specified.";
        return Err(Failure::Parameter(message.to_string()));
    };
    let expires = (context.endpoint.now() + TOKEN_LIFE).truncated().rfc3339();
    let region =
        context.config.region(context.globals.region.as_deref(), context.defaults).unwrap_or_default();
    let url = format!("https://sts.{region}.amazonaws.com/?Action=GetCallerIdentity&x-k8s-aws-id={cluster}");
    let token = format!("k8s-aws-v1.{}", base64::encode_for_url(url));
    let status: Entries =
        [("expirationTimestamp", Json::str(&expires)), ("token", Json::str(&token))].into_iter().collect();
    let credential: Entries = [
        ("kind", Json::str("ExecCredential")),
        ("apiVersion", Json::str("client.authentication.k8s.io/v1beta1")),
        ("spec", Json::map(Entries::new())),
        ("status", Json::map(status)),
    ]
    .into_iter()
    .collect();
    context.session.println(&ordered::indented(&Json::map(credential)));
    Ok(())
}
