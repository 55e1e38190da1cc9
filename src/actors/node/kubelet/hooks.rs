//! Hooks of a container's life: postStart right after its process starts, preStop before SIGTERM.

use crate::actors::programs::http::{Request, Served};
use crate::actors::programs::{Process, program_of};
use crate::machinery::Value;

/// Exit code of a command that is not there. The image may have it all the same.
const NOT_FOUND: i32 = 127;

/// Runs a hook in a container; false when it fails.
pub(super) fn run(process: &Process<'_>, hook: &Value) -> bool {
    let command: Vec<String> =
        hook.items_at("exec/command").iter().filter_map(Value::as_str).map(str::to_string).collect();
    if !command.is_empty() {
        let code = program_of(process).exec(process, &command, "").code;
        return code == 0 || code == NOT_FOUND;
    }
    let request = hook.at("httpGet");
    if request.is_null() || !request.str_at("host").is_empty() {
        return true;
    }
    let name = request.str_at("port");
    let named = process.container.items_at("ports").iter().find(|p| p.str_at("name") == name);
    let port = request.int_at("port").or_else(|| named?.int_at("containerPort")).unwrap_or(0);
    match program_of(process).serve(process, &Request::get(port, request.str_at("path"))) {
        Served::Answer(status, _) => status < 400,
        Served::Refused => false,
    }
}
