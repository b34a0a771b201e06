//! The only clock: times enter the rooms as text.

use std::time::{SystemTime, UNIX_EPOCH};

/// The time now in UTC, as `2026-01-31T09:00:00Z`. Standard: RFC 3339.
pub(super) fn now() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_secs());
    show(seconds)
}

/// The time now, in nanoseconds since 1970.
pub(super) fn nanoseconds() -> i64 {
    i64::try_from(crate::sys::nanoseconds(SystemTime::now())).unwrap_or(i64::MAX)
}

/// Seconds since 1970 as a time. Days to dates after Howard Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`.
fn show(seconds: u64) -> String {
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let z = days + 719_468;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + u64::from(month <= 2);
    let (h, m, s) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        assert_eq!(show(0), "1970-01-01T00:00:00Z");
        assert_eq!(show(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(show(1_767_225_599), "2025-12-31T23:59:59Z");
    }
}
