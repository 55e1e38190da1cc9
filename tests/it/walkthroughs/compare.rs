//! Compares a command's output with what a document shows, as the walkthroughs' `match` asks for.

use kubetick::machinery::Value;

/// Checks the output of a step.
pub fn check(step: &Value, output: &str) -> Result<(), String> {
    let expect = step.str_at("expect");
    let fits = match step.str_at("match") {
        "exact" => same_lines(expect, output),
        "contains" => contains(expect, output),
        "shape" => same_shape(expect, output),
        _ => Ok(()),
    };
    fits.map_err(|why| format!("{why}\n--- want ({})\n{expect}\n--- got\n{output}", step.str_at("match")))?;
    for pattern in step.items_at("must").iter().filter_map(Value::as_str) {
        if !grep(pattern, output) {
            return Err(format!("no match for {pattern}\n--- got\n{output}"));
        }
    }
    Ok(())
}

fn normal_lines(text: &str) -> Vec<String> {
    text.lines().map(normal).filter(|l| !l.is_empty()).collect()
}

fn same_lines(expect: &str, output: &str) -> Result<(), String> {
    let (want, got) = (normal_lines(expect), normal_lines(output));
    if want == got {
        return Ok(());
    }
    let at = want.iter().zip(&got).position(|(w, g)| w != g).unwrap_or(want.len().min(got.len()));
    Err(format!("line {}: want {:?}, got {:?}", at + 1, want.get(at), got.get(at)))
}

fn contains(expect: &str, output: &str) -> Result<(), String> {
    let got = normal_lines(output);
    let mut from = 0;
    for want in normal_lines(expect) {
        match got[from..].iter().position(|g| *g == want || want.starts_with("OK!") && g.contains(&want)) {
            Some(at) => from += at + 1,
            None => return Err(format!("no line {want:?} (after line {from})")),
        }
    }
    Ok(())
}

/// Same header lines, and rows of the same kinds in the same order.
fn same_shape(expect: &str, output: &str) -> Result<(), String> {
    // In YAML a line without a key goes on with the text above it: how often a text folds depends on the text.
    let yaml = expect.starts_with("apiVersion:");
    let kinds = |text: &str| {
        let mut kinds: Vec<String> = text.lines().map(kind).collect();
        kinds.retain(|k| !k.is_empty() && (!yaml || k != "row"));
        kinds.dedup();
        kinds
    };
    let (want, got) = (kinds(expect), kinds(output));
    if want == got { Ok(()) } else { Err(format!("shapes differ\nwant {want:?}\ngot  {got:?}")) }
}

/// What kind of row a line is: a header as it is, else its resource prefix or its key.
fn kind(line: &str) -> String {
    let blanks = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if blanks.chars().any(char::is_alphabetic) && blanks == blanks.to_uppercase() {
        return blanks;
    }
    if let Some((prefix, _)) = line.split_whitespace().next().and_then(|w| w.split_once('/')) {
        return prefix.to_string();
    }
    match line.trim_start_matches([' ', '-']).split_once(':') {
        Some((key, _)) => key.to_string(),
        None => "row".to_string(),
    }
}

/// A line without what changes from run to run: names' random ends, ages, times, addresses, ids.
fn normal(line: &str) -> String {
    let line = dates(line).replace(['"', ','], " \" ");
    line.split_whitespace().map(token).collect::<Vec<_>>().join(" ")
}

/// What changes and is more than a word, or less: dates, UUIDs in names, the names of nodes.
fn dates(line: &str) -> String {
    let patterns = [
        (r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}", "<date>"),
        (r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} [A-Z]{3} \d{4}", "<date>"),
        (r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", "<uuid>"),
        (r"ip-\d+-\d+-\d+-\d+", "<node>"),
        // The random end of what a CloudFormation stack made.
        (r"-[A-Z0-9]{12,13}\b", "-<id>"),
    ];
    patterns.iter().fold(line.to_string(), |line, (pattern, name)| {
        regex_lite::Regex::new(pattern).expect("a pattern").replace_all(&line, *name).into_owned()
    })
}

/// The step with lines of its text replaced, for what its note leaves open; none when it leaves nothing open.
pub fn otherwise(step: &Value, lines: &[(&str, &str)]) -> Option<Value> {
    let of =
        |line: &str| lines.iter().find(|(shown, _)| normal(shown) == normal(line)).map(|(_, also)| *also);
    let text =
        step.str_at("expect").lines().map(|line| of(line).unwrap_or(line)).collect::<Vec<_>>().join("\n");
    let mut step = step.clone();
    step.set("expect", text);
    (!lines.is_empty()).then_some(step)
}

fn token(word: &str) -> String {
    let is_id = |w: &str| w.len() >= 5 && w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if is_duration(word) {
        return "<age>".into();
    }
    if word.len() == 36 && word.matches('-').count() == 4 {
        return "<uuid>".into();
    }
    if word.len() >= 19 && word.as_bytes()[4] == b'-' && word.contains('T') && word.contains(':') {
        return "<time>".into();
    }
    if word.split('.').count() == 4 && word.split('.').all(|p| p.parse::<u8>().is_ok()) {
        return "<ip>".into();
    }
    if word.len() >= 4 && word.chars().all(|c| c.is_ascii_digit()) {
        return "<number>".into();
    }
    // deployment-hash-suffix, and the hash alone.
    let parts: Vec<&str> = word.split('-').collect();
    if parts.len() >= 3 && is_id(parts[parts.len() - 1]) && parts[parts.len() - 1].len() == 5 {
        let hash = parts[parts.len() - 2];
        let keep = if is_id(hash) && hash.chars().any(|c| c.is_ascii_digit()) { 2 } else { 1 };
        return format!("{}-<id>", parts[..parts.len() - keep].join("-"));
    }
    word.to_string()
}

/// Ages as kubectl prints them: `24s`, `5m25s`, `5d14h`.
fn is_duration(word: &str) -> bool {
    !word.is_empty()
        && word.starts_with(|c: char| c.is_ascii_digit())
        && word.ends_with(['s', 'm', 'h', 'd', 'y'])
        && word.chars().all(|c| c.is_ascii_digit() || "smhdy".contains(c))
}

/// A small subset of regular expressions would not do: `grep -P` knows what Python's `re` knows of these patterns.
fn grep(pattern: &str, text: &str) -> bool {
    use std::io::Write;
    let mut grep = std::process::Command::new("grep")
        .args(["-qzP", "--", &format!("(?m){pattern}")])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("grep");
    let _ = grep.stdin.take().expect("stdin").write_all(text.as_bytes());
    grep.wait().is_ok_and(|status| status.success())
}
