//! The one door to the state of AWS: it finds the service, and refuses what the caller may not do.

use super::iam::{self, Ask, WebIdentity};
use super::state::{self, GROUP, INSTANCE};
use super::{
    Endpoint, Operation, Operations, Places, Request, ServiceError, autoscaling, cloudformation, ec2, eks,
    elb, route53, ssm, sts,
};
use crate::api::Server;
use crate::machinery::{Object, Time, Value};

/// Who asks.
#[derive(Clone, PartialEq, Debug)]
pub enum Caller {
    /// The user at the keyboard, who may do everything.
    User,
    /// A program with a role.
    Role {
        /// The role's name.
        name: String,
        /// The session's name: a number for web identities, the instance's id for nodes.
        session: String,
    },
    /// A program that STS gave no role: what its calls end in.
    Refused(ServiceError),
}

impl Caller {
    /// Whom a pod is taken for: the role of its service account, which the pod identity webhook put into its
    /// variables, that of its pod identity association, else the role of the node it runs on.
    pub fn of_pod(api: &Server, pod: &Object) -> Caller {
        let variable = |name: &str| {
            let variables = pod.items_at("spec/containers").iter().flat_map(|c| c.items_at("env"));
            variables.filter(|v| v.str_at("name") == name).map(|v| v.str_at("value")).next()
        };
        if let Some(arn) = variable("AWS_ROLE_ARN") {
            return Caller::of_token(api, pod, arn);
        }
        match variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            Some(_) => Caller::of_association(api, pod),
            None => Caller::of_node(api, pod),
        }
    }

    /// Whom the agent on its node takes a pod for; the SDK says one thing of whatever goes wrong there.
    fn of_association(api: &Server, pod: &Object) -> Caller {
        let places = Places::of_program(api, Caller::User);
        let account = pod.str_at("spec/serviceAccountName");
        let association = eks::association_of(api.store(), pod.namespace(), account);
        let role = association
            .filter(|_| {
                has_agent(api, pod.str_at("spec/nodeName")) && may_ask(&places, &Caller::of_node(api, pod))
            })
            .and_then(|association| iam::assume_for_pod(&places, association.str_at("spec/roleArn")));
        match role {
            Some(name) => {
                let cluster = api.store().meta().name.clone();
                Caller::Role { name, session: format!("eks-{cluster}-{}-{}", pod.name(), pod.uid()) }
            }
            None => Caller::Refused(ServiceError::new(
                400,
                "NoCredentialProviders",
                "no valid providers in chain. Deprecated.\n\tFor verbose messaging see aws.Config.CredentialsChainVerboseErrors",
            )),
        }
    }

    fn of_node(api: &Server, pod: &Object) -> Caller {
        let node = api.find("nodes", "", pod.str_at("spec/nodeName"));
        let id =
            node.as_ref().and_then(|n| n.str_at("spec/providerID").rsplit('/').next()).unwrap_or_default();
        let instance = state::find(api.store(), INSTANCE, id);
        let group = instance.and_then(|i| state::find(api.store(), GROUP, i.str_at("spec/kubetick/group")));
        let role = group.map(|g| g.str_at("spec/kubetick/nodeGroup/role").to_string()).unwrap_or_default();
        let name = role.rsplit('/').next().unwrap_or_default().to_string();
        Caller::Role { name, session: id.to_string() }
    }

    /// Whom STS takes the bearer of a pod's token for.
    fn of_token(api: &Server, pod: &Object, arn: &str) -> Caller {
        let places = Places::of_program(api, Caller::User);
        let issuer = eks::issuer(api.store());
        let subject =
            format!("system:serviceaccount:{}:{}", pod.namespace(), pod.str_at("spec/serviceAccountName"));
        let token = WebIdentity { issuer: &issuer, subject: &subject };
        match iam::assume_with_web_identity(&places, arn, &token) {
            Ok(name) => {
                let started = pod.created().unwrap_or_default();
                Caller::Role { name, session: started.0.to_string() }
            }
            // The SDK that exchanges the token wraps what STS says.
            Err(e) => Caller::Refused(ServiceError {
                message: format!("failed to retrieve credentials\ncaused by: {}: {}", e.code, e.message),
                code: "WebIdentityErr".into(),
                ..e
            }),
        }
    }

    /// The caller's ARN.
    pub fn arn(&self, places: &Places<'_>) -> String {
        match self {
            Caller::User => places.iam_arn("user/admin"),
            Caller::Role { name, session } => {
                format!("arn:aws:sts::{}:assumed-role/{name}/{session}", places.account_id())
            }
            Caller::Refused(_) => String::new(),
        }
    }
}

/// Whether the agent of pod identities runs on a node.
fn has_agent(api: &Server, node: &str) -> bool {
    api.pods_on_node(node).iter().any(|pod| {
        let is_agent = |container: &Value| container.str_at("image").contains("eks-pod-identity-agent");
        pod.condition_true("Ready") && pod.items_at("spec/containers").iter().any(is_agent)
    })
}

/// Whether the agent may ask EKS for the roles of pods: it does so as its node.
fn may_ask(places: &Places<'_>, node: &Caller) -> bool {
    let ask = Ask { action: "eks-auth:AssumeRoleForPodIdentity", resource: "*", tags: &[] };
    matches!(node, Caller::Role { name, .. } if iam::allows(places, name, &ask))
}

/// The door, opened for one caller.
pub struct Door<'a> {
    /// Who asks, and the stores behind.
    pub places: Places<'a>,
}

impl Door<'_> {
    fn authorize(&self, request: &Request) -> Result<(), ServiceError> {
        let name = match &self.places.caller {
            Caller::User => return Ok(()),
            Caller::Role { name, .. } => name,
            Caller::Refused(why) => return Err(why.clone()),
        };
        // Two APIs of one service.
        let service = match request.service.as_str() {
            "elb" | "elbv2" => "elasticloadbalancing",
            service => service,
        };
        let action = format!("{service}:{}", request.operation);
        // The one asks for nothing, the other shows a token instead of credentials.
        if matches!(action.as_str(), "sts:GetCallerIdentity" | "sts:AssumeRoleWithWebIdentity") {
            return Ok(());
        }
        let group = self.group_of(request);
        let resource = group.as_ref().map_or("*".to_string(), |(arn, _)| arn.clone());
        let tags = group.map(|(_, tags)| tags).unwrap_or_default();
        let ask = Ask { action: &action, resource: &resource, tags: &tags };
        if iam::allows(&self.places, name, &ask) {
            return Ok(());
        }
        let on = if resource == "*" { String::new() } else { format!(" on resource: {resource}") };
        let code = if request.service == "ec2" { "UnauthorizedOperation" } else { "AccessDenied" };
        Err(ServiceError::new(
            403,
            code,
            format!(
                "User: {} is not authorized to perform: {action}{on} because no identity-based policy allows the {action} action",
                self.places.caller.arn(&self.places)
            ),
        ))
    }

    /// The Auto Scaling group a request changes: its ARN and tags. Reading has no resource.
    fn group_of(&self, request: &Request) -> Option<(String, Vec<Value>)> {
        if request.service != "autoscaling" || request.operation.starts_with("Describe") {
            return None;
        }
        let name = match request.input.str_at("AutoScalingGroupName") {
            "" => {
                let id = request.input.str_at("InstanceId");
                let (_, instance) = self.places.find(INSTANCE, id)?;
                instance.str_at("spec/kubetick/group").to_string()
            }
            name => name.to_string(),
        };
        let (_, group) = self.places.find(GROUP, &name)?;
        Some((autoscaling::group_arn(&self.places, &name), group.items_at("spec/Tags").to_vec()))
    }
}

/// What the services answer, by service.
const SERVICES: &[(&str, Operations)] = &[
    ("autoscaling", autoscaling::OPERATIONS),
    ("cloudformation", cloudformation::OPERATIONS),
    ("ec2", ec2::OPERATIONS),
    ("eks", eks::OPERATIONS),
    ("elb", elb::CLASSIC),
    ("elbv2", elb::NETWORK),
    ("iam", iam::OPERATIONS),
    ("route53", route53::OPERATIONS),
    ("ssm", ssm::OPERATIONS),
    ("sts", sts::OPERATIONS),
];

/// What answers an operation.
fn answering(service: &str, operation: &str) -> Option<Operation> {
    let (_, operations) = SERVICES.iter().find(|(name, _)| *name == service)?;
    operations.iter().find(|(name, _)| *name == operation).map(|(_, answer)| *answer)
}

/// Whether an operation is answered here.
pub fn is_simulated(service: &str, operation: &str) -> bool {
    answering(service, operation).is_some()
}

impl Endpoint for Door<'_> {
    fn call(&mut self, request: &Request) -> Result<Value, ServiceError> {
        self.authorize(request)?;
        match answering(&request.service, &request.operation) {
            Some(answer) => answer(&self.places, &request.input),
            None => Err(request.not_simulated()),
        }
    }

    fn simulates(&self, service: &str, operation: &str) -> bool {
        is_simulated(service, operation)
    }

    fn now(&self) -> Time {
        self.places.now()
    }
}
