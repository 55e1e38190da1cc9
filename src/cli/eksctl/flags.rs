//! The flags of eksctl's commands.

use crate::cli::flags::{Flag, flags};

/// Flags every command has.
pub(super) const COMMON: &[Flag] = &[
    Flag::string("color", "true").short('C'),
    Flag::int("verbose", "3").short('v'),
    Flag::bool("help").short('h'),
    Flag::bool("dumpLogs").short('d'),
    Flag::string("region", "").short('r'),
    Flag::string("profile", "").short('p'),
    Flag::duration("timeout", "25m0s"),
    Flag::string("config-file", "").short('f'),
    Flag::string("cfn-role-arn", ""),
    Flag::bool("cfn-disable-rollback"),
];

pub(super) const GET: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("name", "").short('n'),
    Flag::string("output", "table").short('o'),
    Flag::int("chunk-size", "100"),
    Flag::bool("all-regions").short('A'),
];

/// What describes a node group, alone or as the first of a cluster.
const NODES: &[Flag] = &[
    Flag::string("node-type", "m5.large").short('t'),
    Flag::slice("instance-types"),
    Flag::int("nodes", "2").short('N'),
    Flag::int("nodes-min", "2").short('m'),
    Flag::int("nodes-max", "2").short('M'),
    Flag::int("node-volume-size", "80"),
    Flag::string("node-volume-type", "gp3"),
    Flag::int("max-pods-per-node", "0"),
    Flag::bool("ssh-access"),
    Flag::string("ssh-public-key", ""),
    Flag::string("node-ami", ""),
    Flag::string("node-ami-family", ""),
    Flag::bool("node-private-networking").short('P'),
    Flag::slice("node-labels"),
    Flag::slice("node-zones"),
    Flag::on("managed"),
    Flag::bool("spot"),
    Flag::bool("asg-access"),
    Flag::bool("external-dns-access"),
    Flag::bool("full-ecr-access"),
    Flag::slice("tags"),
];

pub(super) const CREATE_CLUSTER: &[Flag] = flags!(
    NODES,
    &[
        Flag::string("name", "").short('n'),
        Flag::string("version", ""),
        Flag::slice("zones"),
        Flag::string("nodegroup-name", ""),
        Flag::bool("without-nodegroup"),
        Flag::bool("with-oidc"),
        Flag::bool("fargate"),
        Flag::bool("appmesh-access"),
        Flag::bool("alb-ingress-access"),
        Flag::string("vpc-cidr", "192.168.0.0/16"),
        Flag::string("vpc-nat-mode", "Single"),
        Flag::slice("vpc-private-subnets"),
        Flag::slice("vpc-public-subnets"),
        Flag::string("kubeconfig", ""),
        Flag::on("write-kubeconfig"),
        Flag::on("set-kubeconfig-context"),
        Flag::bool("auto-kubeconfig"),
        Flag::bool("dry-run"),
    ]
);

pub(super) const DELETE_CLUSTER: &[Flag] = &[
    Flag::string("name", "").short('n'),
    Flag::bool("wait").short('w'),
    Flag::bool("force"),
    Flag::bool("disable-nodegroup-eviction"),
    Flag::int("parallel", "1"),
];

pub(super) const CREATE_NODEGROUP: &[Flag] = flags!(
    NODES,
    &[
        Flag::string("cluster", "").short('c'),
        Flag::string("name", "").short('n'),
        Flag::slice("include"),
        Flag::slice("exclude"),
    ]
);

pub(super) const SCALE_NODEGROUP: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("name", "").short('n'),
    Flag::int("nodes", "-1").short('N'),
    Flag::int("nodes-min", "-1").short('m'),
    Flag::int("nodes-max", "-1").short('M'),
    Flag::bool("wait").short('w'),
];

pub(super) const DELETE_NODEGROUP: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("name", "").short('n'),
    Flag::bool("approve"),
    Flag::bool("wait").short('w'),
    Flag::on("drain"),
    Flag::on("update-auth-configmap"),
    Flag::bool("disable-eviction"),
    Flag::int("parallel", "1"),
    Flag::slice("include"),
    Flag::slice("exclude"),
];

pub(super) const LABELS: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("nodegroup", "").short('n'),
    Flag::slice("labels").short('l'),
];

pub(super) const UPGRADE_NODEGROUP: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("name", "").short('n'),
    Flag::string("kubernetes-version", ""),
    Flag::string("launch-template-version", ""),
    Flag::string("release-version", ""),
    Flag::bool("force-upgrade"),
    Flag::on("wait").short('w'),
];

pub(super) const ADDON: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("name", "").short('n'),
    Flag::string("version", ""),
    Flag::string("service-account-role-arn", ""),
    Flag::slice("attach-policy-arn"),
    Flag::bool("force"),
    Flag::bool("wait").short('w'),
    Flag::bool("preserve"),
];

pub(super) const IRSA: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("name", "").short('n'),
    Flag::string("namespace", "default"),
    Flag::slice("attach-policy-arn"),
    Flag::string("attach-role-arn", ""),
    Flag::string("role-name", ""),
    Flag::bool("role-only"),
    Flag::slice("tags"),
    Flag::bool("override-existing-serviceaccounts"),
    Flag::bool("approve"),
    Flag::bool("wait").short('w'),
    Flag::slice("include"),
    Flag::slice("exclude"),
];

pub(super) const GET_IRSA: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("name", "").short('n'),
    Flag::string("namespace", ""),
    Flag::string("output", "table").short('o'),
    Flag::int("chunk-size", "100"),
];

pub(super) const MAPPING: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("arn", ""),
    Flag::string("username", ""),
    Flag::slice("group"),
    Flag::string("account", ""),
    Flag::bool("all"),
    Flag::bool("no-duplicate-arns"),
    Flag::string("output", "table").short('o'),
];

pub(super) const APPROVE: &[Flag] =
    &[Flag::string("cluster", "").short('c'), Flag::bool("approve"), Flag::bool("wait").short('w')];

pub(super) const UPGRADE_CLUSTER: &[Flag] =
    &[Flag::string("name", "").short('n'), Flag::string("version", ""), Flag::bool("approve")];

pub(super) const DRAIN_NODEGROUP: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("name", "").short('n'),
    Flag::bool("approve"),
    Flag::bool("undo"),
    Flag::bool("only-missing"),
    Flag::bool("disable-eviction"),
    Flag::duration("max-grace-period", "10m0s"),
    Flag::duration("node-drain-wait-period", "0s"),
    Flag::duration("pod-eviction-wait-period", "10s"),
    Flag::int("parallel", "1"),
    Flag::slice("include"),
    Flag::slice("exclude"),
];

pub(super) const FARGATE: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("name", ""),
    Flag::string("namespace", ""),
    Flag::slice("labels").short('l'),
    Flag::slice("tags"),
    Flag::bool("wait").short('w'),
];

pub(super) const ACCESS_ENTRY: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("principal-arn", ""),
    Flag::string("type", ""),
    Flag::slice("kubernetes-groups"),
    Flag::string("kubernetes-username", ""),
];

pub(super) const GET_ACCESS_ENTRY: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("principal-arn", ""),
    Flag::string("output", "table").short('o'),
    Flag::int("chunk-size", "100"),
];

pub(super) const POD_IDENTITY: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("namespace", ""),
    Flag::string("service-account-name", ""),
    Flag::string("role-arn", ""),
    Flag::string("role-name", ""),
    Flag::string("permission-boundary-arn", ""),
    Flag::slice("permission-policy-arns"),
    Flag::slice("well-known-policies"),
    Flag::slice("tags"),
];

pub(super) const GET_POD_IDENTITY: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("namespace", ""),
    Flag::string("service-account-name", ""),
    Flag::string("output", "table").short('o'),
    Flag::int("chunk-size", "100"),
];

pub(super) const AUTHENTICATION_MODE: &[Flag] =
    &[Flag::string("cluster", "").short('c'), Flag::string("authentication-mode", "")];

pub(super) const LOGGING: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::slice("enable-types"),
    Flag::slice("disable-types"),
    Flag::bool("approve"),
];

pub(super) const STACKS: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::bool("all"),
    Flag::bool("events"),
    Flag::bool("trail"),
    Flag::string("output", "").short('o'),
];

pub(super) const ADDON_VERSIONS: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("name", "").short('n'),
    Flag::string("kubernetes-version", "").short('k'),
];

pub(super) const KUBECONFIG: &[Flag] = &[
    Flag::string("cluster", "").short('c'),
    Flag::string("kubeconfig", ""),
    Flag::on("set-kubeconfig-context"),
    Flag::bool("auto-kubeconfig"),
];
