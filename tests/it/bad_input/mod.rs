//! Bad input, end to end: the real tool's message and exit status, and a cluster that is as it was.

mod against_real_clients;
mod aws_client;
mod cloud;
mod cluster_file;
mod flags_and_files;
mod manifests;
mod more_of_real_clients;

use crate::shell::Shell;

/// Runs a line that must fail, say exactly this and change nothing.
fn refused(shell: &Shell, line: &str, stderr: &str) {
    let before = shell.export();
    let said = shell.run(line);
    assert_eq!(said.stderr, stderr, "{line}");
    assert_eq!(said.rc, 1, "{line}");
    assert_eq!(said.stdout, "", "{line}");
    assert_eq!(shell.export(), before, "{line} changed the cluster");
}

const SHOP: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: nginx, image: nginx}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: shop}
data: {a: '1'}
";

/// A cluster with a workload and what belongs to it.
fn furnished() -> Shell {
    let shell = Shell::new();
    shell.file("shop.yaml", SHOP);
    shell.must("kubectl create -f shop.yaml");
    shell
}

#[test]
fn names_that_lead_nowhere() {
    let shell = furnished();
    for (line, stderr) in [
        ("kubectl get pods nope -n shop", "Error from server (NotFound): pods \"nope\" not found\n"),
        ("kubectl get foos", "error: the server doesn't have a resource type \"foos\"\n"),
        (
            "kubectl delete deploy nope -n shop",
            "Error from server (NotFound): deployments.apps \"nope\" not found\n",
        ),
        (
            "kubectl scale deploy nope -n shop --replicas=3",
            "Error from server (NotFound): deployments.apps \"nope\" not found\n",
        ),
        ("kubectl apply -f nope.yaml", "error: the path \"nope.yaml\" does not exist\n"),
        (
            "kubectl create -f shop.yaml",
            "Error from server (AlreadyExists): error when creating \"shop.yaml\": namespaces \"shop\" already exists\n\
             Error from server (AlreadyExists): error when creating \"shop.yaml\": deployments.apps \"web\" already \
             exists\nError from server (AlreadyExists): error when creating \"shop.yaml\": configmaps \"c\" already \
             exists\n",
        ),
    ] {
        refused(&shell, line, stderr);
    }
}

#[test]
fn flags_commands_selectors_and_templates() {
    let shell = furnished();
    for (line, stderr) in [
        ("kubectl get pods --foo", "error: unknown flag: --foo\nSee 'kubectl get --help' for usage.\n"),
        (
            "kubectl get pods -Z",
            "error: unknown shorthand flag: 'Z' in -Z\nSee 'kubectl get --help' for usage.\n",
        ),
        ("kubectl foo", "error: unknown command \"foo\" for \"kubectl\"\n\nDid you mean this?\n\ttop\n"),
        (
            "kubectl get pods -l a=b=c",
            "Error from server (BadRequest): Unable to find \"/v1, Resource=pods\" that match label selector \
             \"a=b=c\", field selector \"\": found '=', expected: ',' or 'end of string'\n",
        ),
        (
            "kubectl get pods --field-selector foo=bar",
            "Error from server (BadRequest): Unable to find \"/v1, Resource=pods\" that match label selector \"\", \
             field selector \"foo=bar\": field label not supported: foo\n",
        ),
        (
            "kubectl get pods -o jsonpath={.items[0].metadata.name",
            "error: error parsing jsonpath {.items[0].metadata.name, unclosed action\n",
        ),
        (
            "kubectl get pods -o jsonpath={.items[*}",
            "error: error parsing jsonpath {.items[*}, unterminated array\n",
        ),
        (
            "kubectl get pods -o 'go-template={{range'",
            "error: error parsing template {{range, template: output:1: unclosed action\n",
        ),
        (
            "kubectl scale deploy web -n shop --replicas=-1",
            "error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0\n",
        ),
        (
            "kubectl scale deploy web -n shop --replicas=x",
            "error: invalid argument \"x\" for \"--replicas\" flag: strconv.ParseInt: parsing \"x\": invalid \
             syntax\nSee 'kubectl scale --help' for usage.\n",
        ),
    ] {
        refused(&shell, line, stderr);
    }
}

#[test]
fn patches_that_make_no_sense() {
    let shell = furnished();
    for (line, stderr) in [
        (
            "kubectl -n shop label deploy web 'bad key=x'",
            "The Deployment \"web\" is invalid: metadata.labels: Invalid value: \"bad key\": name part must consist \
             of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character \
             (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
             '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')\n",
        ),
        (
            "kubectl -n shop patch deploy web -p '{\"spec\":{\"replicas\":-1}}'",
            "The Deployment \"web\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to \
             0\n",
        ),
        (
            "kubectl -n shop patch deploy web -p '{\"spec\":{\"replicas\":\"x\"}}'",
            "The request is invalid: patch: Invalid value: \"map[spec:map[replicas:x]]\": unrecognized type: int32\n",
        ),
        (
            "kubectl -n shop patch deploy web --type=merge -p \
             '{\"spec\":{\"selector\":{\"matchLabels\":{\"app\":\"other\"}}}}'",
            "The Deployment \"web\" is invalid: \n* spec.template.metadata.labels: Invalid value: \
             {\"app\":\"web\"}: `selector` does not match template `labels`\n* spec.selector: Invalid value: \
             {\"matchLabels\":{\"app\":\"other\"}}: field is immutable\n",
        ),
        (
            "kubectl -n shop patch configmap c --type=merge -p \
             '{\"metadata\":{\"resourceVersion\":\"1\"},\"data\":{\"a\":\"2\"}}'",
            "Error from server (Conflict): Operation cannot be fulfilled on configmaps \"c\": the object has been \
             modified; please apply your changes to the latest version and try again\n",
        ),
        (
            "kubectl -n shop patch configmap c --type=json -p '[{\"op\":\"test\",\"path\":\"/data/a\",\"value\":\"9\"}]'",
            "The request is invalid: the server rejected our request due to an error in our request\n",
        ),
    ] {
        refused(&shell, line, stderr);
    }
}

/// The server waits for the account that a namespace's pods speak as: one file may make both.
#[test]
fn a_pod_may_follow_its_namespace_at_once() {
    let shell = Shell::new();
    shell.file(
        "both.yaml",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: room}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: room}\n\
         spec: {containers: [{name: c, image: nginx}]}\n",
    );
    assert_eq!(shell.must("kubectl apply -f both.yaml"), "namespace/room created\npod/p created\n");
    shell.must("kubetick tick 30s -q");
    assert!(shell.must("kubectl get pod p -n room").contains("1/1     Running"));
}
