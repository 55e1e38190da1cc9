//! DefaultTolerationSeconds: a pod stays five minutes on a node that is not ready or out of reach.

use crate::json;
use crate::machinery::{Object, Value};

const SECONDS: i64 = 300;

pub(super) fn add(pod: &mut Object) {
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let says = |t: &Value| {
            matches!(t.str_at("key"), k if k == key || k.is_empty())
                && matches!(t.str_at("effect"), "NoExecute" | "")
        };
        if !pod.items_at("spec/tolerations").iter().any(says) {
            let toleration = json!({
                "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS,
            });
            pod.at_mut("spec/tolerations").list_mut().push(toleration);
        }
    }
}
