//! What containers do: programs of the users' own, metrics-server, the images of workshops, metrics of adapters.

mod images;
mod kubelet;
mod metrics_api;
mod metrics_server;
mod names;
mod own;
mod sessions;
mod volumes;

use std::path::PathBuf;
use std::process::{Command, Output};

/// A new cluster, and commands on it.
struct Room {
    dir: tempfile::TempDir,
}

impl Room {
    fn new() -> Room {
        Room { dir: tempfile::tempdir().expect("a directory") }
    }

    /// A cluster with metrics-server.
    fn with_metrics() -> Room {
        let room = Room::new();
        room.kubectl("apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml");
        room
    }

    fn output(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubetick"));
        command.args(args).current_dir(self.dir.path()).env("HOME", self.dir.path());
        command
            .env("KUBETICK_HOME", self.dir.path().join("kubetick"))
            .env("TZ", "UTC")
            .env_remove("KUBECONFIG");
        command.output().expect("the program runs")
    }

    /// Runs one of our commands, which must succeed; answers its output.
    fn run(&self, args: &[&str]) -> String {
        let output = self.output(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Runs kubectl, whose words have no blanks.
    fn kubectl(&self, line: &str) -> String {
        self.run(&[&["kubectl"], line.split(' ').collect::<Vec<_>>().as_slice()].concat())
    }

    /// Runs kubectl, which must fail; answers what it says.
    fn fails(&self, line: &str) -> String {
        let output = self.output(&[&["kubectl"], line.split(' ').collect::<Vec<_>>().as_slice()].concat());
        assert!(!output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).expect("text")
    }

    fn tick(&self, time: &str) {
        self.run(&["tick", "-q", time]);
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    fn apply(&self, text: &str) -> String {
        self.file("manifest.yaml", text);
        self.kubectl("apply -f manifest.yaml")
    }

    /// One field of an object.
    fn field(&self, object: &str, path: &str) -> String {
        self.kubectl(&format!("get {object} -o jsonpath={{{path}}}"))
    }

    /// The usage of a pod as `top` shows it: `25m 60Mi`.
    fn usage(&self, pod: &str) -> String {
        let text = self.kubectl(&format!("top pod {pod} --no-headers"));
        text.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    }
}

/// A pod with one container, whose fields are given in YAML's flow style.
fn pod(name: &str, container: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {name}}}}}\nspec:\n  containers:\n  - {{name: c, {container}}}\n---\n"
    )
}
