//! What hangs on what: policies on roles, roles in instance profiles. A thing keeps the list of what it has.

use super::super::state::{self, INSTANCE_PROFILE, Kind, ROLE};
use super::super::{Places, ServiceError};
use crate::machinery::{Object, Value};

/// A list that things of a kind keep.
pub(super) struct Links {
    kind: Kind,
    /// Where in the thing's `spec`.
    at: &'static str,
}

/// The ARNs of the policies of a role.
pub(super) const POLICIES_OF_ROLE: Links = Links { kind: ROLE, at: "kubetick/attached" };
/// The names of the roles of an instance profile.
pub(super) const ROLES_OF_PROFILE: Links = Links { kind: INSTANCE_PROFILE, at: "kubetick/roles" };

impl Links {
    /// What a thing has.
    pub(super) fn of<'o>(&self, object: &'o Object) -> &'o [Value] {
        object.at("spec").items_at(self.at)
    }

    /// Whether it has something.
    pub(super) fn has(&self, object: &Object, what: &str) -> bool {
        self.of(object).iter().any(|one| one == what)
    }

    /// The things that have it.
    pub(super) fn all_with(&self, places: &Places<'_>, what: &str) -> Vec<Object> {
        let mut all = state::list(places.account, self.kind);
        all.retain(|object| self.has(object, what));
        all
    }

    /// Gives it to a thing, which has it once.
    pub(super) fn add(&self, places: &Places<'_>, object: &Object, what: &str) {
        if !self.has(object, what) {
            state::modify(places.account, self.kind, object.name(), |spec| {
                spec.at_mut(self.at).list_mut().push(what.into());
            });
        }
    }

    /// Takes it away; an error in these words where the thing does not have it.
    pub(super) fn remove(
        &self,
        places: &Places<'_>,
        object: &Object,
        what: &str,
        otherwise: impl FnOnce() -> ServiceError,
    ) -> Result<Value, ServiceError> {
        if !self.has(object, what) {
            return Err(otherwise());
        }
        state::modify(places.account, self.kind, object.name(), |spec| {
            spec.at_mut(self.at).list_mut().retain(|one| one != what);
        });
        Ok(Value::Null)
    }
}
