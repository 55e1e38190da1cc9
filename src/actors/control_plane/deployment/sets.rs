//! The ReplicaSets of a Deployment.

use super::super::replicaset::REPLICA_SETS;
use super::rolling::Rollout;
use crate::actors::Ctx;
use crate::api::ApiError;
use crate::machinery::selector::LabelSelector;
use crate::machinery::{Object, Value};

/// The label that tells the pods of one ReplicaSet from those of the next.
pub(super) const HASH_LABEL: &str = "pod-template-hash";

/// The ReplicaSet of the current template, if there is one, and the others.
pub(super) struct Sets {
    pub(super) new: Option<Object>,
    pub(super) old: Vec<Object>,
}

impl Sets {
    /// Those a Deployment controls now.
    pub(super) fn read(ctx: &Ctx<'_>, deployment: &Object) -> Result<Sets, ApiError> {
        let selector = selector(deployment);
        let mut old = Vec::new();
        for set in ctx.api.list_owned(REPLICA_SETS, deployment) {
            if !set.is_controlled_by(deployment.uid()) {
                continue;
            }
            if selector.matches(set.labels()) {
                old.push(set);
            } else if !deployment.is_deleting() && !set.is_deleting() {
                release(ctx, deployment, set)?;
            }
        }
        old.sort_by(|a, b| (a.created(), a.name()).cmp(&(b.created(), b.name())));
        let template = template_without_hash(deployment);
        let new = old.iter().position(|set| template_without_hash(set) == template);
        let new = new.map(|i| old.remove(i));
        Ok(Sets { new, old })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Object> {
        self.old.iter().chain(&self.new)
    }

    pub(super) fn rollout<'a>(&'a self, deployment: &'a Object) -> Rollout<'a> {
        Rollout { deployment, new: self.new.as_ref(), old: &self.old }
    }

    pub(super) fn find_mut(&mut self, name: &str) -> Option<&mut Object> {
        self.old.iter_mut().chain(&mut self.new).find(|set| set.name() == name)
    }
}

/// What a Deployment selects.
pub(super) fn selector(deployment: &Object) -> LabelSelector {
    LabelSelector::from_object(deployment.at("spec/selector")).unwrap_or_else(|_| LabelSelector::nothing())
}

/// The template of a workload apart from the hash a ReplicaSet's has.
pub(super) fn template_without_hash(workload: &Object) -> Value {
    let mut template = workload.at("spec/template").clone();
    if template.at("metadata/labels").get(HASH_LABEL).is_some() {
        template.at_mut("metadata/labels").map_mut().remove(HASH_LABEL);
    }
    template
}

/// Takes in the ReplicaSets that match and have no controller.
pub(super) fn adopt(ctx: &Ctx<'_>, deployment: &Object) -> Result<(), ApiError> {
    if deployment.is_deleting() {
        return Ok(());
    }
    let selector = selector(deployment);
    let matching = ctx.api.list_where(REPLICA_SETS, deployment.namespace(), |l| selector.matches(l));
    for mut set in matching {
        if set.controller().is_none() && !set.is_deleting() {
            let mut owners: Vec<Value> = set.items_at("metadata/ownerReferences").to_vec();
            owners.push(deployment.as_controller_ref());
            set.set("metadata/ownerReferences", owners);
            ctx.api.update(set)?;
        }
    }
    Ok(())
}

fn release(ctx: &Ctx<'_>, deployment: &Object, mut set: Object) -> Result<(), ApiError> {
    let owners = set.items_at("metadata/ownerReferences").iter();
    let others: Vec<Value> = owners.filter(|r| r.str_at("uid") != deployment.uid()).cloned().collect();
    if others.is_empty() {
        set.remove("metadata/ownerReferences");
    } else {
        set.set("metadata/ownerReferences", others);
    }
    ctx.api.update(set).map(|_| ())
}
