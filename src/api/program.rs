//! How users say what their own images do: the annotation of a pod, and the Program resource, which share one schema.

use crate::machinery::{Value, yaml};

/// The definition of the custom resource; it comes into a cluster when somebody applies it.
pub const DEFINITION: &str = include_str!("programs.yaml");
/// Where Programs are stored.
pub const RESOURCE: &str = "programs.kubetick.dev";
/// The annotation about the first container of a pod.
const ANNOTATION: &str = "kubetick.dev/program";
/// With the name of a container behind it: the annotation about that one.
const BY_CONTAINER: &str = "program.kubetick.dev/";

/// The container an annotation is about; empty for the first one, `None` for annotations about something else.
pub fn container_of(annotation: &str) -> Option<&str> {
    if annotation == ANNOTATION { Some("") } else { annotation.strip_prefix(BY_CONTAINER) }
}

/// The annotation that speaks of a container of a pod, and its text.
pub fn annotation<'p>(pod: &'p Value, container: &str) -> Option<(&'p str, &'p str)> {
    let annotations = pod.map_at("metadata/annotations");
    let first = pod.items_at("spec/containers").first().is_some_and(|c| c.str_at("name") == container);
    let about = |key: &str| container_of(key).is_some_and(|c| c == container || (c.is_empty() && first));
    // The one that names the container comes last in the order of keys, and wins.
    annotations.iter().rfind(|(key, _)| about(key)).map(|(key, text)| (key, text.as_str().unwrap_or("")))
}

/// What an annotation holds.
#[derive(Clone, PartialEq, Debug)]
pub enum Told {
    /// The name of a Program.
    Name(String),
    /// The fields of one.
    Spec(Value),
}

impl Told {
    /// Reads an annotation, or says what is wrong with it.
    pub fn read(text: &str) -> Result<Told, String> {
        match yaml::read(text) {
            Ok(Value::Str(name)) => Ok(Told::Name(name.to_string())),
            Ok(spec @ Value::Map(_)) => Ok(Told::Spec(spec)),
            Ok(_) => Err("want the name of a Program, or the fields of one in YAML".into()),
            Err(e) => Err(e.to_string()),
        }
    }
}

/// The schema of a Program's `spec`, and of the annotation that says the same of one pod.
pub fn schema() -> Value {
    let definition = yaml::read(DEFINITION).unwrap_or_default();
    let version = definition.items_at("spec/versions").first().cloned().unwrap_or_default();
    version.at("schema/openAPIV3Schema/properties/spec").clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn an_annotation_speaks_of_one_container() {
        let pod = json!({
            "metadata": {"annotations": {"kubetick.dev/program": "a", "program.kubetick.dev/two": "cpu: 1"}},
            "spec": {"containers": [{"name": "one"}, {"name": "two"}]},
        });
        assert_eq!(annotation(&pod, "one"), Some(("kubetick.dev/program", "a")));
        assert_eq!(annotation(&pod, "two"), Some(("program.kubetick.dev/two", "cpu: 1")));
        assert_eq!(annotation(&pod, "three"), None);
        assert_eq!(Told::read("web"), Ok(Told::Name("web".into())));
        assert_eq!(Told::read("cpu: 1"), Ok(Told::Spec(json!({"cpu": 1}))));
        assert!(Told::read("[1]").is_err() && Told::read("a: b: c").is_err());
        assert_eq!(schema().str_at("properties/readyAfter/format"), "duration");
    }
}
