//! EC2 instance types: what EC2 says of them, and what an EKS node made of one offers to pods.

/// The table of all types (its head names the columns and the sources).
const TABLE: &str = include_str!("instance_types.tsv");

/// What spot capacity costs, as a part of the price on demand. The sources have no spot prices, which move; discounts
/// between 60 and 70 % are usual.
pub const SPOT_SHARE: f64 = 0.35;

/// One EC2 instance type.
#[derive(Clone, PartialEq, Debug)]
pub struct InstanceType {
    /// `m5.large`.
    pub name: &'static str,
    /// Virtual CPUs.
    pub vcpu: i64,
    /// Memory in MiB as EC2 describes it; Linux sees less (see [`InstanceType::capacity_memory_ki`]).
    pub memory_mib: i64,
    /// `amd64` or `arm64`.
    pub arch: &'static str,
    /// `nitro`, `xen`, or empty for bare metal.
    pub hypervisor: &'static str,
    /// Whether the instance is a whole machine.
    pub bare_metal: bool,
    /// Network interfaces of the instance; 0 where unknown.
    pub enis: i64,
    /// Network interfaces of the default network card, the ones the VPC CNI uses.
    pub default_card_enis: i64,
    /// IPv4 addresses of an interface.
    pub ipv4_per_eni: i64,
    /// Branch interfaces for security groups of pods.
    pub branch_enis: Option<i64>,
    /// Dollars an hour in us-east-1 (Linux, on demand), the one region the sources price.
    pub price: Option<f64>,
    /// `intel`, `amd`, `aws`, `apple`.
    pub cpu_manufacturer: &'static str,
    /// Sustained clock speed in MHz.
    pub cpu_mhz: &'static str,
    /// EBS bandwidth in Mbit/s.
    pub ebs_mbps: &'static str,
    /// Network bandwidth in Mbit/s.
    pub network_mbps: &'static str,
    /// Local NVMe storage in GB.
    pub nvme_gb: &'static str,
    /// Whether it is a flex type.
    pub flex: bool,
    /// Whether it encrypts traffic in transit.
    pub encrypts_in_transit: bool,
    /// Its GPUs.
    pub gpu: Option<Accelerator>,
    /// Its other accelerators (Inferentia, Trainium).
    pub accelerator: Option<Accelerator>,
    /// Elastic Fabric Adapters.
    pub efas: Option<i64>,
}

/// GPUs or accelerators of a type; texts are empty where the sources are silent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Accelerator {
    /// How many.
    pub count: i64,
    /// `nvidia`.
    pub manufacturer: &'static str,
    /// `a10g`.
    pub name: &'static str,
    /// Memory of one in MiB.
    pub memory_mib: &'static str,
}

/// The type of a name.
pub fn find(name: &str) -> Option<InstanceType> {
    // Lines are sorted by name; the head sorts before them all.
    let mut rest = TABLE;
    while let Some((before, from)) = split_at_line(rest) {
        let line = from.lines().next().unwrap_or("");
        let found = line.split('\t').next().unwrap_or("");
        match found.cmp(name) {
            std::cmp::Ordering::Equal => return InstanceType::read(line),
            std::cmp::Ordering::Less => rest = from.get(line.len() + 1..).unwrap_or(""),
            std::cmp::Ordering::Greater => rest = before,
        }
    }
    None
}

/// All types, by name.
pub fn all() -> impl Iterator<Item = InstanceType> {
    TABLE.lines().filter_map(InstanceType::read)
}

/// The text before and from the line in its middle.
fn split_at_line(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() {
        return None;
    }
    let middle = text.get(..text.len() / 2).and_then(|head| head.rfind('\n')).map_or(0, |i| i + 1);
    Some(text.split_at(middle))
}

impl InstanceType {
    fn read(line: &'static str) -> Option<InstanceType> {
        if line.starts_with('#') {
            return None;
        }
        let columns: Vec<&'static str> = line.split('\t').collect();
        let column = |i: usize| columns.get(i).copied().unwrap_or("");
        let number = |i: usize| column(i).parse::<i64>().unwrap_or(0);
        Some(InstanceType {
            name: column(0),
            vcpu: number(1),
            memory_mib: number(2),
            arch: if column(3) == "r" { "arm64" } else { "amd64" },
            hypervisor: match column(4) {
                "n" => "nitro",
                "x" => "xen",
                _ => "",
            },
            bare_metal: column(4) == "m",
            enis: number(5),
            default_card_enis: number(6),
            ipv4_per_eni: number(7),
            branch_enis: column(8).parse().ok(),
            price: column(9).parse().ok(),
            cpu_manufacturer: column(10),
            cpu_mhz: column(11),
            ebs_mbps: column(12),
            network_mbps: column(13),
            nvme_gb: column(14),
            flex: column(15).contains('f'),
            encrypts_in_transit: column(15).contains('e'),
            gpu: Accelerator::read(column(16)),
            accelerator: Accelerator::read(column(17)),
            efas: column(18).parse().ok(),
        })
    }

    /// `m5` of `m5.large`.
    pub fn family(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(family, _)| family)
    }

    /// Pods a node holds when every pod takes one address of an interface: each interface keeps one to itself, and
    /// aws-node and kube-proxy need none. 110 where the interfaces are unknown.
    pub fn max_pods(&self) -> i64 {
        if self.default_card_enis == 0 {
            return 110;
        }
        self.default_card_enis * (self.ipv4_per_eni - 1) + 2
    }

    /// CPU that the EKS bootstrap keeps for the kubelet, in thousandths: 6 % of the first core, 1 % of the second,
    /// 0.5 % of the next two and 0.25 % of the rest.
    pub fn kube_reserved_cpu_milli(&self) -> i64 {
        let total = self.vcpu * 1000;
        let part =
            |from: i64, to: i64, basis_points: i64| (total.min(to) - from).max(0) * basis_points / 10_000;
        part(0, 1000, 600) + part(1000, 2000, 100) + part(2000, 4000, 50) + part(4000, i64::MAX, 25)
    }

    /// CPU for pods, in thousandths.
    pub fn allocatable_cpu_milli(&self) -> i64 {
        self.vcpu * 1000 - self.kube_reserved_cpu_milli()
    }

    /// Memory as Linux on the instance sees it. Kernel and firmware keep about 5 % and 32 MiB of what EC2 names
    /// (3,943,300 Ki were seen on a t3.medium, 7,926,172 Ki on an m5.large).
    pub fn capacity_memory_ki(&self) -> i64 {
        let nominal = self.memory_mib * 1024;
        let seen = nominal - 33_000 - nominal * 515 / 10_000;
        seen / 4 * 4
    }
}

/// `memory.available` below which a kubelet evicts pods, in MiB.
pub const EVICTION_MIB: i64 = 100;

/// Memory that the EKS bootstrap keeps for the kubelet, in MiB.
pub fn kube_reserved_memory_mib(max_pods: i64) -> i64 {
    255 + 11 * max_pods
}

impl Accelerator {
    fn read(text: &'static str) -> Option<Accelerator> {
        let mut parts = text.split('/');
        let count = parts.next()?.parse().ok()?;
        Some(Accelerator {
            count,
            manufacturer: parts.next().unwrap_or(""),
            name: parts.next().unwrap_or(""),
            memory_mib: parts.next().unwrap_or(""),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_type_by_name_and_no_other() {
        assert_eq!(all().count(), 1377);
        for t in all() {
            assert_eq!(find(t.name).as_ref(), Some(&t), "{}", t.name);
        }
        for unknown in ["", "m5", "m5.larg", "m5.largest", "zz.large", "#"] {
            assert_eq!(find(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn nodes_offer_what_eks_nodes_offer() {
        let sizes = |name: &str| {
            let t = find(name).unwrap();
            (t.max_pods(), t.allocatable_cpu_milli(), kube_reserved_memory_mib(t.max_pods()))
        };
        assert_eq!(sizes("t3.medium"), (17, 1930, 442));
        assert_eq!(sizes("m5.large"), (29, 1930, 574));
        assert_eq!(sizes("m5.xlarge"), (58, 3920, 893));
        assert_eq!(sizes("m5.2xlarge").1, 7910);
        assert_eq!(sizes("m5.4xlarge"), (234, 15_890, 2829));
        assert_eq!(sizes("t2.small"), (11, 940, 376));
        assert_eq!(find("t3.medium").unwrap().capacity_memory_ki(), 3_945_296);
    }

    #[test]
    fn reads_families_and_accelerators() {
        for (name, family) in
            [("m5.large", "m5"), ("u-6tb1.56xlarge", "u-6tb1"), ("mac2-m1ultra.metal", "mac2-m1ultra")]
        {
            assert_eq!(find(name).unwrap().family(), family);
        }
        let gpu = find("g5.xlarge").unwrap().gpu.unwrap();
        assert_eq!((gpu.count, gpu.name), (1, "a10g"));
    }
}
