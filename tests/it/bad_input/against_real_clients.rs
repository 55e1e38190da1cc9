//! Command lines that were given to real clients (1.33.1 unless a line says otherwise) and to this one in front of the same
//! cluster: what they refuse, in which words, and what they let pass.

use crate::shell::Shell;

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
";

pub(super) fn client() -> Shell {
    let mut shell = Shell::of_version("1.33");
    shell.env("KUBETICK_KUBECTL_VERSION", "1.33.1");
    shell.file("web.yaml", WEB);
    shell.must("kubectl apply -f web.yaml");
    shell.must("kubectl create configmap cm --from-literal=a=b");
    shell.must("kubetick tick 5s -q");
    shell
}

/// Runs lines that fail with exactly this on standard error and nothing on standard output.
pub(super) fn refuses(shell: &Shell, cases: &[(&str, &str)]) {
    for (line, stderr) in cases {
        let said = shell.run(line);
        let expected = format!("{stderr}\n");
        assert_eq!(
            (said.stderr.as_str(), said.stdout.as_str(), said.rc != 0),
            (&*expected, "", true),
            "{line}"
        );
    }
}

#[test]
fn flags_that_exclude_each_other() {
    refuses(
        &client(),
        &[
            (
                "kubectl get pod/p1 -l app=web",
                "error: selectors and the all flag cannot be used when passing resource/name arguments",
            ),
            (
                "kubectl delete pod/p1 --all",
                "error: selectors and the all flag cannot be used when passing resource/name arguments",
            ),
            (
                "kubectl delete pods -A p1",
                "error: a resource cannot be retrieved by name across all namespaces",
            ),
            (
                "kubectl delete pods --all --field-selector metadata.name=p1",
                "error: setting 'all' parameter but found a non empty selector. ",
            ),
            (
                "kubectl delete cm cm --now --force",
                "error: --force and --grace-period greater than 0 cannot be specified together",
            ),
            (
                "kubectl delete cm cm -o yaml",
                "error: unexpected -o output mode: yaml. We only support '-o name'",
            ),
            (
                "kubectl delete -f web.yaml pods",
                "error: when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
            ),
            (
                "kubectl get -f web.yaml deploy/web",
                "error: resource/name arguments cannot be provided when a path is specified",
            ),
            (
                "kubectl get deploy --subresource=status",
                "error: subresource cannot be used when bulk resources are specified",
            ),
            (
                "kubectl get cm --show-labels -o json",
                "error: --show-labels option cannot be used with json printer",
            ),
            ("kubectl get --raw /api -o json", "error: --raw and --output are mutually exclusive"),
            ("kubectl get --raw /api cm", "error: arguments may not be passed when --raw is specified"),
            (
                "kubectl get --raw /api -w",
                "error: --raw may not be specified with other flags that filter the server request or alter the output",
            ),
            (
                "kubectl get --raw foo",
                "error: --raw must be a valid URL path: parse \"foo\": invalid URI for request",
            ),
            (
                "kubectl replace -f web.yaml --grace-period=5",
                "error: --grace-period must have --force specified",
            ),
            ("kubectl replace -f web.yaml --timeout=5s", "error: --timeout must have --force specified"),
            (
                "kubectl replace -f web.yaml --force --dry-run=client",
                "error: --dry-run can not be used when --force is set",
            ),
            (
                "kubectl apply -f web.yaml --prune --all -l app=web",
                "error: cannot set --all and --selector at the same time",
            ),
            (
                "kubectl apply -f web.yaml --cascade=foo",
                "error: invalid cascade value (foo). Must be \"background\", \"foreground\", or \"orphan\"",
            ),
            (
                "kubectl create -f web.yaml extra",
                "error: Unexpected args: [extra]\nSee 'kubectl create -h' for help and examples",
            ),
            (
                "kubectl diff -f web.yaml extra",
                "error: Unexpected args: [extra]\nSee 'kubectl diff -h' for help and examples",
            ),
            (
                "kubectl create -f web.yaml -l a=(",
                "error: the provided selector \"a=(\" is not valid: unable to parse requirement: found '(', expected: \
                 identifier",
            ),
            (
                "kubectl get cm --as-group=x",
                "error: requesting uid, groups or user-extra for admin@lab.ap-northeast-2.eksctl.io without \
                 impersonating a user",
            ),
            (
                "kubectl get cm --request-timeout=-1",
                "error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a \
                 corresponding time unit (e.g. 1s | 2m | 3h)",
            ),
        ],
    );
}

#[test]
fn values_no_command_takes() {
    refuses(
        &client(),
        &[
            (
                "kubectl scale --replicas=3 deploy/web --current-replicas=-2",
                "error: The --current-replicas must specify an integer of -1 or greater",
            ),
            ("kubectl scale --replicas=3 deploy -l app=nope", "error: no objects passed to scale"),
            (
                "kubectl rollout status deploy/web --revision=-1",
                "error: revision must be a positive integer: -1",
            ),
            (
                "kubectl rollout undo deploy/web --to-revision=-1",
                "error: unable to find specified revision -1 in history",
            ),
            ("kubectl run x --image=nginx --env=1=b", "error: invalid env: 1=b"),
            ("kubectl run x --image=nginx --annotations=a", "error: invalid annotations format: a"),
            (
                "kubectl run x --image=nginx --image-pull-policy=Foo",
                "error: invalid image pull policy: Foo\nSee 'kubectl run -h' for help and examples",
            ),
            (
                "kubectl run x --image=nginx --pod-running-timeout=0",
                "error: --pod-running-timeout must be higher than zero\nSee 'kubectl run -h' for help and examples",
            ),
            (
                "kubectl expose deploy/web --port=80 --session-affinity=Foo --name=w2",
                "error: unknown session affinity: Foo",
            ),
            ("kubectl expose deploy/web --port=80 --selector=x --name=w2", "error: unexpected label spec: x"),
            ("kubectl expose deploy/web --port=80 --overrides={a --name=w2", "error: Invalid JSON Patch"),
            (
                "kubectl kustomize . --load-restrictor foo",
                "error: illegal flag value --load-restrictor foo; legal values: [LoadRestrictionsRootOnly \
                 LoadRestrictionsNone]",
            ),
            (
                "kubectl wait deploy/web --for=condition=Nope --timeout=0",
                "error: condition not met for deployments/web",
            ),
            (
                "kubectl get cm -o go-template={{.kind|upper}}",
                "error: error parsing template {{.kind|upper}}, template: output:1: function \"upper\" not defined",
            ),
            (
                "kubectl get cm -o go-template={{range.items}}",
                "error: error parsing template {{range.items}}, template: output:1: unexpected EOF",
            ),
        ],
    );
    let said = client().run("kubectl get cm -o go-template={{.kind.foo}}");
    assert_eq!(
        said.stderr,
        "error: error executing template \"{{.kind.foo}}\": template: output:1:7: executing \"output\" at <.kind.foo>: \
         can't evaluate field foo in type interface {}\n"
    );
}

#[test]
fn metadata_is_read_before_the_server_is_asked() {
    let shell = client();
    let cases = [
        ("x", "string into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta"),
        (
            "{name: a, labels: [a]}",
            "array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
        ),
        (
            "{name: a, labels: {a: 1}}",
            "number into Go struct field ObjectMeta.metadata.labels of type string",
        ),
        (
            "{name: a, annotations: {a: true}}",
            "bool into Go struct field ObjectMeta.metadata.annotations of type string",
        ),
        ("{name: 5}", "number into Go struct field ObjectMeta.metadata.name of type string"),
        (
            "{name: a, ownerReferences: x}",
            "string into Go struct field ObjectMeta.metadata.ownerReferences of type []v1.OwnerReference",
        ),
        (
            "{name: a, generation: \"5\"}",
            "string into Go struct field ObjectMeta.metadata.generation of type int64",
        ),
    ];
    for (metadata, why) in cases {
        shell.file("m.yaml", &format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\n"));
        for verb in ["create", "apply", "create --dry-run=client"] {
            let line = format!("kubectl {verb} -f m.yaml");
            let said = shell.run(&line);
            let expected = format!("error: unable to decode \"m.yaml\": json: cannot unmarshal {why}\n");
            assert_eq!((said.stderr, said.rc), (expected, 1), "{line}: {metadata}");
        }
    }
}

#[test]
fn manifests_that_are_none() {
    let shell = client();
    shell.file("text.yaml", "hello\n");
    shell.file("bad.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a\n");
    shell.file("empty.yaml", "");
    let invalid = "error: error validating \"text.yaml\": error validating data: invalid object to validate; if you choose \
                   to ignore these errors, turn validation off with --validate=false";
    refuses(
        &shell,
        &[
            ("kubectl apply -f text.yaml", invalid),
            ("kubectl create -f text.yaml", invalid),
            ("kubectl apply -f - -f -", "error: standard input cannot be used for multiple arguments"),
            ("kubectl apply -R -k .", "error: the -k flag can't be used with -f or -R"),
            ("kubectl apply -f [a", "error: pattern \"[a\" is not valid: syntax error in pattern"),
            ("kubectl apply -f nope/*.yaml", "error: the path \"nope/*.yaml\" does not exist"),
            // What `get` cannot read is one failure of many, even alone: nothing says that it is an error.
            (
                "kubectl get -f bad.yaml",
                "error parsing bad.yaml: error converting YAML to JSON: yaml: line 3: did not find expected ',' or '}'",
            ),
        ],
    );
    assert_eq!(shell.run("kubectl get -f empty.yaml").stderr, "No resources found in default namespace.\n");
    assert_eq!(shell.must("kubectl apply -f w*.yaml"), "deployment.apps/web unchanged\n");
    assert_eq!(shell.must("kubectl apply view-last-applied cm/cm"), "");
}

#[test]
fn dry_run_in_its_old_forms() {
    let shell = client();
    for (flag, suffix, place, why) in [
        ("--dry-run", " (dry run)", 703, " is deprecated and can be replaced with --dry-run=client."),
        (
            "--dry-run=true",
            " (dry run)",
            717,
            "=true is deprecated (boolean value) and can be replaced with --dry-run=client.",
        ),
        (
            "--dry-run=false",
            "",
            720,
            "=false is deprecated (boolean value) and can be replaced with --dry-run=none.",
        ),
    ] {
        let said = shell.run(&format!("kubectl create namespace x {flag}"));
        assert_eq!(said.stdout, format!("namespace/x created{suffix}\n"), "{flag}");
        assert!(said.stderr.ends_with(&format!(" helpers.go:{place}] --dry-run{why}\n")), "{}", said.stderr);
    }
}

#[test]
fn a_namespace_that_is_not_there() {
    let missing = "Error from server (NotFound): namespaces \"nope\" not found";
    refuses(
        &client(),
        &[
            ("kubectl get pod p1 -n nope", missing),
            ("kubectl get deploy/web -n nope -o yaml", missing),
            ("kubectl describe pod p1 -n nope", missing),
            ("kubectl label deploy web a=b -n nope", missing),
            ("kubectl set image deploy/web web=x -n nope", missing),
            (
                "kubectl logs p1 -n nope",
                "error: error from server (NotFound): namespaces \"nope\" not found in namespace \"nope\"",
            ),
            (
                "kubectl scale --replicas=1 deploy/web -n nope",
                "error: no objects passed to scale namespaces \"nope\" not found",
            ),
            ("kubectl delete pod p1 -n nope", "Error from server (NotFound): pods \"p1\" not found"),
        ],
    );
}

#[test]
fn rows_name_the_kinds_that_were_found() {
    let shell = client();
    let said = shell.run("kubectl get pod/nope cm/cm");
    assert!(said.stdout.starts_with("NAME   DATA   AGE\ncm     1 "), "{}", said.stdout);
    assert_eq!(shell.must("kubectl get cm -o NAME"), "configmap/cm\nconfigmap/kube-root-ca.crt\n");
    let scaled = shell.run("kubectl scale --replicas=3 deploy/nope deploy/web");
    assert_eq!(
        (scaled.stdout.as_str(), scaled.stderr.as_str()),
        (
            "deployment.apps/web scaled\n",
            "Error from server (NotFound): deployments.apps \"nope\" not found\n"
        )
    );
    let asked = shell.must("kubectl delete cm cm -i --dry-run=client");
    assert!(asked.contains("Do you want to continue? (y/n): deletion is cancelled"), "{asked}");
    assert_eq!(shell.must("kubectl wait pods -l app=nope --for=delete"), "");
    assert_eq!(shell.must("kubectl wait deploy --all --for=create"), "deployment.apps/web condition met\n");
    let exposed = shell.must(
        "kubectl expose deploy/web --port=80 --selector=a=b --overrides={\"spec\":{\"type\":\"NodePort\"}} --dry-run=client -o yaml",
    );
    assert!(exposed.contains("  selector:\n    a: b\n  type: NodePort\n"), "{exposed}");
}

#[test]
fn kustomizations_read_below_their_directory() {
    let shell = client();
    let work = shell.home().join("work");
    std::fs::create_dir_all(work.join("k")).unwrap();
    shell.file("vars.env", "a=1\n");
    let (w, k) = (work.display(), work.join("k").display().to_string());
    for (kustomization, why) in [
        (
            "resources: [../web.yaml]",
            format!(
                "accumulating resources: accumulation err='accumulating resources from '../web.yaml': security; file \
                 '{w}/web.yaml' is not in or below '{k}'': must build at directory: '{w}/web.yaml': file is not directory"
            ),
        ),
        (
            "configMapGenerator: [{name: a, files: [k=../vars.env]}]",
            format!(
                "loading KV pairs: file sources: [k=../vars.env]: security; file '{w}/vars.env' is not in or below '{k}'"
            ),
        ),
        (
            "configMapGenerator: [{name: a, envs: [../vars.env]}]",
            format!(
                "loading KV pairs: env source files: [../vars.env]: security; file '{w}/vars.env' is not in or below '{k}'"
            ),
        ),
        (
            "patches: [{path: ../web.yaml, target: {kind: Deployment, name: web}}]",
            format!(
                "trouble configuring builtin PatchTransformer with config: `\npath: ../web.yaml\ntarget:\n  kind: \
                 Deployment\n  name: web\n`: failed to get the patch file from path(../web.yaml): security; file \
                 '{w}/web.yaml' is not in or below '{k}'"
            ),
        ),
        (
            "patches: [{path: nope.yaml}]",
            format!(
                "trouble configuring builtin PatchTransformer with config: `\npath: nope.yaml\n`: failed to get the patch \
                 file from path(nope.yaml): evalsymlink failure on '{k}/nope.yaml' : lstat {k}/nope.yaml: no such file or \
                 directory"
            ),
        ),
    ] {
        shell.file("k/kustomization.yaml", &format!("{kustomization}\n"));
        refuses(&shell, &[("kubectl kustomize k", &format!("error: {why}"))]);
    }
    shell.file("k/kustomization.yaml", "resources: [../web.yaml]\n");
    let built = shell.must("kubectl kustomize k --load-restrictor LoadRestrictionsNone");
    assert!(built.starts_with("apiVersion: apps/v1\nkind: Deployment\n"), "{built}");
}

#[test]
fn a_recorded_command_line() {
    let shell = client();
    let deprecated = "Flag --record has been deprecated, --record will be removed in the future\n";
    let cause = "-o=jsonpath={.metadata.annotations.kubernetes\\.io/change-cause}";
    for (line, recorded) in [
        (
            "kubectl set image deploy/web web=nginx:1 --record",
            "kubectl set image deploy/web web=nginx:1 --record=true",
        ),
        (
            "kubectl -n default scale deploy/web --replicas=3 --record",
            "kubectl scale deploy/web --namespace=default --replicas=3 --record=true",
        ),
        ("kubectl annotate deploy web a=b --record=true", "kubectl annotate deploy web a=b --record=true"),
        (
            "kubectl patch deploy web -p {\"spec\":{\"replicas\":1}} --record",
            "kubectl patch deploy web --patch={\"spec\":{\"replicas\":1}} --record=true",
        ),
        ("kubectl apply -f web.yaml --record", "kubectl apply --filename=web.yaml --record=true"),
    ] {
        let said = shell.run(line);
        assert_eq!((said.stderr.as_str(), said.rc), (deprecated, 0), "{line}");
        assert_eq!(shell.must(&format!("kubectl get deploy web {cause}")), recorded, "{line}");
    }
    shell.must("kubectl set image deploy/web web=nginx:2 --record");
    shell.must("kubetick tick 5s -q");
    let history = shell.must("kubectl rollout history deploy/web");
    assert!(history.contains("kubectl set image deploy/web web=nginx:2 --record=true\n"), "{history}");
    let made = shell.run("kubectl run x --image=nginx --record --dry-run=client -o yaml").stdout;
    assert!(
        made.contains("    kubernetes.io/change-cause: kubectl run x --image=nginx --record=true --dry-run=client\n      --output=yaml\n"),
        "{made}"
    );
    refuses(
        &shell,
        &[(
            "kubectl set env deploy/web A=2 --record",
            "error: unknown flag: --record\nSee 'kubectl set env --help' for usage.",
        )],
    );
}
