//! API names in the words of the command line.

/// `DescribeAutoScalingGroups` as `describe-auto-scaling-groups`: an upper-case letter begins a word, a run of capitals
/// stays together, digits belong to the word before them.
pub fn kebab_case(name: &str) -> String {
    // The plural of an abbreviation at the end is one word: `TargetGroupARNs`.
    let stem = name.trim_end_matches('s').trim_end_matches(|c: char| c.is_ascii_uppercase());
    if name.ends_with('s') && name.len() - stem.len() > 3 {
        let plural = name[stem.len()..].to_ascii_lowercase();
        return if stem.is_empty() { plural } else { format!("{}-{plural}", kebab_case(stem)) };
    }
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).map(|b| chars[b]);
        let after = chars.get(i + 1);
        let begins = c.is_ascii_uppercase()
            && before.is_some_and(|b| {
                b.is_ascii_lowercase()
                    || b.is_ascii_digit()
                    || b.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase)
            });
        if begins && before != Some('-') {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The option of an input member. A few have another name, where the plain one would mean something else.
pub fn member_argument(service: &str, operation: &str, member: &str) -> String {
    match (service, operation, member) {
        (
            "eks",
            "CreateCluster" | "UpdateClusterVersion" | "CreateNodegroup" | "UpdateNodegroupVersion",
            "version",
        ) => "kubernetes-version".into(),
        _ => kebab_case(member),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kebab() {
        for (name, want) in [
            ("DescribeAutoScalingGroups", "describe-auto-scaling-groups"),
            ("VPCZoneIdentifier", "vpc-zone-identifier"),
            ("TargetGroupARNs", "target-group-arns"),
            ("AutoScalingGroupARN", "auto-scaling-group-arn"),
            ("kubernetesNetworkConfig", "kubernetes-network-config"),
            ("Ipv6Addresses", "ipv6-addresses"),
            ("clusterName", "cluster-name"),
            ("CreateOpenIDConnectProvider", "create-open-id-connect-provider"),
            ("AWSServiceName", "aws-service-name"),
            ("ListHostedZonesByName", "list-hosted-zones-by-name"),
            ("DNSName", "dns-name"),
            ("MaxResults", "max-results"),
        ] {
            assert_eq!(kebab_case(name), want);
        }
    }
}
