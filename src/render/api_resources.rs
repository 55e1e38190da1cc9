//! `kubectl api-resources`.

use super::tabwriter::{TABLE, align};
use crate::api::Resource;

/// What the command line asks of `api-resources`.
#[derive(Clone, Debug, Default)]
pub struct ApiResourcesOptions {
    /// `--no-headers`.
    pub no_headers: bool,
    /// `-o wide`: verbs and categories as well.
    pub wide: bool,
    /// `-o name`.
    pub names: bool,
    /// `--api-group`; `Some("")` is the core group.
    pub group: Option<String>,
    /// `--namespaced`.
    pub namespaced: Option<bool>,
    /// `--verbs`: all of them must be there.
    pub verbs: Vec<String>,
    /// `--categories`: all of them must be there.
    pub categories: Vec<String>,
    /// `--sort-by`.
    pub sort_by: SortResources,
}

/// The order of `api-resources`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortResources {
    /// By group, then by name.
    #[default]
    Group,
    /// `--sort-by=name`.
    Name,
    /// `--sort-by=kind`.
    Kind,
}

impl ApiResourcesOptions {
    fn wants(&self, r: &Resource) -> bool {
        let has_all = |wanted: &[String], has: &[std::borrow::Cow<'static, str>]| {
            wanted.iter().all(|w| has.iter().any(|h| h == w))
        };
        self.group.as_ref().is_none_or(|g| *g == r.group)
            && self.namespaced.is_none_or(|n| n == r.namespaced)
            && has_all(&self.verbs, &r.verbs)
            && has_all(&self.categories, &r.categories)
    }
}

/// The table, or with `-o name` the list, of the served kinds in their preferred versions.
pub fn render<'a>(
    resources: impl IntoIterator<Item = &'a Resource>,
    options: &ApiResourcesOptions,
) -> String {
    let mut resources: Vec<&Resource> =
        resources.into_iter().filter(|r| !r.verbs.is_empty() && options.wants(r)).collect();
    match options.sort_by {
        SortResources::Group => resources.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural))),
        SortResources::Name => resources.sort_by(|a, b| a.plural.cmp(&b.plural)),
        SortResources::Kind => resources.sort_by(|a, b| a.kind.cmp(&b.kind)),
    }
    if options.names {
        return resources.iter().map(|r| r.qualified() + "\n").collect();
    }
    let mut text = String::new();
    if !options.no_headers {
        text.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
        text.push_str(if options.wide { "\tVERBS\tCATEGORIES\n" } else { "\n" });
    }
    for r in resources {
        text.push_str(&format!(
            "{}\t{}\t{}\t{}\t{}",
            r.plural,
            r.short_names.join(","),
            r.api_version(),
            r.namespaced,
            r.kind
        ));
        if options.wide {
            text.push_str(&format!("\t{}\t{}", r.verbs.join(","), r.categories.join(",")));
        }
        text.push('\n');
    }
    align(TABLE, &text)
}
