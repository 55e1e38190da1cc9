//! The work of the Job in Kubernetes' documentation: `perl -Mbignum=bpi -wle 'print bpi(2000)'` computes digits of pi,
//! prints them, and ends.

use super::http::{Request, Served};
use super::{Next, OnTerm, Process, Program, Usage};
use crate::catalog::images::Image;
use crate::machinery::Duration;

/// More digits than this are not computed: a command takes no time.
const MOST: usize = 20_000;
/// What a limb counts to.
const BASE: u64 = 1_000_000_000;
/// Decimal digits of a limb.
const WIDTH: usize = 9;

/// Computes so many digits.
pub(super) struct ComputesPi(usize);

impl ComputesPi {
    /// Tells the program by its command line.
    pub(super) fn recognize(process: &Process<'_>, _: &Image) -> Option<Box<dyn Program>> {
        let argv = process.argv();
        let name = argv.first()?.rsplit('/').next()?;
        if name != "perl" || !argv.iter().any(|word| word == "-Mbignum=bpi") {
            return None;
        }
        let text = argv.iter().find_map(|word| word.split("bpi(").nth(1))?;
        let digits: usize = text.split(')').next()?.trim().parse().ok()?;
        (1..=MOST).contains(&digits).then(|| Box::new(ComputesPi(digits)) as Box<dyn Program>)
    }

    /// How long perl takes: twice the digits take four times as long.
    fn time(&self) -> Duration {
        let digits = self.0 as u64;
        Duration::from_millis((digits * digits / 800).max(100) as i64)
    }
}

impl Program for ComputesPi {
    fn name(&self) -> &'static str {
        "computation of pi"
    }

    fn start(&self, process: &Process<'_>) -> Next {
        Next::At(process.now() + self.time())
    }

    fn resume(&self, process: &Process<'_>) -> Next {
        process.log(&pi(self.0));
        Next::Exit(0)
    }

    fn serve(&self, _process: &Process<'_>, _request: &Request) -> Served {
        Served::Refused
    }

    fn usage(&self, _process: &Process<'_>) -> Option<Usage> {
        Some(Usage { cpu: 1_000_000, memory: 12 << 20, ..Usage::default() })
    }

    fn terminate(&self, _process: &Process<'_>) -> OnTerm {
        // Process 1 ignores signals it has no handler for.
        OnTerm::Ignores
    }
}

/// Pi with so many digits in all, rounded.
fn pi(digits: usize) -> String {
    let limbs = digits / WIDTH + 3;
    let mut sum = vec![0; limbs];
    // Machin: pi = 16 atan(1/5) - 4 atan(1/239).
    for (factor, x, negative) in [(16, 5, false), (4, 239, true)] {
        let part = scaled(&arc_tangent(x, limbs), factor);
        sum = if negative { difference(&sum, &part) } else { total(&sum, &part) };
    }
    let decimals: String = sum[1..].iter().map(|limb| format!("{limb:0WIDTH$}")).collect();
    let mut all: Vec<u8> = format!("{}{decimals}", sum[0]).bytes().map(|b| b - b'0').collect();
    let up = all[digits] >= 5;
    all.truncate(digits);
    let mut carry = u8::from(up);
    for digit in all.iter_mut().rev() {
        *digit += carry;
        carry = u8::from(*digit > 9);
        *digit %= 10;
    }
    let text: String = all.iter().map(|d| char::from(b'0' + d)).collect();
    if digits == 1 { text } else { format!("{}.{}", &text[..1], &text[1..]) }
}

/// The arc tangent of `1/x`, as an integer and limbs behind the point.
fn arc_tangent(x: u64, limbs: usize) -> Vec<u64> {
    let mut one = vec![0; limbs];
    one[0] = 1;
    let mut power = quotient(&one, x);
    let mut sum = power.clone();
    for k in 1.. {
        power = quotient(&power, x * x);
        if power.iter().all(|limb| *limb == 0) {
            break;
        }
        let term = quotient(&power, 2 * k + 1);
        sum = if k % 2 == 1 { difference(&sum, &term) } else { total(&sum, &term) };
    }
    sum
}

fn quotient(number: &[u64], divisor: u64) -> Vec<u64> {
    let mut rest = 0;
    let step = |limb: &u64| {
        let whole = rest * BASE + limb;
        rest = whole % divisor;
        whole / divisor
    };
    number.iter().map(step).collect()
}

fn scaled(number: &[u64], factor: u64) -> Vec<u64> {
    from_the_end(number, |limb, _| limb * factor, number)
}

fn total(a: &[u64], b: &[u64]) -> Vec<u64> {
    from_the_end(a, |x, y| x + y, b)
}

/// Adds, multiplies: limb by limb from the last one on, carrying over what is too much.
fn from_the_end(a: &[u64], act: impl Fn(u64, u64) -> u64, b: &[u64]) -> Vec<u64> {
    let mut out = vec![0; a.len()];
    let mut carry = 0;
    for i in (0..a.len()).rev() {
        let sum = act(a[i], b[i]) + carry;
        out[i] = sum % BASE;
        carry = sum / BASE;
    }
    out
}

fn difference(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut out = vec![0; a.len()];
    let mut borrow = 0;
    for i in (0..a.len()).rev() {
        let taken = b[i] + borrow;
        borrow = u64::from(a[i] < taken);
        out[i] = a[i] + borrow * BASE - taken;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::pi;

    #[test]
    fn digits_of_pi_are_right_and_rounded() {
        assert_eq!(pi(1), "3");
        assert_eq!(pi(5), "3.1416");
        assert_eq!(pi(20), "3.1415926535897932385");
        let long = pi(1001);
        assert_eq!(long.len(), 1002);
        // The thousandth decimal, with the Feynman point on the way.
        assert!(long.contains("134999999837") && long.ends_with("64201989"), "{long}");
    }
}
