//! `kubectl create deployment`, `job` and `cronjob`.

use super::super::flags::{DRY_RUN, Flag, OUTPUT, SAVE_CONFIG, VALIDATE, flags};
use super::super::{Command, Failure, Kubectl, Writes, targets};
use super::New;
use crate::json;
use crate::machinery::Value;

const MANAGER: Flag = Flag::string("field-manager", "kubectl-create");

pub(super) const DEPLOYMENT: Command = Command {
    path: "create deployment",
    aliases: &["deploy"],
    flags: flags!(
        OUTPUT,
        DRY_RUN,
        SAVE_CONFIG,
        VALIDATE,
        &[Flag::slice("image"), Flag::int32("port", "-1"), Flag::int32("replicas", "1").short('r'), MANAGER]
    ),
    writes: Writes::Always,
    run: deployment,
};

pub(super) const JOB: Command = Command {
    path: "create job",
    aliases: &[],
    flags: flags!(
        OUTPUT,
        DRY_RUN,
        SAVE_CONFIG,
        VALIDATE,
        &[Flag::string("image", ""), Flag::string("from", ""), MANAGER]
    ),
    writes: Writes::Always,
    run: job,
};

pub(super) const CRON_JOB: Command = Command {
    path: "create cronjob",
    aliases: &["cj"],
    flags: flags!(
        OUTPUT,
        DRY_RUN,
        SAVE_CONFIG,
        VALIDATE,
        &[Flag::string("image", ""), Flag::string("schedule", ""), Flag::string("restart", ""), MANAGER]
    ),
    writes: Writes::Always,
    run: cron_job,
};

fn deployment(k: &Kubectl<'_>) -> Result<(), Failure> {
    super::require(k, &["image"])?;
    let (name, images) = (super::name(k)?, k.flags.list("image"));
    let command = super::command_words(k);
    if images.len() > 1 && !command.is_empty() {
        return Err(Failure::message("cannot specify multiple --image options and command"));
    }
    let mut containers: Vec<Value> = Vec::new();
    for image in images {
        let name = unique(container_name(image), &containers);
        let mut container = json!({"name": name, "image": (image.as_str())});
        if !command.is_empty() {
            container.set("command", super::strings(command));
        }
        if containers.is_empty() && k.flags.int("port") >= 0 {
            container.set("ports", json!([{"containerPort": (k.flags.int("port"))}]));
        }
        containers.push(container);
    }
    let labels = json!({"app": name});
    let new = New {
        api_version: "apps/v1",
        kind: "Deployment",
        name,
        body: json!({
            "metadata": {"labels": (&labels)},
            "spec": {
                "replicas": (k.flags.int("replicas")),
                "selector": {"matchLabels": (&labels)},
                "template": {"metadata": {"labels": (&labels)}, "spec": {"containers": containers}},
            },
        }),
        refusal: "failed to create deployment: ",
        manager: k.flags.str("field-manager"),
        verb: "created",
    };
    new.create(k).map(|_| ())
}

/// The last part of an image's name, without tag and digest.
fn container_name(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let name = last.split([':', '@']).next().unwrap_or(last);
    name.to_lowercase().replace('_', "-")
}

/// A second container of the same image gets another name.
fn unique(name: String, containers: &[Value]) -> String {
    let taken = |name: &str| containers.iter().any(|c| c.str_at("name") == name);
    if !taken(&name) {
        return name;
    }
    (1..).map(|n| format!("{name}-{n}")).find(|candidate| !taken(candidate)).unwrap_or(name)
}

fn pod_spec(k: &Kubectl<'_>, name: &str, restart: &str) -> Value {
    let mut container = json!({"name": name, "image": (k.flags.str("image"))});
    let command = super::command_words(k);
    if !command.is_empty() {
        container.set("command", super::strings(command));
    }
    json!({"containers": [container], "restartPolicy": restart})
}

fn job(k: &Kubectl<'_>) -> Result<(), Failure> {
    let name = super::name(k)?;
    let (image, from) = (k.flags.str("image"), k.flags.str("from"));
    let body = match (image, from) {
        ("", "") => return Err(Failure::message("either --image or --from must be specified")),
        (_, "") => json!({"spec": {"template": {"spec": (pod_spec(k, name, "Never"))}}}),
        ("", from) => from_cron_job(k, from)?,
        _ => return Err(Failure::message("either --image or --from must be specified")),
    };
    let new = New {
        api_version: "batch/v1",
        kind: "Job",
        name,
        body,
        refusal: "failed to create job: ",
        manager: k.flags.str("field-manager"),
        verb: "created",
    };
    new.create(k).map(|_| ())
}

/// `--from=cronjob/NAME`: what the CronJob would start, now.
fn from_cron_job(k: &Kubectl<'_>, from: &str) -> Result<Value, Failure> {
    let found = targets::named_alone(k, from)?;
    let (resource, cron_job) = (&found.resource, &found.object);
    if resource.kind != "CronJob" {
        return Err(Failure::message(format!("unknown object type *{}.{}", resource.version, resource.kind)));
    }
    let template = cron_job.at("spec/jobTemplate");
    let mut body = json!({"metadata": {}, "spec": (template.at("spec"))});
    body.set("metadata/labels", template.at("metadata/labels").clone());
    body.set("metadata/annotations", template.at("metadata/annotations").clone());
    let annotations = body.at_mut("metadata/annotations").map_mut();
    annotations.insert("cronjob.kubernetes.io/instantiate", "manual");
    let mut owner = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "name": (cron_job.name()), "uid": (cron_job.uid()),
    });
    if k.client.job_from_cron_job_is_controlled() {
        owner.set("controller", true);
    }
    if k.client.job_from_cron_job_blocks_its_owner() {
        owner.set("blockOwnerDeletion", true);
    }
    body.set("metadata/ownerReferences", vec![owner]);
    Ok(body)
}

fn cron_job(k: &Kubectl<'_>) -> Result<(), Failure> {
    super::require(k, &["image", "schedule"])?;
    let name = super::name(k)?;
    let restart = match k.flags.str("restart") {
        "" => "OnFailure",
        given => given,
    };
    let new = New {
        api_version: "batch/v1",
        kind: "CronJob",
        name,
        body: json!({"spec": {
            "schedule": (k.flags.str("schedule")),
            "jobTemplate": {
                "metadata": {"name": name},
                "spec": {"template": {"spec": (pod_spec(k, name, restart))}},
            },
        }}),
        refusal: "failed to create cronjob: ",
        manager: k.flags.str("field-manager"),
        verb: "created",
    };
    new.create(k).map(|_| ())
}
