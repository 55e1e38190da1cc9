//! What kubectl does by itself, held against the output of real clients (1.33.1 unless a line says otherwise).

use crate::shell::Shell;

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: nginx, env: [{name: A, value: \"1\"}, {name: P, valueFrom: {secretKeyRef: {name: s, key: pass}}}]}
";

fn client(version: &str) -> Shell {
    let mut shell = Shell::new();
    shell.env("KUBETICK_KUBECTL_VERSION", version);
    shell.file("web.yaml", DEPLOYMENT);
    shell
}

/// Runs lines that must end well and print exactly this.
fn says(shell: &Shell, cases: &[(&str, &str)]) {
    for (line, stdout) in cases {
        let said = shell.run(line);
        assert_eq!((said.stdout.as_str(), said.stderr.as_str()), (*stdout, ""), "{line}");
    }
}

/// Runs lines that must fail with exactly this.
fn complains(shell: &Shell, cases: &[(&str, &str)]) {
    for (line, stderr) in cases {
        let said = shell.run(line);
        assert_eq!((said.stderr.as_str(), said.rc), (*stderr, 1), "{line}");
    }
}

#[test]
fn objects_made_from_flags() {
    let shell = client("1.33.1");
    shell.file("f1.txt", "hello\nworld\n");
    says(
        &shell,
        &[
            (
                "kubectl create configmap c --append-hash --from-literal=a=1 --dry-run=client -o name",
                "configmap/c-9dtcmmmm5t\n",
            ),
            (
                "kubectl create secret generic s --from-file=f1.txt --append-hash --dry-run=client -o name",
                "secret/s-ct955f8ch9\n",
            ),
            (
                "kubectl create clusterrole r --aggregation-rule=a=b,c=d --dry-run=client -o yaml",
                "aggregationRule:\n  clusterRoleSelectors:\n  - matchLabels:\n      a: b\n      c: d\napiVersion: rbac.authorization.k8s.io/v1\n\
                 kind: ClusterRole\nmetadata:\n  creationTimestamp: null\n  name: r\nrules: null\n",
            ),
            (
                "kubectl run p --image=nginx --dry-run=client -o yaml --override-type=strategic \
                 --overrides={\"spec\":{\"containers\":[{\"name\":\"p\",\"tty\":true}]}}",
                "apiVersion: v1\nkind: Pod\nmetadata:\n  creationTimestamp: null\n  labels:\n    run: p\n  name: p\nspec:\n  containers:\n  \
                 - image: nginx\n    name: p\n    resources: {}\n    tty: true\n  dnsPolicy: ClusterFirst\n  restartPolicy: Always\nstatus: {}\n",
            ),
        ],
    );
    let exposed = shell.must("kubectl run p --image=nginx --port=80 --expose --dry-run=client -o yaml");
    assert!(exposed.contains("  loadBalancer: {}\n---\n---\napiVersion: v1\nkind: Pod\n"), "{exposed}");
    complains(
        &shell,
        &[
            (
                "kubectl create clusterrole r --verb=get --aggregation-rule=a=b",
                "error: aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames\n",
            ),
            (
                "kubectl create role r --verb=get --resource=nope",
                "the server doesn't have a resource type \"nope\"\n",
            ),
            (
                "kubectl run p --image=nginx --dry-run=client --override-type=foo --overrides={}",
                "error: invalid override type: foo\n",
            ),
            (
                "kubectl create foo bar",
                "error: Unexpected args: [foo bar]\nSee 'kubectl create -h' for help and examples\n",
            ),
        ],
    );
}

#[test]
fn fields_set_in_files_and_on_the_server() {
    let shell = client("1.33.1");
    shell.must("kubectl apply -f web.yaml");
    shell.must("kubectl create secret generic s --from-literal=pass=hunter2");
    says(
        &shell,
        &[
            (
                "kubectl set env deploy/web --list --resolve",
                "# Deployment web, container web\nA=1\nP=hunter2\n",
            ),
            ("kubectl set env -f web.yaml --local =2", ""),
            ("kubectl set env -f web.yaml --local A=2 -o name", "deployment.apps/web\n"),
            (
                "kubectl patch -f web.yaml --local --type=json -o jsonpath={.spec.replicas} -p [{\"op\":\"remove\",\"path\":\"/spec/replicas\"}]",
                "",
            ),
        ],
    );
    shell.file(
        "ip.yaml",
        &DEPLOYMENT.replace("secretKeyRef: {name: s, key: pass}", "fieldRef: {fieldPath: status.podIP}"),
    );
    let unresolved = shell.run("kubectl set env -f ip.yaml --local --list --resolve");
    assert_eq!(
        (unresolved.stdout.as_str(), unresolved.stderr.as_str()),
        (
            "# Deployment web, container web\nA=1\n# P from field path status.podIP\n",
            "error retrieving reference for P: unsupported fieldPath: status.podIP\n"
        )
    );
    let unmatched = shell.run("kubectl set env deploy/web C=1 --containers=nope");
    assert_eq!(
        (unmatched.stderr.as_str(), unmatched.rc),
        ("Warning: Deployment/web does not have any containers matching \"nope\"\n", 0)
    );
    let set = shell.must("kubectl set image deploy/web web=nginx:2 --dry-run=client -o yaml");
    assert!(set.contains("    metadata:\n      creationTimestamp: null\n      labels:\n"), "{set}");
    complains(
        &shell,
        &[
            (
                "kubectl set env -f web.yaml --local A=1 B",
                "error: all resources must be specified before environment changes: A=1 B\n",
            ),
            (
                "kubectl set image -f web.yaml --local web=x foo",
                "error: all resources must be specified before image changes: foo\n",
            ),
            (
                "kubectl set image -f web.yaml --local web",
                "error: you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   \
                 '-f rsrc.yaml'\n   '--filename=rsrc.json'\n",
            ),
            (
                "kubectl set subject -f web.yaml --local --user=x",
                "error: deployment.apps/web\n setting subjects is only supported for RoleBinding/ClusterRoleBinding\n",
            ),
            (
                "kubectl patch -f web.yaml --local --type=json -p [{\"op\":\"replace\",\"path\":\"/spec/template/spec/containers/9\",\"value\":{}}]",
                "error: Object to be patched is missing field (/spec/template/spec/containers/9: missing value)\n",
            ),
        ],
    );
}

#[test]
fn words_differ_by_the_version_of_the_client() {
    for (version, logs, create) in [
        (
            "1.29.14",
            "Error from server (NotFound): pods \"nope\" not found\n",
            "Error: must specify one of -f and -k\n\nerror: unknown command \"foo bar\"\nSee 'kubectl create -h' for help and examples\n",
        ),
        (
            "1.31.9",
            "error: error from server (NotFound): pods \"nope\" not found in namespace \"default\"\n",
            "error: Unexpected args: [foo bar]\nSee 'kubectl create -h' for help and examples\n",
        ),
    ] {
        let shell = client(version);
        complains(&shell, &[("kubectl logs nope", logs), ("kubectl create foo bar", create)]);
    }
}

#[test]
fn a_version_behind_a_short_name_counts_for_old_clients() {
    for (version, read) in [("1.28.15", "autoscaling/v1"), ("1.29.14", "autoscaling/v2")] {
        let shell = client(version);
        shell.must("kubectl apply -f web.yaml");
        shell.must("kubectl autoscale deployment web --max=3 --cpu-percent=50");
        assert_eq!(
            shell.must("kubectl get hpa.v1.autoscaling web -o jsonpath={.apiVersion}"),
            read,
            "{version}"
        );
    }
}

#[test]
fn several_nodes_that_cannot_be_drained_have_a_line_each() {
    let shell = client("1.36.2");
    shell.must("kubectl create ns a");
    let said = shell.run("kubectl drain -l kubernetes.io/os=linux --dry-run=client");
    let refusals =
        said.stderr.lines().filter(|l| l.starts_with("cannot delete DaemonSet-managed Pods")).count();
    let nodes = shell.must("kubectl get nodes -o name").lines().count();
    assert_eq!(refusals, nodes, "{}", said.stderr);
}

#[test]
fn two_words_are_a_type_and_the_beginning_of_a_name() {
    let shell = client("1.33.1");
    shell.must("kubectl apply -f web.yaml");
    let said = shell.run("kubectl describe pods/nope deploy/web");
    assert_eq!(
        (said.stdout.as_str(), said.stderr.as_str(), said.rc),
        ("", "Error from server (NotFound): pods \"nope\" not found\n", 1)
    );
}

#[test]
fn clusters_and_users_of_a_kubeconfig() {
    let mut shell = client("1.33.1");
    shell.env("KUBECONFIG", "mine");
    shell.file("tls.crt", "x");
    says(
        &shell,
        &[
            (
                "kubectl config set-cluster c --server=https://x --insecure-skip-tls-verify --tls-server-name=n",
                "Cluster \"c\" set.\n",
            ),
            (
                "kubectl config set-cluster c --certificate-authority=tls.crt --embed-certs",
                "Cluster \"c\" set.\n",
            ),
            ("kubectl config set-credentials u --username=a --password=b", "User \"u\" set.\n"),
            ("kubectl config set-credentials u --token=t", "User \"u\" set.\n"),
            (
                "kubectl config set-credentials ex --exec-command=/bin/x --exec-api-version=client.authentication.k8s.io/v1 \
                 --exec-arg=a --exec-env=K=V",
                "User \"ex\" set.\n",
            ),
            ("kubectl config set-context n --user=u --cluster=c", "Context \"n\" created.\n"),
        ],
    );
    let written = std::fs::read_to_string(shell.home().join("work/mine")).unwrap();
    let expected = "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: eA==\n    server: https://x\n    tls-server-name: \"n\"\n  \
                 name: c\ncontexts:\n- context:\n    cluster: c\n    user: u\n  name: \"n\"\ncurrent-context: \"\"\nkind: Config\npreferences: {}\n\
                 users:\n- name: ex\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      args:\n      - a\n      \
                 command: /bin/x\n      env:\n      - name: K\n        value: V\n      provideClusterInfo: false\n- name: u\n  user:\n    token: t\n";
    assert_eq!(written, expected);
    complains(
        &shell,
        &[
            (
                "kubectl config set-cluster c --certificate-authority=tls.crt --insecure-skip-tls-verify",
                "error: you cannot specify a certificate authority and insecure mode at the same time\n",
            ),
            (
                "kubectl config set-credentials u --token=t --username=a",
                "error: you cannot specify more than one authentication method at the same time: --token, --username/--password\n",
            ),
        ],
    );
}

#[test]
fn a_kubeconfig_may_consist_of_several_files() {
    let mut shell = client("1.33");
    shell.env("KUBECONFIG", "a.yaml:missing.yaml::b.yaml");
    shell.file(
        "a.yaml",
        "\
apiVersion: v1
kind: Config
clusters:
- {name: one, cluster: {server: \"https://one\"}}
contexts:
- {name: c1, context: {cluster: one, user: u1}}
users:
- {name: u1, user: {token: abc}}
",
    );
    shell.file(
        "b.yaml",
        "\
apiVersion: v1
kind: Config
current-context: c2
clusters:
- {name: one, cluster: {server: \"https://other\"}}
- {name: two, cluster: {server: \"https://two\"}}
contexts:
- {name: c1, context: {cluster: two, user: u2}}
- {name: c2, context: {cluster: two, user: u2, namespace: x}}
users:
- {name: u2, user: {token: def}}
",
    );
    says(
        &shell,
        &[
            (
                "kubectl config get-contexts",
                "\
CURRENT   NAME   CLUSTER   AUTHINFO   NAMESPACE
          c1     one       u1         
*         c2     two       u2         x
",
            ),
            ("kubectl config get-contexts c2 c1 c1 -o name", "c1\nc1\nc2\n"),
            ("kubectl config set-context --current --namespace=shop", "Context \"c2\" modified.\n"),
            ("kubectl config use-context c1", "Switched to context \"c1\".\n"),
            ("kubectl config rename-context c2 cc", "Context \"c2\" renamed to \"cc\".\n"),
            ("kubectl config delete-cluster one", "deleted cluster one from a.yaml\n"),
        ],
    );
    complains(
        &shell,
        &[(
            "kubectl config get-contexts -o yaml",
            "error: --output yaml is not available in kubectl config get-contexts; resetting to default output format\n",
        )],
    );
    let file = |name: &str| std::fs::read_to_string(shell.home().join("work").join(name)).unwrap();
    assert_eq!(
        file("a.yaml"),
        "\
apiVersion: v1
clusters: null
contexts:
- context:
    cluster: one
    user: u1
  name: c1
current-context: c1
kind: Config
preferences: {}
users:
- name: u1
  user:
    token: abc
"
    );
    assert_eq!(
        file("b.yaml"),
        "\
apiVersion: v1
clusters:
- cluster:
    server: https://other
  name: one
- cluster:
    server: https://two
  name: two
contexts:
- context:
    cluster: two
    user: u2
  name: c1
- context:
    cluster: two
    namespace: shop
    user: u2
  name: cc
current-context: c2
kind: Config
preferences: {}
users:
- name: u2
  user:
    token: def
"
    );
}

#[test]
fn what_goes_nowhere_needs_no_server() {
    let mut shell = client("1.33");
    shell.env("KUBECONFIG", "nobody.yaml");
    shell.file(
        "nobody.yaml",
        "\
apiVersion: v1
kind: Config
current-context: c
clusters: [{name: c, cluster: {server: \"https://127.0.0.1:1\"}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
users: [{name: u, user: {token: t}}]
",
    );
    says(
        &shell,
        &[
            ("kubectl create deployment d --image=i --dry-run=client -o name", "deployment.apps/d\n"),
            ("kubectl create ns x --dry-run=client", "namespace/x created (dry run)\n"),
            (
                "kubectl create clusterrole r --verb=get --non-resource-url=/x --dry-run=client -o name",
                "clusterrole.rbac.authorization.k8s.io/r\n",
            ),
            ("kubectl set image -f web.yaml web=nginx:1 --local -o name", "deployment.apps/web\n"),
            ("kubectl annotate -f web.yaml a=b --local", "deployment.apps/web annotated\n"),
            (
                "kubectl patch -f web.yaml -p {\"spec\":{\"replicas\":3}} --local -o jsonpath={.spec.replicas}",
                "3",
            ),
        ],
    );
    for line in [
        "kubectl create role r --verb=get --resource=pods --dry-run=client",
        "kubectl run p --image=i --dry-run=client",
        "kubectl get pods",
    ] {
        let said = shell.run(line);
        let refused = "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n";
        assert!(said.rc == 1 && said.stderr.ends_with(refused), "{line}: {}", said.stderr);
    }
}

/// What only its owner may read stays so, and a link stays a link.
#[cfg(unix)]
#[test]
fn a_kubeconfig_keeps_its_mode_and_its_place() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let mut shell = client("1.33");
    shell.env("KUBECONFIG", "link.yaml");
    shell.file("real.yaml", "{apiVersion: v1, kind: Config}\n");
    let path = |name: &str| shell.home().join("work").join(name);
    std::fs::set_permissions(path("real.yaml"), PermissionsExt::from_mode(0o600)).unwrap();
    symlink("real.yaml", path("link.yaml")).unwrap();
    shell.must("kubectl config set-cluster c --server=https://x");
    assert!(path("link.yaml").symlink_metadata().unwrap().is_symlink());
    assert!(std::fs::read_to_string(path("real.yaml")).unwrap().contains("https://x"));
    assert_eq!(path("real.yaml").metadata().unwrap().permissions().mode() & 0o777, 0o600);
}
