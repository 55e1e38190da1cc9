//! The resources of a kustomization: manifests, and directories with kustomizations of their own.

use super::{Builder, Item, Root, id};
use crate::catalog;
use crate::machinery::{Object, Value};
use std::path::{Component, Path, PathBuf};

impl Builder {
    /// Adds what `resources` and `bases` name.
    pub(super) fn add_resources(&self, root: &Root, items: &mut Vec<Item>) -> Result<(), String> {
        let named = ["resources", "bases"].into_iter().flat_map(|field| root.spec.items_at(field));
        for path in named.filter_map(Value::as_str) {
            let file = self.located(&root.dir, path);
            let as_manifest = if path.starts_with("http://") || path.starts_with("https://") {
                let text = catalog::manifest(path).map(|text| text.as_bytes().to_vec());
                text.ok_or_else(|| format!("accumulating resources from '{path}': no such host"))
            } else if file.is_dir() {
                self.add_directory(&file, path, root, items)?;
                continue;
            } else {
                root.load(path).map_err(|why| format!("accumulating resources from '{path}': {why}"))
            };
            let added = as_manifest.and_then(|text| {
                let objects = documents(&text, path)?;
                merge(objects.into_iter().map(Item::new).collect(), path, items)
            });
            // What is no manifest may be a directory: kustomize tells of both attempts.
            if let Err(why) = added {
                if why.contains("MalformedYAMLError") {
                    return Err(why);
                }
                let tried = self.root(&root.dir, path).err().unwrap_or_default();
                let tried = tried.replace(&format!("on '{path}'"), &format!("on '{}'", file.display()));
                return Err(format!("accumulation err='{why}': {tried}"));
            }
        }
        Ok(())
    }

    fn add_directory(
        &self,
        dir: &Path,
        path: &str,
        root: &Root,
        items: &mut Vec<Item>,
    ) -> Result<(), String> {
        let shown = dir.display();
        if root.dir.starts_with(dir) {
            return Err(format!(
                "cycle not allowed: candidate root '{shown}' contains visited root '{}'",
                root.dir.display()
            ));
        }
        let below = self.root(&root.dir, path);
        let below = below.map_err(|why| format!("accumulation err='{why}'"))?;
        let built = self.accumulated(&below, Vec::new());
        let built = built.map_err(|why| format!("recursed accumulation of path '{shown}': {why}"))?;
        merge(built, path, items).map_err(|why| format!("recursed merging from path '{shown}': {why}"))
    }
}

/// The objects of a manifest; lists are taken apart.
fn documents(text: &[u8], path: &str) -> Result<Vec<Object>, String> {
    let mut objects = Vec::new();
    let documents = Builder::documents(text).map_err(|why| {
        let why = why.strip_prefix("error converting YAML to JSON: ").unwrap_or(&why);
        format!("accumulating resources from '{path}': MalformedYAMLError: {why} in File: {path}")
    })?;
    for document in documents {
        add(Object(document), path, &mut objects)?;
    }
    Ok(objects)
}

fn add(object: Object, path: &str, objects: &mut Vec<Object>) -> Result<(), String> {
    if object.kind().ends_with("List") && object.get("items").is_some() {
        return object.items_at("items").iter().try_for_each(|item| add(Object(item.clone()), path, objects));
    }
    if object.name().is_empty() {
        return Err(format!(
            "accumulating resources from '{path}': missing metadata.name in object {{{{{} {}}} {{{{{} {}}} map[] map[]}}}}",
            object.api_version(),
            object.kind(),
            object.name(),
            object.namespace()
        ));
    }
    objects.push(object);
    Ok(())
}

fn merge(new: Vec<Item>, path: &str, items: &mut Vec<Item>) -> Result<(), String> {
    for item in new {
        let own = id(&item.object);
        if items.iter().any(|other| id(&other.object) == own) {
            return Err(format!(
                "merging resources from '{path}': may not add resource with an already registered id: {own}"
            ));
        }
        items.push(item);
    }
    Ok(())
}

/// A path without `.` and `..`.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}
