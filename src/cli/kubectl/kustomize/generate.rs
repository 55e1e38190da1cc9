//! ConfigMaps and Secrets made out of literals and files.

use super::{Item, Root, id};
use crate::json;
use crate::machinery::hash::sha256_hex;
use crate::machinery::{Map, Object, Value, base64, go_text};

/// Adds what the generators of a kustomization make, or merges it into what is there.
pub(super) fn run(root: &Root, items: &mut Vec<Item>) -> Result<(), String> {
    let general = root.spec.at("generatorOptions");
    for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
        for args in root.spec.items_at(field) {
            let made = generated(root, args, kind, general)?;
            add(made, args, items)?;
        }
    }
    Ok(())
}

fn add(made: Item, args: &Value, items: &mut Vec<Item>) -> Result<(), String> {
    let object = &made.object;
    let existing = items.iter_mut().find(|item| {
        item.object.kind() == object.kind() && item.is_called(object.name()) && item.is_in(object.namespace())
    });
    match (args.str_at("behavior"), existing) {
        ("merge", Some(item)) => merge(&mut item.object, object),
        ("replace", Some(item)) => {
            for field in ["data", "binaryData", "type", "immutable"] {
                match object.get(field) {
                    Some(value) => item.object.set(field, value.clone()),
                    None => drop(item.object.remove(field)),
                }
            }
        }
        ("merge" | "replace", None) => {
            return Err(refused(object, "does not exist; cannot merge or replace"));
        }
        (_, Some(item)) if id(&item.object) == id(object) => {
            return Err(refused(object, "exists; behavior must be merge or replace"));
        }
        _ => items.push(made),
    }
    Ok(())
}

/// kustomize prints the generator as Go does a pointer, with its address.
fn refused(object: &Object, why: &str) -> String {
    format!(
        "merging from generator &{{0xc000a24270 <nil>}}: id resid.ResId{{Gvk:resid.Gvk{{Group:\"\", Version:\"v1\", \
         Kind:\"{}\", isClusterScoped:false}}, Name:\"{}\", Namespace:\"{}\"}} {why}",
        object.kind(),
        object.name(),
        object.namespace()
    )
}

/// Data, labels and annotations of a generated object, over those of another.
fn merge(into: &mut Object, from: &Object) {
    for path in ["data", "binaryData", "metadata/labels", "metadata/annotations"] {
        for (key, value) in from.map_at(path).iter() {
            into.at_mut(path).map_mut().insert(key, value);
        }
    }
}

fn generated(root: &Root, args: &Value, kind: &str, general: &Value) -> Result<Item, String> {
    let loaded = data(root, args).map_err(|why| format!("loading KV pairs: {why}"))?;
    let mut object = Object::new("v1", kind, args.str_at("namespace"), args.str_at("name"));
    if object.name().is_empty() {
        return Err(format!("a {} must have a name", kind.to_lowercase()));
    }
    for (key, bytes) in loaded {
        let text = String::from_utf8(bytes);
        match (kind, text) {
            ("Secret", text) => {
                let bytes = text.map_or_else(|e| e.into_bytes(), String::into_bytes);
                object.at_mut("data").map_mut().insert(&key, wrapped(&base64::encode(&bytes)));
            }
            (_, Ok(text)) => drop(object.at_mut("data").map_mut().insert(&key, text)),
            (_, Err(e)) => {
                object.at_mut("binaryData").map_mut().insert(&key, base64::encode(e.into_bytes()));
            }
        }
    }
    if kind == "Secret" {
        let given = args.str_at("type");
        object.set("type", if given.is_empty() { "Opaque" } else { given });
    }
    let options = args.at("options");
    for field in ["labels", "annotations"] {
        for of in [general, options] {
            for (key, value) in of.map_at(field).iter() {
                object.at_mut(&format!("metadata/{field}")).map_mut().insert(key, value);
            }
        }
    }
    let says = |field: &str| general.bool_at(field) || options.bool_at(field);
    if says("immutable") {
        object.set("immutable", true);
    }
    Ok(Item { hashed: !says("disableNameSuffixHash"), ..Item::new(object) })
}

/// Long base64 stands on several lines.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 70;
    match text.len() {
        0..=WIDTH => text.to_string(),
        _ => text.as_bytes().chunks(WIDTH).map(|l| format!("{}\n", String::from_utf8_lossy(l))).collect(),
    }
}

/// Keys and values in the order of the sources.
fn data(root: &Root, args: &Value) -> Result<Vec<(String, Vec<u8>)>, String> {
    let texts = |field: &str| -> Vec<String> {
        args.items_at(field).iter().filter_map(Value::as_str).map(String::from).collect()
    };
    let mut pairs = Vec::new();
    let mut envs = texts("envs");
    envs.extend(args.get("env").and_then(Value::as_str).map(String::from));
    for file in &envs {
        let text = root.load(file).map_err(|why| format!("env source files: [{}]: {why}", envs.join(" ")))?;
        for line in String::from_utf8_lossy(&text).lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            pairs.push((key.to_string(), value.as_bytes().to_vec()));
        }
    }
    let literals = texts("literals");
    for literal in &literals {
        let wrong = |why: String| format!("literal sources [{}]: {why}", literals.join(" "));
        let pair = literal.split_once('=').filter(|(key, _)| !key.is_empty());
        let (key, value) =
            pair.ok_or_else(|| wrong(format!("invalid literal source {literal}, expected key=value")))?;
        pairs.push((key.to_string(), unquoted(value).as_bytes().to_vec()));
    }
    let files = texts("files");
    for source in &files {
        let (key, path) = match source.split_once('=') {
            Some((key, path)) => (key, path),
            None => (source.rsplit('/').next().unwrap_or(source), source.as_str()),
        };
        let text = root.load(path).map_err(|why| format!("file sources: [{}]: {why}", files.join(" ")))?;
        pairs.push((key.to_string(), text));
    }
    let mut seen = std::collections::BTreeSet::new();
    match pairs.iter().find(|(key, _)| !seen.insert(key.clone())) {
        Some((key, _)) => Err(format!("configmap {} illegally repeats the key `{key}`", args.str_at("name"))),
        None => Ok(pairs),
    }
}

/// A value between a pair of quotes loses them.
fn unquoted(value: &str) -> &str {
    let between = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    between('"').or_else(|| between('\'')).unwrap_or(value)
}

/// What tells one content from another, in letters and digits that spell no words. kubectl counts the name in, kustomize
/// does not.
pub(in crate::cli::kubectl) fn hash(object: &Object, name: &str) -> String {
    let mut content = Map::new();
    content.insert("kind", object.kind());
    content.insert("name", name);
    let data = object.get("data").cloned();
    content.insert(
        "data",
        data.unwrap_or_else(|| if object.kind() == "Secret" { json!({}) } else { json!("") }),
    );
    if object.kind() == "Secret" {
        content.insert("type", object.str_at("type"));
    }
    for field in ["binaryData", "stringData"] {
        if let Some(value) = object.get(field) {
            content.insert(field, value.clone());
        }
    }
    let digest = sha256_hex(go_text::json(&Value::from(content)).as_bytes());
    let letter = |c: char| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        c => c,
    };
    digest.chars().take(10).map(letter).collect()
}
