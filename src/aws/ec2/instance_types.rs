//! Instance types, from the catalogue.

use super::super::filters::{Limit, page, pass};
use super::super::{Places, ServiceError};
use super::pages_of;
use crate::catalog::instance_types::{self, InstanceType};
use crate::json;
use crate::machinery::{Value, wildcard};

const LIMIT: Limit = pages_of(100);

fn chosen(input: &Value) -> Result<Vec<InstanceType>, ServiceError> {
    let names: Vec<&str> = input.items_at("InstanceTypes").iter().filter_map(Value::as_str).collect();
    let unknown: Vec<&str> = names.iter().copied().filter(|n| instance_types::find(n).is_none()).collect();
    if !unknown.is_empty() {
        return Err(ServiceError::invalid(
            "InvalidInstanceType",
            format!("The following supplied instance types do not exist: [{}]", unknown.join(", ")),
        ));
    }
    Ok(if names.is_empty() {
        instance_types::all().collect()
    } else {
        names.into_iter().filter_map(instance_types::find).collect()
    })
}

fn architecture(kind: &InstanceType) -> &'static str {
    if kind.arch == "arm64" { "arm64" } else { "x86_64" }
}

pub(super) fn describe(_: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let mut found = Vec::new();
    for kind in chosen(input)? {
        let values = |filter: &str| {
            Some(vec![match filter {
                "instance-type" => kind.name.to_string(),
                "vcpu-info.default-vcpus" => kind.vcpu.to_string(),
                "memory-info.size-in-mib" => kind.memory_mib.to_string(),
                "processor-info.supported-architecture" => architecture(&kind).to_string(),
                "hypervisor" => kind.hypervisor.to_string(),
                "bare-metal" => kind.bare_metal.to_string(),
                "burstable-performance-supported" => kind.family().starts_with('t').to_string(),
                "current-generation" => "true".to_string(),
                "supported-usage-class" => return Some(vec!["on-demand".into(), "spot".into()]),
                _ => return None,
            }])
        };
        if pass(input.items_at("Filters"), values)? {
            found.push(shown(&kind));
        }
    }
    page(found, "InstanceTypes", input, LIMIT)
}

fn shown(kind: &InstanceType) -> Value {
    // Two threads a core on x86, but for the first T2 sizes; one on Graviton.
    let threads = if kind.arch == "arm64" || kind.vcpu == 1 { 1 } else { 2 };
    let mut shown = json!({
        "InstanceType": (kind.name), "CurrentGeneration": true, "FreeTierEligible": false,
        "SupportedUsageClasses": ["on-demand", "spot"], "SupportedRootDeviceTypes": ["ebs"],
        "SupportedVirtualizationTypes": ["hvm"], "BareMetal": (kind.bare_metal),
        "ProcessorInfo": {"SupportedArchitectures": [(architecture(kind))]},
        "VCpuInfo": {
            "DefaultVCpus": (kind.vcpu), "DefaultCores": (kind.vcpu / threads), "DefaultThreadsPerCore": threads,
        },
        "MemoryInfo": {"SizeInMiB": (kind.memory_mib)},
        "InstanceStorageSupported": (!kind.nvme_gb.is_empty()),
        "NetworkInfo": {
            "MaximumNetworkInterfaces": (kind.enis), "Ipv4AddressesPerInterface": (kind.ipv4_per_eni),
            "Ipv6AddressesPerInterface": (kind.ipv4_per_eni), "Ipv6Supported": true,
        },
        "BurstablePerformanceSupported": (kind.family().starts_with('t')),
    });
    if !kind.hypervisor.is_empty() {
        shown.set("Hypervisor", kind.hypervisor);
    }
    if let Ok(mhz) = kind.cpu_mhz.parse::<f64>() {
        shown.set("ProcessorInfo/SustainedClockSpeedInGhz", mhz / 1000.0);
    }
    if let Some(gpu) = &kind.gpu {
        let memory = gpu.memory_mib.parse::<i64>().unwrap_or(0);
        shown.set(
            "GpuInfo",
            json!({
                "Gpus": [{
                    "Name": (gpu.name.to_uppercase()), "Manufacturer": (gpu.manufacturer.to_uppercase()),
                    "Count": (gpu.count), "MemoryInfo": {"SizeInMiB": memory},
                }],
                "TotalGpuMemoryInMiB": (memory * gpu.count),
            }),
        );
    }
    shown
}

/// Every type is offered in every zone here.
pub(super) fn offerings(places: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let by_zone = input.str_at("LocationType") == "availability-zone";
    let locations: Vec<String> = if by_zone {
        let zones = super::describe::zones(places, &Value::object())?;
        zones.items_at("AvailabilityZones").iter().map(|z| z.str_at("ZoneName").to_string()).collect()
    } else {
        vec![places.region.clone()]
    };
    let location_type = if by_zone { "availability-zone" } else { "region" };
    let mut found = Vec::new();
    for kind in instance_types::all() {
        for location in &locations {
            let values = |filter: &str| match filter {
                "instance-type" => Some(vec![kind.name.to_string()]),
                "location" => Some(vec![location.clone()]),
                _ => None,
            };
            if pass(input.items_at("Filters"), values)? {
                found.push(json!({
                    "InstanceType": (kind.name), "LocationType": location_type, "Location": (location.as_str()),
                }));
            }
        }
    }
    page(found, "InstanceTypeOfferings", input, Limit { default: 1000, most: 1000, ..LIMIT })
}

/// The types that meet a list of demands, by name.
pub(super) fn by_requirements(_: &Places<'_>, input: &Value) -> Result<Value, ServiceError> {
    let wanted = input.at("InstanceRequirements");
    let within = |range: &str, value: i64| {
        let bound = |end: &str| wanted.int_at(&format!("{range}/{end}"));
        bound("Min").is_none_or(|least| value >= least) && bound("Max").is_none_or(|most| value <= most)
    };
    let texts = |member: &str| wanted.items_at(member).iter().filter_map(Value::as_str).collect::<Vec<_>>();
    let (makers, not, only) =
        (texts("CpuManufacturers"), texts("ExcludedInstanceTypes"), texts("AllowedInstanceTypes"));
    // What a request says nothing of is left out.
    let admits = |member: &str, is_so: bool| match wanted.str_at(member) {
        "included" => true,
        "required" => is_so,
        _ => !is_so,
    };
    let named = |patterns: &[&str], name: &str| patterns.iter().any(|p| wildcard::fits(p, name));
    let meets = |kind: &InstanceType| {
        input.items_at("ArchitectureTypes").iter().any(|a| a.as_str() == Some(architecture(kind)))
            && within("VCpuCount", kind.vcpu)
            && within("MemoryMiB", kind.memory_mib)
            && (makers.is_empty() || makers.contains(&kind.cpu_manufacturer))
            && admits("BareMetal", kind.bare_metal)
            && admits("BurstablePerformance", kind.family().starts_with('t'))
            && !named(&not, kind.name)
            && (only.is_empty() || named(&only, kind.name))
    };
    let found = instance_types::all().filter(meets).map(|kind| json!({"InstanceType": (kind.name)}));
    page(found.collect(), "InstanceTypes", input, Limit { default: 1000, most: 1000, ..LIMIT })
}
