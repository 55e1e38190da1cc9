//! What Go's template parser refuses and the template crate reads over: functions that do not exist, and blocks that do
//! not end.

/// Functions of Go's templates and of kubectl.
const FUNCTIONS: [&str; 21] = [
    "and",
    "base64decode",
    "call",
    "eq",
    "exists",
    "ge",
    "gt",
    "html",
    "index",
    "js",
    "le",
    "len",
    "lt",
    "ne",
    "not",
    "or",
    "print",
    "printf",
    "println",
    "slice",
    "urlquery",
];

/// Words with a meaning of their own.
const WORDS: [&str; 13] = [
    "block", "break", "continue", "define", "else", "end", "false", "if", "nil", "range", "template", "true",
    "with",
];

/// The line and the complaint, as Go writes them; none when nothing is wrong.
pub(super) fn wrong(text: &str) -> Option<String> {
    let mut open = 0_usize;
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let start = text.len() - rest.len() + at + 2;
        let line = text[..start].matches('\n').count() + 1;
        // An action that does not end is for the parser to tell.
        let (words, end) = action(&text[start..])?;
        for (n, word) in words.iter().enumerate() {
            match (n, word.as_str()) {
                (0, "if" | "range" | "with" | "block" | "define") => open += 1,
                (0, "end") => match open.checked_sub(1) {
                    Some(left) => open = left,
                    None => return Some(format!("{line}: unexpected {{{{end}}}}")),
                },
                (_, word) if WORDS.contains(&word) || FUNCTIONS.contains(&word) => {}
                (_, word) => return Some(format!("{line}: function \"{word}\" not defined")),
            }
        }
        rest = &text[start + end..];
    }
    (open > 0).then(|| format!("{}: unexpected EOF", text.matches('\n').count() + 1))
}

/// The bare words of an action, and where the text after it begins; none when it does not end.
fn action(text: &str) -> Option<(Vec<String>, usize)> {
    let mut words = Vec::new();
    let mut letters = text.char_indices().peekable();
    if text.trim_start_matches(['-', ' ']).starts_with("/*") {
        let end = text.find("*/")?;
        return Some((words, end + text[end..].find("}}")? + 2));
    }
    while let Some((at, c)) = letters.next() {
        match c {
            '}' if text[at..].starts_with("}}") => return Some((words, at + 2)),
            '"' | '\'' => loop {
                match letters.next()?.1 {
                    '\\' => drop(letters.next()?),
                    end if end == c => break,
                    _ => {}
                }
            },
            '`' => while letters.next()?.1 != '`' {},
            // Fields, variables and numbers are no words.
            c if c.is_alphanumeric() || matches!(c, '_' | '.' | '$') => {
                let mut word = String::from(c);
                while let Some((_, c)) = letters.next_if(|(_, c)| c.is_alphanumeric() || *c == '_') {
                    word.push(c);
                }
                if c.is_alphabetic() || c == '_' {
                    words.push(word);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::wrong;

    #[test]
    fn good_templates_are_left_alone() {
        for text in [
            "plain",
            "{{.a.b}}{{- range $i, $x := .items -}} {{$x.name | printf \"%s }}\"}}{{if eq $i 1}}a{{else if not .b}}b{{end}}{{end}}",
            "{{/* a comment about nofunc */}}{{with .a}}{{`raw nofunc`}}{{end}}{{1e3}}{{0x1f}}",
            "{{define \"t\"}}x{{end}}{{template \"t\" .}}{{(index .items 0).name}}",
            "{{.a",
        ] {
            assert_eq!(wrong(text), None, "{text}");
        }
    }

    #[test]
    fn bad_ones_are_complained_of() {
        for (text, why) in [
            ("{{nofunc .a}}", "1: function \"nofunc\" not defined"),
            ("a\n{{.a | upper}}", "2: function \"upper\" not defined"),
            ("{{range .items}}\n", "2: unexpected EOF"),
            ("{{.a}}{{end}}", "1: unexpected {{end}}"),
        ] {
            assert_eq!(wrong(text).as_deref(), Some(why), "{text}");
        }
    }
}
