//! Cron schedules as CronJobs (and the cron scaler of KEDA) read them, and the arithmetic of missed starts.

mod missed;
mod parse;

pub use missed::{Missed, Unmet, most_recent_unmet, requeue_after};

use super::time::{Duration, Time};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Why a schedule cannot be read; prints the parser's message.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct CronError(String);

/// When something recurs.
#[derive(Clone, Debug)]
pub struct Schedule(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// `@every 90s`: whole seconds, from whenever it is asked.
    Every(Duration),
    Calendar(Box<Calendar>),
}

/// Five fields of a calendar in a time zone.
#[derive(Clone, Debug)]
struct Calendar {
    minute: Field,
    hour: Field,
    day: Field,
    month: Field,
    weekday: Field,
    zone: TimeZone,
}

/// The values a field admits, one bit each.
#[derive(Clone, Copy, Debug)]
struct Field {
    values: u64,
    /// Written as `*` or `?`, without a step above one.
    star: bool,
}

impl Field {
    fn admits(self, value: i8) -> bool {
        self.values >> value & 1 == 1
    }

    /// The least admitted value that is at least `from`.
    fn at_least(self, from: i8) -> Option<i8> {
        let rest = self.values.checked_shr(from.try_into().unwrap_or(0))?;
        let skip = rest.trailing_zeros();
        (rest != 0).then_some(from + skip as i8)
    }
}

/// How far ahead a match is looked for, in calendar years.
const HORIZON_YEARS: i16 = 5;

impl Schedule {
    /// Parses five fields, a descriptor such as `@daily`, or `@every 5m`; a `TZ=Zone ` prefix sets the time zone, which
    /// is UTC otherwise.
    pub fn parse(text: &str) -> Result<Schedule, CronError> {
        parse::parse_in(text, TimeZone::UTC)
    }

    /// A schedule in the time zone of a CronJob's `timeZone`, unless the text names its own. A zone that does not exist is
    /// ignored, as the controller does.
    pub fn parse_in_zone(text: &str, zone: &str) -> Result<Schedule, CronError> {
        parse::parse_in(text, parse::zone(zone).unwrap_or(TimeZone::UTC))
    }

    /// The first time strictly after an instant; none within five years is never.
    pub fn next(&self, after: Time) -> Option<Time> {
        match &self.0 {
            Kind::Every(interval) => Some(after.truncated() + *interval),
            Kind::Calendar(calendar) => calendar.next(after),
        }
    }
}

impl Calendar {
    fn next(&self, after: Time) -> Option<Time> {
        // The first whole minute after the instant.
        let from = Time::from_secs((after.secs() / 60 + 1) * 60);
        let first = self.zone.to_datetime(from.timestamp()).date();
        let mut day = first;
        while day.year() <= first.year() + HORIZON_YEARS {
            if !self.month.admits(day.month()) {
                day = day.last_of_month();
            } else if self.admits_day(day)
                && let Some(found) = self.within_day(day, from)
            {
                return Some(found);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// Day of month and weekday: when both are restricted, one of them suffices.
    fn admits_day(&self, day: Date) -> bool {
        let by_day = self.day.admits(day.day());
        let by_weekday = self.weekday.admits(day.weekday().to_sunday_zero_offset());
        if self.day.star || self.weekday.star { by_day && by_weekday } else { by_day || by_weekday }
    }

    /// The first match of hour and minute on a day, at or after an instant.
    fn within_day(&self, day: Date, from: Time) -> Option<Time> {
        let bounds = [day, day.tomorrow().ok()?].map(|d| d.to_zoned(self.zone.clone()));
        let [start, end] = bounds.map(|b| b.map(|z| Time::from_secs(z.timestamp().as_second())).ok());
        let (start, end) = (start?, end?);
        let first = start.max(from);
        if end.since(start) != Duration::from_hours(24) {
            return self.walk(first, end);
        }
        // No change of the clocks on this day: minutes since midnight and instants run together.
        let minutes = first.since(start).as_secs() / 60;
        let (hour, minute) = ((minutes / 60) as i8, (minutes % 60) as i8);
        let (hour, minute) = match self.minute.at_least(minute) {
            Some(minute) if self.hour.admits(hour) => (hour, minute),
            _ => (self.hour.at_least(hour + 1)?, self.minute.at_least(0)?),
        };
        Some(start + Duration::from_mins(i64::from(hour) * 60 + i64::from(minute)))
    }

    /// Every minute that passes, by the clock on the wall: an hour that is skipped never matches, one that comes twice
    /// matches twice.
    fn walk(&self, first: Time, end: Time) -> Option<Time> {
        let mut t = first;
        while t < end {
            let wall = self.zone.to_datetime(t.timestamp());
            if self.hour.admits(wall.hour()) && self.minute.admits(wall.minute()) {
                return Some(t);
            }
            t = t + Duration::from_mins(1);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_like_the_parser() {
        for (text, want) in [
            ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
            ("1/2/3 * * * *", "too many slashes: 1/2/3"),
            ("*/-5 * * * *", "negative number (-5) not allowed: -5"),
            (
                "99999999999999999999 * * * *",
                "failed to parse int from 99999999999999999999: strconv.Atoi: parsing \"99999999999999999999\": value out of range",
            ),
            ("@every x", "failed to parse duration @every x: time: invalid duration \"x\""),
            ("TZ=Mars 0 0 * * *", "provided bad location Mars: unknown time zone Mars"),
            ("TZ=UTC", "empty spec string"),
            ("* * * * , ,", "expected exactly 5 fields, found 6: [* * * * , ,]"),
        ] {
            assert_eq!(Schedule::parse(text).unwrap_err().to_string(), want);
        }
    }

    #[test]
    fn an_hour_that_comes_twice_matches_twice() {
        let schedule = Schedule::parse_in_zone("30 1 * * *", "America/New_York").unwrap();
        let first = schedule.next(Time::parse("2026-11-01T04:00:00Z").unwrap()).unwrap();
        assert_eq!(first.rfc3339(), "2026-11-01T05:30:00Z");
        assert_eq!(schedule.next(first).unwrap().rfc3339(), "2026-11-01T06:30:00Z");
    }
}
