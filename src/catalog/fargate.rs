//! What AWS Fargate runs pods on: sizes, and the node that stands for the machine of one pod.

use super::nodes::{conditions, private_dns_name};
use super::releases;
use crate::json;
use crate::machinery::{KubeVersion, Object, Time, Value, names, well_known};

/// Sizes on offer: thousandths of a vCPU; least and most memory in MiB, and the step between.
const SIZES: [(i64, i64, i64, i64); 7] = [
    (250, 512, 2048, 1024),
    (500, 1024, 4096, 1024),
    (1000, 2048, 8192, 1024),
    (2000, 4096, 16_384, 1024),
    (4000, 8192, 30_720, 1024),
    (8000, 16_384, 61_440, 4096),
    (16_000, 32_768, 122_880, 8192),
];
/// Memory for the components of Kubernetes on the machine, in MiB.
const OVERHEAD: i64 = 256;
/// Memory of the machine that pods do not see, in KiB.
const HIDDEN: i64 = 217_248;
/// Memory the kubelet keeps, in KiB.
const KEPT: i64 = 102_400;

/// What a pod gets: millicores and MiB.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Thousandths of a vCPU.
    pub milli_cpu: i64,
    /// Memory in MiB.
    pub memory: i64,
}

impl Size {
    /// The smallest size that holds what a pod requests (millicores, bytes); `None` for a pod that is too large.
    pub fn of(milli_cpu: i64, bytes: i64) -> Option<Size> {
        let memory = (bytes + (1 << 20) - 1) / (1 << 20) + OVERHEAD;
        let fits = SIZES.iter().find(|(cpu, _, most, _)| *cpu >= milli_cpu && *most >= memory)?;
        let (milli_cpu, least, _, step) = *fits;
        // A quarter of a vCPU comes with half a GB, too.
        let memory = if memory <= least { least } else { (memory + step - 1) / step * step };
        Some(Size { milli_cpu, memory })
    }

    /// As the annotation `CapacityProvisioned` tells it: `0.25vCPU 0.5GB`.
    pub fn annotation(self) -> String {
        format!("{}vCPU {}GB", self.milli_cpu as f64 / 1000.0, self.memory as f64 / 1024.0)
    }
}

/// The machine of a pod.
pub struct Machine<'a> {
    /// Its address, which is the pod's.
    pub ip: &'a str,
    /// Region.
    pub region: &'a str,
    /// Availability zone.
    pub zone: &'a str,
    /// What it offers.
    pub size: Size,
    /// What its identifiers are drawn from.
    pub seed: u64,
}

impl Machine<'_> {
    /// The node's name.
    pub fn name(&self) -> String {
        format!("fargate-{}", private_dns_name(self.ip, self.region))
    }

    /// The Node as it registers: not ready yet.
    pub fn node(&self, version: KubeVersion, now: Time) -> Object {
        let (name, host) = (self.name(), private_dns_name(self.ip, self.region));
        let mut node = Object::new("v1", "Node", "", &name);
        for (key, value) in [
            ("beta.kubernetes.io/arch", "amd64"),
            ("beta.kubernetes.io/os", "linux"),
            (well_known::COMPUTE_TYPE, "fargate"),
            ("failure-domain.beta.kubernetes.io/region", self.region),
            ("failure-domain.beta.kubernetes.io/zone", self.zone),
            (well_known::ARCH, "amd64"),
            (well_known::HOSTNAME, &host),
            (well_known::OS, "linux"),
            (well_known::REGION, self.region),
            (well_known::ZONE, self.zone),
        ] {
            node.set_label(key, value);
        }
        node.set_annotation("node.alpha.kubernetes.io/ttl", "0");
        node.set_annotation("volumes.kubernetes.io/controller-managed-attach-detach", "true");
        let hex = |what: &str, n: usize| names::hex(self.seed, &format!("fargate {what} {name}"), 0, n);
        let machine = format!("{}-{}", hex("profile", 10), hex("machine", 32));
        node.set("spec/providerID", format!("aws:///{}/{machine}/{name}", self.zone));
        node.set(
            "spec/taints",
            vec![json!({"key": well_known::COMPUTE_TYPE, "value": "fargate", "effect": "NoSchedule"})],
        );
        let address = |kind: &str, address: &str| json!({"type": kind, "address": address});
        node.set(
            "status/addresses",
            vec![address("InternalIP", self.ip), address("InternalDNS", &host), address("Hostname", &host)],
        );
        let cpu = (self.size.milli_cpu / 1000).max(2);
        let memory = self.size.memory.max(4096) * 1024 - HIDDEN;
        let list = |memory: i64, disk: &str| {
            json!({
                "cpu": (cpu.to_string()), "ephemeral-storage": disk, "hugepages-1Gi": "0", "hugepages-2Mi": "0",
                "memory": (format!("{memory}Ki")), "pods": "1",
            })
        };
        node.set("status/capacity", list(memory, "30787492Ki"));
        node.set("status/allocatable", list(memory - KEPT, "28373752477"));
        node.set("status/conditions", conditions(false, now));
        node.set("status/daemonEndpoints", json!({"kubeletEndpoint": {"Port": 10250}}));
        let (os, kernel, runtime) = releases::node_software(version, "");
        let mut info: Value = json!({
            "architecture": "amd64", "bootID": (names::uid(self.seed, &format!("boot {name}"), 0)),
            "containerRuntimeVersion": runtime, "kernelVersion": (kernel.replace("ARCH", "x86_64")),
            "kubeletVersion": (releases::node_version(version)), "machineID": (hex("machine id", 32)),
            "operatingSystem": "linux", "osImage": os, "systemUUID": (names::uid(self.seed, &format!("system {name}"), 0)),
        });
        if version.nodes_tell_the_kube_proxy_version() {
            info.set("kubeProxyVersion", releases::node_version(version));
        }
        node.set("status/nodeInfo", info);
        node
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_rounded_up_to_what_is_on_offer() {
        let told = |milli, mib: i64| Size::of(milli, mib << 20).map(Size::annotation);
        for (milli, mib, want) in [
            (0, 0, "0.25vCPU 0.5GB"),
            (250, 256, "0.25vCPU 0.5GB"),
            (250, 512, "0.25vCPU 1GB"),
            (250, 2048, "0.5vCPU 3GB"),
            (1000, 1024, "1vCPU 2GB"),
            (3000, 4096, "4vCPU 8GB"),
            (5000, 18_000, "8vCPU 20GB"),
        ] {
            assert_eq!(told(milli, mib).as_deref(), Some(want), "{milli} {mib}");
        }
        assert_eq!(told(20_000, 0), None);
    }
}
