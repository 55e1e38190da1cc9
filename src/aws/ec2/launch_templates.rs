//! Launch templates. Each has one version here: nothing in this house makes a second one.

use super::super::filters::{Limit, page, pass, tag_values};
use super::super::state::{self, TEMPLATE};
use super::super::{Places, ServiceError};
use crate::json;
use crate::machinery::{Object, Value};
use crate::store::Store;

const LIMIT: Limit = Limit {
    size: "MaxResults",
    token: "NextToken",
    default: 200,
    most: 200,
    bad_token: "InvalidParameterValue",
};

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
fn named<'a>(places: &Places<'a>, input: &Value) -> Result<(&'a Store, Object), ServiceError> {
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

pub(super) fn describe_versions(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let (_, template) = named(places, input)?;
    let wanted: Vec<&str> = input.items_at("Versions").iter().filter_map(Value::as_str).collect();
    if !wanted.is_empty() && !wanted.iter().any(|v| matches!(*v, "1" | "$Latest" | "$Default")) {
        return Ok(json!({"LaunchTemplateVersions": []}));
    }
    let spec = template.at("spec");
    Ok(json!({"LaunchTemplateVersions": [{
        "LaunchTemplateId": (spec.at("LaunchTemplateId")), "LaunchTemplateName": (spec.at("LaunchTemplateName")),
        "VersionNumber": 1, "CreateTime": (spec.at("CreateTime")), "CreatedBy": (spec.at("CreatedBy")),
        "DefaultVersion": true, "LaunchTemplateData": (spec.at("kubetick/data")),
    }]}))
}

pub(super) fn create(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let name = input.str_at("LaunchTemplateName");
    if places.find(TEMPLATE, name).is_some() {
        return Err(ServiceError::invalid(
            "InvalidLaunchTemplateName.AlreadyExistsException",
            "Launch template name already in use.",
        ));
    }
    let tags = input
        .items_at("TagSpecifications")
        .iter()
        .filter(|s| s.str_at("ResourceType") == "launch-template")
        .flat_map(|s| s.items_at("Tags").to_vec());
    let store = places.home();
    create_template(
        store,
        NewTemplate {
            id: String::new(),
            name: name.to_string(),
            created_by: places.iam_arn("user/admin"),
            data: input.at("LaunchTemplateData").clone(),
            tags: tags.collect(),
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
