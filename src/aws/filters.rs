//! Filters and pages, as the Query services have them.

use super::ServiceError;
use crate::machinery::{Value, wildcard};

/// Whether a thing passes all of a request's `Filters`: of one filter any value has to fit, of the filters all.
/// `values_of` answers what the thing has under a filter's name; `None` for a name that the operation does not know.
pub fn pass(
    filters: &[Value],
    values_of: impl Fn(&str) -> Option<Vec<String>>,
) -> Result<bool, ServiceError> {
    for filter in filters {
        let name = filter.str_at("Name");
        let Some(values) = values_of(name) else {
            return Err(ServiceError::invalid(
                "InvalidParameterValue",
                format!("The filter '{name}' is invalid"),
            ));
        };
        let wanted = filter.items_at("Values");
        let fits = |value: &String| wanted.iter().filter_map(Value::as_str).any(|w| wildcard::fits(w, value));
        if !values.iter().any(fits) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What a list of `Key`/`Value` tags has under `tag:KEY`, `tag-key` or `tag-value`; `None` for other names.
pub fn tag_values(tags: &[Value], name: &str) -> Option<Vec<String>> {
    let all = |member: &str| tags.iter().map(|t| t.str_at(member).to_string()).collect();
    match name {
        "tag-key" => Some(all("Key")),
        "tag-value" => Some(all("Value")),
        _ => {
            let key = name.strip_prefix("tag:")?;
            let of_key = tags.iter().filter(|t| t.str_at("Key") == key);
            Some(of_key.map(|t| t.str_at("Value").to_string()).collect())
        }
    }
}

/// One page of a list under `member`, with the token of the next under `token`. A token is the place in the list.
pub fn page(items: Vec<Value>, member: &str, given: &Value, limit: Limit) -> Result<Value, ServiceError> {
    let start = match given.str_at(limit.token) {
        "" => 0,
        token => token.parse::<usize>().map_err(|_| {
            ServiceError::invalid(limit.bad_token, "The token provided in the request is invalid.")
        })?,
    };
    let size = given.int_at(limit.size).unwrap_or(limit.default).clamp(1, limit.most) as usize;
    let end = (start + size).min(items.len());
    let mut answer = Value::object();
    if end < items.len() {
        answer.set(limit.token, end.to_string());
    }
    answer.set(member, items.into_iter().skip(start).take(size).collect::<Vec<_>>());
    Ok(answer)
}

/// How an operation pages.
#[derive(Clone, Copy)]
pub struct Limit {
    /// The member that asks for a size.
    pub size: &'static str,
    /// The member of the token, in both directions.
    pub token: &'static str,
    /// Items of a page when nobody asks.
    pub default: i64,
    /// The most there may be.
    pub most: i64,
    /// The code of the error about a token that is none.
    pub bad_token: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn filters_join_with_and_their_values_with_or() {
        let filters =
            [json!({"Name": "tag:a", "Values": ["1", "2"]}), json!({"Name": "tag-key", "Values": ["b*"]})];
        let tags = [json!({"Key": "a", "Value": "2"}), json!({"Key": "bc", "Value": ""})];
        assert!(pass(&filters, |name| tag_values(&tags, name)).unwrap());
        assert!(!pass(&filters, |name| tag_values(&tags[..1], name)).unwrap());
        assert_eq!(pass(&filters, |_| None).unwrap_err().message, "The filter 'tag:a' is invalid");
    }

    #[test]
    fn pages_follow_each_other() {
        let limit = Limit {
            size: "MaxRecords",
            token: "NextToken",
            default: 50,
            most: 100,
            bad_token: "InvalidNextToken",
        };
        let items: Vec<Value> = (0..3).map(Value::from).collect();
        let first = page(items.clone(), "Items", &json!({"MaxRecords": 2}), limit).unwrap();
        assert_eq!((first.items_at("Items").len(), first.str_at("NextToken")), (2, "2"));
        let last = page(items, "Items", &json!({"NextToken": "2"}), limit).unwrap();
        assert_eq!((last.items_at("Items").len(), last.get("NextToken")), (1, None));
    }
}
