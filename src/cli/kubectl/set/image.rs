//! `kubectl set image`.

use super::super::{Failure, Kubectl, files, targets};
use super::{Words, change_each, each_container, objects, split_args};

pub(super) fn run(k: &Kubectl<'_>) -> Result<(), Failure> {
    let (resources, pairs) = split_args(&k.flags.args, "image")?;
    if resources.is_empty() && !files::given(k) {
        return Err(targets::nothing_named());
    }
    let found = objects(k, &resources)?;
    if pairs.is_empty() {
        return Err(Failure::message("at least one image update is required"));
    }
    let words = Words { done: "image updated", refused: "failed to patch image update to pod template: " };
    change_each(k, found, &words, |target, object| {
        for pair in &pairs {
            let (container, image) = pair.split_once('=').unwrap_or((pair, ""));
            each_container(k, target, object, container, |c| c.set("image", image))?;
        }
        Ok(())
    })
}
