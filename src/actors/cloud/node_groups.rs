//! EKS: node groups that are being made become active when their nodes are ready; those being deleted go when their
//! machines are gone.

use super::instances::node_of;
use crate::actors::{Actor, Ctx};
use crate::api::ApiError;
use crate::aws::state::{self, GROUP, INSTANCE, NODE_GROUP, TEMPLATE};
use crate::aws::{self, Caller, Lifecycle, Places};
use crate::catalog::bootstrap::{self, Machines};
use crate::machinery::{Object, Value, well_known};
use crate::store::{Change, Verb};

/// Finishes node groups; keys are their names.
pub struct Eks;

impl Actor for Eks {
    fn name(&self) -> &'static str {
        "eks"
    }

    fn rank(&self) -> u8 {
        72
    }

    fn watches(&self) -> &'static [&'static str] {
        &[NODE_GROUP.resource, INSTANCE.resource, "nodes"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        match object.kind() {
            "Node" => {
                // Only a node that becomes ready can finish anything.
                let was = change.previous.as_ref().is_some_and(|old| old.condition_true("Ready"));
                if !was && object.condition_true("Ready") {
                    wake_unfinished(ctx);
                }
            }
            "Instance"
                if (change.verb == Verb::Deleted || Lifecycle::of(object) == Lifecycle::Terminated) =>
            {
                wake_unfinished(ctx);
            }
            _ if change.verb != Verb::Deleted
                && (object.str_at("spec/status") != "ACTIVE"
                    || !object.at("spec/kubetick/relabel").is_null()) =>
            {
                ctx.wake(object.name());
            }
            _ => {}
        }
    }

    fn reconcile(&mut self, name: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let store = ctx.api.store();
        let Some(group) = state::find(store, NODE_GROUP, name) else { return Ok(()) };
        let groups = group.items_at("spec/resources/autoScalingGroups");
        let asg = groups.first().map_or("", |g| g.str_at("name")).to_string();
        let members = aws::in_group(store, &asg);
        if let Some(labels) = group.at("spec/kubetick").get("relabel") {
            relabel(name, labels, ctx)?;
            state::modify(store, NODE_GROUP, name, |spec| drop(spec.remove("kubetick/relabel")));
        }
        match group.str_at("spec/status") {
            "CREATING" => {
                admit(&group, ctx)?;
                let wanted = state::find(store, GROUP, &asg).and_then(|g| g.int_at("spec/DesiredCapacity"));
                let ready = members.iter().filter(|i| is_ready(i, ctx)).count() as i64;
                if wanted.is_some_and(|wanted| ready >= wanted) {
                    state::modify(store, NODE_GROUP, name, |spec| spec.set("status", "ACTIVE"));
                }
            }
            "DELETING" if members.is_empty() && aws::in_pool(store, &asg).is_empty() => {
                for template in state::list(store, TEMPLATE) {
                    let of_group = |t: &Object| {
                        t.items_at("spec/Tags").iter().any(|tag| {
                            tag.str_at("Key").ends_with("nodegroup-name") && tag.str_at("Value") == name
                        })
                    };
                    if of_group(&template) {
                        state::remove(store, TEMPLATE, template.name());
                    }
                }
                if let Some(asg) = state::remove(store, GROUP, &asg) {
                    let role = asg.str_at("spec/kubetick/nodeGroup/role");
                    if aws::dismiss_node_role(store, role) {
                        bootstrap::forget_role(ctx.api, role);
                    }
                }
                state::remove(store, NODE_GROUP, name);
            }
            _ => {}
        }
        Ok(())
    }
}

/// EKS lets the nodes of its groups in: it writes their role into `aws-auth` where that counts.
fn admit(group: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    if !aws::authentication_mode(ctx.api.store()).asks_config_map() {
        return Ok(());
    }
    let role = group.str_at("spec/kubetick/role");
    let arn = Places::of_program(ctx.api, Caller::User).arn_of_role(role);
    bootstrap::admit_role(ctx.api, &arn, Machines::Instances)
}

/// Gives the nodes of a group labels, and takes some from them.
fn relabel(group: &str, labels: &Value, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    let nodes = ctx.api.list("nodes", "");
    for node in nodes.iter().filter(|n| n.label(well_known::EKS_NODE_GROUP) == Some(group)) {
        ctx.api.modify("nodes", "", node.name(), |node| {
            let kept = node.at_mut("metadata/labels").map_mut();
            for (key, value) in labels.map_at("addOrUpdateLabels").iter() {
                kept.insert(key, value);
            }
            for key in labels.items_at("removeLabels").iter().filter_map(Value::as_str) {
                kept.remove(key);
            }
        })?;
    }
    Ok(())
}

fn wake_unfinished(ctx: &Ctx<'_>) {
    for group in state::list(ctx.api.store(), NODE_GROUP) {
        if group.str_at("spec/status") != "ACTIVE" {
            ctx.wake(group.name());
        }
    }
}

fn is_ready(instance: &Object, ctx: &Ctx<'_>) -> bool {
    let node = node_of(instance, ctx).and_then(|node| ctx.api.find("nodes", "", &node.name()));
    node.is_some_and(|node| node.condition_true("Ready"))
}
