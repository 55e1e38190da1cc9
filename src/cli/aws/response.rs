//! A service's answer as the client shows it: members in the model's order, times in one notation, policies as objects.

use super::release::Release;
use crate::aws::model::{Kind, Service, Shape};
use crate::machinery::Time;
use crate::machinery::ordered::{self, Entries, Json};
use jiff::tz::TimeZone;

/// How answers are read.
pub(super) struct Reading {
    pub service: Service,
    pub release: Release,
    /// Times as they travel, instead of ISO 8601 with offset.
    pub wire_times: bool,
    /// The zone of times that travel as epoch seconds.
    pub zone: TimeZone,
    /// Whether times travel as epoch seconds.
    pub epoch_times: bool,
}

impl Reading {
    /// An answer of this shape; members the shape does not have are left out.
    pub(super) fn read(&self, shape: &Shape, value: &Json) -> Json {
        match (shape.kind, value) {
            (Kind::Structure, Json::Map(entries)) => self.structure(shape, entries),
            (Kind::List, Json::List(items)) => {
                let below = self.service.shape(shape.item.as_deref().unwrap_or(""));
                Json::list(items.iter().map(|item| self.read(&below, item)).collect())
            }
            (Kind::Map, Json::Map(entries)) => {
                let below = self.service.shape(shape.value.as_deref().unwrap_or(""));
                let entries = entries.iter().map(|(key, value)| (key.clone(), self.read(&below, value)));
                Json::map(entries.collect())
            }
            (Kind::Timestamp, value) => self.time(value),
            (Kind::Float, Json::Int(i)) => Json::Float(*i as f64),
            // A template in JSON is shown as what it says, one in YAML as its text.
            (Kind::String, Json::Str(text)) if shape.name == "TemplateBody" => {
                ordered::parse(text).unwrap_or_else(|_| value.clone())
            }
            (Kind::String, Json::Str(text)) if self.is_policy(shape) => {
                ordered::parse(&percent_decoded(text)).unwrap_or_else(|_| value.clone())
            }
            (_, value) => value.clone(),
        }
    }

    fn structure(&self, shape: &Shape, entries: &Entries) -> Json {
        let mut names: Vec<&str> = shape.members.iter().map(|m| m.name.as_str()).collect();
        let order = match self.release {
            Release::V2_9 => self.service.order_of_2_9(&shape.name).unwrap_or_default(),
            _ => Vec::new(),
        };
        names.sort_by_key(|name| order.iter().position(|known| known == name).unwrap_or(usize::MAX));
        let mut read = Entries::new();
        for name in names {
            let (Some(value), Some(member)) = (entries.get(name), shape.member(name)) else { continue };
            if !matches!(value, Json::Null) {
                read.insert(name, self.read(&self.service.shape(&member.shape), value));
            }
        }
        Json::map(read)
    }

    fn is_policy(&self, shape: &Shape) -> bool {
        self.service.name == "iam" && shape.name == "policyDocumentType"
    }

    fn time(&self, value: &Json) -> Json {
        match value {
            Json::Str(text) if !self.epoch_times => {
                if self.wire_times {
                    value.clone()
                } else {
                    Json::str(&iso_format(text))
                }
            }
            Json::Str(text) => match text.parse::<jiff::Timestamp>() {
                Ok(instant) => self.instant(instant),
                Err(_) => value.clone(),
            },
            Json::Int(_) | Json::Float(_) if self.wire_times => value.clone(),
            Json::Int(seconds) => match i64::try_from(*seconds).ok().map(|s| jiff::Timestamp::new(s, 0)) {
                Some(Ok(instant)) => self.instant(instant),
                _ => value.clone(),
            },
            Json::Float(seconds) => {
                match jiff::Timestamp::from_microsecond((seconds * 1e6).round_ties_even() as i64) {
                    Ok(instant) => self.instant(instant),
                    Err(_) => value.clone(),
                }
            }
            other => other.clone(),
        }
    }

    fn instant(&self, instant: jiff::Timestamp) -> Json {
        if self.wire_times {
            return Json::Float(instant.as_microsecond() as f64 / 1e6);
        }
        let zoned = instant.to_zoned(self.zone.clone());
        Json::str(&iso_format(&zoned.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()))
    }
}

/// A time text as Python's `isoformat` has it: an offset in figures, six digits of a fraction or none.
fn iso_format(text: &str) -> String {
    let clock = text.find('T').unwrap_or(0);
    let offset = text[clock..].find(['Z', '+', '-']).map_or(text.len(), |at| clock + at);
    let (moment, offset) = text.split_at(offset);
    let offset = if matches!(offset, "Z" | "") { "+00:00" } else { offset };
    let (seconds, fraction) = moment.split_once('.').unwrap_or((moment, ""));
    let micros: String = fraction.chars().chain(std::iter::repeat('0')).take(6).collect();
    if micros.chars().all(|c| c == '0') {
        format!("{seconds}{offset}")
    } else {
        format!("{seconds}.{micros}{offset}")
    }
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|h| std::str::from_utf8(h).ok());
        match (bytes[at], hex.and_then(|h| u8::from_str_radix(h, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// An instant as `2023-05-22 11:48:11` with microseconds if there are any: Python's `str(datetime)`.
pub(super) fn python_datetime(now: Time) -> String {
    let text = now.rfc3339_micro();
    iso_format(&text).trim_end_matches("+00:00").replace('T', " ")
}
