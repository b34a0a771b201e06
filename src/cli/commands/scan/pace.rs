//! How fast and how long a scan may read.

use crate::{
    cli::{Trouble, clock},
    words::{DailyWord, Language},
};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Minutes of a day.
const DAY: u32 = 24 * 60;

/// A time of day, in minutes, that may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    from: u32,
    to: u32,
    /// Minutes that the clock of the window is ahead of UTC.
    ahead: i32,
}

impl Window {
    /// From `22:00-06:00`, in the time of this machine, or `22:00-06:00+08:00`.
    pub(super) fn parse(text: &str, language: Language) -> Result<Self, Trouble> {
        let bad = || {
            let text = DailyWord::BadWindow.fill(language, &[&crate::cli::shown::text(text)]);
            Trouble::usage(text)
        };
        let (from, rest) = text.split_once('-').ok_or_else(bad)?;
        let (to, ahead) = match rest.find(['+', '-']) {
            Some(at) => {
                let (to, offset) = rest.split_at(at);
                let minutes = minutes(&offset[1..]).and_then(|m| i32::try_from(m).ok());
                let minutes = minutes.ok_or_else(bad)?;
                (
                    to,
                    if offset.starts_with('-') {
                        -minutes
                    } else {
                        minutes
                    },
                )
            }
            None => (rest, clock::ahead_of_utc()),
        };
        match (minutes(from), minutes(to)) {
            (Some(from), Some(to)) if from != to => Ok(Self { from, to, ahead }),
            _ => Err(bad()),
        }
    }

    /// Seconds until it closes; `None` when it is closed. `now` in seconds since 1970.
    fn left(self, now: u64) -> Option<u64> {
        let day = i64::from(DAY) * 60;
        let second = (i64::try_from(now).ok()? + i64::from(self.ahead) * 60).rem_euclid(day);
        let until = |minute: u32| (i64::from(minute) * 60 - second).rem_euclid(day);
        // Open when it closes sooner than it opens; at the very minute of opening that is a day away.
        let (closes, opens) = (until(self.to), until(self.from));
        let open = opens == 0 || closes != 0 && closes < opens;
        open.then(|| u64::try_from(closes).ok()).flatten()
    }
}

fn minutes(text: &str) -> Option<u32> {
    let (h, m) = text.split_once(':')?;
    let number = |t: &str| -> Option<u32> {
        (t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit()))
            .then(|| t.parse().ok())
            .flatten()
    };
    let (h, m) = (number(h)?, number(m)?);
    (h < 24 && m < 60).then_some(h * 60 + m)
}

/// Holds readers back.
#[derive(Debug)]
pub(super) struct Pace<'a> {
    rate: Option<u64>,
    closes: Option<Instant>,
    /// When the next byte may be read.
    next: Mutex<Instant>,
    stop: &'a AtomicBool,
    closed: AtomicBool,
}

/// Readers wait at most so long at a time, so that they end when they should.
const STEP: Duration = Duration::from_millis(200);

impl<'a> Pace<'a> {
    /// `None` when the window is closed now.
    pub(super) fn new(
        rate: Option<u64>,
        window: Option<Window>,
        stop: &'a AtomicBool,
    ) -> Option<Self> {
        let start = Instant::now();
        let closes = match window {
            Some(window) => Some(start + Duration::from_secs(window.left(clock::seconds())?)),
            None => None,
        };
        Some(Self {
            rate,
            closes,
            next: Mutex::new(start),
            stop,
            closed: AtomicBool::new(false),
        })
    }

    /// Called with the bytes that were read: returns when more may be read.
    pub(super) fn after(&self, bytes: u64) {
        if self.is_over() {
            return;
        }
        let Some(rate) = self.rate else { return };
        let cost = Duration::from_nanos(
            u64::try_from(u128::from(bytes) * 1_000_000_000 / u128::from(rate.max(1)))
                .unwrap_or(u64::MAX),
        );
        let until = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            // What was not used before is not saved up.
            *next = (*next).max(Instant::now()) + cost;
            *next
        };
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            if left.is_zero() || self.is_over() || self.stop.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(left.min(STEP));
        }
    }

    fn is_over(&self) -> bool {
        let over = self.closes.is_some_and(|closes| Instant::now() >= closes);
        if over {
            self.closed.store(true, Ordering::Relaxed);
            self.stop.store(true, Ordering::Relaxed);
        }
        over
    }

    /// Whether the window has closed meanwhile.
    pub(super) fn has_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str) -> Option<Window> {
        Window::parse(text, Language::En).ok()
    }

    #[test]
    fn windows_go_over_midnight() {
        let night = window("22:00-06:00+00:00").unwrap();
        let at = |h: u64, m: u64| (100 * 24 * 60 + h * 60 + m) * 60;
        assert_eq!(night.left(at(22, 0)), Some(8 * 3_600));
        assert_eq!(night.left(at(5, 59)), Some(60));
        assert_eq!(night.left(at(6, 0)), None);
        assert_eq!(night.left(at(21, 59)), None);
        let lunch = window("12:00-13:30+08:00").unwrap();
        assert_eq!(lunch.left(at(4, 30)), Some(3_600));
        assert_eq!(lunch.left(at(12, 30)), None);
        assert_eq!(
            window("01:00-02:00-03:30").unwrap().left(at(4, 45)),
            Some(45 * 60)
        );
        for bad in [
            "22-6",
            "22:00",
            "22:00-22:00",
            "24:00-01:00",
            "22:00-06:00+8",
            "a:b-c:d",
        ] {
            assert!(window(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_rate_holds() {
        let stop = AtomicBool::new(false);
        let pace = Pace::new(Some(1_000_000), None, &stop).unwrap();
        let start = Instant::now();
        (0..5).for_each(|_| pace.after(50_000));
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(240), "{took:?}");
        assert!(!pace.has_closed());
    }
}
