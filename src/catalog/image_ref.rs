//! Image references: `nginx`, `ghcr.io/kedacore/keda:2.10.1`, `repo@sha256:...`.

/// A reference, taken apart and completed as the container runtime does it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImageRef {
    /// `docker.io` when the reference names none.
    pub registry: String,
    /// `library/nginx` for the official images of Docker Hub.
    pub path: String,
    /// `latest` when the reference has neither tag nor digest; empty with a digest alone.
    pub tag: String,
    /// `sha256:...`; empty when there is none.
    pub digest: String,
}

impl ImageRef {
    /// Takes a reference apart; `None` for what is none (`nginx:`, `Nginx`, `a b`).
    pub fn parse(text: &str) -> Option<ImageRef> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, valid_digest(digest)?),
            None => (text, ""),
        };
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, valid_tag(tag)?),
            _ => (name, ""),
        };
        let (registry, path) = match name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
                (host, path.to_string())
            }
            Some(_) => ("docker.io", name.to_string()),
            None => ("docker.io", format!("library/{name}")),
        };
        if !path.split('/').all(valid_component) {
            return None;
        }
        let tag = if tag.is_empty() && digest.is_empty() { "latest" } else { tag };
        Some(ImageRef { registry: registry.into(), path, tag: tag.into(), digest: digest.into() })
    }

    /// Registry and path: `docker.io/library/nginx`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.registry, self.path)
    }

    /// The whole reference, as a container's status shows it.
    pub fn full(&self) -> String {
        let mut text = self.repository();
        if !self.tag.is_empty() {
            text = format!("{text}:{}", self.tag);
        }
        if !self.digest.is_empty() {
            text = format!("{text}@{}", self.digest);
        }
        text
    }

    /// The last part of the path: `nginx`.
    pub fn short(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// The policy of a container that states none: a tag that moves is always pulled.
pub fn default_pull_policy(image: &str) -> &'static str {
    match ImageRef::parse(image) {
        Some(r) if r.digest.is_empty() && r.tag == "latest" => "Always",
        _ => "IfNotPresent",
    }
}

fn valid_component(part: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(alphanumeric)
        && part.ends_with(alphanumeric)
        && part.chars().all(|c| alphanumeric(c) || matches!(c, '.' | '_' | '-'))
}

fn valid_tag(tag: &str) -> Option<&str> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let valid =
        tag.len() <= 128 && tag.starts_with(word) && tag.chars().all(|c| word(c) || matches!(c, '.' | '-'));
    valid.then_some(tag)
}

fn valid_digest(digest: &str) -> Option<&str> {
    let (_, hex) = digest.split_once(':')?;
    (hex.len() >= 32 && hex.chars().all(|c| c.is_ascii_hexdigit())).then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completes_references_as_the_runtime_does() {
        let full = |text: &str| ImageRef::parse(text).map(|r| r.full());
        assert_eq!(full("nginx").as_deref(), Some("docker.io/library/nginx:latest"));
        assert_eq!(full("k8sbook/backend-app:1.0.0").as_deref(), Some("docker.io/k8sbook/backend-app:1.0.0"));
        assert_eq!(full("localhost:5000/a/b").as_deref(), Some("localhost:5000/a/b:latest"));
        let digest = format!("x@sha256:{}", "a".repeat(64));
        assert_eq!(full(&digest), Some(format!("docker.io/library/{digest}")));
        for bad in ["", "Nginx", "nginx:", "a b", "a//b", "nginx:a/b:", "x@sha256:zz", ":latest", "ngi nx:1"]
        {
            assert_eq!(full(bad), None, "{bad}");
        }
        assert_eq!(default_pull_policy("nginx"), "Always");
        assert_eq!(default_pull_policy("nginx:1.27"), "IfNotPresent");
    }
}
