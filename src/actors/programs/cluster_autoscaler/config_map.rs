//! Writing the status ConfigMap.

use super::access::Access;
use super::clock::go_time;
use super::flags::Flags;
use super::journal::Journal;
use crate::actors::programs::Process;
use crate::machinery::Object;

const UPDATED: &str = "cluster-autoscaler.kubernetes.io/last-updated";

/// Writes the text under `status`.
pub fn write(process: &Process<'_>, access: &Access<'_>, flags: &Flags, text: &str, journal: &mut Journal) {
    let api = process.api;
    let (ns, name) = (flags.namespace.as_str(), flags.status_config_map.as_str());
    let known = api.find("configmaps", ns, name);
    let verb = if known.is_some() { "update" } else { "create" };
    let object_name = if known.is_some() { name } else { "" };
    let allowed = access
        .check("get", "", "configmaps", ns, name)
        .and_then(|()| access.check(verb, "", "configmaps", ns, object_name));
    let fill = |map: &mut Object| {
        map.set("data/status", text);
        map.set_annotation(UPDATED, &go_time(process.now()));
    };
    let written = allowed.and_then(|()| {
        let result = match known {
            Some(mut map) => {
                fill(&mut map);
                api.update(map)
            }
            None => {
                let mut map = Object::new("v1", "ConfigMap", ns, name);
                fill(&mut map);
                api.create(map)
            }
        };
        result.map(|_| ()).map_err(|e| e.message)
    });
    if let Err(why) = written {
        journal.error("clusterstate.go:900", format!("Failed to write status configmap: {why}"));
    }
}

/// Takes it away: the process ends.
pub fn delete(process: &Process<'_>, flags: &Flags) {
    // One that is not there is as good.
    let _ = process.api.delete("configmaps", &flags.namespace, &flags.status_config_map);
}
