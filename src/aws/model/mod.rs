//! The API model: operations, shapes, pagination and waiters of the services, as the service models of aws-cli 2.36.7
//! have them (reduced to what a client needs, without documentation).
//!
//! `shapes/SERVICE.tsv` holds one fact a line: kind, name, JSON; `shapes/SERVICE.shapes.tsv` one shape a line, sorted: name,
//! JSON. Nothing is read before it is asked for, so that a command reads the dozen shapes it uses and not the thousands
//! there are.

mod names;
mod shape;
mod waiter;

use crate::machinery::ordered::{self, Json};
use crate::machinery::sorted_text;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

pub use names::{kebab_case, member_argument};
pub use shape::{Kind, Member, Shape};
pub use waiter::{Acceptor, Matcher, Waiter};

/// The texts of a service: its facts, and its shapes.
type Texts = (&'static str, &'static str, &'static str);

macro_rules! texts {
    ($($service:literal),*) => {[$((
        $service,
        include_str!(concat!("shapes/", $service, ".tsv")),
        include_str!(concat!("shapes/", $service, ".shapes.tsv")),
    )),*]};
}

const TEXTS: [Texts; 10] =
    texts!["autoscaling", "cloudformation", "ec2", "eks", "elb", "elbv2", "iam", "route53", "ssm", "sts"];

thread_local! {
    /// The shapes read so far, by service and name: an answer asks for the same ones item by item.
    static SHAPES: RefCell<BTreeMap<&'static str, BTreeMap<String, Rc<Shape>>>> = RefCell::default();
}

/// Names of all commands of aws-cli 2 at the first level, sorted, modelled here or not.
pub fn all_services() -> impl Iterator<Item = &'static str> {
    include_str!("shapes/services.txt").lines()
}

/// A service.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// Its name on the command line: `autoscaling`.
    pub name: &'static str,
    text: &'static str,
    shapes: &'static str,
}

/// An operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its API name: `DescribeAutoScalingGroups`.
    pub name: String,
    /// The shape of its input, if it takes any.
    pub input: Option<String>,
    /// The shape of its output, if it has one.
    pub output: Option<String>,
    /// The shapes of the errors it declares.
    pub errors: Vec<String>,
    /// How its answers are paged, if they are.
    pub pages: Option<Pages>,
}

/// How an operation pages its answers.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// Input members that take the tokens.
    pub input_tokens: Vec<String>,
    /// Expressions for the tokens in the output, one an input token.
    pub output_tokens: Vec<String>,
    /// The input member for the size of a page.
    pub limit: Option<String>,
    /// Output members that are lists to be joined; the first one is what `--max-items` counts.
    pub results: Vec<String>,
    /// The output member that tells whether there is more; without one, tokens tell.
    pub more_results: Option<String>,
    /// Output members that are taken from the first page.
    pub non_aggregate: Vec<String>,
}

impl Service {
    /// The service by its name on the command line.
    pub fn find(name: &str) -> Option<Service> {
        let (name, text, shapes) = TEXTS.iter().find(|(known, ..)| *known == name)?;
        Some(Service { name, text, shapes })
    }

    /// The JSON of one fact.
    fn fact(&self, kind: &str, name: &str) -> Option<Json> {
        let line = format!("\n{kind}\t{name}\t");
        let rest = &self.text[self.text.find(&line)? + line.len()..];
        ordered::parse(rest.lines().next()?).ok()
    }

    /// Names of the facts of a kind, in the model's order.
    fn names(&self, kind: &'static str) -> impl Iterator<Item = &'static str> {
        self.text
            .lines()
            .filter_map(move |line| line.strip_prefix(kind)?.strip_prefix('\t')?.split('\t').next())
    }

    /// The wire protocol: `query`, `ec2`, `rest-json`, `rest-xml`, `json`.
    pub fn protocol(&self) -> String {
        self.fact("metadata", "").unwrap_or_default().str_at("protocol").to_string()
    }

    /// Whether one endpoint serves all regions, so that none has to be named.
    pub fn is_global(&self) -> bool {
        matches!(self.name, "iam" | "route53")
    }

    /// API names of the operations that are modelled.
    pub fn operations(&self) -> impl Iterator<Item = &'static str> {
        self.names("operation")
    }

    /// API names of all operations of the service, modelled or not.
    pub fn all_operations(&self) -> Vec<String> {
        let names = self.fact("names", "").unwrap_or_default();
        names.items().iter().filter_map(|n| n.as_str().map(str::to_string)).collect()
    }

    /// A modelled operation by its API name.
    pub fn operation(&self, name: &str) -> Option<Operation> {
        let fact = self.fact("operation", name)?;
        let text = |key: &str| fact.get(key).and_then(Json::as_str).map(str::to_string);
        Some(Operation {
            name: name.to_string(),
            input: text("in"),
            output: text("out"),
            errors: strings(fact.get("errors")),
            pages: fact.get("paginate").map(Pages::read),
        })
    }

    /// A shape by its name; an unknown one is an empty structure.
    pub fn shape(&self, name: &str) -> Rc<Shape> {
        SHAPES.with_borrow_mut(|known| {
            let known = known.entry(self.name).or_default();
            if !known.contains_key(name) {
                let shape = Shape::read(name, &self.shape_fact(name).unwrap_or_default());
                known.insert(name.to_string(), Rc::new(shape));
            }
            known[name].clone()
        })
    }

    fn shape_fact(&self, name: &str) -> Option<Json> {
        let named = |line: &str| line.split_once('\t').map_or(line, |(name, _)| name).cmp(name);
        let (line, _) = sorted_text::find(self.shapes, named)?;
        ordered::parse(line.split_once('\t')?.1).ok()
    }

    /// The members of a structure in the order of the 2.9 releases, where it differs.
    pub fn order_of_2_9(&self, shape: &str) -> Option<Vec<String>> {
        self.fact("order-2.9", shape).map(|names| strings(Some(&names)))
    }

    /// API names of the waiters: `InstanceRunning`.
    pub fn waiters(&self) -> impl Iterator<Item = &'static str> {
        self.names("waiter")
    }

    /// A waiter by its API name.
    pub fn waiter(&self, name: &str) -> Option<Waiter> {
        self.fact("waiter", name).map(|fact| Waiter::read(&fact))
    }
}

impl Pages {
    fn read(fact: &Json) -> Pages {
        let text = |key: &str| fact.get(key).and_then(Json::as_str).map(str::to_string);
        Pages {
            input_tokens: strings(fact.get("input_token")),
            output_tokens: strings(fact.get("output_token")),
            limit: text("limit_key"),
            results: strings(fact.get("result_key")),
            more_results: text("more_results"),
            non_aggregate: strings(fact.get("non_aggregate_keys")),
        }
    }
}

/// A list of strings, or one string alone.
fn strings(value: Option<&Json>) -> Vec<String> {
    match value {
        Some(Json::Str(one)) => vec![one.to_string()],
        Some(list) => list.items().iter().filter_map(|n| n.as_str().map(str::to_string)).collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_can_be_read() {
        for (name, _, shapes) in TEXTS {
            let service = Service::find(name).expect("a service");
            assert!(!service.protocol().is_empty(), "{name}");
            let all = service.all_operations();
            for operation in service.operations() {
                assert!(all.iter().any(|n| n == operation), "{name} {operation}");
                let read = service.operation(operation).expect("an operation");
                for shape in [read.input, read.output].into_iter().flatten() {
                    assert_eq!(service.shape(&shape).kind, Kind::Structure, "{name} {shape}");
                }
            }
            for shape in shapes.lines().filter_map(|line| line.split('\t').next()) {
                assert!(service.shape_fact(shape).is_some(), "{name} {shape}");
                let shape = service.shape(shape);
                let below = shape
                    .members
                    .iter()
                    .map(|m| &m.shape)
                    .chain(shape.item.as_ref())
                    .chain(shape.value.as_ref());
                for below in below {
                    assert!(service.shape_fact(below).is_some(), "{name} {below}");
                }
            }
            for waiter in service.waiters() {
                let waiter = service.waiter(waiter).expect("a waiter");
                assert!(waiter.attempts > 0 && !waiter.acceptors.is_empty());
                assert!(all.contains(&waiter.operation), "{name} {}", waiter.operation);
            }
        }
    }
}
