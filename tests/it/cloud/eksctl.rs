//! What eksctl does around clusters: who enters, which roles pods have, nodes emptied, versions raised.

use crate::shell::Shell;

const CONFIG: &str = r#"
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: lab, region: eu-central-1, version: "1.30"}
accessConfig:
  accessEntries:
  - principalARN: arn:aws:iam::111122223333:role/viewer
    accessPolicies:
    - {policyARN: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", accessScope: {type: cluster}}
iam:
  podIdentityAssociations:
  - {namespace: kube-system, serviceAccountName: scaler, wellKnownPolicies: {autoScaler: true}}
addons: [{name: eks-pod-identity-agent}]
managedNodeGroups:
- {name: ng1, instanceType: m5.large, minSize: 1, desiredCapacity: 2, maxSize: 4}
- {name: ng2, instanceType: m5.large, minSize: 1, desiredCapacity: 1, maxSize: 4}
"#;

fn lab() -> Shell {
    let shell = Shell::empty();
    shell.file("lab.yaml", CONFIG);
    shell.must("kubetick cluster create -f lab.yaml");
    shell.must("kubetick tick -q 1m");
    shell
}

/// Log lines without their times.
fn told(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.get(20..)).collect()
}

#[test]
fn entries_and_associations_come_with_the_configuration() {
    let shell = lab();
    let entries = shell.must("eksctl get accessentry --cluster lab -o json");
    assert!(entries.contains("role/viewer") && entries.contains("AmazonEKSViewPolicy"), "{entries}");
    let table = shell.must("eksctl get podidentityassociation --cluster lab");
    assert!(table.starts_with("ASSOCIATION ARN\t"), "{table}");
    assert!(table.contains(":role/eksctl-lab-podidentityrole-kube-system-scale"), "{table}");
    let stacks = shell.must("eksctl utils describe-stacks --cluster lab -o json");
    assert!(stacks.contains("\"StackName\": \"eksctl-lab-podidentityrole-kube-system-scaler\""), "{stacks}");
    let again = shell.must("eksctl create accessentry -f lab.yaml");
    assert_eq!(told(&again), ["[ℹ]  access entries already up-to-date"]);
}

#[test]
fn an_association_is_made_changed_and_taken_away() {
    let shell = lab();
    let of = "--cluster lab --namespace shop --service-account-name web";
    let role = "arn:aws:iam::111122223333:role/web";
    let refused = shell.run(&format!("eksctl create podidentityassociation {of}"));
    assert_eq!(
        refused.stderr,
        "Error: at least one of the following flags must be specified: --role-arn, --permission-policy-arns, --well-known-policies\n"
    );
    let made = shell.must(&format!("eksctl create podidentityassociation {of} --role-arn {role}"));
    assert_eq!(
        told(&made),
        [
            "[ℹ]  1 task: { create pod identity association for service account `web` in namespace `shop` }",
            "[ℹ]  created pod identity association for service account \"web\" in namespace \"shop\"",
            "[ℹ]  all tasks were completed successfully",
        ]
    );
    let changed = shell.must(&format!("eksctl update podidentityassociation {of} --role-arn {role}-2"));
    assert!(
        changed.contains(&format!("updated role ARN \"{role}-2\" for pod identity association \"shop/web\""))
    );
    shell.must(&format!("eksctl delete podidentityassociation {of}"));
    let left = shell.must("eksctl get podidentityassociation --cluster lab --namespace shop");
    assert_eq!(left, "No podidentityassociations found\n");
    shell.must("eksctl delete addon --cluster lab --name eks-pod-identity-agent");
    let refused = shell.run(&format!("eksctl create podidentityassociation {of} --role-arn {role}"));
    assert!(
        refused.stderr.contains("the \"eks-pod-identity-agent\" addon must be installed"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_drained_group_has_no_pods_and_takes_some_again() {
    let shell = lab();
    shell.must("kubectl create deployment web --image=nginx --replicas=6");
    shell.must("kubetick tick -q 30s");
    let lines = shell.must("eksctl drain nodegroup --cluster lab --name ng1");
    let lines = told(&lines);
    assert_eq!(lines[1], "[ℹ]  will drain 1 nodegroup(s) in cluster \"lab\"");
    assert_eq!(lines[2], "[ℹ]  starting parallel draining, max in-flight of 1");
    assert_eq!(lines.iter().filter(|line| line.starts_with("[ℹ]  cordon node \"ip-")).count(), 2);
    assert!(lines.last().unwrap().starts_with("[✔]  drained all nodes: [ip-"), "{lines:?}");
    let nodes = shell.must("kubectl get nodes -l alpha.eksctl.io/nodegroup-name=ng1 -o name");
    for node in nodes.lines().map(|line| line.trim_start_matches("node/")) {
        let pods = shell.must(&format!("kubectl get pods -o name --field-selector spec.nodeName={node}"));
        assert_eq!(pods, "");
    }
    shell.must("eksctl drain nodegroup --cluster lab --name ng1 --undo");
    assert!(!shell.must("kubectl get nodes").contains("SchedulingDisabled"));
    let gone = shell.must("eksctl delete nodegroup --cluster lab --name ng1");
    let tail: Vec<&str> = told(&gone).into_iter().rev().take(3).collect();
    assert_eq!(
        tail,
        [
            "[✔]  deleted 1 nodegroup(s) from cluster \"lab\"",
            "[ℹ]  will delete stack \"eksctl-lab-nodegroup-ng1\"",
            "[ℹ]  1 task: { 1 task: { delete nodegroup \"ng1\" [async] } }",
        ]
    );
}

#[test]
fn a_cluster_is_upgraded_when_it_is_approved() {
    let shell = lab();
    let plan = shell.must("eksctl upgrade cluster --name lab");
    let change = "upgrade cluster \"lab\" control plane from current version \"1.30\" to \"1.31\"";
    assert_eq!(told(&plan)[0], format!("[ℹ]  (plan) would {change}"));
    assert!(told(&plan).last().unwrap().contains("run again with '--approve'"));
    let far = shell.run("eksctl upgrade cluster --name lab --version 1.33 --approve");
    assert!(far.stderr.contains("Please upgrade to \"1.31\" first"), "{}", far.stderr);
    let done = shell.must("eksctl upgrade cluster --name lab --approve");
    assert_eq!(told(&done)[1], "[✔]  cluster \"lab\" control plane has been upgraded to version \"1.31\"");
    assert!(
        shell.must("eksctl get nodegroup --cluster lab --name ng1 -o yaml").contains("Version: \"1.30\"")
    );
    shell.must("eksctl upgrade nodegroup --cluster lab --name ng1 --kubernetes-version 1.31");
    assert!(
        shell.must("eksctl get nodegroup --cluster lab --name ng1 -o yaml").contains("Version: \"1.31\"")
    );
    let behind = shell.must("eksctl utils update-kube-proxy --cluster lab");
    assert_eq!(told(&behind)[0], "[✖]  (plan) \"kube-proxy\" is not up-to-date");
    shell.must("eksctl utils update-kube-proxy --cluster lab --approve");
    let up = shell.must("eksctl utils update-kube-proxy --cluster lab");
    assert_eq!(told(&up), ["[ℹ]  \"kube-proxy\" is already up-to-date"]);
}

/// What a dry run prints is a configuration: the cluster made of it is the one that would have been made.
#[test]
fn a_dry_run_prints_a_configuration() {
    let shell = Shell::empty();
    let line = "eksctl create cluster --name shop --region eu-west-1 --version 1.31 --nodes 3";
    let config = shell.must(&format!("{line} --dry-run"));
    assert!(config.contains("authenticationMode: API_AND_CONFIG_MAP"), "{config}");
    shell.file("shop.yaml", &config);
    shell.must("eksctl create cluster -f shop.yaml");
    assert_eq!(shell.must("kubectl get nodes -o name").lines().count(), 3);
}

#[test]
fn the_mode_is_changed_when_entries_do_not_count_yet() {
    let shell = Shell::empty();
    shell.must("kubetick cluster create old --version 1.27");
    let refused = shell.run("eksctl get accessentry --cluster old");
    assert!(
        refused.stderr.starts_with("Error: access entries API is not currently enabled"),
        "{}",
        refused.stderr
    );
    let done = shell.must(
        "eksctl utils update-authentication-mode --cluster old --authentication-mode API_AND_CONFIG_MAP",
    );
    assert!(
        done.contains("authentication mode was successfully updated to API_AND_CONFIG_MAP on cluster old")
    );
    assert!(shell.must("eksctl get accessentry --cluster old").contains(":user/admin"));
}

#[test]
fn logs_of_the_control_plane_are_switched_on_and_off() {
    let shell = Shell::empty();
    shell.must("kubetick cluster create lab --version 1.30 --region eu-west-1");
    let update =
        |flags: &str| shell.run(&format!("eksctl utils update-cluster-logging --cluster lab {flags}"));
    assert_eq!(
        update("").stderr,
        "Error: at least one flag has to be provided: --enable-types, --disable-types\n"
    );
    assert!(update("--enable-types nope").stderr.contains("unknown log type nope."));
    let of = "CloudWatch logging for cluster \"lab\" in \"eu-west-1\"";
    let plan = update("--enable-types api,audit").stdout;
    assert_eq!(
        told(&plan)[0],
        format!(
            "[ℹ]  (plan) would update {of} (enable types: api, audit & disable types: authenticator, controllerManager, scheduler)"
        )
    );
    let done = update("--enable-types all --disable-types audit --approve").stdout;
    assert_eq!(
        *told(&done).last().unwrap(),
        format!(
            "[✔]  configured {of} (enabled types: api, authenticator, controllerManager, scheduler & disabled types: audit)"
        )
    );
    let again = update("--disable-types audit --approve").stdout;
    assert_eq!(told(&again), [format!("[✔]  {of} is already up-to-date")]);
    let shown = shell.must("aws eks describe-cluster --name lab --query 'cluster.logging.clusterLogging[?enabled==`false`].types[]'");
    assert_eq!(shown, "[\n    \"audit\"\n]\n");
}

/// What was made before something failed is whole: an entry has its stack.
#[test]
fn an_entry_that_fails_leaves_those_before_it() {
    let shell = Shell::empty();
    shell.must("kubetick cluster create lab --region eu-west-1 --version 1.31");
    let file = |second: &str| {
        let entries = format!(
            "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {{name: lab, region: eu-west-1}}\naccessConfig:\n  accessEntries:\n  - principalARN: arn:aws:iam::111122223333:role/a\n{second}"
        );
        shell.file("lab.yaml", &entries);
    };
    file("  - principalARN: nobody\n");
    assert_ne!(shell.run("eksctl create accessentry -f lab.yaml").rc, 0);
    file("");
    let told = shell.must("eksctl create accessentry -f lab.yaml");
    assert!(told.contains("access entries already up-to-date"), "{told}");
}
