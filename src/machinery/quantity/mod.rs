//! `resource.Quantity`: the amounts of CPU, memory and everything else (`250m`, `1Gi`, `12e6`).
//!
//! An amount is a whole number of nano units, as fine as the API goes. A quantity remembers the family of suffixes it
//! was written in, and, where Kubernetes prints back what it read instead of the canonical form, that text.

mod parts;

pub(super) use parts::RawAmount;

use super::value::Value;
use parts::Parts;
use std::cmp::Ordering;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

/// The family of suffixes a quantity is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// `n u m "" k M G T P E`: powers of 1000.
    #[default]
    DecimalSI,
    /// `Ki Mi Gi Ti Pi Ei`: powers of 1024.
    BinarySI,
    /// `e3`, `E-3`: scientific notation.
    DecimalExponent,
}

impl Format {
    /// The name the API uses.
    pub fn name(self) -> &'static str {
        match self {
            Format::DecimalSI => "DecimalSI",
            Format::BinarySI => "BinarySI",
            Format::DecimalExponent => "DecimalExponent",
        }
    }
}

/// Why a text is no quantity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum QuantityError {
    /// Something else than a sign, digits, a point and a suffix.
    #[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    Format,
    /// A suffix made of the right letters that does not exist.
    #[error("unable to parse quantity's suffix")]
    Suffix,
}

/// An amount of a resource. Compared and ordered by amount alone: `1Gi` equals `1024Mi`.
#[derive(Clone, Debug, Default)]
pub struct Quantity {
    nano: i128,
    format: Format,
    /// What to print instead of the canonical text; only set when the two differ.
    kept: Option<Box<str>>,
}

const NANO: i128 = 1_000_000_000;
const MILLI: i128 = 1_000_000;
/// The largest amount a binary suffix can express; larger texts are read as this.
const BINARY_CAP: i128 = i64::MAX as i128 * NANO;

impl Quantity {
    /// Reads a quantity, rounding up (away from zero) to nano units.
    pub fn parse(text: &str) -> Result<Quantity, QuantityError> {
        let parts = Parts::split(text)?;
        let mut nano = parts.nano();
        let mut format = parts.format;
        if format == Format::BinarySI {
            nano = nano.min(BINARY_CAP);
            if nano < NANO && nano > 0 {
                format = Format::DecimalSI;
            }
        }
        let nano = if parts.negative { -nano } else { nano };
        let kept = (parts.is_kept() && !parts.is_plain(text)).then(|| text.into());
        Ok(Quantity { nano, format, kept })
    }

    /// Reads the quantity an object holds: a string, or a bare number.
    pub fn from_value(value: &Value) -> Result<Quantity, QuantityError> {
        match value {
            Value::Str(s) => Quantity::parse(s),
            Value::Int(i) => Ok(Quantity::from_int(*i)),
            Value::Float(_) => Quantity::parse(&value.to_json()),
            _ => Err(QuantityError::Format),
        }
    }

    /// Reads a field that validation already let in: absent or unreadable counts as zero.
    pub fn of(value: &Value) -> Quantity {
        Quantity::from_value(value).unwrap_or_default()
    }

    /// A number of nano units.
    pub const fn from_nano(nano: i128, format: Format) -> Quantity {
        Quantity { nano, format, kept: None }
    }

    /// A number of milli units in the decimal family: `from_milli(250)` is `250m`.
    pub const fn from_milli(milli: i64) -> Quantity {
        Quantity::from_nano(milli as i128 * MILLI, Format::DecimalSI)
    }

    /// A whole number in the decimal family.
    pub const fn from_int(n: i64) -> Quantity {
        Quantity::from_nano(n as i128 * NANO, Format::DecimalSI)
    }

    /// The exact amount in nano units.
    pub const fn nano(&self) -> i128 {
        self.nano
    }

    /// The amount in milli units, rounded away from zero.
    pub fn milli_value(&self) -> i64 {
        to_i64(div_away(self.nano, MILLI))
    }

    /// The amount in whole units, rounded away from zero.
    pub fn value(&self) -> i64 {
        to_i64(div_away(self.nano, NANO))
    }

    /// The amount as a floating-point number.
    pub fn as_f64(&self) -> f64 {
        self.nano as f64 / NANO as f64
    }

    /// The family of suffixes it prints in.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The same amount in another family of suffixes.
    pub fn with_format(&self, format: Format) -> Quantity {
        Quantity::from_nano(self.nano, format)
    }

    /// -1, 0 or 1.
    pub const fn sign(&self) -> i32 {
        self.nano.signum() as i32
    }

    /// Whether the amount is zero.
    pub const fn is_zero(&self) -> bool {
        self.nano == 0
    }

    /// The amount rounded up to milli units, without kept text: what API defaulting does to resource lists.
    pub fn rounded_to_milli(&self) -> Quantity {
        Quantity::from_nano(div_away(self.nano, MILLI).saturating_mul(MILLI), self.format)
    }

    /// The amount times a whole number.
    pub fn times(&self, n: i64) -> Quantity {
        Quantity::from_nano(self.nano.saturating_mul(n.into()), self.format)
    }

    /// The canonical text, whatever was read.
    pub fn canonical(&self) -> String {
        Quantity::from_nano(self.nano, self.format).to_string()
    }

    /// The family of a sum or difference: the left side's, unless there is nothing on the left.
    fn joint_format(&self, right: &Quantity) -> Format {
        if self.nano == 0 { right.format } else { self.format }
    }
}

fn to_i64(n: i128) -> i64 {
    n.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// Division that rounds away from zero.
fn div_away(n: i128, unit: i128) -> i128 {
    n / unit + if n % unit == 0 { 0 } else { n.signum() }
}

/// The text as read where Kubernetes keeps it, else the canonical text.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
        const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
        if let Some(text) = &self.kept {
            return f.write_str(text);
        }
        if self.nano == 0 {
            return f.write_str("0");
        }
        if self.format == Format::BinarySI && self.nano % NANO == 0 && self.nano.abs() >= 1024 * NANO {
            let (n, power) = strip(self.nano / NANO, 1024, BINARY.len() - 1);
            return write!(f, "{n}{}", BINARY[power]);
        }
        if self.format == Format::DecimalExponent {
            let (n, power) = strip(self.nano, 1000, usize::MAX);
            return match power {
                3 => write!(f, "{n}"),
                _ => write!(f, "{n}e{}", power as i64 * 3 - 9),
            };
        }
        let (n, power) = strip(self.nano, 1000, DECIMAL.len() - 1);
        write!(f, "{n}{}", DECIMAL[power])
    }
}

/// Divides by `unit` while nothing is lost, at most `most` times.
fn strip(mut n: i128, unit: i128, most: usize) -> (i128, usize) {
    let mut power = 0;
    while power < most && n % unit == 0 {
        n /= unit;
        power += 1;
    }
    (n, power)
}

impl FromStr for Quantity {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Quantity, QuantityError> {
        Quantity::parse(text)
    }
}

impl From<&Quantity> for Value {
    fn from(q: &Quantity) -> Value {
        Value::from(q.to_string())
    }
}

impl From<Quantity> for Value {
    fn from(q: Quantity) -> Value {
        Value::from(&q)
    }
}

impl<'de> serde::Deserialize<'de> for Quantity {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Quantity, D::Error> {
        Quantity::from_value(&Value::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Quantity) -> bool {
        self.nano == other.nano
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Quantity) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Quantity) -> Ordering {
        self.nano.cmp(&other.nano)
    }
}

impl Add for &Quantity {
    type Output = Quantity;
    fn add(self, other: &Quantity) -> Quantity {
        Quantity::from_nano(self.nano.saturating_add(other.nano), self.joint_format(other))
    }
}

impl Sub for &Quantity {
    type Output = Quantity;
    fn sub(self, other: &Quantity) -> Quantity {
        Quantity::from_nano(self.nano.saturating_sub(other.nano), self.joint_format(other))
    }
}

impl Neg for &Quantity {
    type Output = Quantity;
    fn neg(self) -> Quantity {
        Quantity::from_nano(self.nano.saturating_neg(), self.format)
    }
}

impl AddAssign<&Quantity> for Quantity {
    fn add_assign(&mut self, other: &Quantity) {
        *self = &*self + other;
    }
}

impl SubAssign<&Quantity> for Quantity {
    fn sub_assign(&mut self, other: &Quantity) {
        *self = &*self - other;
    }
}

impl<'a> Sum<&'a Quantity> for Quantity {
    fn sum<I: Iterator<Item = &'a Quantity>>(iter: I) -> Quantity {
        iter.fold(Quantity::default(), |total, q| &total + q)
    }
}

impl Sum for Quantity {
    fn sum<I: Iterator<Item = Quantity>>(iter: I) -> Quantity {
        iter.fold(Quantity::default(), |total, q| &total + &q)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        Quantity::parse(text).map_or_else(|e| e.to_string(), |q| q.to_string())
    }

    #[test]
    fn prints_what_kubernetes_prints() {
        for (text, want) in [
            ("0.500", "500m"),
            (".", "0"),
            ("e3", "0"),
            ("1.", "1."),
            ("010Ki", "010Ki"),
            ("+5Ki", "+5Ki"),
            ("1.0Ki", "1Ki"),
            ("1500.5Ki", "1536512"),
            ("12.5e1", "12.5e1"),
            ("1e20", "100e18"),
            ("9Ei", "9223372036854775807"),
            ("1e-30", "1e-9"),
            ("12345678901234567890", "12345678901234567890"),
            ("100000000000000000000", "100E"),
            ("1.5E", "1500P"),
            ("-0", "0"),
        ] {
            assert_eq!(printed(text), want, "{text}");
        }
    }

    #[test]
    fn absurd_texts_neither_panic_nor_hang() {
        let long = "9".repeat(500);
        for text in ["1e999999999999", "-1e999", "0e99999", &long, &format!("0.{long}"), &format!("{long}Ei")]
        {
            let _ = printed(text);
        }
        assert_eq!(printed("0.0000000000000000000000000000000000000000000000000001"), "1n");
        assert_eq!(printed("0e99999"), "0");
        assert_eq!(printed("é"), QuantityError::Format.to_string());
    }

    #[test]
    fn rounds_away_from_zero() {
        let q = Quantity::parse("-1500u").unwrap();
        assert_eq!((q.milli_value(), q.value()), (-2, -1));
        assert_eq!(q.rounded_to_milli().to_string(), "-2m");
    }
}
