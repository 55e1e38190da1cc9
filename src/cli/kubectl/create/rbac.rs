//! `kubectl create role`, `clusterrole`, `rolebinding`, `clusterrolebinding`, `serviceaccount` and `token`.

use super::super::flags::{DRY_RUN, Flag, OUTPUT, SAVE_CONFIG, VALIDATE, flags};
use super::super::{Command, Failure, Kubectl, Writes, resources};
use super::New;
use crate::api::token;
use crate::aws;
use crate::json;
use crate::machinery::duration::parse_duration;
use crate::machinery::{Duration, Map, Value};

const GROUP: &str = "rbac.authorization.k8s.io/v1";
const MANAGER: &[Flag] = &[Flag::string("field-manager", "kubectl-create")];
const RULE: &[Flag] = &[
    Flag::slice("verb"),
    Flag::slice("resource"),
    Flag::array("resource-name"),
    Flag::slice("non-resource-url"),
    Flag::slice("aggregation-rule"),
];
const BINDING: &[Flag] = &[
    Flag::string("role", ""),
    Flag::string("clusterrole", ""),
    Flag::array("user"),
    Flag::array("group"),
    Flag::array("serviceaccount"),
];

const fn command(
    path: &'static str,
    aliases: &'static [&'static str],
    flags: &'static [Flag],
    run: fn(&Kubectl<'_>) -> Result<(), Failure>,
) -> Command {
    Command { path, aliases, flags, writes: Writes::Always, run }
}

pub(super) const ROLE: Command =
    command("create role", &[], flags!(OUTPUT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER, RULE), |k| {
        role(k, "Role")
    });
pub(super) const CLUSTER_ROLE: Command =
    command("create clusterrole", &[], flags!(OUTPUT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER, RULE), |k| {
        role(k, "ClusterRole")
    });
pub(super) const ROLE_BINDING: Command = command(
    "create rolebinding",
    &[],
    flags!(OUTPUT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER, BINDING),
    |k| binding(k, "RoleBinding"),
);
pub(super) const CLUSTER_ROLE_BINDING: Command = command(
    "create clusterrolebinding",
    &[],
    flags!(OUTPUT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER, BINDING),
    |k| binding(k, "ClusterRoleBinding"),
);
pub(super) const SERVICE_ACCOUNT: Command = command(
    "create serviceaccount",
    &["sa"],
    flags!(OUTPUT, DRY_RUN, SAVE_CONFIG, VALIDATE, MANAGER),
    service_account,
);
pub(super) const TOKEN: Command = command(
    "create token",
    &[],
    flags!(
        OUTPUT,
        &[
            Flag::array("audience"),
            Flag::duration("duration", "0s"),
            Flag::string("bound-object-kind", ""),
            Flag::string("bound-object-name", ""),
            Flag::string("bound-object-uid", ""),
        ]
    ),
    token,
);

fn make(k: &Kubectl<'_>, version: &str, kind: &str, body: Value, refusal: &str) -> Result<(), Failure> {
    let (name, manager) = (super::name(k)?, k.flags.str("field-manager"));
    New { api_version: version, kind, name, body, refusal, manager, verb: "created" }.create(k).map(|_| ())
}

const VERBS: [&str; 14] = [
    "*",
    "approve",
    "bind",
    "create",
    "delete",
    "deletecollection",
    "escalate",
    "get",
    "impersonate",
    "list",
    "patch",
    "sign",
    "update",
    "watch",
];

fn role(k: &Kubectl<'_>, kind: &str) -> Result<(), Failure> {
    super::name(k)?;
    let mut verbs: Vec<String> = Vec::new();
    for verb in k.flags.list("verb").iter().filter(|v| !v.is_empty()) {
        if verb == "*" {
            verbs = vec![verb.clone()];
            break;
        }
        if !verbs.contains(verb) {
            verbs.push(verb.clone());
        }
    }
    let (named, urls) = (k.flags.list("resource"), k.flags.list("non-resource-url"));
    if kind == "ClusterRole"
        && let Some(labels) = aggregated(k)?
    {
        let selector = json!({"clusterRoleSelectors": [{"matchLabels": labels}]});
        return make(k, GROUP, kind, json!({"aggregationRule": selector, "rules": null}), "");
    }
    if verbs.is_empty() {
        return Err(Failure::message("at least one verb must be specified"));
    }
    if named.is_empty() && urls.is_empty() {
        return Err(Failure::message(match kind {
            "Role" => "at least one resource must be specified",
            _ => "one of resource or nonResourceURL must be specified",
        }));
    }
    for verb in verbs.iter().filter(|v| !VERBS.contains(&v.as_str()) && *v != "use") {
        k.eprintln(&format!("Warning: '{verb}' is not a standard resource verb"));
    }
    let mut rules = rules(k, named, &verbs)?;
    if !urls.is_empty() {
        rules.push(json!({"nonResourceURLs": (super::strings(urls)), "verbs": (super::strings(&verbs))}));
    }
    make(k, GROUP, kind, json!({"rules": rules}), "")
}

/// The labels of `--aggregation-rule`: whose rules the role takes over instead of having its own.
fn aggregated(k: &Kubectl<'_>) -> Result<Option<Value>, Failure> {
    let mut labels = Map::new();
    for pair in k.flags.list("aggregation-rule").iter().filter(|pair| !pair.is_empty()) {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(Failure::Raw(format!(
                "error: invalid argument \"{pair}\" for \"--aggregation-rule\" flag: malformed pair, expect string=string\n\
                 See 'kubectl create clusterrole --help' for usage."
            )));
        };
        labels.insert(key, value);
    }
    if labels.is_empty() {
        return Ok(None);
    }
    let others = ["verb", "resource", "resource-name", "non-resource-url"];
    if others.iter().any(|flag| !k.flags.list(flag).is_empty()) {
        return Err(Failure::message(
            "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
        ));
    }
    Ok(Some(labels.into()))
}

/// One rule for each API group.
fn rules(k: &Kubectl<'_>, named: &[String], verbs: &[String]) -> Result<Vec<Value>, Failure> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for word in named {
        let (word, sub) = word.split_once('/').map_or((word.as_str(), ""), |(w, s)| (w, s));
        let (group, plural) = match word {
            "*" => (String::new(), "*".to_string()),
            word => {
                let resource = resources::lookup(k, word).map_err(|failure| match failure {
                    Failure::Message(text) => Failure::Raw(text),
                    other => other,
                })?;
                (resource.group.to_string(), resource.plural.to_string())
            }
        };
        let plural = if sub.is_empty() { plural } else { format!("{plural}/{sub}") };
        match groups.iter_mut().find(|(g, _)| *g == group) {
            Some((_, list)) => list.push(plural),
            None => groups.push((group, vec![plural])),
        }
    }
    Ok(groups
        .into_iter()
        .map(|(group, list)| {
            let mut rule = json!({
                "apiGroups": [group], "resources": (super::strings(&list)), "verbs": (super::strings(verbs)),
            });
            if !k.flags.list("resource-name").is_empty() {
                rule.set("resourceNames", super::strings(k.flags.list("resource-name")));
            }
            rule
        })
        .collect())
}

fn binding(k: &Kubectl<'_>, kind: &str) -> Result<(), Failure> {
    super::name(k)?;
    let (role, cluster_role) = (k.flags.str("role"), k.flags.str("clusterrole"));
    let (role_kind, role) = match (kind, role, cluster_role) {
        ("ClusterRoleBinding", _, "") => {
            return Err(Failure::message("required flag(s) \"clusterrole\" not set"));
        }
        (_, "", "") => return Err(Failure::message("exactly one of clusterrole or role must be specified")),
        (_, "", name) => ("ClusterRole", name),
        (_, name, "") => ("Role", name),
        _ => return Err(Failure::message("exactly one of clusterrole or role must be specified")),
    };
    let mut subjects: Vec<Value> = Vec::new();
    for (flag, subject) in [("user", "User"), ("group", "Group")] {
        for name in k.flags.list(flag) {
            subjects.push(json!({
                "apiGroup": "rbac.authorization.k8s.io", "kind": subject, "name": (name.as_str()),
            }));
        }
    }
    for account in k.flags.list("serviceaccount") {
        let Some((ns, name)) =
            account.split_once(':').filter(|(ns, name)| !ns.is_empty() && !name.is_empty())
        else {
            return Err(Failure::message("serviceaccount must be <namespace>:<name>"));
        };
        subjects.push(json!({"kind": "ServiceAccount", "name": name, "namespace": ns}));
    }
    let mut body = json!({
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": role},
    });
    if !subjects.is_empty() {
        body.set("subjects", subjects);
    }
    make(k, GROUP, kind, body, &format!("failed to create {}: ", kind.to_lowercase()))
}

fn service_account(k: &Kubectl<'_>) -> Result<(), Failure> {
    make(k, "v1", "ServiceAccount", Value::object(), "failed to create serviceaccount: ")
}

/// A token of a service account, an hour long unless asked otherwise.
fn token(k: &Kubectl<'_>) -> Result<(), Failure> {
    let (name, ns) = (super::name(k)?, k.namespace()?);
    let account = k
        .api()?
        .get("serviceaccounts", &ns, name)
        .map_err(|e| Failure::message(format!("failed to create token: {}", e.message)))?;
    let asked = parse_duration(k.flags.str("duration")).ok().filter(|d| d.as_secs() > 0);
    let lifetime = asked.unwrap_or(Duration::from_hours(1));
    let audiences = k.flags.list("audience");
    let api = k.api()?;
    let issuer = aws::issuer(api.store());
    k.println(&token::issue(api.store(), &issuer, &account, audiences, api.now(), lifetime));
    Ok(())
}
