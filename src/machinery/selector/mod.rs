//! Label selectors (the string form and the LabelSelector object) and field selectors.

mod field;
mod label;
mod parse;

pub use field::{FieldSelector, FieldSelectorError, FieldTerm};
pub use label::{LabelSelector, Operator, Requirement, SelectorError, format_label_selector};
