//! The check for original values: MB per processor second by kind of text and number of values.
//!
//! Synthetic texts from a fixed seed, 64 MiB each (`INKOUT_BENCH_MB`), in memory; beside each figure
//! that of a plain byte search for an absent byte, as the floor of the machine.

use inkout::{
    digest::JobKey,
    sys::now_of_thread,
    verify::residue::{Limits, Sealed, Values, search},
};
use std::{
    fmt::Write as _,
    io::{self, Write},
};

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

fn han(random: &mut Random, n: usize, out: &mut String) {
    for _ in 0..n {
        // Common characters stand in the first part of the block more often than not.
        let code = 0x4E00 + u32::try_from(random.below(random.0 % 5000 + 100)).unwrap_or(0);
        out.extend(char::from_u32(code));
    }
}

fn row(random: &mut Random, out: &mut String) {
    han(random, 3, out);
    let (a, b, c) = (
        random.below(1_000_000),
        random.below(1_000_000_000_000),
        random.below(100_000_000),
    );
    let _ = write!(
        out,
        ",{a:06}{b:012},139{c:08},6222{:015},u{:06}@example.com,2020-0{}-1{},",
        random.below(1_000_000_000_000_000),
        random.below(1_000_000),
        random.below(9) + 1,
        random.below(9)
    );
    han(random, 12, out);
    let _ = writeln!(
        out,
        "{}号,{}.{:02}",
        random.below(999),
        random.below(100_000),
        random.below(100)
    );
}

fn log(random: &mut Random, out: &mut String) {
    const WORDS: &[&str] = &[
        "request",
        "handled",
        "by",
        "worker",
        "in",
        "ms",
        "error:",
        "let",
        "mut",
        "self.items",
        "=>",
        "return",
        "None;",
        "cache",
        "miss",
        "for",
        "key",
        "{",
        "}",
        "&amp;",
        "\\n",
        "path=/a/b%20c",
    ];
    let _ = write!(
        out,
        "2024-05-{:02}T10:{:02}:{:02}.{:03}Z ",
        random.below(28) + 1,
        random.below(60),
        random.below(60),
        random.below(1000)
    );
    for _ in 0..12 {
        let at = usize::try_from(random.below(WORDS.len() as u64)).unwrap_or(0);
        out.push_str(WORDS.get(at).copied().unwrap_or_default());
        out.push(' ');
    }
    out.push('\n');
}

#[expect(clippy::many_single_char_names, reason = "six numbers of no meaning")]
fn numbers(random: &mut Random, out: &mut String) {
    let hex = random.0;
    let [a, b, c, d, e, f] = [
        1000,
        1_000_000,
        1_000_000_000_000,
        100,
        1000,
        100_000_000_000,
    ]
    .map(|n| random.below(n));
    let _ = writeln!(out, "{a}.{b:06} {hex:016x} {c} {d}.{e:03} {f:011}");
}

fn text(kind: &str, len: usize) -> Vec<u8> {
    let mut random = Random(7);
    let mut out = String::with_capacity(len + 1024);
    while out.len() < len {
        match kind {
            "dense CSV" => row(&mut random, &mut out),
            "sparse log" => log(&mut random, &mut out),
            "numbers" => numbers(&mut random, &mut out),
            _ => {
                han(&mut random, 20, &mut out);
                out.push('，');
            }
        }
    }
    out.into_bytes()
}

/// Values of the kinds that a customer table holds; none of them in the texts.
fn values(n: u64) -> Sealed {
    let mut random = Random(99);
    let mut values = Values::new(&JobKey::new([5; 32]));
    for i in 0..n {
        let mut value = String::new();
        match i % 5 {
            0 => write!(
                value,
                "{:06}{:012}",
                random.below(1_000_000),
                random.below(1_000_000_000_000)
            ),
            1 => write!(value, "138{:08}", random.below(100_000_000)),
            2 => write!(value, "6226{:015}", random.below(1_000_000_000_000_000)),
            3 => write!(value, "v{:08}@example.com", random.below(100_000_000)),
            _ => {
                han(&mut random, 12, &mut value);
                write!(value, "{i}号")
            }
        }
        .unwrap_or_default();
        values.add(&value);
    }
    values.seal()
}

fn main() -> io::Result<()> {
    let mb = std::env::var("INKOUT_BENCH_MB")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(64_usize);
    let mut out = io::stdout().lock();
    let most = std::env::var("INKOUT_BENCH_VALUES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_000_000);
    let sets: Vec<(u64, Sealed)> = [100, 10_000, most].map(|n| (n, values(n))).into();
    for kind in [
        "dense CSV",
        "sparse log",
        "numbers",
        "Chinese prose",
        "sparse log in UTF-16",
    ] {
        let mut copy = text(kind.trim_end_matches(" in UTF-16"), mb << 20);
        if kind.ends_with("UTF-16") {
            copy = copy.iter().flat_map(|&b| [b, 0]).collect();
        }
        let size = u32::try_from(copy.len()).map_or(0.0, f64::from) / 1e6;
        let start = now_of_thread();
        let absent = memchr::memchr(0x01, &copy).is_none();
        let floor = size / now_of_thread().saturating_sub(start).as_secs_f64();
        write!(out, "{kind:22} memchr {floor:6.0} ({absent})")?;
        for (n, set) in &sets {
            let mut best = f64::MAX;
            let mut found = 0;
            for _ in 0..3 {
                let start = now_of_thread();
                let outcome = search(set, &mut &*copy, &Limits::default())?;
                best = best.min(now_of_thread().saturating_sub(start).as_secs_f64());
                found = outcome.found.len() + outcome.unsearched.len();
            }
            write!(out, "  {n} values: {:5.0} MB/s ({found})", size / best)?;
        }
        writeln!(out)?;
    }
    Ok(())
}
