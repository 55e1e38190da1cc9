//! What the API server answers when it does not do as asked: `Status` objects, typed.

mod field;
mod kubectl;

pub use field::{FieldError, FieldErrorType, Path};

use super::Resource;
use crate::json;
use crate::machinery::{Map, Value};
use std::fmt;

/// The machine-readable word for what went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// 400: the request cannot be understood.
    BadRequest,
    /// 401: nobody knows who asks.
    Unauthorized,
    /// 403: known, but not allowed; also what admission turns down.
    Forbidden,
    /// 404.
    NotFound,
    /// 409: the name is taken.
    AlreadyExists,
    /// 409: the object is not what the writer thought.
    Conflict,
    /// 410: the history asked for is gone.
    Expired,
    /// 415.
    UnsupportedMediaType,
    /// 422: the object breaks its rules.
    Invalid,
    /// 429: later, perhaps.
    TooManyRequests,
    /// 500.
    InternalError,
    /// 503.
    ServiceUnavailable,
    /// 504.
    Timeout,
}

impl Reason {
    /// The HTTP status code.
    pub fn code(self) -> u16 {
        match self {
            Reason::BadRequest => 400,
            Reason::Unauthorized => 401,
            Reason::Forbidden => 403,
            Reason::NotFound => 404,
            Reason::AlreadyExists | Reason::Conflict => 409,
            Reason::Expired => 410,
            Reason::UnsupportedMediaType => 415,
            Reason::Invalid => 422,
            Reason::TooManyRequests => 429,
            Reason::InternalError => 500,
            Reason::ServiceUnavailable => 503,
            Reason::Timeout => 504,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// One of several causes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cause {
    /// `FieldValueInvalid`, `DisruptionBudget` and the like.
    pub reason: String,
    /// The text without the field.
    pub message: String,
    /// `spec.replicas`; empty when no field is to blame.
    pub field: String,
}

/// Which object the answer is about, and why.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Details {
    /// Name of the object.
    pub name: String,
    /// Its API group.
    pub group: String,
    /// The plural of the resource; for [`Reason::Invalid`] the kind.
    pub kind: String,
    /// Why, one by one.
    pub causes: Vec<Cause>,
    /// When to try again.
    pub retry_after_seconds: u32,
}

/// A request the API server turned down.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// The word for it.
    pub reason: Reason,
    /// The text a person reads.
    pub message: String,
    /// The object and the causes, where known.
    pub details: Option<Box<Details>>,
}

impl ApiError {
    fn bare(reason: Reason, message: impl Into<String>) -> ApiError {
        ApiError { reason, message: message.into(), details: None }
    }

    fn about(reason: Reason, resource: &Resource, name: &str, message: String) -> ApiError {
        let details = Details {
            name: name.into(),
            group: resource.group.to_string(),
            kind: resource.plural.to_string(),
            ..Details::default()
        };
        ApiError { reason, message, details: Some(Box::new(details)) }
    }

    /// The request cannot be understood.
    pub fn bad_request(message: impl Into<String>) -> ApiError {
        ApiError::bare(Reason::BadRequest, message)
    }

    /// Nobody knows who asks.
    pub fn unauthorized() -> ApiError {
        ApiError::bare(Reason::Unauthorized, "Unauthorized")
    }

    /// `pods "x" is forbidden: WHY`; without a name `pods is forbidden: WHY`.
    pub fn forbidden(resource: &Resource, name: &str, why: impl fmt::Display) -> ApiError {
        let what = resource.qualified();
        let message = match name {
            "" => format!("{what} is forbidden: {why}"),
            name => format!("{what} \"{name}\" is forbidden: {why}"),
        };
        ApiError::about(Reason::Forbidden, resource, name, message)
    }

    /// `deployments.apps "x" not found`.
    pub fn not_found(resource: &Resource, name: &str) -> ApiError {
        let message = format!("{} \"{name}\" not found", resource.qualified());
        ApiError::about(Reason::NotFound, resource, name, message)
    }

    /// `namespaces "x" not found`, whatever was to be done in it.
    pub fn namespace_not_found(name: &str) -> ApiError {
        let details = Details { name: name.into(), kind: "namespaces".into(), ..Details::default() };
        ApiError {
            details: Some(Box::new(details)),
            ..ApiError::bare(Reason::NotFound, format!("namespaces \"{name}\" not found"))
        }
    }

    /// No such path.
    pub fn no_such_resource() -> ApiError {
        ApiError {
            details: Some(Box::default()),
            ..ApiError::bare(Reason::NotFound, "the server could not find the requested resource")
        }
    }

    /// The body is in a form nobody reads here.
    pub fn unsupported_media_type(accepted: &[&str]) -> ApiError {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {}",
            accepted.join(", ")
        );
        ApiError::bare(Reason::UnsupportedMediaType, message)
    }

    /// `configmaps "c1" already exists`.
    pub fn already_exists(resource: &Resource, name: &str) -> ApiError {
        let message = format!("{} \"{name}\" already exists", resource.qualified());
        ApiError::about(Reason::AlreadyExists, resource, name, message)
    }

    /// `Operation cannot be fulfilled on RESOURCE "x": WHY`.
    pub fn conflict(resource: &Resource, name: &str, why: impl fmt::Display) -> ApiError {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", resource.qualified());
        ApiError::about(Reason::Conflict, resource, name, message)
    }

    /// As [`ApiError::conflict`], naming the kind instead of the resource: what is said before an object is deleted.
    pub fn kind_conflict(resource: &Resource, name: &str, why: impl fmt::Display) -> ApiError {
        let mut kind = resource.kind_dot_group();
        kind.replace_range(..resource.kind.len(), &resource.kind);
        let message = format!("Operation cannot be fulfilled on {kind} \"{name}\": {why}");
        let mut error = ApiError::about(Reason::Conflict, resource, name, message);
        error.details.get_or_insert_default().kind = resource.kind.to_string();
        error
    }

    /// Somebody else wrote in between.
    pub fn modified(resource: &Resource, name: &str) -> ApiError {
        let why =
            "the object has been modified; please apply your changes to the latest version and try again";
        ApiError::conflict(resource, name, why)
    }

    /// As [`ApiError::conflict`], about a subresource such as `binding`.
    pub fn subresource_conflict(
        resource: &Resource,
        sub: &str,
        name: &str,
        why: impl fmt::Display,
    ) -> ApiError {
        let kind = format!("{}/{sub}", resource.plural);
        let message = format!("Operation cannot be fulfilled on {kind} \"{name}\": {why}");
        let mut error = ApiError::about(Reason::Conflict, resource, name, message);
        error.details.get_or_insert_default().kind = kind;
        error
    }

    /// The history asked for is gone.
    pub fn expired(message: impl Into<String>) -> ApiError {
        ApiError::bare(Reason::Expired, message)
    }

    /// The revision asked for lies in the future.
    pub fn too_large_resource_version(wanted: u64, current: u64) -> ApiError {
        let details = Details {
            causes: vec![Cause {
                reason: "ResourceVersionTooLarge".into(),
                message: "Too large resource version".into(),
                field: String::new(),
            }],
            retry_after_seconds: 1,
            ..Details::default()
        };
        let message = format!("Timeout: Too large resource version: {wanted}, current: {current}");
        ApiError { details: Some(Box::new(details)), ..ApiError::bare(Reason::Timeout, message) }
    }

    /// The object breaks rules: `Deployment.apps "d2" is invalid: [a, b]`.
    pub fn invalid(group: &str, kind: &str, name: &str, errors: Vec<FieldError>) -> ApiError {
        let mut texts: Vec<String> = Vec::new();
        for error in &errors {
            let text = error.to_string();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let why = match texts.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let qualified = if group.is_empty() { kind.to_string() } else { format!("{kind}.{group}") };
        let causes = errors
            .into_iter()
            .map(|e| Cause { reason: e.kind.cause().into(), message: e.body(), field: e.path })
            .collect();
        let details = Details {
            name: name.into(),
            group: group.into(),
            kind: kind.into(),
            causes,
            retry_after_seconds: 0,
        };
        ApiError {
            reason: Reason::Invalid,
            message: format!("{qualified} \"{name}\" is invalid: {why}"),
            details: Some(Box::new(details)),
        }
    }

    /// As [`ApiError::invalid`], for an object of a served kind.
    pub fn invalid_object(resource: &Resource, name: &str, errors: Vec<FieldError>) -> ApiError {
        ApiError::invalid(&resource.group, &resource.kind, name, errors)
    }

    /// A patch that leads nowhere: one bad path, one failed test.
    pub fn rejected() -> ApiError {
        ApiError {
            details: Some(Box::default()),
            ..ApiError::bare(
                Reason::Invalid,
                "the server rejected our request due to an error in our request",
            )
        }
    }

    /// A patch whose result cannot be read: `patch: Invalid value: "PATCH": WHY`.
    pub fn unreadable_patch(patch: &str, why: impl fmt::Display) -> ApiError {
        let error = FieldError::invalid("patch", patch, why);
        let text = error.to_string();
        let mut invalid = ApiError::invalid("", "", "", vec![error]);
        invalid.message = format!(" \"\" is invalid: {text}");
        invalid
    }

    /// An eviction the budget does not allow now.
    pub fn too_many_requests(
        message: impl Into<String>,
        retry_after_seconds: u32,
        causes: Vec<Cause>,
    ) -> ApiError {
        let details = Details { causes, retry_after_seconds, ..Details::default() };
        ApiError { details: Some(Box::new(details)), ..ApiError::bare(Reason::TooManyRequests, message) }
    }

    /// Something here is broken.
    pub fn internal(message: impl Into<String>) -> ApiError {
        ApiError::bare(Reason::InternalError, message)
    }

    /// An aggregated API does not answer.
    pub fn service_unavailable() -> ApiError {
        ApiError::bare(Reason::ServiceUnavailable, "service unavailable")
    }

    /// Adds a cause.
    pub fn with_cause(mut self, reason: &str, message: impl Into<String>, field: &str) -> ApiError {
        let cause = Cause { reason: reason.into(), message: message.into(), field: field.into() };
        self.details.get_or_insert_default().causes.push(cause);
        self
    }

    /// The HTTP status code.
    pub fn code(&self) -> u16 {
        self.reason.code()
    }

    /// The `Status` object.
    pub fn to_value(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": &self.message, "reason": self.reason.to_string(), "code": self.code(),
        });
        if let Some(details) = &self.details {
            status.set("details", details.to_value());
        }
        status
    }
}

impl Details {
    fn to_value(&self) -> Value {
        let mut map = Map::new();
        for (key, text) in [("name", &self.name), ("group", &self.group), ("kind", &self.kind)] {
            if !text.is_empty() {
                map.insert(key, text);
            }
        }
        if !self.causes.is_empty() {
            map.insert("causes", self.causes.iter().map(Cause::to_value).collect::<Value>());
        }
        if self.retry_after_seconds > 0 {
            map.insert("retryAfterSeconds", self.retry_after_seconds);
        }
        map.into()
    }
}

impl Cause {
    fn to_value(&self) -> Value {
        [("reason", &self.reason), ("message", &self.message), ("field", &self.field)]
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Registry;
    use crate::machinery::KubeVersion;

    fn resource(name: &str) -> Resource {
        Registry::new(KubeVersion::LATEST).lookup(name).unwrap().clone()
    }

    #[test]
    fn an_invalid_object_lists_its_errors_once_in_the_message_and_all_as_causes() {
        let twice = || FieldError::required("spec.selector", "");
        let errors = vec![
            FieldError::invalid("spec.replicas", -1, "must be greater than or equal to 0"),
            twice(),
            twice(),
        ];
        let error = ApiError::invalid_object(&resource("deploy"), "d2", errors);
        assert_eq!(
            error.to_string(),
            "Deployment.apps \"d2\" is invalid: [spec.replicas: Invalid value: -1: must be greater than or equal to 0, \
             spec.selector: Required value]"
        );
        let status = error.to_value();
        assert_eq!(status.int_at("code"), Some(422));
        assert_eq!(status.str_at("details/causes/0/reason"), "FieldValueInvalid");
        assert_eq!(status.items_at("details/causes").len(), 3);
    }

    #[test]
    fn errors_name_the_resource_with_its_group() {
        assert_eq!(ApiError::not_found(&resource("deploy"), "x").message, "deployments.apps \"x\" not found");
        let bound =
            ApiError::subresource_conflict(&resource("po"), "binding", "p1", "pod p1 is already assigned");
        assert_eq!(bound.to_value().str_at("details/kind"), "pods/binding");
        assert_eq!(ApiError::forbidden(&resource("po"), "", "no").message, "pods is forbidden: no");
    }
}
