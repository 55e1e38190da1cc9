//! The shorthand of structures: `Name=tag:Name,Values=a,b`, nested `A={B=c,D=[e,f]}`, quotes around commas.

use crate::machinery::ordered::{Entries, Json};

/// Reads one word. The error is the message without what names the parameter; its last two lines are the input and a mark.
pub(super) fn parse(text: &str) -> Result<Json, String> {
    let mut reader = Reader { chars: text.chars().collect(), at: 0 };
    let mut entries = Entries::new();
    loop {
        let begin = reader.at;
        let (key, value) = reader.key_value()?;
        if entries.get(&key).is_some() {
            return Err(format!(
                "Second instance of key \"{key}\" encountered for input:\n{}\nThis is often because there is a \
                 preceding \",\" instead of a space.",
                reader.place(begin)
            ));
        }
        entries.insert(key, value);
        if reader.at >= reader.chars.len() {
            return Ok(Json::map(entries));
        }
        reader.expect(',')?;
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// The input with a mark below one place.
    fn place(&self, at: usize) -> String {
        format!("{}\n{}^", self.chars.iter().collect::<String>(), " ".repeat(at))
    }

    fn error(&self, expected: &str, received: &str) -> String {
        format!("Expected: '{expected}', received: '{received}' for input:\n{}", self.place(self.at))
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        self.blanks();
        match self.peek() {
            Some(c) if c == wanted => {
                self.at += 1;
                self.blanks();
                Ok(())
            }
            Some(c) => Err(self.error(&wanted.to_string(), &c.to_string())),
            None => Err(self.error(&wanted.to_string(), "EOF")),
        }
    }

    fn key(&mut self) -> String {
        let begin = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || "-_.#/\\:".contains(c)) {
            self.at += 1;
        }
        self.chars[begin..self.at].iter().collect()
    }

    fn key_value(&mut self) -> Result<(String, Json), String> {
        let key = self.key();
        self.expect('=')?;
        let value = match self.peek() {
            None => Json::str(""),
            Some('[') => self.list()?,
            Some('{') => self.hash()?,
            Some(_) => self.values()?,
        };
        Ok((key, value))
    }

    /// One value, or several between commas: a word after a comma goes on with the list unless a `=` makes it a key.
    fn values(&mut self) -> Result<Json, String> {
        let first = self.word(true)?;
        self.blanks();
        if self.peek() != Some(',') {
            return Ok(Json::str(&first));
        }
        self.expect(',')?;
        let mut list = vec![Json::str(&first)];
        loop {
            let before = self.at;
            let item = self.word(false).and_then(|word| {
                self.blanks();
                let last = self.at >= self.chars.len();
                if !last {
                    self.expect(',')?;
                }
                Ok((word, last))
            });
            match item {
                Ok((word, last)) => {
                    list.push(Json::str(&word));
                    if last {
                        break;
                    }
                }
                Err(why) if self.at >= self.chars.len() => return Err(why),
                Err(_) => {
                    self.at = self.at.max(before);
                    while self.at > 0 && self.chars[self.at] != ',' {
                        self.at -= 1;
                    }
                    break;
                }
            }
        }
        Ok(if list.len() == 1 { list.remove(0) } else { Json::list(list) })
    }

    /// A word in quotes, or up to what ends one.
    fn word(&mut self, first: bool) -> Result<String, String> {
        if let Some(quote @ ('"' | '\'')) = self.peek() {
            return self.quoted(quote);
        }
        let begin = self.at;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            let next = self.chars.get(self.at + 1);
            if c == '\\' && next == Some(&',') {
                text.push(',');
                self.at += 2;
                continue;
            }
            let starts = self.at == begin;
            let ends = match c {
                '"' | '\'' | ',' | ']' | '}' if !starts => true,
                '"' | '\'' | ',' => true,
                '=' => starts || !first,
                '[' | '{' => starts,
                c => starts && c.is_whitespace(),
            };
            if ends {
                break;
            }
            text.push(c);
            self.at += 1;
        }
        if self.at == begin && !first {
            return Err(self.error("<second>", "<none>"));
        }
        Ok(text.trim_end().to_string())
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        let mut at = self.at + 1;
        while let Some(c) = self.chars.get(at).copied() {
            match (c, self.chars.get(at + 1)) {
                (c, _) if c == quote => {
                    self.at = at + 1;
                    return Ok(text);
                }
                ('\\', Some(escaped)) => {
                    if *escaped != quote && *escaped != '\\' {
                        text.push('\\');
                    }
                    text.push(*escaped);
                    at += 2;
                }
                (c, _) => {
                    text.push(c);
                    at += 1;
                }
            }
        }
        let kind = if quote == '"' { "<double quoted>" } else { "<single quoted>" };
        Err(self.error(kind, "<none>"))
    }

    fn explicit(&mut self) -> Result<Json, String> {
        match self.peek() {
            Some('[') => self.list(),
            Some('{') => self.hash(),
            _ => Ok(Json::str(&self.word(true)?)),
        }
    }

    fn list(&mut self) -> Result<Json, String> {
        self.expect('[')?;
        let mut items = Vec::new();
        while self.peek() != Some(']') {
            items.push(self.explicit()?);
            self.blanks();
            if self.peek() != Some(']') {
                self.expect(',')?;
            }
        }
        self.expect(']')?;
        Ok(Json::list(items))
    }

    fn hash(&mut self) -> Result<Json, String> {
        self.expect('{')?;
        let mut entries = Entries::new();
        while self.peek() != Some('}') {
            let key = self.key();
            self.expect('=')?;
            let value = self.explicit()?;
            entries.insert(key, value);
            self.blanks();
            if self.peek() != Some('}') {
                self.expect(',')?;
            }
        }
        self.expect('}')?;
        Ok(Json::map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machinery::ordered::repr;

    #[test]
    fn as_the_real_one() {
        for (text, want) in [
            ("a=", "{'a': ''}"),
            ("a=b,c,d=e", "{'a': ['b', 'c'], 'd': 'e'}"),
            ("a=b,c=d=e", "{'a': 'b', 'c': 'd=e'}"),
            ("a=b ,c=d", "{'a': 'b', 'c': 'd'}"),
            ("a={b=c,d=[e,{f=g}]}", "{'a': {'b': 'c', 'd': ['e', {'f': 'g'}]}}"),
            ("a=\"b,c\",d", "{'a': ['b,c', 'd']}"),
            ("a=,b", "{'a': ['', 'b']}"),
            ("a=b\\,c", "{'a': 'b,c'}"),
            ("a=b,\"c\"", "{'a': ['b', 'c']}"),
            ("a=[b,]", "{'a': ['b']}"),
            ("Key=a,Value=", "{'Key': 'a', 'Value': ''}"),
        ] {
            assert_eq!(parse(text).map(|v| repr(&v)).as_deref(), Ok(want), "{text}");
        }
        for (text, want) in [
            ("a", "Expected: '=', received: 'EOF' for input:\na\n ^"),
            ("a=[b,c", "Expected: ',', received: 'EOF' for input:\na=[b,c\n      ^"),
            ("a=\"b", "Expected: '<double quoted>', received: '<none>' for input:\na=\"b\n  ^"),
            ("a=b,", "Expected: '<second>', received: '<none>' for input:\na=b,\n    ^"),
            ("a=b,,c", "Expected: '=', received: 'EOF' for input:\na=b,,c\n      ^"),
            ("a==x", "Expected: ',', received: '=' for input:\na==x\n  ^"),
        ] {
            assert_eq!(parse(text), Err(want.to_string()), "{text}");
        }
    }
}
