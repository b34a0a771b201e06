//! Progress on a terminal: files and bytes done, rate, time left, current file. Silent elsewhere.

use crate::{pipeline::Progress, words::size};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::IsTerminal,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Runs `work` and shows its progress meanwhile, when standard error is a terminal.
pub(super) fn shown<T>(progress: &Progress, quiet: bool, work: impl FnOnce() -> T) -> T {
    if quiet || !std::io::stderr().is_terminal() {
        return work();
    }
    let ended = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        let flag = Arc::clone(&ended);
        let shower = scope.spawn(move || show(progress, &flag));
        let done = work();
        ended.store(true, Ordering::Relaxed);
        shower.thread().unpark();
        let _ = shower.join();
        done
    })
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
