//! Resources of services that do not exist here beyond their names: queues and rules as Karpenter's template has them,
//! networks, topics, logs. A stack holds them with the ids and attributes that the rest of the template reads.

use super::super::state;
use super::resources::{Asked, Made};
use crate::json;
use crate::machinery::Value;

/// How a type is called and what it tells of itself.
enum Naming {
    /// A name: the property that may give it and its greatest length; the service and prefix of its ARN.
    Named(&'static str, usize, &'static str, &'static str),
    /// An id of EC2: its prefix, and the attribute that repeats it.
    Id(&'static str, &'static str),
    /// `STACK-LOGICAL-RANDOM`.
    Drawn,
}

#[rustfmt::skip]
const TYPES: &[(&str, Naming, i64)] = &[
    ("AWS::CloudFormation::WaitConditionHandle", Naming::Drawn, 1),
    ("AWS::CloudWatch::Alarm", Naming::Named("AlarmName", 255, "cloudwatch", "alarm:"), 5),
    ("AWS::EC2::EIP", Naming::Id("eipalloc", "AllocationId"), 15),
    ("AWS::EC2::InternetGateway", Naming::Id("igw", "InternetGatewayId"), 16),
    ("AWS::EC2::NatGateway", Naming::Id("nat", "NatGatewayId"), 105),
    ("AWS::EC2::Route", Naming::Drawn, 16),
    ("AWS::EC2::RouteTable", Naming::Id("rtb", "RouteTableId"), 11),
    ("AWS::EC2::SecurityGroupEgress", Naming::Id("sgr", "Id"), 2),
    ("AWS::EC2::SecurityGroupIngress", Naming::Id("sgr", "Id"), 2),
    ("AWS::EC2::Subnet", Naming::Id("subnet", "SubnetId"), 5),
    ("AWS::EC2::SubnetRouteTableAssociation", Naming::Id("rtbassoc", "Id"), 2),
    ("AWS::EC2::VPC", Naming::Id("vpc", "VpcId"), 12),
    ("AWS::EC2::VPCGatewayAttachment", Naming::Drawn, 16),
    ("AWS::Events::Rule", Naming::Named("Name", 64, "events", "rule/"), 61),
    ("AWS::Lambda::Permission", Naming::Drawn, 10),
    ("AWS::Logs::LogGroup", Naming::Named("LogGroupName", 512, "logs", "log-group:"), 3),
    ("AWS::S3::Bucket", Naming::Named("BucketName", 63, "s3", ""), 22),
    ("AWS::SNS::Topic", Naming::Named("TopicName", 256, "sns", ""), 11),
    ("AWS::SQS::Queue", Naming::Named("QueueName", 80, "sqs", ""), 71),
    ("AWS::SQS::QueuePolicy", Naming::Drawn, 1),
];

/// Whether a type is one of these.
pub(super) fn is_known(kind: &str) -> bool {
    TYPES.iter().any(|(name, ..)| *name == kind)
}

/// Seconds until one is there.
pub(super) fn seconds(kind: &str) -> i64 {
    TYPES.iter().find(|(name, ..)| *name == kind).map_or(5, |(.., seconds)| *seconds)
}

/// Makes one; none of another type.
pub(super) fn make(asked: &Asked<'_>) -> Option<Made> {
    let (_, naming, _) = TYPES.iter().find(|(name, ..)| *name == asked.kind)?;
    let places = asked.places;
    Some(match naming {
        Naming::Drawn => Made::new(asked.name("", 255), Value::object()),
        Naming::Id(prefix, attribute) => {
            let id = asked.before.map_or_else(|| state::ec2_id(places.account, prefix), str::to_string);
            let mut attributes = Value::object();
            attributes.set(attribute, id.as_str());
            for property in ["AvailabilityZone", "CidrBlock", "VpcId"] {
                if let Some(value) = asked.properties.get(property).filter(|_| property != *attribute) {
                    attributes.set(property, value);
                }
            }
            match asked.kind {
                "AWS::EC2::VPC" => {
                    attributes.set("DefaultSecurityGroup", state::ec2_id(places.account, "sg"));
                    attributes.set("CidrBlockAssociations", Value::array());
                }
                "AWS::EC2::EIP" => {
                    let roll = crate::machinery::names::number(state::seed(places.account), &id, 0);
                    let address =
                        format!("13.{}.{}.{}", 124 + roll % 4, (roll >> 8) % 256, (roll >> 16) % 254 + 1);
                    attributes.set("PublicIp", address.as_str());
                    return Some(Made::new(address, attributes));
                }
                _ => {}
            }
            Made::new(id, attributes)
        }
        Naming::Named(property, limit, service, prefix) => named(asked, property, *limit, service, prefix),
    })
}

fn named(asked: &Asked<'_>, property: &str, limit: usize, service: &str, prefix: &str) -> Made {
    let places = asked.places;
    // What `Ref` gave before was not always the name.
    let before = asked.before.and_then(|id| id.rsplit(['/', ':']).next());
    let mut name = Asked { before, ..*asked }.name(property, limit);
    let arn = match service {
        "s3" => {
            name = name.to_lowercase();
            format!("arn:aws:s3:::{name}")
        }
        _ => places.arn(service, &format!("{prefix}{name}")),
    };
    match asked.kind {
        "AWS::SQS::Queue" => {
            let url = format!("https://sqs.{}.amazonaws.com/{}/{name}", places.region, places.account_id());
            Made::new(url.clone(), json!({"Arn": arn, "QueueName": name, "QueueUrl": url}))
        }
        "AWS::SNS::Topic" => Made::new(arn.clone(), json!({"TopicArn": arn, "TopicName": name})),
        "AWS::S3::Bucket" => {
            let domain = format!("{name}.s3.amazonaws.com");
            Made::new(name, json!({"Arn": arn, "DomainName": domain}))
        }
        _ => Made::new(name, json!({"Arn": arn})),
    }
}
