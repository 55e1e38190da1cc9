//! `$((1 + 2 * n))`: whole numbers, the usual operators, variables by name.

use crate::machinery::{Map, Value};

/// The value of an expression; 0 where it makes no sense.
pub(super) fn evaluate(text: &str, variables: &Map) -> i64 {
    let mut reader = Reader { text, variables };
    reader.comparison().unwrap_or(0)
}

struct Reader<'a> {
    text: &'a str,
    variables: &'a Map,
}

impl Reader<'_> {
    fn take(&mut self, operators: &[&'static str]) -> Option<&'static str> {
        self.text = self.text.trim_start();
        let found = operators.iter().find(|op| self.text.starts_with(**op))?;
        self.text = &self.text[found.len()..];
        Some(found)
    }

    fn comparison(&mut self) -> Option<i64> {
        let left = self.sum()?;
        Some(match self.take(&["<=", ">=", "==", "!=", "<", ">"]) {
            Some("<=") => i64::from(left <= self.sum()?),
            Some(">=") => i64::from(left >= self.sum()?),
            Some("==") => i64::from(left == self.sum()?),
            Some("!=") => i64::from(left != self.sum()?),
            Some("<") => i64::from(left < self.sum()?),
            Some(_) => i64::from(left > self.sum()?),
            None => left,
        })
    }

    fn sum(&mut self) -> Option<i64> {
        let mut value = self.product()?;
        while let Some(op) = self.take(&["+", "-"]) {
            let right = self.product()?;
            value = if op == "+" { value.wrapping_add(right) } else { value.wrapping_sub(right) };
        }
        Some(value)
    }

    fn product(&mut self) -> Option<i64> {
        let mut value = self.operand()?;
        while let Some(op) = self.take(&["*", "/", "%"]) {
            let right = self.operand()?;
            value = match op {
                "*" => value.wrapping_mul(right),
                "/" => value.checked_div(right)?,
                _ => value.checked_rem(right)?,
            };
        }
        Some(value)
    }

    fn operand(&mut self) -> Option<i64> {
        if self.take(&["("]).is_some() {
            let value = self.comparison()?;
            self.take(&[")"])?;
            return Some(value);
        }
        if self.take(&["-"]).is_some() {
            return Some(-self.operand()?);
        }
        self.text = self.text.trim_start();
        let end = self.text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.text.len());
        let (word, rest) = self.text.split_at(end);
        self.text = rest;
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            return word.parse().ok();
        }
        let value = self.variables.get(word);
        Some(
            value
                .and_then(|v| v.as_i64().or_else(|| v.as_str().and_then(|t| Value::parse(t).ok()?.as_i64())))
                .unwrap_or(0),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_with_precedence_and_variables() {
        let mut variables = Map::new();
        variables.insert("n", "5");
        assert_eq!(evaluate("1 + 2 * n", &variables), 11);
        assert_eq!(evaluate("(1+2)*-n % 4", &variables), -3);
        assert_eq!(evaluate("n >= 5", &variables), 1);
        assert_eq!(evaluate("1/0", &variables), 0);
    }
}
