//! Whether a word is a time: the client reads seconds since the epoch, ISO 8601, and dates as people write them.

/// Words that may stand in a date.
const WORDS: &str = "jan january feb february mar march apr april may jun june jul july aug august sep sept september oct \
    october nov november dec december mon monday tue tuesday wed wednesday thu thursday fri friday sat saturday sun sunday \
    am pm a p t z utc gmt at on and of st nd rd th h m s hour hours minute minutes second seconds";

/// Whether the client can read a time.
pub(super) fn is_timestamp(text: &str) -> bool {
    if text.trim().parse::<f64>().is_ok() {
        return true;
    }
    let tokens = tokens(text);
    let (mut at, mut figures, mut clock) = (0, false, false);
    while at < tokens.len() {
        let token = tokens[at];
        let (taken, good) = match token.chars().next() {
            Some(c) if c.is_ascii_digit() && !(clock && follows_sign(&tokens, at)) => {
                let group = group(&tokens[at..]);
                clock |= group.1 == ":";
                (group.0.len() * 2 - 1, plausible(&group.0, group.1))
            }
            Some(c) if c.is_alphabetic() => {
                let known = WORDS.split_whitespace().any(|word| word.eq_ignore_ascii_case(token));
                // After a clock, capitals are the name of a zone.
                let zone = clock && token.len() <= 5 && token.chars().all(|c| c.is_ascii_uppercase());
                (1, known || zone)
            }
            Some(c) => (1, c.is_ascii_digit() || c.is_whitespace() || "+-:/,.;'()".contains(c)),
            None => (1, true),
        };
        if !good {
            return false;
        }
        figures |= token.starts_with(|c: char| c.is_ascii_digit()) || token.len() > 2;
        at += taken;
    }
    figures
}

/// Runs of digits, runs of letters, and what stands between them, one character each.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |c: char| {
        if c.is_ascii_digit() {
            1
        } else if c.is_alphabetic() {
            2
        } else {
            0
        }
    };
    let mut tokens = Vec::new();
    let mut begin = 0;
    let mut before = None;
    for (at, c) in text.char_indices() {
        if at > 0 && (before != Some(kind(c)) || kind(c) == 0) {
            tokens.push(&text[begin..at]);
            begin = at;
        }
        before = Some(kind(c));
    }
    if begin < text.len() {
        tokens.push(&text[begin..]);
    }
    tokens
}

fn follows_sign(tokens: &[&str], at: usize) -> bool {
    at.checked_sub(1).is_some_and(|before| matches!(tokens[before], "+" | "-"))
}

/// Numbers joined by one kind of mark, and the mark.
fn group<'t>(tokens: &[&'t str]) -> (Vec<&'t str>, &'t str) {
    let mark = tokens.get(1).copied().filter(|mark| matches!(*mark, ":" | "-" | "/")).unwrap_or("");
    let mut numbers = vec![tokens[0]];
    let mut at = 1;
    let number = |at: usize| tokens.get(at).filter(|t| t.starts_with(|c: char| c.is_ascii_digit()));
    while !mark.is_empty() && tokens.get(at) == Some(&mark) && numbers.len() < 3 {
        let Some(next) = number(at + 1) else { break };
        numbers.push(next);
        at += 2;
    }
    (numbers, mark)
}

/// Whether numbers can be a clock's or a day's.
fn plausible(numbers: &[&str], mark: &str) -> bool {
    let values: Vec<u64> = numbers.iter().map(|n| n.parse().unwrap_or(u64::MAX)).collect();
    match (mark, &values[..]) {
        (":", [hour, rest @ ..]) => *hour < 24 && rest.iter().all(|n| *n < 60),
        (_, [year, month, day]) if numbers[0].len() > 2 => {
            *year < 10_000 && (1..=12).contains(month) && (1..=31).contains(day)
        }
        (_, [_, _, ..]) => values.iter().any(|n| (1..=12).contains(n)),
        _ => matches!(numbers[0].len(), 1..=4 | 6 | 8 | 10 | 12 | 14),
    }
}

#[cfg(test)]
mod tests {
    use super::is_timestamp;

    #[test]
    fn times_as_the_client_reads_them() {
        for good in [
            "2023-05-22T11:43:03Z",
            "2023-05-22T11:43:03.123+09:00",
            "2023-05-22T10:00:00+0900",
            "2023-05-22T10:00:00-0730",
            "2023-05-22",
            "2023-05-22 10:00",
            "20230522T100000Z",
            "1684755783",
            "1684755783.5",
            "May 22 2023",
            "Mon, 22 May 2023 11:43:03 GMT",
            "22/05/2023",
            "10pm",
            "10:30",
        ] {
            assert!(is_timestamp(good), "{good}");
        }
        for bad in [
            "",
            "now",
            "tomorrow",
            "2023-13-45",
            "25:00",
            "2023-05-22T10:00Zfoo",
            "1\"684755783",
            "10:61",
            "-",
            "{}",
            "in 5 minutes",
        ] {
            assert!(!is_timestamp(bad), "{bad}");
        }
    }
}
