//! Who acts in a cluster.

use crate::actors::Actor;

/// Every actor, in no particular order: the agenda orders them.
pub(super) fn actors() -> Vec<Box<dyn Actor>> {
    vec![]
}
