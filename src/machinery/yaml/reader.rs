//! One YAML document to a value, as `sigs.k8s.io/yaml` converts it to JSON.

use super::everyday;
use super::guarded::guarded;
use super::scalar::{self, Scalar};
use crate::machinery::go_text;
use crate::machinery::{Map, Value};
use libyaml_safer::{ErrorKind, Event, EventData, Parser, ScalarStyle};
use std::collections::BTreeMap;

/// Why a document cannot be read, in go-yaml's words: `yaml: line 3: did not find expected key`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    message: String,
    /// Line and column, from 0, where the text stops being YAML.
    place: (u64, u64),
}

impl YamlError {
    fn new(message: impl std::fmt::Display) -> YamlError {
        YamlError::plain(format!("yaml: {message}"))
    }

    fn plain(message: String) -> YamlError {
        YamlError { message, place: (0, 0) }
    }

    /// Line and column, from 1, where the text stops being YAML.
    pub fn place(&self) -> (u64, u64) {
        (self.place.0 + 1, self.place.1 + 1)
    }
}

impl From<libyaml_safer::Error> for YamlError {
    fn from(e: libyaml_safer::Error) -> YamlError {
        let line = |mark: Option<libyaml_safer::Mark>| mark.map_or(0, |m| m.line);
        // go-yaml counts lines from 1 only in the scanner's messages, and leaves the first line out.
        let line = match (line(e.problem_mark()), line(e.context_mark())) {
            (0, context) => context,
            (problem, _) if e.kind() == ErrorKind::Scanner => problem + 1,
            (problem, _) => problem,
        };
        let place = e.problem_mark().or(e.context_mark()).map_or((0, 0), |mark| (mark.line, mark.column));
        let error = match line {
            0 => YamlError::new(e.problem()),
            line => YamlError::new(format_args!("line {line}: {}", e.problem())),
        };
        YamlError { place, ..error }
    }
}

/// What a plain word may mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// YAML 1.1, in which `y` and `off` are booleans: go-yaml v2.
    Classic,
    /// YAML 1.2, in which they are words: go-yaml v3.
    Core,
}

/// Reads the first document of a text; an empty one is null.
pub fn read(text: &str) -> Result<Value, YamlError> {
    read_document(text, None, Dialect::Classic)
}

/// As [`read`], in a dialect.
pub fn read_in(text: &str, dialect: Dialect) -> Result<Value, YamlError> {
    read_document(text, None, dialect)
}

/// What a node with a tag of its own (`!Ref name`) means, given the tag and the node without it.
pub type Tagged = dyn Fn(&str, Value) -> Value;

/// The same for a language with tags of its own. A tagged scalar is text.
pub fn read_tagged(text: &str, tagged: &Tagged) -> Result<Value, YamlError> {
    read_document(text, Some(tagged), Dialect::Classic)
}

fn read_document(text: &str, tagged: Option<&Tagged>, dialect: Dialect) -> Result<Value, YamlError> {
    match everyday::read(text, dialect).filter(|_| tagged.is_none()) {
        Some(value) => Ok(value),
        None => read_any(text, tagged, dialect),
    }
}

/// Reads a document of any form.
pub(super) fn read_any(text: &str, tagged: Option<&Tagged>, dialect: Dialect) -> Result<Value, YamlError> {
    let mut input = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut input);
    let mut reader = Reader {
        parser,
        line: 0,
        tagged,
        dialect,
        anchors: BTreeMap::new(),
        depth: 0,
        nodes: 0,
        aliased: 0,
        decoding: None,
        converting: None,
    };
    loop {
        match reader.event()?.data {
            EventData::StreamStart { .. } => {}
            EventData::DocumentStart { .. } => break,
            _ => return Ok(Value::Null),
        }
    }
    let event = reader.event()?;
    let node = reader.node(event)?;
    // What stands behind the root belongs to this document, what stands behind `...` does not.
    reader.event()?;
    match reader.decoding.or(reader.converting) {
        Some(e) => Err(e),
        None => Ok(node.value),
    }
}

/// What an untagged plain scalar is.
pub(super) fn plain_scalar(text: &str, dialect: Dialect) -> Scalar {
    match scalar::resolve(text) {
        Scalar::Bool(_)
            if dialect == Dialect::Core
                && !matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE") =>
        {
            Scalar::Str
        }
        found => found,
    }
}

/// Nesting go-yaml would still follow costs stack here; no manifest comes near.
const MAX_DEPTH: usize = 1000;

#[derive(Clone)]
struct Node {
    value: Value,
    /// Nodes in the subtree: what an alias to it costs.
    size: u64,
}

impl Node {
    fn leaf(value: Value) -> Node {
        Node { value, size: 1 }
    }
}

struct Reader<'r, 'b> {
    parser: Parser<&'r mut &'b [u8]>,
    /// Where the last event ended, from 0.
    line: u64,
    tagged: Option<&'r Tagged>,
    dialect: Dialect,
    /// `None` while the anchored node is still open.
    anchors: BTreeMap<String, Option<Node>>,
    depth: usize,
    nodes: u64,
    aliased: u64,
    // go-yaml parses a document whole before it decodes the nodes, and decodes it whole before it becomes JSON: problems
    // of a later step show only if there are none of an earlier one.
    decoding: Option<YamlError>,
    converting: Option<YamlError>,
}

impl Reader<'_, '_> {
    fn event(&mut self) -> Result<Event, YamlError> {
        let Some(event) = guarded(|| self.parser.parse()) else {
            let line = self.line + 1;
            return Err(YamlError::new(format_args!(
                "line {line}: did not find expected whitespace or line break"
            )));
        };
        let event = event?;
        self.line = event.end_mark.line;
        Ok(event)
    }

    /// The node an event starts.
    fn node(&mut self, event: Event) -> Result<Node, YamlError> {
        self.nodes += 1;
        match event.data {
            EventData::Alias { anchor } => self.alias(&anchor),
            EventData::Scalar { anchor, tag, value, plain_implicit, style, .. } => {
                let node = self.scalar(tag.as_deref(), &value, plain_implicit, style);
                Ok(self.remember(anchor, node))
            }
            EventData::SequenceStart { anchor, tag, .. } => {
                self.open(&anchor)?;
                let node = self.sequence()?;
                let node = self.meant(tag.as_deref(), node);
                Ok(self.close(anchor, node))
            }
            EventData::MappingStart { anchor, tag, .. } => {
                self.open(&anchor)?;
                let node = self.mapping()?;
                let node = self.meant(tag.as_deref(), node);
                Ok(self.close(anchor, node))
            }
            // The parser starts no node with any other event.
            _ => Ok(Node::leaf(Value::Null)),
        }
    }

    /// A node whose tag may be one of the language's own.
    fn meant(&self, tag: Option<&str>, node: Node) -> Node {
        match (self.tagged, tag.and_then(|tag| tag.strip_prefix('!'))) {
            (Some(tagged), Some(name)) if !name.is_empty() => {
                Node { value: tagged(name, node.value), ..node }
            }
            _ => node,
        }
    }

    fn open(&mut self, anchor: &Option<String>) -> Result<(), YamlError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(YamlError::new(format_args!("exceeded max depth of {MAX_DEPTH}")));
        }
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor.clone(), None);
        }
        Ok(())
    }

    fn close(&mut self, anchor: Option<String>, node: Node) -> Node {
        self.depth -= 1;
        self.remember(anchor, node)
    }

    fn remember(&mut self, anchor: Option<String>, node: Node) -> Node {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, Some(node.clone()));
        }
        node
    }

    /// Notes a problem of the decoding step; what is read on does not matter then.
    fn undecodable(&mut self, message: impl std::fmt::Display) -> Node {
        self.decoding.get_or_insert(YamlError::new(message));
        Node::leaf(Value::Null)
    }

    fn scalar(&mut self, tag: Option<&str>, text: &str, plain: bool, style: ScalarStyle) -> Node {
        match tag {
            Some(own) if self.tagged.is_some() && own.len() > 1 && own.starts_with('!') => {
                self.meant(Some(own), Node::leaf(Value::from(text)))
            }
            Some(tag) if tag != "!" || style == ScalarStyle::Plain => match scalar::resolve_tagged(tag, text)
            {
                Ok(value) => Node::leaf(value),
                Err(message) => self.undecodable(message),
            },
            None if plain => match plain_scalar(text, self.dialect) {
                Scalar::Float(f) if !f.is_finite() => {
                    let message = format!("json: unsupported value: {}", go_text::float_g(f));
                    self.converting.get_or_insert(YamlError::plain(message));
                    Node::leaf(Value::Null)
                }
                found => Node::leaf(found.into_value(text)),
            },
            _ => Node::leaf(Value::from(text)),
        }
    }

    fn alias(&mut self, anchor: &str) -> Result<Node, YamlError> {
        match self.anchors.get(anchor) {
            None => Err(YamlError::new(format_args!("unknown anchor '{anchor}' referenced"))),
            Some(None) => Ok(self.undecodable(format_args!("anchor '{anchor}' value contains itself"))),
            Some(Some(node)) => {
                let node = node.clone();
                self.nodes = self.nodes.saturating_add(node.size);
                self.aliased = self.aliased.saturating_add(node.size);
                if self.aliased > 100
                    && self.nodes > 1000
                    && self.aliased as f64 / self.nodes as f64 > self.allowance()
                {
                    return Ok(self.undecodable("document contains excessive aliasing"));
                }
                Ok(node)
            }
        }
    }

    /// The share of nodes that may come from aliases: all but none in small documents, a tenth in huge ones.
    fn allowance(&self) -> f64 {
        const SMALL: f64 = 400_000.0;
        const HUGE: f64 = 4_000_000.0;
        (0.99 - 0.89 * (self.nodes as f64 - SMALL) / (HUGE - SMALL)).clamp(0.10, 0.99)
    }

    fn sequence(&mut self) -> Result<Node, YamlError> {
        let (mut items, mut size) = (Vec::new(), 1u64);
        loop {
            let event = self.event()?;
            if matches!(event.data, EventData::SequenceEnd) {
                return Ok(Node { value: Value::from(items), size });
            }
            let item = self.node(event)?;
            size = size.saturating_add(item.size);
            items.push(item.value);
        }
    }

    fn mapping(&mut self) -> Result<Node, YamlError> {
        let (mut map, mut size) = (Map::new(), 1u64);
        loop {
            let event = self.event()?;
            if matches!(event.data, EventData::MappingEnd) {
                return Ok(Node { value: Value::from(map), size });
            }
            let is_merge = is_merge_key(&event.data);
            let key = self.node(event)?.value;
            let event = self.event()?;
            let from_alias = matches!(event.data, EventData::Alias { .. });
            let node = self.node(event)?;
            size = size.saturating_add(node.size).saturating_add(1);
            if is_merge {
                self.merge(&mut map, &node.value, from_alias);
            } else if let Some(key) = self.key(&key, &node.value) {
                // A key that comes again replaces the first.
                map.insert(&key, node.value);
            }
        }
    }

    /// A key as JSON has it.
    fn key(&mut self, key: &Value, value: &Value) -> Option<String> {
        const MAP: &str = "map[interface {}]interface {}";
        match key {
            Value::Str(s) => return Some(s.to_string()),
            Value::Int(i) => return Some(i.to_string()),
            Value::Bool(b) => return Some(b.to_string()),
            Value::Float(f) => return Some(go_text::float32_g(*f as f32)),
            Value::Null => {
                let value = match value {
                    Value::Null => "<nil>".to_string(),
                    value => go_text::go_syntax_with(value, MAP),
                };
                let message = format!("unsupported map key of type: %!s(<nil>), key: <nil>, value: {value}");
                self.converting.get_or_insert(YamlError::plain(message));
            }
            Value::List(_) | Value::Map(_) => {
                self.undecodable(format_args!("invalid map key: {}", go_text::go_syntax_with(key, MAP)));
            }
        }
        None
    }

    /// Merges the value of `<<` into a map. Keys that are there already are overwritten, unlike in the specification.
    fn merge(&mut self, map: &mut Map, value: &Value, from_alias: bool) {
        // Earlier maps of a list win, so they are copied last.
        let sources: Vec<&Value> = match value {
            Value::List(list) if !from_alias => list.iter().rev().collect(),
            other => vec![other],
        };
        for source in sources {
            match source {
                Value::Map(from) => from.iter().for_each(|(key, value)| drop(map.insert(key, value))),
                _ => drop(self.undecodable("map merge requires map or sequence of maps as the value")),
            }
        }
    }
}

fn is_merge_key(event: &EventData) -> bool {
    let EventData::Scalar { tag, value, plain_implicit, .. } = event else { return false };
    value == "<<"
        && match tag.as_deref() {
            None => *plain_implicit,
            Some(tag) => tag == "tag:yaml.org,2002:merge",
        }
}
