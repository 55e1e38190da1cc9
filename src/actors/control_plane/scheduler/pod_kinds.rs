//! The kinds of pods there are: a selector or an affinity term is matched once a kind instead of once a pod. The pods of
//! one ReplicaSet are one kind, so a cluster of thousands of pods has a few dozen.

use super::pod_info::PodKind;
use std::collections::BTreeMap;

/// The number of a kind inside its table; re-used after the last pod of the kind is gone.
pub type KindId = u32;

#[derive(Clone, Debug)]
struct Entry {
    kind: PodKind,
    pods: usize,
}

/// Kinds with the number of pods that are of it.
#[derive(Clone, Debug, Default)]
pub struct PodKinds {
    by_identity: BTreeMap<Box<str>, KindId>,
    entries: BTreeMap<KindId, Entry>,
    free: Vec<KindId>,
}

impl PodKinds {
    /// One more pod of a kind.
    pub(super) fn acquire(&mut self, kind: &PodKind) -> KindId {
        let identity = kind.identity();
        if let Some(&id) = self.by_identity.get(identity.as_str()) {
            if let Some(entry) = self.entries.get_mut(&id) {
                entry.pods += 1;
            }
            return id;
        }
        let id = self.free.pop().unwrap_or(self.entries.len() as KindId);
        self.entries.insert(id, Entry { kind: kind.clone(), pods: 1 });
        self.by_identity.insert(identity.into_boxed_str(), id);
        id
    }

    /// One pod less.
    pub(super) fn release(&mut self, id: KindId) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        entry.pods -= 1;
        if entry.pods == 0 {
            self.by_identity.remove(entry.kind.identity().as_str());
            self.entries.remove(&id);
            self.free.push(id);
        }
    }

    /// All kinds.
    pub fn iter(&self) -> impl Iterator<Item = (KindId, &PodKind)> {
        self.entries.iter().map(|(id, entry)| (*id, &entry.kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::control_plane::scheduler::pod_info::PodInfo;
    use crate::json;
    use crate::machinery::Object;

    fn kind(app: &str) -> PodKind {
        PodInfo::parse(&Object(json!({"metadata": {"namespace": "d", "name": "p", "labels": {"app": app}}})))
            .kind
    }

    #[test]
    fn a_kind_lives_as_long_as_its_pods() {
        let mut kinds = PodKinds::default();
        let a = kinds.acquire(&kind("a"));
        assert_eq!(kinds.acquire(&kind("a")), a);
        let b = kinds.acquire(&kind("b"));
        assert_ne!(a, b);
        kinds.release(a);
        assert_eq!(kinds.iter().count(), 2);
        kinds.release(a);
        assert_eq!(kinds.iter().map(|(id, _)| id).collect::<Vec<_>>(), [b]);
        assert_eq!(kinds.acquire(&kind("c")), a);
    }
}
