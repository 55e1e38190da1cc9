//! Files that people look at inside containers.

use super::Process;
use crate::catalog::image_ref::ImageRef;

/// The content of a file in a container, if the catalogue knows it.
pub(super) fn content(process: &Process<'_>, path: &str) -> Option<String> {
    let image = ImageRef::parse(process.image()).map_or(String::new(), |r| r.short().to_string());
    Some(match (image.as_str(), path) {
        (_, "/etc/hostname") => format!("{}\n", process.pod.name()),
        (_, "/etc/hosts") => format!(
            "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n{}\t{}\n",
            process.pod.str_at("status/podIP"),
            process.pod.name()
        ),
        (_, "/etc/resolv.conf") => format!(
            "search {}.svc.cluster.local svc.cluster.local cluster.local {}.compute.internal\nnameserver {}\noptions \
             ndots:5\n",
            process.pod.namespace(),
            process.api.store().meta().region,
            process
                .api
                .find("services", "kube-system", "kube-dns")
                .map_or_else(|| "10.100.0.10".to_string(), |dns| dns.str_at("spec/clusterIP").to_string())
        ),
        (_, "/var/run/secrets/kubernetes.io/serviceaccount/namespace") => process.pod.namespace().to_string(),
        ("hpa-example", "/var/www/html/index.php") => HPA_EXAMPLE.to_string(),
        ("nginx", "/usr/share/nginx/html/index.html") => super::http::own_page(process).body,
        _ => return None,
    })
}

/// The page that keeps a CPU busy: the workshops print it.
const HPA_EXAMPLE: &str =
    "<?php\n$x = 0.0001;\nfor ($i = 0; $i <= 1000000; $i++) {\n\t$x += sqrt($x);\n}\necho \"OK!\";\n?>\n";
