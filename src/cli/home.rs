//! Where clusters are kept: `$KUBETICK_HOME`, else the platform's data directory.

use super::Env;
use std::path::PathBuf;

/// The directory of clusters, kubeconfig and configuration.
#[derive(Clone, Debug)]
pub struct Home {
    /// Its path; it may not exist yet.
    pub dir: PathBuf,
}

impl Home {
    /// The home an environment points to.
    pub fn of(env: &Env) -> Home {
        let dir = match env.var("KUBETICK_HOME") {
            Some(dir) => env.cwd.join(dir),
            None => directories::ProjectDirs::from("dev", "kubetick", "kubetick")
                .map_or_else(|| env.home().join(".kubetick"), |dirs| dirs.data_dir().to_path_buf()),
        };
        Home { dir }
    }

    /// The kubeconfig whose contexts are the clusters.
    pub fn kubeconfig(&self) -> PathBuf {
        self.dir.join("kubeconfig")
    }

    /// The file of a cluster.
    pub fn cluster_file(&self, name: &str) -> PathBuf {
        self.dir.join("clusters").join(format!("{name}.db"))
    }

    /// The file of the account the clusters live in.
    pub fn account_file(&self) -> PathBuf {
        self.dir.join("account.db")
    }

    /// Names of the clusters there are, sorted.
    pub fn clusters(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.dir.join("clusters"))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".db").map(str::to_string))
            // Files in the making are hidden ones.
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.sort();
        names
    }
}
