//! A home with one cluster, and commands run in it with their streams captured.

use crate::captured::{self, Said};
use kubetick::cli::Env;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

/// Where commands run.
pub struct Shell {
    home: TempDir,
    /// The cluster commands are about; the kubeconfig's current one when empty.
    cluster: String,
    /// Variables beside those of every shell.
    more: BTreeMap<String, String>,
}

impl Shell {
    /// A home with nothing in it.
    pub fn empty() -> Shell {
        let shell = Shell { home: TempDir::new().unwrap(), cluster: String::new(), more: BTreeMap::new() };
        std::fs::create_dir_all(shell.home.path().join("work")).unwrap();
        shell
    }

    /// A home with the cluster `lab`.
    pub fn new() -> Shell {
        Shell::of_version("1.36")
    }

    /// A home with the cluster `lab` of a Kubernetes version.
    pub fn of_version(version: &str) -> Shell {
        let shell = Shell::empty();
        shell.must(&format!("kubetick cluster create lab --version {version}"));
        shell
    }

    /// A home with the cluster that a ClusterConfig describes.
    pub fn of_config(config: &str) -> Shell {
        let shell = Shell::empty();
        shell.file("cluster.yaml", config);
        shell.must("kubetick cluster create -f cluster.yaml");
        shell
    }

    /// A home with the cluster `lab`: two nodes on demand in `ng1`, one on spot capacity in `spot`.
    pub fn with_spot() -> Shell {
        Shell::of_config(
            "\
apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: lab, region: ap-northeast-2, version: \"1.33\"}
managedNodeGroups:
  - {name: ng1, instanceType: m5.large, minSize: 1, desiredCapacity: 2, maxSize: 6}
  - {name: spot, instanceType: m5.large, spot: true, minSize: 1, desiredCapacity: 1, maxSize: 6}
",
        )
    }

    /// As [`Shell::new`], from a cluster that was made once.
    pub fn ready() -> Shell {
        static MADE: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
        let files = MADE.get_or_init(|| Shell::new().files());
        Shell::over(files)
    }

    /// Another home with the same in it.
    pub fn copy(&self) -> Shell {
        Shell::over(&self.files())
    }

    /// The cluster's file, which is one when nobody has it open, and the kubeconfig.
    fn files(&self) -> [Vec<u8>; 2] {
        [self.cluster_file(), self.home.path().join("kubeconfig")].map(|path| std::fs::read(path).unwrap())
    }

    fn over([cluster, kubeconfig]: &[Vec<u8>; 2]) -> Shell {
        let shell = Shell::empty();
        std::fs::create_dir_all(shell.home.path().join("clusters")).unwrap();
        std::fs::write(shell.cluster_file(), cluster).unwrap();
        std::fs::write(shell.home.path().join("kubeconfig"), kubeconfig).unwrap();
        shell
    }

    /// Says which cluster the commands from here on are about.
    pub fn use_cluster(&mut self, name: &str) {
        self.cluster = name.to_string();
    }

    /// Sets an environment variable for the commands that follow.
    pub fn env(&mut self, name: &str, value: &str) {
        self.more.insert(name.to_string(), value.to_string());
    }

    /// The process that a line would be, with its streams in pipes; not started.
    pub fn process(&self, line: &str) -> Command {
        let words = words(line);
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubetick"));
        command
            .args(words.iter().skip_while(|w| *w == "kubetick"))
            .env_clear()
            .envs(self.variables())
            .current_dir(self.home.path().join("work"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a line; words are separated by spaces, and a word in single quotes keeps its own.
    pub fn run(&self, line: &str) -> Said {
        self.run_with(line, "")
    }

    /// As [`Shell::run`], with standard input.
    pub fn run_with(&self, line: &str, input: &str) -> Said {
        let mut words = words(line);
        let called = words.remove(0);
        captured::run(
            &called,
            &words,
            Env { vars: self.variables(), cwd: self.home.path().join("work") },
            input,
        )
    }

    /// Writes a file where commands run.
    pub fn file(&self, name: &str, text: &str) {
        std::fs::write(self.home.path().join("work").join(name), text).unwrap();
    }

    /// What `KUBETICK_HOME` is.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// The cluster's file.
    pub fn cluster_file(&self) -> PathBuf {
        self.home.path().join("clusters/lab.db")
    }

    /// The whole cluster as text.
    pub fn export(&self) -> String {
        let said = self.run("kubetick cluster export");
        assert_eq!(said.rc, 0, "{}", said.stderr);
        said.stdout
    }

    /// Runs a line that must succeed.
    pub fn must(&self, line: &str) -> String {
        let said = self.run(line);
        assert_eq!(said.rc, 0, "{line}: {}", said.stderr);
        said.stdout
    }

    fn variables(&self) -> BTreeMap<String, String> {
        [
            ("HOME", self.home.path().display().to_string()),
            ("PATH", String::new()),
            ("KUBETICK_HOME", self.home.path().display().to_string()),
            ("KUBETICK_CLUSTER", self.cluster.clone()),
        ]
        .map(|(k, v)| (k.to_string(), v))
        .into_iter()
        .chain(self.more.clone())
        .collect()
    }
}

/// Words that stand in quotes, even empty ones, are kept as they are.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![(String::new(), false)];
    for (i, part) in line.split('\'').enumerate() {
        let quoted = i % 2 == 1;
        for (j, word) in part.split(' ').enumerate() {
            let last = words.last_mut().unwrap();
            match (quoted, j) {
                (true, 0) => *last = (last.0.clone() + part, true),
                (true, _) => {}
                (false, 0) => last.0.push_str(word),
                (false, _) => words.push((word.to_string(), false)),
            }
        }
    }
    words.into_iter().filter(|(word, quoted)| *quoted || !word.is_empty()).map(|(word, _)| word).collect()
}
