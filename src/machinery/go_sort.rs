//! The order Go's `sort.Sort` leaves equal elements in.
//!
//! kubectl sorts rows and events with it, it is not stable, and what it does with ties is seen on the screen: `get
//! --sort-by` of a field many objects share prints them neither by name nor in the order they came. Go's sort is a
//! pattern-defeating quicksort without randomness: the length of the input seeds the few swaps that break patterns. The
//! thresholds below are part of the observable behaviour, and so is the generator of those swaps, which Go 1.24 corrected.

use super::KubeVersion;

/// Up to this length, insertion sort.
const INSERTION: usize = 12;
/// From this length on, the pivot is a median of medians.
const NINTHER: usize = 50;
/// Swaps made by a median of three medians when the input falls all the way.
const MAX_SWAPS: usize = 12;
/// How many misplaced pairs a nearly sorted input may have.
const MAX_REPAIRS: usize = 5;

/// Sorts as Go's `sort.Sort` does in the component or client of a version. `less` says whether the first comes before the
/// second.
pub fn go_sort<T>(items: &mut [T], version: KubeVersion, less: impl Fn(&T, &T) -> bool) {
    let limit = usize::BITS - items.len().leading_zeros();
    let shifts = if version.is_built_with_go_1_24() { (13, 7, 17) } else { (13, 17, 5) };
    Sorter { items, less: &less, shifts }.sort(0, limit);
}

/// What the choice of the pivot learnt about the input.
#[derive(PartialEq)]
enum Hint {
    Unknown,
    Rising,
    Falling,
}

struct Sorter<'a, T, L> {
    items: &'a mut [T],
    less: &'a L,
    /// Of the xorshift generator.
    shifts: (u32, u32, u32),
}

impl<T, L: Fn(&T, &T) -> bool> Sorter<'_, T, L> {
    fn less(&self, i: usize, j: usize) -> bool {
        (self.less)(&self.items[i], &self.items[j])
    }

    fn part(&mut self, from: usize, to: usize) -> Sorter<'_, T, L> {
        Sorter { items: &mut self.items[from..to], less: self.less, shifts: self.shifts }
    }

    /// Sorts all of `items` from `start` on; what lies before it is no greater, and was a pivot. `limit` is how many
    /// unbalanced partitions are allowed before heap sort takes over.
    fn sort(&mut self, start: usize, mut limit: u32) {
        let (mut a, mut b) = (start, self.items.len());
        let (mut balanced, mut partitioned) = (true, true);
        loop {
            let length = b - a;
            if length <= INSERTION {
                return self.part(a, b).insertion_sort();
            }
            if limit == 0 {
                return self.part(a, b).heap_sort();
            }
            if !balanced {
                self.part(a, b).break_patterns();
                limit -= 1;
            }
            let (mut pivot, mut hint) = self.part(a, b).choose_pivot();
            if hint == Hint::Falling {
                self.items[a..b].reverse();
                pivot = length - 1 - pivot;
                hint = Hint::Rising;
            }
            if balanced && partitioned && hint == Hint::Rising && self.part(a, b).repair() {
                return;
            }
            // Nothing in this range is less than the element before it: many are equal to it.
            if a > 0 && !self.less(a - 1, a + pivot) {
                a += self.part(a, b).partition_equal(pivot);
                continue;
            }
            let (middle, untouched) = self.part(a, b).partition(pivot);
            partitioned = untouched;
            let (left, right) = (middle, length - middle);
            balanced = left.min(right) >= length / 8;
            let middle = a + middle;
            if left < right {
                Sorter { items: &mut self.items[..middle], less: self.less, shifts: self.shifts }
                    .sort(a, limit);
                a = middle + 1;
            } else {
                Sorter { items: &mut self.items[..b], less: self.less, shifts: self.shifts }
                    .sort(middle + 1, limit);
                b = middle;
            }
        }
    }

    fn insertion_sort(&mut self) {
        for i in 1..self.items.len() {
            self.sink(i);
        }
    }

    /// Moves an element left past the greater ones.
    fn sink(&mut self, from: usize) {
        let mut j = from;
        while j > 0 && self.less(j, j - 1) {
            self.items.swap(j, j - 1);
            j -= 1;
        }
    }

    fn heap_sort(&mut self) {
        let n = self.items.len();
        for root in (0..=(n.saturating_sub(1)) / 2).rev() {
            self.sift_down(root, n);
        }
        for end in (0..n).rev() {
            self.items.swap(0, end);
            self.sift_down(0, end);
        }
    }

    fn sift_down(&mut self, mut root: usize, end: usize) {
        loop {
            let mut child = 2 * root + 1;
            if child >= end {
                return;
            }
            if child + 1 < end && self.less(child, child + 1) {
                child += 1;
            }
            if !self.less(root, child) {
                return;
            }
            self.items.swap(root, child);
            root = child;
        }
    }

    fn break_patterns(&mut self) {
        let n = self.items.len();
        if n < 8 {
            return;
        }
        let mut random = n as u64;
        let mask = (1u64 << (u64::BITS - random.leading_zeros())) - 1;
        for i in 0..3 {
            random ^= random << self.shifts.0;
            random ^= random >> self.shifts.1;
            random ^= random << self.shifts.2;
            let other = (random & mask) as usize;
            self.items.swap(n / 4 * 2 - 1 + i, if other >= n { other - n } else { other });
        }
    }

    fn choose_pivot(&self) -> (usize, Hint) {
        let n = self.items.len();
        let mut swaps = 0;
        let [mut i, mut j, mut k] = [n / 4, n / 4 * 2, n / 4 * 3];
        if n >= 8 {
            if n >= NINTHER {
                for middle in [&mut i, &mut j, &mut k] {
                    *middle = self.median([*middle - 1, *middle, *middle + 1], &mut swaps);
                }
            }
            j = self.median([i, j, k], &mut swaps);
        }
        let hint = match swaps {
            0 => Hint::Rising,
            MAX_SWAPS => Hint::Falling,
            _ => Hint::Unknown,
        };
        (j, hint)
    }

    fn median(&self, [mut a, mut b, mut c]: [usize; 3], swaps: &mut usize) -> usize {
        let mut order = |x: &mut usize, y: &mut usize| {
            if self.less(*y, *x) {
                *swaps += 1;
                std::mem::swap(x, y);
            }
        };
        order(&mut a, &mut b);
        order(&mut b, &mut c);
        order(&mut a, &mut b);
        b
    }

    /// Puts a few misplaced neighbours right; true when that sorted everything.
    fn repair(&mut self) -> bool {
        let n = self.items.len();
        let mut i = 1;
        for _ in 0..MAX_REPAIRS {
            while i < n && !self.less(i, i - 1) {
                i += 1;
            }
            if i == n {
                return true;
            }
            if n < NINTHER {
                return false;
            }
            self.items.swap(i, i - 1);
            if i >= 2 {
                self.sink(i - 1);
            }
            if n - i >= 2 {
                let mut j = i + 1;
                while j < n && self.less(j, j - 1) {
                    self.items.swap(j, j - 1);
                    j += 1;
                }
            }
        }
        false
    }

    /// Less than the pivot to the left, the rest to the right. Answers where the pivot went, and whether nothing else
    /// had to move.
    fn partition(&mut self, pivot: usize) -> (usize, bool) {
        self.items.swap(0, pivot);
        let (mut i, mut j) = (1, self.items.len() - 1);
        let mut untouched = true;
        loop {
            while i <= j && self.less(i, 0) {
                i += 1;
            }
            while i <= j && !self.less(j, 0) {
                j -= 1;
            }
            if i > j {
                break;
            }
            untouched = false;
            self.items.swap(i, j);
            i += 1;
            j -= 1;
        }
        self.items.swap(j, 0);
        (j, untouched)
    }

    /// Equal to the pivot to the left, greater to the right; answers where the greater ones begin.
    fn partition_equal(&mut self, pivot: usize) -> usize {
        self.items.swap(0, pivot);
        let (mut i, mut j) = (1, self.items.len() - 1);
        loop {
            while i <= j && !self.less(0, i) {
                i += 1;
            }
            while i <= j && self.less(0, j) {
                j -= 1;
            }
            if i > j {
                return i;
            }
            self.items.swap(i, j);
            i += 1;
            j -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_inputs_of_every_shape() {
        for n in [0, 1, 2, 12, 13, 49, 50, 51, 200, 1000] {
            for shape in 0..5 {
                let key = |i: usize| match shape {
                    0 => i,
                    1 => n - i,
                    2 => i % 3,
                    3 => i * 7919 % 1009,
                    _ => i.min(n - i),
                };
                let mut items: Vec<(usize, usize)> = (0..n).map(|i| (key(i), i)).collect();
                let mut sorted = items.clone();
                sorted.sort();
                go_sort(&mut items, KubeVersion::LATEST, |a, b| a.0 < b.0);
                assert!(items.is_sorted_by_key(|i| i.0), "{n} elements of shape {shape}");
                items.sort();
                assert_eq!(items, sorted);
            }
        }
    }

    /// Sixteen pods by their age, as kubectl 1.30.13 (Go 1.23) and 1.33.1 (Go 1.24) printed them.
    #[test]
    fn ties_fall_as_in_the_release_of_go() {
        let pods = [
            ("agent-c55jv", 0),
            ("agent-n948q", 0),
            ("agent-w44nb", 0),
            ("bad-0-7bj84", 12),
            ("bad-0-n72s4", 0),
            ("badimg", 240),
            ("cj-94", 660),
            ("cj-95", 720),
            ("cj-96", 780),
            ("crash", 240),
            ("db-0", 540),
            ("ok-8wwnp", 7),
            ("ok-jw7v5", 0),
            ("ok-rn8zl", 0),
            ("pend", 240),
            ("rc-zsp7l", 0),
        ];
        let sorted = |version: &str| {
            let mut sorted = pods;
            go_sort(&mut sorted, KubeVersion::parse(version).unwrap(), |a, b| a.1 < b.1);
            sorted.map(|(name, _)| name).join(" ")
        };
        let (before, end) = ("ok-8wwnp bad-0-7bj84", "db-0 cj-94 cj-95 cj-96");
        assert_eq!(
            sorted("1.30.13"),
            format!(
                "ok-jw7v5 ok-rn8zl agent-w44nb rc-zsp7l agent-n948q bad-0-n72s4 agent-c55jv {before} badimg pend crash {end}"
            )
        );
        assert_eq!(
            sorted("1.33.1"),
            format!(
                "ok-jw7v5 agent-w44nb bad-0-n72s4 rc-zsp7l agent-n948q ok-rn8zl agent-c55jv {before} crash pend badimg {end}"
            )
        );
    }
}
