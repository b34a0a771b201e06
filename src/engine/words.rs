//! Words of digits and capitals, joined or in groups.
#![allow(
    clippy::inline_always,
    reason = "must be inlined into the function that enables vector code"
)]

use super::{
    checks::passes,
    numbers::gather,
    plan::{MAX_GROUPS, Word, WordTable},
    scan::{Bits, Block, Scene, Words, bit, run_of},
    twin::Kernel,
};

/// In GB 18030: whether a word really begins at a bit of [`Words::starts`].
#[inline(always)]
pub(super) fn begins(scene: &Scene<'_>, w: &Words, at: usize, t: u32) -> bool {
    let place = at + t as usize;
    if bit(w.doubtful, t) {
        return scene.inside(place - 1);
    }
    scene.byte(place - 1) < 0x80 || !scene.inside(place)
}

/// Finds where words of digits and capitals begin that are long enough.
#[inline(always)]
pub(super) fn anchors<K: Kernel, const GBK: bool>(
    k: K,
    table: &WordTable,
    scene: &mut Scene<'_>,
    b: &Block,
    w: &Words,
    capitals: u64,
) {
    let both = b.digits | capitals;
    let joints = if table.first_lens == 0 {
        0
    } else {
        w.joiners & both << 1 & both >> 1
    };
    let mut m = both & w.starts & table.steps.apply(both | joints) & b.own;
    if capitals == 0 {
        // Only what goes on past the block may still meet a capital.
        let tail = (!(both | joints)).leading_zeros();
        m &= !u64::MAX.wrapping_shr(tail) | if tail > 63 { u64::MAX } else { 0 };
        if tail == 0 {
            return;
        }
    }
    for t in Bits(m) {
        let len = run_of(both, t);
        let end = t + len;
        let go = if end < 63 {
            let run = ((1u64 << len) - 1) << t;
            let plain = !bit(w.all, end) && bit(table.lens, len) && capitals & run != 0;
            plain || bit(joints, end) && bit(table.first_lens, len)
        } else {
            true
        };
        if go && (!GBK || begins(scene, w, b.at, t)) {
            verify(k, table, scene, b.at + t as usize);
        }
    }
}

/// Tests all words that can begin at a place.
#[inline(always)]
fn verify<K: Kernel>(k: K, table: &WordTable, scene: &mut Scene<'_>, at: usize) {
    let Some(word) = scene.chunk::<64>(at) else {
        return;
    };
    let block = k.load(word);
    let (d, c, all) = (k.digits(block), k.capitals(block), k.words(block));
    let both = d | c;
    let len = run_of(both, 0);
    if len as usize >= table.plain.len() {
        return;
    }
    if !bit(all, len) && bit(table.lens, len) && c & ((1 << len) - 1) != 0 {
        for candidate in &table.plain[len as usize] {
            if holds(k, candidate, word, len as usize, d, c) {
                scene.hit(candidate.pattern, at, at + len as usize);
            }
        }
    }
    let joints = k.joiners(block) & both << 1 & both >> 1;
    if bit(joints, len) && bit(table.first_lens, len) {
        grouped(
            k,
            table,
            scene,
            at,
            &Runs {
                both,
                all,
                joints,
                len,
            },
        );
    }
}

#[inline(always)]
fn holds<K: Kernel>(
    k: K,
    word: &Word,
    bytes: &[u8; 64],
    len: usize,
    digits: u64,
    capitals: u64,
) -> bool {
    digits & word.digits == word.digits
        && capitals & word.capitals == word.capitals
        && word.tests.iter().all(|test| test.holds(bytes))
        && passes(k, word.check, bytes, len)
}

/// A joined run from its first byte on.
struct Runs {
    both: u64,
    all: u64,
    joints: u64,
    len: u32,
}

#[inline(always)]
fn grouped<K: Kernel>(k: K, table: &WordTable, scene: &mut Scene<'_>, at: usize, runs: &Runs) {
    let mut sizes = [0u8; MAX_GROUPS];
    let mut ends = [0u32; MAX_GROUPS];
    let (mut count, mut place) = (0, 0u32);
    while count < MAX_GROUPS && place < 50 {
        let len = run_of(runs.both, place);
        let end = place + len;
        if end > 62 {
            break;
        }
        sizes[count] = u8::try_from(len).unwrap_or(0);
        ends[count] = end;
        count += 1;
        if !bit(runs.joints, end) {
            break;
        }
        place = end + 1;
    }
    let mut gathered = None;
    for form in &table.grouped[runs.len as usize] {
        let groups = form.groups;
        if groups > count || !form.fits(sizes) || bit(runs.all, ends[groups - 1]) {
            continue;
        }
        let bytes = gathered.get_or_insert_with(|| gather(scene.bytes, at, &sizes[..count]));
        let block = k.load(bytes);
        let (d, c) = (k.digits(block), k.capitals(block));
        if c & ((1 << form.total) - 1) != 0 && holds(k, &form.what, bytes, form.total, d, c) {
            scene.hit(form.what.pattern, at, at + ends[groups - 1] as usize);
        }
    }
}
