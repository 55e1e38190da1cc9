//! Which members of an object its reader looks at.

use crate::machinery::bytes;

/// Members of a JSON value, as a tree; those of a list are those of each of its items.
#[derive(Debug, Default)]
pub struct Members {
    /// None when all of the value is meant.
    named: Vec<(&'static str, Members)>,
}

static ALL: Members = Members { named: Vec::new() };

impl Members {
    /// Everything there is.
    pub fn all() -> &'static Members {
        &ALL
    }

    /// Those at slash paths, with all that is in them: `spec/containers/resources` for the resources of each container.
    pub fn at(paths: &[&'static str]) -> Members {
        let mut root = Members::default();
        for path in paths {
            path.split('/').fold(&mut root, Members::entry);
        }
        root
    }

    fn entry(&mut self, name: &'static str) -> &mut Members {
        let known = self.named.iter().position(|(n, _)| *n == name);
        let i = known.unwrap_or_else(|| {
            self.named.push((name, Members::default()));
            self.named.len() - 1
        });
        &mut self.named[i].1
    }

    /// What is meant of the value under a key; nothing when the key is not meant.
    #[inline(always)]
    pub(super) fn within(&self, key: &str) -> Option<&Members> {
        if self.named.is_empty() {
            return Some(&ALL);
        }
        self.named.iter().find(|(name, _)| bytes::same(name.as_bytes(), key.as_bytes())).map(|(_, of)| of)
    }
}
