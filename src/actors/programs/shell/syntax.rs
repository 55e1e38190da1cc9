//! The grammar of `sh`, as far as commands in manifests use it.

/// A script: commands in order.
pub(super) type List = Vec<Node>;

/// One command of a list.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Node {
    /// `name args`, with redirections taken off.
    Simple(Vec<Word>),
    /// `a && b`, `a || b`.
    Both(Box<Node>, bool, Box<Node>),
    /// `a | b`.
    Pipe(Vec<Node>),
    /// `a &`.
    Background(Box<Node>),
    /// `while a; do b; done`; `until` when the flag is set.
    While(List, List, bool),
    /// `for x in words; do b; done`.
    For(String, Vec<Word>, List),
    /// `if a; then b; else c; fi`.
    If(List, List, List),
}

/// A word before expansion; single-quoted parts are not expanded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Word(pub Vec<(String, bool)>);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Token {
    Word(Word),
    Operator(&'static str),
}

const OPERATORS: [&str; 9] = ["&&", "||", ";;", "|", "&", ";", "\n", "(", ")"];

/// Reads a script; `None` when it uses what this grammar lacks.
pub(super) fn parse(text: &str) -> Option<List> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, at: 0 };
    let list = parser.list(&[])?;
    (parser.at == parser.tokens.len()).then_some(list)
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut parts: Vec<(String, bool)> = Vec::new();
    let chars: Vec<char> = text.replace("\\\n", " ").chars().collect();
    let mut i = 0;
    let flush = |parts: &mut Vec<(String, bool)>, out: &mut Vec<Token>| {
        if !parts.is_empty() {
            out.push(Token::Word(Word(std::mem::take(parts))));
        }
    };
    let push = |parts: &mut Vec<(String, bool)>, c: char| match parts.last_mut() {
        Some((text, true)) => text.push(c),
        _ => parts.push((c.to_string(), true)),
    };
    while i < chars.len() {
        let rest: String = chars[i..chars.len().min(i + 2)].iter().collect();
        let c = chars[i];
        if let Some(operator) = OPERATORS.iter().find(|o| rest.starts_with(**o)) {
            flush(&mut parts, &mut out);
            out.push(Token::Operator(operator));
            i += operator.len();
        } else if c == '#' && parts.is_empty() {
            while i < chars.len() && chars[i] != '\n' {
                i += 1;
            }
        } else if c.is_whitespace() {
            flush(&mut parts, &mut out);
            i += 1;
        } else if c == '\'' {
            let end = chars[i + 1..].iter().position(|c| *c == '\'')? + i + 1;
            parts.push((chars[i + 1..end].iter().collect(), false));
            i = end + 1;
        } else if c == '"' {
            i += 1;
            parts.push((String::new(), true));
            while *chars.get(i)? != '"' {
                if chars[i] == '\\' && matches!(chars.get(i + 1), Some('"' | '\\' | '$')) {
                    i += 1;
                }
                push(&mut parts, chars[i]);
                i += 1;
            }
            i += 1;
        } else if c == '$' && chars.get(i + 1) == Some(&'(') {
            let mut depth = 0;
            while i < chars.len() {
                push(&mut parts, chars[i]);
                depth += i32::from(chars[i] == '(') - i32::from(chars[i] == ')');
                i += 1;
                if depth == 0 && chars[i - 1] == ')' {
                    break;
                }
            }
        } else if c == '\\' {
            parts.push((chars.get(i + 1).map(char::to_string).unwrap_or_default(), false));
            i += 2;
        } else if c == '>' || c == '<' {
            // A redirection: its target is a word nobody reads; `2>&1` has none of its own.
            if parts.len() == 1 && parts[0].0.chars().all(|c| c.is_ascii_digit()) {
                parts.clear();
            }
            flush(&mut parts, &mut out);
            while matches!(chars.get(i), Some('>' | '<' | '&' | ' ')) {
                i += 1;
            }
            while chars.get(i).is_some_and(|c| !c.is_whitespace() && !";|&)".contains(*c)) {
                i += 1;
            }
        } else {
            push(&mut parts, c);
            i += 1;
        }
    }
    flush(&mut parts, &mut out);
    Some(out)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn keyword(&self) -> &str {
        match self.tokens.get(self.at) {
            Some(Token::Word(Word(parts))) if parts.len() == 1 && parts[0].1 => &parts[0].0,
            Some(Token::Operator(o)) => o,
            _ => "",
        }
    }

    fn take(&mut self, word: &str) -> Option<()> {
        self.skip_newlines();
        (self.keyword() == word).then(|| self.at += 1)
    }

    fn skip_newlines(&mut self) {
        while matches!(self.keyword(), "\n") {
            self.at += 1;
        }
    }

    fn list(&mut self, ends: &[&str]) -> Option<List> {
        let mut list = Vec::new();
        loop {
            while matches!(self.keyword(), ";" | "\n") {
                self.at += 1;
            }
            if self.at >= self.tokens.len() || ends.contains(&self.keyword()) {
                return Some(list);
            }
            let mut node = self.and_or()?;
            if self.keyword() == "&" {
                self.at += 1;
                node = Node::Background(Box::new(node));
            }
            list.push(node);
        }
    }

    fn and_or(&mut self) -> Option<Node> {
        let mut left = self.pipeline()?;
        while matches!(self.keyword(), "&&" | "||") {
            let and = self.keyword() == "&&";
            self.at += 1;
            self.skip_newlines();
            left = Node::Both(Box::new(left), and, Box::new(self.pipeline()?));
        }
        Some(left)
    }

    fn pipeline(&mut self) -> Option<Node> {
        let mut nodes = vec![self.command()?];
        while self.keyword() == "|" {
            self.at += 1;
            self.skip_newlines();
            nodes.push(self.command()?);
        }
        Some(if nodes.len() == 1 { nodes.remove(0) } else { Node::Pipe(nodes) })
    }

    fn command(&mut self) -> Option<Node> {
        match self.keyword() {
            word @ ("while" | "until") => {
                let until = word == "until";
                self.at += 1;
                let condition = self.list(&["do"])?;
                self.take("do")?;
                let body = self.list(&["done"])?;
                self.take("done")?;
                Some(Node::While(condition, body, until))
            }
            "for" => {
                self.at += 1;
                let name = self.keyword().to_string();
                self.at += 1;
                self.take("in")?;
                let mut words = Vec::new();
                while let Some(Token::Word(word)) = self.tokens.get(self.at) {
                    words.push(word.clone());
                    self.at += 1;
                }
                while matches!(self.keyword(), ";" | "\n") {
                    self.at += 1;
                }
                self.take("do")?;
                let body = self.list(&["done"])?;
                self.take("done")?;
                Some(Node::For(name, words, body))
            }
            "if" => {
                self.at += 1;
                let node = self.branch()?;
                self.take("fi")?;
                Some(node)
            }
            "(" | ")" | ";;" | "case" | "{" | "function" => None,
            _ => {
                let mut words = Vec::new();
                while let Some(Token::Word(word)) = self.tokens.get(self.at) {
                    words.push(word.clone());
                    self.at += 1;
                }
                (!words.is_empty()).then_some(Node::Simple(words))
            }
        }
    }

    fn branch(&mut self) -> Option<Node> {
        let condition = self.list(&["then"])?;
        self.take("then")?;
        let yes = self.list(&["else", "elif", "fi"])?;
        let no = match self.keyword() {
            "elif" => {
                self.at += 1;
                vec![self.branch()?]
            }
            "else" => {
                self.at += 1;
                self.list(&["fi"])?
            }
            _ => Vec::new(),
        };
        Some(Node::If(condition, yes, no))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_scripts_of_manifests() {
        assert!(matches!(
            parse("while sleep 0.01; do wget -q -O- http://x; done").unwrap()[..],
            [Node::While(..)]
        ));
        assert!(matches!(parse("echo a && sleep 5 || exit 1").unwrap()[..], [Node::Both(..)]));
        assert_eq!(parse("yes > /dev/null & yes >/dev/null 2>&1; wait").unwrap().len(), 3);
        assert!(parse("for i in $(seq 3); do echo $i; done; echo 'a b' | wc -l").is_some());
        assert!(parse("if [ -f /x ]; then echo a; else echo b; fi").is_some());
    }
}
