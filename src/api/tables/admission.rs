//! Admission webhooks and policies.

use super::cells::UNSET;
use super::{AGE, Cell, NAME, Printer};
use crate::machinery::Object;

const GROUP: &str = "admissionregistration.k8s.io";

const WEBHOOKS: &[Cell] = &[NAME, Cell::integer("Webhooks", |o, _| o.items_at("webhooks").len().into()), AGE];

const BINDING: &[Cell] = &[
    NAME,
    Cell::string("PolicyName", |o, _| o.str_at("spec/policyName").into()),
    Cell::string("ParamRef", |o, _| param_ref(o).into()),
    AGE,
];

const PARAM_KIND: Cell = Cell::string("ParamKind", |o, _| param_kind(o).into());

pub(super) const PRINTERS: &[Printer] = &[
    Printer::new(GROUP, "MutatingWebhookConfiguration", WEBHOOKS),
    Printer::new(GROUP, "ValidatingWebhookConfiguration", WEBHOOKS),
    Printer::new(
        GROUP,
        "ValidatingAdmissionPolicy",
        &[
            NAME,
            Cell::integer("Validations", |o, _| o.items_at("spec/validations").len().into()),
            PARAM_KIND,
            AGE,
        ],
    ),
    Printer::new(
        GROUP,
        "MutatingAdmissionPolicy",
        &[
            NAME,
            Cell::integer("Mutations", |o, _| o.items_at("spec/mutations").len().into()),
            PARAM_KIND,
            AGE,
        ],
    ),
    Printer::new(GROUP, "ValidatingAdmissionPolicyBinding", BINDING),
    Printer::new(GROUP, "MutatingAdmissionPolicyBinding", BINDING),
];

fn param_kind(policy: &Object) -> String {
    let kind = policy.at("spec/paramKind");
    if kind.is_null() {
        return UNSET.into();
    }
    format!("{}/{}", kind.str_at("apiVersion"), kind.str_at("kind"))
}

/// `NAMESPACE/NAME`, with a star for what is not fixed.
fn param_ref(binding: &Object) -> String {
    let params = binding.at("spec/paramRef");
    if params.is_null() {
        return UNSET.into();
    }
    let or_star = |field: &str| match params.str_at(field) {
        "" => "*".to_string(),
        text => text.to_string(),
    };
    match params.str_at("namespace") {
        "" => or_star("name"),
        namespace => format!("{namespace}/{}", or_star("name")),
    }
}
