//! What is kept of a stretch of bytes, and how all of them are looked for at every offset at once.
//!
//! Of each stretch eight bytes are its anchor. A search makes one keyed product of the eight bytes at every
//! offset and asks a filter; only what the filter lets through is compared, first with a second product,
//! then with the keyed digest of the whole stretch. No state goes from one offset to the next, so the
//! processor works on many at once; a hash that rolls through a window of 32 bytes was half as fast.

use crate::digest::{JobKey, KeyStream};

/// Bytes of a window of content.
pub(super) const WINDOW: usize = 32;
/// Bytes that a stretch is looked for by.
pub(super) const ANCHOR: usize = 8;
/// The longest stretch that is kept whole.
pub(super) const LONGEST: usize = 512;

/// Secret multipliers for anchors. Standard: multiply-shift, Dietzfelbinger and others 1997, "A reliable
/// randomized algorithm for the closest-pair problem".
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchors {
    first: u64,
    second: u64,
}

impl Anchors {
    /// For a key.
    pub(super) fn new(key: &JobKey) -> Self {
        let mut bytes = [0; 16];
        KeyStream::new(key, b"residue anchors").fill(0, &mut bytes);
        let (first, second) = bytes.split_at(8);
        // Odd, so that no two words have the same product.
        Self {
            first: word(first) | 1,
            second: word(second) | 1,
        }
    }

    /// Of the eight bytes of an anchor.
    #[inline]
    pub(super) fn first(self, word: u64) -> u32 {
        (word.wrapping_mul(self.first) >> 32) as u32
    }

    fn second(self, word: u64) -> u32 {
        (word.wrapping_mul(self.second) >> 32) as u32
    }

    /// Of the last eight bytes of a stretch.
    pub(super) fn last(self, stretch: &[u8]) -> u32 {
        let from = stretch.len().saturating_sub(ANCHOR);
        self.second(word(stretch.get(from..).unwrap_or_default()))
    }
}

/// Eight bytes as a number; fewer are filled up with zeros.
#[inline]
pub(super) fn word(bytes: &[u8]) -> u64 {
    match bytes.try_into() {
        Ok(eight) => u64::from_le_bytes(eight),
        Err(_) => bytes.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b)),
    }
}

/// What a kept stretch is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum What {
    /// Content, in a window.
    Window,
    /// Content shorter than a window.
    Short,
    /// A form of the name.
    Name,
    /// An attribute, in a window.
    Attribute,
    /// An attribute shorter than a window.
    ShortAttribute,
    /// What it was overwritten with: on the device that was written to, and no older copy of it. Never stored.
    Written,
}

impl What {
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Window => 0,
            Self::Short => 1,
            Self::Name => 2,
            Self::Attribute => 3,
            Self::ShortAttribute => 4,
            Self::Written => 5,
        }
    }

    /// Whether it is content, not what stands beside it.
    pub(super) fn is_content(self) -> bool {
        matches!(self, Self::Window | Self::Short)
    }

    pub(super) fn of(number: u8) -> Option<Self> {
        let all = [
            Self::Window,
            Self::Short,
            Self::Name,
            Self::Attribute,
            Self::ShortAttribute,
        ];
        all.into_iter().find(|w| w.number() == number)
    }
}

/// What is kept of a stretch of bytes: keyed digests, nothing of the bytes. Ordered so that equal stretches
/// stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Print {
    /// Of its anchor.
    pub head: u32,
    /// Of its last eight bytes.
    pub tail: u32,
    /// Where in it the anchor begins.
    pub at: u16,
    /// Bytes of it.
    pub length: u16,
    /// Digest of all of it.
    pub digest: [u8; 16],
    /// Number of the item.
    pub item: u32,
    /// What it is of.
    pub what: What,
}

/// Bytes of a [`Print`] in a file.
pub(super) const STORED: usize = 4 + 1 + 2 + 2 + 4 + 4 + 16;

/// Where the eight bytes begin that tell most: the first of those with the most different bytes. `None` when all
/// bytes are the same, or there are fewer than eight.
fn anchor(bytes: &[u8]) -> Option<usize> {
    let mut best = (1, None);
    for (at, window) in bytes.windows(ANCHOR).enumerate() {
        // One bit for each byte there is; two that share one count as the same.
        let seen = window
            .iter()
            .fold(0_u128, |seen, b| seen | 1 << ((b ^ b >> 7) & 127));
        let different = seen.count_ones();
        if different > best.0 {
            best = (different, Some(at));
        }
    }
    best.1
}

impl Print {
    /// Of a stretch; `None` when it is too short to be told from chance, too long, or one byte over and over.
    pub(super) fn of(
        item: u32,
        what: What,
        bytes: &[u8],
        anchors: Anchors,
        key: &JobKey,
    ) -> Option<Self> {
        let length = u16::try_from(bytes.len()).ok()?;
        if bytes.len() > LONGEST {
            return None;
        }
        let at = anchor(bytes)?;
        Some(Self {
            head: anchors.first(word(bytes.get(at..at + ANCHOR)?)),
            tail: anchors.last(bytes),
            at: u16::try_from(at).ok()?,
            length,
            digest: key.name(bytes).0,
            item,
            what,
        })
    }

    pub(super) fn to_bytes(self) -> [u8; STORED] {
        let mut out = [0; STORED];
        let parts: [&[u8]; 7] = [
            &self.item.to_le_bytes(),
            &[self.what.number()],
            &self.length.to_le_bytes(),
            &self.at.to_le_bytes(),
            &self.head.to_le_bytes(),
            &self.tail.to_le_bytes(),
            &self.digest,
        ];
        for (to, from) in out.iter_mut().zip(parts.concat()) {
            *to = from;
        }
        out
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| -> Option<u32> {
            Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
        };
        let short = |at: usize| -> Option<u16> {
            Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
        };
        Some(Self {
            item: number(0)?,
            what: What::of(*bytes.get(4)?)?,
            length: short(5)?,
            at: short(7)?,
            head: number(9)?,
            tail: number(13)?,
            digest: bytes.get(17..STORED)?.try_into().ok()?,
        })
    }

    /// Whether two are of the same stretch of bytes, whatever file it stood in.
    pub(super) fn same_bytes(&self, other: &Self) -> bool {
        self.digest == other.digest && self.length == other.length
    }
}

/// Words of the smallest and the largest filter, as powers of two: 16 KiB and 8 MiB.
const SIZES: (u32, u32) = (11, 20);

/// Which anchors may be among the kept ones: no for almost all that are not. A blocked Bloom filter with two bits
/// in one word, so that an answer takes one look into memory.
pub(super) struct Filter {
    words: Vec<u64>,
    shift: u32,
}

impl Filter {
    pub(super) fn new(heads: &[u32]) -> Self {
        // Two anchors a word: some 4 in 1,000 of the others pass.
        let wanted = (heads.len() / 2).max(1).next_power_of_two().ilog2();
        let bits = wanted.clamp(SIZES.0, SIZES.1);
        let mut filter = Self {
            words: vec![0; 1 << bits],
            shift: 32 - bits,
        };
        for &head in heads {
            let (at, mask) = filter.place(head);
            if let Some(word) = filter.words.get_mut(at) {
                *word |= mask;
            }
        }
        filter
    }

    #[inline]
    fn place(&self, head: u32) -> (usize, u64) {
        let (one, two) = (head & 63, head >> 6 & 63);
        ((head >> self.shift) as usize, 1 << one | 1 << two)
    }

    #[inline]
    pub(super) fn may(&self, head: u32) -> bool {
        let (at, mask) = self.place(head);
        self.words.get(at).is_some_and(|w| w & mask == mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_anchor_is_what_tells_most() {
        assert_eq!(anchor(b"0000000000000000"), None);
        assert_eq!(anchor(b"short"), None);
        assert_eq!(anchor(b"00000000000012345678000"), Some(11));
        assert_eq!(anchor(b"abcdefgh"), Some(0));
        assert_eq!(anchor(&[0, 0, 0, 0, 0, 0, 0, 1]), Some(0));
    }

    #[test]
    fn the_filter_knows_its_own_and_few_others() {
        let anchors = Anchors::new(&JobKey::new([3; 32]));
        for count in [0_u64, 10, 5_000, 60_000] {
            let heads: Vec<u32> = (0..count).map(|n| anchors.first(n * 7919)).collect();
            let filter = Filter::new(&heads);
            assert!(heads.iter().all(|h| filter.may(*h)));
            let others = (1_u64..100_000).filter(|n| filter.may(anchors.first(n << 40 | n)));
            let passed = others.count();
            assert!(passed < 1500, "{count}: {passed}");
        }
    }
}
