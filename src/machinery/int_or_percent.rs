//! `maxSurge: 1` or `maxSurge: 25%`: a number, or a share of a total.

use super::value::Value;

/// Why a value is neither. The text is the one of Kubernetes' `intstr`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid value for IntOrString: {0}")]
pub struct IntOrPercentError(&'static str);

/// The number itself, or the share of `total` a percentage makes, rounded up or down.
pub fn scaled(v: &Value, total: i64, round_up: bool) -> Result<i64, IntOrPercentError> {
    const TYPE: IntOrPercentError = IntOrPercentError("invalid type: neither int nor percentage");
    match v {
        Value::Str(text) => {
            let digits = text
                .strip_suffix('%')
                .ok_or(IntOrPercentError("invalid type: string is not a percentage"))?;
            let percent: i32 = digits.parse().map_err(|_| TYPE)?;
            let share = f64::from(percent) * total as f64 / 100.0;
            Ok(if round_up { share.ceil() } else { share.floor() } as i64)
        }
        other => other.as_i64().ok_or(TYPE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_rounded_as_asked() {
        assert_eq!(scaled(&Value::from("25%"), 10, true), Ok(3));
        assert_eq!(scaled(&Value::from("25%"), 10, false), Ok(2));
        assert_eq!(scaled(&Value::from(7), 10, false), Ok(7));
        let text = scaled(&Value::from("7"), 10, false).map_err(|e| e.to_string());
        assert_eq!(
            text,
            Err("invalid value for IntOrString: invalid type: string is not a percentage".into())
        );
    }
}
