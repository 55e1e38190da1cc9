//! `kubetick demo`: a built-in walkthrough, narrated, on a cluster of its own that is gone afterwards.

use super::{Outcome, Session};
use crate::cli::{Env, Inhabitants, Io};
use anyhow::{Context, bail};
use std::cell::RefCell;
use std::path::PathBuf;

/// Which one.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The walkthrough
    #[arg(default_value = "hpa", value_parser = ["hpa"])]
    name: String,
}

const HPA: &str = include_str!("hpa.txt");

pub(super) fn run(args: &Args, session: &Session) -> Outcome {
    let script = match args.name.as_str() {
        "hpa" => HPA,
        other => bail!("no demo {other}"),
    };
    let place = Place::new()?;
    for line in script.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => {
                session.println(&format!("$ {command}"));
                session.flush();
                let status = execute(command, &place, session)?;
                if status != 0 {
                    bail!("`{command}` ended with exit status {status}");
                }
                session.println("");
            }
            None => session.println(line),
        }
    }
    Ok(())
}

/// Runs one line in this process: `[VAR=value ...] program arguments...`, with quotes as a shell reads them.
fn execute(line: &str, place: &Place, session: &Session) -> anyhow::Result<i32> {
    let mut words = words(line).into_iter().peekable();
    let mut env = session.env.clone();
    for name in
        ["KUBECONFIG", "KUBETICK_CLUSTER", super::super::waiting::WATCH_FOR, super::super::waiting::DEADLINE]
    {
        env.vars.remove(name);
    }
    env.vars.insert("KUBETICK_HOME".into(), place.0.display().to_string());
    while let Some((name, value)) = words.peek().and_then(|w| w.split_once('=')) {
        env.vars.insert(name.to_string(), value.to_string());
        words.next();
    }
    let program = words.next().context("an empty command")?;
    let inner = session_of(env);
    let status = crate::cli::run(&program, &words.collect::<Vec<_>>(), &inner);
    inner.flush();
    Ok(status)
}

fn session_of(env: Env) -> Session {
    Session {
        env,
        io: Io {
            out: RefCell::new(Box::new(std::io::stdout())),
            err: RefCell::new(Box::new(std::io::stdout())),
            input: RefCell::new(Box::new(std::io::empty())),
            input_is_terminal: false,
            out_is_terminal: false,
            reader_is_gone: || false,
        },
        inhabitants: Inhabitants::default(),
    }
}

/// The words of a shell line: blanks separate, single and double quotes keep together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut open) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (quote, c) {
            (None, '\'' | '"') => (quote, open) = (Some(c), true),
            (Some(q), c) if q == c => quote = None,
            (None, ' ') if open || !word.is_empty() => {
                words.push(std::mem::take(&mut word));
                open = false;
            }
            (None, ' ') => {}
            (_, c) => word.push(c),
        }
    }
    if open || !word.is_empty() {
        words.push(word);
    }
    words
}

/// A home for one run, removed when it is over.
struct Place(PathBuf);

impl Place {
    fn new() -> anyhow::Result<Place> {
        let dir = std::env::temp_dir().join(format!("kubetick-demo-{}", std::process::id()));
        std::fs::create_dir_all(&dir).with_context(|| dir.display().to_string())?;
        Ok(Place(dir))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_a_shells() {
        assert_eq!(words(r#"a  'b "c"' "" d="e f""#), ["a", r#"b "c""#, "", "d=e f"]);
    }
}
