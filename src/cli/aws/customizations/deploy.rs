//! `aws cloudformation deploy`: a change set made, waited for, executed, waited for.

use super::call;
use crate::aws::model::Service;
use crate::cli::aws::Context;
use crate::cli::aws::arguments::{self, Arity, Opt, Parsed};
use crate::cli::aws::failure::Failure;
use crate::cli::aws::release::Release;
use crate::cli::aws::response::python_datetime;
use crate::machinery::Duration;
use crate::machinery::ordered::{self, Entries, Json};
use crate::machinery::yaml;

/// The largest template that travels inside a request, in bytes.
const LARGEST: usize = 51_200;
const CHANGE_SET_POLL: Duration = Duration::from_secs(5);
const STACK_POLL: Duration = Duration::from_secs(30);
const ATTEMPTS: usize = 120;

fn options() -> Vec<Opt> {
    let mut options: Vec<Opt> = [
        ("template-file", Arity::One),
        ("stack-name", Arity::One),
        ("s3-bucket", Arity::One),
        ("force-upload", Arity::Switch),
        ("s3-prefix", Arity::One),
        ("kms-key-id", Arity::One),
        ("parameter-overrides", Arity::Many),
        ("capabilities", Arity::Many),
        ("no-execute-changeset", Arity::Switch),
        ("disable-rollback", Arity::Switch),
        ("no-disable-rollback", Arity::Switch),
        ("role-arn", Arity::One),
        ("notification-arns", Arity::Many),
        ("fail-on-empty-changeset", Arity::Switch),
        ("no-fail-on-empty-changeset", Arity::Switch),
        ("tags", Arity::Many),
    ]
    .into_iter()
    .map(|(name, arity)| Opt::new(name, arity))
    .collect();
    options.iter_mut().take(2).for_each(|option| option.required = true);
    options
}

pub(super) fn run(context: &mut Context<'_>, service: Service, words: &[String]) -> Result<(), Failure> {
    let mut parsed = arguments::read(words, &options(), 1)?;
    parsed.rest.append(&mut parsed.positionals);
    if !parsed.rest.is_empty() {
        return Err(Failure::UnknownToCustom(parsed.rest));
    }
    let stack = parsed.value("stack-name").unwrap_or("").to_string();
    let path = parsed.value("template-file").unwrap_or("");
    let Ok(body) = std::fs::read_to_string(context.session.env.path(path)) else {
        return Err(Failure::General(format!("Invalid template path {path}")));
    };
    if body.len() > LARGEST && !parsed.has("s3-bucket") {
        return Err(Failure::General(
            "Templates with a size greater than 51,200 bytes must be deployed via an S3 Bucket. Please add the \
             --s3-bucket parameter to your command. The local template will be copied to that S3 bucket and then \
             deployed."
                .to_string(),
        )
        );
    }
    let exists = stack_exists(context, service, &stack)?;
    let deployment = Deployment { service, parsed: &parsed, stack: &stack, body: &body, exists };
    let change_set = match deployment.change_set(context) {
        Err(Made::Failed(failure)) => return Err(failure),
        Err(Made::Empty(message)) if fails_on_empty(context.release, &parsed) => {
            return Err(Failure::General(message));
        }
        Err(Made::Empty(message)) => {
            context.session.print(&format!("\n{message}\n"));
            return Ok(());
        }
        Ok(id) => id,
    };
    if parsed.has("no-execute-changeset") {
        context.session.print(&format!(
            "Changeset created successfully. Run the following command to review changes:\naws cloudformation \
             describe-change-set --change-set-name {change_set}\n"
        ));
        return Ok(());
    }
    let input = [
        ("ChangeSetName", Json::str(&change_set)),
        ("StackName", Json::str(&stack)),
        ("DisableRollback", Json::Bool(parsed.has("disable-rollback"))),
    ];
    call(context, service, "ExecuteChangeSet", input.into_iter().collect())?;
    context.session.print("Waiting for stack create/update to complete\n");
    wait_for_stack(context, service, &stack)?;
    context.session.print(&format!("Successfully created/updated stack - {stack}\n"));
    Ok(())
}

/// Whether it is an error that there is nothing to change: 1.x says so unless told otherwise.
fn fails_on_empty(release: Release, parsed: &Parsed) -> bool {
    match release {
        Release::V1 => !parsed.has("no-fail-on-empty-changeset"),
        _ => parsed.has("fail-on-empty-changeset"),
    }
}

fn named(stack: &str) -> Entries {
    [("StackName", Json::str(stack))].into_iter().collect()
}

fn stack_exists(context: &mut Context<'_>, service: Service, stack: &str) -> Result<bool, Failure> {
    match call(context, service, "DescribeStacks", named(stack)) {
        Ok(answer) => {
            let first = answer.get("Stacks").and_then(|stacks| stacks.items().first());
            Ok(first.is_some_and(|stack| stack.str_at("StackStatus") != "REVIEW_IN_PROGRESS"))
        }
        Err(Failure::Service { error, .. }) if error.message.contains("does not exist") => Ok(false),
        Err(other) => Err(other),
    }
}

/// How making a change set ended without one.
enum Made {
    Failed(Failure),
    /// There is nothing to change.
    Empty(String),
}

impl From<Failure> for Made {
    fn from(failure: Failure) -> Made {
        Made::Failed(failure)
    }
}

/// A template on its way into a stack.
struct Deployment<'a> {
    service: Service,
    parsed: &'a Parsed,
    stack: &'a str,
    body: &'a str,
    /// Whether the stack is there already.
    exists: bool,
}

impl Deployment<'_> {
    fn change_set(&self, context: &mut Context<'_>) -> Result<String, Made> {
        let parameters = self.parameters(context)?;
        let tags = pairs(self.parsed.words("tags").unwrap_or(&[]), "tags")?;
        let input = self.request(context, parameters, &tags);
        let made = call(context, self.service, "CreateChangeSet", input)?;
        context.session.print("\nWaiting for changeset to be created..\n");
        wait_for_change_set(context, self.service, self.stack, made.str_at("Id"))
    }

    /// What the parameters of a template get: what the command line says, else what they have in a stack that is there, else
    /// what the template says.
    fn parameters(&self, context: &mut Context<'_>) -> Result<Vec<Json>, Failure> {
        let overrides =
            pairs(self.parsed.words("parameter-overrides").unwrap_or(&[]), "parameter-overrides")?;
        let known: Vec<String> = match self.exists {
            true => {
                let summary = call(context, self.service, "GetTemplateSummary", named(self.stack))?;
                let parameters = summary.get("Parameters").map_or(&[][..], Json::items);
                parameters.iter().map(|p| p.str_at("ParameterKey").to_string()).collect()
            }
            false => Vec::new(),
        };
        let mut parameters = Vec::new();
        for name in template_parameters(self.body) {
            let value = overrides.iter().rev().find(|(key, _)| *key == name);
            let rest = match value {
                Some((_, value)) => ("ParameterValue", Json::str(value)),
                None if known.contains(&name) => ("UsePreviousValue", Json::Bool(true)),
                None => continue,
            };
            let entries: Entries = [("ParameterKey", Json::str(&name)), rest].into_iter().collect();
            parameters.push(Json::map(entries));
        }
        Ok(parameters)
    }

    fn request(&self, context: &Context<'_>, parameters: Vec<Json>, tags: &[(String, String)]) -> Entries {
        let now = context.endpoint.now();
        let list = |name: &str| {
            Json::list(self.parsed.words(name).unwrap_or(&[]).iter().map(|w| Json::str(w)).collect())
        };
        let tag = |(key, value): &(String, String)| {
            Json::map([("Key", Json::str(key)), ("Value", Json::str(value))].into_iter().collect())
        };
        let unix = now.timestamp().as_second();
        let mut input: Entries = [
            ("ChangeSetName", Json::str(&format!("awscli-cloudformation-package-deploy-{unix}"))),
            ("StackName", Json::str(self.stack)),
            ("TemplateBody", Json::str(self.body)),
            ("ChangeSetType", Json::str(if self.exists { "UPDATE" } else { "CREATE" })),
            ("Parameters", Json::list(parameters)),
            ("Capabilities", list("capabilities")),
            (
                "Description",
                Json::str(&format!("Created by AWS CLI at {} UTC", python_datetime(now).replace(' ', "T"))),
            ),
            ("Tags", Json::list(tags.iter().map(tag).collect())),
        ]
        .into_iter()
        .collect();
        if let Some(role) = self.parsed.value("role-arn") {
            input.insert("RoleARN", Json::str(role));
        }
        if self.parsed.has("notification-arns") {
            input.insert("NotificationARNs", list("notification-arns"));
        }
        input
    }
}

/// Waits until a change set is made; answers its id.
fn wait_for_change_set(
    context: &mut Context<'_>,
    service: Service,
    stack: &str,
    id: &str,
) -> Result<String, Made> {
    let mut input = named(stack);
    input.insert("ChangeSetName", Json::str(id));
    for _ in 0..ATTEMPTS {
        let answer = call(context, service, "DescribeChangeSet", input.clone())?;
        match (answer.str_at("Status"), answer.str_at("StatusReason")) {
            ("CREATE_COMPLETE", _) => return Ok(id.to_string()),
            ("FAILED", reason)
                if reason.contains("The submitted information didn't contain changes.")
                    || reason.contains("No updates are to be performed") =>
            {
                return Err(Made::Empty(format!("No changes to deploy. Stack {stack} is up to date")));
            }
            ("FAILED", reason) => {
                return Err(Made::Failed(Failure::General(format!(
                    "Failed to create the changeset: Waiter ChangeSetCreateComplete failed: Waiter encountered a \
                     terminal failure state: For expression \"Status\" we matched expected path: \"FAILED\" Status: \
                     FAILED. Reason: {reason}"
                ))));
            }
            _ => context.endpoint.pass(CHANGE_SET_POLL),
        }
    }
    let message =
        "Failed to create the changeset: Waiter ChangeSetCreateComplete failed: Max attempts exceeded";
    Err(Made::Failed(Failure::General(message.to_string())))
}

fn wait_for_stack(context: &mut Context<'_>, service: Service, stack: &str) -> Result<(), Failure> {
    let failed = || {
        Failure::General(format!(
            "Failed to create/update the stack. Run the following command\nto fetch the list of events leading up to \
             the failure\naws cloudformation describe-stack-events --stack-name {stack}"
        ))
    };
    for _ in 0..ATTEMPTS {
        let answer = call(context, service, "DescribeStacks", named(stack)).map_err(|_| failed())?;
        let status =
            answer.get("Stacks").and_then(|s| s.items().first()).map_or("", |s| s.str_at("StackStatus"));
        match status {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" => return Ok(()),
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" | "CREATE_IN_PROGRESS" | "UPDATE_IN_PROGRESS" => {
                context.endpoint.pass(STACK_POLL);
            }
            "REVIEW_IN_PROGRESS" => context.endpoint.pass(STACK_POLL),
            _ => return Err(failed()),
        }
    }
    Err(failed())
}

/// `Key=Value` words, or one JSON list of `{"ParameterKey": .., "ParameterValue": ..}`.
fn pairs(words: &[String], option: &str) -> Result<Vec<(String, String)>, Failure> {
    if let [one] = words
        && let Ok(Json::List(items)) = ordered::parse(one)
    {
        let text = |item: &Json, a: &str, b: &str| {
            item.get(a).or_else(|| item.get(b)).map_or(String::new(), ordered::str)
        };
        return Ok(items
            .iter()
            .map(|i| (text(i, "ParameterKey", "Key"), text(i, "ParameterValue", "Value")))
            .collect());
    }
    let pair = |word: &String| {
        let pair = word.split_once('=').map(|(key, value)| (key.to_string(), value.to_string()));
        pair.ok_or_else(|| {
            let shown = ordered::repr(&Json::list(words.iter().map(|w| Json::str(w)).collect()));
            Failure::General(format!("{shown} value passed to --{option} must be of format Key=Value"))
        })
    };
    words.iter().map(pair).collect()
}

/// Names of the parameters a template declares.
fn template_parameters(body: &str) -> Vec<String> {
    if let Ok(json) = ordered::parse(body) {
        let parameters = json.get("Parameters").and_then(Json::entries).cloned().unwrap_or_default();
        return parameters.iter().map(|(name, _)| name.to_string()).collect();
    }
    // Only the section itself is read: elsewhere templates have tags (`!Ref`) that mean nothing here.
    let section: Vec<&str> = body
        .lines()
        .skip_while(|line| !line.starts_with("Parameters:"))
        .enumerate()
        .take_while(|(i, line)| *i == 0 || line.is_empty() || line.starts_with([' ', '#']))
        .map(|(_, line)| line)
        .collect();
    let read = yaml::read(&section.join("\n")).unwrap_or_default();
    read.map_at("Parameters").keys().map(str::to_string).collect()
}
