//! The Node object of an EC2 instance, as an EKS node registers itself and the cloud controller completes it.

use super::instance_types::{self, InstanceType};
use super::releases;
use crate::json;
use crate::machinery::{KubeVersion, Object, Time, Value, names, well_known};

/// An instance that becomes a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeSpec {
    /// Private address.
    pub ip: String,
    /// Public address; empty in private subnets.
    pub public_ip: String,
    /// `m5.large`.
    pub instance_type: String,
    /// `i-` and 17 hexadecimal digits.
    pub instance_id: String,
    /// Availability zone.
    pub zone: String,
    /// Region.
    pub region: String,
    /// `AmazonLinux2`, `AmazonLinux2023`, `Bottlerocket`; empty for the default of the version.
    pub ami_family: String,
    /// Root volume in GiB.
    pub volume_gib: i64,
    /// Most pods, where it is not what the interfaces allow.
    pub max_pods: Option<i64>,
    /// Labels beside those every node has.
    pub labels: Vec<(String, String)>,
    /// Taints it registers with.
    pub taints: Vec<Value>,
    /// What its identifiers are drawn from.
    pub seed: u64,
}

/// The name of a node: its private DNS name.
pub fn private_dns_name(ip: &str, region: &str) -> String {
    let host = format!("ip-{}", ip.replace('.', "-"));
    match region {
        "us-east-1" => format!("{host}.ec2.internal"),
        _ => format!("{host}.{region}.compute.internal"),
    }
}

/// The public DNS name of an address.
pub fn public_dns_name(ip: &str, region: &str) -> String {
    let host = format!("ec2-{}", ip.replace('.', "-"));
    match region {
        "us-east-1" => format!("{host}.compute-1.amazonaws.com"),
        _ => format!("{host}.{region}.compute.amazonaws.com"),
    }
}

impl NodeSpec {
    /// As a value, for the file.
    pub fn to_value(&self) -> Value {
        let labels: Value = self.labels.iter().map(|(k, v)| (k, v.as_str())).collect();
        let mut value = json!({
            "ip": (self.ip.as_str()), "publicIp": (self.public_ip.as_str()),
            "instanceType": (self.instance_type.as_str()), "instanceId": (self.instance_id.as_str()),
            "zone": (self.zone.as_str()), "region": (self.region.as_str()), "amiFamily": (self.ami_family.as_str()),
            "volumeGib": (self.volume_gib), "labels": labels, "taints": (self.taints.clone()),
        });
        if let Some(pods) = self.max_pods {
            value.set("maxPods", pods);
        }
        value
    }

    /// Reads what [`NodeSpec::to_value`] wrote.
    pub fn from_value(value: &Value, seed: u64) -> NodeSpec {
        let text = |member: &str| value.str_at(member).to_string();
        let label = |(k, v): (&str, &Value)| (k.to_string(), v.as_str().unwrap_or_default().to_string());
        NodeSpec {
            ip: text("ip"),
            public_ip: text("publicIp"),
            instance_type: text("instanceType"),
            instance_id: text("instanceId"),
            zone: text("zone"),
            region: text("region"),
            ami_family: text("amiFamily"),
            volume_gib: value.int_at("volumeGib").unwrap_or(20),
            max_pods: value.int_at("maxPods"),
            labels: value.map_at("labels").iter().map(label).collect(),
            taints: value.items_at("taints").to_vec(),
            seed,
        }
    }

    /// The node's name.
    pub fn name(&self) -> String {
        private_dns_name(&self.ip, &self.region)
    }

    /// The Node as it registers: not ready yet.
    pub fn object(&self, version: KubeVersion, now: Time) -> Object {
        let name = self.name();
        let kind = instance_types::find(&self.instance_type);
        let arch = kind.as_ref().map_or("amd64", |k| k.arch);
        let mut node = Object::new("v1", "Node", "", &name);
        for (key, value) in self.all_labels(&name, arch) {
            node.set_label(&key, &value);
        }
        node.set_annotation("alpha.kubernetes.io/provided-node-ip", &self.ip);
        node.set_annotation("node.alpha.kubernetes.io/ttl", "0");
        node.set_annotation("volumes.kubernetes.io/controller-managed-attach-detach", "true");
        node.set("spec/providerID", format!("aws:///{}/{}", self.zone, self.instance_id));
        if !self.taints.is_empty() {
            node.set("spec/taints", self.taints.clone());
        }
        let mut addresses = vec![json!({"type": "InternalIP", "address": (self.ip.as_str())})];
        if !self.public_ip.is_empty() {
            addresses.push(json!({"type": "ExternalIP", "address": (self.public_ip.as_str())}));
        }
        addresses.push(json!({"type": "InternalDNS", "address": (name.as_str())}));
        addresses.push(json!({"type": "Hostname", "address": (name.as_str())}));
        if !self.public_ip.is_empty() {
            let dns = public_dns_name(&self.public_ip, &self.region);
            addresses.push(json!({"type": "ExternalDNS", "address": dns}));
        }
        node.set("status/addresses", addresses);
        if let Some(kind) = &kind {
            let (capacity, allocatable) = self.sizes(kind);
            node.set("status/capacity", capacity);
            node.set("status/allocatable", allocatable);
        }
        node.set("status/conditions", conditions(false, now));
        node.set("status/daemonEndpoints", json!({"kubeletEndpoint": {"Port": 10250}}));
        node.set("status/nodeInfo", self.node_info(version, arch));
        node
    }

    fn all_labels(&self, name: &str, arch: &str) -> Vec<(String, String)> {
        let mut labels = vec![
            ("beta.kubernetes.io/arch", arch),
            ("beta.kubernetes.io/instance-type", &self.instance_type),
            ("beta.kubernetes.io/os", "linux"),
            ("failure-domain.beta.kubernetes.io/region", &self.region),
            ("failure-domain.beta.kubernetes.io/zone", &self.zone),
            (well_known::ARCH, arch),
            (well_known::HOSTNAME, name),
            (well_known::OS, "linux"),
            (well_known::INSTANCE_TYPE, &self.instance_type),
            (well_known::REGION, &self.region),
            (well_known::ZONE, &self.zone),
        ]
        .into_iter()
        .map(|(k, v)| (k.to_string(), v.to_string()))
        .collect::<Vec<_>>();
        let id = names::hex(0, &format!("k8s.io/cloud-provider-aws {}", self.region), 0, 32);
        labels.push(("k8s.io/cloud-provider-aws".to_string(), id));
        labels.extend(self.labels.iter().cloned());
        labels
    }

    /// Capacity, and what of it pods may have.
    fn sizes(&self, kind: &InstanceType) -> (Value, Value) {
        let pods = self.max_pods.unwrap_or_else(|| kind.max_pods());
        // A partition table and the file system keep a little of the volume.
        let disk_ki = self.volume_gib.max(20) * 1024 * 1024 - 12_308;
        let disk = disk_ki * 1024;
        // The kubelet keeps a tenth (a 32-bit float of it) for eviction, the bootstrap one GiB.
        let allocatable_disk = disk - (disk as f64 * f64::from(0.1_f32)) as i64 - (1 << 30);
        let memory = kind.capacity_memory_ki();
        let kept = (instance_types::kube_reserved_memory_mib(pods) + instance_types::EVICTION_MIB) * 1024;
        let mut capacity = json!({
            "cpu": (kind.vcpu.to_string()), "ephemeral-storage": (format!("{disk_ki}Ki")), "hugepages-1Gi": "0",
            "hugepages-2Mi": "0", "memory": (format!("{memory}Ki")), "pods": (pods.to_string()),
        });
        let mut allocatable = json!({
            "cpu": (format!("{}m", kind.allocatable_cpu_milli())), "ephemeral-storage": (allocatable_disk.to_string()),
            "hugepages-1Gi": "0", "hugepages-2Mi": "0", "memory": (format!("{}Ki", memory - kept)),
            "pods": (pods.to_string()),
        });
        let devices = [(&kind.gpu, "gpu"), (&kind.accelerator, "neuron")];
        for (device, what) in devices {
            if let Some(device) = device.as_ref().filter(|d| d.manufacturer == "nvidia" || what == "neuron") {
                let resource = if what == "gpu" { "nvidia.com/gpu" } else { "aws.amazon.com/neuron" };
                capacity.map_mut().insert(resource, device.count.to_string());
                allocatable.map_mut().insert(resource, device.count.to_string());
            }
        }
        (capacity, allocatable)
    }

    fn node_info(&self, version: KubeVersion, arch: &str) -> Value {
        let (os, kernel, runtime) = releases::node_software(version, &self.ami_family);
        let hex = |purpose: &str, n| names::hex(self.seed, &format!("{purpose} {}", self.instance_id), 0, n);
        let kubelet = releases::node_version(version);
        let mut info = json!({
            "architecture": arch, "bootID": (names::uid(self.seed, &format!("boot {}", self.instance_id), 0)),
            "containerRuntimeVersion": runtime, "kernelVersion": (kernel.replace("ARCH", if arch == "arm64" { "aarch64" } else { "x86_64" })),
            "kubeletVersion": kubelet, "machineID": (format!("ec2{}", hex("machine", 29))),
            "operatingSystem": "linux", "osImage": os, "systemUUID": (system_uuid(&hex("system", 29))),
        });
        if version.nodes_tell_the_kube_proxy_version() {
            info.set("kubeProxyVersion", releases::node_version(version));
        }
        info
    }
}

/// `ec2` and 29 digits as a UUID.
fn system_uuid(hex: &str) -> String {
    let all = format!("ec2{hex}");
    format!("{}-{}-{}-{}-{}", &all[..8], &all[8..12], &all[12..16], &all[16..20], &all[20..32])
}

/// The conditions a kubelet posts.
pub fn conditions(ready: bool, now: Time) -> Vec<Value> {
    let entry = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": (now.rfc3339()), "lastTransitionTime": (now.rfc3339()),
        })
    };
    let mut list = vec![
        entry(
            "MemoryPressure",
            "False",
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
        ),
        entry("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        entry("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ];
    list.push(if ready {
        entry("Ready", "True", "KubeletReady", "kubelet is posting ready status")
    } else {
        entry(
            "Ready",
            "False",
            "KubeletNotReady",
            "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized",
        )
    });
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> NodeSpec {
        NodeSpec {
            ip: "192.168.3.6".into(),
            instance_type: "t3.medium".into(),
            instance_id: "i-0123456789abcdef0".into(),
            zone: "ap-northeast-2a".into(),
            region: "ap-northeast-2".into(),
            volume_gib: 80,
            ..NodeSpec::default()
        }
    }

    #[test]
    fn a_node_offers_what_eks_offers() {
        let node = spec().object(KubeVersion::new(29), Time::from_secs(0));
        assert_eq!(node.name(), "ip-192-168-3-6.ap-northeast-2.compute.internal");
        assert_eq!(node.str_at("status/allocatable/cpu"), "1930m");
        assert_eq!(node.str_at("status/capacity/ephemeral-storage"), "83873772Ki");
        assert_eq!(node.str_at("status/allocatable/ephemeral-storage"), "76224326324");
        assert_eq!(node.str_at("status/capacity/pods"), "17");
        assert_eq!(node.str_at("status/nodeInfo/systemUUID").len(), 36);
    }
}
