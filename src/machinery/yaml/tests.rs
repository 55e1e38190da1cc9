//! What kubectl 1.33 reads and prints, recorded.

use super::{Dialect, Documents, YamlError, everyday, reader, to_yaml};
use crate::json;
use crate::machinery::{Value, go_text};

/// Every document or message of a file, one a line.
fn read(text: &str) -> String {
    let lines = Documents::new(text.as_bytes()).map(|document| match document {
        Ok(document) => document.into_object().map_or_else(|e| e, |object| go_text::json(&object)),
        Err(e) => e.to_string(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A value in the place of `...` in `kind: F, spec: ...`.
fn spec(text: &str) -> String {
    let read = read(&format!("kind: F\nspec: {text}\n"));
    read.strip_prefix(r#"{"kind":"F","spec":"#)
        .and_then(|r| r.strip_suffix('}'))
        .map_or(read.clone(), str::to_string)
}

#[test]
fn plain_scalars_are_yaml_1_1() {
    for (text, json) in [
        ("yes", "true"),
        ("On", "true"),
        ("y", "true"),
        ("n", "false"),
        ("yEs", r#""yEs""#),
        ("0644", "420"),
        ("0o644", "420"),
        ("0x1F", "31"),
        ("-0b11", "-3"),
        ("08", "8"),
        ("1_000", "1000"),
        ("+1", "1"),
        ("1e3", "1000"),
        ("1.0", "1"),
        (".5", "0.5"),
        ("1.", "1"),
        ("1e", r#""1e""#),
        ("12:30:45", r#""12:30:45""#),
        ("2024-01-01", r#""2024-01-01""#),
        ("12345678901234567890", "12345678901234567000"),
        ("1e400", r#""1e400""#),
        ("~", "null"),
        ("", "null"),
        (".inf", "error converting YAML to JSON: json: unsupported value: +Inf"),
        ("!!str 5", r#""5""#),
        ("!foo 5", r#""5""#),
        ("!!int '5'", "5"),
        ("!!int x", "error converting YAML to JSON: yaml: cannot decode !!str `x` as a !!int"),
        ("!!binary aGk=", r#""hi""#),
        ("'yes'", r#""yes""#),
        ("<<", r#""\u003c\u003c""#),
    ] {
        assert_eq!(spec(text), json, "{text}");
    }
}

#[test]
fn anchors_merges_and_keys() {
    assert_eq!(
        read("a: &a {q: 1, r: 2}\nkind: F\nb: {<<: *a, q: 5}\n"),
        r#"{"a":{"q":1,"r":2},"b":{"q":5,"r":2},"kind":"F"}"#
    );
    // A merge after a key overwrites it.
    assert_eq!(spec("{a: &a {q: 1}, b: {q: 5, <<: *a}}"), r#"{"a":{"q":1},"b":{"q":1}}"#);
    assert_eq!(
        spec("{a: &a {q: 1}, b: &b {q: 2, s: 3}, c: {<<: [*a, *b]}}"),
        r#"{"a":{"q":1},"b":{"q":2,"s":3},"c":{"q":1,"s":3}}"#
    );
    assert_eq!(
        spec("{<<: 1}"),
        "error converting YAML to JSON: yaml: map merge requires map or sequence of maps as the value"
    );
    assert_eq!(spec("{a: 1, a: 2}"), r#"{"a":2}"#);
    assert_eq!(
        spec("{1: a, yes: b, 1.5: c, 0x1F: d, 2020-01-01: e}"),
        r#"{"1":"a","1.5":"c","2020-01-01":"e","31":"d","true":"b"}"#
    );
    assert_eq!(spec("*x"), "error converting YAML to JSON: yaml: unknown anchor 'x' referenced");
    assert_eq!(spec("&a [*a]"), "error converting YAML to JSON: yaml: anchor 'a' value contains itself");
    assert_eq!(
        spec("{{ .Values.x }}"),
        "error converting YAML to JSON: yaml: invalid map key: map[interface {}]interface {}{\".Values.x\":interface {}(nil)}"
    );
    assert_eq!(
        spec("{~: {b: [1]}}"),
        "error converting YAML to JSON: unsupported map key of type: %!s(<nil>), key: <nil>, value: map[interface {}]interface {}{\"b\":[]interface {}{1}}"
    );
}

#[test]
fn problems_are_told_in_the_words_and_at_the_lines_of_go_yaml() {
    for (text, message) in [
        ("a: b\n c: d\n", "yaml: line 2: mapping values are not allowed in this context"),
        ("a: b: c\n", "yaml: mapping values are not allowed in this context"),
        ("kind: F\nb:\n    c: d\n  e: f\n", "yaml: line 3: did not find expected key"),
        ("kind: F\nb:\n  - d\n  e: f\n", "yaml: line 3: did not find expected '-' indicator"),
        ("kind: F\nb:\n\tc: 1\n", "yaml: line 3: found character that cannot start any token"),
        ("kind: F\nb\n", "yaml: line 3: could not find expected ':'"),
        ("kind: F\nb: [a\nc: d\n", "yaml: line 2: did not find expected ',' or ']'"),
        ("kind: F\nb: 'it's'\n", "yaml: line 1: did not find expected key"),
        ("kind: F\nb: \"a\n", "yaml: line 3: found unexpected end of stream"),
        ("kind: F\nb: @a\n", "yaml: line 2: found character that cannot start any token"),
        ("kind: F\nx: 1\n]\n", "yaml: line 2: did not find expected key"),
        ("kind: F\nb: \"\\q\"\n", "yaml: line 2: found unknown escape character"),
        ("a: \u{1}\n", "yaml: control characters are not allowed"),
    ] {
        assert_eq!(read(text), format!("error converting YAML to JSON: {message}"), "{text}");
    }
}

#[test]
fn a_stream_is_taken_apart_at_separator_lines() {
    assert_eq!(
        read("---\n---\nkind: A\n---   # c\n# nothing\n---\nkind: B"),
        "{\"kind\":\"A\"}\n{\"kind\":\"B\"}"
    );
    assert_eq!(
        read("kind: A\r\n---\r\nkind: B\r\nx: |\r\n  a"),
        "{\"kind\":\"A\"}\n{\"kind\":\"B\",\"x\":\"a\\n\"}"
    );
    assert_eq!(read("kind: A\n--- foo\nkind: B\n"), "invalid Yaml document separator: foo");
    assert_eq!(read("kind: A\nx: |\n  a\n  ---\n  b\n"), r#"{"kind":"A","x":"a\n---\nb\n"}"#);
    assert_eq!(read("kind: A\n...\nbad: [\n"), r#"{"kind":"A"}"#);
    // Lines count from the separator.
    assert_eq!(
        read("kind: A\n---\nkind: B\nb\n"),
        "{\"kind\":\"A\"}\nerror converting YAML to JSON: yaml: line 3: could not find expected ':'"
    );
    assert_eq!(read(""), "");
    assert_eq!(read("[]"), "json: cannot unmarshal array into Go value of type unstructured.detector");
    assert_eq!(read("a: 1"), r#"Object 'Kind' is missing in '{"a":1}'"#);
    assert_eq!(read("\u{feff}kind: A"), r#"{"kind":"A"}"#);
}

#[test]
fn json_files_may_go_on_as_yaml() {
    let j = r#"{"kind":"A"}"#;
    assert_eq!(read(&format!("{j}\n{j}")), format!("{j}\n{j}"));
    assert_eq!(read(&format!("{j}\n---\nkind: B")), format!("{j}\n{{\"kind\":\"B\"}}"));
    assert_eq!(read(r#"{"kind":"A",}"#), j);
    assert_eq!(read("{kind: A}"), j);
    assert_eq!(read(r#"{"kind":"A""#), "unexpected EOF");
    assert_eq!(read("{\n\"a\": 1,\n  \"b\" 2}"), "json: offset 17: invalid character '2' after object key");
    assert_eq!(
        read(&format!("{j}\n---\nbad: [\n")),
        format!("{j}\njson: offset 15: invalid character '-' in numeric literal")
    );
    assert_eq!(
        read(&format!("{j}\n{j}\nkind: B")),
        format!("{j}\n{j}\ninvalid character 'k' looking for beginning of value")
    );
    assert_eq!(read("{ \"a\": 1 }"), r#"Object 'Kind' is missing in '{ "a": 1 }'"#);
}

/// The lines a string prints as behind `v: `.
fn print(text: &str) -> String {
    let yaml = to_yaml(&json!({"v": text})).unwrap();
    yaml.strip_prefix("v: ").unwrap_or(&yaml).strip_suffix('\n').unwrap_or(&yaml).to_string()
}

#[test]
fn strings_print_in_the_first_style_that_reads_back() {
    for plain in [
        "a",
        "it's",
        "say \"hi\"",
        "=",
        "한국어 문장",
        "a#b",
        "a:b",
        "1 2",
        "100m",
        "50%",
        "nUll",
        "<<",
        "a ? b",
        "-a",
        "2001-13-01",
        "1:60",
        "é\u{a0}",
    ] {
        assert_eq!(print(plain), plain);
    }
    for double in [
        "",
        "yes",
        "n",
        "0.5",
        "0644",
        "null",
        "~",
        "1e3",
        "0x1F",
        "1_000",
        "12:30:45",
        "2024-01-01T00:00:00Z",
        "2001-1-2",
        ".inf",
        "+1",
        "0o17",
    ] {
        assert_eq!(print(double), format!("\"{double}\""));
    }
    for single in [
        "a: b", "#c", "{a}", " lead", "trail ", "!t", "*a", "- a", "a:", "a #b", "@a", "%a", "|", "a, b: c",
        "[a]", "...",
    ] {
        assert_eq!(print(single), format!("'{single}'"));
    }
    assert_eq!(print("'a'"), "'''a'''");
    assert_eq!(print("tab\there"), r#""tab\there""#);
    assert_eq!(print("😀"), r#""\U0001F600""#);
    assert_eq!(print("\u{1b}[0m"), r#""\e[0m""#);
    assert_eq!(print("a\nb"), "|-\n  a\n  b");
    assert_eq!(print("a\n\n  b\n"), "|\n  a\n\n    b");
    assert_eq!(print("a\n\n"), "|+\n  a\n");
    assert_eq!(print(" a\nb"), "|2-\n   a\n  b");
    assert_eq!(print("a \nb"), r#""a \nb""#);
    assert_eq!(print("a\tb\nc"), r#""a\tb\nc""#);
    assert!(
        to_yaml(&json!({"v": "\u{7f}"}))
            .is_err_and(|e| e.to_string() == "yaml: control characters are not allowed")
    );
}

#[test]
fn long_lines_are_folded_at_blanks_past_column_80() {
    let words = "word ".repeat(20);
    let words = words.trim_end();
    let folded = "word word word word word word word word word word word word word word word word\n  word word word word";
    assert_eq!(print(words), folded);
    assert_eq!(print(&format!("{words}:")), format!("'{folded}:'"));
    assert_eq!(print(&"a".repeat(200)), "a".repeat(200));
    let double = "\"\\t".to_string() + &"word ".repeat(15) + "word\n  word word\"";
    assert_eq!(print(&format!("\t{}word", "word ".repeat(17))), double);
}

#[test]
fn layout_and_order() {
    let v = json!({
        "b": [{"x": 1, "w": []}, [1, [2]], "s"], "a10": {}, "a2": {"n": 1.5}, "a": 1e21, "y": true, "B": "x", "_c": 1,
        "7": null,
    });
    assert_eq!(
        to_yaml(&v).unwrap(),
        "_c: 1\n\"7\": null\nB: x\na: 1e+21\na2:\n  \"n\": 1.5\na10: {}\nb:\n- w: []\n  x: 1\n- - 1\n  - - 2\n- s\n\"y\": true\n"
    );
    let long = "k".repeat(129);
    assert_eq!(to_yaml(&json!({ (long.as_str()): {"a": 1} })).unwrap(), format!("? {long}\n: a: 1\n"));
}

#[test]
fn what_is_printed_reads_back() {
    use proptest::prelude::*;
    let text = || {
        proptest::string::string_regex("[a-zA-Z0-9 :#'\"\\\\\n\t{}\\[\\],&*!|>%@`~.?=_+한é-]{0,40}").unwrap()
    };
    let leaf = prop_oneof![
        text().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    let value = leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((text(), inner), 0..4).prop_map(|m| m.into_iter().collect::<Value>()),
        ]
    });
    let config = ProptestConfig {
        cases: 300,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    };
    proptest!(config, |(value in value)| {
        let yaml = to_yaml(&json!({"v": value.clone()})).unwrap();
        prop_assert_eq!(&super::read(&yaml).unwrap()["v"], &value);
    });
}

fn both_ways(text: &str) -> (Option<Value>, Result<Value, YamlError>) {
    (everyday::read(text, Dialect::Classic), reader::read_any(text, None, Dialect::Classic))
}

#[test]
fn everyday_yaml_is_read_as_any_other() {
    for text in [
        "a: 1\nb:\n- x\n- w: 2\n  z: [1, {k: v}]\nc: {}\n",
        "- - 1\n  - 2\n-\n  a: b\n- |\n  x\n   y\n\n  z\n\n- |-\n    t # no comment\n",
        "a: \"x \\\"y\\\" \\n\" # c\nb: 'it''s \\n'\n# c\nc: -x\nd: --y=1 z\ne: 10m\nf: http://x:80/\ng:\n",
        "a: |\n  #!/bin/sh\n  # why\n  x\nb: |\n\n  y\n",
        "a: |-\n  # only\n# not this\nb: 1\n",
        "\"on\": y\nx: yes\nz: 1e3\nw: 0x10\nv: 2024-01-01\nu: ~\n",
    ] {
        let (everyday, any) = both_ways(text);
        assert_eq!(everyday.as_ref(), any.as_ref().ok(), "{text}");
    }
    let manifests = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog");
    for dir in ["bootstrap", "manifests"] {
        for file in std::fs::read_dir(manifests.join(dir)).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|end| end == "yaml") {
                let text = std::fs::read_to_string(&file).unwrap();
                for document in text.split("---\n") {
                    let (everyday, any) = both_ways(document);
                    assert!(dir == "manifests" || everyday.is_some(), "{document}");
                    assert!(everyday.is_none_or(|value| Ok(value) == any), "{document}");
                }
            }
        }
    }
}

#[test]
fn what_is_not_everyday_is_left_to_the_general_reader() {
    use proptest::prelude::*;
    let pieces = "(a|b: |c:|- |-|  |    |\n|\n|#| #|\"|'|\\\\n|\\{|\\}|\\[|\\]|, |,|: |:|\\||\\|-|>|1|x y|---|\\?|&a|\\*a|!t|<<: |%|~|on|\\.)";
    let config = ProptestConfig {
        cases: 20_000,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    };
    let text = proptest::string::string_regex(&format!("{pieces}{{0,14}}")).unwrap();
    proptest!(config, |(text in text)| {
        if let Some(value) = everyday::read(&text, Dialect::Classic) {
            prop_assert_eq!(Ok(value), reader::read_any(&text, None, Dialect::Classic));
        }
    });
}

/// Comments and empty lines count within literal text, and nowhere else.
#[test]
fn lines_of_any_kind_in_any_order_are_read_as_the_general_reader_reads_them() {
    use proptest::prelude::*;
    let line = (
        proptest::sample::select(vec!["", "  ", "    ", "      "]),
        proptest::sample::select(vec![
            "",
            "#!/bin/sh",
            "# c",
            "x y",
            "a:",
            "b: |",
            "c: |-",
            "d: v # c",
            "e: v",
            "- |",
            "- f",
            "- g: |",
            "- h: i",
            "-",
            "- - j",
            "{k: l}",
            "m: [n]",
            "'o': p",
            "q: \"r\" #s",
            "--t",
            "u: v:w",
            "...",
        ]),
    );
    let config = ProptestConfig {
        cases: 40_000,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    };
    proptest!(config, |(lines in proptest::collection::vec(line, 1..9), end in any::<bool>())| {
        let mut text = lines.iter().map(|(indent, line)| format!("{indent}{line}")).collect::<Vec<_>>().join("\n");
        text.push_str(if end { "\n" } else { "" });
        if let Some(value) = everyday::read(&text, Dialect::Classic) {
            prop_assert_eq!(Ok(value), reader::read_any(&text, None, Dialect::Classic));
        }
    });
}
