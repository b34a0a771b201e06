//! Engine: megabytes a CPU second on the seeded texts, hits against what was planted, regex engines beside.
//!
//! `cargo bench --bench engine -- [MiB]`
#![allow(clippy::print_stdout, reason = "results of a measurement")]

#[path = "../benches/corpus/mod.rs"]
pub mod corpus;

use corpus::{Kind, Truth};
use inkout::{
    engine::{Check, Engine, Find, Finder, Hits, Isa, Pattern},
    model::Charset,
};
use std::hint::black_box;

const ID: &str =
    "[1-8][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]";
const MOBILE: &str = "1[3-9][0-9]{9}";
const CARD: &str =
    "62[0-9]{14,17}|60[0-9]{14}|4[0-9]{12}|4[0-9]{15}|5[1-5][0-9]{14}|3[47][0-9]{13}|35[0-9]{14}";
const CREDIT: &str = "[159Y][1-9][1-8][0-9]{5}[0-9A-HJ-NPQRTUWXY]{10}";
const PASSPORT: &str = "[DEGHKPS][0-9]{8}|E[A-HJ-NP-Z][0-9]{7}";
const ACCOUNT: &str = "A[0-9]{9}";
const LANDLINE: &str = "0(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}";
const KEYWORDS: [&str; 14] = [
    "身份证",
    "手机号",
    "银行卡",
    "信用代码",
    "护照",
    "车牌",
    "股东账户",
    "绝密",
    "机密",
    "内部资料",
    "confidential",
    "password",
    "passport",
    "credit card",
];

fn shape<'a>(regex: &'a str, groups: &'a [Vec<u8>], plain: bool, check: Check) -> Pattern<'a> {
    Pattern {
        find: Find::Shape {
            regex,
            groups,
            plain,
        },
        check,
    }
}

pub fn compile(keywords: bool) -> Engine {
    let none: [Vec<u8>; 0] = [];
    let id = [vec![6, 8, 4]];
    let mobile = [vec![3, 4, 4], vec![3, 3, 5]];
    let card = [vec![4, 4, 4, 4], vec![4, 4, 4, 4, 3], vec![4, 6, 5]];
    let landline = [vec![3, 8], vec![4, 7], vec![4, 8]];
    let words: Vec<String> = KEYWORDS.iter().map(ToString::to_string).collect();
    let named = |finder| Pattern {
        find: Find::Named(finder),
        check: Check::None,
    };
    let mut patterns = vec![
        shape(ID, &id, true, Check::Mod11x2),
        shape(MOBILE, &mobile, true, Check::None),
        shape(CARD, &card, true, Check::Luhn),
        shape(CREDIT, &none, true, Check::Mod31),
        shape(PASSPORT, &none, true, Check::None),
        shape(ACCOUNT, &none, true, Check::None),
        named(Finder::Plate),
        named(Finder::Email),
        named(Finder::Ipv4),
        shape(LANDLINE, &landline, false, Check::None),
        named(Finder::Mac),
    ];
    if keywords {
        patterns.push(Pattern {
            find: Find::Words(&words),
            check: Check::None,
        });
    }
    Engine::compile(&patterns).expect("the patterns are right")
}

fn cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The best of some rounds, in megabytes a CPU second.
fn speed(bytes: usize, mut run: impl FnMut()) -> f64 {
    let best = (0..5)
        .map(|_| {
            let start = cpu();
            run();
            cpu() - start
        })
        .fold(f64::INFINITY, f64::min);
    bytes as f64 / best / 1e6
}

/// Scans in windows of 256 KiB, as a file is read, and counts hits by pattern.
pub fn scan(engine: &Engine, text: &[u8], charset: Charset, hits: &mut Hits) -> [u64; 12] {
    let mut counts = [0; 12];
    for start in (0..text.len()).step_by(WINDOW) {
        let end = text.len().min(start + WINDOW);
        engine.scan(text, start..end, charset, hits);
        for hit in &hits.hits {
            counts[usize::from(hit.pattern)] += 1;
        }
    }
    counts
}

const WINDOW: usize = 256 << 10;

fn truth(truth: &Truth) -> [u64; 10] {
    [
        truth.resident_id,
        truth.mobile,
        truth.card,
        truth.credit_code,
        truth.passport,
        truth.account,
        truth.plate,
        truth.email,
        truth.ipv4,
        truth.landline,
    ]
}

fn peer() -> String {
    let plate = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z](?:[A-Z][A-HJ-NP-Z0-9][0-9]{4}|[A-HJ-NP-Z0-9]{5})";
    let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    let list = [
        ID.to_owned(),
        "1[3-9][0-9](?:[0-9]{8}|[ -][0-9]{4}[ -][0-9]{4})".to_owned(),
        format!("{CARD}|[0-9]{{4}}(?:[ -][0-9]{{4}}){{3}}(?:[ -][0-9]{{3}})?"),
        CREDIT.to_owned(),
        PASSPORT.to_owned(),
        ACCOUNT.to_owned(),
        plate.to_owned(),
        "[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\\.){1,4}[A-Za-z]{2,24}".to_owned(),
        format!("{octet}(?:\\.{octet}){{3}}"),
        "0[0-9]{2,3}-[2-8][0-9]{6,7}".to_owned(),
        "[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}".to_owned(),
        KEYWORDS.join("|"),
    ];
    let list: Vec<String> = list.iter().map(|regex| format!("(?:{regex})")).collect();
    format!(r"(?-u:\b)(?:{})(?-u:\b)", list.join("|"))
}

fn main() {
    let mib = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .next()
        .unwrap_or(16usize);
    let (best, bare) = (compile(true), compile(false));
    let scalar = compile(true).with_isa(Isa::Scalar);
    let union = regex::bytes::Regex::new(&peer()).expect("the union is right");
    let mut hits = Hits::default();
    println!("{mib} MiB, MB a CPU second; {:?}", best.isa());
    println!(
        "{:<14}{:>9}{:>11}{:>9}{:>7}{:>9}{:>7}",
        "text", "best", "no words", "scalar", "ratio", "regex", "ratio"
    );
    let mut rows = Vec::new();
    for kind in [
        Kind::Dense,
        Kind::Sparse,
        Kind::Adversarial,
        Kind::Prose,
        Kind::OneLine,
    ] {
        let made = corpus::make(kind, mib << 20, 7);
        let mut texts = vec![(
            format!("{kind:?}"),
            made.text.as_bytes().to_vec(),
            Charset::Utf8,
        )];
        if matches!(kind, Kind::Dense | Kind::Prose) {
            texts.push((format!("{kind:?} GBK"), made.gb18030(), Charset::Gb18030));
        }
        for (name, text, charset) in texts {
            let fast = speed(text.len(), || {
                drop(black_box(scan(&best, &text, charset, &mut hits)))
            });
            let words = speed(text.len(), || {
                drop(black_box(scan(&bare, &text, charset, &mut hits)))
            });
            let slow = speed(text.len(), || {
                drop(black_box(scan(&scalar, &text, charset, &mut hits)))
            });
            let regex = if charset == Charset::Utf8 {
                let part = &text[..text.len().min(4 << 20)];
                speed(part.len(), || {
                    drop(black_box(union.find_iter(part).count()))
                })
            } else {
                f64::NAN
            };
            println!(
                "{name:<14}{fast:>9.0}{words:>11.0}{slow:>9.0}{:>7.2}{regex:>9.0}{:>7.1}",
                slow / fast,
                fast / regex
            );
            if kind == Kind::Dense {
                rows.push(made.truth.rows as f64 * fast / text.len() as f64);
            }
            let found = scan(&best, &text, charset, &mut hits);
            assert_eq!(
                found,
                scan(&scalar, &text, charset, &mut hits),
                "scalar finds the same"
            );
            for (i, (found, planted)) in found.iter().zip(truth(&made.truth)).enumerate() {
                let note = match found.cmp(&planted) {
                    std::cmp::Ordering::Less => "MISSED",
                    std::cmp::Ordering::Equal => continue,
                    std::cmp::Ordering::Greater => "more",
                };
                println!("    pattern {i}: planted {planted}, found {found} {note}");
            }
        }
    }
    println!(
        "dense rows a second, GBK to UTF-8: {:.2}",
        rows[1] / rows[0]
    );
    let cells: Vec<&[u8]> = [
        &b"13800138000"[..],
        b"11010519491231002X",
        b"zhang.san@example.com",
        "北京市海淀区".as_bytes(),
    ]
    .to_vec();
    let start = cpu();
    for _ in 0..250_000 {
        for cell in &cells {
            best.scan(cell, 0..cell.len(), Charset::Utf8, &mut hits);
            black_box(&hits);
        }
    }
    println!("cells: {:.0} ns each", (cpu() - start) * 1e3);
}
