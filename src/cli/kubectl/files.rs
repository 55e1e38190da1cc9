//! The manifests of `-f`: files, directories, URLs and standard input, taken apart into documents.

mod glob;
mod metadata;

use super::{Failure, Kubectl, kustomize};
use crate::catalog;
use crate::machinery::{Object, go_text, yaml};
use std::path::Path;

/// One object of a manifest.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// What errors call the file: its path, URL, or `STDIN`.
    pub source: String,
    pub object: Object,
}

/// What files hold, and which of them failed: documents before a failure count.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    pub documents: Vec<Document>,
    pub failures: Vec<Failure>,
}

/// Endings of manifests in a directory.
const ENDINGS: [&str; 3] = [".json", ".yaml", ".yml"];

/// Whether a command line describes objects in files.
pub(crate) fn given(k: &Kubectl<'_>) -> bool {
    !k.flags.list("filename").is_empty() || !k.flags.str("kustomize").is_empty()
}

/// Reads every `--filename` of a command, or its `--kustomize`.
pub(crate) fn read(
    k: &Kubectl<'_>,
    names: &[String],
    recursive: bool,
    validated: bool,
) -> Result<Documents, Failure> {
    let mut found = Documents::default();
    let kustomization = k.flags.str("kustomize");
    if !kustomization.is_empty() {
        if !names.is_empty() {
            return Err(Failure::message("only one of -f or -k can be specified"));
        }
        if recursive {
            return Err(Failure::message("the -k flag can't be used with -f or -R"));
        }
        let objects = kustomize::build(k, kustomization)?;
        let documents =
            objects.into_iter().map(|object| Document { source: kustomization.to_string(), object });
        found.documents.extend(documents);
    }
    if names.iter().filter(|name| *name == "-").count() > 1 {
        return Err(Failure::message("standard input cannot be used for multiple arguments"));
    }
    for name in names {
        match name.as_str() {
            "-" => {
                let text = k.session.read_input().map_err(|e| Failure::message(e.to_string()))?;
                found.add("STDIN", text.as_bytes(), validated);
            }
            url if url.starts_with("http://") || url.starts_with("https://") => {
                let text = catalog::manifest(url).ok_or_else(|| unreachable_url(url))?;
                found.add(url, text.as_bytes(), validated);
            }
            path => read_path(k, path, recursive, validated, &mut found)?,
        }
    }
    Ok(found)
}

/// `--raw` is a path, or a URL.
pub(crate) fn check_raw(uri: &str) -> Result<(), Failure> {
    let is_one = uri.starts_with('/') || uri.contains("://");
    match is_one {
        true => Ok(()),
        false => Err(Failure::message(format!(
            "--raw must be a valid URL path: parse {}: invalid URI for request",
            go_text::quote(uri)
        ))),
    }
}

fn read_path(
    k: &Kubectl<'_>,
    name: &str,
    recursive: bool,
    validated: bool,
    found: &mut Documents,
) -> Result<(), Failure> {
    let path = k.session.env.path(name);
    match std::fs::metadata(&path) {
        Ok(_) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let matches = glob::matches(&k.session.env.cwd, name).map_err(Failure::message)?;
            if matches.is_empty() {
                return Err(Failure::message(format!("the path \"{name}\" does not exist")));
            }
            return matches.iter().try_for_each(|name| read_path(k, name, recursive, validated, found));
        }
        Err(e) => {
            let why = go_text::io_error(&e);
            return Err(Failure::message(format!(
                "the path \"{name}\" cannot be accessed: stat {name}: {why}"
            )));
        }
    }
    if !path.is_dir() {
        let text = std::fs::read(&path).map_err(|e| Failure::message(go_text::read_error(name, &e)))?;
        found.add(name, &text, validated);
        return Ok(());
    }
    let mut files = Vec::new();
    walk(&path, name, recursive, &mut files).map_err(|e| Failure::message(go_text::read_error(name, &e)))?;
    if files.is_empty() {
        return Err(Failure::message(format!(
            "error reading [{name}]: recognized file extensions are [{}]",
            ENDINGS.join(" ")
        )));
    }
    for file in files {
        let text = std::fs::read(k.session.env.path(&file))
            .map_err(|e| Failure::message(go_text::read_error(&file, &e)))?;
        found.add(&file, &text, validated);
    }
    Ok(())
}

/// Manifests of a directory in lexical order; subdirectories only when asked for.
fn walk(dir: &Path, shown: &str, recursive: bool, files: &mut Vec<String>) -> std::io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(dir)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{}/{}", shown.trim_end_matches('/'), entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            if recursive {
                walk(&entry.path(), &name, true, files)?;
            }
        } else if ENDINGS.iter().any(|e| name.ends_with(e)) {
            files.push(name);
        }
    }
    Ok(())
}

impl Documents {
    fn add(&mut self, source: &str, text: &[u8], validated: bool) {
        for document in yaml::Documents::new(text) {
            match document {
                // Whether a missing kind fails validation or decoding depends on the command.
                Ok(document) if validated && document.value.as_map().is_none() => {
                    self.failures.push(Failure::message(format!(
                        "error validating \"{source}\": error validating data: invalid object to validate; if you choose \
                         to ignore these errors, turn validation off with --validate=false"
                    )));
                }
                Ok(document) if metadata::error(&document.value).is_some() => {
                    let why = metadata::error(&document.value).unwrap_or_default();
                    self.failures.push(Failure::message(format!("unable to decode \"{source}\": {why}")));
                }
                Ok(document) if validated => self.add_object(source, Object(document.value)),
                Ok(document) => match document.into_object() {
                    Ok(value) => self.add_object(source, Object(value)),
                    Err(e) => {
                        self.failures.push(Failure::message(format!("unable to decode \"{source}\": {e}")));
                    }
                },
                Err(e) => {
                    self.failures.push(Failure::message(format!("error parsing {source}: {e}")));
                    break;
                }
            }
        }
    }

    /// Lists are taken apart, as kubectl does with everything that has `items`.
    fn add_object(&mut self, source: &str, object: Object) {
        if object.kind().ends_with("List") && object.get("items").is_some() {
            for item in object.items_at("items") {
                self.add_object(source, Object(item.clone()));
            }
        } else {
            self.documents.push(Document { source: source.to_string(), object });
        }
    }
}

/// Nothing outside the catalogue can be reached from a virtual cluster.
fn unreachable_url(url: &str) -> Failure {
    let host = url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(url);
    Failure::message(format!("Get \"{url}\": dial tcp: lookup {host}: no such host"))
}
