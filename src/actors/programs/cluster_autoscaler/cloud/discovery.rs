//! Which Auto Scaling groups are meant: `--nodes` and `--node-group-auto-discovery`.

use crate::actors::programs::cluster_autoscaler::flags::Flags;
use std::collections::BTreeMap;

/// A group named on the command line, with its bounds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named {
    /// Fewest nodes.
    pub min: i64,
    /// Most nodes.
    pub max: i64,
    /// The group.
    pub name: String,
}

/// The groups that are meant.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Discovery {
    /// By name.
    pub named: Vec<Named>,
    /// By tags: all of them; an empty value is any value.
    pub tags: BTreeMap<String, String>,
}

impl Discovery {
    /// Reads the flags. The error is what the program ends with.
    pub fn parse(flags: &Flags) -> Result<Discovery, String> {
        let mut discovery = Discovery::default();
        for spec in &flags.auto_discovery {
            let invalid = || {
                format!(
                    "invalid node group auto discovery spec specified via --node-group-auto-discovery: {spec}"
                )
            };
            let (discoverer, rest) = spec.split_once(':').ok_or_else(invalid)?;
            if discoverer != "asg" {
                return Err(format!("unsupported discoverer specified: {discoverer}"));
            }
            let (key, value) = rest.split_once('=').ok_or_else(invalid)?;
            if key != "tag" {
                return Err(format!(
                    "unsupported parameter key \"{key}\" is specified for discoverer \"asg\". The only supported key is \"tag\""
                ));
            }
            if value.is_empty() {
                return Err("tag value not supplied".into());
            }
            for tag in value.split(',') {
                let (key, value) = tag.split_once('=').unwrap_or((tag, ""));
                discovery.tags.insert(key.to_string(), value.to_string());
            }
        }
        for spec in &flags.nodes {
            discovery.named.push(named(spec)?);
        }
        Ok(discovery)
    }
}

/// `min:max:name`
fn named(spec: &str) -> Result<Named, String> {
    let failed = |why: String| format!("failed to parse node group spec: {why}");
    let mut parts = spec.splitn(3, ':');
    let (Some(min), Some(max), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(failed(format!("wrong nodes configuration: {spec}")));
    };
    let number = |text: &str, what: &str| {
        text.parse::<i64>().map_err(|_| {
            failed(format!("failed to set {what} size: {text}, expected integer, err: strconv.Atoi: parsing \"{text}\": invalid syntax"))
        })
    };
    let (min, max) = (number(min, "min")?, number(max, "max")?);
    if min < 0 {
        return Err(failed("invalid min size".into()));
    }
    if max < min {
        return Err(failed("max size must be greater or equal to min size".into()));
    }
    if name.is_empty() {
        return Err(failed("name must not be blank".into()));
    }
    Ok(Named { min, max, name: name.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(spec: &str) -> Result<Discovery, String> {
        Discovery::parse(&Flags { auto_discovery: vec![spec.to_string()], ..Flags::default() })
    }

    #[test]
    fn tags_of_all_specs_count() {
        let found = tags("asg:tag=a,b=c").unwrap().tags;
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [("a".into(), "".into()), ("b".into(), "c".into())]
        );
        assert_eq!(tags("mig:tag=a").unwrap_err(), "unsupported discoverer specified: mig");
        assert_eq!(tags("asg:tag=").unwrap_err(), "tag value not supplied");
        assert!(tags("asg:name=a").unwrap_err().contains("The only supported key is \"tag\""));
    }

    #[test]
    fn groups_are_named_with_their_bounds() {
        let group = named("1:5:workers").unwrap();
        assert_eq!((group.min, group.max, group.name.as_str()), (1, 5, "workers"));
        assert!(named("5:1:workers").is_err());
        assert!(named("workers").is_err());
    }
}
