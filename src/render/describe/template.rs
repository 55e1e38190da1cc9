//! Pod templates, and the scheduling fields they share with pods.

use super::containers::{self, Place};
use super::meta::{annotation_lines, pairs};
use super::{Lookup, Options, Page, View, volumes};
use crate::machinery::{Object, Value, selector};

/// The `Pod Template:` block of a workload.
pub(super) fn write(page: &mut Page, view: &View<'_>, template: &Value) {
    page.line(0, "Pod Template:");
    body(page, view, template);
}

/// The block alone, its TABs left as they are: what `kubectl rollout history --revision` prints of a revision.
pub(crate) fn write_template(template: &Value, world: &dyn Lookup, options: &Options) -> String {
    let object = Object::default();
    let mut page = Page::default();
    write(&mut page, &View { object: &object, world, options }, template);
    page.raw()
}

fn body(page: &mut Page, view: &View<'_>, template: &Value) {
    if template.is_null() {
        return page.write("  <unset>");
    }
    let spec = template.at("spec");
    page.column(1, "Labels", &indented(pairs(template.map_at("metadata/labels"))));
    let annotations = annotation_lines(template.map_at("metadata/annotations"));
    if !template.map_at("metadata/annotations").is_empty() {
        page.column(1, "Annotations", &indented(annotations));
    }
    page.field_unless_empty(1, "Service Account", spec.str_at("serviceAccountName"));
    let init = spec.items_at("initContainers");
    if !init.is_empty() {
        containers::write(page, view, "Init Containers", init, &[], Place::Template);
    }
    containers::write(page, view, "Containers", spec.items_at("containers"), &[], Place::Template);
    volumes::write(page, view, spec.items_at("volumes"), Place::Template);
    let spread = spread_constraints(spec.items_at("topologySpreadConstraints"));
    if !spread.is_empty() {
        page.column(1, "Topology Spread Constraints", &spread);
    }
    page.field_unless_empty(1, "Priority Class Name", spec.str_at("priorityClassName"));
    if view.client().templates_show_scheduling() {
        page.column(1, "Node-Selectors", &pairs(spec.map_at("nodeSelector")));
        page.column(1, "Tolerations", &tolerations(spec.items_at("tolerations")));
    }
}

/// Values of a template stand in a column of their own, no further in than others.
fn indented(values: Vec<String>) -> Vec<String> {
    values
}

/// `key=value:Effect op=Exists for 300s`, sorted by key.
pub(super) fn tolerations(tolerations: &[Value]) -> Vec<String> {
    let mut sorted: Vec<&Value> = tolerations.iter().collect();
    sorted.sort_by_key(|toleration| toleration.str_at("key"));
    sorted.into_iter().map(toleration).collect()
}

fn toleration(toleration: &Value) -> String {
    let mut text = toleration.str_at("key").to_string();
    let value = toleration.str_at("value");
    for (mark, part) in [('=', value), (':', toleration.str_at("effect"))] {
        if !part.is_empty() {
            text.push(mark);
            text.push_str(part);
        }
    }
    if toleration.str_at("operator") == "Exists" && value.is_empty() {
        text.push_str(if text.is_empty() { "op=Exists" } else { " op=Exists" });
    }
    if let Some(seconds) = toleration.int_at("tolerationSeconds") {
        text.push_str(&format!(" for {seconds}s"));
    }
    text
}

/// `zone:DoNotSchedule when max skew 1 is exceeded for selector app=web`, sorted by topology key.
pub(super) fn spread_constraints(constraints: &[Value]) -> Vec<String> {
    let mut sorted: Vec<&Value> = constraints.iter().collect();
    sorted.sort_by_key(|constraint| constraint.str_at("topologyKey"));
    let text = |constraint: &Value| {
        let (key, action) = (constraint.str_at("topologyKey"), constraint.str_at("whenUnsatisfiable"));
        let skew = constraint.int_at("maxSkew").unwrap_or(0);
        let mut text = format!("{key}:{action} when max skew {skew} is exceeded");
        if !constraint.at("labelSelector").is_null() {
            text.push_str(&format!(
                " for selector {}",
                selector::format_label_selector(constraint.at("labelSelector"))
            ));
        }
        text
    };
    sorted.into_iter().map(text).collect()
}
