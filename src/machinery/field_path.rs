//! The jsonpath of printer columns and `--sort-by`: one path, no text around it.

use super::Value;

/// A path of keys, indices and conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    Index(i64),
    All,
    /// `[?(@.path=="text")]`.
    Where(FieldPath, String),
}

impl FieldPath {
    /// Reads `.a.b`, `a.b` or `{.a.b}`; `None` when it is no path.
    pub fn parse(text: &str) -> Option<FieldPath> {
        let text = text.trim();
        let inner = match (text.strip_prefix('{'), text.strip_suffix('}')) {
            (Some(_), Some(_)) => &text[1..text.len() - 1],
            (None, None) => text,
            _ => return None,
        };
        let mut steps = Vec::new();
        let mut rest = inner.strip_prefix('$').unwrap_or(inner);
        if !rest.starts_with(['.', '[']) {
            let key;
            (key, rest) = read_key(rest)?;
            steps.push(Step::Key(key));
        }
        while !rest.is_empty() {
            let step;
            (step, rest) = match rest.strip_prefix('.') {
                Some(key) => read_key(key).map(|(key, rest)| (Step::Key(key), rest))?,
                None => read_bracket(rest)?,
            };
            steps.push(step);
        }
        Some(FieldPath(steps))
    }

    /// Every value the path leads to.
    pub fn find<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        let mut found = vec![value];
        for step in &self.0 {
            found = found.into_iter().flat_map(|v| step.from(v)).collect();
        }
        found
    }
}

impl Step {
    fn from<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match self {
            Step::Key(key) => value.get(key).into_iter().collect(),
            Step::All => value.items().iter().chain(value.map().values()).collect(),
            Step::Index(i) => {
                let items = value.items();
                let i = if *i < 0 { items.len() as i64 + i } else { *i };
                usize::try_from(i).ok().and_then(|i| items.get(i)).into_iter().collect()
            }
            Step::Where(path, wanted) => value
                .items()
                .iter()
                .filter(|item| path.find(item).first().is_some_and(|v| *v == wanted.as_str()))
                .collect(),
        }
    }
}

/// A key up to the next dot or bracket; a backslash makes the character after it part of the key.
fn read_key(text: &str) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '\\' => key.push(chars.next()?.1),
            '.' | '[' => return (!key.is_empty()).then_some((key, &text[i..])),
            c => key.push(c),
        }
    }
    (!key.is_empty()).then_some((key, ""))
}

fn read_bracket(text: &str) -> Option<(Step, &str)> {
    let inner = text.strip_prefix('[')?;
    if let Some(condition) = inner.strip_prefix("?(") {
        let (condition, rest) = condition.split_once(")]")?;
        let (path, wanted) = condition.split_once("==")?;
        let path = FieldPath::parse(path.trim().strip_prefix('@')?)?;
        return Some((Step::Where(path, unquote(wanted.trim())?.to_string()), rest));
    }
    let (inside, rest) = inner.split_once(']')?;
    let step = match inside {
        "*" => Step::All,
        quoted if quoted.starts_with(['\'', '"']) => Step::Key(unquote(quoted)?.to_string()),
        number => Step::Index(number.parse().ok()?),
    };
    Some((step, rest))
}

fn unquote(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|q| matches!(q, '\'' | '"'))?;
    text[1..].strip_suffix(quote)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn paths_lead_to_values() {
        let v = json!({"a": {"x.y": [1, 2]}, "c": [{"t": "R", "s": "T"}, {"t": "Q"}]});
        let found = |path: &str| json!(FieldPath::parse(path).unwrap().find(&v)).to_json();
        assert_eq!(found(r".a.x\.y[1]"), "[2]");
        assert_eq!(found("{.a['x.y'][*]}"), "[1,2]");
        assert_eq!(found(r#".c[?(@.t=="R")].s"#), r#"["T"]"#);
        assert_eq!(found("c[-1].t"), r#"["Q"]"#);
        assert_eq!(FieldPath::parse("{.a"), None);
    }
}
