//! The cloud by its commands, end to end.

use crate::shell::Shell;

const CONFIG: &str = r#"
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: lab, region: ap-northeast-2, version: "1.29"}
iam:
  withOIDC: true
  serviceAccounts:
    - {metadata: {name: cluster-autoscaler, namespace: kube-system}, wellKnownPolicies: {autoScaler: true}}
    - {metadata: {name: controller, namespace: shop}, roleOnly: true, roleName: shop-controller}
addons: [{name: metrics-server}]
managedNodeGroups:
  - {name: ng1, instanceType: t3.medium, minSize: 1, desiredCapacity: 1, maxSize: 3, iam: {withAddonPolicies: {ebs: true}}}
"#;

/// Cluster Autoscaler of document 001, whose service account names no role by itself.
fn start_cluster_autoscaler(shell: &Shell) {
    let manifest = include_str!("../../walkthroughs/files/001-cluster-autoscaler.yaml")
        .replace("vintagepub-cluster", "lab");
    let own: String =
        manifest.lines().filter(|l| !l.contains("role-arn")).map(|l| format!("{l}\n")).collect();
    shell.file(
        "ca.yaml",
        &own.replace("  annotations:\n  labels:\n    k8s-addon", "  labels:\n    k8s-addon"),
    );
    shell.must("kubectl apply -f ca.yaml");
    shell.must("kubetick tick 30s -q");
}

/// A cluster that was there has what its configuration asks for: its Cluster Autoscaler works although the nodes' role
/// may do nothing.
#[test]
fn a_cluster_comes_with_its_service_accounts_and_add_ons() {
    let shell = Shell::empty();
    shell.file("lab.yaml", CONFIG);
    shell.must("kubetick cluster create -f lab.yaml");
    let arn = shell.must(
        "kubectl -n kube-system get sa cluster-autoscaler -o jsonpath='{.metadata.annotations.eks\\.amazonaws\\.com/role-arn}'",
    );
    assert!(arn.contains(":role/eksctl-lab-addon-iamserviceaccount-"), "{arn}");
    assert_eq!(shell.run("kubectl -n shop get sa controller").rc, 1, "only its role is made");
    shell.must("aws iam get-role --role-name shop-controller");
    assert!(shell.must("eksctl get addon --cluster lab").contains("metrics-server"));
    shell.must("kubectl -n kube-system get deployment metrics-server");
    start_cluster_autoscaler(&shell);
    let pods = shell.must("kubectl -n kube-system get pods -l app=cluster-autoscaler");
    assert!(pods.contains("1/1     Running"), "{pods}");
}

const TEMPLATE: &str = r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}}}, "Outputs": {"Url": {"Value": {"Ref": "Q"}}}}"#;

/// `deploy` where no cluster is yet: the account's own clock stands in.
#[test]
fn a_stack_needs_no_cluster() {
    let shell = Shell::empty();
    shell.file("t.json", TEMPLATE);
    let deploy = "aws cloudformation deploy --stack-name jobs --template-file t.json --region ap-northeast-2";
    let told = shell.must(deploy);
    assert!(told.ends_with("Successfully created/updated stack - jobs\n"), "{told}");
    assert!(shell.must(deploy).ends_with("No changes to deploy. Stack jobs is up to date\n"));
    let query =
        |line: &str| shell.must(&format!("aws cloudformation {line} --region ap-northeast-2 --output text"));
    let url = query("describe-stacks --stack-name jobs --query Stacks[0].Outputs[0].OutputValue");
    assert!(
        url.starts_with("https://sqs.ap-northeast-2.amazonaws.com/") && url.ends_with("/jobs\n"),
        "{url}"
    );
    assert_eq!(
        query("get-template --stack-name jobs --query TemplateBody.Resources.Q.Type"),
        "AWS::SQS::Queue\n"
    );
    query("delete-stack --stack-name jobs");
    query("wait stack-delete-complete --stack-name jobs");
    assert_eq!(
        shell.run("aws cloudformation describe-stacks --stack-name jobs --region ap-northeast-2").rc,
        254
    );
}

#[test]
fn a_node_group_takes_its_identity_with_it() {
    let shell = Shell::empty();
    shell.file("lab.yaml", CONFIG);
    shell.must("kubetick cluster create -f lab.yaml");
    let mapped = || shell.must("eksctl get iamidentitymapping --cluster lab");
    for (kind, told) in [
        ("--managed", "created 1 managed nodegroup(s) in cluster"),
        ("--managed=false", "created 1 nodegroup(s) in cluster"),
    ] {
        let made = shell.must(&format!(
            "eksctl create nodegroup --cluster lab --name ng2 --nodes 1 --nodes-max 2 {kind}"
        ));
        assert!(made.contains(told), "{made}");
        assert!(mapped().contains("nodegroup-ng2"), "{}", mapped());
        shell.must("eksctl delete nodegroup --cluster lab --name ng2 --wait");
        assert!(!mapped().contains("nodegroup-ng2") && mapped().contains("nodegroup-ng1"), "{}", mapped());
    }
}

/// Nodes may not touch their groups, the service account names no role: an association gives Cluster Autoscaler one.
#[test]
fn cluster_autoscaler_scales_with_a_pod_identity() {
    let shell = Shell::empty();
    let groups = "managedNodeGroups:\n  - {name: ng1, instanceType: t3.medium, minSize: 1, desiredCapacity: 1, maxSize: 3, iam: {withAddonPolicies: {ebs: true}}}\n";
    let head = &CONFIG[..CONFIG.find("iam:").unwrap()];
    shell.file("lab.yaml", &format!("{head}{groups}"));
    shell.must("kubetick cluster create -f lab.yaml");
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}]}"#;
    shell.file("trust.json", trust);
    shell.must("aws iam create-role --role-name ca --assume-role-policy-document file://trust.json");
    shell.must("aws iam attach-role-policy --role-name ca --policy-arn arn:aws:iam::aws:policy/AutoScalingFullAccess");
    start_cluster_autoscaler(&shell);
    let log = || shell.must("kubectl -n kube-system logs deploy/cluster-autoscaler --tail=-1");
    let previous = shell.run("kubectl -n kube-system logs deploy/cluster-autoscaler --previous").stdout;
    assert!((log() + &previous).contains("is not authorized to perform: autoscaling:"), "{}", log());
    let arn = shell.must("aws iam get-role --role-name ca --query Role.Arn --output text");
    let associate = "aws eks create-pod-identity-association --cluster-name lab --namespace kube-system --service-account cluster-autoscaler";
    shell.must(&format!("{associate} --role-arn {}", arn.trim()));
    shell.must("kubectl -n kube-system rollout restart deploy/cluster-autoscaler");
    shell.must("kubetick tick 30s -q");
    let previous = shell.run("kubectl -n kube-system logs deploy/cluster-autoscaler --previous").stdout;
    assert!((log() + &previous).contains("NoCredentialProviders: no valid providers in chain"), "{}", log());
    shell.must("aws eks create-addon --cluster-name lab --addon-name eks-pod-identity-agent");
    shell.must("aws eks wait addon-active --cluster-name lab --addon-name eks-pod-identity-agent");
    shell.must("kubectl -n kube-system rollout restart deploy/cluster-autoscaler");
    shell.must("kubectl create deployment web --image=nginx --replicas=12");
    shell.must("kubectl set resources deployment web --requests=cpu=300m");
    shell.must("kubetick tick 5m -q");
    let nodes = shell.must("kubectl get nodes -o name");
    assert_eq!(nodes.lines().count(), 3, "{nodes}");
}

/// A cluster by EKS alone: its control plane takes minutes, its nodes come with their group, and it goes after them.
#[test]
fn a_cluster_is_made_through_the_api() {
    let shell = Shell::empty();
    let aws = |line: &str| shell.must(&format!("aws {line} --region eu-west-1"));
    let create = "eks create-cluster --name prod --kubernetes-version 1.31 --role-arn arn:aws:iam::111122223333:role/eks --resources-vpc-config subnetIds=subnet-1,subnet-2";
    let made = aws(create);
    assert!(made.contains("\"status\": \"CREATING\"") && !made.contains("\"endpoint\""), "{made}");
    let again = shell.run(&format!("aws {create} --region eu-west-1"));
    assert!(again.stderr.contains("Cluster already exists with name: prod"), "{}", again.stderr);
    let early = shell.run("aws eks update-kubeconfig --name prod --region eu-west-1");
    assert!(early.stderr.contains("Cluster status is CREATING"), "{}", early.stderr);
    aws("eks wait cluster-active --name prod");
    aws("eks update-kubeconfig --name prod");
    assert!(shell.must("kubectl -n kube-system get pods").contains("Pending"));
    let group = "eks create-nodegroup --cluster-name prod --nodegroup-name w --subnets subnet-1 subnet-2 --node-role arn:aws:iam::111122223333:role/node";
    let told = aws(group);
    assert!(!told.contains("eksctl") && told.contains("\"diskSize\": 20"), "{told}");
    aws("eks wait nodegroup-active --cluster-name prod --nodegroup-name w");
    let labels = shell.must("kubectl get nodes --show-labels");
    assert!(labels.contains("eks.amazonaws.com/nodegroup=w") && !labels.contains("eksctl"), "{labels}");
    shell.must("kubetick tick -q 1m");
    assert!(!shell.must("kubectl -n kube-system get pods").contains("Pending"));
    assert_eq!(shell.must("eksctl get cluster").lines().nth(1).unwrap(), "prod\teu-west-1\tFalse");
    let refused = shell.run("aws eks delete-cluster --name prod --region eu-west-1");
    assert!(refused.stderr.contains("Cluster has nodegroups attached"), "{}", refused.stderr);
    aws("eks delete-nodegroup --cluster-name prod --nodegroup-name w");
    aws("eks wait nodegroup-deleted --cluster-name prod --nodegroup-name w");
    assert_eq!(aws("eks delete-cluster --name prod --query cluster.status"), "\"DELETING\"\n");
    aws("eks wait cluster-deleted --name prod");
    assert!(!aws("eks list-clusters").contains("prod"));
}

/// A new cluster's time begins where the clock in use stands, and goes on by itself: the other's stands.
#[test]
fn a_second_cluster_is_waited_for_in_its_own_time() {
    let shell = Shell::empty();
    shell.must("kubetick cluster create first --region eu-west-1 --version 1.30");
    let clock = || shell.must("date +%s");
    let before = clock();
    shell.must("aws eks create-cluster --name second --role-arn arn:aws:iam::111122223333:role/eks --resources-vpc-config subnetIds=subnet-1,subnet-2");
    shell.must("aws eks wait cluster-active --name second");
    assert_eq!(before, clock());
    assert_eq!(shell.must("aws eks describe-cluster --name second --query cluster.status"), "\"ACTIVE\"\n");
}

/// What a command waits for happens in the cluster that it names, whichever is in use.
#[test]
fn eksctl_waits_in_the_cluster_it_names() {
    let mut shell = Shell::new();
    shell.use_cluster("");
    shell.must("eksctl create cluster --name other --region ap-northeast-2 --version 1.33 --nodes 1");
    shell.must("kubetick cluster use lab");
    shell.must("eksctl create fargateprofile --cluster other --name fp --namespace jobs --tags team=shop");
    let profile =
        shell.must("aws eks describe-fargate-profile --cluster-name other --fargate-profile-name fp");
    assert!(
        profile.contains("\"status\": \"ACTIVE\"") && profile.contains("\"team\": \"shop\""),
        "{profile}"
    );
    shell.must("eksctl delete fargateprofile --cluster other --name fp --wait");
    shell.must("kubectl config use-context admin@other.ap-northeast-2.eksctl.io");
    shell.must("kubectl create deployment web --image=nginx");
    shell.must("kubectl create pdb web --selector=app=web --min-available=1");
    shell.must("kubetick tick 1m -q");
    shell.must("kubetick cluster use lab");
    let group = shell.must("eksctl get nodegroup --cluster other -o json");
    let group = kubetick::machinery::Value::parse(&group).unwrap().at("0").str_at("Name").to_string();
    let said = shell.run(&format!("eksctl drain nodegroup --cluster other --name {group} --timeout 2m"));
    assert!(
        said.rc == 1 && said.stderr.contains("timed out (after 2m0s) waiting for nodegroup"),
        "{}",
        said.stderr
    );
}
