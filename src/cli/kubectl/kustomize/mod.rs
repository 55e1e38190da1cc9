//! Kustomizations: manifests made out of other manifests, as `kubectl kustomize` prints and `-k` applies them.
//!
//! A directory is built from the bottom up: the resources it names (files, and directories that are built first), what its
//! generators make, and its changes in a fixed order. Names change on the way; who refers to an object by a name it once
//! had is told the new one. Hashes of contents come last, into the names of generated ConfigMaps and Secrets.

mod decode;
mod edit;
mod generate;
mod images;
mod order;
mod patches;
mod references;
mod resources;
mod templates;

pub(super) use generate::hash as content_hash;

use super::flags::Flag;
use super::{Command, Failure, Kubectl, Writes};
use crate::api::Registry;
use crate::machinery::{KubeVersion, Object, Value, yaml};
use std::path::{Path, PathBuf};

pub(super) const COMMANDS: &[Command] =
    &[Command { path: "kustomize", aliases: &[], flags: FLAGS, writes: Writes::Never, run }];

const FLAGS: &[Flag] = &[
    Flag::string("output", "").short('o'),
    Flag::array("env").short('e'),
    Flag::string("reorder", "legacy"),
    Flag::string("load-restrictor", "LoadRestrictionsRootOnly"),
    Flag::bool("enable-alpha-plugins"),
    Flag::bool("enable-helm"),
    Flag::bool("as-current-user"),
    Flag::string("helm-command", "helm"),
    Flag::bool("network"),
];

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let dir = match k.flags.args.as_slice() {
        [] => ".",
        [dir] => dir,
        _ => return Err(Failure::message("specify one path to kustomization.yaml")),
    };
    let restricted = match k.flags.str("load-restrictor") {
        "LoadRestrictionsRootOnly" => true,
        "LoadRestrictionsNone" => false,
        other => {
            return Err(Failure::message(format!(
                "illegal flag value --load-restrictor {other}; legal values: [LoadRestrictionsRootOnly \
                 LoadRestrictionsNone]"
            )));
        }
    };
    let text = print(&built(k, dir, restricted)?)?;
    match k.flags.str("output") {
        "" => k.print(&text),
        file => {
            std::fs::write(k.session.env.path(file), text).map_err(|e| Failure::message(e.to_string()))?
        }
    }
    Ok(())
}

/// Objects as the documents of one manifest.
pub(crate) fn print(objects: &[Object]) -> Result<String, Failure> {
    let documents: Result<Vec<String>, _> = objects.iter().map(|object| yaml::to_yaml(object)).collect();
    Ok(documents.map_err(|e| Failure::message(e.to_string()))?.join("---\n"))
}

/// The objects of the kustomization in a directory.
pub(crate) fn build(k: &Kubectl<'_>, dir: &str) -> Result<Vec<Object>, Failure> {
    built(k, dir, true)
}

/// As [`build`]; `restricted` kustomizations read files below their directories only.
fn built(k: &Kubectl<'_>, dir: &str, restricted: bool) -> Result<Vec<Object>, Failure> {
    let builder = Builder {
        restricted,
        registry: Registry::new(KubeVersion::LATEST),
        home: k.session.env.cwd.clone(),
        client: k.client,
        warnings: std::cell::RefCell::default(),
    };
    let root = builder.root(Path::new(""), dir).map_err(Failure::Message)?;
    let built = builder.finished(&root);
    for warning in builder.warnings.take() {
        k.eprintln(&format!("# Warning: {warning}"));
    }
    built.map_err(Failure::Message)
}

/// An object on its way.
#[derive(Clone, Debug)]
struct Item {
    object: Object,
    /// The namespaces and names it had, oldest first.
    earlier: Vec<(String, String)>,
    /// Whether a hash of its content belongs into its name.
    hashed: bool,
}

impl Item {
    fn new(object: Object) -> Item {
        Item { object, earlier: Vec::new(), hashed: false }
    }

    /// Whether it is or once was called so.
    fn is_called(&self, name: &str) -> bool {
        self.object.name() == name || self.earlier.iter().any(|(_, n)| n == name)
    }

    /// Whether it is or once was in a namespace.
    fn is_in(&self, ns: &str) -> bool {
        let same = |own: &str| own == ns || matches!((own, ns), ("", "default") | ("default", ""));
        same(self.object.namespace()) || self.earlier.iter().any(|(own, _)| same(own))
    }

    /// Gives it another name or namespace; the former one stays known.
    fn rename(&mut self, change: impl FnOnce(&mut Object)) {
        let before = (self.object.namespace().to_string(), self.object.name().to_string());
        change(&mut self.object);
        if (self.object.namespace(), self.object.name()) != (before.0.as_str(), before.1.as_str()) {
            self.earlier.push(before);
        }
    }
}

/// `ConfigMap.v1.[noGrp]/web.[noNs]`: how kustomize calls an object.
fn id(object: &Object) -> String {
    let or = |text: &str, none: &str| if text.is_empty() { none.to_string() } else { text.to_string() };
    let version = object.api_version().rsplit('/').next().unwrap_or_default().to_string();
    format!(
        "{}.{}.{}/{}.{}",
        or(object.kind(), "[noKind]"),
        or(&version, "[noVer]"),
        or(object.group(), "[noGrp]"),
        or(object.name(), "[noName]"),
        or(object.namespace(), "[noNs]")
    )
}

/// The items of a list, to be changed; none when there is no list.
fn items_of<'v>(value: &'v mut Value, path: &str) -> &'v mut [Value] {
    if value.items_at(path).is_empty() {
        return &mut [];
    }
    value.at_mut(path).list_mut()
}

/// What builds.
struct Builder {
    restricted: bool,
    registry: Registry,
    home: PathBuf,
    client: KubeVersion,
    warnings: std::cell::RefCell<Vec<String>>,
}

/// A kustomization that was found and read.
struct Root {
    dir: PathBuf,
    spec: Value,
    /// Only files below the directory are read.
    restricted: bool,
}

impl Root {
    /// A file the kustomization names.
    fn load(&self, path: &str) -> Result<Vec<u8>, String> {
        let file = resources::plain(&self.dir.join(path));
        let text = std::fs::read(&file).map_err(|_| {
            format!("evalsymlink failure on '{0}' : lstat {0}: no such file or directory", file.display())
        })?;
        // A link counts as what it leads to.
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        if self.restricted && !real(&file).starts_with(real(&self.dir)) {
            let (file, dir) = (file.display(), self.dir.display());
            return Err(format!("security; file '{file}' is not in or below '{dir}'"));
        }
        Ok(text)
    }
}

impl Builder {
    /// The documents of a manifest; kustomize reads the words of YAML 1.2, where `y` is no boolean.
    fn documents(text: &[u8]) -> Result<Vec<Value>, String> {
        let documents = yaml::Documents::new(text).in_dialect(yaml::Dialect::Core);
        documents.map(|d| d.map(|d| d.value).map_err(|e| e.to_string())).collect()
    }

    /// The kustomization in a directory, seen from another.
    fn root(&self, from: &Path, path: &str) -> Result<Root, String> {
        let dir = self.located(from, path);
        let shown = dir.display();
        match std::fs::metadata(&dir) {
            Err(_) => {
                return Err(format!(
                    "must build at directory: not a valid directory: evalsymlink failure on '{path}' : lstat {shown}: no \
                     such file or directory"
                ));
            }
            Ok(found) if !found.is_dir() => {
                return Err(format!("must build at directory: '{shown}': file is not directory"));
            }
            Ok(_) => {}
        }
        let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
        let found: Vec<&str> = names.into_iter().filter(|name| dir.join(name).is_file()).collect();
        let [name] = found.as_slice() else {
            return Err(match found.is_empty() {
                true => format!(
                    "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory \
                     '{shown}'"
                ),
                false => format!("Found multiple kustomization files: [{}]\n", found.join(" ")),
            });
        };
        let text = std::fs::read_to_string(dir.join(name)).map_err(|e| e.to_string())?;
        let spec = decode::kustomization(&text, name, self.client)?;
        self.warn_of_old_fields(&spec);
        Ok(Root { dir, spec, restricted: self.restricted })
    }

    fn located(&self, from: &Path, path: &str) -> PathBuf {
        let base = if from.as_os_str().is_empty() { &self.home } else { from };
        resources::plain(&base.join(path))
    }

    fn warn_of_old_fields(&self, spec: &Value) {
        let fields = [
            ("bases", "resources", 27),
            ("patchesJson6902", "patches", 27),
            ("patchesStrategicMerge", "patches", 27),
            ("vars", "replacements", 27),
            ("commonLabels", "labels", 31),
        ];
        for (old, new, since) in fields {
            if spec.get(old).is_some() && self.client.is_within(since, u32::MAX) {
                self.warnings.borrow_mut().push(format!(
                    "'{old}' is deprecated. Please use '{new}' instead. Run 'kustomize edit fix' to update your Kustomization \
                     automatically."
                ));
            }
        }
    }

    /// Everything a kustomization makes, in its final form.
    fn finished(&self, root: &Root) -> Result<Vec<Object>, String> {
        let mut items = self.accumulated(root, Vec::new())?;
        for item in items.iter_mut().filter(|item| item.hashed) {
            let hash = generate::hash(&item.object, "");
            item.rename(|object| {
                let name = format!("{}-{hash}", object.name());
                object.set("metadata/name", name);
            });
        }
        references::follow(&mut items);
        if root.spec.str_at("sortOptions/order") != "fifo" {
            order::legacy(&mut items);
        }
        Ok(items.into_iter().map(|item| item.object).collect())
    }

    /// What a kustomization makes out of its resources and, for a component, of what was there before.
    fn accumulated(&self, root: &Root, before: Vec<Item>) -> Result<Vec<Item>, String> {
        let spec = &root.spec;
        let mut items = before;
        self.add_resources(root, &mut items).map_err(|why| format!("accumulating resources: {why}"))?;
        for component in spec.items_at("components").iter().filter_map(Value::as_str) {
            let component = self.root(&root.dir, component);
            let component = component.map_err(|why| format!("accumulating components: {why}"))?;
            items = self.accumulated(&component, items)?;
        }
        generate::run(root, &mut items)?;
        patches::strategic(self, root, &mut items)?;
        patches::targeted(self, root, "patches", &mut items)?;
        edit::namespace(self, spec.str_at("namespace"), &mut items);
        edit::affixes(spec.str_at("namePrefix"), spec.str_at("nameSuffix"), &mut items);
        edit::labels(spec, &mut items);
        edit::annotations(spec.map_at("commonAnnotations"), &mut items);
        patches::targeted(self, root, "patchesJson6902", &mut items)?;
        edit::replicas(spec.items_at("replicas"), &mut items)?;
        images::run(spec.items_at("images"), &mut items);
        references::follow(&mut items);
        Ok(items)
    }
}
