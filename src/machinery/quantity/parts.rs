//! How the text of a quantity is read.

use super::{Format, QuantityError, Value, div_away, to_i64};

/// A text taken apart at the borders of its grammar.
pub(super) struct Parts<'a> {
    pub negative: bool,
    signed: bool,
    /// Digits before the point without leading zeros; `0` when there are none.
    whole: &'a str,
    /// How many leading zeros were dropped.
    pub zeros: usize,
    /// Digits after the point.
    fraction: &'a str,
    pointed: bool,
    pub format: Format,
    /// The power of the format's base (10 or 2) the suffix stands for.
    exponent: i32,
}

impl<'a> Parts<'a> {
    pub fn split(text: &'a str) -> Result<Parts<'a>, QuantityError> {
        if text.is_empty() {
            return Err(QuantityError::Format);
        }
        let signed = text.starts_with(['+', '-']);
        let (digits, rest) = take_while(&text[usize::from(signed)..], |b| b.is_ascii_digit());
        let whole = digits.trim_start_matches('0');
        let (whole, zeros) = match whole {
            "" => ("0", digits.len().saturating_sub(1)),
            _ => (whole, digits.len() - whole.len()),
        };
        let pointed = rest.starts_with('.');
        let (fraction, suffix) = take_while(&rest[usize::from(pointed)..], |b| pointed && b.is_ascii_digit());
        let (_, tail) = take_while(suffix, |b| b"eEinumkKMGTP".contains(&b));
        let tail = tail.strip_prefix(['+', '-']).unwrap_or(tail);
        if !take_while(tail, |b| b.is_ascii_digit()).1.is_empty() {
            return Err(QuantityError::Format);
        }
        let (format, exponent) = read_suffix(suffix).ok_or(QuantityError::Suffix)?;
        let negative = text.starts_with('-');
        Ok(Parts { negative, signed, whole, zeros, fraction, pointed, format, exponent })
    }

    /// The amount without its sign; amounts beyond what a lifetime of clusters holds saturate.
    pub fn nano(&self) -> i128 {
        let mut digits: i128 = 0;
        let mut scale = 9 - i64::try_from(self.fraction.len()).unwrap_or(i64::MAX);
        for (i, b) in self.whole.bytes().chain(self.fraction.bytes()).enumerate() {
            match digits.checked_mul(10).and_then(|d| d.checked_add(i128::from(b - b'0'))) {
                Some(n) => digits = n,
                None if i < self.whole.len() => return i128::MAX,
                None => {
                    // More decimals than fit: whether any is not zero is all that rounding up asks.
                    let rest = &self.fraction[i - self.whole.len()..];
                    scale += rest.len() as i64;
                    digits |= i128::from(rest.bytes().any(|b| b != b'0'));
                    break;
                }
            }
        }
        match self.format {
            Format::BinarySI => match digits.checked_mul(1 << self.exponent) {
                Some(digits) => scale_10(digits, scale),
                None => i128::MAX,
            },
            _ => scale_10(digits, scale + i64::from(self.exponent)),
        }
    }

    /// Whether Kubernetes prints this text back as it was read. What it does with it depends on whether the amount is
    /// small enough for its fast path, not on whether the text is canonical.
    pub fn is_kept(&self) -> bool {
        let digits = self.whole.len() + self.fraction.len();
        if self.format == Format::BinarySI {
            let room = 15 - digits as i64 - i64::from(self.exponent * 3 / 10) - 1;
            let last = &self.whole.as_bytes()[self.whole.len().saturating_sub(3)..];
            let divisible_by_8 = last.iter().fold(0, |n, b| n * 10 + u32::from(b - b'0')) % 8 == 0;
            return self.fraction.is_empty() && room >= 0 && !divisible_by_8;
        }
        let scale = i64::from(self.exponent) - self.fraction.len() as i64;
        let thousands = match self.fraction {
            "" => self.whole.ends_with("000"),
            f if f.len() >= 3 => f.ends_with("000"),
            f => f.bytes().all(|b| b == b'0') && ends_with_zeros(self.whole, 3 - f.len()),
        };
        digits <= 18 && scale >= -9 && scale % 3 == 0 && !thousands && !self.whole.starts_with('0')
    }

    /// Whether a text that is kept is canonical anyhow.
    pub fn is_plain(&self, text: &str) -> bool {
        self.zeros == 0
            && !self.pointed
            && self.format != Format::DecimalExponent
            && !(self.signed && text.starts_with('+'))
    }
}

/// A quantity in the fields Go holds it in, which show in the text a pod template's hash is taken of.
pub(in crate::machinery) struct RawAmount {
    pub value: i64,
    pub scale: i64,
    /// The text as read, where Kubernetes keeps it.
    pub text: String,
    pub format: &'static str,
}

impl RawAmount {
    /// Reads what an object holds; what cannot be read is the zero value.
    pub fn of(value: &Value) -> RawAmount {
        let number = value.as_i64().map(|n| n.to_string());
        let text = value.as_str().or(number.as_deref()).unwrap_or("");
        let zero = |text: &str| RawAmount { value: 0, scale: 0, text: text.into(), format: "" };
        let parts = match Parts::split(text) {
            // The one text that is never parsed, and gets no format.
            Ok(_) if text == "0" => return zero(text),
            Ok(parts) => parts,
            Err(_) => return zero(""),
        };
        let digits: i128 = [parts.whole, parts.fraction].concat().parse().unwrap_or(i128::MAX);
        let (factor, exponent) = match parts.format {
            Format::BinarySI => (1 << parts.exponent, 0),
            _ => (1, i64::from(parts.exponent)),
        };
        let value = to_i64(digits.saturating_mul(factor));
        RawAmount {
            value: if parts.negative { -value } else { value },
            scale: exponent - parts.fraction.len() as i64,
            text: if parts.is_kept() { text.into() } else { String::new() },
            format: parts.format.name(),
        }
    }
}

fn ends_with_zeros(digits: &str, n: usize) -> bool {
    digits.len() >= n && digits.bytes().rev().take(n).all(|b| b == b'0')
}

fn take_while(text: &str, keep: impl Fn(u8) -> bool) -> (&str, &str) {
    text.split_at(text.bytes().position(|b| !keep(b)).unwrap_or(text.len()))
}

/// `digits * 10^scale`, rounded up.
fn scale_10(digits: i128, scale: i64) -> i128 {
    let power = 10i128.checked_pow(u32::try_from(scale.unsigned_abs()).unwrap_or(u32::MAX));
    match power {
        _ if digits == 0 => 0,
        Some(power) if scale >= 0 => digits.saturating_mul(power),
        Some(power) => div_away(digits, power),
        None if scale >= 0 => i128::MAX,
        None => 1,
    }
}

fn read_suffix(suffix: &str) -> Option<(Format, i32)> {
    let decimal = |exponent| Some((Format::DecimalSI, exponent));
    let binary = |exponent| Some((Format::BinarySI, exponent));
    match suffix {
        "" => decimal(0),
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        _ => {
            let exponent: i64 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            Some((Format::DecimalExponent, exponent.clamp(-9999, 9999) as i32))
        }
    }
}
