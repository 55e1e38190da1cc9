//! Messages as a server wrote them.

use super::*;
use crate::api::Registry;
use crate::json;
use crate::machinery::{KubeVersion, Time};

/// A cluster without anything in it.
struct Nothing;

impl Lookup for Nothing {
    fn get(&self, _: &str, _: &str, _: &str) -> Option<Object> {
        None
    }
    fn list(&self, _: &str, _: &str) -> Vec<Object> {
        Vec::new()
    }
    fn now(&self) -> Time {
        Time::default()
    }
    fn version(&self) -> KubeVersion {
        KubeVersion::LATEST
    }
    fn draw(&self, _: &str) -> u64 {
        0
    }
    fn seed(&self) -> u64 {
        0
    }
    fn region(&self) -> String {
        String::new()
    }
}

fn resource(name: &str) -> Resource {
    Registry::new(KubeVersion::LATEST).lookup(name).unwrap().clone()
}

fn refused(name: &str, body: Value) -> String {
    decode(&resource(name), body, FieldValidation::Strict, &Nothing).unwrap_err().message
}

fn stored(name: &str, body: Value) -> String {
    decode(&resource(name), body, FieldValidation::Strict, &Nothing).unwrap().0.to_json()
}

#[test]
fn wrong_types_are_named_by_struct_and_path() {
    let containers = |c: Value| json!({"spec": {"template": {"spec": {"containers": [{"name": "a"}, c]}}}});
    for (name, body, why) in [
        (
            "deploy",
            json!({"spec": {"replicas": "x"}}),
            "string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            "deploy",
            json!({"spec": {"replicas": 1.5}}),
            "number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            "deploy",
            json!({"spec": {"replicas": 3000000000i64}}),
            "number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        ("cm", json!({"data": {"a": 1}}), "number into Go struct field ConfigMap.data of type string"),
        (
            "cm",
            json!({"metadata": {"labels": {"a": true}}}),
            "bool into Go struct field ObjectMeta.metadata.labels of type string",
        ),
        (
            "cm",
            json!({"metadata": {"labels": ["a"]}}),
            "array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
        ),
        (
            "deploy",
            containers(json!({"image": 1})),
            "number into Go struct field Container.spec.template.spec.containers.image of type string",
        ),
        (
            "deploy",
            containers(json!("x")),
            "string into Go struct field PodSpec.spec.template.spec.containers of type v1.Container",
        ),
        (
            "deploy",
            json!({"spec": {"template": {"spec": {"containers": "x"}}}}),
            "string into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
        ),
        (
            "deploy",
            containers(json!({"env": [{"name": "A", "value": 1}]})),
            "number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
        ),
        (
            "svc",
            json!({"spec": {"ports": [{"targetPort": true}]}}),
            "bool into Go struct field ServicePort.spec.ports.targetPort of type int32",
        ),
    ] {
        let message = refused(name, body);
        assert!(message.ends_with(&format!("json: cannot unmarshal {why}")), "{message}");
    }
    assert_eq!(
        refused("deploy", containers(json!({"resources": {"limits": {"cpu": "abc"}}}))),
        "Deployment in version \"v1\" cannot be handled as a Deployment: quantities must match the regular expression \
         '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    );
    assert_eq!(
        refused("cm", json!({"kind": "Deployment", "apiVersion": "apps/v1"})),
        "Deployment in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Deployment) to \
         (core.ConfigMap): unknown conversion"
    );
}

#[test]
fn unknown_fields_are_refused_or_warned_about() {
    let body = || json!({"metadata": {"name": "fv", "bar": 2}, "data": {"a": "1"}, "foo": 1});
    assert_eq!(
        refused("cm", body()),
        "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown field \"foo\", \
         unknown field \"metadata.bar\""
    );
    let (object, warnings) = decode(&resource("cm"), body(), FieldValidation::Warn, &Nothing).unwrap();
    assert_eq!(warnings, ["unknown field \"foo\"", "unknown field \"metadata.bar\""]);
    assert_eq!(
        object.to_json(),
        r#"{"apiVersion":"v1","data":{"a":"1"},"kind":"ConfigMap","metadata":{"name":"fv"}}"#
    );
    let text = r#"{"metadata":{"name":"fv","bar":2},"data":{"a":"1","a":"2"},"foo":1}"#;
    let refused = decode_text(&resource("cm"), text, FieldValidation::Strict, &Nothing).unwrap_err().message;
    assert!(
        refused.ends_with(r#"unknown field "metadata.bar", duplicate field "data.a", unknown field "foo""#),
        "{refused}"
    );
}

#[test]
fn a_body_that_is_no_json_is_shown() {
    let refused =
        |text: &str| decode_text(&resource("cm"), text, FieldValidation::Warn, &Nothing).unwrap_err().message;
    let head = "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: ";
    assert_eq!(
        refused("{bad"),
        format!("{head}invalid character 'b' looking for beginning of object key string ({{bad)")
    );
    assert_eq!(refused(""), format!("{head}unexpected end of JSON input (<empty>)"));
}

#[test]
fn what_is_stored_is_what_go_would_write() {
    assert_eq!(
        stored(
            "po",
            json!({"metadata": {"labels": {}, "creationTimestamp": null}, "spec": {"hostNetwork": false,
                "terminationGracePeriodSeconds": 0, "nodeSelector": {}, "containers": [{"resources": {"limits": {"memory": "1024Mi", "cpu": 0.5}}}],
                "volumes": [{"name": "v", "emptyDir": {}}]}}),
        ),
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{},"spec":{"containers":[{"name":"","resources":{"limits":{"cpu":"500m","memory":"1Gi"}}}],"terminationGracePeriodSeconds":0,"volumes":[{"emptyDir":{},"name":"v"}]},"status":{}}"#
    );
    assert_eq!(
        stored("role", json!({"metadata": {"name": "r"}})),
        r#"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"r"},"rules":null}"#
    );
}

#[test]
fn what_is_already_in_form_is_shared() {
    let pod = stored("po", json!({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c"}]}}));
    let pod = Value::parse(&pod).unwrap();
    let (again, _) = decode(&resource("po"), pod.clone(), FieldValidation::Strict, &Nothing).unwrap();
    let (Value::Map(a), Value::Map(b)) = (&pod, &again.0) else { panic!("maps") };
    assert!(std::sync::Arc::ptr_eq(a, b));
}

#[test]
fn patches_report_types_in_other_words() {
    let wrong = |body: Value| {
        read(&resource("deploy"), &body, FieldValidation::Warn, &Nothing).unwrap_err().conversion_text()
    };
    assert_eq!(wrong(json!({"spec": {"replicas": "x"}})), "unrecognized type: int32");
    assert_eq!(wrong(json!({"metadata": {"labels": {"a": true}}})), "unrecognized type: string");
    assert_eq!(wrong(json!({"spec": {"selector": "x"}})), "cannot restore struct from: string");
}
