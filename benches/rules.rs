//! What rules cost: time of the detector with the first fifteen rules, with all but the secrets, and with all.
//!
//! `cargo bench --bench rules -- [MiB]`
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a measurement prints its results and stops when it cannot run"
)]
#![allow(
    clippy::cast_precision_loss,
    reason = "sizes and times are far below 2^52"
)]

mod corpus;

use corpus::Kind;
use inkout::{
    detect::Detector,
    model::{Charset, Fragment, Layout},
    rules::RuleSet,
};
use std::{hint::black_box, sync::Arc};

/// Rules that the first ones are: what the time of all is compared with.
const FIRST: usize = 15;
const BLOCK: usize = 1 << 20;

/// Processor seconds of this process.
fn cpu() -> f64 {
    let times = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let tail = times.rsplit(')').next().unwrap_or_default();
    let ticks = |n| -> f64 {
        let field = tail.split_whitespace().nth(n);
        field.and_then(|f| f.parse().ok()).unwrap_or(0.0)
    };
    (ticks(11) + ticks(12)) / 100.0
}

fn detector(keep: impl Fn(usize, &str) -> bool) -> Detector {
    let mut rules = RuleSet::builtin().expect("the rules are right");
    let mut number = 0;
    rules.rules.retain(|rule| {
        number += 1;
        keep(number - 1, &rule.id)
    });
    Detector::new(Arc::new(rules), 50).expect("the rules compile")
}

/// Megabytes a processor second, the best of five, and findings.
fn run(detector: &Detector, text: &[u8]) -> (f64, usize) {
    let mut best = 0.0_f64;
    let mut count = 0;
    for _ in 0..5 {
        let start = cpu();
        count = 0;
        let mut pass = detector.begin();
        for block in text.chunks(BLOCK) {
            let fragment = Fragment {
                at: &[],
                bytes: block,
                charset: Charset::Utf8,
                own: 0..block.len(),
                base: None,
                layout: Layout::Lines { first: 1 },
                label: None,
            };
            count += black_box(pass.text(&fragment)).len();
        }
        best = best.max(text.len() as f64 / 1e6 / (cpu() - start).max(1e-9));
    }
    (best, count)
}

fn main() {
    let mib = std::env::args()
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(64usize);
    let first = detector(|n, _| n < FIRST);
    let plain = detector(|_, id| !id.starts_with("secret."));
    let all = detector(|_, _| true);
    println!("{mib} MiB, MB a CPU second (findings)");
    println!(
        "{:<14}{:>18}{:>18}{:>18}{:>12}",
        "text",
        format!("first {FIRST}"),
        "without secrets",
        "all",
        "all / first"
    );
    for kind in [
        Kind::Sparse,
        Kind::Prose,
        Kind::Adversarial,
        Kind::Dense,
        Kind::OneLine,
    ] {
        let made = corpus::make(kind, mib << 20, 7);
        let text = made.text.as_bytes();
        let (a, b, c) = (run(&first, text), run(&plain, text), run(&all, text));
        let cell = |(speed, found): (f64, usize)| format!("{speed:.0} ({found})");
        println!(
            "{:<14}{:>18}{:>18}{:>18}{:>12.2}",
            format!("{kind:?}"),
            cell(a),
            cell(b),
            cell(c),
            a.0 / c.0
        );
    }
}
