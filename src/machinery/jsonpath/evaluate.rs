//! Walking an object: every step maps the values found so far to the next ones.

use super::compare::holds;
use super::parse::{Filter, Node, Slice};
use crate::machinery::go_text;
use crate::machinery::value::Value;

/// Why a walk stopped. A filter that only asks whether something exists takes what was in hand for an answer.
struct Stop {
    message: String,
    in_hand: bool,
}

type Step = Result<Vec<Value>, Stop>;

fn stop(message: String, in_hand: bool) -> Step {
    Err(Stop { message, in_hand })
}

/// What a walk starts from: an object, or nothing at all inside a `range` that found nothing.
const NOTHING: Option<Value> = None;

/// One evaluation of a template, with the state of its `range` blocks.
pub(super) struct Evaluation<'a> {
    nodes: &'a [Node],
    allow_missing: bool,
    /// A `range` was met and its block not yet begun.
    beginning: usize,
    /// How many blocks are open.
    inside: usize,
    /// An `end` was met and its block not yet left.
    ending: usize,
    last_end: usize,
    /// Whether there is an object to walk.
    nothing: bool,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(nodes: &'a [Node], allow_missing: bool) -> Evaluation<'a> {
        Evaluation { nodes, allow_missing, beginning: 0, inside: 0, ending: 0, last_end: 0, nothing: false }
    }

    pub(super) fn run(mut self, data: &Value) -> Result<Vec<Vec<Value>>, String> {
        let mut found = Vec::new();
        self.block(Some(data.clone()), 0, &mut found)?;
        Ok(found)
    }

    /// Evaluates the nodes from an index on, until the `end` of the block or of the template.
    fn block(&mut self, data: Option<Value>, from: usize, found: &mut Vec<Vec<Value>>) -> Result<(), String> {
        let outer = std::mem::replace(&mut self.nothing, data.is_none());
        let input = [data.unwrap_or_default()];
        let mut i = from;
        while let Some(node) = self.nodes.get(i) {
            let results = self.walk(&input, node).map_err(|stop| stop.message)?;
            if self.ending > 0 && self.ending <= self.inside {
                self.ending -= 1;
                self.last_end = i;
                break;
            }
            if self.beginning > 0 {
                self.beginning -= 1;
                self.inside += 1;
                for value in &results {
                    self.block(Some(value.clone()), i + 1, found)?;
                }
                if results.is_empty() {
                    // The block is walked all the same, to find its end.
                    self.block(NOTHING, i + 1, &mut Vec::new())?;
                }
                self.inside -= 1;
                i = i.max(self.last_end) + 1;
                continue;
            }
            found.push(results);
            i += 1;
        }
        self.nothing = outer;
        Ok(())
    }

    fn walk(&mut self, input: &[Value], node: &Node) -> Step {
        match node {
            Node::Action(steps) => self.chain(input, steps),
            Node::Text(text) => Ok(vec![text.into()]),
            Node::Int(n) => Ok(vec![Value::Int(*n); input.len()]),
            Node::Float(n) => Ok(vec![Value::Float(*n); input.len()]),
            Node::Bool(b) => Ok(vec![Value::Bool(*b); input.len()]),
            Node::Field(name) => self.field(input, name),
            Node::Wildcard => Ok(input.iter().flat_map(children).collect()),
            Node::Recursive => {
                let mut found = Vec::new();
                descend(input, &mut found);
                Ok(found)
            }
            Node::Slice(slice) => take_slice(input, *slice),
            Node::Union(chains) => {
                let mut found = Vec::new();
                for chain in chains {
                    let part = self.chain(input, chain);
                    found.extend(part.map_err(|stop| Stop { in_hand: !input.is_empty(), ..stop })?);
                }
                Ok(found)
            }
            Node::Filter(filter) => self.filter(input, filter),
            Node::Identifier(name) => match name.as_str() {
                "range" => {
                    self.beginning += 1;
                    Ok(input.to_vec())
                }
                "end" if self.inside > 0 => {
                    self.ending += 1;
                    Ok(Vec::new())
                }
                "end" => stop("not in range, nothing to end".into(), false),
                _ => stop(format!("unrecognized identifier {name}"), !input.is_empty()),
            },
        }
    }

    fn chain(&mut self, input: &[Value], steps: &[Node]) -> Step {
        let mut values = input.to_vec();
        for step in steps {
            values = self.walk(&values, step)?;
        }
        Ok(values)
    }

    fn field(&self, input: &[Value], name: &str) -> Step {
        let found: Vec<Value> = input.iter().filter_map(|v| v.get(name)).cloned().collect();
        if found.is_empty() && !input.is_empty() && !self.allow_missing {
            return stop(format!("{name} is not found"), false);
        }
        Ok(found)
    }

    fn filter(&mut self, input: &[Value], filter: &Filter) -> Step {
        let mut found = Vec::new();
        for value in input {
            let Some(items) = value.as_list() else {
                let shown =
                    if self.nothing { "<invalid reflect.Value>".into() } else { go_text::plain(value) };
                return stop(format!("{shown} is not array or slice and cannot be filtered"), true);
            };
            for item in items {
                let passes = self.passes(item, filter);
                if passes.map_err(|stop| Stop { in_hand: true, ..stop })? {
                    found.push(item.clone());
                }
            }
        }
        Ok(found)
    }

    fn passes(&mut self, item: &Value, filter: &Filter) -> Result<bool, Stop> {
        let item = std::slice::from_ref(item);
        let left = self.chain(item, &filter.left);
        let Some((operator, right)) = &filter.comparison else {
            return Ok(left.map_or_else(|stop| stop.in_hand, |values| !values.is_empty()));
        };
        let too_many = || Stop { message: "can only compare one element at a time".into(), in_hand: true };
        let left = match left?.as_slice() {
            [] => return Ok(false),
            [value] => value.clone(),
            _ => return Err(too_many()),
        };
        match self.chain(item, right)?.as_slice() {
            [] => Ok(false),
            [right] => holds(operator, &left, right).map_err(|message| Stop { message, in_hand: true }),
            _ => Err(too_many()),
        }
    }
}

/// What `*` and `..` find in a value; of a string, its bytes.
fn children(value: &Value) -> Vec<Value> {
    match value {
        Value::Map(map) => map.values().cloned().collect(),
        Value::List(items) => items.to_vec(),
        Value::Str(text) => text.bytes().map(Value::from).collect(),
        _ => Vec::new(),
    }
}

/// Every value with children, before the ones it holds.
fn descend(input: &[Value], found: &mut Vec<Value>) {
    for value in input {
        // Bytes have no children, and a field of a string finds nothing: the string is enough.
        let children =
            if let Value::Str(s) = value { vec![Value::Null; s.len().min(1)] } else { children(value) };
        if !children.is_empty() {
            found.push(value.clone());
            descend(&children, found);
        }
    }
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::Str(_) => "string",
        Value::Map(_) => "map[string]interface {}",
        Value::Null | Value::List(_) => "[]interface {}",
    }
}

fn take_slice(input: &[Value], slice: Slice) -> Step {
    let mut found = Vec::new();
    for value in input.iter().filter(|v| !v.is_null()) {
        let Some(items) = value.as_list() else {
            return stop(format!("{} is not array or slice", go_type(value)), true);
        };
        let length = items.len() as i64;
        let from_end = |i: i64| if i < 0 { i.saturating_add(length) } else { i };
        let start = from_end(slice.start.unwrap_or(0));
        let end = match slice.end {
            // The end of the last index, counted from the end, is the length.
            Some(0) if slice.single => length,
            Some(end) => from_end(end),
            None => length,
        };
        if start == end {
            // Nothing is asked of this list, and of no list after it.
            return Ok(found);
        }
        let bounds = |index: i64| format!("array index out of bounds: index {index}, length {length}");
        if !(0..length).contains(&start) {
            return stop(bounds(start), true);
        }
        if !(0..=length).contains(&end) {
            return stop(bounds(end - 1), true);
        }
        if start > end {
            return stop(format!("starting index {start} is greater than ending index {end}"), true);
        }
        let step = slice.step.unwrap_or(1);
        let Some(step) = usize::try_from(step).ok().filter(|step| *step > 0) else {
            return stop("step must be > 0".into(), true);
        };
        found.extend(items[start as usize..end as usize].iter().step_by(step).cloned());
    }
    Ok(found)
}
