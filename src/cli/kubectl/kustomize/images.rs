//! `images`: other names, tags and digests for the images of containers.

use super::Item;
use crate::machinery::Value;

pub(super) fn run(entries: &[Value], items: &mut [Item]) {
    for entry in entries {
        for item in items.iter_mut().filter(|item| item.object.kind() != "CustomResourceDefinition") {
            visit(&mut item.object, entry);
        }
    }
}

/// Containers may stand anywhere: custom resources have pods, too.
fn visit(value: &mut Value, entry: &Value) {
    match value {
        Value::Map(_) => {
            for key in value.map().keys().map(String::from).collect::<Vec<_>>() {
                let Some(below) = value.map_mut().get_mut(&key) else { continue };
                if matches!(key.as_str(), "containers" | "initContainers") && below.as_list().is_some() {
                    for container in below.list_mut() {
                        if let Some(image) = renamed(container.str_at("image"), entry) {
                            container.set("image", image);
                        }
                    }
                }
                visit(below, entry);
            }
        }
        Value::List(_) => value.list_mut().iter_mut().for_each(|item| visit(item, entry)),
        _ => {}
    }
}

/// The image under an entry; `None` when the entry is about another.
fn renamed(image: &str, entry: &Value) -> Option<String> {
    let rest = image.strip_prefix(entry.str_at("name")).filter(|_| !entry.str_at("name").is_empty())?;
    let (tag, digest) = match rest.split_once('@') {
        Some((tag, digest)) => (tag, format!("@{digest}")),
        None => (rest, String::new()),
    };
    let is_tag = tag.is_empty() || tag.starts_with(':') && !tag.contains('/');
    if !is_tag {
        return None;
    }
    let text = |field: &str| Some(entry.str_at(field)).filter(|text| !text.is_empty());
    let name = text("newName").unwrap_or(entry.str_at("name"));
    let (mut tag, digest) = match (text("newTag"), text("digest")) {
        (Some(tag), Some(digest)) => (format!(":{tag}"), format!("@{digest}")),
        (Some(tag), None) => (format!(":{tag}"), String::new()),
        (None, Some(digest)) => (String::new(), format!("@{digest}")),
        (None, None) => (tag.to_string(), digest),
    };
    if let Some(suffix) = text("tagSuffix") {
        tag.push_str(suffix);
    }
    Some(format!("{name}{tag}{digest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn an_image_is_known_by_its_name() {
        let to = |entry: Value, image: &str| renamed(image, &entry);
        let tag = || json!({"name": "nginx", "newTag": "9"});
        assert_eq!(to(tag(), "nginx:1.25").as_deref(), Some("nginx:9"));
        assert_eq!(to(tag(), "nginx").as_deref(), Some("nginx:9"));
        assert_eq!(to(tag(), "nginx-extra:1"), None);
        assert_eq!(to(tag(), "docker.io/nginx"), None);
        let digest = json!({"name": "a", "newName": "r:5000/b", "digest": "sha256:x"});
        assert_eq!(to(digest, "a:1").as_deref(), Some("r:5000/b@sha256:x"));
        let name = json!({"name": "a", "newName": "b"});
        assert_eq!(to(name, "a:1@sha256:y").as_deref(), Some("b:1@sha256:y"));
    }
}
