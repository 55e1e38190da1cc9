//! `eksctl create|get|delete iamidentitymapping`: the entries of ConfigMap kube-system/aws-auth.

use super::get::print;
use super::sdk::record;
use super::{Eksctl, now};
use crate::api::Server;
use crate::json;
use crate::machinery::ordered::Json;
use crate::machinery::{Object, Value, yaml};
use crate::store::Access;
use anyhow::bail;

const COLUMNS: [&str; 4] = ["ARN", "USERNAME", "GROUPS", "ACCOUNT"];

/// The lists of the ConfigMap and the member that holds an entry's ARN.
const LISTS: [(&str, &str); 2] = [("mapRoles", "rolearn"), ("mapUsers", "userarn")];

fn map(api: &Server) -> Object {
    let found = api.find("configmaps", "kube-system", "aws-auth");
    found.unwrap_or_else(|| Object::new("v1", "ConfigMap", "kube-system", "aws-auth"))
}

fn entries(map: &Object, list: &str) -> Vec<Value> {
    yaml::read(map.at("data").str_at(list)).map(|v| v.items().to_vec()).unwrap_or_default()
}

fn arn(entry: &Value) -> &str {
    LISTS.iter().map(|(_, member)| entry.str_at(member)).find(|arn| !arn.is_empty()).unwrap_or("")
}

/// The table.
pub(super) fn get(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Read)?;
    let cluster = command.cluster(&cloud)?;
    let map = map(&cluster.api);
    let wanted = command.flags.str("arn");
    let (mut rows, mut data) = (Vec::new(), Vec::new());
    for (list, member) in LISTS {
        for entry in entries(&map, list) {
            if wanted.is_empty() || wanted == arn(&entry) {
                let groups: Vec<&str> = entry.items_at("groups").iter().filter_map(Value::as_str).collect();
                data.push(record([
                    (member, Json::str(arn(&entry))),
                    ("username", Json::str(entry.str_at("username"))),
                    ("groups", Json::from(entry.at("groups"))),
                ]));
                rows.push(vec![
                    arn(&entry).to_string(),
                    entry.str_at("username").to_string(),
                    groups.join(","),
                    String::new(),
                ]);
            }
        }
    }
    for account in entries(&map, "mapAccounts") {
        let text = account.as_str().unwrap_or_default().to_string();
        data.push(record([("account", Json::str(&text))]));
        rows.push(vec![String::new(), String::new(), String::new(), text]);
    }
    if rows.is_empty() && !wanted.is_empty() {
        bail!("no iamidentitymapping with arn \"{wanted}\" found");
    }
    print(command, &COLUMNS, rows, &Json::list(data), "No iamidentitymappings found");
    Ok(())
}

fn given_arn<'c>(command: &'c Eksctl<'_>) -> anyhow::Result<&'c str> {
    match command.flags.str("arn") {
        "" => bail!("--arn must be set"),
        arn => Ok(arn),
    }
}

/// Adds an entry.
pub(super) fn create(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let (log, at) = (command.log(), now(cluster));
    let given = given_arn(command)?;
    let list = if given.contains(":user/") { LISTS[1] } else { LISTS[0] };
    let mut map = map(&cluster.api);
    let mut all = entries(&map, list.0);
    if all.iter().any(|e| arn(e) == given) {
        if command.flags.bool("no-duplicate-arns") {
            bail!("found existing mapping with arn \"{given}\" and --no-duplicate-arns is set");
        }
        log.warning(
            at,
            &format!("found existing mappings with same arn \"{given}\" (which will be shadowed by your new mapping)"),
        );
    }
    let groups: Vec<Value> = command.flags.list("group").iter().map(|g| Value::from(g.as_str())).collect();
    let mut entry = json!({"groups": groups, "username": (command.flags.str("username"))});
    entry.set(list.1, given);
    log.info(at, &format!("adding identity \"{given}\" to auth ConfigMap"));
    all.push(entry);
    write(&cluster.api, &mut map, list.0, all)?;
    cloud.finish()
}

/// Takes entries out.
pub(super) fn delete(command: &Eksctl<'_>) -> anyhow::Result<()> {
    let cloud = command.open(Access::Write)?;
    let cluster = command.cluster(&cloud)?;
    let (log, at) = (command.log(), now(cluster));
    let given = given_arn(command)?;
    let mut map = map(&cluster.api);
    let mut removed = 0;
    for (list, _) in LISTS {
        let all = entries(&map, list);
        let gone = all.iter().filter(|e| arn(e) == given).count();
        // Without --all the newest of several goes.
        let one = if command.flags.bool("all") { 0 } else { gone.saturating_sub(1) };
        let mut kept = 0;
        let left: Vec<Value> = all
            .into_iter()
            .filter(|e| {
                let keeps = arn(e) != given || kept < one;
                kept += usize::from(arn(e) == given && keeps);
                keeps
            })
            .collect();
        if gone > 0 {
            removed += gone - one;
            write(&cluster.api, &mut map, list, left)?;
        }
    }
    if removed == 0 {
        bail!("no iamidentitymapping with arn \"{given}\" found");
    }
    log.info(
        at,
        &format!("removing identity \"{given}\" from auth ConfigMap (username = \"\", groups = [])"),
    );
    cloud.finish()
}

fn write(api: &Server, map: &mut Object, list: &str, entries: Vec<Value>) -> anyhow::Result<()> {
    let text = yaml::to_yaml(&Value::from(entries)).unwrap_or_default();
    map.at_mut("data").map_mut().insert(list, text);
    let written = if map.uid().is_empty() { api.create(map.clone()) } else { api.update(map.clone()) };
    *map = written.map_err(|e| anyhow::anyhow!("{e}"))?;
    Ok(())
}
