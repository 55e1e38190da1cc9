//! The work on a stack: its resources are made, changed and removed in the order of their needs.

use super::super::{Places, ServiceError};
use super::functions::Scope;
use super::resources::{self, Asked, Made};
use super::story::{Event, Story};
use super::template::{needs, order};
use crate::json;
use crate::machinery::Value;
use std::collections::BTreeMap;

/// A resource as a stack keeps it.
#[derive(Clone)]
pub(super) struct Kept {
    /// Its name in the template.
    pub logical: String,
    /// What it is called.
    pub physical: String,
    /// Its type.
    pub kind: String,
    /// Its properties, functions worked out.
    pub properties: Value,
    /// What `Fn::GetAtt` gives.
    pub attributes: Value,
    /// It stays when the stack goes.
    pub retained: bool,
}

impl Kept {
    pub(super) fn to_value(&self) -> Value {
        json!({
            "LogicalResourceId": (self.logical.as_str()), "PhysicalResourceId": (self.physical.as_str()),
            "ResourceType": (self.kind.as_str()), "properties": (&self.properties), "attributes": (&self.attributes),
            "retained": (self.retained),
        })
    }

    pub(super) fn read(value: &Value) -> Kept {
        let text = |member: &str| value.str_at(member).to_string();
        Kept {
            logical: text("LogicalResourceId"),
            physical: text("PhysicalResourceId"),
            kind: text("ResourceType"),
            properties: value.at("properties").clone(),
            attributes: value.at("attributes").clone(),
            retained: value.bool_at("retained"),
        }
    }

    fn event<'a>(&'a self, status: &'a str, reason: &'a str) -> Event<'a> {
        Event { logical: &self.logical, physical: &self.physical, kind: &self.kind, status, reason }
    }
}

/// How the work ended.
pub(super) struct Done {
    /// What the stack holds now, in the order it was made.
    pub resources: Vec<Kept>,
    /// Its outputs.
    pub outputs: Vec<Value>,
    /// The second the last resource was there.
    pub end: i64,
    /// The resources that could not be made; what was done is undone then.
    pub failed: Vec<String>,
}

/// The work on one stack.
pub(super) struct Work<'a> {
    /// What is known while it goes on.
    pub scope: Scope<'a>,
    /// What the stack held before.
    pub before: Vec<Kept>,
    /// Whether what was made stays when something fails.
    pub keep_failed: bool,
}

impl Work<'_> {
    fn places(&self) -> &Places<'_> {
        self.scope.places
    }

    /// Does it.
    pub(super) fn carry_out(mut self, story: &mut Story) -> Result<Done, ServiceError> {
        let needs = needs(self.scope.template);
        let mut ends: BTreeMap<String, i64> = BTreeMap::new();
        let mut made: Vec<Kept> = Vec::new();
        let mut failed = Vec::new();
        let mut changed: Vec<Kept> = Vec::new();
        for logical in order(self.scope.template)? {
            let resource =
                self.scope.template.at("Resources").map().get(&logical).cloned().unwrap_or_default();
            let condition = resource.str_at("Condition");
            if !condition.is_empty() && !self.scope.condition(condition)? {
                continue;
            }
            let begin =
                needs[&logical].iter().filter_map(|need| ends.get(need)).max().map_or(2, |end| end + 1);
            let old = self.before.iter().find(|k| k.logical == logical && k.kind == resource.str_at("Type"));
            let old = old.cloned();
            match self.resource(&logical, &resource, old.as_ref(), begin, story) {
                Ok((kept, end)) => {
                    self.scope.physical.insert(logical.clone(), kept.physical.clone());
                    self.scope.attributes.insert(logical.clone(), kept.attributes.clone());
                    if old.as_ref().is_none_or(|old| old.properties != kept.properties) {
                        changed.push(kept.clone());
                        ends.insert(logical, end);
                    }
                    made.push(kept);
                }
                Err(second) => {
                    let verb = if old.is_some() { "UPDATE" } else { "CREATE" };
                    story.cut(second, &format!("{verb}_FAILED"), "Resource creation cancelled");
                    failed.push((logical, second));
                    break;
                }
            }
        }
        let mut end = ends.values().copied().max().unwrap_or(2);
        let mut outputs = Vec::new();
        if failed.is_empty() {
            match self.outputs() {
                Ok(found) => outputs = found,
                Err(_) => failed.push(("Outputs".to_string(), end)),
            }
        }
        if let Some((_, second)) = failed.first() {
            end = *second;
            if !self.keep_failed {
                end = self.undo(&changed, end, story);
                made = self.before.clone();
            }
        }
        Ok(Done {
            resources: made,
            outputs,
            end,
            failed: failed.into_iter().map(|(logical, _)| logical).collect(),
        })
    }

    /// Makes or changes one resource from a second on; answers when it is there, or when it failed.
    fn resource(
        &self,
        logical: &str,
        resource: &Value,
        old: Option<&Kept>,
        begin: i64,
        story: &mut Story,
    ) -> Result<(Kept, i64), i64> {
        let kind = resource.str_at("Type");
        let verb = if old.is_some() { "UPDATE" } else { "CREATE" };
        let mut kept = Kept {
            logical: logical.to_string(),
            physical: old.map(|o| o.physical.clone()).unwrap_or_default(),
            kind: kind.to_string(),
            properties: Value::Null,
            attributes: Value::object(),
            retained: resource.str_at("DeletionPolicy").starts_with("Retain"),
        };
        let (progress, fault) = (format!("{verb}_IN_PROGRESS"), format!("{verb}_FAILED"));
        let answer =
            self.scope.value(resource.at("Properties")).map_err(|e| e.message).and_then(|properties| {
                let properties = if properties.is_null() { Value::object() } else { properties };
                if old.is_some_and(|old| old.properties == properties) {
                    return Ok((properties, None));
                }
                let made = self.make(logical, kind, &properties, old)?;
                Ok((properties, Some(made)))
            });
        match answer {
            Ok((properties, Some(made))) => {
                story.tell(begin, &kept.event(&progress, ""));
                let (physical, attributes) = (made.physical, made.attributes);
                kept = Kept { physical, attributes, properties, ..kept };
                if old.is_none() {
                    story.tell(begin + 1, &kept.event(&progress, "Resource creation Initiated"));
                }
                let end = begin + 1 + resources::seconds(kind);
                story.tell(end, &kept.event(&format!("{verb}_COMPLETE"), ""));
                Ok((kept, end))
            }
            Ok((properties, None)) => {
                let old = old.cloned().unwrap_or_else(|| kept.clone());
                Ok((Kept { properties, retained: kept.retained, ..old }, begin))
            }
            Err(reason) => {
                story.tell(begin, &kept.event(&progress, ""));
                story.tell(begin + 1, &kept.event(&fault, &reason));
                Err(begin + 1)
            }
        }
    }

    fn make(
        &self,
        logical: &str,
        kind: &str,
        properties: &Value,
        old: Option<&Kept>,
    ) -> Result<Made, String> {
        let asked = Asked {
            places: self.scope.places,
            stack: self.scope.stack.0,
            logical,
            kind,
            properties,
            before: old.map(|o| o.physical.as_str()),
            old: old.map_or(&Value::Null, |o| &o.properties),
        };
        resources::make(&asked)
    }

    /// Takes back what was made and changed; answers when that is done.
    fn undo(&self, changed: &[Kept], from: i64, story: &mut Story) -> i64 {
        let mut second = from + 2;
        for kept in changed.iter().rev() {
            match self.before.iter().find(|old| old.logical == kept.logical) {
                Some(old) => {
                    let _ = self.make(&old.logical, &old.kind, &old.properties, Some(kept));
                    story.tell(second, &old.event("UPDATE_IN_PROGRESS", ""));
                    story.tell(second + 1, &old.event("UPDATE_COMPLETE", ""));
                }
                None => {
                    resources::remove(self.places(), &kept.kind, &kept.physical, &kept.properties);
                    story.tell(second, &kept.event("DELETE_IN_PROGRESS", ""));
                    story.tell(second + 1, &kept.event("DELETE_COMPLETE", ""));
                }
            }
            second += 2;
        }
        second
    }

    fn outputs(&self) -> Result<Vec<Value>, ServiceError> {
        let mut outputs = Vec::new();
        for (key, output) in self.scope.template.at("Outputs").map().iter() {
            let condition = output.str_at("Condition");
            if !condition.is_empty() && !self.scope.condition(condition)? {
                continue;
            }
            let text = |value: &Value| self.scope.value(value).map(|v| super::parameters::text(&v));
            let mut entry = json!({"OutputKey": key, "OutputValue": (text(output.at("Value"))?)});
            if !output.str_at("Description").is_empty() {
                entry.set("Description", output.str_at("Description"));
            }
            if let Some(name) = output.at("Export").get("Name") {
                entry.set("ExportName", text(name)?);
            }
            outputs.push(entry);
        }
        Ok(outputs)
    }
}

/// Removes resources, the last made first; answers when that is done.
pub(super) fn remove_all(places: &Places<'_>, all: &[Kept], from: i64, story: &mut Story) -> i64 {
    let mut second = from;
    for kept in all.iter().rev() {
        if kept.retained {
            story.tell(second, &kept.event("DELETE_SKIPPED", ""));
            continue;
        }
        resources::remove(places, &kept.kind, &kept.physical, &kept.properties);
        story.tell(second, &kept.event("DELETE_IN_PROGRESS", ""));
        story.tell(second + 2, &kept.event("DELETE_COMPLETE", ""));
        second += 1;
    }
    second + 2
}
