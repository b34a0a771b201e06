//! The loop over blocks of 64 bytes.
//!
//! A block owns 54 bytes (51 in GB 18030). The bytes before are its look-behind, the nine after its
//! look-ahead, so no state passes from block to block and any stretch can be scanned by itself. Anchors
//! are found by bit logic on masks; a candidate is then verified from a fresh block at its own start.
#![allow(
    clippy::many_single_char_names,
    reason = "masks of digits, words and blocks"
)]
#![allow(
    clippy::inline_always,
    reason = "must be inlined into the function that enables vector code"
)]

use super::{
    Hit, email, folds, gbk, iban, network, numbers, phone, plan::Plan, plates, tokens,
    twin::Kernel, words,
};
use std::ops::Range;

/// Readable bytes needed before the first anchor.
pub(super) const BEFORE: usize = 72;
/// Readable bytes needed from the last anchor on.
pub(super) const AFTER: usize = 336;

/// What is scanned, and where hits go.
#[derive(Debug)]
pub(super) struct Scene<'s> {
    /// Bytes to look at; around every anchor there are [`BEFORE`] and [`AFTER`] bytes.
    pub(super) bytes: &'s [u8],
    /// The whole text, to see where characters begin.
    pub(super) text: &'s [u8],
    /// To be added (wrapping) to a place in `bytes` to have it in `text`.
    pub(super) shift: usize,
    /// Where hits begin, in `text`.
    pub(super) own: Range<usize>,
    pub(super) gbk: bool,
    pub(super) hits: &'s mut Vec<Hit>,
    pub(super) folds: &'s mut Vec<u32>,
}

impl<'s> Scene<'s> {
    /// `N` bytes from a place on.
    #[inline(always)]
    pub(super) fn chunk<const N: usize>(&self, at: usize) -> Option<&'s [u8; N]> {
        self.bytes.get(at..)?.first_chunk()
    }

    /// The byte at a place.
    #[inline(always)]
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// Whether a byte is part of a longer character.
    pub(super) fn inside(&self, at: usize) -> bool {
        gbk::inside(self.text, at.wrapping_add(self.shift))
    }

    /// The first place from `start` on that begins a character of its own; only the first byte after a
    /// high byte can be part of another.
    #[inline]
    pub(super) fn clear(&self, start: usize) -> usize {
        if self.gbk && self.byte(start.wrapping_sub(1)) >= 0x80 && self.inside(start) {
            start + 1
        } else {
            start
        }
    }

    /// Keeps a hit, in order. Hits of one block come out of order, but never far.
    #[inline]
    pub(super) fn hit(&mut self, pattern: u16, start: usize, end: usize) {
        let (start, end) = (start.wrapping_add(self.shift), end.wrapping_add(self.shift));
        if !self.own.contains(&start) || end > self.text.len() {
            return;
        }
        let hit = Hit {
            start: offset(start),
            end: offset(end),
            pattern,
        };
        let mut place = self.hits.len();
        self.hits.push(hit);
        while place > 0 && self.hits[place - 1] > hit {
            self.hits[place] = self.hits[place - 1];
            place -= 1;
        }
        self.hits[place] = hit;
    }

    /// Keeps a hit of several patterns.
    #[inline]
    pub(super) fn hit_all(&mut self, patterns: &[u16], start: usize, end: usize) {
        for pattern in patterns {
            self.hit(*pattern, start, end);
        }
    }
}

/// An offset of a text, which is at most 4 GiB long.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "scan cuts texts at u32::MAX"
)]
pub(super) fn offset(at: usize) -> u32 {
    at as u32
}

/// The places of the ones in a mask.
#[derive(Debug)]
pub(super) struct Bits(pub(super) u64);

impl Iterator for Bits {
    type Item = u32;
    #[inline(always)]
    fn next(&mut self) -> Option<u32> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros();
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

/// Length of the run of ones from a bit on, to the end of the block at most.
#[inline(always)]
pub(super) fn run_of(mask: u64, bit: u32) -> u32 {
    (!mask.wrapping_shr(bit)).trailing_zeros()
}

/// Whether a bit is set.
#[inline(always)]
pub(super) fn bit(mask: u64, bit: u32) -> bool {
    mask.wrapping_shr(bit) & 1 == 1
}

/// The masks of a block that most anchors need.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// Place of bit 0.
    pub(super) at: usize,
    /// The block's own bytes at which hits may begin.
    pub(super) own: u64,
    /// The block's own bytes.
    pub(super) anchors: u64,
    pub(super) digits: u64,
    pub(super) high: u64,
    /// Bytes of four-byte characters of GB 18030.
    pub(super) four: u64,
}

/// Masks of the words in a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub(super) all: u64,
    /// Where words begin, or may begin in GB 18030.
    pub(super) starts: u64,
    /// Those of them that follow what must be the second byte of a character.
    pub(super) doubtful: u64,
    pub(super) joiners: u64,
}

/// Finds the candidates whose anchors lie in `from..to` of the scene's bytes.
#[inline(always)]
pub(super) fn run<K: Kernel, const GBK: bool>(
    k: K,
    plan: &Plan,
    scene: &mut Scene<'_>,
    from: usize,
    to: usize,
) {
    let (behind, stride) = if GBK { (4, 51) } else { (1, 54) };
    let own_to = scene.own.end.wrapping_sub(scene.shift).min(to);
    let mut at = from;
    while at < to {
        let Some(bytes) = scene.chunk::<64>(at - behind) else {
            return;
        };
        let block = k.load(bytes);
        let whole = ((1u64 << stride) - 1) << behind;
        let (mut anchors, mut own) = (whole, whole);
        if at + stride > own_to {
            anchors = ((1u64 << stride.min(to - at)) - 1) << behind;
            own = ((1u64 << stride.min(own_to.saturating_sub(at))) - 1) << behind;
        }
        let mut masks = Block {
            at: at - behind,
            own,
            anchors,
            digits: k.digits(block),
            high: k.high(block),
            four: 0,
        };
        if GBK {
            let (d, h) = (masks.digits, masks.high);
            let four = h & d >> 1 & h >> 2 & d >> 3;
            if four != 0 {
                masks.four = four | four << 1 | four << 2 | four << 3;
                masks.digits &= !masks.four;
                masks.high |= masks.four;
            }
        }
        if masks.digits != 0 || plan.words.late {
            with_digits::<K, GBK>(k, plan, scene, block, &masks);
        }
        if k.rare(block) {
            rare(k, plan, scene, block, &masks);
        }
        if !plan.mac.is_empty() {
            let points = k.points(block);
            let m = (points & points >> 3 & points >> 6 | points & points >> 5) & anchors;
            for t in Bits(m) {
                network::mac(scene, &plan.mac, masks.at + t as usize);
            }
        }
        if plan.tokens.any {
            tokens::anchors(k, &plan.tokens, scene, block, &masks);
        }
        if masks.high != 0 {
            with_high::<K, GBK>(k, plan, scene, block, &masks);
        }
        at += stride;
    }
}

/// Anchors that need a digit.
#[inline(always)]
fn with_digits<K: Kernel, const GBK: bool>(
    k: K,
    plan: &Plan,
    scene: &mut Scene<'_>,
    block: K::Block,
    b: &Block,
) {
    let d = b.digits;
    let joiners = k.joiners(block);
    let capitals = k.capitals(block) & !b.four;
    let number = if plan.numbers.any {
        numbers::long(&plan.numbers, d, joiners) & b.own
    } else {
        0
    };
    let word = if plan.words.any {
        words::long(&plan.words, d, capitals, joiners) & b.own
    } else {
        0
    };
    let iban = if plan.iban.is_empty() {
        0
    } else {
        capitals & capitals >> 1 & d >> 2 & d >> 3 & b.own
    };
    if number | word | iban != 0 {
        let all = k.words(block) & !b.four;
        let mut w = Words {
            all,
            starts: !(all << 1),
            doubtful: 0,
            joiners,
        };
        if GBK {
            // A letter after a high byte may be the second byte of a character.
            w.doubtful = (all & !d & b.high << 1) << 1;
            w.starts |= w.doubtful;
        }
        numbers::anchors::<K, GBK>(k, &plan.numbers, scene, b, &w, number);
        words::anchors::<K, GBK>(k, &plan.words, scene, b, &w, capitals, word);
        for t in Bits(iban & w.starts) {
            if !GBK || words::begins(scene, &w, b.at, t) {
                iban::find(scene, &plan.iban, b.at + t as usize);
            }
        }
    }
    if !plan.phone.is_empty() {
        for t in Bits(k.equal(block, b'+') & d >> 1 & b.own) {
            phone::find(scene, &plan.phone, b.at + t as usize);
        }
    }
    if !plan.macau.is_empty() {
        let slashes = k.equal(block, b'/') & d << 1;
        let m = slashes & slashes >> 7 & d >> 1 & d >> 2 & d >> 8 & b.anchors;
        for t in Bits(m) {
            phone::macau(scene, &plan.macau, b.at + t as usize);
        }
    }
    if !plan.ipv4.is_empty() {
        let dots = k.points(block) & !joiners & d << 1 & d >> 1;
        let m = dots & (dots >> 2 | dots >> 3 | dots >> 4) & b.anchors;
        for t in Bits(m) {
            network::ipv4(scene, &plan.ipv4, b.at + t as usize);
        }
    }
}

/// Anchors at `@` and `:`.
#[inline(always)]
fn rare<K: Kernel>(k: K, plan: &Plan, scene: &mut Scene<'_>, block: K::Block, b: &Block) {
    if !plan.email.is_empty() {
        for t in Bits(k.ats(block) & b.anchors) {
            email::find(k, scene, &plan.email, b.at + t as usize);
        }
    }
    let c = k.colons(block);
    if !plan.mac.is_empty() {
        for t in Bits(c & c >> 3 & c >> 6 & b.anchors) {
            network::mac(scene, &plan.mac, b.at + t as usize);
        }
    }
    if !plan.ipv6.is_empty() {
        let m = c & (c >> 1 | c >> 2 | c >> 3 | c >> 4 | c >> 5) & b.anchors;
        for t in Bits(m) {
            network::ipv6(scene, &plan.ipv6, b.at + t as usize);
        }
    }
}

/// Anchors that need a byte from 0x80 on.
#[inline(always)]
fn with_high<K: Kernel, const GBK: bool>(
    k: K,
    plan: &Plan,
    scene: &mut Scene<'_>,
    block: K::Block,
    b: &Block,
) {
    let (h, d) = (b.high, b.digits);
    if k.any_alnum(block) {
        if !plan.plate.is_empty() {
            let capitals = k.capitals(block) & !b.four;
            let letter = h << 1 & capitals & (h | d | capitals) >> 1 & b.anchors;
            for t in Bits(letter) {
                plates::civil(scene, &plan.plate, b.at + t as usize);
            }
            let six = d & d >> 1 & d >> 2 & d >> 3 & d >> 4 & d >> 5 & !(d >> 6);
            for t in Bits(h << 1 & six & b.anchors) {
                plates::mission(scene, &plan.plate, b.at + t as usize);
            }
        }
        // A digit before a four-byte character may look like a part of it: all are looked at here.
        for t in Bits(h & k.alnums(block) << 1 & b.own) {
            folds::after(scene, b.at + t as usize);
        }
    }
    let wide = k.equal(block, if GBK { 0xA3 } else { 0xEF });
    if wide != 0 {
        let near = if GBK {
            wide >> 2 | wide >> 3 | wide >> 4 | wide >> 6 | d >> 2
        } else {
            wide >> 3 | wide >> 4 | wide >> 6 | d >> 3
        };
        for t in Bits(wide & near & b.own) {
            folds::wide(scene, b.at + t as usize);
        }
        let sign = if GBK {
            k.equal(block, 0xC0) >> 1
        } else {
            k.equal(block, 0xA0) >> 2
        };
        for t in Bits(wide & sign & b.own) {
            folds::sign(scene, b.at + t as usize);
        }
    }
}
