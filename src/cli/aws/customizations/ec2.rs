//! Options that `aws ec2` has beside the members of its requests: `--count`, one rule of a security group in words, one
//! network interface in words.

use crate::cli::aws::arguments::{Arity, Opt, Parsed};
use crate::cli::aws::failure::Failure;
use crate::machinery::ordered::{Entries, Json};

/// Options that describe the one rule of a security group.
const RULE: [&str; 5] = ["protocol", "port", "cidr", "source-group", "group-owner"];
/// Options that describe the one network interface of an instance.
const INTERFACE: [(&str, Arity); 4] = [
    ("secondary-private-ip-addresses", Arity::Many),
    ("secondary-private-ip-address-count", Arity::One),
    ("associate-public-ip-address", Arity::Switch),
    ("no-associate-public-ip-address", Arity::Switch),
];
/// What moves from the request into its one network interface, and what it is called there.
const MOVED: [(&str, &str); 5] = [
    ("SubnetId", "SubnetId"),
    ("SecurityGroupIds", "Groups"),
    ("Ipv6AddressCount", "Ipv6AddressCount"),
    ("Ipv6Addresses", "Ipv6Addresses"),
    ("EnablePrimaryIpv6", "PrimaryIpv6"),
];

fn changes_rules(operation: &str) -> bool {
    ["AuthorizeSecurityGroup", "RevokeSecurityGroup"].iter().any(|verb| operation.starts_with(verb))
}

/// Adds the options of an operation, by its API name.
pub(in crate::cli::aws) fn options(operation: &str, options: &mut Vec<Opt>) {
    if operation == "RunInstances" {
        // One option stands for both bounds of the count.
        options.retain(|option| !matches!(option.name.as_str(), "--min-count" | "--max-count"));
        let number = |name: &str| name.ends_with("-count");
        options.extend(INTERFACE.map(|(name, arity)| Opt { number: number(name), ..Opt::new(name, arity) }));
        options.push(Opt::new("count", Arity::One));
    }
    if changes_rules(operation) {
        options.extend(RULE.map(|name| Opt::new(name, Arity::One)));
    }
}

/// Writes what they say into the input.
pub(in crate::cli::aws) fn input(
    operation: &str,
    parsed: &Parsed,
    input: &mut Entries,
) -> Result<(), Failure> {
    if operation == "RunInstances" {
        interface(parsed, input)?;
        if let Some(text) = parsed.value("count") {
            let (least, most) = count(text)?;
            input.insert("MinCount", int(least));
            input.insert("MaxCount", int(most));
        }
    }
    if changes_rules(operation) {
        rule(parsed, input)?;
    }
    Ok(())
}

/// What the client adds to a whole input: one instance, unless a count was given.
pub(in crate::cli::aws) fn defaults(operation: &str, input: &mut Entries) {
    for bound in ["MinCount", "MaxCount"].iter().filter(|_| operation == "RunInstances") {
        if input.get(bound).is_none() {
            input.insert(*bound, int(1));
        }
    }
}

fn int(number: i64) -> Json {
    Json::Int(number.into())
}

fn wrong(message: &str) -> Failure {
    Failure::General(message.to_string())
}

fn map<const N: usize>(entries: [(&str, Json); N]) -> Json {
    Json::map(entries.into_iter().collect())
}

/// `--count 2` or `--count 1:5`.
fn count(text: &str) -> Result<(i64, i64), Failure> {
    let (least, most) = text.split_once(':').unwrap_or((text, text));
    match (least.parse(), most.parse()) {
        (Ok(least), Ok(most)) => Ok((least, most)),
        _ => Err(wrong("count parameter should be of form min[:max] (e.g. 1 or 1:10)")),
    }
}

fn interface(parsed: &Parsed, input: &mut Entries) -> Result<(), Failure> {
    let mut one = Entries::new();
    let addresses = parsed.words("secondary-private-ip-addresses").unwrap_or_default();
    if !addresses.is_empty() {
        let address =
            |word: &String| map([("PrivateIpAddress", Json::str(word)), ("Primary", Json::Bool(false))]);
        one.insert("PrivateIpAddresses", Json::list(addresses.iter().map(address).collect()));
    }
    if let Some(number) = parsed.value("secondary-private-ip-address-count").and_then(|n| n.parse().ok()) {
        one.insert("SecondaryPrivateIpAddressCount", int(number));
    }
    // Both may be said; the one that says no is written last.
    for (name, public) in [("associate-public-ip-address", true), ("no-associate-public-ip-address", false)] {
        if parsed.has(name) {
            one.insert("AssociatePublicIpAddress", Json::Bool(public));
        }
    }
    if one.is_empty() {
        return Ok(());
    }
    if input.get("NetworkInterfaces").is_some() {
        return Err(wrong(
            "Mixing the --network-interfaces option with the simple, scalar options is not supported.",
        ));
    }
    one.insert("DeviceIndex", int(0));
    if let Some(address) = input.get("PrivateIpAddress") {
        let first = map([("PrivateIpAddress", address.clone()), ("Primary", Json::Bool(true))]);
        one.insert("PrivateIpAddresses", Json::list(vec![first]));
    }
    for (here, there) in MOVED {
        if let Some(value) = input.get(here) {
            one.insert(there, value.clone());
        }
    }
    let moved = |key: &str| key == "PrivateIpAddress" || MOVED.iter().any(|(here, _)| *here == key);
    *input = input.iter().filter(|(key, _)| !moved(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
    input.insert("NetworkInterfaces", Json::list(vec![Json::map(one)]));
    Ok(())
}

fn rule(parsed: &Parsed, input: &mut Entries) -> Result<(), Failure> {
    let given = |name: &str| parsed.value(name).filter(|text| !text.is_empty());
    let Some(first) = RULE.into_iter().find(|name| given(name).is_some()) else { return Ok(()) };
    if input.get("IpPermissions").is_some() {
        return Err(wrong(&format!(
            "The --{first} option is not compatible with the --ip-permissions option "
        )));
    }
    let mut rule = Entries::new();
    if let Some(protocol) = given("protocol") {
        rule.insert("IpProtocol", Json::str(number_of(protocol)?));
    }
    if let Some(text) = given("port") {
        let (from, to) = ports(text)
            .ok_or_else(|| wrong("port parameter should be of the form <from[-to]> (e.g. 22 or 22-25)"))?;
        rule.insert("FromPort", int(from));
        rule.insert("ToPort", int(to));
    }
    if let Some(range) = given("cidr") {
        rule.insert("IpRanges", Json::list(vec![map([("CidrIp", Json::str(range))])]));
    }
    let mut pair = Entries::new();
    if let Some(group) = given("source-group") {
        let member = if group.starts_with("sg-") { "GroupId" } else { "GroupName" };
        pair.insert(member, Json::str(group));
    }
    if let Some(owner) = given("group-owner") {
        pair.insert("UserId", Json::str(owner));
    }
    if !pair.is_empty() {
        rule.insert("UserIdGroupPairs", Json::list(vec![Json::map(pair)]));
    }
    input.insert("IpPermissions", Json::list(vec![Json::map(rule)]));
    Ok(())
}

/// A protocol by name or number; `all` is -1.
fn number_of(protocol: &str) -> Result<&str, Failure> {
    match (protocol, protocol.parse::<i64>()) {
        ("tcp" | "udp" | "icmp", _) | (_, Ok(-1..=255)) => Ok(protocol),
        ("all", _) => Ok("-1"),
        _ => {
            Err(wrong("protocol parameter should be one of: tcp|udp|icmp|all or any valid protocol number."))
        }
    }
}

/// `22`, `22-25`, `all`.
fn ports(text: &str) -> Option<(i64, i64)> {
    let (from, to) = match text {
        "-1" | "all" => ("-1", "-1"),
        _ => text.split_once('-').unwrap_or((text, text)),
    };
    Some((from.parse().ok()?, to.parse().ok()?))
}
