//! Pods leave nodes with `NoExecute` taints they do not tolerate, at once or when their toleration runs out.

use crate::actors::{Actor, Ctx};
use crate::api::{ApiError, EventSpec, Reason};
use crate::json;
use crate::machinery::{Duration, Object, Time, Value};
use crate::store::{Change, Verb};

const NAME: &str = "taint-eviction-controller";

/// Evicts; keys are pods.
pub struct TaintEviction;

impl Actor for TaintEviction {
    fn name(&self) -> &'static str {
        NAME
    }

    fn rank(&self) -> u8 {
        22
    }

    fn watches(&self) -> &'static [&'static str] {
        &["nodes", "pods"]
    }

    fn react(&mut self, change: &Change, ctx: &Ctx<'_>) {
        let object = &change.object;
        if change.resource.as_ref() == "nodes" {
            let before: Vec<&Value> = change.previous.iter().flat_map(no_execute).collect();
            let after: Vec<&Value> = no_execute(object).collect();
            if change.verb != Verb::Deleted && before != after {
                for pod in ctx.api.pods_on_node(object.name()) {
                    ctx.wake(&pod.key());
                }
            }
            return;
        }
        if change.verb == Verb::Deleted {
            ctx.remember(&object.key(), Value::Null);
            ctx.forget_wake(&object.key());
            return;
        }
        let node = object.str_at("spec/nodeName");
        let moved = change.previous.as_ref().is_none_or(|old| {
            old.str_at("spec/nodeName") != node || old.at("spec/tolerations") != object.at("spec/tolerations")
        });
        if moved && !node.is_empty() {
            let tainted = ctx.api.find("nodes", "", node).is_some_and(|n| no_execute(&n).next().is_some());
            if tainted {
                ctx.wake(&object.key());
            }
        }
    }

    fn reconcile(&mut self, key: &str, ctx: &Ctx<'_>) -> Result<(), ApiError> {
        let Some((ns, name)) = key.split_once('/') else { return Ok(()) };
        let Some(pod) = ctx.api.find("pods", ns, name).filter(|p| !p.is_deleting()) else { return Ok(()) };
        let node = ctx.api.find("nodes", "", pod.str_at("spec/nodeName"));
        let taints: Vec<&Value> = node.iter().flat_map(no_execute).collect();
        let pending = ctx.memory(key);
        let stay = stay(&pod, &taints);
        let since = pending.int_at("since").map_or(ctx.now(), Time);
        match stay {
            Stay::Forever => {
                if !pending.is_null() {
                    tell(&pod, &format!("Cancelling deletion of Pod {key}"), ctx);
                    ctx.remember(key, Value::Null);
                    ctx.forget_wake(key);
                }
                Ok(())
            }
            Stay::For(time) if since + time > ctx.now() => {
                ctx.remember(key, json!({"since": (since.0)}));
                ctx.wake_at(key, since + time);
                Ok(())
            }
            Stay::For(_) => evict(&pod, ctx),
        }
    }
}

/// How long a pod stays.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Stay {
    Forever,
    For(Duration),
}

/// The shortest of the tolerations in use; none left over for a taint means now.
fn stay(pod: &Object, taints: &[&Value]) -> Stay {
    let mut shortest: Option<i64> = None;
    for taint in taints {
        let mut tolerations =
            pod.items_at("spec/tolerations").iter().filter(|t| tolerates(t, taint)).peekable();
        if tolerations.peek().is_none() {
            return Stay::For(Duration::ZERO);
        }
        for seconds in tolerations.filter_map(|t| t.int_at("tolerationSeconds")) {
            shortest = Some(shortest.map_or(seconds, |s| s.min(seconds)));
        }
    }
    shortest.map_or(Stay::Forever, |seconds| Stay::For(Duration::from_secs(seconds.max(0))))
}

fn tolerates(toleration: &Value, taint: &Value) -> bool {
    let (key, effect) = (toleration.str_at("key"), toleration.str_at("effect"));
    if !effect.is_empty() && effect != taint.str_at("effect") || !key.is_empty() && key != taint.str_at("key")
    {
        return false;
    }
    match toleration.str_at("operator") {
        "Exists" => true,
        _ => !key.is_empty() && toleration.str_at("value") == taint.str_at("value"),
    }
}

fn no_execute(node: &Object) -> impl Iterator<Item = &Value> {
    node.items_at("spec/taints").iter().filter(|t| t.str_at("effect") == "NoExecute")
}

fn evict(pod: &Object, ctx: &Ctx<'_>) -> Result<(), ApiError> {
    tell(pod, &format!("Marking for deletion Pod {}", pod.key()), ctx);
    let message = "Taint manager: deleting due to NoExecute taint";
    let mark = |p: &mut Object| ctx.api.mark_disrupted(p, "DeletionByTaintManager", message);
    match ctx.api.modify_status("pods", pod.namespace(), pod.name(), mark) {
        Err(e) if e.reason != Reason::NotFound => return Err(e),
        _ => {}
    }
    ctx.remember(&pod.key(), Value::Null);
    ctx.api.delete("pods", pod.namespace(), pod.name())
}

fn tell(pod: &Object, message: &str, ctx: &Ctx<'_>) {
    let event = EventSpec {
        kind: "Normal",
        reason: "TaintManagerEviction",
        message,
        component: NAME,
        ..EventSpec::default()
    };
    ctx.api.record(pod, &event);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_toleration_in_use_decides() {
        let pod = |tolerations: Value| {
            let mut pod = Object::new("v1", "Pod", "default", "p");
            pod.set("spec/tolerations", tolerations);
            pod
        };
        let taint = json!({"key": "maint", "value": "true", "effect": "NoExecute"});
        let tolerated = json!([
            {"key": "maint", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 10},
            {"key": "other", "operator": "Exists", "tolerationSeconds": 1},
        ]);
        assert_eq!(stay(&pod(tolerated), &[&taint]), Stay::For(Duration::from_secs(10)));
        assert_eq!(stay(&pod(json!([{"operator": "Exists"}])), &[&taint]), Stay::Forever);
        assert_eq!(stay(&pod(json!([])), &[&taint]), Stay::For(Duration::ZERO));
        assert_eq!(stay(&pod(json!([])), &[]), Stay::Forever);
    }
}
