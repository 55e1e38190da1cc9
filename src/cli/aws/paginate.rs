//! Pages: calls until there is no more, what is joined from them, and where `--max-items` stops.

use super::failure::Failure;
use crate::aws::model::Pages;
use crate::machinery::base64;
use crate::machinery::jmespath::Expression;
use crate::machinery::ordered::{self, Entries, Json};

/// What the options ask for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes {
    pub starting_token: Option<String>,
    pub page_size: Option<Json>,
    pub max_items: Option<i128>,
}

/// All pages of an operation.
#[derive(Clone, Debug, Default)]
pub(super) struct Paged {
    pub pages: Vec<Json>,
    /// The token with which a later command goes on, if this one stopped early.
    pub resume: Option<String>,
}

const TRUNCATED: &str = "boto_truncate_amount";

/// Calls until the last page. `call` gets the whole input and answers with a page.
pub(super) fn paginate(
    pages: &Pages,
    mut input: Json,
    wishes: &Wishes,
    mut call: impl FnMut(&Json) -> Result<Json, Failure>,
) -> Result<Paged, Failure> {
    let mut skip = 0;
    let mut token = Entries::new();
    if let Some(text) = &wishes.starting_token {
        (token, skip) = starting_token(pages, text)?;
        token.iter().for_each(|(k, v)| input.entries_mut().insert(k.clone(), v.clone()));
    }
    if let (Some(size), Some(limit)) = (&wishes.page_size, &pages.limit) {
        input.entries_mut().insert(limit.as_str(), size.clone());
    }
    let primary = pages.results.first().map_or("", String::as_str);
    let mut paged = Paged::default();
    let mut total = 0;
    loop {
        let mut page = call(&input)?;
        if paged.pages.is_empty() && skip > 0 {
            skip_ahead(pages, &mut page, skip);
        }
        let first_skip = if paged.pages.is_empty() { skip } else { 0 };
        let count = search(primary, &page).items().len() as i128;
        let over = wishes.max_items.map_or(0, |most| total + count - most);
        if over > 0 {
            let keep = (count - over).max(0) as usize;
            let items = search(primary, &page).items()[..keep].to_vec();
            set(&mut page, primary, Json::list(items));
            paged.pages.push(page);
            paged.resume = Some(resume_within(pages, &token, keep + first_skip));
            return Ok(paged);
        }
        total += count;
        let next = next_token(pages, &page);
        paged.pages.push(page);
        if next.iter().all(|(_, value)| matches!(value, Json::Null)) {
            return Ok(paged);
        }
        if wishes.max_items == Some(total) {
            let known = next.iter().filter(|(_, v)| !matches!(v, Json::Null));
            paged.resume = Some(encoded(&known.map(|(k, v)| (k.clone(), v.clone())).collect()));
            return Ok(paged);
        }
        if Json::map(next.clone()) == Json::map(token.clone()) {
            let shown = ordered::repr(&Json::map(next));
            let message = format!("Error during pagination: The same next token was received twice: {shown}");
            return Err(Failure::General(message));
        }
        for (name, value) in next.iter() {
            match value {
                Json::Null => drop(input.entries_mut().remove(name)),
                value => input.entries_mut().insert(name.clone(), value.clone()),
            }
        }
        token = next;
    }
}

/// Leaves out of the first page what an earlier command has shown of it.
fn skip_ahead(pages: &Pages, page: &mut Json, skip: usize) {
    for (i, name) in pages.results.iter().enumerate() {
        let left = match i {
            0 => search(name, page).items().iter().skip(skip).cloned().collect(),
            _ => Vec::new(),
        };
        set(page, name, Json::list(left));
    }
}

/// The token of a command that stopped within the page that `token` leads to.
fn resume_within(pages: &Pages, token: &Entries, shown: usize) -> String {
    let mut resume = Entries::new();
    for name in &pages.input_tokens {
        resume.insert(name.as_str(), token.get(name).cloned().unwrap_or_default());
    }
    resume.insert(TRUNCATED, Json::Int(shown as i128));
    encoded(&resume)
}

impl Paged {
    /// Everything in the shape of one answer: lists joined, members that are no lists from the first page.
    pub(super) fn joined(&self, pages: &Pages) -> Json {
        let mut whole = Json::map(Entries::new());
        for page in &self.pages {
            for key in &pages.results {
                let found = search(key, page);
                let joined = match (search(key, &whole), found) {
                    (_, Json::Null) => continue,
                    (Json::List(so_far), Json::List(more)) => Json::list([&so_far[..], &more[..]].concat()),
                    (Json::Null, found) => found,
                    (so_far, _) => so_far,
                };
                set(&mut whole, key, joined);
            }
        }
        if let Some(first) = self.pages.first() {
            non_aggregate(pages, first, &mut whole);
        }
        if let Some(token) = &self.resume {
            whole.entries_mut().insert("NextToken", Json::str(token));
        }
        whole
    }

    /// What `--output text` prints one after the other.
    pub(super) fn streamed(&self, pages: &Pages) -> Vec<Json> {
        let mut parts = Vec::new();
        for (i, page) in self.pages.iter().enumerate() {
            let mut part = Json::map(Entries::new());
            if i == 0 {
                non_aggregate(pages, page, &mut part);
            }
            for key in &pages.results {
                set(&mut part, key, search(key, page));
            }
            parts.push(part);
        }
        if let Some(token) = &self.resume {
            let inner: Entries = [("NextToken", Json::str(token))].into_iter().collect();
            parts.push(Json::map([("NextToken", Json::map(inner))].into_iter().collect()));
        }
        parts
    }
}

fn non_aggregate(pages: &Pages, first: &Json, whole: &mut Json) {
    for key in &pages.non_aggregate {
        match search(key, first) {
            Json::Null => {}
            value => set(whole, key, value),
        }
    }
}

fn search(expression: &str, value: &Json) -> Json {
    match value.get(expression) {
        Some(found) => found.clone(),
        None => Expression::compile(expression).and_then(|e| e.search(value)).unwrap_or_default(),
    }
}

/// Sets a member by its path (`a.b`).
fn set(value: &mut Json, path: &str, new: Json) {
    match path.split_once('.') {
        None => value.entries_mut().insert(path, new),
        Some((first, rest)) => {
            let mut below = value.get(first).cloned().unwrap_or_default();
            set(&mut below, rest, new);
            value.entries_mut().insert(first, below);
        }
    }
}

fn next_token(pages: &Pages, page: &Json) -> Entries {
    let more = pages.more_results.as_ref().is_none_or(|key| search(key, page).truthy());
    let tokens = pages.input_tokens.iter().zip(&pages.output_tokens);
    tokens
        .map(|(input, output)| {
            let found = if more { search(output, page) } else { Json::Null };
            (input.as_str(), if found.truthy() { found } else { Json::Null })
        })
        .collect()
}

fn encoded(token: &Entries) -> String {
    base64::encode(ordered::compact(&Json::map(token.clone()), (", ", ": "), true).as_bytes())
}

/// A token of an earlier command, or one of the service's own.
fn starting_token(pages: &Pages, text: &str) -> Result<(Entries, usize), Failure> {
    let decoded = base64::decode(text).and_then(|bytes| String::from_utf8(bytes).ok());
    let map = decoded.and_then(|text| ordered::parse(&text).ok());
    let Some(Json::Map(entries)) = map else {
        let mut token = Entries::new();
        for (i, name) in pages.input_tokens.iter().enumerate() {
            token.insert(name.as_str(), if i == 0 { Json::str(text) } else { Json::Null });
        }
        let known: Entries = token
            .iter()
            .filter(|(_, v)| !matches!(v, Json::Null))
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        return Ok((known, 0));
    };
    let mut token = Entries::new();
    let mut skip = 0;
    for (name, value) in entries.iter() {
        match (name.as_ref(), value) {
            (TRUNCATED, Json::Int(n)) => skip = usize::try_from(*n).unwrap_or(0),
            (_, Json::Null) => {}
            (_, value) => token.insert(name.clone(), value.clone()),
        }
    }
    Ok((token, skip))
}
