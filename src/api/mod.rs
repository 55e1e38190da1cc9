//! Floor 2: the API server. Every read and write of cluster objects goes through here, whoever asks: a command, an
//! HTTP client or a controller.

pub mod admission;
mod authorization;
mod conversion;
mod defaults;
mod deprecation;
pub mod fault;
pub mod heartbeat;
mod managed_fields;
pub mod program;
pub mod registry;
mod resource;
pub mod rest;
pub mod schema;
mod server;
pub mod status;
mod strategy;
pub mod struct_order;
pub mod tables;
pub mod token;
mod validation;

pub use authorization::{Request, User};
pub use conversion::stored_under;
pub(crate) use conversion::to_version;
pub use registry::Registry;
pub use resource::Resource;
pub use server::*;
pub use status::{ApiError, Cause, Details, FieldError, FieldErrorType, Path, Reason};
