//! `curl`: addresses inside the cluster are answered by the programs there, well-known manifests by the catalogue;
//! everything else goes to the real curl.

use super::real;
use crate::actors::programs::http;
use crate::catalog;
use crate::cli::Session;
use crate::cli::cluster::Cluster;
use crate::store::Access;

/// Options of curl that take a value in the next word.
const WITH_VALUE: &str = "-A -b -c -C -d -D -e -E -F -H -K -m -o -P -Q -r -t -T -u -U -w -x -X -y -Y -z";
/// Long ones.
const LONG_WITH_VALUE: &str = "--data --data-raw --data-binary --header --output --request --max-time --connect-timeout \
    --user --user-agent --write-out --retry --retry-delay --retry-max-time --cacert --cert --key --resolve --proxy \
    --cookie --form --url --referer --limit-rate";

#[derive(Default)]
struct Request {
    urls: Vec<String>,
    output: Option<String>,
    remote_name: bool,
    method: Option<String>,
    data: Vec<String>,
}

impl Request {
    fn method(&self) -> &str {
        self.method.as_deref().unwrap_or(if self.data.is_empty() { "GET" } else { "POST" })
    }
}

pub(super) fn run(args: &[String], session: &Session) -> i32 {
    let request = parse(args);
    // What is posted may change what a program does.
    let access = if request.method() == "GET" { Access::Read } else { Access::Write };
    let cluster = super::cluster(session, access);
    let texts: Vec<Option<String>> =
        request.urls.iter().map(|url| page(cluster.as_ref(), url, &request)).collect();
    if texts.is_empty() || texts.iter().any(Option::is_none) {
        return real::run(session, "curl", args);
    }
    if let Some(cluster) = cluster.filter(|_| access == Access::Write)
        && let Err(e) = cluster.finish()
    {
        session.eprintln(&format!("curl: {e}"));
        return 1;
    }
    for (url, text) in request.urls.iter().zip(texts.into_iter().flatten()) {
        let file = if request.remote_name {
            url.rsplit('/').next().map(str::to_string)
        } else {
            request.output.clone().filter(|o| o != "-")
        };
        match file {
            Some(file) => {
                if std::fs::write(session.env.path(&file), &text).is_err() {
                    session.eprintln(&format!(
                        "curl: (23) Failure writing output to destination, passed {} returned 0",
                        text.len()
                    ));
                    return 23;
                }
            }
            None => session.print(&text),
        }
    }
    0
}

/// The page behind an address that is ours: a manifest of the catalogue, or what a program in the cluster answers.
fn page(cluster: Option<&Cluster>, url: &str, request: &Request) -> Option<String> {
    if let Some(text) = catalog::manifest(url) {
        return Some(text.to_string());
    }
    let url = http::Url::parse(url);
    let answer = http::send(&cluster?.api, &url, request.method(), &request.data.join("&"), "");
    answer.ok().map(|response| response.body)
}

fn parse(args: &[String]) -> Request {
    let mut request = Request::default();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        if word.starts_with("--") {
            let (name, inline) = word.split_once('=').map_or((word.as_str(), None), |(n, v)| (n, Some(v)));
            let value = match inline {
                Some(v) => Some(v.to_string()),
                None if LONG_WITH_VALUE.split_whitespace().any(|o| o == name) => words.next().cloned(),
                None => None,
            };
            match (name, value) {
                ("--output", v) => request.output = v,
                ("--request", v) => request.method = v,
                ("--data" | "--data-raw" | "--data-binary", Some(v)) => request.data.push(v),
                ("--remote-name", _) => request.remote_name = true,
                ("--url", Some(v)) => request.urls.push(v),
                _ => {}
            }
        } else if word.starts_with('-') && word.len() > 1 {
            // Short options share a word; the first that takes a value takes the rest of the word or the next one.
            for (at, letter) in word.char_indices().skip(1) {
                if letter == 'O' {
                    request.remote_name = true;
                }
                if WITH_VALUE.split_whitespace().any(|o| o.ends_with(letter)) {
                    let rest = &word[at + letter.len_utf8()..];
                    let value = if rest.is_empty() { words.next().cloned() } else { Some(rest.to_string()) };
                    match (letter, value) {
                        ('o', value) => request.output = value,
                        ('X', value) => request.method = value,
                        ('d', Some(value)) => request.data.push(value),
                        _ => {}
                    }
                    break;
                }
            }
        } else {
            request.urls.push(word.clone());
        }
    }
    request
}
