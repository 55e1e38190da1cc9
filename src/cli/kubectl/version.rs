//! `kubectl version`.

use super::flags::{Flag, flags};
use super::{Command, Failure, Kubectl, Writes};
use crate::catalog::releases;
use crate::json;
use crate::machinery::{KubeVersion, Value, yaml};

pub(super) const COMMANDS: &[Command] = &[Command {
    path: "version",
    aliases: &[],
    flags: flags!(&[Flag::bool("client"), Flag::string("output", "").short('o'), Flag::bool("short"),]),
    writes: Writes::Never,
    run,
}];

/// What a build of Kubernetes says of itself, fields in their order on the wire.
struct Build {
    minor: u32,
    git_version: String,
    git_commit: &'static str,
    build_date: &'static str,
    go_version: &'static str,
    /// Servers since 1.33 tell which version they emulate; older clients do not know.
    emulates: bool,
}

/// A kubectl release: its last patch, kustomize, commit, date and Go.
struct Release(u32, &'static str, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const RELEASES: &[Release] = &[
    Release(21, "v1.21.14", "v4.0.5", "0f77da5bd4809927e15d1658fb4aa8f13ad890a5", "2022-06-15T14:17:29Z", "go1.16.15"),
    Release(22, "v1.22.17", "v4.2.0", "a7736eaf34d823d7652415337ac0ad06db9167fc", "2022-12-08T11:47:36Z", "go1.16.15"),
    Release(23, "v1.23.17", "v4.4.1", "953be8927218ec8067e1af2641e540238ffd7576", "2023-02-22T13:34:27Z", "go1.19.6"),
    Release(24, "v1.24.17", "v4.5.4", "22a9682c8fe855c321be75c5faacde343f909b04", "2023-08-23T23:44:35Z", "go1.20.7"),
    Release(25, "v1.25.16", "v4.5.7", "c5f43560a4f98f2af3743a59299fb79f07924373", "2023-11-15T13:39:50Z", "go1.20.10"),
    Release(26, "v1.26.15", "v4.5.7", "1649f592f1909b97aa3c2a0a8f968a3fd05a7b8b", "2024-03-14T01:05:39Z", "go1.21.8"),
    Release(27, "v1.27.16", "v5.0.1", "cbb86e0d7f4a049666fac0551e8b02ef3d6c3d9a", "2024-07-17T01:53:56Z", "go1.22.5"),
    Release(28, "v1.28.15", "v5.0.4-0.20230601165947-6ce0bf390ce3", "841856557ef0f6a399096c42635d114d6f2cf7f4", "2024-10-22T20:34:56Z", "go1.22.8"),
    Release(29, "v1.29.14", "v5.0.4-0.20230601165947-6ce0bf390ce3", "4f359b2e16764ab5e175195ee6992dfb53b36acf", "2025-02-12T21:34:28Z", "go1.22.12"),
    Release(30, "v1.30.13", "v5.0.4-0.20230601165947-6ce0bf390ce3", "50af91c466658b6a33d123fae8a487db1630971c", "2025-05-15T09:56:59Z", "go1.23.8"),
    Release(31, "v1.31.9", "v5.4.2", "8f3800390d488f54f74111f22973059e133f9cba", "2025-05-15T09:17:16Z", "go1.23.8"),
    Release(32, "v1.32.5", "v5.5.0", "9894294ef13a5b32803e3ca2c0d620a088cc84d1", "2025-05-15T09:12:10Z", "go1.23.8"),
    Release(33, "v1.33.1", "v5.6.0", "8adc0f041b8e7ad1d30e29cc59c6ae7a15e19828", "2025-05-15T08:27:33Z", "go1.24.2"),
    Release(34, "v1.34.3", "v5.7.1", "0000000000000000000000000000000000000000", "2025-12-09T00:00:00Z", "go1.24.11"),
    Release(35, "v1.35.1", "v5.7.1", "0000000000000000000000000000000000000000", "2026-02-10T00:00:00Z", "go1.25.6"),
    Release(36, "v1.36.2", "v5.8.1", "0000000000000000000000000000000000000000", "2026-06-10T00:00:00Z", "go1.26.6"),
];

impl Release {
    fn of(version: KubeVersion) -> &'static Release {
        let known = RELEASES.iter().rev().find(|r| r.0 <= version.minor);
        known.unwrap_or(&RELEASES[0])
    }

    fn build(&self) -> Build {
        Build {
            minor: self.0,
            git_version: self.1.to_string(),
            git_commit: self.3,
            build_date: self.4,
            go_version: self.5,
            emulates: false,
        }
    }
}

fn server_build(version: KubeVersion) -> Build {
    let release = Release::of(version);
    Build {
        minor: version.minor,
        git_version: releases::git_version(version),
        git_commit: "0000000000000000000000000000000000000000",
        build_date: release.4,
        go_version: release.5,
        emulates: version.servers_emulate(),
    }
}

impl Build {
    fn fields(&self) -> Vec<(&'static str, String)> {
        let minor = self.minor.to_string();
        let mut fields = vec![("major", "1".to_string()), ("minor", minor.clone())];
        if self.emulates {
            fields.push(("emulationMajor", "1".to_string()));
            fields.push(("emulationMinor", minor));
            fields.push(("minCompatibilityMajor", "1".to_string()));
            fields.push(("minCompatibilityMinor", (self.minor - 1).to_string()));
        }
        fields.push(("gitVersion", self.git_version.clone()));
        fields.push(("gitCommit", self.git_commit.to_string()));
        fields.push(("gitTreeState", "clean".to_string()));
        fields.push(("buildDate", self.build_date.to_string()));
        fields.push(("goVersion", self.go_version.to_string()));
        fields.push(("compiler", "gc".to_string()));
        fields.push(("platform", "linux/amd64".to_string()));
        fields
    }

    fn value(&self) -> Value {
        let mut value = json!({});
        for (key, text) in self.fields() {
            value.set(key, text);
        }
        value
    }

    /// JSON in the order of the wire, two blanks a level.
    fn json(&self, indent: &str) -> String {
        let lines: Vec<String> =
            self.fields().iter().map(|(key, text)| format!("{indent}  {key:?}: {text:?}")).collect();
        format!("{{\n{}\n{indent}}}", lines.join(",\n"))
    }

    /// As Go's `%#v` prints it.
    fn go(&self) -> String {
        format!(
            "version.Info{{Major:\"1\", Minor:\"{}\", GitVersion:\"{}\", GitCommit:\"{}\", GitTreeState:\"clean\", \
             BuildDate:\"{}\", GoVersion:\"{}\", Compiler:\"gc\", Platform:\"linux/amd64\"}}",
            self.minor, self.git_version, self.git_commit, self.build_date, self.go_version
        )
    }
}

/// What the server answers at `/version`, on the wire.
pub(super) fn server_info(version: KubeVersion) -> String {
    server_build(version).json("")
}

fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    if !k.flags.args.is_empty() {
        return Err(Failure::message(format!("extra arguments: [{}]", k.flags.args.join(" "))));
    }
    let output = k.flags.str("output");
    if !matches!(output, "" | "json" | "yaml") {
        return Err(Failure::message("--output must be 'yaml' or 'json'"));
    }
    // Documents are older than the clusters they are followed on: a kubectl that nobody chose takes what they type. Later
    // versions print the short form anyway.
    let chosen = k.session.env.var("KUBETICK_KUBECTL_VERSION").is_some();
    if k.flags.bool("short") && chosen && !k.client.version_has_short() {
        k.eprintln("error: unknown flag: --short\nSee 'kubectl version --help' for usage.");
        return Err(Failure::Exit(1));
    }
    if k.flags.bool("short") && k.client.version_has_short() {
        k.eprintln(
            "Flag --short has been deprecated, and will be removed in the future. The --short output will become the \
             default.",
        );
    }
    let release = Release::of(k.client);
    let client = release.build();
    let server = match k.flags.bool("client") {
        true => Ok(None),
        false => k.server_version().map(Some),
    };
    let known = server.as_ref().ok().copied().flatten().map(|version| {
        let build = server_build(version);
        Build { emulates: build.emulates && k.client.knows_emulation(), ..build }
    });
    match output {
        "json" => print_json(k, release, &client, known.as_ref()),
        "yaml" => print_yaml(k, release, &client, known.as_ref())?,
        _ => print_text(k, release, &client, known.as_ref()),
    }
    if let Some(server) = &known {
        warn_of_skew(k, client.minor, server.minor);
    }
    server.map(|_| ())
}

fn print_text(k: &Kubectl<'_>, release: &Release, client: &Build, server: Option<&Build>) {
    let long = k.client.version_has_short() && !k.flags.bool("short");
    let text = |build: &Build| if long { build.go() } else { build.git_version.clone() };
    if long {
        k.eprintln(
            "WARNING: This version information is deprecated and will be replaced with the output from kubectl version \
             --short.  Use --output=yaml|json to get the full version.",
        );
    }
    k.println(&format!("Client Version: {}", text(client)));
    if k.client.has_kustomize_version() {
        k.println(&format!("Kustomize Version: {}", release.2));
    }
    if let Some(server) = server {
        k.println(&format!("Server Version: {}", text(server)));
    }
}

fn print_json(k: &Kubectl<'_>, release: &Release, client: &Build, server: Option<&Build>) {
    let mut parts = vec![format!("  \"clientVersion\": {}", client.json("  "))];
    if k.client.has_kustomize_version() {
        parts.push(format!("  \"kustomizeVersion\": {:?}", release.2));
    }
    parts.extend(server.map(|server| format!("  \"serverVersion\": {}", server.json("  "))));
    k.println(&format!("{{\n{}\n}}", parts.join(",\n")));
}

fn print_yaml(
    k: &Kubectl<'_>,
    release: &Release,
    client: &Build,
    server: Option<&Build>,
) -> Result<(), Failure> {
    let mut value = json!({"clientVersion": (client.value())});
    if k.client.has_kustomize_version() {
        value.set("kustomizeVersion", release.2);
    }
    if let Some(server) = server {
        value.set("serverVersion", server.value());
    }
    k.println(&yaml::to_yaml(&value).map_err(|e| Failure::message(e.to_string()))?);
    Ok(())
}

fn warn_of_skew(k: &Kubectl<'_>, client: u32, server: u32) {
    if client.abs_diff(server) > 1 && k.client.warns_of_skew() {
        k.eprintln(&format!(
            "WARNING: version difference between client (1.{client}) and server (1.{server}) exceeds the supported minor \
             version skew of +/-1"
        ));
    }
}
