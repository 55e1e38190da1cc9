//! What of a text cannot be the same twice: random suffixes, uids, addresses.

use kubetick::machinery::Value;
use regex_lite::Regex;
use std::sync::LazyLock;

static SUFFIX: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("-[bcdfghjklmnpqrstvwxz2456789]{5}\\b").expect("a pattern"));
static UID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").expect("a pattern")
});
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("\\b10\\.[0-9]+\\.[0-9]+\\.[0-9]+\\b").expect("a pattern"));
static NODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("\\b((p|drain|gone|lost|flap|pre|small|taint)-[0-9a-c]|dsu-[bc])\\b").expect("a pattern")
});
static ZONE: LazyLock<Regex> = LazyLock::new(|| Regex::new("ap-northeast-2[abc]").expect("a pattern"));

/// A text with its accidents masked.
pub fn text(text: &str) -> String {
    let text = UID.replace_all(text, "UID");
    let text = ADDRESS.replace_all(&text, "IP");
    let text = ZONE.replace_all(&text, "ZONE");
    let text = NODE.replace_all(&text, "NODE");
    SUFFIX.replace_all(&text, "-*").into_owned()
}

/// All texts of a value masked.
pub fn value(v: &Value) -> Value {
    match v {
        Value::Str(s) => text(s).into(),
        Value::List(_) => v.items().iter().map(value).collect(),
        Value::Map(map) => map.iter().map(|(k, v)| (k, value(v))).collect(),
        other => other.clone(),
    }
}
