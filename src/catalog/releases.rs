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
