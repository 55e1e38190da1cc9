//! Curves from measurements: CSV and the answers of Prometheus to `query_range`.

use super::curve::Curve;
use crate::machinery::duration::parse_duration;
use crate::machinery::{Duration, Time, Value};
use std::collections::BTreeMap;

/// A column of numbers over time, in the unit of the file.
pub type Columns = BTreeMap<String, Curve>;

/// Reads CSV: a heading (`time,cpu,memory`), then a row an instant. Times are offsets (`90`, `1m30s`) or instants
/// (`2026-06-03T00:00:00Z`, Unix seconds) from the first row on.
pub fn csv(text: &str) -> Result<Columns, String> {
    let mut lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#'));
    let (_, heading) = lines.next().ok_or("the file is empty")?;
    let names: Vec<&str> = heading.split(',').map(str::trim).collect();
    if names.len() < 2 || names[0].parse::<f64>().is_ok() {
        return Err("line 1: want a heading such as \"time,cpu,memory\"".into());
    }
    let mut columns: Columns = names[1..].iter().map(|n| (n.to_string(), Curve::default())).collect();
    let mut first = None;
    for (number, line) in lines {
        let at = |what: &str| format!("line {}: {what}", number + 1);
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        if cells.len() != names.len() {
            return Err(at(&format!("{} cells, the heading has {}", cells.len(), names.len())));
        }
        let time = seconds(cells[0]).ok_or_else(|| at(&format!("cannot read the time {:?}", cells[0])))?;
        let offset = Duration::from_secs_f64(time - *first.get_or_insert(time));
        for (name, cell) in names[1..].iter().zip(&cells[1..]) {
            if cell.is_empty() {
                continue;
            }
            let value: f64 = cell.parse().map_err(|_| at(&format!("cannot read the number {cell:?}")))?;
            if let Some(curve) = columns.get_mut(*name) {
                curve.points.push((offset, value));
            }
        }
    }
    columns.values_mut().for_each(|c| c.points.sort_by_key(|(t, _)| *t));
    Ok(columns)
}

fn seconds(text: &str) -> Option<f64> {
    let number = text.parse::<f64>().ok().filter(|n| n.is_finite() && n.abs() < 1e12);
    let offset = || parse_duration(text).ok().map(|d| d.as_secs_f64());
    number.or_else(offset).or_else(|| Time::parse(text).map(|t| t.0 as f64 / 1e9))
}

/// Reads an answer to `query_range`: the sum of its series.
pub fn prometheus(text: &str) -> Result<Curve, String> {
    let answer = Value::parse(text).map_err(|e| format!("not JSON: {e}"))?;
    if answer.str_at("data/resultType") != "matrix" {
        return Err(format!("data.resultType is {:?}, want \"matrix\"", answer.str_at("data/resultType")));
    }
    let mut sums: BTreeMap<i64, f64> = BTreeMap::new();
    for (i, series) in answer.items_at("data/result").iter().enumerate() {
        for (j, sample) in series.items_at("values").iter().enumerate() {
            let value = match sample.items() {
                [at, value] => at.as_f64().zip(value.as_str().and_then(|v| v.parse::<f64>().ok())),
                _ => None,
            };
            let (at, value) =
                value.ok_or_else(|| format!("data.result[{i}].values[{j}]: want [time, \"value\"]"))?;
            // NaN stands for "no value".
            if value.is_finite() {
                *sums.entry((at * 1e3) as i64).or_default() += value;
            }
        }
    }
    let first = *sums.keys().next().ok_or("data.result holds no samples")?;
    let point = |(at, value): (i64, f64)| (Duration::from_millis(at - first), value);
    Ok(Curve { ramp: false, points: sums.into_iter().map(point).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_csv_and_says_where_it_is_wrong() {
        let columns = csv("time,cpu\n0,0.05\n2m,0.9\n").unwrap();
        assert_eq!(columns["cpu"].value(Duration::from_secs(120)), 0.9);
        assert_eq!(csv("time,cpu\n0,x").unwrap_err(), "line 2: cannot read the number \"x\"");
        assert_eq!(csv("time,cpu\n0").unwrap_err(), "line 2: 1 cells, the heading has 2");
        let dated = csv("time,cpu\n2026-06-03T00:00:00Z,1\n2026-06-03T00:01:00Z,2").unwrap();
        assert_eq!(dated["cpu"].points[1].0, Duration::from_secs(60));
    }

    #[test]
    fn sums_the_series_of_prometheus() {
        let text = r#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"pod":"a"},"values":[[1700000000,"0.5"],[1700000015,"0.75"]]},
            {"metric":{"pod":"b"},"values":[[1700000015,"0.25"],[1700000030,"NaN"]]}]}}"#;
        let curve = prometheus(text).unwrap();
        assert_eq!(curve.points, [(Duration::ZERO, 0.5), (Duration::from_secs(15), 1.0)]);
        assert!(prometheus("{}").is_err());
    }
}
