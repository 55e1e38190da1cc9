//! Floor 2: the AWS side of the world. Commands and programs reach it through one door, [`Endpoint`]: an operation of a
//! service with its input, answered with its output or with the error the service gives.

mod autoscaling;
mod cloudformation;
mod door;
mod ec2;
mod eks;
mod elb;
mod filters;
mod iam;
pub mod model;
mod places;
pub mod provision;
mod route53;
mod ssm;
pub mod state;
mod sts;

pub use autoscaling::{
    Activity, Lifecycle, Outcome, Transition, WarmPool, begin, begin_actions, cancel, cause_at,
    change_status, eks_continues, eks_drains, end, fail, in_group, in_pool, is_terminating, is_warm,
    next_run, outcome, running_refresh, set_size, take_out, told_of,
};
pub use cloudformation::{
    NewStack, create_stack, delete_stack, output as stack_output, physical_name, tag as stack_tag,
};
pub use door::{Caller, Door, is_simulated};
pub use ec2::{Usage, launch_for, set_state, type_of_launches, usage};
pub use eks::{
    association_of, authentication_mode, dismiss_node_role, endpoint_id, issuer, latest_version,
    trust_of_pods,
};
pub use elb::{put_balancer, remove_balancer};
pub use iam::{create_provider, has_provider, policy_name};
pub use places::{Places, account_id};

use crate::machinery::ordered::Json;
use crate::machinery::{Duration, Time, Value};

/// One call of an operation, as the service sees it after the wire has been read.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The service by the name the command line gives it: `autoscaling`, `ec2`, `eks`, ...
    pub service: String,
    /// The operation by its API name: `DescribeAutoScalingGroups`.
    pub operation: String,
    /// The region the client speaks to: `ap-northeast-2`.
    pub region: String,
    /// The input structure: members by their API names. Timestamps are ISO 8601 strings, blobs base64 strings. It passed
    /// the client's validation (types, required members, minimum lengths and values) and nothing else.
    pub input: Value,
}

/// The error answer of a service.
#[derive(Clone, Debug, Default, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ServiceError {
    /// The error code: `ValidationError`, `ResourceNotFoundException`.
    pub code: String,
    /// The message; the client prints it as it is.
    pub message: String,
    /// The HTTP status. Business errors have 400, 403, 404 or 409: clients try again after 500 and above.
    pub status: u16,
    /// Further members of the error's structure, such as `clusterName` of EKS errors; null when there are none.
    pub extra: Value,
}

impl ServiceError {
    /// An error without further members.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> ServiceError {
        ServiceError { code: code.to_string(), message: message.into(), status, extra: Value::Null }
    }

    /// A request that cannot be right: status 400.
    fn invalid(code: &str, message: impl Into<String>) -> ServiceError {
        ServiceError::new(400, code, message)
    }
}

/// What answers an operation.
type Operation = fn(&Places<'_>, &Value) -> Result<Value, ServiceError>;

/// The operations of a service, each with what answers it.
type Operations = &'static [(&'static str, Operation)];

impl Request {
    /// The error of an operation that nobody here answers.
    fn not_simulated(&self) -> ServiceError {
        ServiceError::new(
            400,
            "NotSimulated",
            format!("{} {} is not simulated by kubetick", self.service, self.operation),
        )
    }
}

/// What answers API calls.
pub trait Endpoint {
    /// Answers one call with the output structure: members by their API names, absent ones absent; timestamps are ISO
    /// 8601 strings (`2023-05-22T11:48:11.831Z`) or epoch seconds. An operation without output answers null.
    fn call(&mut self, request: &Request) -> Result<Value, ServiceError>;

    /// The same with maps in the order in which the service wrote them; structures may have any order. An endpoint whose
    /// maps have an order of their own answers here.
    fn call_ordered(&mut self, request: &Request) -> Result<Json, ServiceError> {
        self.call(request).map(|answer| Json::from(&answer))
    }

    /// Whether the operation is simulated. The command line says so in one line when it is not, instead of calling.
    fn simulates(&self, _service: &str, _operation: &str) -> bool {
        true
    }

    /// The instant on the clock of the world behind the endpoint.
    fn now(&self) -> Time {
        Time::default()
    }

    /// Lets so much time pass between two polls of a waiter. An endpoint without a clock of its own does nothing.
    fn pass(&mut self, _time: Duration) {}
}
