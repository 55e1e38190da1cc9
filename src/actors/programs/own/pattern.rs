//! Patterns of image names.

use crate::catalog::image_ref::ImageRef;
use crate::machinery::wildcard;

/// Whether an image is meant by a pattern: `acme/shop`, `ghcr.io/acme/*`, `shop:2.*`. A star stands for any text; the tag
/// may be left out, and so may the first components of the name.
pub(super) fn matches(pattern: &str, image: &str) -> bool {
    let mut names = vec![image.to_string()];
    if let Some(reference) = ImageRef::parse(image) {
        names.extend([reference.full(), reference.repository()]);
    }
    names.iter().any(|name| {
        let ends = std::iter::once(name.as_str()).chain(name.match_indices('/').map(|(i, _)| &name[i + 1..]));
        ends.into_iter().any(|end| wildcard::fits(pattern, end))
    })
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
