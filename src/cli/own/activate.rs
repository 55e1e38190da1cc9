//! `kubetick activate`: shims and shell code, so that a workshop's commands mean kubetick in one shell and nowhere else.

use super::{Outcome, Session};
use crate::cli::home::Home;
use anyhow::Context;
use std::path::Path;

/// Which shell.
#[derive(clap::Args)]
pub(super) struct Args {
    /// bash, zsh or fish; the one of $SHELL when left out
    shell: Option<String>,
}

/// The names this program answers to.
pub(crate) const SHIMS: [&str; 10] =
    ["kubectl", "k", "aws", "eksctl", "kubetick", "sleep", "date", "watch", "timeout", "curl"];

pub(super) fn run(args: &Args, session: &Session) -> Outcome {
    let home = Home::of(&session.env);
    let shims = home.dir.join("shims");
    install(&shims)?;
    let shell = args.shell.clone().unwrap_or_else(|| {
        let path = session.env.var("SHELL").unwrap_or("bash").to_string();
        path.rsplit('/').next().unwrap_or("bash").to_string()
    });
    let (dir, config, home) = (shims.display(), home.kubeconfig().display().to_string(), home.dir.display());
    session.print(&match shell.as_str() {
        "fish" => format!(
            "set -gx KUBETICK_HOME '{home}'\nset -gx KUBECONFIG '{config}'\n\
             contains '{dir}' $PATH; or set -gx PATH '{dir}' $PATH\nalias k kubectl\nkubetick completions fish | source\n"
        ),
        "bash" | "zsh" => format!(
            "export KUBETICK_HOME='{home}'\nexport KUBECONFIG='{config}'\n\
             case \":$PATH:\" in *':{dir}:'*) ;; *) export PATH='{dir}':\"$PATH\" ;; esac\n\
             alias k=kubectl\nhash -r 2>/dev/null\n\
             case $- in *i*) eval \"$(kubetick completions {shell})\" ;; esac\n"
        ),
        other => anyhow::bail!("{other}: want bash, zsh or fish"),
    });
    Ok(())
}

/// Links each name to this program.
fn install(dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    let program = std::env::current_exe().context("where this program is")?;
    for name in SHIMS {
        let link = dir.join(name);
        if std::fs::read_link(&link).is_ok_and(|target| target == program) {
            continue;
        }
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(&program, &link).with_context(|| link.display().to_string())?;
    }
    Ok(())
}
