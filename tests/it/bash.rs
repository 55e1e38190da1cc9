//! One bash for a document: its commands share variables, directory and clusters.

use kubetick::machinery::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub struct Shell {
    bash: Child,
    input: ChildStdin,
    answers: BufReader<ChildStdout>,
    dir: tempfile::TempDir,
    /// Background commands: process id and where their output goes.
    running: BTreeMap<String, (i64, PathBuf)>,
    scripts: usize,
}

impl Shell {
    /// A shell in an empty home, with `kubetick` on the PATH as after an installation, and nothing activated.
    pub fn open(zone: &str) -> Shell {
        let dir = tempfile::tempdir().expect("a directory");
        let (home, programs) = (dir.path().join("home"), dir.path().join("bin"));
        std::fs::create_dir_all(&home).expect("a directory");
        std::fs::create_dir_all(&programs).expect("a directory");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubetick"), programs.join("kubetick"))
            .expect("a link");
        let mut bash = Command::new("bash")
            .args(["--norc", "--noprofile"])
            .current_dir(&home)
            .env("HOME", &home)
            .env("SHELL", "bash")
            .env("PATH", format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default()))
            .env("KUBETICK_HOME", dir.path().join("kubetick"))
            .env("TZ", zone)
            .env_remove("KUBECONFIG")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("bash");
        let input = bash.stdin.take().expect("stdin");
        let answers = BufReader::new(bash.stdout.take().expect("stdout"));
        Shell { bash, input, answers, dir, running: BTreeMap::new(), scripts: 0 }
    }

    /// An activated shell, with the walkthrough's cluster made and its preload run.
    pub fn of_walkthrough(walkthrough: &Value) -> Shell {
        let mut shell = Shell::open("Asia/Seoul");
        shell.file("../cluster.yaml", walkthrough.str_at("cluster"));
        shell.must("kubetick cluster create -f ../cluster.yaml");
        shell.activate();
        for (name, value) in walkthrough.at("env").map().iter() {
            shell.must(&format!("export {name}='{}'", value.as_str().unwrap_or_default()));
        }
        shell.run(walkthrough.str_at("preload"));
        shell
    }

    /// What everyone types first.
    pub fn activate(&mut self) {
        self.must("eval \"$(kubetick activate)\"");
    }

    /// Lays down a file, named from the home.
    pub fn file(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join("home").join(name), text).expect("a file");
    }

    /// Runs a script in the shell; answers what it printed on both streams, and its status.
    pub fn run(&mut self, script: &str) -> (String, i64) {
        self.scripts += 1;
        let file = self.dir.path().join(format!("step-{}.sh", self.scripts));
        let out = self.dir.path().join(format!("step-{}.out", self.scripts));
        std::fs::write(&file, script).expect("a file");
        let (file, shown) = (file.display(), out.display());
        writeln!(self.input, "source '{file}' >'{shown}' 2>&1 </dev/null; echo \"status $?\"").expect("bash");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("bash");
        let rc = line.trim().strip_prefix("status ").and_then(|n| n.parse().ok()).unwrap_or(-1);
        (read(&out), rc)
    }

    fn must(&mut self, script: &str) {
        let (output, rc) = self.run(script);
        assert!(rc == 0, "{script}: status {rc}\n{output}");
    }

    /// What comes before a step's command: time, load, files (from the folder of the walkthroughs).
    pub fn prepare(&mut self, step: &Value, seeds: &Path) {
        if !step.str_at("advance").is_empty() {
            self.must(&format!("kubetick tick {} -q", step.str_at("advance")));
        }
        if !step.str_at("clock").is_empty() {
            self.must(&format!("kubetick tick --until {} -q", step.str_at("clock")));
        }
        for (name, file) in step.at("files_from_seed").map().iter() {
            let seed = seeds.join(file.as_str().unwrap_or_default());
            self.must(&format!("eval \"cat > {name} <<SEED_END\n$(cat '{}')\nSEED_END\"", seed.display()));
        }
        let load = step.at("load");
        if !load.is_null() {
            let points: Vec<String> = load
                .items_at("cpu")
                .iter()
                .map(|p| {
                    let part = |i: usize| p.items_at("").get(i).map(text).unwrap_or_default();
                    format!("{}={}", part(0), part(1))
                })
                .collect();
            let (target, namespace) = (load.str_at("target"), load.str_at("namespace"));
            self.must(&format!("kubetick load set {target} -n {namespace} --cpu {}", points.join(",")));
        }
    }

    /// Starts a step's command as in a second terminal.
    pub fn start_background(&mut self, step: &Value) {
        let out = self.dir.path().join(format!("{}.out", step.str_at("id")));
        let file = self.dir.path().join(format!("{}.sh", step.str_at("id")));
        std::fs::write(&file, step.str_at("cmd")).expect("a file");
        let (id, rc) = self.run(&format!(
            "setsid bash '{}' >'{}' 2>&1 </dev/null & echo $!",
            file.display(),
            out.display()
        ));
        assert_eq!(rc, 0);
        self.running.insert(step.str_at("id").to_string(), (id.trim().parse().unwrap_or(0), out));
        // The second terminal's command gets as far as its prompt before the next command of the first is typed.
        std::thread::sleep(std::time::Duration::from_millis(700));
    }

    /// Ends a background command the way closing its terminal would; answers what it had printed.
    pub fn end(&mut self, id: &str) -> String {
        let Some((pid, out)) = self.running.remove(id) else { return String::new() };
        self.run(&format!("kill -INT -- -{pid} 2>/dev/null; kill -TERM -- -{pid} 2>/dev/null; wait {pid}; while kill -0 -- -{pid} 2>/dev/null; do command -p sleep 0.05; done"));
        read(&out)
    }

    /// Ends what still runs in the background.
    pub fn end_all(&mut self) {
        for id in self.running.keys().cloned().collect::<Vec<_>>() {
            self.end(&id);
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.bash.kill();
        let _ = self.bash.wait();
    }
}

fn text(v: &Value) -> String {
    v.as_str().map_or_else(|| v.to_json(), str::to_string)
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).replace('\r', "")
}
