//! AWS CloudFormation: stacks of templates, and those eksctl leaves behind.
//!
//! A request makes everything a stack holds at once, and writes down what the making looks like over the minutes it takes
//! ([`story`]); answers tell of it as far as the clock has come.

mod answers;
mod change_sets;
mod functions;
mod parameters;
mod requests;
mod resources;
mod stack;
mod stored;
mod story;
mod template;
mod work;

pub use stack::{NewStack, create_stack, delete_stack, output, physical_name, tag};

use super::Operations;

/// The operations answered here.
pub(super) const OPERATIONS: Operations = &[
    ("CreateChangeSet", change_sets::create),
    ("CreateStack", requests::create),
    ("DeleteChangeSet", change_sets::delete),
    ("DeleteStack", requests::delete),
    ("DescribeChangeSet", change_sets::describe),
    ("DescribeStackEvents", answers::events),
    ("DescribeStackResource", answers::resource),
    ("DescribeStackResources", answers::resources),
    ("DescribeStacks", answers::describe),
    ("ExecuteChangeSet", change_sets::execute),
    ("GetTemplate", answers::template),
    ("GetTemplateSummary", answers::summary),
    ("ListChangeSets", change_sets::list),
    ("ListExports", answers::exports),
    ("ListStackResources", answers::list_resources),
    ("ListStacks", answers::list),
    ("UpdateStack", requests::update),
    ("UpdateTerminationProtection", requests::protect),
    ("ValidateTemplate", answers::validate),
];
