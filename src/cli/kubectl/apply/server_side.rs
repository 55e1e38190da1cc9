//! `kubectl apply --server-side`: the server merges, and knows who set what.

use super::super::targets::Target;
use super::super::{Failure, Kubectl, last_applied};
use crate::api::{Reason, WriteOptions};
use crate::machinery::Object;

pub(super) fn apply(
    k: &Kubectl<'_>,
    target: &Target,
    options: &WriteOptions,
) -> Result<(Object, &'static str), Failure> {
    let (ns, name) = (target.namespace(), target.object.name());
    let force = k.flags.bool("force-conflicts");
    let before = k.api()?.read(&target.resource, ns, name).ok();
    let was_applied = before.is_some_and(|o| o.annotation(last_applied::ANNOTATION).is_some());
    let applied = k.api()?.apply(&target.resource, ns, name, target.object.0.clone(), force, options);
    match applied {
        Ok(object) if was_applied => Ok((remember(k, target, &object, options)?, "serverside-applied")),
        Ok(object) => Ok((object, "serverside-applied")),
        Err(e) if e.reason == Reason::Conflict => Err(Failure::message(format!("{}\n{}", e.message, HELP))),
        Err(e) => Err(e.into()),
    }
}

/// Objects that were applied on the client's side keep the annotation up to date, under a manager of its own, so that
/// an older way of applying finds what it needs.
fn remember(
    k: &Kubectl<'_>,
    target: &Target,
    applied: &Object,
    options: &WriteOptions,
) -> Result<Object, Failure> {
    let mut body = Object::new(applied.api_version(), applied.kind(), target.namespace(), applied.name());
    body.set_annotation(last_applied::ANNOTATION, &last_applied::text(&target.object));
    let options = WriteOptions { manager: "kubectl-last-applied".to_string(), ..options.clone() };
    Ok(k.api()?.apply(&target.resource, target.namespace(), applied.name(), body.0, true, &options)?)
}

const HELP: &str = "Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";
