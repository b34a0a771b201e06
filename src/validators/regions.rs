//! The codes of GB/T 2260: counties, districts and what was above them.

use super::number;
use std::sync::LazyLock;

/// By the first four digits, from 1100 on: a bit for each value of the last two.
static CODES: LazyLock<Vec<u128>> = LazyLock::new(|| {
    let mut codes = vec![0; 7_000];
    for line in include_str!("../../rules/tables/gb2260.txt").lines() {
        let Some((prefecture, ranges)) = line.split_once(' ') else {
            continue;
        };
        let Some(slot) = slot(prefecture.as_bytes()).and_then(|at| codes.get_mut(at)) else {
            continue;
        };
        for range in ranges.split(',') {
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            if let (Ok(from), Ok(to)) = (from.parse::<u8>(), to.parse::<u8>()) {
                *slot |= (from..=to.min(99)).fold(0, |bits, n| bits | 1 << n);
            }
        }
    }
    codes
});

fn slot(prefecture: &[u8]) -> Option<usize> {
    let n = number(prefecture)?.checked_sub(1_100)?;
    usize::try_from(n).ok()
}

/// Whether the first six digits are a code of GB/T 2260 that was in use at some time since 1980.
/// `rules/tables/gb2260.txt`; codes given after the table was made are missing.
pub(super) fn is_region(digits: &[u8]) -> bool {
    let bits = digits
        .get(..4)
        .and_then(slot)
        .and_then(|at| CODES.get(at))
        .copied()
        .unwrap_or(0);
    let last = digits.get(4..6).and_then(number).unwrap_or(127);
    bits >> last & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counties_that_are_and_were() {
        for good in ["110105", "440305", "632322", "310230", "429001", "532900"] {
            assert!(is_region(good.as_bytes()), "{good}");
        }
        for bad in ["991398", "200105", "110199", "1101", "", "11010X", "000000"] {
            assert!(!is_region(bad.as_bytes()), "{bad}");
        }
        let all: u32 = CODES.iter().map(|bits| bits.count_ones()).sum();
        assert_eq!(all, 7_381);
    }
}
