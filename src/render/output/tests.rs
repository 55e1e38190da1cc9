use super::*;
use crate::json;

fn printer(output: &str) -> Result<Option<Printer>, String> {
    let options = Options { output, allow_missing_keys: true, ..Options::default() };
    Printer::new(&options, &|_| Err("open f: no such file or directory".to_string()))
}

fn print(output: &str, value: &Value) -> Result<String, PrintError> {
    printer(output)?.expect("a format").print(value)
}

fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "p", "managedFields": [{"manager": "x"}], "labels": {"a/b": "<1>"}},
        "spec": {"containers": [{"name": "c", "ports": [80, 81]}]},
    })
}

#[test]
fn formats_print_objects() {
    assert_eq!(print("name", &pod()).unwrap(), "pod/p\n");
    assert_eq!(print("jsonpath={.metadata.name}", &pod()).unwrap(), "p");
    assert_eq!(print("custom-columns=N:.metadata.name,X:.x", &pod()).unwrap(), "N     X\np     <none>\n");
    assert_eq!(print("go-template={{.metadata.name}} {{.nope}}", &pod()).unwrap(), "p <no value>");
    assert!(!print("yaml", &pod()).unwrap().contains("managedFields"));
    assert!(print("json", &pod()).unwrap().contains("\\u003c1\\u003e"));
}

#[test]
fn yaml_documents_are_separated() {
    let mut printer = printer("yaml").unwrap().expect("a format");
    let one = json!({"a": 1});
    assert_eq!(printer.print(&one).unwrap() + &printer.print(&one).unwrap(), "a: 1\n---\na: 1\n");
}

#[test]
fn kyaml_quotes_strings_and_joins_brackets() {
    assert_eq!(
        print("kyaml", &json!({"a": [{"b": "x", "no": 1}], "l": [1, 2], "e": {}})).unwrap(),
        "---\n{\n  a: [{\n    b: \"x\",\n    \"no\": 1,\n  }],\n  e: {},\n  l: [\n    1,\n    2,\n  ],\n}\n"
    );
}

#[test]
fn errors_are_kubectls() {
    let error = |output: &str| match printer(output) {
        Err(message) => message,
        Ok(None) => "no format".to_string(),
        Ok(Some(mut printer)) => printer.print(&pod()).unwrap_err().message,
    };
    assert_eq!(error("jsonpath"), "template format specified but no template given");
    assert_eq!(error("custom-columns="), "custom-columns format specified but no custom columns given");
    assert_eq!(
        error("custom-columns=NAME"),
        "unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>"
    );
    assert_eq!(error("jsonpath-file=f"), "error reading --template f, open f: no such file or directory");
    assert_eq!(error("jsonpath={.a"), "error parsing jsonpath {.a, unclosed action");
    assert_eq!(
        error("go-template={{range"),
        "error parsing template {{range, template: output:1: unclosed action"
    );
    assert_eq!(
        error("go-template={{index .spec.containers 7}}"),
        "error executing template \"{{index .spec.containers 7}}\": template: output:1:2: executing \"output\" at \
         <index .spec.containers 7>: error calling index: index out of range: 7"
    );
    assert_eq!(error("wide"), "no format");
}
