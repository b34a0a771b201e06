//! Mailbox addresses.
//!
//! Before the `@`: letters, digits and `._%+-`, 64 at most, beginning with a letter, digit or underscore.
//! After it: labels of letters, digits and hyphens, 63 at most each and 253 in all; the address ends with
//! the last label that is of two letters or more, or of punycode, and that no word character touches.
#![allow(
    clippy::inline_always,
    reason = "must be inlined into the function that enables vector code"
)]

use super::{
    classes::{ALNUM, UNDERSCORE, is, is_word},
    scan::{Scene, bit, run_of},
    twin::Kernel,
};

const LOCAL: usize = 64;
const LABEL: usize = 63;
const DOMAIN: usize = 253;

/// Tests the address around an `@`.
#[inline(always)]
pub(super) fn find<K: Kernel>(k: K, scene: &mut Scene<'_>, patterns: &[u16], at: usize) {
    let Some(before) = scene.chunk::<64>(at - LOCAL) else {
        return;
    };
    let Some(after) = scene.chunk::<64>(at + 1) else {
        return;
    };
    let block = k.load(before);
    let local = k.words(block) | k.points(block) | k.equal(block, b'+') | k.equal(block, b'%');
    let mut start = at - local.leading_ones() as usize;
    if start == at || scene.gbk && scene.inside(at) {
        return;
    }
    start = scene.clear(start);
    while start < at && !is(scene.byte(start), ALNUM | UNDERSCORE) {
        start += 1;
    }
    let block = k.load(after);
    let points = k.points(block);
    let alnums = k.alnums(block);
    let len = run_of(alnums | points, 0);
    if start == at || len < 4 || points == 0 {
        return;
    }
    // Most domains are one short row of letters and dots.
    let dots = points & !k.joiners(block);
    let inside = dots & ((1u64.wrapping_shl(len)).wrapping_sub(1));
    let last = 63 - inside.leading_zeros().min(63);
    let letters = alnums & !k.digits(block);
    let tail = run_of(letters, last + 1);
    let simple = len < 64
        && inside != 0
        && inside & 1 == 0
        && inside & inside >> 1 == 0
        && tail >= 2
        && last + 1 + tail == len
        && !bit(k.words(block), len);
    let end = if simple {
        Some(at + 1 + len as usize)
    } else {
        domain(scene, at + 1)
    };
    if let Some(end) = end {
        scene.hit_all(patterns, start, end);
    }
}

/// The end of the domain that begins here, label by label.
fn domain(scene: &Scene<'_>, start: usize) -> Option<usize> {
    let mut end = None;
    let (mut place, mut labels) = (start, 0);
    loop {
        let label = place;
        while place - start <= DOMAIN
            && place - label <= LABEL
            && (is(scene.byte(place), ALNUM) || scene.byte(place) == b'-')
        {
            place += 1;
        }
        let len = place - label;
        if len == 0 || len > LABEL || place - start > DOMAIN {
            return end;
        }
        labels += 1;
        if labels > 1 && top(scene, label, len) && !is_word(scene.byte(place)) {
            end = Some(place);
        }
        if scene.byte(place) != b'.' {
            return end;
        }
        place += 1;
    }
}

/// Whether a label may be the last.
fn top(scene: &Scene<'_>, label: usize, len: usize) -> bool {
    let bytes = scene.bytes.get(label..label + len).unwrap_or_default();
    let punycode = len > 4 && bytes[..4].eq_ignore_ascii_case(b"xn--") && bytes[len - 1] != b'-';
    len >= 2 && (punycode || bytes.iter().all(u8::is_ascii_alphabetic))
}
