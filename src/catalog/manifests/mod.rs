//! Manifests by the URLs people install them from. The files are our own, of the same content.

use crate::api::program;

/// One manifest and the addresses it is known under.
struct Known {
    /// Beginning and end of its addresses; versions and branches stand between.
    addresses: &'static [(&'static str, &'static str)],
    text: &'static str,
}

const KNOWN: &[Known] = &[
    Known {
        addresses: &[
            ("https://github.com/kubernetes-sigs/metrics-server/releases/", "/components.yaml"),
            ("https://github.com/kubernetes-sigs/metrics-server/releases/", "/high-availability.yaml"),
        ],
        text: include_str!("metrics-server.yaml"),
    },
    Known {
        addresses: &[
            ("https://k8s.io/examples/application/hpa/", "php-apache.yaml"),
            ("https://kubernetes.io/examples/application/hpa/", "php-apache.yaml"),
            (
                "https://raw.githubusercontent.com/kubernetes/website/",
                "/examples/application/hpa/php-apache.yaml",
            ),
        ],
        text: include_str!("php-apache-hpa.yaml"),
    },
    Known {
        addresses: &[
            ("https://k8s.io/examples/application/", "php-apache.yaml"),
            ("https://kubernetes.io/examples/application/", "php-apache.yaml"),
            (
                "https://raw.githubusercontent.com/kubernetes/website/",
                "/examples/application/php-apache.yaml",
            ),
        ],
        text: include_str!("php-apache.yaml"),
    },
    Known {
        addresses: &[(
            "https://raw.githubusercontent.com/kubernetes/autoscaler/",
            "/cluster-autoscaler/cloudprovider/aws/examples/cluster-autoscaler-autodiscover.yaml",
        )],
        text: include_str!("cluster-autoscaler-autodiscover.yaml"),
    },
    Known { addresses: &[("https://kubetick.dev/", "programs.yaml")], text: program::DEFINITION },
];

/// The manifest behind a URL; `None` for addresses nobody knows here.
pub fn manifest(url: &str) -> Option<&'static str> {
    let known =
        |k: &&Known| k.addresses.iter().any(|(start, end)| url.starts_with(start) && url.ends_with(end));
    KNOWN.iter().find(known).map(|k| k.text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machinery::yaml::Documents;

    #[test]
    fn every_manifest_is_yaml() {
        for known in KNOWN {
            for document in Documents::new(known.text.as_bytes()) {
                assert!(!document.unwrap().value.str_at("kind").is_empty());
            }
        }
    }

    #[test]
    fn urls_find_their_manifest() {
        let latest =
            "https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml";
        assert!(manifest(latest).unwrap().contains("v1beta1.metrics.k8s.io"));
        assert!(
            manifest("https://k8s.io/examples/application/php-apache.yaml").unwrap().contains("hpa-example")
        );
        let autoscaler = manifest("https://k8s.io/examples/application/hpa/php-apache.yaml");
        assert!(autoscaler.unwrap().contains("HorizontalPodAutoscaler"));
        assert!(manifest("https://example.com/x.yaml").is_none());
        assert!(manifest("https://kubetick.dev/programs.yaml").is_some());
    }
}
