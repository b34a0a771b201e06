//! Files that are made to be slow: what they hold very many of costs as much as it is long, and no more.

use super::{
    copies::{holds, redact},
    tests::{page, read, text_of},
};
use std::time::{Duration, Instant};

pub(super) const MANY: usize = 100_000;
/// What takes a step for each pair of so many things takes minutes.
const PATIENCE: Duration = Duration::from_secs(40);

pub(super) fn soon<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let out = run();
    assert!(start.elapsed() < PATIENCE, "{what}: {:?}", start.elapsed());
    out
}

#[test]
fn strings_and_moves_of_one_instruction() {
    let mut content = "BT /F1 12 Tf 72 700 Td [(tel )".to_owned();
    for _ in 0..MANY / 10 {
        content.push_str("(Barth)(olomew)(x)");
    }
    content.push_str(&"-1 ".repeat(MANY));
    content.push_str("(end)] TJ ET");
    let file = page(&content, "", &[]);
    let copy = soon("strings", || redact(&file, &["Bartholomew"]).unwrap());
    assert!(!holds(&copy, "Barth"));
}

#[test]
fn saved_states_that_keep_operands_without_end() {
    // A saved state that held them would copy some MiB each time.
    let mut content = format!("{} g {}", "1 ".repeat(20 * MANY), "q Q ".repeat(MANY));
    content.push_str("BT /F1 12 Tf 72 700 Td (Bartholomew) Tj ET");
    let file = page(&content, "", &[]);
    let copy = soon("states", || redact(&file, &["Bartholomew"]).unwrap());
    let (result, seen) = read(&copy);
    result.unwrap();
    assert!(text_of(&seen, "#page1").is_empty());
}
