//! `kubetick cost`: a bill as a table.

use super::tabwriter::{TABLE, align};
use crate::machinery::duration::go_duration;
use crate::machinery::{Time, Value};
use std::fmt::Write;

/// Hours of a month, as AWS reckons it.
const MONTH: f64 = 730.0;

/// The text of a bill.
pub fn explain_cost(bill: &Value) -> String {
    let number = |v: &Value, field: &str| v.at(field).as_f64().unwrap_or(0.0);
    let mut out = String::new();
    let (from, to) = (bill.str_at("from"), bill.str_at("to"));
    let instant = |text: &str| Time::parse(text).unwrap_or_default();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "From {from} to {to} ({})\n", go_duration(instant(to).since(instant(from))));
    let mut table = String::from("GROUP\tTYPE\tCAPACITY\tINSTANCES\tRUNNING\tHOURS\tUSD/HOUR\tUSD\n");
    let mut instances = 0;
    for row in bill.items_at("groups") {
        let text = |field: &str| row.str_at(field);
        let count = |field: &str| row.int_at(field).unwrap_or(0);
        instances += count("count");
        let dollars = |field: &str, digits: usize| {
            row.at(field).as_f64().map_or("?".to_string(), |usd| format!("{usd:.digits$}"))
        };
        let _ = writeln!(
            table,
            "{}\t{}\t{}\t{}\t{}\t{:.3}\t{}\t{}",
            text("group"),
            text("type"),
            text("capacity"),
            count("count"),
            count("running"),
            number(row, "hours"),
            dollars("pricePerHour", 4),
            dollars("cost", 4),
        );
    }
    let (hours, cost, rate) = (number(bill, "hours"), number(bill, "cost"), number(bill, "costPerHour"));
    let running = bill.int_at("running").unwrap_or(0);
    let _ = writeln!(table, "all\t\t\t{instances}\t{running}\t{hours:.3}\t\t{cost:.4}");
    out.push_str(&align(TABLE, &table));
    let unpriced: Vec<&str> = bill.items_at("withoutPrice").iter().filter_map(Value::as_str).collect();
    if !unpriced.is_empty() {
        let _ = writeln!(out, "\nNo price is known of {}: give --price TYPE=USD.", unpriced.join(", "));
    }
    let _ = writeln!(out, "\nWhat runs at the end costs ${rate:.4} an hour, ${:.2} a month.", rate * MONTH);
    out
}
