//! As its sibling, of commands about revisions, one field of an object, access, and what is waited for.

use super::against_real_clients::{client, refuses};

const FORMATS: &str = "error: unable to match a printer suitable for the output format \"foo\", allowed formats are: \
                       go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,yaml";

#[test]
fn revisions_in_formats() {
    let shell = client();
    shell.must("kubectl set image deploy/web web=nginx:1.27");
    let daemons = "\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: d}
spec:
  selector: {matchLabels: {app: d}}
  template:
    metadata: {labels: {app: d}}
    spec: {containers: [{name: web, image: NGINX}]}
";
    for image in ["nginx:1", "nginx:2"] {
        shell.file("d.yaml", &daemons.replace("NGINX", image));
        shell.must("kubectl apply -f d.yaml");
        shell.must("kubetick tick 5s -q");
    }
    let images = "-o jsonpath={.spec.template.spec.containers[0].image},";
    for (line, stdout) in [
        (format!("kubectl rollout history deploy/web {images}"), "nginx,nginx:1.27,"),
        (format!("kubectl rollout history deploy/web --revision=2 {images}"), "nginx:1.27,"),
        (format!("kubectl rollout history ds/d {images}"), "nginx:1,nginx:2,"),
        ("kubectl rollout history ds/d --revision=1 -o name".to_string(), "daemonset.apps/d\n"),
        ("kubectl rollout history deploy/web --revision=1 -o jsonpath={.kind}".to_string(), "ReplicaSet"),
    ] {
        assert_eq!(shell.must(&line), stdout, "{line}");
    }
    let names = shell.must("kubectl rollout history deploy/web ds/d -o name");
    let sets = names.lines().filter(|line| line.starts_with("replicaset.apps/web-")).count();
    assert_eq!((sets, names.lines().count()), (2, 4), "{names}");
    let documents = shell.must("kubectl rollout history deploy/web -o yaml");
    assert!(documents.starts_with("apiVersion: apps/v1\nkind: ReplicaSet\n"), "{documents}");
    assert!(documents.contains("\n---\napiVersion: apps/v1\nkind: ReplicaSet\n"), "{documents}");
    refuses(
        &shell,
        &[
            ("kubectl rollout history deploy/zz -o foo", FORMATS),
            (
                "kubectl rollout history deploy/web --revision=7 -o yaml",
                "error: unable to find the specified revision",
            ),
            (
                "kubectl rollout history deploy/zz --revision=-1 -o foo",
                "error: revision must be a positive integer: -1",
            ),
            ("kubectl config view -o foo", FORMATS),
            ("kubectl explain pods --output=foo", "error: unrecognized format: foo"),
            ("kubectl explain pods.zz --output=foo", "error: unrecognized format: foo"),
        ],
    );
}

#[test]
fn one_field_of_the_wrong_object() {
    let shell = client();
    shell.must("kubectl create service clusterip web --tcp=80");
    let of_service =
        "error: services/web the object is not a pod or does not have a pod template: *v1.Service";
    refuses(
        &shell,
        &[
            (
                "kubectl set image deploy/web web=",
                "error: failed to patch image update to pod template: Deployment.apps \"web\" is invalid: \
                 spec.template.spec.containers[0].image: Required value",
            ),
            ("kubectl set image svc/web x=y", of_service),
            ("kubectl set env svc/web A=b", of_service),
            ("kubectl set resources svc/web --limits=cpu=1", of_service),
            ("kubectl set sa svc/web x", of_service),
            (
                "kubectl set sa cm/cm x",
                "error: configmaps/cm the object is not a pod or does not have a pod template: *v1.ConfigMap",
            ),
            (
                "kubectl set subject deploy/web --user=a",
                "error: deployments/web setting subjects is only supported for RoleBinding/ClusterRoleBinding",
            ),
            (
                "kubectl set env deploy/web --from=cm",
                "error: resource(s) were provided, but no name was specified",
            ),
            (
                "kubectl set env deploy/web --from=deploy/web",
                "error: unsupported resource specified in --from",
            ),
            (
                "kubectl set env deploy/web --from=configmap/",
                "error: arguments in resource/name form must have a single resource and name",
            ),
            ("kubectl create job j --from=cj", "error: resource(s) were provided, but no name was specified"),
            (
                "kubectl create job j --from=cronjob/",
                "error: arguments in resource/name form must have a single resource and name",
            ),
            (
                "kubectl set selector svc/web",
                "error: You must provide one or more resources by argument or filename.\nExample resource specifications \
                 include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
            ),
            ("kubectl set selector svc web", "error: resource(s) were provided, but no name was specified"),
            (
                "kubectl set selector svc/web a,b=c",
                "error: match expression [{a Exists []}] not supported on this object",
            ),
            ("kubectl set selector svc/web a!=b", "error: \"!=\" is not a valid label selector operator"),
            (
                "kubectl set selector svc/web a=b=c",
                "error: couldn't parse the selector string \"a=b=c\": found '=', expected: ',' or 'end of string'",
            ),
        ],
    );
    shell.must("kubectl set selector svc/web a=b,c=");
    assert_eq!(shell.must("kubectl get svc web -o jsonpath={.spec.selector}"), "{\"a\":\"b\",\"c\":\"\"}");
}

#[test]
fn labels_and_access() {
    let shell = client();
    let at_least = "error: at least one label update is required";
    let two = "error: you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' \
         for help and examples.";
    let neither =
        "error: list option can't be specified with neither quiet, all-namespaces nor subresource options";
    refuses(
        &shell,
        &[
            ("kubectl label po --all -l a=b x=y", "error: cannot set --all and --selector at the same time"),
            (
                "kubectl annotate po --all --field-selector a=b x=y",
                "error: cannot set --all and --field-selector at the same time",
            ),
            ("kubectl label cm cm =b", at_least),
            ("kubectl label cm cm -", at_least),
            ("kubectl annotate cm cm =b", "error: at least one annotation update is required"),
            ("kubectl label cm cm a=b =c", "error: all resources must be specified before label changes: =c"),
            ("kubectl auth can-i get pods/p1 x", two),
            ("kubectl auth can-i get pods x", two),
            ("kubectl auth can-i --list foo", "error: list option must be specified with no arguments"),
            ("kubectl auth can-i --list -q", neither),
            ("kubectl auth can-i --list -A", neither),
            (
                "kubectl auth can-i get /p1 --subresource=x",
                "error: --subresource can not be used with NonResourceURL",
            ),
            (
                "kubectl auth can-i get pods --no-headers",
                "error: --no-headers cannot be set without --list specified",
            ),
        ],
    );
}

#[test]
fn subresources_nobody_has() {
    let mut shell = client();
    let missing = "Error from server (NotFound): the server could not find the requested resource";
    refuses(
        &shell,
        &[
            ("kubectl patch deploy/web --subresource=foo -p {}", missing),
            ("kubectl patch cm/cm --subresource=status -p {}", missing),
            ("kubectl get --raw /api/v1/namespaces/default/configmaps/cm/status", missing),
        ],
    );
    shell.env("KUBETICK_KUBECTL_VERSION", "1.31");
    refuses(
        &shell,
        &[(
            "kubectl patch deploy/web --subresource=foo -p {}",
            "error: invalid subresource value: \"foo\". Must be one of [status scale]",
        )],
    );
}

#[test]
fn which_lines_of_a_log() {
    let shell = client();
    shell.must("kubectl run p1 --image=nginx");
    shell.must("kubetick tick 10s -q");
    refuses(
        &shell,
        &[
            (
                "kubectl logs p1 --since=1m --since-time=2026-01-01T00:00:00Z",
                "error: at most one of `sinceTime` or `sinceSeconds` may be specified",
            ),
            (
                "kubectl logs p1 --all-containers -c p1",
                "error: --all-containers=true should not be specified with container name p1",
            ),
            ("kubectl logs p1 --since=-1m", "error: --since must be greater than 0"),
            ("kubectl logs p1 --limit-bytes=-1", "error: --limit-bytes must be greater than 0"),
            ("kubectl logs p1 --tail=-5", "error: --tail must be greater than or equal to -1"),
        ],
    );
    shell.must("kubectl logs p1 --since=0s --since-time=2026-01-01T00:00:00Z");
}

#[test]
fn paths_to_wait_for() {
    let shell = client();
    let path = "error: unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or \
                '{.name1.name2}'";
    let format = "error: jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or \
                  --for=jsonpath='{.status.readyReplicas}'";
    refuses(
        &shell,
        &[
            ("kubectl wait cm/cm --for=jsonpath={.a}==b", path),
            ("kubectl wait cm/cm --for=jsonpath={.a}=b=c", format),
            ("kubectl wait cm/cm --for=jsonpath={.a[?(@.b!=1)].c}=y", format),
            (
                "kubectl wait cm/cm --for=jsonpath={.metadata.name}={..} --timeout=1s",
                "error: timed out waiting for the condition on configmaps/cm",
            ),
            (
                "kubectl wait cm/cm --for=jsonpath={..}",
                "error: given jsonpath expression matches more than one value",
            ),
        ],
    );
    shell.must("kubectl wait cm/cm --for=jsonpath={.metadata.name}=cm");
    shell.must(
        "kubectl wait deploy/web --for=jsonpath={.status.conditions[?(@.type==\"Available\")].status}=True",
    );
}

#[test]
fn what_has_no_order() {
    let shell = client();
    shell.must("kubectl create configmap dm");
    let line = |place: &str, holder: &str| {
        format!(
            "F0101 00:00:00.000000       1 sorter.go:{place}] Field {{.metadata}} in {holder} is an unsortable type: \
             interface, err: unsortable type: map[string]interface {{}}"
        )
    };
    refuses(
        &shell,
        &[
            ("kubectl get cm --sort-by=.metadata", &line("375", "[][][]reflect.Value")),
            (
                "kubectl get cm --sort-by=.spec.foo -o name",
                "error: couldn't find any field with path \"{.spec.foo}\" in the list of objects",
            ),
            ("kubectl get cm --sort-by={metadata} -o name", &line("329", "*unstructured.Unstructured")),
        ],
    );
}

#[test]
fn what_may_be_pruned_is_known_first() {
    let shell = client();
    let format = "error: invalid GroupVersionKind format: foo, please follow <group/version/kind>";
    refuses(
        &shell,
        &[
            ("kubectl apply -f web.yaml --prune --all --prune-allowlist=foo", format),
            ("kubectl apply -f nope.yaml --prune --prune-allowlist=foo", format),
            (
                "kubectl apply -f web.yaml --prune --all --prune-allowlist=apps/v1/Foo",
                "error: no matches for kind \"Foo\" in version \"apps/v1\"",
            ),
            (
                "kubectl apply -f web.yaml --prune --all --prune-allowlist=core/v1/Foo",
                "error: no matches for kind \"Foo\" in version \"v1\"",
            ),
        ],
    );
}
