//! Forms that parts of records have in the database, and the ways back.

use super::StoreError;
use crate::model::{Distinct, Locator, Name, Reason, Reasons, Step, join};
use std::{collections::BTreeSet, sync::Mutex};

/// A whole number as the database has them: past 2^63 it stays there.
pub(super) fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Steps inside a file, as text.
pub(super) fn place_text(at: &[Step]) -> String {
    if at.is_empty() {
        return String::new();
    }
    Locator(at.to_vec()).to_string()
}

/// A locator without its file, which the file's row has.
pub(super) fn inside_text(at: &Locator) -> String {
    match at.0.split_first() {
        Some((Step::File(_), rest)) => place_text(rest),
        _ => place_text(&at.0),
    }
}

/// Steps from their text. A format may have made steps that the grammar does not hold; they are kept
/// as the name of a part rather than making the inventory unreadable.
pub(super) fn place(text: &str) -> Vec<Step> {
    if text.is_empty() {
        return Vec::new();
    }
    match text.parse::<Locator>() {
        Ok(at) => at.0,
        Err(_) => vec![Step::Part(text.to_owned())],
    }
}

pub(super) fn located(file: &Step, text: &str) -> Locator {
    let mut all = vec![file.clone()];
    all.extend(place(text));
    Locator(all)
}

/// Whether a path is shown as it is. The common case takes no memory.
pub(super) fn is_plain(root: &Name, path: &Name, shown: &str) -> bool {
    let quick = || {
        let rest = shown.as_bytes().strip_prefix(root.bytes())?;
        let rest = if root.bytes().ends_with(b"/") {
            rest
        } else {
            rest.strip_prefix(b"/")?
        };
        (rest == path.bytes()).then_some(())
    };
    // The quick answer may take a name for plain that would be escaped; read back, it is then not itself.
    if !root.bytes().is_empty() && !shown.contains('%') && quick().is_some() {
        return true;
    }
    join(root, path).to_string() == shown
}

/// A set of reasons as bits, in the order of [`Reason::ALL`].
pub(super) fn reason_bits(reasons: Reasons) -> i64 {
    reasons.iter().fold(0, |bits, r| bits | 1 << r as i64)
}

/// The way back of [`reason_bits`]; bits of no reason are passed over.
pub(super) fn reasons(bits: i64) -> Reasons {
    Reason::ALL
        .into_iter()
        .filter(|&reason| bits & 1 << reason as i64 != 0)
        .fold(Reasons::default(), Reasons::with)
}

/// A distinct counter as bytes: 0 and the fingerprints, or 1 and the registers.
pub(super) fn sketch(distinct: &Distinct) -> Vec<u8> {
    match distinct {
        Distinct::Exact(set) => {
            let mut out = Vec::with_capacity(1 + set.len() * 8);
            out.push(0);
            for f in set {
                out.extend_from_slice(&f.to_le_bytes());
            }
            out
        }
        Distinct::Estimate(registers) => {
            let mut out = Vec::with_capacity(1 + registers.len());
            out.push(1);
            out.extend_from_slice(registers);
            out
        }
    }
}

/// The way back of [`sketch`].
pub(super) fn distinct(sketch: &[u8]) -> Result<Distinct, StoreError> {
    match sketch.split_first() {
        Some((0, rest)) if rest.len().is_multiple_of(8) => Ok(Distinct::Exact(
            rest.as_chunks::<8>()
                .0
                .iter()
                .map(|&c| u64::from_le_bytes(c))
                .collect(),
        )),
        Some((1, rest)) if rest.len() == 4096 => Ok(Distinct::Estimate(rest.into())),
        _ => Err(StoreError::Corrupt("a distinct count")),
    }
}

/// The word as one that lives as long as the program. There are few: formats, encodings, reasons.
/// A file with endless other words would fill memory, so they are bounded.
pub(super) fn known(word: &str) -> &'static str {
    static WORDS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    const MOST: usize = 1_000;
    let mut words = WORDS
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(&known) = words.get(word) {
        return known;
    }
    if words.len() >= MOST || word.len() > 64 {
        return "other";
    }
    let leaked: &'static str = Box::leak(word.to_owned().into_boxed_str());
    words.insert(leaked);
    leaked
}
