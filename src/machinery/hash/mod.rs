//! The hashes in names: `pod-template-hash` of ReplicaSets and DaemonSets, and the revisions of StatefulSets.

mod dump;
mod internal_json;
mod sha256;

pub use sha256::{sha256_digest, sha256_hex};

use super::value::Value;

const OFFSET: u32 = 0x811c_9dc5;
const PRIME: u32 = 0x0100_0193;

/// FNV-1a of 32 bits: exclusive-or, then multiply.
pub fn fnv1a_32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(OFFSET, |h, b| (h ^ u32::from(*b)).wrapping_mul(PRIME))
}

/// FNV-1 of 32 bits: multiply, then exclusive-or.
pub fn fnv1_32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(OFFSET, |h, b| h.wrapping_mul(PRIME) ^ u32::from(*b))
}

/// Replaces every character with one that spells no words: the alphabet of generated names.
pub fn safe_encode(text: &str) -> String {
    text.chars().map(|c| super::names::ALPHABET[c as usize % super::names::ALPHABET.len()] as char).collect()
}

/// The text of a PodTemplateSpec that its hash is taken of: Go's structs, printed field by field.
pub fn dump_pod_template(template: &Value) -> String {
    dump::pod_template(template)
}

/// A pod's spec as the API server's messages show it: its own structs in JSON, a line a field.
pub fn pod_spec_lines(spec: &Value) -> String {
    internal_json::spec_lines(spec)
}

/// A pod template as the API server's messages show it, on one line.
pub fn pod_template_line(template: &Value) -> String {
    internal_json::template_line(template)
}

/// The hash of a pod template as stored (defaulted, without the hash label). The collision count is that of the
/// owner's status, when it has one.
pub fn pod_template_hash(template: &Value, collision_count: Option<i64>) -> String {
    let mut text = dump::pod_template(template).into_bytes();
    if let Some(count) = collision_count {
        // Eight bytes, of which only the lower half is ever written.
        text.extend(u64::from(count as u32).to_le_bytes());
    }
    safe_encode(&fnv1a_32(&text).to_string())
}

/// The hash of a ControllerRevision's data (a patch).
pub fn controller_revision_hash(data: &Value, collision_count: i64) -> String {
    let text = super::go_text::json(data) + &collision_count.to_string();
    safe_encode(&fnv1_32(text.as_bytes()).to_string())
}
