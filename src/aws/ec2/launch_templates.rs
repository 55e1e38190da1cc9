//! Launch templates and their versions.

use super::super::filters::{Limit, page, pass, tag_values};
use super::super::state::{self, TEMPLATE};
use super::super::{Places, ServiceError};
use super::{pages_of, tags};
use crate::json;
use crate::machinery::{Object, Value};
use crate::store::Store;

const LIMIT: Limit = pages_of(200);

/// A template to be made.
pub struct NewTemplate {
    /// `lt-0...`; empty draws one.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The ARN of who makes it.
    pub created_by: String,
    /// What it launches, as the API has it.
    pub data: Value,
    /// `Key` and `Value`.
    pub tags: Vec<Value>,
}

/// Makes a template; answers its id.
pub fn create_template(store: &Store, template: NewTemplate) -> String {
    let id = if template.id.is_empty() { state::ec2_id(store, "lt") } else { template.id };
    let spec = json!({
        "LaunchTemplateId": (id.as_str()), "LaunchTemplateName": (template.name.as_str()),
        "CreateTime": (state::timestamp(store.now())), "CreatedBy": (template.created_by),
        "DefaultVersionNumber": 1, "LatestVersionNumber": 1, "Tags": (template.tags),
        "kubetick": {"data": (template.data)},
    });
    state::put(store, TEMPLATE, &template.name, spec);
    id
}

/// A template as answers show it; some leave the tags out.
fn shown(template: &Object, with_tags: bool) -> Value {
    let mut shown = template.at("spec").clone();
    shown.remove("kubetick");
    if !with_tags || shown.items_at("Tags").is_empty() {
        shown.remove("Tags");
    }
    shown
}

fn not_found(name: &str, id: &str) -> ServiceError {
    match id {
        "" => ServiceError::invalid(
            "InvalidLaunchTemplateName.NotFoundException",
            format!("The specified launch template, with template name {name}, does not exist."),
        ),
        id => ServiceError::invalid(
            "InvalidLaunchTemplateId.NotFound",
            format!("The specified launch template, with template ID {id}, does not exist."),
        ),
    }
}

/// The template a request names by id or name.
pub(in crate::aws) fn named<'a>(
    places: &Places<'a>,
    input: &Value,
) -> Result<(&'a Store, Object), ServiceError> {
    let (id, name) = (input.str_at("LaunchTemplateId"), input.str_at("LaunchTemplateName"));
    if id.is_empty() && name.is_empty() {
        return Err(ServiceError::invalid(
            "MissingParameter",
            "The request must contain either launch template ID or launch template name.",
        ));
    }
    let all = places.list(TEMPLATE);
    let found = all
        .into_iter()
        .find(|t| if id.is_empty() { t.name() == name } else { t.str_at("spec/LaunchTemplateId") == id });
    found.and_then(|t| places.find(TEMPLATE, t.name())).ok_or_else(|| not_found(name, id))
}

pub(super) fn describe(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (ids, names) = (input.items_at("LaunchTemplateIds"), input.items_at("LaunchTemplateNames"));
    let all = places.list(TEMPLATE);
    for name in names.iter().filter_map(Value::as_str) {
        if !all.iter().any(|t| t.name() == name) {
            return Err(not_found(name, ""));
        }
    }
    for id in ids.iter().filter_map(Value::as_str) {
        if !all.iter().any(|t| t.str_at("spec/LaunchTemplateId") == id) {
            return Err(not_found("", id));
        }
    }
    let mut found = Vec::new();
    for template in &all {
        let spec = template.at("spec");
        let values = |filter: &str| match filter {
            "launch-template-name" => Some(vec![template.name().to_string()]),
            "create-time" => Some(vec![spec.str_at("CreateTime").to_string()]),
            _ => tag_values(spec.items_at("Tags"), filter),
        };
        let chosen = (ids.is_empty() && names.is_empty())
            || ids.contains(spec.at("LaunchTemplateId"))
            || names.contains(spec.at("LaunchTemplateName"));
        if chosen && pass(input.items_at("Filters"), values)? {
            found.push(shown(template, true));
        }
    }
    page(found, "LaunchTemplates", input, LIMIT)
}

/// Every version of a template, the first one first: what an answer shows of each.
fn versions(template: &Object) -> Vec<Value> {
    let spec = template.at("spec");
    let default = spec.int_at("DefaultVersionNumber").unwrap_or(1);
    let first = json!({"VersionNumber": 1, "CreateTime": (spec.at("CreateTime")), "LaunchTemplateData": (spec.at("kubetick/data"))});
    let mut all = vec![first];
    all.extend(spec.items_at("kubetick/versions").iter().cloned());
    for version in &mut all {
        version.set("LaunchTemplateId", spec.at("LaunchTemplateId"));
        version.set("LaunchTemplateName", spec.at("LaunchTemplateName"));
        version.set("CreatedBy", spec.at("CreatedBy"));
        version.set("DefaultVersion", version.int_at("VersionNumber") == Some(default));
    }
    all
}

/// The number a word for a version stands for; the default one for none.
fn number(template: &Object, word: &str) -> i64 {
    let kept = |member: &str| template.int_at(&format!("spec/{member}")).unwrap_or(1);
    match word {
        "$Latest" => kept("LatestVersionNumber"),
        "" | "$Default" => kept("DefaultVersionNumber"),
        number => number.parse().unwrap_or(0),
    }
}

/// What a version of a template launches.
pub(super) fn data_of(template: &Object, version: &str) -> Value {
    let wanted = number(template, version);
    let found = versions(template).into_iter().find(|v| v.int_at("VersionNumber") == Some(wanted));
    found.map(|v| v.at("LaunchTemplateData").clone()).unwrap_or_default()
}

/// The template that an Auto Scaling group names.
pub(super) fn of_specification(store: &Store, given: &Value) -> Option<Object> {
    let (id, name) = (given.str_at("LaunchTemplateId"), given.str_at("LaunchTemplateName"));
    let is_it =
        |t: &Object| if id.is_empty() { t.name() == name } else { t.str_at("spec/LaunchTemplateId") == id };
    state::list(store, TEMPLATE).into_iter().find(is_it)
}

pub(super) fn describe_versions(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (_, template) = named(places, input)?;
    let words = input.items_at("Versions").iter().filter_map(Value::as_str);
    let wanted: Vec<i64> = words.map(|word| number(&template, word)).collect();
    let mut found = versions(&template);
    found.retain(|v| wanted.is_empty() || wanted.iter().any(|w| v.int_at("VersionNumber") == Some(*w)));
    // The newest first.
    found.reverse();
    page(found, "LaunchTemplateVersions", input, LIMIT)
}

pub(super) fn create_version(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (store, template) = named(places, input)?;
    let latest = template.int_at("spec/LatestVersionNumber").unwrap_or(1) + 1;
    let mut data = match input.str_at("SourceVersion") {
        "" => Value::object(),
        source => data_of(&template, source),
    };
    for (member, value) in input.at("LaunchTemplateData").map().iter() {
        data.map_mut().insert(member, value);
    }
    let mut version = json!({"VersionNumber": latest, "CreateTime": (state::timestamp(store.now())), "LaunchTemplateData": data});
    if let Some(description) = input.get("VersionDescription") {
        version.set("VersionDescription", description);
    }
    state::modify(store, TEMPLATE, template.name(), |spec| {
        spec.set("LatestVersionNumber", latest);
        spec.at_mut("kubetick/versions").list_mut().push(version);
    });
    let made = state::find(store, TEMPLATE, template.name()).unwrap_or_default();
    Ok(json!({"LaunchTemplateVersion": (versions(&made).pop().unwrap_or_default())}))
}

/// Says which version is the default one.
pub(super) fn modify(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (store, template) = named(places, input)?;
    let word = input.str_at("DefaultVersion");
    let wanted = number(&template, word);
    if !versions(&template).iter().any(|v| v.int_at("VersionNumber") == Some(wanted)) {
        return Err(ServiceError::invalid(
            "InvalidLaunchTemplateId.VersionNotFound",
            format!(
                "Could not find the specified version {word} for the launch template with ID {}.",
                template.str_at("spec/LaunchTemplateId")
            ),
        ));
    }
    state::modify(store, TEMPLATE, template.name(), |spec| spec.set("DefaultVersionNumber", wanted));
    let changed = state::find(store, TEMPLATE, template.name()).unwrap_or_default();
    Ok(json!({"LaunchTemplate": (shown(&changed, true))}))
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("LaunchTemplateName");
    if places.find(TEMPLATE, name).is_some() {
        return Err(ServiceError::invalid(
            "InvalidLaunchTemplateName.AlreadyExistsException",
            "Launch template name already in use.",
        ));
    }
    let tags = tags::specified(input, "launch-template");
    let store = places.home();
    create_template(
        store,
        NewTemplate {
            id: String::new(),
            name: name.to_string(),
            created_by: places.iam_arn("user/admin"),
            data: input.at("LaunchTemplateData").clone(),
            tags,
        },
    );
    let made = state::find(store, TEMPLATE, name).unwrap_or_default();
    Ok(json!({"LaunchTemplate": (shown(&made, true))}))
}

pub(super) fn delete(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (store, template) = named(places, input)?;
    state::remove(store, TEMPLATE, template.name());
    Ok(json!({"LaunchTemplate": (shown(&template, false))}))
}
