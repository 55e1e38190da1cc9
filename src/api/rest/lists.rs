//! Lists: the whole of one, or piece by piece.

use crate::api::struct_order;
use crate::api::{ApiError, FieldError, ListOptions, Resource, Server};
use crate::machinery::{Object, Value, base64};

/// The parameters behind the `?` of a request.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(text: &str) -> Query {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        Query(pairs.map(|(key, value)| (unescaped(key), unescaped(value))).collect())
    }

    /// A parameter; empty when it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// A `resourceVersion` must be a number that has been reached.
    pub(super) fn check_version(&self, server: &Server) -> Result<(), ApiError> {
        let (asked, how) = (self.get("resourceVersion"), self.get("resourceVersionMatch"));
        if asked.is_empty() {
            if how.is_empty() {
                return Ok(());
            }
            let why = "resourceVersionMatch is forbidden unless resourceVersion is provided";
            let error = FieldError::forbidden("resourceVersionMatch", why);
            return Err(ApiError::invalid("meta.k8s.io", "ListOptions", "", vec![error]));
        }
        let wrong = || {
            ApiError::bad_request(format!(
                "invalid resource version: resourceVersion: Invalid value: {asked:?}: strconv.ParseUint: parsing {asked:?}: \
                 invalid syntax"
            ))
        };
        let version: u64 = asked.parse().map_err(|_| wrong())?;
        let current = server.store().meta().revision;
        if version > current {
            return Err(ApiError::too_large_resource_version(version, current));
        }
        // What was is not kept, only what is.
        if how == "Exact" && version < current {
            return Err(ApiError::expired("The resourceVersion for the provided list is too old."));
        }
        Ok(())
    }
}

/// `KINDList` on one line.
pub(super) fn list(
    server: &Server,
    resource: &Resource,
    ns: &str,
    query: &Query,
) -> Result<String, ApiError> {
    query.check_version(server)?;
    let (labels, fields) = (query.get("labelSelector").to_string(), query.get("fieldSelector").to_string());
    let selects = !labels.is_empty() || !fields.is_empty();
    // kubectl says what it was looking for, the server only what is wrong.
    let before = format!("field selector {fields:?}: ");
    let bare = |mut error: ApiError| {
        if let Some((_, why)) = error.message.split_once(&before) {
            error.message = why.to_string();
        }
        error
    };
    let mut items = server.read_list(resource, ns, &ListOptions { labels, fields }).map_err(bare)?;
    if !query.get("continue").is_empty() {
        let start = start_of(query.get("continue"))?;
        items.retain(|item| key(item, ns) >= start);
    }
    let revision = server.store().meta().revision;
    // What metrics-server measures has no history, and comes in one piece.
    let (mut metadata, limit) = match resource.group.as_ref() {
        "metrics.k8s.io" => (String::new(), 0),
        _ => {
            (format!("\"resourceVersion\":\"{revision}\""), query.get("limit").parse::<usize>().unwrap_or(0))
        }
    };
    if limit > 0 && items.len() > limit {
        let left = items.len() - limit;
        items.truncate(limit);
        let token = format!(
            "{{\"v\":\"meta.k8s.io/v1\",\"rv\":{revision},\"start\":{}}}",
            Value::from(items.last().map_or(String::new(), |item| key(item, ns)) + "\0").to_json()
        );
        metadata.push_str(&format!(",\"continue\":\"{}\"", base64::encode_for_url(token)));
        // How many match a selector is not known before they are looked at.
        if !selects {
            metadata.push_str(&format!(",\"remainingItemCount\":{left}"));
        }
    }
    let (kind, version) = (&resource.kind, resource.api_version());
    if server.registry().is_custom(resource) {
        let items: Vec<String> = items.iter().map(|item| item.to_json()).collect();
        return Ok(format!(
            "{{\"apiVersion\":\"{version}\",\"items\":[{}],\"kind\":\"{kind}List\",\"metadata\":{{{metadata}}}}}\n",
            items.join(",")
        ));
    }
    let bare = |mut item: Object| {
        item.0.remove("kind");
        item.0.remove("apiVersion");
        struct_order::compact_json(&item)
    };
    let items: Vec<String> = items.into_iter().map(bare).collect();
    Ok(format!(
        "{{\"kind\":\"{kind}List\",\"apiVersion\":\"{version}\",\"metadata\":{{{metadata}}},\"items\":[{}]}}\n",
        items.join(",")
    ))
}

/// Where an object stands in a list.
fn key(object: &Object, ns: &str) -> String {
    match object.namespace() {
        own if own.is_empty() || !ns.is_empty() => object.name().to_string(),
        own => format!("{own}/{}", object.name()),
    }
}

/// The key a continue token begins at.
fn start_of(token: &str) -> Result<String, ApiError> {
    let wrong = |why: &str| ApiError::bad_request(format!("invalid continue token: {why}"));
    let bytes = base64::decode_from_url(token)
        .ok_or_else(|| wrong("continue key is not valid: illegal base64 data"))?;
    let text = String::from_utf8_lossy(&bytes);
    // Go's decoder complains of the first byte, taken as a character.
    let first = bytes.first().map_or('\0', |byte| char::from(*byte));
    let token = Value::parse(&text).map_err(|_| {
        wrong(&format!(
            "continue key is not valid: invalid character '{first}' looking for beginning of value"
        ))
    })?;
    if token.str_at("v") != "meta.k8s.io/v1" {
        return Err(wrong(&format!(
            "continue key is not valid: server does not recognize this encoded version {:?}",
            token.str_at("v")
        )));
    }
    Ok(token.str_at("start").to_string())
}

/// `%3D` and the like.
fn unescaped(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let hex: Vec<u8> = bytes.by_ref().take(2).collect();
                let digits = String::from_utf8_lossy(&hex).into_owned();
                out.push(u8::from_str_radix(&digits, 16).unwrap_or(b'%'));
            }
            b'+' => out.push(b' '),
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
