//! Rows of digits, joined or in groups.
#![allow(
    clippy::many_single_char_names,
    reason = "masks of digits, words and blocks"
)]
#![allow(
    clippy::inline_always,
    reason = "must be inlined into the function that enables vector code"
)]

use super::{
    checks::passes,
    plan::{Candidate, MAX_GROUPS, Numbers},
    scan::{Bits, Block, Scene, Words, bit, run_of},
    twin::Kernel,
};

/// Finds where numbers begin that a table does not rule out by length and first digits.
#[inline(always)]
pub(super) fn anchors<K: Kernel, const GBK: bool>(
    k: K,
    n: &Numbers,
    scene: &mut Scene<'_>,
    b: &Block,
    w: &Words,
) {
    let d = b.digits;
    let joints = w.joiners & d << 1 & d >> 1;
    let long = n.steps.apply(d | joints);
    let dates = joints >> 4 & joints >> 7 & n.dates;
    for t in Bits(d & w.starts & long & b.own & !dates) {
        let len = run_of(d, t);
        let end = t + len;
        let at = b.at + t as usize;
        let go = if end < 63 {
            if bit(w.all, end) {
                bit(n.crossed_lens, len)
            } else {
                slots(n, len, scene.byte(at), scene.byte(at + 1)) != 0
                    || bit(joints, end) && n.pairs[len as usize & 31] != 0
            }
        } else {
            len < 32
        };
        if go && (!GBK || !bit(w.doubtful, t) || scene.inside(at - 1)) {
            verify(k, n, scene, at);
        }
    }
}

/// The slots of a length that the first two digits leave.
#[inline(always)]
fn slots(n: &Numbers, len: u32, first: u8, second: u8) -> u64 {
    let row = usize::from((first & 15) << 4 | second & 15);
    n.first.get(len as usize).map_or(0, |table| table[row])
}

/// Tests all that can begin at a digit.
#[inline(always)]
fn verify<K: Kernel>(k: K, n: &Numbers, scene: &mut Scene<'_>, at: usize) {
    let Some(word) = scene.chunk::<64>(at) else {
        return;
    };
    let block = k.load(word);
    let (d, all) = (k.digits(block), k.words(block));
    let len = run_of(d, 0);
    if len > 31 {
        return;
    }
    let end = len as usize;
    if bit(all, len) {
        if matches!(word[end], b'X' | b'x') && !bit(all, len + 1) {
            for candidate in &n.crossed[end] {
                if holds(k, candidate, word, end + 1) {
                    scene.hit(candidate.pattern, at, at + end + 1);
                }
            }
        }
        return;
    }
    for slot in Bits(slots(n, len, word[0], word[1])) {
        for candidate in &n.slots[end][slot as usize] {
            if holds(k, candidate, word, end) {
                scene.hit(candidate.pattern, at, at + end);
            }
        }
    }
    let joints = k.joiners(block) & d << 1 & d >> 1;
    if bit(joints, len) && n.pairs[end] != 0 {
        grouped(
            k,
            n,
            scene,
            at,
            &Runs {
                word,
                d,
                all,
                joints,
                len,
            },
        );
    }
}

#[inline(always)]
fn holds<K: Kernel>(k: K, candidate: &Candidate, word: &[u8; 64], len: usize) -> bool {
    candidate
        .ways
        .iter()
        .any(|way| way.iter().all(|test| test.holds(word)))
        && passes(k, candidate.check, word, len)
}

/// A joined run from its first digit on.
struct Runs<'w> {
    word: &'w [u8; 64],
    d: u64,
    all: u64,
    joints: u64,
    len: u32,
}

/// Tests the forms in groups. Each group is a whole run of digits.
#[inline(always)]
fn grouped<K: Kernel>(k: K, n: &Numbers, scene: &mut Scene<'_>, at: usize, runs: &Runs<'_>) {
    let first = runs.len;
    let second = run_of(runs.d, first + 1);
    // An X makes its group one longer.
    if second > 31
        || n.pairs[first as usize & 31]
            .wrapping_shr(second)
            .trailing_zeros()
            > 1
    {
        return;
    }
    let mut sizes = [0u8; MAX_GROUPS];
    let mut ends = [0u32; MAX_GROUPS];
    let (mut count, mut place, mut crossed) = (0, 0u32, false);
    while count < MAX_GROUPS && place < 50 {
        let len = run_of(runs.d, place);
        let mut end = place + len;
        if end > 61 {
            break;
        }
        crossed = matches!(runs.word[end as usize], b'X' | b'x') && !bit(runs.all, end + 1);
        end += u32::from(crossed);
        sizes[count] = u8::try_from(end - place).unwrap_or(0);
        ends[count] = end;
        count += 1;
        if crossed || !bit(runs.joints, end) {
            break;
        }
        place = end + 1;
    }
    if count < 2 {
        return;
    }
    let mut digits = None;
    let row = (first as usize & 31) * 32 + usize::from(sizes[1] & 31);
    for form in &n.grouped[row] {
        let groups = form.groups;
        if groups > count || !form.fits(sizes) {
            continue;
        }
        if form.crossed != (crossed && groups == count) || bit(runs.all, ends[groups - 1]) {
            continue;
        }
        let digits = digits.get_or_insert_with(|| gather(scene.bytes, at, &sizes[..count]));
        if holds(k, &form.what, digits, form.total) {
            scene.hit(form.what.pattern, at, at + ends[groups - 1] as usize);
        }
    }
}

/// The characters of the groups without what joins them.
pub(super) fn gather(bytes: &[u8], at: usize, sizes: &[u8]) -> [u8; 64] {
    let mut word = [0; 64];
    let (mut from, mut to) = (at, 0);
    for size in sizes {
        let size = usize::from(*size);
        // Sixteen bytes at a time; what is too much is overwritten by the next group or left behind the end.
        for part in (0..size).step_by(16) {
            let source = bytes
                .get(from + part..)
                .and_then(|rest| rest.first_chunk::<16>());
            let target = word
                .get_mut(to + part..)
                .and_then(|rest| rest.first_chunk_mut::<16>());
            if let (Some(source), Some(target)) = (source, target) {
                *target = *source;
            }
        }
        from += size + 1;
        to += size;
    }
    word
}
