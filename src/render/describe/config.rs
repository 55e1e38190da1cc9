//! Config maps, secrets and service accounts: what pods are configured with.

use super::{Page, View, events, meta};
use crate::machinery::{Object, Value, base64};

pub(super) fn config_map(page: &mut Page, view: &View<'_>) {
    let map = view.object;
    meta::name_and_namespace(page, view);
    meta::labels_and_annotations(page, view);
    page.write("\nData\n====\n");
    let end = if view.client().describe_ends_config_values_with_an_empty_line() { "\n\n" } else { "\n" };
    for (key, value) in map.map_at("data").iter() {
        page.write(format_args!("{key}:\n----\n{}{end}", value.as_str().unwrap_or("")));
    }
    page.write("\nBinaryData\n====\n");
    for (key, value) in map.map_at("binaryData").iter() {
        page.write(format_args!("{key}: {} bytes\n", decoded_length(value)));
    }
    page.write("\n");
    events::write(page, view);
}

const TOKEN: &str = "kubernetes.io/service-account-token";

pub(super) fn secret(page: &mut Page, view: &View<'_>) {
    let secret = view.object;
    meta::name_and_namespace(page, view);
    meta::labels_and_annotations(page, view);
    page.write(format_args!("\nType:\t{}\n\nData\n====\n", secret.str_at("type")));
    for (key, value) in secret.map_at("data").iter() {
        match key {
            "token" if secret.str_at("type") == TOKEN => page.field(0, key, decoded(value)),
            _ => page.field(0, key, format_args!("{} bytes", decoded_length(value))),
        }
    }
}

/// The bytes base64 text stands for, as far as they are text.
fn decoded(value: &Value) -> String {
    let bytes = base64::decode(value.as_str().unwrap_or(""));
    String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
}

/// How many bytes base64 text stands for.
fn decoded_length(value: &Value) -> usize {
    value.as_str().unwrap_or("").trim_end_matches('=').len() * 3 / 4
}

pub(super) fn service_account(page: &mut Page, view: &View<'_>) {
    let account = view.object;
    meta::name_and_namespace(page, view);
    meta::labels_and_annotations(page, view);
    let secrets = view.world.list("secrets", account.namespace());
    let named = |field: &str| {
        let name = |reference: &Value| {
            let name = reference.str_at("name");
            let missing = !secrets.iter().any(|secret| secret.name() == name);
            if missing { format!("{name} (not found)") } else { name.to_string() }
        };
        account.items_at(field).iter().map(name).collect::<Vec<_>>()
    };
    page.column(0, "Image pull secrets", &named("imagePullSecrets"));
    if view.client().describe_shows_secrets_of_service_accounts() {
        page.column(0, "Mountable secrets", &named("secrets"));
        let tokens: Vec<&str> =
            secrets.iter().filter(|s| is_token_of(s, account)).map(Object::name).collect();
        page.column(0, "Tokens", &tokens);
    }
    events::write(page, view);
}

fn is_token_of(secret: &Object, account: &Object) -> bool {
    secret.str_at("type") == TOKEN
        && secret.annotation("kubernetes.io/service-account.name") == Some(account.name())
        && secret.annotation("kubernetes.io/service-account.uid") == Some(account.uid())
}
