//! Taints that controllers set and take away.

use crate::actors::Ctx;
use crate::api::{ApiError, Reason};
use crate::machinery::{Object, Value};

/// Gives a node the taints that `change` makes out of its own. A node that is gone meanwhile needs none.
pub(super) fn modify(
    ctx: &Ctx<'_>,
    node: &str,
    change: impl FnOnce(&Object) -> Vec<Value>,
) -> Result<(), ApiError> {
    let written = ctx.api.modify("nodes", "", node, |node| match change(node) {
        none if none.is_empty() => drop(node.at_mut("spec").map_mut().remove("taints")),
        taints => node.set("spec/taints", taints),
    });
    match written {
        Err(e) if e.reason == Reason::NotFound => Ok(()),
        other => other.map(drop),
    }
}
