//! The only clock: times enter the rooms as text.

use crate::model::{Date, Moment};
use std::time::{SystemTime, UNIX_EPOCH};

/// The time now in UTC, as `2026-01-31T09:00:00Z`. Standard: RFC 3339.
pub(super) fn now() -> String {
    show(seconds())
}

/// The time now, in seconds since 1970.
pub(super) fn seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_secs())
}

/// Today in UTC, as `2026-01-31`.
pub(super) fn today() -> String {
    now().chars().take(10).collect()
}

/// The day of a time in China, whose days terms are of; what cannot be read as it stands.
pub(super) fn day_in_china(time: &str) -> String {
    let day = Moment::parse(time).map(Date::in_china);
    day.map_or_else(|| time.to_owned(), |d| d.to_string())
}

/// The day so many days after this second, as `2026-01-31`.
pub(super) fn day_after(days: u32) -> String {
    let later = seconds().saturating_add(u64::from(days) * 86_400);
    show(later).chars().take(10).collect()
}

/// Minutes that this machine's own time is ahead of UTC, as `date +%z` says it; 0 when it does not. The
/// standard library knows no time zones.
pub(super) fn ahead_of_utc() -> i32 {
    let said = std::process::Command::new("date").arg("+%z").output();
    let text = said.map(|o| o.stdout).unwrap_or_default();
    offset(&String::from_utf8_lossy(&text)).unwrap_or(0)
}

/// Minutes of an offset as `+0800`.
fn offset(text: &str) -> Option<i32> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    if digits.len() != 4 || !digits.is_ascii() {
        return None;
    }
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..)?.parse().ok()?;
    Some(sign * (hours * 60 + minutes))
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
    fn offsets() {
        assert_eq!(offset("+0800\n"), Some(480));
        assert_eq!(offset("-0330"), Some(-210));
        assert_eq!(offset(""), None);
        assert_eq!(offset("+8"), None);
        assert_eq!(today().len(), 10);
        assert!(day_after(1) > today());
    }

    #[test]
    fn known_times() {
        assert_eq!(show(0), "1970-01-01T00:00:00Z");
        assert_eq!(day_in_china("2026-11-30T16:00:00Z"), "2026-12-01");
        assert_eq!(show(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(show(1_767_225_599), "2025-12-31T23:59:59Z");
    }
}
