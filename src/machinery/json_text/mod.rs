//! JSON text into a [`Value`] and back: the one format every object, change and memory is kept in, in every command.
//! Reading straight into sorted maps with shared keys and words, and writing strings as they stand, takes a third of what the
//! general reader and writer take.
//!
//! What [`read`] cannot read it leaves to serde_json, whose messages are the ones users see.

mod members;
mod read;
mod write;

pub use members::Members;
pub use write::Batch;
pub(super) use {
    read::{read, read_members},
    write::write,
};

use super::bytes;

/// How many bytes stand for themselves in a JSON string: those before the first quote, backslash or control character.
#[inline(always)]
fn plain(text: &[u8]) -> usize {
    bytes::scan(text, Special)
}

/// Where the first byte stands that opens or closes a map or list or begins a string, else the length.
#[inline(always)]
fn structural(text: &[u8]) -> usize {
    bytes::scan(text, Structural)
}

/// What the end of a value is found by.
struct Structural;

impl bytes::Wanted for Structural {
    #[inline(always)]
    fn marks(&self, word: u64) -> u64 {
        // With this bit set, square brackets are braces.
        const CURLED: u64 = u64::from_le_bytes([b'[' ^ b'{'; 8]);
        let curled = word | CURLED;
        bytes::equal(word, b'"') | bytes::equal(curled, b'{') | bytes::equal(curled, b'}')
    }

    #[inline(always)]
    fn is(&self, byte: u8) -> bool {
        matches!(byte, b'"' | b'{' | b'}' | b'[' | b']')
    }
}

/// What does not stand for itself.
struct Special;

impl bytes::Wanted for Special {
    #[inline(always)]
    fn marks(&self, word: u64) -> u64 {
        bytes::equal(word, b'"') | bytes::equal(word, b'\\') | bytes::below(word, 0x20)
    }

    #[inline(always)]
    fn is(&self, byte: u8) -> bool {
        matches!(byte, b'"' | b'\\' | 0..=0x1f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::machinery::Value;
    use proptest::prelude::*;

    fn by_serde(text: &str) -> Option<Value> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn reads_what_serde_json_reads() {
        for text in [
            "null",
            " true ",
            "false",
            "0",
            "-0",
            "-1",
            "1.5",
            "1e3",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551616",
            "01",
            "1.",
            "+1",
            "-",
            "\"\"",
            "\"a\\n\\u00e9\\\\\"",
            "\"\\\\\"",
            "\"\\\"\"",
            "\"\u{1}\"",
            "\"a",
            "[]",
            "[1, 2 ,3]",
            "[1,]",
            "{}",
            "{\"b\":1,\"a\":[{}]}",
            "{\"a\":1,\"a\":2}",
            "{\"a\" : null }",
            "{\"a\"}",
            "{a:1}",
            "",
            "nul",
            "1 2",
            "\"\\ud83d\\ude00\"",
        ] {
            match (read(text), by_serde(text)) {
                (None, None) => {}
                (Some(a), Some(b)) => assert_eq!(a.to_json(), serde_json::to_string(&b).unwrap(), "{text}"),
                (a, b) => panic!("{text}: {a:?} {b:?}"),
            }
        }
    }

    #[test]
    fn of_an_object_only_the_members_asked_for_are_read() {
        let pod = json!({
            "metadata": {"name": "web", "labels": {"a/b": "}"}, "uid": "\"]"},
            "spec": {"containers": [{"name": "c", "args": ["{", "\\"], "ports": []}, {"image": "i", "name": "d"}]},
            "status": {"phase": null, "n": [-1.5, true]},
        });
        let read = |paths: &[&'static str]| read_members(&pod.to_json(), &Members::at(paths)).unwrap();
        assert_eq!(read(&[]), pod);
        assert_eq!(
            read(&["metadata/labels", "spec/containers/name", "spec/missing", "status"]),
            json!({
                "metadata": {"labels": {"a/b": "}"}},
                "spec": {"containers": [{"name": "c"}, {"name": "d"}]},
                "status": {"phase": null, "n": [-1.5, true]},
            })
        );
        assert_eq!(read(&["none"]), json!({}));
        for broken in ["{\"a\":", "{\"a\":\"", "{\"a\":\"\\", "{\"a\":[{}", "{\"a\":1"] {
            assert_eq!(read_members(broken, &Members::at(&["b"])), None, "{broken}");
        }
    }

    #[test]
    fn a_batch_writes_what_values_have_in_common_as_it_is() {
        let spec =
            json!({"containers": [{"name": "web", "image": "nginx", "ports": [{"containerPort": 80}]}]});
        let pods: Vec<Value> =
            (0..3).map(|i| json!({"metadata": {"name": i}, "spec": spec.clone()})).collect();
        let mut batch = Batch::default();
        for pod in pods.iter().chain(&pods) {
            assert_eq!(batch.write(pod), pod.to_json());
        }
    }

    proptest! {
        #[test]
        fn finds_the_first_byte_that_is_not_plain(text in "[a\u{7f}é\u{80}\u{1f600}]{0,20}[\"\\\\\u{0}\u{1f} !#\\[\\]]{0,3}[ab]{0,9}") {
            let first = text.bytes().position(|b| b < 0x20 || b == b'"' || b == b'\\');
            prop_assert_eq!(plain(text.as_bytes()), first.unwrap_or(text.len()));
            prop_assert_eq!(Value::from(text.as_str()).to_json(), serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn leaves_out_what_is_not_asked_for(text in "[\\[\\]{}:,\" a-c0-9\\\\t-]{0,24}") {
            if let (Some(mut whole), Some(some)) = (read(&text), read_members(&text, &Members::at(&["a", "b"])))
                && let Value::Map(_) = whole
            {
                whole.map_mut().retain(|key, _| key == "a" || key == "b");
                prop_assert_eq!(whole, some);
            }
        }

        #[test]
        fn reads_any_text_as_serde_json_does(text in "[\\[\\]{}:,\" a-c0-9.eE\\\\nut-]{0,24}") {
            prop_assert_eq!(read(&text).map(|v| v.to_json()), by_serde(&text).map(|v| serde_json::to_string(&v).unwrap()));
        }
    }
}
