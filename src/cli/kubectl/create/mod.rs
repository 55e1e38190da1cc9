//! `kubectl create`: from files, or from flags with one of its subcommands.

pub(super) mod data;
mod file;
mod namespace;
mod policy;
mod rbac;
mod service;
mod workloads;

use super::report::{DryRun, Report, typed};
use super::{Command, Failure, Kubectl, last_applied, record};
use crate::api::Resource;
use crate::machinery::{Object, Value, go_text};

pub(super) const COMMANDS: &[Command] = &[
    file::COMMAND,
    namespace::COMMAND,
    workloads::DEPLOYMENT,
    workloads::JOB,
    workloads::CRON_JOB,
    data::CONFIG_MAP,
    data::SECRET,
    data::GENERIC,
    data::DOCKER_REGISTRY,
    data::TLS,
    policy::QUOTA,
    policy::DISRUPTION_BUDGET,
    policy::PRIORITY_CLASS,
    rbac::ROLE,
    rbac::CLUSTER_ROLE,
    rbac::ROLE_BINDING,
    rbac::CLUSTER_ROLE_BINDING,
    rbac::SERVICE_ACCOUNT,
    rbac::TOKEN,
    service::CLUSTER_IP,
    service::NODE_PORT,
    service::LOAD_BALANCER,
    service::EXTERNAL_NAME,
    service::GROUP,
    service::INGRESS,
];

/// What a subcommand makes.
pub(super) struct New<'a> {
    pub api_version: &'a str,
    pub kind: &'a str,
    pub name: &'a str,
    /// Everything but type and name.
    pub body: Value,
    /// What stands before the server's refusal: `failed to create deployment: `. Empty: the server speaks for itself.
    pub refusal: &'a str,
    /// The field manager.
    pub manager: &'a str,
    /// What is said when it worked.
    pub verb: &'a str,
}

impl New<'_> {
    /// Makes the object, or shows what would be made.
    pub(super) fn create(self, k: &Kubectl<'_>) -> Result<Object, Failure> {
        let dry_run = DryRun::of(k)?;
        let report = Report::new(k, dry_run)?;
        let (object, verb) = self.made(k, dry_run)?;
        report.made(&object, verb)?;
        Ok(object)
    }

    /// The client leaves it to the server to miss the name of these.
    fn may_lack_a_name(&self) -> bool {
        matches!(
            self.kind,
            "Deployment" | "Job" | "CronJob" | "PriorityClass" | "Service" | "Ingress" | "ClusterRoleBinding"
        )
    }

    /// The object, made; nothing is said.
    pub(super) fn made<'v>(self, k: &Kubectl<'_>, dry_run: DryRun) -> Result<(Object, &'v str), Failure>
    where
        Self: 'v,
    {
        if self.name.is_empty() && !self.may_lack_a_name() {
            return Err(Failure::message("name must be specified"));
        }
        let resource = resource(k, self.api_version, self.kind)?;
        let ns = if resource.namespaced { k.namespace()? } else { String::new() };
        let mut object = typed(k, &resource, self.name, self.body)?;
        record::write(k, &mut object);
        if k.flags.bool("save-config") {
            object = last_applied::annotated_typed(&object);
        }
        if dry_run == DryRun::Client {
            return Ok((object, "created"));
        }
        let made = k.api()?.post(&resource, &ns, object.0, &dry_run.strict_options(self.manager));
        k.print_warnings();
        match made {
            Ok(object) => Ok((object, self.verb)),
            Err(e) if self.refusal.is_empty() => Err(e.into()),
            Err(e) => Err(Failure::message(format!("{}{}", self.refusal, e.message))),
        }
    }
}

/// A kind the client knows by heart.
pub(super) fn resource(k: &Kubectl<'_>, api_version: &str, kind: &str) -> Result<Resource, Failure> {
    let found = k.api()?.registry().by_kind(api_version, kind).cloned();
    found.ok_or_else(|| {
        Failure::message(format!("no matches for kind \"{kind}\" in version \"{api_version}\""))
    })
}

/// The one NAME of a subcommand.
pub(super) fn name<'k>(k: &'k Kubectl<'_>) -> Result<&'k str, Failure> {
    let args = before_dash(k);
    match args {
        [name] => Ok(name),
        _ => Err(Failure::usage(format!("exactly one NAME is required, got {}", args.len()))),
    }
}

/// A group of subcommands called without one, or with one there is not.
pub(super) fn group(k: &Kubectl<'_>, help: &str) -> Result<(), Failure> {
    match k.flags.args.first() {
        Some(word) => Err(Failure::usage(format!("unknown command {}", go_text::quote(word)))),
        None => Err(Failure::Raw(help.to_string())),
    }
}

/// Arguments before `--`.
pub(super) fn before_dash<'k>(k: &'k Kubectl<'_>) -> &'k [String] {
    &k.flags.args[..k.flags.dash.unwrap_or(k.flags.args.len())]
}

/// The words of a command line inside the container: what follows `--`, or the arguments after the name.
pub(super) fn command_words<'k>(k: &'k Kubectl<'_>) -> &'k [String] {
    &k.flags.args[k.flags.dash.unwrap_or(k.flags.args.len())..]
}

/// Fails as cobra does when flags that must be given are not.
pub(super) fn require(k: &Kubectl<'_>, flags: &[&str]) -> Result<(), Failure> {
    let missing: Vec<String> =
        flags.iter().filter(|f| !k.flags.given(f)).map(|f| format!("\"{f}\"")).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Failure::message(format!("required flag(s) {} not set", missing.join(", ")))),
    }
}

/// A list of strings as a value.
pub(super) fn strings(words: &[String]) -> Value {
    words.iter().map(String::as_str).collect()
}
