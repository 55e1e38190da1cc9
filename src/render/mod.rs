//! Floor 5: text out. What kubectl prints for what the API answered.

pub mod explain_hpa;
pub mod tabwriter;
