//! `patches`, and the older `patchesStrategicMerge` and `patchesJson6902`.

use super::{Builder, Item, Root, id};
use crate::api::schema::MergeRules;
use crate::json;
use crate::machinery::patch::{Rule, Schema, apply_json_patch, apply_merge_patch, apply_strategic};
use crate::machinery::{LabelSelector, Object, Value, yaml};
use regex_lite::Regex;

/// `patchesStrategicMerge`: files, or patches as they are.
pub(super) fn strategic(builder: &Builder, root: &Root, items: &mut Vec<Item>) -> Result<(), String> {
    for entry in root.spec.items_at("patchesStrategicMerge").iter().filter_map(Value::as_str) {
        let in_place = documents(entry).is_ok_and(|found| found.iter().any(|patch| patch.as_map().is_some()));
        let text = match in_place {
            true => entry.to_string(),
            false => read(root, entry)
                .map_err(|why| trouble("PatchStrategicMerge", &json!({"paths": [entry]}), &why))?,
        };
        for patch in documents(&text)? {
            to_the_one_it_names(builder, &patch, items)?;
        }
    }
    Ok(())
}

/// Patches with what they are about, or, of a strategic one, what it names.
pub(super) fn targeted(
    builder: &Builder,
    root: &Root,
    field: &str,
    items: &mut Vec<Item>,
) -> Result<(), String> {
    for entry in root.spec.items_at(field) {
        let text = match entry.str_at("path") {
            "" => entry.str_at("patch").to_string(),
            path => read(root, path).map_err(|why| match field {
                "patches" => {
                    let why = format!("failed to get the patch file from path({path}): {why}");
                    trouble("Patch", entry, &why)
                }
                _ => trouble("PatchJson6902", entry, &why),
            })?,
        };
        let documents = documents(&text)?;
        let operations = matches!(documents.as_slice(), [Value::List(_)]);
        let target = entry.at("target");
        if target.is_null() {
            if operations {
                return Err("must specify a target for JSON patch".to_string());
            }
            documents.iter().try_for_each(|patch| to_the_one_it_names(builder, patch, items))?;
            continue;
        }
        let selector = Selector::read(target)?;
        let chosen: Vec<usize> = (0..items.len()).filter(|i| selector.fits(&items[*i])).collect();
        for i in chosen.into_iter().rev() {
            for patch in &documents {
                apply(builder, patch, i, items)?;
            }
        }
    }
    Ok(())
}

fn read(root: &Root, path: &str) -> Result<String, String> {
    root.load(path).map(|text| String::from_utf8_lossy(&text).into_owned())
}

/// What is said of a change that cannot be made ready, with what it was to do.
fn trouble(transformer: &str, config: &Value, why: &str) -> String {
    let config = yaml::to_yaml(config).unwrap_or_default();
    format!("trouble configuring builtin {transformer}Transformer with config: `\n{config}`: {why}")
}

fn documents(text: &str) -> Result<Vec<Value>, String> {
    Builder::documents(text.as_bytes())
        .map_err(|e| format!("unable to parse SM or JSON patch from [{text}]: {e}"))
}

fn to_the_one_it_names(builder: &Builder, patch: &Value, items: &mut Vec<Item>) -> Result<(), String> {
    let wanted = Object(patch.clone());
    let found: Vec<usize> = (0..items.len())
        .filter(|i| {
            let item = &items[*i];
            item.object.kind() == wanted.kind()
                && item.object.group() == wanted.group()
                && item.is_called(wanted.name())
                && item.is_in(wanted.namespace())
        })
        .collect();
    match found.as_slice() {
        [one] => apply(builder, patch, *one, items),
        [] => {
            let id = id(&wanted);
            let patch = match builder.client.names_the_idle_patch() {
                true => format!("no resource matches strategic merge patch \"{id}\": "),
                false => String::new(),
            };
            Err(format!("{patch}no matches for Id {id}; failed to find unique target for patch {id}"))
        }
        _ => Err(format!(
            "multiple matches for Id {0}; failed to find unique target for patch {0}",
            id(&wanted)
        )),
    }
}

/// Patches one item; a patch that deletes takes it out.
fn apply(builder: &Builder, patch: &Value, at: usize, items: &mut Vec<Item>) -> Result<(), String> {
    let object = &items[at].object;
    if patch.as_list().is_some() {
        let patched = apply_json_patch(object, patch).map_err(|e| e.to_string())?;
        items[at].object = Object(patched);
        return Ok(());
    }
    if patch.str_at("$patch") == "delete" {
        items.remove(at);
        return Ok(());
    }
    // The identity is the object's own, whatever the patch calls it.
    let mut patch = patch.clone();
    for path in ["apiVersion", "kind", "metadata/name", "metadata/namespace"] {
        patch.remove(path);
    }
    let patched = match builder.registry.by_kind(object.api_version(), object.kind()) {
        None => Ok(apply_merge_patch(object, &patch)),
        Some(resource) => {
            let rules = MergeRules::of(resource);
            apply_strategic(object, &in_order(&patch, object, rules), rules)
        }
    };
    items[at].object = Object(patched.map_err(|e| e.to_string())?);
    Ok(())
}

/// A strategic patch that also says the order of the lists it touches: what it names comes first.
fn in_order(patch: &Value, live: &Value, rules: MergeRules) -> Value {
    let mut ordered = patch.clone();
    for (field, value) in patch.map().iter() {
        let rule = rules.field(field);
        let before = &live[field];
        match value {
            Value::Map(_) => drop(ordered.map_mut().insert(field, in_order(value, before, rule.below))),
            Value::List(items) if rule.merge && !rule.key.is_empty() => {
                let below = |item: &Value| {
                    let old = before.items().iter().find(|old| old[rule.key] == item[rule.key]);
                    in_order(item, old.unwrap_or(&Value::Null), rule.below)
                };
                let new: Vec<Value> = items.iter().map(below).collect();
                ordered.map_mut().insert(field, new);
                ordered
                    .map_mut()
                    .insert(&format!("$setElementOrder/{field}"), order(items, before.items(), rule));
            }
            _ => {}
        }
    }
    ordered
}

fn order(first: &[Value], then: &[Value], rule: Rule<MergeRules>) -> Vec<Value> {
    let mut keys: Vec<Value> = Vec::new();
    for item in first.iter().filter(|item| item.str_at("$patch").is_empty()).chain(then) {
        let mut key = Value::object();
        key.set(rule.key, item[rule.key].clone());
        let deleted = |gone: &Value| gone.str_at("$patch") == "delete" && gone[rule.key] == item[rule.key];
        if !keys.contains(&key) && !first.iter().any(deleted) {
            keys.push(key);
        }
    }
    keys
}

/// What a patch is about.
struct Selector<'t> {
    target: &'t Value,
    name: Regex,
    namespace: Regex,
    kind: Regex,
    labels: LabelSelector,
    annotations: LabelSelector,
}

impl Selector<'_> {
    fn read(target: &Value) -> Result<Selector<'_>, String> {
        let whole = |field: &str| {
            let text = target.str_at(field);
            let text = if text.is_empty() { ".*" } else { text };
            Regex::new(&format!("^(?:{text})$")).map_err(|e| e.to_string())
        };
        let pairs = |field: &str| LabelSelector::parse(target.str_at(field)).map_err(|e| e.to_string());
        Ok(Selector {
            target,
            name: whole("name")?,
            namespace: whole("namespace")?,
            kind: whole("kind")?,
            labels: pairs("labelSelector")?,
            annotations: pairs("annotationSelector")?,
        })
    }

    fn fits(&self, item: &Item) -> bool {
        let object = &item.object;
        let version = object.api_version().rsplit('/').next().unwrap_or_default();
        let says = |field: &str, value: &str| {
            let wanted = self.target.str_at(field);
            wanted.is_empty() || wanted == value
        };
        let now = (object.namespace().to_string(), object.name().to_string());
        let named = |(ns, name): &(String, String)| self.namespace.is_match(ns) && self.name.is_match(name);
        says("group", object.group())
            && says("version", version)
            && self.kind.is_match(object.kind())
            && (named(&now) || item.earlier.iter().any(named))
            && self.labels.matches(object.labels())
            && self.annotations.matches(object.annotations())
    }
}
