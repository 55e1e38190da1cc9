//! Reading a kustomization file: its fields and their types, with the complaints of Go's JSON decoder.

use crate::machinery::go_text::json_kind;
use crate::machinery::{KubeVersion, Value, yaml};

/// The type of a field.
#[derive(Clone, Copy)]
enum Type {
    Text,
    Bool,
    Number,
    Texts,
    Pairs,
    /// Whatever it is.
    Any,
    One(&'static Struct),
    Several(&'static Struct),
}

struct Struct {
    name: &'static str,
    fields: &'static [(&'static str, Type)],
}

use Type::{Any, Bool, Number, One, Pairs, Several, Text, Texts};

const KUSTOMIZATION: Struct = Struct {
    name: "Kustomization",
    fields: &[
        ("apiVersion", Text),
        ("kind", Text),
        ("metadata", Any),
        ("openapi", Any),
        ("namePrefix", Text),
        ("nameSuffix", Text),
        ("namespace", Text),
        ("commonLabels", Pairs),
        ("labels", Several(&LABEL)),
        ("commonAnnotations", Pairs),
        ("patchesStrategicMerge", Texts),
        ("patchesJson6902", Several(&PATCH)),
        ("patches", Several(&PATCH)),
        ("images", Several(&IMAGE)),
        ("imageTags", Any),
        ("replacements", Any),
        ("replicas", Several(&REPLICA)),
        ("vars", Any),
        ("sortOptions", Any),
        ("resources", Texts),
        ("components", Texts),
        ("crds", Texts),
        ("bases", Texts),
        ("configMapGenerator", Several(&CONFIG_MAP)),
        ("secretGenerator", Several(&SECRET)),
        ("helmGlobals", Any),
        ("helmCharts", Any),
        ("helmChartInflationGenerator", Any),
        ("generatorOptions", One(&OPTIONS)),
        ("configurations", Texts),
        ("generators", Texts),
        ("transformers", Texts),
        ("validators", Texts),
        ("buildMetadata", Texts),
    ],
};

const LABEL: Struct = Struct {
    name: "Label",
    fields: &[("pairs", Pairs), ("includeSelectors", Bool), ("includeTemplates", Bool), ("fields", Any)],
};

const PATCH: Struct = Struct {
    name: "Patch",
    fields: &[("path", Text), ("patch", Text), ("target", One(&SELECTOR)), ("options", Any)],
};

const SELECTOR: Struct = Struct {
    name: "Selector",
    fields: &[
        ("group", Text),
        ("version", Text),
        ("kind", Text),
        ("name", Text),
        ("namespace", Text),
        ("annotationSelector", Text),
        ("labelSelector", Text),
    ],
};

const IMAGE: Struct = Struct {
    name: "Image",
    fields: &[("name", Text), ("newName", Text), ("tagSuffix", Text), ("newTag", Text), ("digest", Text)],
};

const REPLICA: Struct = Struct { name: "Replica", fields: &[("name", Text), ("count", Number)] };

/// The arguments of a generator: those all have, and its own.
macro_rules! generator {
    ($name:literal $(, $own:expr)*) => {
        Struct {
            name: $name,
            fields: &[
                ("namespace", Text),
                ("name", Text),
                ("behavior", Text),
                ("literals", Texts),
                ("files", Texts),
                ("envs", Texts),
                ("env", Text),
                ("options", One(&OPTIONS)),
                $($own),*
            ],
        }
    };
}

const CONFIG_MAP: Struct = generator!("ConfigMapArgs");

const SECRET: Struct = generator!("SecretArgs", ("type", Text));

const OPTIONS: Struct = Struct {
    name: "GeneratorOptions",
    fields: &[
        ("labels", Pairs),
        ("annotations", Pairs),
        ("disableNameSuffixHash", Bool),
        ("immutable", Bool),
    ],
};

/// What a kustomization file says.
pub(super) fn kustomization(text: &str, name: &str, client: KubeVersion) -> Result<Value, String> {
    let invalid = |why: String| format!("invalid Kustomization: {why}");
    let spec = yaml::read(text).map_err(|e| invalid(e.to_string()))?;
    if spec.is_empty_value() && client.refuses_empty_kustomizations() {
        return Err(format!("{name} is empty"));
    }
    check(&KUSTOMIZATION, &spec, "").map_err(invalid)?;
    Ok(spec)
}

fn check(of: &Struct, value: &Value, path: &str) -> Result<(), String> {
    for (key, value) in value.map().iter() {
        let Some((name, ty)) = of.fields.iter().find(|(name, _)| name == &key) else {
            return Err(format!("json: unknown field \"{key}\""));
        };
        let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        let wrong = |value: &Value, wanted: &str| match value {
            Value::Null => Ok(()),
            _ => Err(format!(
                "json: cannot unmarshal {} into Go struct field {}.{path} of type {wanted}",
                json_kind(value),
                of.name
            )),
        };
        match (ty, value) {
            (_, Value::Null) | (Any, _) => {}
            (Text, Value::Str(_)) | (Bool, Value::Bool(_)) | (Number, Value::Int(_)) => {}
            (Text, _) => wrong(value, "string")?,
            (Bool, _) => wrong(value, "bool")?,
            (Number, _) => wrong(value, "int64")?,
            (Texts, Value::List(items)) => {
                items.iter().filter(|i| i.as_str().is_none()).try_for_each(|item| wrong(item, "string"))?;
            }
            (Texts, _) => wrong(value, "[]string")?,
            (Pairs, Value::Map(map)) => {
                map.values().filter(|v| v.as_str().is_none()).try_for_each(|v| wrong(v, "string"))?;
            }
            (Pairs, _) => wrong(value, "map[string]string")?,
            (One(below), Value::Map(_)) => check(below, value, &path)?,
            (One(below), _) => wrong(value, &format!("types.{}", below.name))?,
            (Several(below), Value::List(items)) => {
                items.iter().try_for_each(|item| check(below, item, &path))?;
            }
            (Several(below), _) => wrong(value, &format!("[]types.{}", below.name))?,
        }
    }
    Ok(())
}
