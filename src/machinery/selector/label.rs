//! Label selectors: requirements on the labels of an object, all of which must hold.

use crate::machinery::validation::{label_value_errors, qualified_name_errors};
use crate::machinery::value::{Map, Value};
use std::fmt;
use std::str::FromStr;

/// How a requirement compares a label.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    /// `k=v`.
    Equals,
    /// `k==v`: the same, but printed as written.
    DoubleEquals,
    /// `k!=v`: also true without the label.
    NotEquals,
    /// `k in (v,w)`.
    In,
    /// `k notin (v,w)`: also true without the label.
    NotIn,
    /// `k`.
    Exists,
    /// `!k`.
    DoesNotExist,
    /// `k>1`.
    GreaterThan,
    /// `k<1`.
    LessThan,
}

/// Why a selector cannot be read; prints the API's message.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct SelectorError(pub(super) String);

/// One condition on one label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Requirement {
    key: Box<str>,
    operator: Operator,
    values: Vec<Box<str>>,
}

impl Requirement {
    /// A requirement that obeys the API's rules for keys, values and their number.
    pub fn new(key: &str, operator: Operator, values: Vec<Box<str>>) -> Result<Requirement, SelectorError> {
        let mut errors: Vec<String> = key_error("key", key).into_iter().collect();
        let list = || match values.is_empty() {
            true => "null".to_string(),
            false => {
                Value::from(values.iter().map(|v| Value::from(v.as_ref())).collect::<Vec<_>>()).to_json()
            }
        };
        let mut wrong = |why: &str| errors.push(format!("values: Invalid value: {}: {why}", list()));
        match operator {
            Operator::In | Operator::NotIn if values.is_empty() => {
                wrong("for 'in', 'notin' operators, values set can't be empty");
            }
            Operator::Equals | Operator::DoubleEquals | Operator::NotEquals if values.len() != 1 => {
                wrong("exact-match compatibility requires one single value");
            }
            Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
                wrong("values set must be empty for exists and does not exist");
            }
            Operator::GreaterThan | Operator::LessThan => {
                if values.len() != 1 {
                    wrong("for 'Gt', 'Lt' operators, exactly one value is required");
                }
                for (i, v) in values.iter().enumerate().filter(|(_, v)| v.parse::<i64>().is_err()) {
                    errors.push(format!(
                        "values[{i}]: Invalid value: {v:?}: for 'Gt', 'Lt' operators, the value must be an integer"
                    ));
                }
            }
            _ => {}
        }
        for (i, v) in values.iter().enumerate() {
            let wrong = label_value_errors(v);
            if !wrong.is_empty() {
                errors.push(format!("values[{i}][{key}]: Invalid value: {v:?}: {}", wrong.join("; ")));
            }
        }
        match errors.as_slice() {
            [] => Ok(Requirement { key: key.into(), operator, values }),
            [one] => Err(SelectorError(one.clone())),
            many => Err(SelectorError(format!("[{}]", many.join(", ")))),
        }
    }

    /// The label it is about.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// How it compares.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// What it compares with.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(AsRef::as_ref)
    }

    /// Whether it holds for an object with these labels.
    pub fn matches(&self, labels: &Map) -> bool {
        let label = labels.get(&self.key).and_then(Value::as_str);
        let listed = |v: &str| self.values.iter().any(|x| x.as_ref() == v);
        match self.operator {
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
            Operator::In | Operator::Equals | Operator::DoubleEquals => label.is_some_and(listed),
            Operator::NotIn | Operator::NotEquals => !label.is_some_and(listed),
            Operator::GreaterThan => self.compares(label).is_some_and(|(label, bound)| label > bound),
            Operator::LessThan => self.compares(label).is_some_and(|(label, bound)| label < bound),
        }
    }

    fn compares(&self, label: Option<&str>) -> Option<(i64, i64)> {
        Some((label?.parse().ok()?, self.values.first()?.parse().ok()?))
    }
}

/// What is wrong with a label key, as an error of the field at `path`.
pub(super) fn key_error(path: &str, key: &str) -> Option<String> {
    let wrong = qualified_name_errors(key);
    (!wrong.is_empty()).then(|| format!("{path}: Invalid value: {key:?}: {}", wrong.join("; ")))
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut values: Vec<&str> = self.values().collect();
        values.sort_unstable();
        let (key, values) = (&self.key, values.join(","));
        match self.operator {
            Operator::Exists => write!(f, "{key}"),
            Operator::DoesNotExist => write!(f, "!{key}"),
            Operator::Equals => write!(f, "{key}={values}"),
            Operator::DoubleEquals => write!(f, "{key}=={values}"),
            Operator::NotEquals => write!(f, "{key}!={values}"),
            Operator::GreaterThan => write!(f, "{key}>{values}"),
            Operator::LessThan => write!(f, "{key}<{values}"),
            Operator::In => write!(f, "{key} in ({values})"),
            Operator::NotIn => write!(f, "{key} notin ({values})"),
        }
    }
}

/// A label selector. Without requirements it matches everything; [`LabelSelector::nothing`] matches nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LabelSelector {
    requirements: Vec<Requirement>,
    nothing: bool,
}

impl LabelSelector {
    /// Matches every object.
    pub fn everything() -> LabelSelector {
        LabelSelector::default()
    }

    /// Matches no object: what an absent LabelSelector means.
    pub fn nothing() -> LabelSelector {
        LabelSelector { requirements: Vec::new(), nothing: true }
    }

    /// All of these requirements, in the order of their keys.
    pub fn new(mut requirements: Vec<Requirement>) -> LabelSelector {
        requirements.sort_by(|a, b| a.key.cmp(&b.key));
        LabelSelector { requirements, nothing: false }
    }

    /// What must hold, in the order of the keys.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// The labels with the one value each must have: what an index of objects by label can be asked for.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.requirements.iter().filter_map(|r| match (r.operator, r.values.as_slice()) {
            (Operator::Equals | Operator::DoubleEquals | Operator::In, [value]) => Some((&*r.key, &**value)),
            _ => None,
        })
    }

    /// Whether [`LabelSelector::pairs`] is one pair and nothing else is asked for.
    pub fn is_one_pair(&self) -> bool {
        !self.nothing && self.requirements.len() == 1 && self.pairs().count() == 1
    }

    /// Parses the string form: `app=web,tier in (a,b),!canary`.
    pub fn parse(text: &str) -> Result<LabelSelector, SelectorError> {
        super::parse::parse(text).map(LabelSelector::new)
    }

    /// Reads the object form (`matchLabels`, `matchExpressions`); null matches nothing.
    pub fn from_object(selector: &Value) -> Result<LabelSelector, SelectorError> {
        if selector.is_null() {
            return Ok(LabelSelector::nothing());
        }
        let mut requirements = Vec::new();
        for (key, value) in selector.map_at("matchLabels").iter() {
            let value = value.as_str().unwrap_or_default().into();
            requirements.push(Requirement::new(key, Operator::Equals, vec![value])?);
        }
        for e in selector.items_at("matchExpressions") {
            let operator = match e.str_at("operator") {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                other => {
                    return Err(SelectorError(format!("{other:?} is not a valid label selector operator")));
                }
            };
            let values = e.items_at("values").iter().filter_map(Value::as_str).map(Box::from).collect();
            requirements.push(Requirement::new(e.str_at("key"), operator, values)?);
        }
        Ok(LabelSelector::new(requirements))
    }

    /// Requires each of these labels, as the selectors of Services and ReplicationControllers do. The labels are taken
    /// as they are.
    pub fn from_labels(labels: &Map) -> LabelSelector {
        let equals = |(key, value): (&str, &Value)| Requirement {
            key: key.into(),
            operator: Operator::Equals,
            values: vec![value.as_str().unwrap_or_default().into()],
        };
        LabelSelector { requirements: labels.iter().map(equals).collect(), nothing: false }
    }

    /// Whether an object with these labels is selected.
    pub fn matches(&self, labels: &Map) -> bool {
        !self.nothing && self.requirements.iter().all(|r| r.matches(labels))
    }

    /// Whether every object is selected.
    pub fn is_everything(&self) -> bool {
        !self.nothing && self.requirements.is_empty()
    }
}

/// The canonical text: what goes into requests and `kubectl describe`.
impl fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, requirement) in self.requirements.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            requirement.fmt(f)?;
        }
        Ok(())
    }
}

impl FromStr for LabelSelector {
    type Err = SelectorError;
    fn from_str(text: &str) -> Result<LabelSelector, SelectorError> {
        LabelSelector::parse(text)
    }
}

/// How kubectl prints a LabelSelector object: `<none>` when empty, `<error>` when it makes no sense.
pub fn format_label_selector(selector: &Value) -> String {
    match LabelSelector::from_object(selector).map(|s| s.to_string()) {
        Err(_) => "<error>".into(),
        Ok(text) if text.is_empty() => "<none>".into(),
        Ok(text) => text,
    }
}
