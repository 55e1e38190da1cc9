//! Floor 2: the API server. Every read and write of cluster objects goes through here, whoever asks: a command, an
//! HTTP client or a controller.

mod resource;

pub use resource::Resource;
