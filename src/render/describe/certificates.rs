//! Certificate signing requests: who asks, and for whom the certificate would be.

use super::{Page, View, events, meta};
use crate::machinery::duration::human_duration;
use crate::machinery::{Duration, Value, base64};

pub(super) fn signing_request(page: &mut Page, view: &View<'_>) {
    let request = view.object;
    let spec = request.at("spec");
    let asked = read(spec.str_at("request"));
    let Some(asked) = asked else {
        return page.line(0, "Error parsing CSR: PEM block type must be CERTIFICATE REQUEST");
    };
    meta::name(page, view);
    meta::labels_and_annotations(page, view);
    page.field(0, "CreationTimestamp", view.time(request.at("metadata/creationTimestamp")));
    page.field(0, "Requesting User", spec.str_at("username"));
    page.field_unless_empty(0, "Signer", spec.str_at("signerName"));
    if let Some(seconds) = spec.int_at("expirationSeconds") {
        page.field(0, "Requested Duration", human_duration(Duration::from_secs(seconds)));
    }
    page.field(0, "Status", status(request));
    page.line(0, "Subject:");
    page.write(format_args!("\tCommon Name:\t{}\n", asked.first(COMMON_NAME)));
    page.write(format_args!("\tSerial Number:\t{}\n", asked.first(SERIAL_NUMBER)));
    for (title, id) in SUBJECT {
        list(page, title, &asked.subject_parts(id));
    }
    if !asked.names.is_empty() {
        page.line(0, "Subject Alternative Names:");
    }
    for (title, tag) in ALTERNATIVES {
        let names = asked.names.iter().filter(|(kind, _)| *kind == tag).map(|(_, name)| name.as_str());
        list(page, title, &names.collect::<Vec<_>>());
    }
    events::write(page, view);
}

/// `Approved,Issued`.
fn status(request: &Value) -> String {
    let has = |kind: &str| request.items_at("status/conditions").iter().any(|c| c.str_at("type") == kind);
    let mut status = match (has("Denied"), has("Approved")) {
        (true, _) => "Denied".to_string(),
        (false, true) => "Approved".to_string(),
        (false, false) => "Pending".to_string(),
    };
    if has("Failed") {
        status.push_str(",Failed");
    }
    if !request.str_at("status/certificate").is_empty() {
        status.push_str(",Issued");
    }
    status
}

fn list(page: &mut Page, title: &str, values: &[&str]) {
    if !values.is_empty() {
        page.write(format_args!("\t{title}:\t{}\n", values.join("\n\t\t")));
    }
}

// Attribute types of names, as DER writes their object identifiers.
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const SERIAL_NUMBER: &[u8] = &[0x55, 4, 5];
const SUBJECT: [(&str, &[u8]); 7] = [
    ("Organization", &[0x55, 4, 10]),
    ("Organizational Unit", &[0x55, 4, 11]),
    ("Country", &[0x55, 4, 6]),
    ("Locality", &[0x55, 4, 7]),
    ("Province", &[0x55, 4, 8]),
    ("StreetAddress", &[0x55, 4, 9]),
    ("PostalCode", &[0x55, 4, 17]),
];
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 29, 17];
const ADDRESS: u8 = 0x87;
/// Kinds of alternative names by their tags.
const ALTERNATIVES: [(&str, u8); 4] =
    [("DNS Names", 0x82), ("Email Addresses", 0x81), ("URIs", 0x86), ("IP Addresses", ADDRESS)];

/// What a request says of its subject.
struct Asked {
    subject: Vec<(Vec<u8>, String)>,
    names: Vec<(u8, String)>,
}

impl Asked {
    fn subject_parts(&self, id: &[u8]) -> Vec<&str> {
        self.subject.iter().filter(|(i, _)| i == id).map(|(_, text)| text.as_str()).collect()
    }

    fn first(&self, id: &[u8]) -> &str {
        self.subject_parts(id).first().copied().unwrap_or("")
    }
}

/// Reads a PEM request in base64 (RFC 2986).
fn read(request: &str) -> Option<Asked> {
    let pem = String::from_utf8(base64::decode(request)?).ok()?;
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE REQUEST-----")?;
    let (body, _) = rest.split_once("-----END")?;
    let der = base64::decode(&body.split_whitespace().collect::<String>())?;
    let (_, info) = only(only(&der)?.1)?;
    let parts: Vec<(u8, &[u8])> = elements(info).collect();
    let mut asked = Asked { subject: Vec::new(), names: Vec::new() };
    for (_, set) in elements(parts.get(1)?.1) {
        for (_, pair) in elements(set) {
            let pair: Vec<(u8, &[u8])> = elements(pair).collect();
            if let [(_, id), (_, value)] = pair.as_slice() {
                asked.subject.push((id.to_vec(), String::from_utf8_lossy(value).into_owned()));
            }
        }
    }
    if let Some((_, attributes)) = parts.get(3) {
        alternatives(attributes, &mut asked.names);
    }
    Some(asked)
}

/// Finds the extension of alternative names, at whatever depth it stands.
fn alternatives(der: &[u8], names: &mut Vec<(u8, String)>) {
    let parts: Vec<(u8, &[u8])> = elements(der).collect();
    if parts.first().is_some_and(|(_, id)| *id == SUBJECT_ALTERNATIVE_NAME) {
        let value = parts.last().map_or(&[][..], |(_, value)| value);
        for (tag, name) in only(value).into_iter().flat_map(|(_, list)| elements(list)) {
            names.push((tag, alternative(tag, name)));
        }
        return;
    }
    for (tag, inner) in parts {
        // Bit 6 marks what is made of other elements.
        if tag & 0x20 != 0 {
            alternatives(inner, names);
        }
    }
}

fn alternative(tag: u8, name: &[u8]) -> String {
    match (tag, <[u8; 4]>::try_from(name), <[u8; 16]>::try_from(name)) {
        (ADDRESS, Ok(four), _) => std::net::Ipv4Addr::from(four).to_string(),
        (ADDRESS, _, Ok(sixteen)) => std::net::Ipv6Addr::from(sixteen).to_string(),
        _ => String::from_utf8_lossy(name).into_owned(),
    }
}

fn only(der: &[u8]) -> Option<(u8, &[u8])> {
    elements(der).next()
}

/// The elements that follow each other: tag and content. Ends at what cannot be read.
fn elements(mut der: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (&tag, rest) = der.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first & 0x80 != 0 {
            let (digits, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
            length =
                digits.iter().try_fold(0usize, |n, &d| n.checked_mul(256)?.checked_add(usize::from(d)))?;
            rest = after;
        }
        let (content, after) = rest.split_at_checked(length)?;
        der = after;
        Some((tag, content))
    })
}
