//! Reading words as Python's `argparse` does: options by unique prefix, with `=` or the next word, positionals between.

use super::failure::Failure;
use crate::machinery::ordered::{self, Json};

/// How many words follow an option.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Arity {
    /// None: a switch.
    Switch,
    /// One.
    One,
    /// One or none.
    Optional,
    /// Any number.
    Many,
}

/// An option a parser knows.
#[derive(Clone, Debug)]
pub(super) struct Opt {
    /// With its dashes: `--min-size`.
    pub name: String,
    pub arity: Arity,
    /// The values it may have; none means any.
    pub choices: &'static [&'static str],
    pub required: bool,
    /// Whether its words are whole numbers.
    pub number: bool,
}

impl Opt {
    pub(super) fn new(name: &str, arity: Arity) -> Opt {
        Opt { name: format!("--{name}"), arity, choices: &[], required: false, number: false }
    }
}

/// What a parser made of the words.
#[derive(Clone, Debug, Default)]
pub(super) struct Parsed {
    /// Options in order, each with its words.
    pub options: Vec<(String, Vec<String>)>,
    /// Words that are no options, as far as they were asked for.
    pub positionals: Vec<String>,
    /// Everything else, in argparse's order.
    pub rest: Vec<String>,
}

impl Parsed {
    /// The words of the last mention of an option.
    pub(super) fn words(&self, name: &str) -> Option<&[String]> {
        let mentions = self.options.iter().rev();
        mentions.into_iter().find(|(n, _)| n.strip_prefix("--") == Some(name)).map(|(_, words)| &words[..])
    }

    /// The one word of an option.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.words(name).and_then(|words| words.first()).map(String::as_str)
    }

    /// Whether an option was given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.words(name).is_some()
    }
}

/// Whether a word counts as a value rather than an option: negative numbers and words with blanks do.
fn is_value(word: &str) -> bool {
    let number = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && text.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    !word.starts_with('-') || word == "-" || word.contains(' ') || word.strip_prefix('-').is_some_and(number)
}

/// The option a word names: itself, or the only one it is a prefix of.
fn find<'o>(word: &str, options: &'o [Opt]) -> Result<Option<&'o Opt>, Failure> {
    if let Some(exact) = options.iter().find(|o| o.name == word) {
        return Ok(Some(exact));
    }
    if !word.starts_with("--") || word.len() < 3 {
        return Ok(None);
    }
    let fits: Vec<&Opt> = options.iter().filter(|o| o.name.starts_with(word)).collect();
    match fits[..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => {
            let names: Vec<&str> = fits.iter().map(|o| o.name.as_str()).collect();
            Err(Failure::Usage(format!("ambiguous option: {word} could match {}", names.join(", "))))
        }
    }
}

/// Whether an option takes these values.
fn check(option: &Opt, values: &[String]) -> Result<(), Failure> {
    let is_choice = |value: &&String| option.choices.is_empty() || option.choices.contains(&value.as_str());
    if let Some(wrong) = values.iter().find(|value| !is_choice(value)) {
        let choices = option.choices.iter().map(|c| c.to_string()).collect();
        return Err(Failure::Choice { argument: option.name.clone(), word: wrong.clone(), choices });
    }
    if let Some(wrong) = values.iter().find(|value| option.number && ordered::parse_int(value).is_none()) {
        let wrong = ordered::repr(&Json::str(wrong));
        return Err(Failure::Usage(format!("argument {}: invalid int value: {wrong}", option.name)));
    }
    Ok(())
}

/// Reads the words. `only_before_positional`: unknown options do not swallow anything, and reading for positionals stops
/// at the number asked for; whatever comes after is left in `rest`.
pub(super) fn read(words: &[String], options: &[Opt], positionals: usize) -> Result<Parsed, Failure> {
    let mut parsed = Parsed::default();
    let mut at = 0;
    while at < words.len() {
        let word = &words[at];
        at += 1;
        if is_value(word) {
            if parsed.positionals.len() < positionals {
                parsed.positionals.push(word.clone());
            } else {
                parsed.rest.push(word.clone());
            }
            continue;
        }
        let (name, attached) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (word.as_str(), None),
        };
        let Some(option) = find(name, options)? else {
            parsed.rest.push(word.clone());
            continue;
        };
        let following = words[at..].iter().take_while(|w| is_value(w)).count();
        let taken = match (option.arity, attached) {
            (Arity::Switch, Some(value)) => {
                let message = format!("argument {}: ignored explicit argument '{value}'", option.name);
                return Err(Failure::Usage(message));
            }
            (_, Some(value)) => vec![value.to_string()],
            (Arity::Switch, None) => Vec::new(),
            (Arity::One, None) if following == 0 => {
                return Err(Failure::Usage(format!("argument {}: expected one argument", option.name)));
            }
            (Arity::One, None) => words[at..=at].to_vec(),
            (Arity::Optional, None) => words[at..at + following.min(1)].to_vec(),
            (Arity::Many, None) => words[at..at + following].to_vec(),
        };
        if attached.is_none() {
            at += taken.len();
        }
        check(option, &taken)?;
        parsed.options.push((option.name.clone(), taken));
    }
    let missing: Vec<&str> = options
        .iter()
        .filter(|o| o.required && !parsed.options.iter().any(|(name, _)| *name == o.name))
        .map(|o| o.name.as_str())
        .collect();
    match missing.is_empty() {
        true => Ok(parsed),
        false => Err(Failure::Usage(format!("the following arguments are required: {}", missing.join(", ")))),
    }
}
