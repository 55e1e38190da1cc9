//! From the text of a script to steps: a list of pipelines with jumps between them, so that a script that sleeps can go
//! on where it stopped.

/// One step of a script.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Step {
    /// Runs commands, the output of each being the input of the next.
    Run(Vec<Simple>),
    /// Goes on elsewhere.
    Jump(usize),
    /// Goes on elsewhere when the last command failed.
    JumpIfFailed(usize),
    /// Goes on elsewhere when the last command succeeded.
    JumpIfOk(usize),
    /// Turns success into failure and back.
    Not,
    /// A compound command whose condition failed has succeeded.
    Succeed,
    /// Begins the walk through words.
    ForBegin(usize, Vec<String>),
    /// Takes the next word into a variable, or goes on elsewhere.
    ForNext(usize, String, usize),
}

/// One command: words as they were written, to be expanded when it runs.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Simple {
    /// `NAME=word` before the command.
    pub assignments: Vec<(String, String)>,
    /// Name and arguments.
    pub words: Vec<String>,
    /// Where output goes and input comes from.
    pub redirections: Vec<Redirection>,
}

/// `> file`, `2>&1`, `< file`.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Redirection {
    /// 0, 1 or 2.
    pub from: u8,
    /// Adds to the file instead of replacing it.
    pub append: bool,
    /// A word, or `&1`, `&2`.
    pub target: String,
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Word(String),
    Op(&'static str),
}

const OPERATORS: &[&str] = &[
    "&&", "||", ";;", "2>&1", "1>&2", ">&2", "&>", "2>>", "1>>", ">>", "2>", "1>", ">", "<", "\n", ";", "&",
    "|", "(", ")",
];

/// Compiles a script; `None` when it uses what is not understood.
pub(super) fn compile(text: &str) -> Option<Vec<Step>> {
    let mut compiler =
        Compiler { tokens: tokenize(text), at: 0, steps: Vec::new(), loops: Vec::new(), walks: 0 };
    compiler.list(&[])?;
    (compiler.at == compiler.tokens.len()).then_some(compiler.steps)
}

fn tokenize(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut word = String::new();
    let mut in_word = false;
    while let Some(c) = rest.chars().next() {
        if !in_word && c == '#' {
            rest = rest.find('\n').map_or("", |i| &rest[i..]);
            continue;
        }
        if rest.starts_with("\\\n") {
            rest = &rest[2..];
            continue;
        }
        let operator = OPERATORS.iter().find(|op| {
            // `2>` is an operator only at the start of a word: `file2>x` ends a word.
            rest.starts_with(**op) && (!in_word || !op.starts_with(|d: char| d.is_ascii_digit()))
        });
        if let Some(op) = operator {
            end_word(&mut word, &mut in_word, &mut tokens);
            tokens.push(Token::Op(if *op == "\n" { ";" } else { op }));
            rest = &rest[op.len()..];
            continue;
        }
        if c == ' ' || c == '\t' || c == '\r' {
            end_word(&mut word, &mut in_word, &mut tokens);
            rest = &rest[1..];
            continue;
        }
        in_word = true;
        let length = piece(rest);
        word.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    end_word(&mut word, &mut in_word, &mut tokens);
    tokens
}

fn end_word(word: &mut String, in_word: &mut bool, tokens: &mut Vec<Token>) {
    if *in_word {
        tokens.push(Token::Word(std::mem::take(word)));
        *in_word = false;
    }
}

/// Length of what belongs together at the start of a text: a quoted text, a substitution, an escape, one character.
pub(super) fn piece(text: &str) -> usize {
    let first = text.chars().next().map_or(0, char::len_utf8);
    match text.as_bytes().first() {
        Some(b'\'') => text[1..].find('\'').map_or(text.len(), |i| i + 2),
        Some(b'"') => {
            let mut at = 1;
            while at < text.len() && !text[at..].starts_with('"') {
                at += if text[at..].starts_with('"') { 1 } else { piece_in_quotes(&text[at..]) };
            }
            (at + 1).min(text.len())
        }
        Some(b'\\') => 1 + text[1..].chars().next().map_or(0, char::len_utf8),
        Some(b'`') => text[1..].find('`').map_or(text.len(), |i| i + 2),
        Some(b'$') if text.starts_with("$(") => closing(text, 1, '(', ')'),
        Some(b'$') if text.starts_with("${") => closing(text, 1, '{', '}'),
        _ => first,
    }
}

fn piece_in_quotes(text: &str) -> usize {
    match text.as_bytes().first() {
        Some(b'\'') => 1,
        _ => piece(text).max(1),
    }
}

/// Just behind the bracket that closes the one at `open`.
fn closing(text: &str, open: usize, left: char, right: char) -> usize {
    let mut depth = 0;
    let mut at = open;
    while let Some(c) = text[at..].chars().next() {
        if c == left {
            depth += 1;
            at += 1;
        } else if c == right {
            depth -= 1;
            at += 1;
            if depth == 0 {
                return at;
            }
        } else if c == '\'' || c == '"' || c == '\\' || c == '`' {
            at += piece(&text[at..]).max(1);
        } else {
            at += c.len_utf8();
        }
    }
    text.len()
}

struct Compiler {
    tokens: Vec<Token>,
    at: usize,
    steps: Vec<Step>,
    /// Of each loop around: its start, and the jumps that must lead behind its end.
    loops: Vec<(usize, Vec<usize>)>,
    walks: usize,
}

impl Compiler {
    fn word(&self) -> Option<&str> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn op(&self) -> Option<&'static str> {
        match self.tokens.get(self.at) {
            Some(Token::Op(op)) => Some(op),
            _ => None,
        }
    }

    fn skip_separators(&mut self) {
        while matches!(self.op(), Some(";" | "&")) {
            self.at += 1;
        }
    }

    fn expect(&mut self, word: &str) -> Option<()> {
        self.skip_separators();
        (self.word() == Some(word)).then(|| self.at += 1)
    }

    /// Commands up to one of the words, which is left.
    fn list(&mut self, until: &[&str]) -> Option<()> {
        loop {
            self.skip_separators();
            if self.at == self.tokens.len()
                || self.word().is_some_and(|w| until.contains(&w))
                || self.op() == Some(")")
            {
                return Some(());
            }
            self.and_or()?;
        }
    }

    fn and_or(&mut self) -> Option<()> {
        self.command()?;
        while let Some(op @ ("&&" | "||")) = self.op() {
            self.at += 1;
            self.skip_separators();
            let jump = self.steps.len();
            self.steps.push(Step::Jump(0));
            self.command()?;
            let end = self.steps.len();
            self.steps[jump] = if op == "&&" { Step::JumpIfFailed(end) } else { Step::JumpIfOk(end) };
        }
        Some(())
    }

    fn command(&mut self) -> Option<()> {
        if self.op() == Some("(") {
            self.at += 1;
            self.list(&[])?;
            (self.op() == Some(")")).then(|| self.at += 1)?;
            return self.after_compound();
        }
        match self.word() {
            Some("!") => {
                self.at += 1;
                self.command()?;
                self.steps.push(Step::Not);
                Some(())
            }
            Some("while" | "until") => self.while_loop(),
            Some("for") => self.for_loop(),
            Some("if") => self.condition(),
            Some("{") => {
                self.at += 1;
                self.list(&["}"])?;
                self.expect("}")?;
                self.after_compound()
            }
            Some("break") => {
                self.at += 1;
                let jump = self.steps.len();
                self.steps.push(Step::Jump(0));
                self.loops.last_mut()?.1.push(jump);
                Some(())
            }
            Some("continue") => {
                self.at += 1;
                let start = self.loops.last()?.0;
                self.steps.push(Step::Jump(start));
                Some(())
            }
            Some("case" | "function" | "select") => None,
            Some(_) => self.pipeline(),
            None => None,
        }
    }

    /// Redirections behind `done` or `}` and the like are read over; pipes are not understood there.
    fn after_compound(&mut self) -> Option<()> {
        loop {
            match self.op() {
                Some("2>&1" | "1>&2" | ">&2") => self.at += 1,
                Some(">" | ">>" | "2>" | "2>>" | "1>" | "1>>" | "<" | "&>") => self.at += 2,
                Some("|") => return None,
                _ => return Some(()),
            }
        }
    }

    fn while_loop(&mut self) -> Option<()> {
        let until = self.word() == Some("until");
        self.at += 1;
        let start = self.steps.len();
        self.loops.push((start, Vec::new()));
        self.list(&["do"])?;
        let exit = self.steps.len();
        self.steps.push(Step::Jump(0));
        self.expect("do")?;
        self.list(&["done"])?;
        self.expect("done")?;
        self.steps.push(Step::Jump(start));
        let end = self.steps.len();
        self.steps.push(Step::Succeed);
        self.steps[exit] = if until { Step::JumpIfOk(end) } else { Step::JumpIfFailed(end) };
        self.leave_loop(end + 1);
        self.after_compound()
    }

    fn for_loop(&mut self) -> Option<()> {
        self.at += 1;
        let variable = self.word()?.to_string();
        self.at += 1;
        let mut words = Vec::new();
        if self.word() == Some("in") {
            self.at += 1;
            while let Some(word) = self.word() {
                words.push(word.to_string());
                self.at += 1;
            }
        }
        let walk = self.walks;
        self.walks += 1;
        self.steps.push(Step::ForBegin(walk, words));
        let start = self.steps.len();
        self.steps.push(Step::Jump(0));
        self.loops.push((start, Vec::new()));
        self.expect("do")?;
        self.list(&["done"])?;
        self.expect("done")?;
        self.steps.push(Step::Jump(start));
        let end = self.steps.len();
        self.steps[start] = Step::ForNext(walk, variable, end);
        self.leave_loop(end);
        self.after_compound()
    }

    fn leave_loop(&mut self, end: usize) {
        if let Some((_, breaks)) = self.loops.pop() {
            for jump in breaks {
                self.steps[jump] = Step::Jump(end);
            }
        }
    }

    fn condition(&mut self) -> Option<()> {
        self.at += 1;
        let mut ends = Vec::new();
        loop {
            self.list(&["then"])?;
            self.expect("then")?;
            let skip = self.steps.len();
            self.steps.push(Step::Jump(0));
            self.list(&["elif", "else", "fi"])?;
            ends.push(self.steps.len());
            self.steps.push(Step::Jump(0));
            self.steps[skip] = Step::JumpIfFailed(self.steps.len());
            self.skip_separators();
            match self.word()? {
                "elif" => self.at += 1,
                "else" => {
                    self.at += 1;
                    self.list(&["fi"])?;
                    self.expect("fi")?;
                    break;
                }
                _ => {
                    self.expect("fi")?;
                    self.steps.push(Step::Succeed);
                    break;
                }
            }
        }
        let end = self.steps.len();
        for jump in ends {
            self.steps[jump] = Step::Jump(end);
        }
        self.after_compound()
    }

    fn pipeline(&mut self) -> Option<()> {
        let mut commands = vec![self.simple()?];
        while self.op() == Some("|") {
            self.at += 1;
            self.skip_separators();
            commands.push(self.simple()?);
        }
        self.steps.push(Step::Run(commands));
        Some(())
    }

    fn simple(&mut self) -> Option<Simple> {
        let mut simple = Simple::default();
        loop {
            if let Some(word) = self.word() {
                let word = word.to_string();
                let assignment =
                    word.split_once('=').filter(|(name, _)| simple.words.is_empty() && is_name(name));
                match assignment {
                    Some((name, value)) => simple.assignments.push((name.to_string(), value.to_string())),
                    None => simple.words.push(word),
                }
                self.at += 1;
                continue;
            }
            let (from, append, target) = match self.op() {
                Some("2>&1") => (2, false, "&1"),
                Some("1>&2" | ">&2") => (1, false, "&2"),
                Some(">" | "1>") => (1, false, ""),
                Some(">>" | "1>>") => (1, true, ""),
                Some("2>") => (2, false, ""),
                Some("2>>") => (2, true, ""),
                Some("<") => (0, false, ""),
                Some("&>") => (3, false, ""),
                _ => break,
            };
            self.at += 1;
            let target = if target.is_empty() {
                let word = self.word()?.to_string();
                self.at += 1;
                word
            } else {
                target.to_string()
            };
            if from == 3 {
                simple.redirections.push(Redirection { from: 1, append, target });
                simple.redirections.push(Redirection { from: 2, append, target: "&1".into() });
            } else {
                simple.redirections.push(Redirection { from, append, target });
            }
        }
        let empty =
            simple.words.is_empty() && simple.assignments.is_empty() && simple.redirections.is_empty();
        (!empty).then_some(simple)
    }
}

pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_jump_back_and_out() {
        let steps = compile("while sleep 0.01; do wget -q -O- http://php-apache; done; echo end").unwrap();
        assert_eq!(steps.len(), 6);
        assert_eq!(steps[1], Step::JumpIfFailed(4));
        assert_eq!(steps[3], Step::Jump(0));
        assert!(compile("for i in 1 2; do if [ $i = 1 ]; then continue; else break; fi; done").is_some());
        assert!(compile("case x in esac").is_none());
    }

    #[test]
    fn words_keep_their_quotes() {
        let steps = compile("echo \"a b\" 'c;d' $(date +%s) > /tmp/x 2>&1").unwrap();
        let Step::Run(commands) = &steps[0] else { panic!() };
        assert_eq!(commands[0].words, ["echo", "\"a b\"", "'c;d'", "$(date +%s)"]);
        assert_eq!(commands[0].redirections.len(), 2);
    }
}
