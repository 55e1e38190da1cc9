//! Tools that read and change files: `cat`, `touch`, `mkdir`, `rm`, `ls`, `tee`.

use super::machine::Machine;
use super::tools::{Done, operands};

pub(super) fn touch(machine: &mut Machine<'_, '_>, arguments: &[String], _: &str) -> Done {
    let refusal = |path: &str| format!("touch: {path}: Read-only file system\n");
    writing(machine, arguments, refusal, |m, path| {
        m.files.write(path, "", true);
    })
}

pub(super) fn mkdir(machine: &mut Machine<'_, '_>, arguments: &[String], _: &str) -> Done {
    let refusal = |path: &str| format!("mkdir: can't create directory '{path}': Read-only file system\n");
    writing(machine, arguments, refusal, |m, path| {
        m.files.make_directory(path);
    })
}

pub(super) fn tee(machine: &mut Machine<'_, '_>, arguments: &[String], input: &str) -> Done {
    let append = arguments.iter().any(|x| x == "-a");
    let refusal = |path: &str| format!("tee: {path}: Read-only file system\n");
    let done = writing(machine, arguments, refusal, |m, path| {
        m.files.write(path, input, append);
    });
    Done { stdout: input.to_string(), ..done }
}

/// Does something to each of the paths named, but for those where nothing can be written.
fn writing(
    machine: &mut Machine<'_, '_>,
    arguments: &[String],
    refusal: impl Fn(&str) -> String,
    mut act: impl FnMut(&mut Machine<'_, '_>, &str),
) -> Done {
    let mut done = Done::default();
    for path in operands(arguments) {
        if machine.files.is_read_only(path) {
            done.stderr.push_str(&refusal(path));
            done.code = 1;
        } else {
            act(machine, path);
        }
    }
    done
}

pub(super) fn cat(machine: &mut Machine<'_, '_>, arguments: &[String], input: &str) -> Done {
    let mut done = Done::default();
    if operands(arguments).next().is_none() {
        return Done::ok(input);
    }
    for path in operands(arguments) {
        match machine.files.read(path) {
            Some(text) => done.stdout.push_str(&text),
            None => {
                let why = if machine.files.is_directory(path) {
                    "Is a directory"
                } else {
                    "No such file or directory"
                };
                let why = if is_busybox(machine) && why.starts_with("No") {
                    format!("cat: can't open '{path}': {why}\n")
                } else {
                    format!("cat: {path}: {why}\n")
                };
                done.stderr.push_str(&why);
                done.code = 1;
            }
        }
    }
    done
}

pub(super) fn is_busybox(machine: &Machine<'_, '_>) -> bool {
    let image = machine.process.image();
    image.contains("busybox") || image.contains("alpine")
}

pub(super) fn remove(machine: &mut Machine<'_, '_>, arguments: &[String], _: &str) -> Done {
    let force = arguments.iter().any(|a| a.starts_with('-') && a.contains('f'));
    let mut done = Done::default();
    for path in operands(arguments) {
        let held = machine.files.exists(path) && machine.files.is_read_only(path);
        if held || (!machine.files.remove(path) && !force) {
            let why = if held { "Read-only file system" } else { "No such file or directory" };
            done.stderr.push_str(&format!("rm: can't remove '{path}': {why}\n"));
            done.code = 1;
        }
    }
    done
}

/// Files first, then what is in the directories, each under its name when there are several operands.
pub(super) fn list(machine: &mut Machine<'_, '_>, arguments: &[String], _: &str) -> Done {
    let mut named: Vec<&str> = operands(arguments).collect();
    if named.is_empty() {
        named.push("/");
    }
    let mut done = Done::default();
    let (directories, others): (Vec<&str>, Vec<&str>) =
        named.iter().partition(|path| machine.files.is_directory(path));
    for path in others {
        if machine.files.exists(path) {
            done.stdout.push_str(&format!("{path}\n"));
            continue;
        }
        let (code, why) = match is_busybox(machine) {
            true => (1, format!("ls: {path}: No such file or directory\n")),
            false => (2, format!("ls: cannot access '{path}': No such file or directory\n")),
        };
        done.stderr.push_str(&why);
        done.code = code;
    }
    for path in directories {
        if named.len() > 1 {
            let gap = if done.stdout.is_empty() { "" } else { "\n" };
            done.stdout.push_str(&format!("{gap}{path}:\n"));
        }
        done.stdout.extend(machine.files.list(path).into_iter().map(|name| name + "\n"));
    }
    done
}
