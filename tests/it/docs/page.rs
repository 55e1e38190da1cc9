//! A Markdown document as prose, files and commands. Written out again it is the same text.

/// A document.
pub struct Page {
    pub parts: Vec<Part>,
}

/// A stretch of a document.
pub enum Part {
    /// Text as it stands, other blocks among it.
    Prose(String),
    /// A block of commands with their outputs.
    Console(Vec<Typed>),
    /// A block that is a file: its name and the whole text.
    File(String, String),
}

/// A command of a console block.
pub struct Typed {
    /// The line its block begins at, for messages.
    pub line: usize,
    pub command: String,
    /// What the document shows below it.
    pub output: String,
}

const FENCE: &str = "```";

impl Page {
    pub fn read(text: &str) -> Page {
        let (mut parts, mut prose) = (Vec::new(), String::new());
        let mut lines = text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            let Some(language) = line.strip_prefix(FENCE) else {
                prose.push_str(line);
                prose.push('\n');
                continue;
            };
            let block: Vec<&str> = lines.by_ref().map(|(_, l)| l).take_while(|l| *l != FENCE).collect();
            let whole: String = block.iter().map(|l| format!("{l}\n")).collect();
            let file = block.first().and_then(|l| l.strip_prefix("# ")).filter(|_| language == "yaml");
            let part = match (language, file) {
                ("console", _) => Part::Console(typed(&block, at + 1)),
                (_, Some(name)) => Part::File(name.to_string(), whole),
                _ => {
                    prose.push_str(&format!("{line}\n{whole}{FENCE}\n"));
                    continue;
                }
            };
            parts.extend([Part::Prose(std::mem::take(&mut prose)), part]);
        }
        parts.push(Part::Prose(prose));
        Page { parts }
    }

    pub fn text(&self) -> String {
        self.parts.iter().map(Part::text).collect()
    }
}

impl Part {
    fn text(&self) -> String {
        match self {
            Part::Prose(text) => text.clone(),
            Part::File(_, text) => format!("{FENCE}yaml\n{text}{FENCE}\n"),
            Part::Console(typed) => {
                let lines = |t: &Typed| format!("$ {}\n{}", t.command.replace('\n', "\n> "), t.output);
                format!("{FENCE}console\n{}{FENCE}\n", typed.iter().map(lines).collect::<String>())
            }
        }
    }
}

fn typed(block: &[&str], line: usize) -> Vec<Typed> {
    let mut typed: Vec<Typed> = Vec::new();
    for text in block {
        if let Some(command) = text.strip_prefix("$ ") {
            typed.push(Typed { line, command: command.to_string(), output: String::new() });
            continue;
        }
        let last =
            typed.last_mut().unwrap_or_else(|| panic!("line {line}: the block begins without a command"));
        match text.strip_prefix("> ") {
            Some(more) if last.output.is_empty() => last.command.push_str(&format!("\n{more}")),
            _ => last.output.push_str(&format!("{text}\n")),
        }
    }
    typed
}

/// What stands between backquotes in prose, line breaks taken as blanks; other blocks are not prose.
pub fn inline(prose: &str) -> Vec<String> {
    let mut text = String::new();
    for (i, stretch) in prose.split(FENCE).enumerate() {
        if i % 2 == 0 {
            text.push_str(stretch);
        }
    }
    let spans = text.split('`').enumerate().filter(|(i, _)| i % 2 == 1);
    spans.map(|(_, s)| s.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The languages of the blocks in prose.
pub fn languages(prose: &str) -> impl Iterator<Item = &str> {
    prose.lines().filter_map(|l| l.strip_prefix(FENCE)).step_by(2)
}
