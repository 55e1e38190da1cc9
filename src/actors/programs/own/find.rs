//! Which of the users' programs a container runs.

use super::pattern::matches;
use super::spec::Spec;
use crate::actors::programs::Process;
use crate::api::program::{self, Told};
use std::fmt;

/// A program of a user's own.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::actors::programs) struct Own {
    pub(super) spec: Spec,
    /// What led to it.
    pub why: Why,
}

/// What led to a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::actors::programs) enum Why {
    /// The annotation tells its fields.
    Annotation(String),
    /// The annotation names a Program.
    Named(String, String),
    /// A Program names the image, by a pattern.
    Image(String, String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Annotation(key) => write!(f, "annotation {key}"),
            Why::Named(key, name) => write!(f, "program/{name}, named by annotation {key}"),
            Why::Image(name, pattern) => write!(f, "program/{name}, image pattern {pattern}"),
        }
    }
}

impl Own {
    /// The program a user has given a container: by an annotation of the pod, else by a Program that names its image.
    pub fn find(process: &Process<'_>) -> Option<Own> {
        let annotation = program::annotation(process.pod, process.name());
        if let Some((key, text)) = annotation {
            match Told::read(text) {
                Ok(Told::Spec(spec)) => {
                    return Some(Own { spec: Spec::read(&spec), why: Why::Annotation(key.into()) });
                }
                Ok(Told::Name(name)) => {
                    if let Some(found) = process.api.find(program::RESOURCE, "", &name) {
                        let spec = Spec::read(found.at("spec"));
                        return Some(Own { spec, why: Why::Named(key.into(), name) });
                    }
                }
                Err(_) => {}
            }
        }
        Own::by_image(process)
    }

    /// Of several Programs that mean an image the longest pattern decides, then the name.
    fn by_image(process: &Process<'_>) -> Option<Own> {
        let mut best: Option<(String, Own)> = None;
        process.api.store().for_each(program::RESOURCE, "", |found| {
            let patterns = found.items_at("spec/images").iter().filter_map(|p| p.as_str());
            for pattern in patterns.filter(|pattern| matches(pattern, process.image())) {
                if best.as_ref().is_none_or(|(before, _)| pattern.len() > before.len()) {
                    let why = Why::Image(found.name().into(), pattern.into());
                    best = Some((pattern.into(), Own { spec: Spec::read(found.at("spec")), why }));
                }
            }
        });
        best.map(|(_, own)| own)
    }
}
