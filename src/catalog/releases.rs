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
