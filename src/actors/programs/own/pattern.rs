//! Patterns of image names.

use crate::catalog::image_ref::ImageRef;

/// Whether an image is meant by a pattern: `acme/shop`, `ghcr.io/acme/*`, `shop:2.*`. A star stands for any text; the tag
/// may be left out, and so may the first components of the name.
pub(super) fn matches(pattern: &str, image: &str) -> bool {
    let mut names = vec![image.to_string()];
    if let Some(reference) = ImageRef::parse(image) {
        names.extend([reference.full(), reference.repository()]);
    }
    names.iter().any(|name| {
        let ends = std::iter::once(name.as_str()).chain(name.match_indices('/').map(|(i, _)| &name[i + 1..]));
        ends.into_iter().any(|end| glob(pattern, end))
    })
}

fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or("");
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_may_leave_out_the_tag_and_what_comes_first() {
        for pattern in
            ["shop", "acme/shop", "ghcr.io/acme/shop:1.2", "ghcr.io/*", "shop:1.*", "*shop*", "a*e/s*p"]
        {
            assert!(matches(pattern, "ghcr.io/acme/shop:1.2"), "{pattern}");
        }
        for pattern in ["sho", "acme", "shop:1", "hop", "docker.io/*", "*:1"] {
            assert!(!matches(pattern, "ghcr.io/acme/shop:1.2"), "{pattern}");
        }
        assert!(matches("docker.io/library/nginx", "nginx"));
    }
}
