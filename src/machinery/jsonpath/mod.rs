//! JSONPath as kubectl speaks it: `-o jsonpath`, `custom-columns`, `--sort-by`, `wait --for=jsonpath`.
//!
//! A template is text with actions in braces. An action is a chain of steps; each maps the list of values found so far
//! to the next. The dialect has habits that its users rely on or stumble over (an empty list ends a slice for all lists
//! after it, `range` without `end` repeats what follows); they are kept.

mod compare;
mod evaluate;
mod parse;
mod unquote;

use super::go_text;
use super::value::Value;
use evaluate::Evaluation;
use parse::Node;

/// A parsed template.
#[derive(Clone, Debug)]
pub struct JsonPath {
    nodes: Vec<Node>,
}

impl JsonPath {
    /// Parses a template; the error is the parser's message.
    pub fn parse(template: &str) -> Result<JsonPath, String> {
        Ok(JsonPath { nodes: parse::template(template)? })
    }

    /// Parses a bare path as `custom-columns` and `--sort-by` take them: `.a.b`, `a.b`, `{.a.b}` and `{a.b}`.
    pub fn parse_relaxed(path: &str) -> Result<JsonPath, String> {
        JsonPath::parse(&relaxed(path)?)
    }

    /// What each action found, in order; text between the actions counts as a result too. `allow_missing` makes keys that
    /// are missing yield nothing instead of an error.
    pub fn find(&self, data: &Value, allow_missing: bool) -> Result<Vec<Vec<Value>>, String> {
        Evaluation::new(&self.nodes, allow_missing).run(data)
    }
}

/// The results of one action, separated by blanks.
pub fn print_results(results: &[Value]) -> String {
    results.iter().map(print_value).collect::<Vec<_>>().join(" ")
}

/// One result: maps and lists as compact JSON, everything else as it is.
pub fn print_value(value: &Value) -> String {
    match value {
        Value::Map(_) | Value::List(_) => go_text::json(value),
        Value::Null => "null".into(),
        _ => go_text::plain(value),
    }
}

/// The template of a path written with or without braces and leading dot.
pub fn relaxed(path: &str) -> Result<String, String> {
    if path.is_empty() {
        return Ok(String::new());
    }
    let inner = path.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
    let bare = inner.unwrap_or(path);
    let bare = bare.strip_prefix('.').filter(|rest| !rest.is_empty()).unwrap_or(bare);
    if bare.is_empty() || bare.contains(['{', '}']) {
        return Err(
            "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or \
                    '{.name1.name2}'"
                .into(),
        );
    }
    Ok(format!("{{.{bare}}}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn printed(template: &str) -> Result<String, String> {
        let data = json!({
            "s": "str", "u": "한", "m": {"z": 1}, "arr": [1, 2], "fl": 1.5, "nul": null,
            "l": [{"k": "a", "p": []}, {"k": "b", "p": [1, 2]}, {"k": "c", "p": null}, {"k": "d"}],
        });
        let found = JsonPath::parse(template)?.find(&data, true)?;
        Ok(found.iter().map(|results| print_results(results)).collect())
    }

    #[test]
    fn habits_of_the_dialect() {
        for (template, want) in [
            ("{.}", ""),
            ("{.l[*].p[*]}", ""),
            ("{.l[?(@.p[5])].k}", "a b"),
            ("{.l[?(@.p)].k}", "a b c"),
            ("{.s.*} {.u.*}", "115 116 114 237 149 156"),
            ("{.m..}{.s..}", "{\"z\":1}str"),
            ("{.nul[0]}{.arr.length()}{.s:u}", ""),
            ("{range .arr[*]}{@},{.s};", "1,;2,;{\"arr\""),
            ("{.l[*].*}", "a [] b [1,2] c null d"),
            ("{.arr[]}{+1}{true}", "11true"),
            ("{.arr[0, 1]}{.arr[*]}{\"x\"}", "1 21 2x"),
            ("{.l[?( @.k == \"a\" )].k}{.l[?(@.nul==1)]}}", "a}"),
            ("{.l[?(\"a\"==\"a\")].k}", "a b c d"),
        ] {
            let got = printed(template).unwrap();
            assert!(got == want || want.ends_with("arr\"") && got.starts_with(want), "{template}: {got}");
        }
    }

    #[test]
    fn errors_in_the_words_of_the_original() {
        for (template, want) in [
            ("{.s[0]}", "string is not array or slice"),
            ("{.m[0]}", "map[string]interface {} is not array or slice"),
            ("{.fl[0]}", "float64 is not array or slice"),
            ("{.arr[::-1]}", "step must be > 0"),
            ("{.arr[1:0]}", "starting index 1 is greater than ending index 0"),
            ("{.m[?(@.x)]}", "map[z:1] is not array or slice and cannot be filtered"),
            ("{.l[?(@.k=>\"a\")].k}", "unrecognized filter operator =>"),
            ("{.l[?(@.k==\"a\"))].k}", "unclosed array expect ]"),
            ("{.a", "unclosed action"),
            ("{\"\\q\"}", "unquote string \"\\q\" error invalid syntax"),
            ("{.l[?(@.p==1)]}", "invalid type for comparison"),
            ("{.l[?(true<false)].k}", "invalid type for comparison"),
            ("{.l[?(@.k==true)].k}", "incompatible types for comparison"),
            ("{....s}", "invalid multiple recursive descent"),
            ("{1.5.5}", "cannot parse number 1.5.5"),
            ("{.arr[99999999999999999999]}", "array index 99999999999999999999 is not a number"),
            ("{é}", "unrecognized identifier é"),
            ("{.l[?(@.k =~ \"a\")].k}", "unrecognized character in action: U+007E '~'"),
            (
                "{range .x[*]}{@[?(@.x)]}{end}",
                "<invalid reflect.Value> is not array or slice and cannot be filtered",
            ),
        ] {
            assert_eq!(printed(template), Err(want.to_string()), "{template}");
        }
    }

    #[test]
    fn bare_paths() {
        for path in [".a.b", "a.b", "{a.b}", "{.a.b}"] {
            assert_eq!(relaxed(path).unwrap(), "{.a.b}");
        }
        assert!(relaxed("{a}.b").is_err());
        assert_eq!(relaxed("").unwrap(), "");
    }
}
