//! How Go's `%v` and `%s` print what JSON holds.

use crate::machinery::{Quantity, Value};

/// `%v` of a decoded JSON value: `<nil>`, `true`, `[a b]`, `map[a:1]`.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::Float(f) => float(*f),
        Value::List(items) => list(items.iter().map(self::value)),
        Value::Map(map) => {
            let entries: Vec<String> = map.iter().map(|(k, v)| format!("{k}:{}", self::value(v))).collect();
            format!("map[{}]", entries.join(" "))
        }
        scalar => text(scalar),
    }
}

/// `[a b c]`.
pub(super) fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let mut out = String::from("[");
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        out.push_str(item.as_ref());
    }
    out + "]"
}

/// A scalar as text: a number or string of a typed field (a port, a quantity); empty when absent.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Str(s) => s.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Float(f) => float(*f),
        _ => String::new(),
    }
}

/// A quantity in its canonical form; `0` when absent, the text itself when it is none.
pub(super) fn quantity(value: &Value) -> String {
    match Quantity::from_value(value) {
        Ok(quantity) => quantity.to_string(),
        Err(_) if value.is_null() => "0".into(),
        Err(_) => text(value),
    }
}

/// `True` or `False`.
pub(super) fn title_bool(b: bool) -> &'static str {
    if b { "True" } else { "False" }
}

/// `%v` of a float64: the shortest digits, with an exponent below 1e-4 and from 1e6 on.
fn float(f: f64) -> String {
    let scientific = format!("{f:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return format!("{f}") };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
        }
        _ => format!("{f}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn floats_take_an_exponent_early() {
        for (f, text) in
            [(1.5, "1.5"), (1e6, "1e+06"), (100000000.5, "1.000000005e+08"), (0.00001, "1e-05"), (0.0, "0")]
        {
            assert_eq!(float(f), text);
        }
    }

    #[test]
    fn nested_values_print_as_go_maps_and_slices() {
        assert_eq!(value(&json!([{"b": [1, null], "a": "x"}])), "[map[a:x b:[1 <nil>]]]");
    }
}
