//! Patches of the three dialects, made and applied.

use super::harness::{run, same};
use kubetick::api::schema::MergeRules;
use kubetick::api::{Registry, Resource};
use kubetick::machinery::patch::{
    apply_strategic, create_strategic_patch, three_way_merge_patch, three_way_strategic_patch,
};
use kubetick::machinery::{KubeVersion, Value};

fn resource(kind: &str) -> Resource {
    let registry = Registry::new(KubeVersion::default());
    registry.preferred().find(|r| r.kind == kind).unwrap_or_else(|| panic!("no kind {kind}")).clone()
}

#[test]
fn strategic_merge_patch() {
    run("machinery/strategic-merge-patch.jsonl", |case| {
        let (input, expect) = (case.at("input"), case.at("expect"));
        let rules = MergeRules::of(&resource(input.str_at("kind")));
        let (original, modified) = (input.at("original"), input.at("modified"));
        let current = input.at("current");
        let patch = match input.str_at("op") {
            "threeWay" => {
                three_way_strategic_patch(original, modified, current, rules, input.bool_at("overwrite"))
            }
            "twoWay" => create_strategic_patch(original, modified, rules),
            "threeWayJSONMerge" => Ok(three_way_merge_patch(original, modified, current)),
            _ => Ok(input.at("patch").clone()),
        };
        let patch = match patch {
            Ok(patch) => patch,
            Err(e) if expect.str_at("error") == "conflict" => {
                return same("conflict", e.to_string().contains("conflicts with changes"), true);
            }
            Err(e) => return same("error", e.to_string().as_str(), expect.str_at("error")),
        };
        if let Some(wanted) = expect.get("patch") {
            same("patch", &patch, wanted)?;
        }
        let base = if input.str_at("op") == "twoWay" { original } else { current };
        match apply_strategic(base, &patch, rules) {
            Ok(result) => match expect.get("result") {
                Some(wanted) => same("result", &result, wanted),
                None => same("error", &Value::Null, expect.at("error")),
            },
            Err(e) => same("error", e.to_string().as_str(), expect.str_at("error")),
        }
    });
}
