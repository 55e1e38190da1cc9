//! `help`: what there is, without the manual's prose.

use super::command;
use super::release::Release;
use crate::aws::model::{Operation, Service, Shape, kebab_case};

const TOP: &str = "NAME\n       aws -\n\nDESCRIPTION\n       The AWS Command Line Interface, answered by the simulated account.\n\n\
    SYNOPSIS\n          aws [options] <command> <subcommand> [parameters]\n\nAVAILABLE SERVICES\n";
const SERVICES: [&str; 11] = [
    "autoscaling",
    "cloudformation",
    "configure",
    "ec2",
    "eks",
    "elb",
    "elbv2",
    "iam",
    "route53",
    "ssm",
    "sts",
];

pub(super) fn top() -> String {
    TOP.to_string() + &SERVICES.map(|name| format!("       o {name}\n")).concat()
}

pub(super) fn service(service: Service) -> String {
    let mut names: Vec<String> = service.operations().map(kebab_case).collect();
    names.extend(super::customizations::names(service).iter().map(|name| name.to_string()));
    names.sort();
    let list: String = names.iter().map(|name| format!("       o {name}\n")).collect();
    format!("NAME\n       {} -\n\nAVAILABLE COMMANDS\n{list}", service.name)
}

pub(super) fn operation(service: Service, operation: &Operation, input: &Shape) -> String {
    let name = kebab_case(&operation.name);
    let mut synopsis = format!("            {name}\n");
    for option in command::options(service, operation, input, Release::V2, false) {
        let value = match option.arity {
            super::arguments::Arity::Switch => String::new(),
            _ => " <value>".to_string(),
        };
        let text = format!("{}{value}", option.name);
        let text = if option.required { text } else { format!("[{text}]") };
        synopsis.push_str(&format!("          {text}\n"));
    }
    format!("NAME\n       {name} -\n\nSYNOPSIS\n{synopsis}")
}
