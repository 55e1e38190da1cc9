//! `kubectl create namespace`.

use super::super::flags::{DRY_RUN, Flag, OUTPUT, SAVE_CONFIG, VALIDATE, flags};
use super::super::{Command, Failure, Kubectl, Writes};
use super::New;
use crate::machinery::Value;

pub(super) const COMMAND: Command = Command {
    path: "create namespace",
    aliases: &["ns"],
    flags: flags!(OUTPUT, DRY_RUN, SAVE_CONFIG, VALIDATE, &[Flag::string("field-manager", "kubectl-create")]),
    writes: Writes::Always,
    run,
};

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let new = New {
        api_version: "v1",
        kind: "Namespace",
        name: super::name(k)?,
        body: Value::object(),
        refusal: "",
        manager: k.flags.str("field-manager"),
        verb: "created",
    };
    new.create(k).map(|_| ())
}
