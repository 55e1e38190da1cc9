//! Floor 0: the arithmetic of the field. Values, objects, time, quantities, selectors, patches; no state, no I/O.

pub mod backoff;
pub mod base64;
pub mod cron;
pub mod duration;
mod field_path;
mod go_sort;
pub mod go_text;
pub mod hash;
pub mod int_or_percent;
pub mod jmespath;
pub mod json_syntax;
mod json_text;
pub mod jsonpath;
pub mod labels;
pub mod names;
pub mod object;
pub mod ordered;
pub mod patch;
pub mod quantity;
pub mod selector;
pub mod time;
pub mod validation;
pub mod value;
mod value_serde;
pub mod versions;
pub mod yaml;

pub use field_path::FieldPath;
pub use go_sort::go_sort;
pub use jsonpath::JsonPath;
pub use object::{Object, OwnerRef};
pub use quantity::Quantity;
pub use selector::LabelSelector;
pub use time::{Duration, Time};
pub use value::{Map, Value};
pub use value_serde::ReadError;
pub use versions::KubeVersion;
