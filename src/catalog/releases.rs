//! When EKS released each Kubernetes version: a new cluster's clock starts there, so that a script of its time finds its
//! dates ahead.

use crate::machinery::{KubeVersion, Time};

/// Day of the EKS release of `1.MINOR`, at 00:00 UTC.
const RELEASED: &[(u32, &str)] = &[
    (21, "2021-07-19"),
    (22, "2022-04-04"),
    (23, "2022-08-11"),
    (24, "2022-11-15"),
    (25, "2023-02-22"),
    (26, "2023-04-11"),
    (27, "2023-05-24"),
    (28, "2023-09-26"),
    (29, "2024-01-23"),
    (30, "2024-05-23"),
    (31, "2024-09-26"),
    (32, "2025-01-23"),
    (33, "2025-05-29"),
    (34, "2025-10-02"),
    (35, "2026-01-28"),
    (36, "2026-06-03"),
];

/// The day EKS released a version; the nearest known one for others.
pub fn released(version: KubeVersion) -> Time {
    let row = RELEASED.iter().rev().find(|(minor, _)| *minor <= version.minor).unwrap_or(&RELEASED[0]);
    Time::parse(&format!("{}T00:00:00Z", row.1)).unwrap_or_default()
}

/// The version an EKS control plane reports: its last known patch.
pub fn git_version(version: KubeVersion) -> String {
    const PATCHES: &[(u32, &str)] = &[
        (21, "14-eks-2d98532"),
        (22, "17-eks-0a21954"),
        (23, "17-eks-0a21954"),
        (24, "17-eks-4f4795d"),
        (25, "16-eks-3af4770"),
        (26, "15-eks-adc7111"),
        (27, "16-eks-a18cd3a"),
        (28, "15-eks-4096722"),
        (29, "14-eks-bc803b4"),
        (30, "13-eks-5d4a308"),
        (31, "9-eks-5d4a308"),
        (32, "5-eks-5d4a308"),
        (33, "1-eks-7308294"),
        (34, "3-eks-a3c9caf"),
        (35, "1-eks-5cd6b12"),
        (36, "2-eks-6d3986b"),
    ];
    let patch = PATCHES.iter().find(|(minor, _)| *minor == version.minor).map_or("0", |(_, patch)| patch);
    format!("v1.{}.{patch}", version.minor)
}

/// The version the kubelets of a new node group report.
pub fn node_version(version: KubeVersion) -> String {
    // The documents of its time show this AMI.
    if version.minor == 24 { "v1.24.13-eks-0a21954".to_string() } else { git_version(version) }
}

/// Operating system, kernel (`ARCH` stands for the architecture) and container runtime of a node.
pub fn node_software(version: KubeVersion, ami_family: &str) -> (&'static str, &'static str, &'static str) {
    let family = match ami_family {
        "" if version.nodes_run_amazon_linux_2023() => "AmazonLinux2023",
        "" => "AmazonLinux2",
        family => family,
    };
    match family {
        "Bottlerocket" => ("Bottlerocket OS 1.49.0 (aws-k8s)", "6.12.46", "containerd://2.1.4+bottlerocket"),
        "AmazonLinux2" if version.nodes_run_docker() => {
            ("Amazon Linux 2", "5.4.117-58.216.amzn2.ARCH", "docker://19.3.13")
        }
        "AmazonLinux2" => ("Amazon Linux 2", "5.10.178-162.673.amzn2.ARCH", "containerd://1.6.19"),
        "Ubuntu2204" => ("Ubuntu 22.04.5 LTS", "6.8.0-1021-aws", "containerd://1.7.12"),
        _ => ("Amazon Linux 2023.8.20250915", "6.12.40-64.114.amzn2023.ARCH", "containerd://1.7.27"),
    }
}

/// Versions of the addons every cluster has.
pub struct Addons {
    /// Amazon VPC CNI.
    pub vpc_cni: &'static str,
    /// Its network policy agent.
    pub policy_agent: &'static str,
    /// kube-proxy.
    pub kube_proxy: String,
    /// CoreDNS.
    pub coredns: &'static str,
}

/// The addons EKS installs with a version.
pub fn addons(version: KubeVersion) -> Addons {
    let (vpc_cni, policy_agent, coredns) = match version.minor {
        ..=22 => ("v1.10.1-eksbuild.1", "", "v1.8.7-eksbuild.1"),
        23 => ("v1.10.4-eksbuild.1", "", "v1.8.7-eksbuild.2"),
        24 => ("v1.11.4-eksbuild.1", "", "v1.8.7-eksbuild.3"),
        25 | 26 => ("v1.12.2-eksbuild.1", "", "v1.9.3-eksbuild.2"),
        27 => ("v1.12.6-eksbuild.2", "", "v1.10.1-eksbuild.1"),
        28 => ("v1.14.1-eksbuild.1", "v1.0.2-eksbuild.1", "v1.10.1-eksbuild.2"),
        29 => ("v1.15.1-eksbuild.1", "v1.0.6-eksbuild.1", "v1.11.1-eksbuild.4"),
        30 => ("v1.18.1-eksbuild.1", "v1.1.1-eksbuild.1", "v1.11.1-eksbuild.8"),
        31 => ("v1.18.3-eksbuild.2", "v1.1.2-eksbuild.2", "v1.11.1-eksbuild.8"),
        32 => ("v1.19.2-eksbuild.1", "v1.1.6-eksbuild.1", "v1.11.4-eksbuild.2"),
        33 => ("v1.19.5-eksbuild.1", "v1.2.1-eksbuild.1", "v1.12.1-eksbuild.2"),
        34 => ("v1.20.4-eksbuild.2", "v1.2.7-eksbuild.1", "v1.12.3-eksbuild.1"),
        35 => ("v1.21.1-eksbuild.1", "v1.3.0-eksbuild.1", "v1.13.1-eksbuild.1"),
        _ => ("v1.21.1-eksbuild.3", "v1.3.1-eksbuild.1", "v1.13.2-eksbuild.1"),
    };
    let git = git_version(version);
    let patch = git.split('-').next().unwrap_or("");
    Addons { vpc_cni, policy_agent, kube_proxy: format!("{patch}-minimal-eksbuild.1"), coredns }
}
