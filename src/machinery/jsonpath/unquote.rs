//! Quoted text with Go's escapes, in single or double quotes.

/// The text between the quotes; none when an escape is wrong.
pub(super) fn unquote(quoted: &str) -> Option<String> {
    let quote = quoted.chars().next()?;
    let inner = quoted.get(1..quoted.len().checked_sub(1)?)?;
    // Escapes can spell single bytes, so the text is put together as bytes.
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, quote, &mut out)?,
            c if c == quote => return None,
            c => push(c, &mut out),
        }
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

fn push(c: char, out: &mut Vec<u8>) {
    out.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn escape(rest: &mut std::str::Chars<'_>, quote: char, out: &mut Vec<u8>) -> Option<()> {
    let c = rest.next()?;
    let mut digits = |first: Option<char>, n: usize, radix: u32| -> Option<u32> {
        let start = first.map_or(Some(0), |c| c.to_digit(radix))?;
        (0..n).try_fold(start, |sum, _| Some(sum * radix + rest.next()?.to_digit(radix)?))
    };
    match c {
        'a' => out.push(7),
        'b' => out.push(8),
        'f' => out.push(12),
        'n' => out.push(b'\n'),
        'r' => out.push(b'\r'),
        't' => out.push(b'\t'),
        'v' => out.push(11),
        '\\' => out.push(b'\\'),
        'x' => out.push(digits(None, 2, 16)? as u8),
        'u' => push(char::from_u32(digits(None, 4, 16)?)?, out),
        'U' => push(char::from_u32(digits(None, 8, 16).filter(|n| *n <= 0x10_ffff)?)?, out),
        '0'..='7' => out.push(u8::try_from(digits(Some(c), 2, 8)?).ok()?),
        c if c == quote => push(c, out),
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::unquote;

    #[test]
    fn escapes() {
        assert_eq!(unquote(r#""a\t\x41\u00e9\101'""#).unwrap(), "a\tA\u{e9}A'");
        assert_eq!(unquote(r"'\''").unwrap(), "'");
        for bad in [r#""\'""#, r#""\q""#, r#""\x4""#, r#""\777""#, r#""\uD800""#, r#""\UFFFFFFFF""#] {
            assert_eq!(unquote(bad), None, "{bad}");
        }
    }
}
