//! The files a process sees: what it wrote, what is mounted, what its image and the kubelet put there.

use super::volumes::{Place, place};
use crate::actors::programs::{Process, environment};
use crate::machinery::{Map, Value};

/// The file system of one run of a container.
pub(in crate::actors::programs) struct Files<'p, 'a> {
    process: &'p Process<'a>,
    /// Contents by path; null for what was removed, a list for a directory.
    written: Map,
    /// Whether something was written since.
    pub changed: bool,
}

/// Directories every image has.
const DIRECTORIES: &[&str] = &[
    "/",
    "/tmp",
    "/etc",
    "/var",
    "/dev",
    "/proc",
    "/root",
    "/home",
    "/usr",
    "/bin",
    "/data",
    "/var/log",
    "/var/run",
    "/usr/share",
    "/usr/share/nginx/html",
    "/usr/local/apache2/htdocs",
];

impl<'p, 'a> Files<'p, 'a> {
    /// The files of a process.
    pub(in crate::actors::programs) fn of(process: &'p Process<'a>) -> Files<'p, 'a> {
        Files { process, written: process.memory().map_at("files").clone(), changed: false }
    }

    /// What was written, to be remembered.
    pub(super) fn written(&self) -> Value {
        Value::from(self.written.clone())
    }

    /// The content of a file.
    pub(in crate::actors::programs) fn read(&self, path: &str) -> Option<String> {
        let path = normal(path);
        match place(self.process, &path) {
            Place::Own => {}
            Place::Projected => return self.mounted(&path),
            Place::Kept(kept) => {
                return kept.files(self.process).get(&kept.path).and_then(Value::as_str).map(str::to_string);
            }
        }
        if let Some(content) = self.written.get(&path) {
            return content.as_str().map(str::to_string);
        }
        self.built_in(&path)
    }

    /// Whether there is a file or a directory.
    pub(super) fn exists(&self, path: &str) -> bool {
        self.is_directory(path) || self.read(path).is_some() || normal(path).starts_with("/dev/")
    }

    /// Whether there is a directory.
    pub(in crate::actors::programs) fn is_directory(&self, path: &str) -> bool {
        let path = normal(path);
        if let Place::Kept(kept) = place(self.process, &path) {
            let files = kept.files(self.process);
            // The kubelet makes the directory a subPath names, unless there is something.
            let is_file = files.get(&kept.path).is_some_and(|content| content.as_str().is_some());
            return (kept.is_mount && !is_file) || has_directory(&files, &kept.path);
        }
        match self.written.get(&path) {
            Some(content) => content.as_list().is_some(),
            None => {
                DIRECTORIES.contains(&path.as_str())
                    || has_directory(&self.written, &path)
                    || self
                        .process
                        .container
                        .items_at("volumeMounts")
                        .iter()
                        .any(|m| normal(m.str_at("mountPath")) == path)
            }
        }
    }

    /// Names in a directory.
    pub(super) fn list(&self, path: &str) -> Vec<String> {
        let path = normal(path);
        let (files, within) = match place(self.process, &path) {
            Place::Kept(kept) => (kept.files(self.process), kept.path),
            _ => (self.written.clone(), path.clone()),
        };
        let inside = format!("{}/", within.trim_end_matches('/'));
        let mut names: Vec<String> = files
            .iter()
            .filter(|(_, content)| !content.is_null())
            .filter_map(|(p, _)| p.strip_prefix(&inside))
            .map(|rest| rest.split('/').next().unwrap_or("").to_string())
            .collect();
        for mount in self.process.container.items_at("volumeMounts") {
            if normal(mount.str_at("mountPath")) == path {
                names.extend(self.volume(mount.str_at("name")).keys().map(str::to_string));
            }
        }
        names.sort();
        names.dedup();
        names
    }

    /// Writes a file; false where that cannot be done.
    pub(super) fn write(&mut self, path: &str, text: &str, append: bool) -> bool {
        let mut content = if append { self.read(path).unwrap_or_default() } else { String::new() };
        // A file that grows without end would grow the cluster with it.
        const MOST: usize = 64 << 10;
        content.push_str(text);
        if content.len() > MOST {
            let cut =
                (content.len() - MOST..content.len()).find(|i| content.is_char_boundary(*i)).unwrap_or(0);
            content.drain(..cut);
        }
        self.change(path, |files, path| drop(files.insert(path, content)))
    }

    /// Makes a directory; false where that cannot be done.
    pub(super) fn make_directory(&mut self, path: &str) -> bool {
        self.change(path, |files, path| drop(files.insert(path, Value::array())))
    }

    /// Removes a file or a directory with all in it; false when that cannot be done.
    pub(super) fn remove(&mut self, path: &str) -> bool {
        let there = self.exists(path);
        self.change(path, |files, path| {
            let inside = format!("{path}/");
            files.retain(|p, _| !p.starts_with(&inside));
            files.insert(path, Value::Null);
        }) && there
    }

    /// Whether a path lies where nothing can be written.
    pub(super) fn is_read_only(&self, path: &str) -> bool {
        match place(self.process, &normal(path)) {
            Place::Own => false,
            Place::Projected => true,
            Place::Kept(kept) => kept.read_only,
        }
    }

    fn change(&mut self, path: &str, change: impl FnOnce(&mut Map, &str)) -> bool {
        let path = normal(path);
        match place(self.process, &path) {
            Place::Projected => return false,
            Place::Kept(kept) if kept.read_only => return false,
            Place::Kept(kept) => {
                let mut files = kept.files(self.process);
                change(&mut files, &kept.path);
                kept.keep(self.process, files);
            }
            Place::Own => change(&mut self.written, &path),
        }
        self.changed = true;
        true
    }

    fn mounted(&self, path: &str) -> Option<String> {
        for mount in self.process.container.items_at("volumeMounts") {
            let at = normal(mount.str_at("mountPath"));
            let volume = || self.volume(mount.str_at("name"));
            let sub = mount.str_at("subPath");
            if !sub.is_empty() && path == at {
                return volume().get(sub).and_then(Value::as_str).map(str::to_string);
            }
            if let Some(name) = path.strip_prefix(&format!("{at}/")) {
                return volume().get(name).and_then(Value::as_str).map(str::to_string);
            }
        }
        None
    }

    /// The files of a ConfigMap or Secret volume, a downward API volume or a projection of them.
    fn volume(&self, name: &str) -> Map {
        let found = self.process.pod.items_at("spec/volumes").iter().find(|v| v.str_at("name") == name);
        found
            .map(|volume| environment::volume_files(self.process.api, self.process.pod, volume))
            .unwrap_or_default()
    }

    fn built_in(&self, path: &str) -> Option<String> {
        let pod = self.process.pod;
        let host = if pod.bool_at("spec/hostNetwork") { pod.str_at("spec/nodeName") } else { pod.name() };
        let image = self.process.image();
        Some(match path {
            "/etc/hostname" => format!("{host}\n"),
            "/etc/resolv.conf" => format!(
                "search {}.svc.cluster.local svc.cluster.local cluster.local {}.compute.internal\nnameserver 10.100.0.10\noptions ndots:5\n",
                pod.namespace(),
                self.process.api.store().meta().region
            ),
            "/etc/hosts" => format!(
                "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n{}\t{host}\n",
                pod.str_at("status/podIP")
            ),
            "/var/run/secrets/kubernetes.io/serviceaccount/namespace" => pod.namespace().to_string(),
            "/var/www/html/index.php" if image.contains("hpa-example") => {
                "<?php\n$x = 0.0001;\nfor ($i = 0; $i <= 1000000; $i++) {\n\t$x += sqrt($x);\n}\necho \"OK!\";\n?>\n".to_string()
            }
            "/usr/share/nginx/html/index.html" if image.contains("nginx") => crate::actors::programs::http::NGINX_WELCOME.to_string(),
            "/usr/local/apache2/htdocs/index.html" if image.contains("httpd") => "<html><body><h1>It works!</h1></body></html>\n".to_string(),
            _ => return None,
        })
    }
}

/// Whether something lies below a path.
fn has_directory(files: &Map, path: &str) -> bool {
    let inside = format!("{}/", path.trim_end_matches('/'));
    files.get(path).is_some_and(|c| c.as_list().is_some())
        || files.iter().any(|(p, c)| p.starts_with(&inside) && !c.is_null())
}

/// A path without dots, doubled slashes, and a slash at its end.
pub(super) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
