//! Container images: how big they are, what they do when a container gives no command of its own, and which do not
//! exist.

use super::image_ref::ImageRef;
use crate::machinery::{Duration, names};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What an image's own entry point does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryPoint {
    /// Serves until it is stopped. So does every image the catalogue does not know.
    Server,
    /// Waits for signals, listens on nothing.
    Pause,
    /// A shell, which ends at once when nobody types.
    Shell,
    /// Prints a greeting and ends.
    Greeting,
    /// Does its work and ends well.
    Once,
    /// Runs a tool with the container's arguments.
    Tool(&'static str),
    /// Runs the container's arguments when they are a command it has, else hands them to a tool.
    Wrapper(&'static str),
}

/// What the catalogue knows of an image.
#[derive(Clone, PartialEq, Debug)]
pub struct Image {
    /// The completed reference.
    pub reference: ImageRef,
    /// The content's digest: what `imageID` shows.
    pub digest: String,
    /// Bytes on the wire.
    pub size: i64,
    /// How long a node takes to fetch it.
    pub pull: Duration,
    /// What it does by itself.
    pub entry_point: EntryPoint,
    /// Whether the catalogue has an entry for it.
    pub known: bool,
    /// Whether it holds a shell and the usual small tools, so that an unknown command is one that does not exist.
    pub small_tools_only: bool,
}

/// Why an image cannot be had.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PullError {
    /// The text is no image reference.
    InvalidName(String),
    /// The registry does not have it; the runtime's words.
    NotFound(String),
}

struct Known {
    /// End of the repository, whole path components.
    repository: &'static str,
    megabytes: i64,
    entry_point: EntryPoint,
    small_tools_only: bool,
}

const fn known(
    repository: &'static str,
    megabytes: i64,
    entry_point: EntryPoint,
    small_tools_only: bool,
) -> Known {
    Known { repository, megabytes, entry_point, small_tools_only }
}

use EntryPoint::{Greeting, Once, Pause, Server, Shell, Tool, Wrapper};

/// Sizes are those of the linux/amd64 manifests, rounded.
const KNOWN: &[Known] = &[
    known("busybox", 2, Shell, true),
    known("alpine", 4, Shell, true),
    known("library/bash", 6, Shell, true),
    known("library/ubuntu", 30, Shell, true),
    known("library/debian", 49, Shell, true),
    known("library/centos", 83, Shell, true),
    known("library/fedora", 70, Shell, true),
    known("library/amazonlinux", 62, Shell, true),
    known("amazonlinux/amazonlinux", 62, Shell, true),
    known("library/hello-world", 0, Greeting, false),
    known("library/python", 360, Shell, false),
    known("library/node", 380, Shell, false),
    known("library/perl", 350, Shell, false),
    known("library/golang", 300, Shell, false),
    known("library/nginx", 72, Server, false),
    known("nginx/nginx", 72, Server, false),
    known("library/httpd", 60, Server, false),
    known("library/redis", 45, Server, false),
    known("library/memcached", 32, Server, false),
    known("library/mysql", 230, Server, false),
    known("library/postgres", 155, Server, false),
    known("library/rabbitmq", 105, Server, false),
    known("library/tomcat", 190, Server, false),
    known("hpa-example", 178, Server, false),
    known("google-samples/hello-app", 6, Server, false),
    known("e2e-test-images/agnhost", 52, Server, false),
    known("echoserver", 35, Server, false),
    known("gb-frontend", 280, Server, false),
    known("metrics-server/metrics-server", 20, Server, false),
    known("autoscaling/cluster-autoscaler", 30, Server, false),
    known("kedacore/keda", 33, Server, false),
    known("kedacore/keda-metrics-apiserver", 27, Server, false),
    known("kedacore/keda-admission-webhooks", 24, Server, false),
    known("karpenter/controller", 45, Server, false),
    known("amazon-k8s-cni", 44, Server, false),
    known("amazon-k8s-cni-init", 60, Once, false),
    known("amazon/aws-network-policy-agent", 32, Server, false),
    known("eks/kube-proxy", 29, Server, false),
    known("eks/coredns", 21, Server, false),
    known("eks/eks-pod-identity-agent", 26, Server, false),
    known("eks/pause", 0, Pause, false),
    known("pause", 0, Pause, false),
    known("polinux/stress", 4, Shell, true),
    known("vish/stress", 2, Tool("stress"), false),
    known("progrium/stress", 115, Tool("stress"), true),
    known("containerstack/cpustress", 9, Tool("stress-ng"), true),
    known("containerstack/alpine-stress", 6, Shell, true),
    known("alexeiled/stress-ng", 3, Tool("stress-ng"), true),
    known("polinux/stress-ng", 9, Tool("stress-ng"), true),
    known("colinianking/stress-ng", 20, Tool("stress-ng"), true),
    known("lorel/docker-stress-ng", 6, Tool("stress-ng"), true),
    known("narmidm/k8s-pod-cpu-stressor", 3, Tool("cpu-stress"), false),
    known("e2e-test-images/resource-consumer", 30, Server, false),
    known("kubernetes-e2e-test-images/resource-consumer", 30, Server, false),
    known("curlimages/curl", 9, Wrapper("curl"), true),
    known("williamyeh/hey", 4, Tool("hey"), false),
    known("rakyll/hey", 4, Tool("hey"), false),
    known("ricoli/hey", 4, Tool("hey"), false),
    known("jordi/ab", 3, Tool("ab"), false),
    known("williamyeh/wrk", 4, Tool("wrk"), false),
    known("skandyla/wrk", 4, Tool("wrk"), false),
    known("loadimpact/loadgentest-wrk", 5, Tool("wrk"), false),
    known("yokogawa/siege", 30, Tool("siege"), false),
    known("jstarcher/siege", 30, Tool("siege"), false),
    known("alpine/bombardier", 6, Tool("bombardier"), false),
    known("fortio/fortio", 9, Tool("fortio"), false),
    known("nicolaka/netshoot", 190, Shell, false),
];

/// Words by which tutorials name images that are not there.
const MISSING_WORDS: &[&str] = &[
    "doesnotexist",
    "does-not-exist",
    "nonexist",
    "non-exist",
    "notexist",
    "not-exist",
    "no-such",
    "nosuch",
];
/// Tags of well-known images that tutorials mistype on purpose.
const MISSING_TAGS: &[(&str, &str)] = &[("library/nginx", "1.161"), ("library/nginx", "1.91")];

/// Bytes a second a node gets from a registry, unpacking included.
const BYTES_A_SECOND: i64 = 22_000_000;
/// Asking the registry for the manifest and the layers.
const ROUND_TRIPS: Duration = Duration::from_millis(650);

thread_local! {
    /// Kubelets ask for the few images of a cluster over and over.
    static FOUND: RefCell<BTreeMap<String, Result<Rc<Image>, PullError>>> = RefCell::default();
}

/// What the catalogue knows of an image, or why it cannot be had.
pub fn find(name: &str) -> Result<Rc<Image>, PullError> {
    FOUND.with_borrow_mut(|found| {
        if !found.contains_key(name) {
            found.insert(name.to_string(), look_up(name).map(Rc::new));
        }
        found[name].clone()
    })
}

fn look_up(name: &str) -> Result<Image, PullError> {
    let reference = ImageRef::parse(name).ok_or_else(|| PullError::InvalidName(invalid_name(name)))?;
    let repository = reference.repository();
    let lacks = |word: &&str| reference.tag.contains(word) || reference.path.contains(word);
    let mistyped = |(path, tag): &(&str, &str)| reference.path == *path && reference.tag == *tag;
    if MISSING_WORDS.iter().any(lacks)
        || MISSING_TAGS.iter().any(mistyped)
        || repository.contains(".invalid/")
    {
        return Err(PullError::NotFound(not_found(&reference)));
    }
    let entry =
        KNOWN.iter().find(|k| repository.strip_suffix(k.repository).is_some_and(|r| r.ends_with('/')));
    // Two images of one size would be a strange registry: the last digits come from the name.
    let odd = names::number(0, &repository, 0);
    let megabytes = entry.map_or(20 + (odd % 90) as i64, |k| k.megabytes);
    let size = megabytes * 1_000_000 + (odd % 999_983) as i64;
    Ok(Image {
        size,
        pull: ROUND_TRIPS
            + Duration::from_nanos(size * (1_000_000_000 / BYTES_A_SECOND) + (odd % 40_000_000) as i64),
        entry_point: entry.map_or(Server, |k| k.entry_point),
        known: entry.is_some(),
        small_tools_only: entry.is_some_and(|k| k.small_tools_only),
        digest: digest(&reference),
        reference,
    })
}

fn digest(reference: &ImageRef) -> String {
    match reference.digest.as_str() {
        "" => format!("sha256:{}", names::hex(0, &reference.full(), 0, 64)),
        digest => digest.to_string(),
    }
}

impl Image {
    /// A pull that finds every layer on the node asks only the registry.
    pub fn check(&self) -> Duration {
        ROUND_TRIPS
            + Duration::from_nanos((names::number(1, &self.reference.repository(), 0) % 90_000_000) as i64)
    }
}

fn invalid_name(name: &str) -> String {
    format!(
        "Failed to apply default image tag {name:?}: couldn't parse image name {name:?}: invalid reference format{}",
        if name.chars().any(|c| c.is_ascii_uppercase()) { ": repository name must be lowercase" } else { "" }
    )
}

fn not_found(reference: &ImageRef) -> String {
    let full = reference.full();
    let official = reference.path.starts_with("library/");
    let known = KNOWN.iter().any(|k| k.repository == reference.path);
    let (code, why) = if reference.registry.ends_with(".invalid") {
        let host = &reference.registry;
        (
            "Unknown",
            format!(
                "failed to do request: Head \"https://{host}/v2/{}/manifests/{}\": dial tcp: lookup {host}: no such host",
                reference.path, reference.tag
            ),
        )
    } else if reference.registry == "docker.io" && !(official && known) {
        ("Unknown", "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed".to_string())
    } else {
        ("NotFound", format!("{full}: not found"))
    };
    format!(
        "rpc error: code = {code} desc = failed to pull and unpack image {full:?}: failed to resolve reference {full:?}: {why}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_sizes_and_takes_the_rest_for_servers() {
        let nginx = find("nginx:1.27").unwrap();
        assert_eq!((nginx.size / 1_000_000, nginx.entry_point), (72, Server));
        assert!(nginx.pull > Duration::from_secs(3) && nginx.pull < Duration::from_secs(5));
        assert_eq!(find("registry.k8s.io/pause:3.9").unwrap().entry_point, Pause);
        assert_eq!(find("k8sbook/backend-app:1.0.0").unwrap().entry_point, Server);
        assert_eq!(nginx.digest.len(), 71);
    }

    #[test]
    fn says_why_an_image_is_missing() {
        assert_eq!(
            find("nginx:doesnotexist"),
            Err(PullError::NotFound(
                "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/nginx:doesnotexist\": failed to resolve reference \"docker.io/library/nginx:doesnotexist\": docker.io/library/nginx:doesnotexist: not found".into()
            ))
        );
        assert!(matches!(find("nginx:1.161"), Err(PullError::NotFound(_))));
        assert!(matches!(find("Nginx"), Err(PullError::InvalidName(_))));
    }
}
