//! Which program a container runs, and why.

use super::cluster_autoscaler::Autoscaler;
use super::load_generator::GeneratesLoad;
use super::metrics_server::MetricsServer;
use super::own::Own;
use super::pi::ComputesPi;
use super::plain::{Fails, Greets, Pauses, Works};
use super::resource_consumer::ConsumesResources;
use super::servers::{FailsLater, Serves};
use super::shell::{Command, Script};
use super::{Process, Program};
use crate::api::Server;
use crate::catalog::images::{self, EntryPoint, Image};
use crate::machinery::{Object, Time, Value};

/// A way to tell a program by its container; the first that answers decides.
type Recognizer = fn(&Process<'_>, &Image) -> Option<Box<dyn Program>>;

/// What users say comes before what is known of images, the general case last.
const RECOGNIZERS: &[(&str, Recognizer)] = &[
    ("image", Autoscaler::recognize),
    ("image", MetricsServer::recognize),
    ("command line", GeneratesLoad::recognize),
    ("command line", ComputesPi::recognize),
    ("command line", Script::recognize),
    ("command line", Command::recognize),
    ("image", by_image),
];

/// What led to a program that answers on every port.
const UNKNOWN: &str = "no program is known for the image";

/// The program of a container. What its pod or a Program says decides, then its command line, then its image; what
/// nothing recognizes is a server that answers on every port.
pub fn program_of(process: &Process<'_>) -> Box<dyn Program> {
    choose(process).0
}

fn choose(process: &Process<'_>) -> (Box<dyn Program>, String) {
    let image = match images::find(process.image()) {
        Ok(image) => image,
        Err(_) => return (Box::new(Fails), "the image is not there".into()),
    };
    if let Some(own) = Own::find(process) {
        let why = own.why.to_string();
        return (Box::new(own), why);
    }
    let found = RECOGNIZERS.iter().find_map(|(why, recognize)| Some((recognize(process, &image)?, *why)));
    match found {
        Some((program, "image")) if image.known => {
            let name = image.reference.repository();
            (program, format!("image {name}"))
        }
        Some((program, "image")) => (program, UNKNOWN.into()),
        Some((program, why)) => (program, why.into()),
        None => (Box::new(Serves), UNKNOWN.into()),
    }
}

/// What a container of a pod runs, for explanations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chosen {
    /// The container.
    pub container: String,
    /// Its image.
    pub image: String,
    /// The program.
    pub program: &'static str,
    /// What led to it: an annotation, a Program, the command line, the image.
    pub why: String,
}

/// The programs of a pod's containers, in the order they start.
pub fn programs_of(api: &Server, pod: &Object) -> Vec<Chosen> {
    let lists = ["spec/initContainers", "spec/containers"];
    let containers = lists.iter().flat_map(|list| pod.items_at(list));
    let chosen = |container: &Value| {
        let idle = Process { api, pod, container, started: Time::default(), restarts: 0 };
        let process = super::http::running(api, pod, container).unwrap_or(idle);
        let (program, why) = choose(&process);
        let text = |key: &str| container.str_at(key).to_string();
        Chosen { container: text("name"), image: text("image"), program: program.name(), why }
    };
    containers.map(chosen).collect()
}

/// The image's own entry point. A container that gives arguments alone passes them to it.
fn by_image(process: &Process<'_>, image: &Image) -> Option<Box<dyn Program>> {
    let short = image.reference.short();
    if short == "liveness" || (short == "agnhost" && process.argv().first().is_some_and(|a| a == "liveness"))
    {
        return Some(Box::new(FailsLater));
    }
    let own = process.container.items_at("command").is_empty();
    // The agent's image has the work before it, too.
    let prepares = short == "eks-pod-identity-agent" && process.argv().iter().any(|a| a == "initialize");
    Some(match image.entry_point {
        _ if prepares => Box::new(Works),
        EntryPoint::Pause if own => Box::new(Pauses),
        EntryPoint::Greeting if own => Box::new(Greets),
        EntryPoint::Once if own => Box::new(Works),
        EntryPoint::Shell if process.argv().is_empty() => Box::new(Command::nothing()),
        _ if short == "resource-consumer" => Box::new(ConsumesResources),
        _ => Box::new(Serves),
    })
}
