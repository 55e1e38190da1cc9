//! Labels and names whose meaning Kubernetes, EKS and eksctl fix.

/// The processor architecture of a node.
pub const ARCH: &str = "kubernetes.io/arch";
/// The operating system of a node.
pub const OS: &str = "kubernetes.io/os";
/// The name of a node's machine.
pub const HOSTNAME: &str = "kubernetes.io/hostname";
/// The EC2 type of a node.
pub const INSTANCE_TYPE: &str = "node.kubernetes.io/instance-type";
/// The region of a node or a volume.
pub const REGION: &str = "topology.kubernetes.io/region";
/// The availability zone of a node or a volume.
pub const ZONE: &str = "topology.kubernetes.io/zone";
/// The Service an EndpointSlice is of.
pub const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// The managed node group of a node.
pub const EKS_NODE_GROUP: &str = "eks.amazonaws.com/nodegroup";
/// The Fargate profile that took a pod.
pub const FARGATE_PROFILE: &str = "eks.amazonaws.com/fargate-profile";
/// The scheduler of pods for Fargate.
pub const FARGATE_SCHEDULER: &str = "fargate-scheduler";
/// What a node of Fargate is labelled and tainted with; as an annotation of a pod, what keeps it off Fargate or asks for it.
pub const COMPUTE_TYPE: &str = "eks.amazonaws.com/compute-type";
/// The node group of eksctl that a node, an instance or a stack belongs to.
pub const EKSCTL_NODE_GROUP: &str = "alpha.eksctl.io/nodegroup-name";
