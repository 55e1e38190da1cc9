//! Floor 5: text out. What kubectl prints for what the API answered.

pub mod api_resources;
pub mod contexts;
pub mod describe;
pub mod events;
pub mod explain_cost;
pub mod explain_hpa;
pub mod explain_kind;
pub mod explain_node;
pub mod explain_pod;
pub mod narrate;
pub mod output;
pub mod sort_by;
pub mod table;
pub mod tabwriter;
pub mod top;
pub mod unified_diff;
