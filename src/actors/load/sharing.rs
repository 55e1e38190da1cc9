//! How a crowded node divides its cores: in proportion to requests, and nobody gets more than it asks for.

/// What a container asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    /// Millionths of a core it would use.
    pub demand: i64,
    /// Its weight: the CPU request, in millionths of a core.
    pub request: i64,
}

/// The least weight: two shares of the 1024 of a core.
const LEAST_WEIGHT: i64 = 2_000;

/// What each container gets of a capacity.
pub(super) fn divide(capacity: i64, claims: &[Claim]) -> Vec<i64> {
    let asked: i64 = claims.iter().map(|c| c.demand).sum();
    if asked <= capacity {
        return claims.iter().map(|c| c.demand).collect();
    }
    let weight = |i: usize| i128::from(claims[i].request.max(LEAST_WEIGHT));
    let mut granted = vec![0; claims.len()];
    // Whoever is content with the least per weight is served first; the rest divide what is left.
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by(|a, b| {
        let (x, y) = (i128::from(claims[*a].demand) * weight(*b), i128::from(claims[*b].demand) * weight(*a));
        x.cmp(&y).then(a.cmp(b))
    });
    let mut left = i128::from(capacity.max(0));
    let mut weights: i128 = order.iter().map(|i| weight(*i)).sum();
    for i in order {
        let share = if weights > 0 { left * weight(i) / weights } else { 0 };
        let got = i128::from(claims[i].demand).min(share);
        granted[i] = i64::try_from(got).unwrap_or(0);
        left -= got;
        weights -= weight(i);
    }
    granted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modest_are_served_and_the_rest_divide_by_request() {
        let claim = |demand, request| Claim { demand, request };
        let claims = [claim(3_000_000, 100_000), claim(3_000_000, 300_000), claim(50_000, 100_000)];
        assert_eq!(divide(10_000_000, &claims), [3_000_000, 3_000_000, 50_000]);
        let granted = divide(2_050_000, &claims);
        assert_eq!(granted, [500_000, 1_500_000, 50_000]);
    }
}
