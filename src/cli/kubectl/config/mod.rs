//! kubectl config: contexts, clusters, users.

mod entries;

use super::flags::Flag;
use super::{Command, Failure, Kubectl, Writes, report};
use crate::cli::kubeconfig::Kubeconfig;
use crate::json;
use crate::machinery::{Value, yaml};
use crate::render::contexts::{self, ContextRow};
use crate::render::output;

pub(super) const COMMANDS: &[Command] = &[
    row("config current-context", &[], current_context),
    row("config use-context", &["use"], use_context),
    row("config set-context", &[], set_context),
    entries::SET_CLUSTER,
    entries::SET_CREDENTIALS,
    row("config get-contexts", &[], get_contexts),
    row("config get-clusters", &[], |k| names(k, "clusters")),
    row("config get-users", &[], |k| names(k, "users")),
    row("config delete-context", &[], |k| delete(k, "contexts")),
    row("config delete-cluster", &[], |k| delete(k, "clusters")),
    row("config delete-user", &[], |k| delete(k, "users")),
    row("config rename-context", &[], rename_context),
    row("config set", &[], set),
    row("config unset", &[], unset),
    row("config view", &[], view),
];

const FLAGS: &[Flag] = &[
    Flag::bool("current"),
    Flag::bool("no-headers"),
    Flag::string("output", "").short('o'),
    Flag::bool("minify"),
    Flag::bool("raw"),
    Flag::bool("flatten"),
    Flag::on("merge"),
    Flag::string("template", ""),
    Flag::bool("show-managed-fields"),
    Flag::on("allow-missing-template-keys"),
];

const fn row(
    path: &'static str,
    aliases: &'static [&'static str],
    run: fn(&Kubectl<'_>) -> Result<(), Failure>,
) -> Command {
    Command { path, aliases, flags: FLAGS, writes: Writes::Never, run }
}

/// The kubeconfig to change; the first command in an empty directory makes the cluster that it speaks of.
fn editable(k: &Kubectl<'_>) -> Result<Kubeconfig, Failure> {
    let mut config = k.config()?.clone();
    if config.is_empty() && k.kubeconfig_is_ours()? {
        crate::cli::own::first_cluster(k.session)?;
        config = Kubeconfig::of(&k.session.env, "")?;
    }
    k.warn_of_missing_config()?;
    config.has_preferences = k.client.config_has_preferences();
    Ok(config)
}

/// The file that a command which takes something away speaks of, as it was named.
fn shown_path(k: &Kubectl<'_>, config: &Kubeconfig) -> String {
    let named = k.session.env.var("KUBECONFIG").unwrap_or_default().split(':');
    let named = named.chain([k.flags.str("kubeconfig")]).find(|name| k.session.env.path(name) == config.path);
    named.map_or_else(|| config.path.display().to_string(), str::to_string)
}

fn current_context(k: &Kubectl<'_>) -> Result<(), Failure> {
    match editable(k)?.current() {
        "" => Err(Failure::message("current-context is not set")),
        name => {
            k.println(name);
            Ok(())
        }
    }
}

fn use_context(k: &Kubectl<'_>) -> Result<(), Failure> {
    let [name] = k.flags.args.as_slice() else {
        return Err(Failure::message(format!("Unexpected args: [{}]", k.flags.args.join(" "))));
    };
    let mut config = editable(k)?;
    if config.entry("contexts", name).is_none() {
        return Err(Failure::message(format!("no context exists with the name: \"{name}\"")));
    }
    config.config.set("current-context", name);
    config.write()?;
    k.println(&format!("Switched to context \"{name}\"."));
    Ok(())
}

fn set_context(k: &Kubectl<'_>) -> Result<(), Failure> {
    let mut config = editable(k)?;
    let name = match (k.flags.args.as_slice(), k.flags.bool("current")) {
        ([], true) => config.current().to_string(),
        ([name], false) => name.clone(),
        ([_], true) => return Err(Failure::message("you cannot specify both a context name and --current")),
        ([_, _, ..], _) => {
            return Err(Failure::message(format!("Unexpected args: [{}]", k.flags.args.join(" "))));
        }
        _ => return Err(Failure::message("you must specify a non-empty context name or --current")),
    };
    if name.is_empty() {
        return Err(Failure::message("no current context is set"));
    }
    let known = config.entry("contexts", &name).cloned();
    let mut context = known.clone().unwrap_or_else(Value::object);
    for key in ["cluster", "user", "namespace"] {
        if k.flags.given(key) {
            context.set(key, k.flags.str(key));
        }
    }
    for key in ["cluster", "user"] {
        if context.get(key).is_none() {
            context.set(key, "");
        }
    }
    config.set_entry("contexts", &name, context);
    config.write()?;
    k.println(&format!("Context \"{name}\" {}.", if known.is_some() { "modified" } else { "created" }));
    Ok(())
}

fn get_contexts(k: &Kubectl<'_>) -> Result<(), Failure> {
    let output = k.flags.str("output");
    if !matches!(output, "" | "name") {
        return Err(Failure::message(format!(
            "--output {output} is not available in kubectl config get-contexts; resetting to default output format"
        )));
    }
    let config = editable(k)?;
    let (mut chosen, unknown): (Vec<&str>, Vec<&str>) = match k.flags.args.as_slice() {
        [] => (config.config.items_at("contexts").iter().map(|c| c.str_at("name")).collect(), Vec::new()),
        names => names.iter().map(String::as_str).partition(|n| config.entry("contexts", n).is_some()),
    };
    chosen.sort_unstable();
    if output == "name" {
        chosen.iter().for_each(|name| k.println(name));
    } else {
        let row = |name: &&str| {
            let context = config.entry("contexts", name);
            let field = |key: &str| context.map_or("", |c| c.str_at(key)).to_string();
            ContextRow {
                name: name.to_string(),
                cluster: field("cluster"),
                user: field("user"),
                namespace: field("namespace"),
            }
        };
        let rows: Vec<ContextRow> = chosen.iter().map(row).collect();
        k.print(&contexts::render(&rows, config.current(), k.flags.bool("no-headers")));
    }
    let missing = unknown.iter().map(|name| Failure::message(format!("context {name} not found")));
    Failure::collect(missing.collect())
}

fn names(k: &Kubectl<'_>, list: &str) -> Result<(), Failure> {
    let config = editable(k)?;
    k.println("NAME");
    config.config.items_at(list).iter().for_each(|e| k.println(e.str_at("name")));
    Ok(())
}

fn delete(k: &Kubectl<'_>, list: &str) -> Result<(), Failure> {
    let [name] = k.flags.args.as_slice() else {
        return Err(Failure::usage("you must specify one name"));
    };
    let mut config = editable(k)?;
    let kind = list.trim_end_matches('s');
    let path = shown_path(k, &config);
    if !config.remove_entry(list, name) {
        return Err(Failure::message(format!("cannot delete {kind} {name}, not in {path}")));
    }
    if list == "contexts" && config.current() == name {
        k.eprintln("warning: this removed your active context, use \"kubectl config use-context\" to select a different one");
    }
    config.write()?;
    k.println(&format!("deleted {kind} {name} from {path}"));
    Ok(())
}

fn rename_context(k: &Kubectl<'_>) -> Result<(), Failure> {
    let [old, new] = k.flags.args.as_slice() else {
        return Err(Failure::usage("two context names are needed"));
    };
    let mut config = editable(k)?;
    if config.entry("contexts", old).is_none() {
        let path = shown_path(k, &config);
        return Err(Failure::message(format!("cannot rename the context \"{old}\", it's not in {path}")));
    }
    if config.entry("contexts", new).is_some() {
        let path = shown_path(k, &config);
        return Err(Failure::message(format!(
            "cannot rename the context \"{old}\", the context \"{new}\" already exists in {path}"
        )));
    }
    config.rename_entry("contexts", old, new);
    if config.current() == old {
        config.config.set("current-context", new);
    }
    config.write()?;
    k.println(&format!("Context \"{old}\" renamed to \"{new}\"."));
    Ok(())
}

fn view(k: &Kubectl<'_>) -> Result<(), Failure> {
    let config = editable(k)?;
    let mut shown = config.config.clone();
    if k.flags.bool("minify") {
        shown = minify(&config, &k.context_name()?)?;
    }
    for list in ["clusters", "contexts", "users"] {
        if shown.items_at(list).is_empty() {
            shown.set(list, Value::Null);
        }
    }
    if !k.flags.bool("raw") && !k.flags.bool("flatten") {
        shown = redact(&shown);
    }
    let current = shown.str_at("current-context").to_string();
    shown.set("current-context", current);
    shown.set("apiVersion", "v1");
    shown.set("kind", "Config");
    if k.client.config_has_preferences() && shown.get("preferences").is_none() {
        shown.set("preferences", Value::object());
    }
    match report::printer(k)? {
        Some(mut printer) => report::show(k, printer.print_typed(&shown)),
        None if !k.flags.str("output").is_empty() => {
            Err(Failure::message(output::unknown_format(k.flags.str("output"), false, k.client.has_kyaml())))
        }
        None => {
            k.print(&yaml::to_yaml(&shown).map_err(|e| Failure::message(e.to_string()))?);
            Ok(())
        }
    }
}

/// `contexts.NAME.namespace` as the steps to it; lists are entered by name.
fn step<'c>(config: &'c mut Value, path: &[&str], create: bool) -> Option<&'c mut Value> {
    let (first, rest) = path.split_first()?;
    if !matches!(*first, "clusters" | "contexts" | "users") {
        return Some(config.at_mut(&path.join("/")));
    }
    let (name, rest) = rest.split_first()?;
    let list = config.at_mut(first).list_mut();
    let at = match list.iter().position(|e| e.str_at("name") == *name) {
        Some(at) => at,
        None if create => {
            list.push(json!({"name": *name}));
            list.sort_by(|a, b| a.str_at("name").cmp(b.str_at("name")));
            list.iter().position(|e| e.str_at("name") == *name)?
        }
        None => return None,
    };
    let entry = list[at].at_mut(first.trim_end_matches('s'));
    Some(if rest.is_empty() { entry } else { entry.at_mut(&rest.join("/")) })
}

fn set(k: &Kubectl<'_>) -> Result<(), Failure> {
    let [property, value] = k.flags.args.as_slice() else {
        return Err(Failure::message(format!("Unexpected args: [{}]", k.flags.args.join(" "))));
    };
    let mut config = editable(k)?;
    let path = path_of(property)?;
    match step(&mut config.config, &path, true) {
        Some(place) => *place = Value::from(value.as_str()),
        None => return Err(Failure::message(format!("unable to parse {property} correctly"))),
    }
    config.write()?;
    k.println(&format!("Property \"{property}\" set."));
    Ok(())
}

/// The steps to a property, the first of which a kubeconfig must have.
fn path_of(property: &str) -> Result<Vec<&str>, Failure> {
    let path: Vec<&str> = property.split('.').collect();
    match path[0] {
        "clusters" | "contexts" | "users" | "current-context" | "preferences" | "extensions" => Ok(path),
        _ => Err(Failure::message(format!("unable to parse {property} after [] at api.Config"))),
    }
}

fn unset(k: &Kubectl<'_>) -> Result<(), Failure> {
    let [property] = k.flags.args.as_slice() else {
        return Err(Failure::message(format!("Unexpected args: [{}]", k.flags.args.join(" "))));
    };
    let mut config = editable(k)?;
    let path = path_of(property)?;
    match path.as_slice() {
        ["current-context"] => config.config.set("current-context", ""),
        [list @ ("clusters" | "contexts" | "users"), name] => {
            config.remove_entry(list, name);
        }
        [parents @ .., last] => {
            if let Some(place) = step(&mut config.config, parents, false) {
                place.remove(last);
            }
        }
        [] => {}
    }
    config.write()?;
    k.println(&format!("Property \"{property}\" unset."));
    Ok(())
}

/// The configuration with what the current context needs only.
fn minify(config: &Kubeconfig, context: &str) -> Result<Value, Failure> {
    let Some(chosen) = config.entry("contexts", context) else {
        return Err(Failure::message(if context.is_empty() {
            "current-context must exist in order to minify".to_string()
        } else {
            format!("cannot locate context {context}")
        }));
    };
    let mut small = config.config.clone();
    for (list, name) in
        [("contexts", context), ("clusters", chosen.str_at("cluster")), ("users", chosen.str_at("user"))]
    {
        small.at_mut(list).list_mut().retain(|e| e.str_at("name") == name);
    }
    small.set("current-context", context);
    Ok(small)
}

/// Secrets are not shown.
fn redact(config: &Value) -> Value {
    let mut shown = config.clone();
    for user in shown.at_mut("users").list_mut() {
        for (key, text) in [
            ("token", "REDACTED"),
            ("password", "REDACTED"),
            ("client-key-data", "DATA+OMITTED"),
            ("client-certificate-data", "DATA+OMITTED"),
        ] {
            if user.at("user").get(key).is_some() {
                user.at_mut("user").map_mut().insert(key, text);
            }
        }
    }
    for cluster in shown.at_mut("clusters").list_mut() {
        if cluster.at("cluster").get("certificate-authority-data").is_some() {
            cluster.at_mut("cluster").map_mut().insert("certificate-authority-data", "DATA+OMITTED");
        }
    }
    if config.items_at("users").is_empty() {
        shown.set("users", json!(null));
    }
    if config.items_at("clusters").is_empty() {
        shown.set("clusters", json!(null));
    }
    shown
}
