//! Floor 2: the API server. Every read and write of cluster objects goes through here, whoever asks: a command, an
//! HTTP client or a controller.

pub mod registry;
mod resource;
pub mod status;

pub use registry::Registry;
pub use resource::Resource;
pub use status::{ApiError, FieldError};
