//! Patches: how one object becomes another, and how the way from one to the other is told.
//!
//! Three dialects: JSON patch (RFC 6902), JSON merge patch (RFC 7386) and Kubernetes' strategic merge patch, which knows
//! by which key the items of a list are told apart. `kubectl apply` makes the last two out of three versions of an
//! object: what was applied last, what is to be applied now, and what is live.

mod json_patch;
mod merge;
mod strategic;

pub use json_patch::{JsonPatchError, apply_json_patch};
pub use merge::{apply_merge_patch, create_merge_patch, three_way_merge_patch};
pub use strategic::{
    Rule, Schema, StrategicError, apply_strategic, create_strategic_patch, three_way_strategic_patch,
};
