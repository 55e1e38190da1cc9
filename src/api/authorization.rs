//! Who may do what: role-based access control, as the authorizer evaluates it.

use super::{ApiError, Resource, Server};
use crate::machinery::{Object, Value};

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// `admin`, `system:serviceaccount:NAMESPACE:NAME`.
    pub name: String,
    /// The groups it belongs to.
    pub groups: Vec<String>,
}

/// Members of this group may do everything.
const MASTERS: &str = "system:masters";

impl User {
    /// A user known by name only, as after impersonation.
    pub fn named(name: &str) -> User {
        let mut groups = Vec::new();
        if let Some(account) = name.strip_prefix("system:serviceaccount:") {
            let ns = account.split(':').next().unwrap_or("");
            groups.push("system:serviceaccounts".to_string());
            groups.push(format!("system:serviceaccounts:{ns}"));
        }
        groups.push("system:authenticated".to_string());
        User { name: name.to_string(), groups }
    }

    /// A cluster administrator.
    pub fn admin(name: &str) -> User {
        User { name: name.to_string(), groups: vec![MASTERS.to_string(), "system:authenticated".to_string()] }
    }

    /// Whether every request is allowed.
    pub fn is_admin(&self) -> bool {
        self.groups.iter().any(|g| g == MASTERS)
    }

    fn is_subject(&self, subject: &Value, binding_ns: &str) -> bool {
        let name = subject.str_at("name");
        match subject.str_at("kind") {
            "User" => self.name == name,
            "Group" => self.groups.iter().any(|g| g == name),
            "ServiceAccount" => {
                let ns = match subject.str_at("namespace") {
                    "" => binding_ns,
                    ns => ns,
                };
                self.name == format!("system:serviceaccount:{ns}:{name}")
            }
            _ => false,
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'r> {
    /// `get`, `list`, ...
    pub verb: &'r str,
    /// API group of the resource.
    pub group: &'r str,
    /// The resource, or `pods/log` for a subresource; or a path that is no resource.
    pub resource: &'r str,
    /// One object's name; empty for all.
    pub name: &'r str,
    /// The namespace; empty for all and for cluster-scoped resources.
    pub namespace: &'r str,
}

impl Server {
    /// The rules that hold for a user in a namespace (and in the cluster as a whole).
    pub fn rules_for(&self, user: &User, ns: &str) -> Vec<Value> {
        let mut rules = Vec::new();
        if user.is_admin() {
            rules.push(crate::json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}));
            rules.push(crate::json!({"verbs": ["*"], "nonResourceURLs": ["*"]}));
        }
        for binding in self.list("clusterrolebindings.rbac.authorization.k8s.io", "") {
            self.add_rules(user, &binding, &mut rules);
        }
        if !ns.is_empty() {
            for binding in self.list("rolebindings.rbac.authorization.k8s.io", ns) {
                self.add_rules(user, &binding, &mut rules);
            }
        }
        rules
    }

    fn add_rules(&self, user: &User, binding: &Object, rules: &mut Vec<Value>) {
        if !binding.items_at("subjects").iter().any(|s| user.is_subject(s, binding.namespace())) {
            return;
        }
        let name = binding.str_at("roleRef/name");
        let role = match binding.str_at("roleRef/kind") {
            "Role" => self.find("roles.rbac.authorization.k8s.io", binding.namespace(), name),
            _ => self.find("clusterroles.rbac.authorization.k8s.io", "", name),
        };
        rules.extend(role.iter().flat_map(|role| role.items_at("rules")).cloned());
    }

    /// Whether a user may do something.
    pub fn allows(&self, user: &User, request: &Request<'_>) -> bool {
        user.is_admin() || self.rules_for(user, request.namespace).iter().any(|rule| grants(rule, request))
    }

    /// `Ok`, or the error of a request that is not allowed.
    pub fn authorize(
        &self,
        user: &User,
        verb: &str,
        resource: &Resource,
        ns: &str,
        name: &str,
    ) -> Result<(), ApiError> {
        let request =
            Request { verb, group: &resource.group, resource: &resource.plural, name, namespace: ns };
        if self.allows(user, &request) {
            return Ok(());
        }
        let place = match ns {
            "" => "at the cluster scope".to_string(),
            ns => format!("in the namespace \"{ns}\""),
        };
        Err(ApiError::forbidden(
            resource,
            name,
            format!(
                "User \"{}\" cannot {verb} resource \"{}\" in API group \"{}\" {place}",
                user.name, resource.plural, resource.group
            ),
        ))
    }
}

fn grants(rule: &Value, request: &Request<'_>) -> bool {
    let lists = |field: &str, wanted: &str| rule.items_at(field).iter().any(|v| v == "*" || v == wanted);
    if !lists("verbs", request.verb) {
        return false;
    }
    if request.resource.starts_with('/') {
        return rule.items_at("nonResourceURLs").iter().filter_map(Value::as_str).any(|url| {
            url == request.resource || url.strip_suffix('*').is_some_and(|p| request.resource.starts_with(p))
        });
    }
    let names = rule.items_at("resourceNames");
    lists("apiGroups", request.group)
        && (lists("resources", request.resource)
            || request
                .resource
                .split_once('/')
                .is_some_and(|(_, sub)| lists("resources", &format!("*/{sub}"))))
        && (names.is_empty() || names.iter().any(|n| n == request.name))
}
