//! `kubectl config get-contexts`.

use super::tabwriter::{TABLE, align};

/// One context of a kubeconfig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextRow {
    /// Name of the context.
    pub name: String,
    /// Its cluster.
    pub cluster: String,
    /// Its user.
    pub user: String,
    /// Its namespace; empty when it names none.
    pub namespace: String,
}

/// The table of `contexts`; a star marks the current one.
pub fn render(contexts: &[ContextRow], current: &str, no_headers: bool) -> String {
    let mut text = String::new();
    if !no_headers {
        text.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    }
    for c in contexts {
        let mark = if c.name == current { "*" } else { "" };
        text.push_str(&format!("{mark}\t{}\t{}\t{}\t{}\n", c.name, c.cluster, c.user, c.namespace));
    }
    align(TABLE, &text)
}
