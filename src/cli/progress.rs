//! Progress on a terminal: files and bytes done, rate, time left, current file. Elsewhere a line every half
//! minute.

use super::log::{Form, Log};
use crate::{
    pipeline::Progress,
    words::{DailyWord, grouped, size},
};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::IsTerminal,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Time between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// Runs `work` and shows its progress meanwhile.
pub(super) fn shown<T>(progress: &Progress, log: Log, work: impl FnOnce() -> T) -> T {
    if log.is_quiet() && log.form == Form::Text {
        return work();
    }
    let bar = log.form == Form::Text && std::io::stderr().is_terminal();
    let ended = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        let flag = Arc::clone(&ended);
        let shower = scope.spawn(move || {
            if bar {
                show(progress, &flag);
            } else {
                lines(progress, &flag, log);
            }
        });
        let done = work();
        ended.store(true, Ordering::Relaxed);
        shower.thread().unpark();
        let _ = shower.join();
        done
    })
}

/// A line now and then, for logs.
fn lines(progress: &Progress, ended: &AtomicBool, log: Log) {
    let (mut last, mut before) = (Instant::now(), 0);
    while !ended.load(Ordering::Relaxed) {
        let left = LINE_EVERY.saturating_sub(last.elapsed());
        if !left.is_zero() {
            std::thread::park_timeout(left);
            continue;
        }
        let files = progress.files.load(Ordering::Relaxed);
        let bytes = progress.bytes.load(Ordering::Relaxed);
        let millis = last.elapsed().as_millis().max(1);
        let rate = u128::from(bytes.saturating_sub(before)) * 1_000 / millis;
        let rate = u64::try_from(rate).unwrap_or(u64::MAX);
        let text = DailyWord::ProgressLine
            .fill(log.language, &[&grouped(files), &size(bytes), &size(rate)]);
        let fields = [
            ("files", files.into()),
            ("bytes", bytes.into()),
            ("bytes_per_second", rate.into()),
        ];
        log.info("progress", &fields, &text);
        (last, before) = (Instant::now(), bytes);
    }
}

fn show(progress: &Progress, ended: &AtomicBool) {
    let bar = ProgressBar::new(0);
    let style = "{spinner} {pos}/{len}  {prefix}  {elapsed} (~{eta})  {wide_msg}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    let mut last = (0, std::time::Instant::now());
    let mut rate = 0;
    while !ended.load(Ordering::Relaxed) {
        let (files, known) = (
            progress.files.load(Ordering::Relaxed),
            progress.known.load(Ordering::Relaxed),
        );
        let bytes = progress.bytes.load(Ordering::Relaxed);
        let spent = last.1.elapsed();
        if spent >= Duration::from_secs(1) {
            rate = u64::try_from(u128::from(bytes - last.0) * 1000 / spent.as_millis().max(1))
                .unwrap_or(0);
            last = (bytes, std::time::Instant::now());
        }
        // Until every folder is listed the total only grows, and says so.
        let more = if progress.listed.load(Ordering::Relaxed) {
            ""
        } else {
            "+"
        };
        bar.set_length(known);
        bar.set_position(files);
        bar.set_prefix(format!("{more} {}  {}/s", size(bytes), size(rate)));
        if let Ok(current) = progress.current.try_lock() {
            bar.set_message(current.clone());
        }
        bar.tick();
        std::thread::park_timeout(Duration::from_millis(120));
    }
    bar.finish_and_clear();
}
