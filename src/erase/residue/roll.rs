//! Keyed rolling hashes over windows of 32 and 8 bytes, and what is kept of a stretch.

use crate::digest::{JobKey, KeyStream};

/// Bytes of a window of content.
pub(super) const WINDOW: usize = 32;
/// Bytes that a short stretch is looked for by.
pub(super) const ANCHOR: usize = 8;
/// The longest stretch that is kept whole.
pub(super) const LONGEST: usize = 512;

/// Secret numbers for each byte: sums of them rotate through a window. Standard: cyclic polynomials, Cohen
/// 1997, "Recursive hashing functions for n-grams".
pub(super) struct Table([u64; 256]);

impl Table {
    /// For a key.
    pub(super) fn new(key: &JobKey) -> Self {
        let mut bytes = [0; 2048];
        KeyStream::new(key, b"residue table").fill(0, &mut bytes);
        let mut table = [0; 256];
        for (number, chunk) in table.iter_mut().zip(bytes.chunks_exact(8)) {
            *number = chunk.iter().fold(0, |n, &b| n << 8 | u64::from(b));
        }
        Self(table)
    }

    #[inline]
    fn of(&self, byte: u8) -> u64 {
        // An array of 256 has every byte; the compiler drops the check.
        self.0[usize::from(byte)]
    }

    /// Hash of a whole window.
    pub(super) fn hash(&self, window: &[u8]) -> u64 {
        window
            .iter()
            .fold(0_u64, |h, &b| h.rotate_left(1) ^ self.of(b))
    }

    /// Hash of the window one byte further on; `N` is its length.
    #[inline]
    pub(super) fn roll<const N: u32>(&self, hash: u64, out: u8, into: u8) -> u64 {
        hash.rotate_left(1) ^ self.of(out).rotate_left(N) ^ self.of(into)
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
}

impl What {
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Window => 0,
            Self::Short => 1,
            Self::Name => 2,
            Self::Attribute => 3,
            Self::ShortAttribute => 4,
        }
    }

    /// Whether it is looked for by its first whole window.
    pub(super) fn is_window(self) -> bool {
        matches!(self, Self::Window | Self::Attribute)
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

/// What is kept of a stretch of bytes: keyed digests, nothing of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Print {
    pub item: u32,
    pub what: What,
    pub length: u16,
    /// Rolling hash of the window, or of the first bytes of a shorter stretch.
    pub hash: u64,
    /// Digest of all of it.
    pub digest: [u8; 16],
}

/// Bytes of a [`Print`] in a file.
pub(super) const STORED: usize = 4 + 1 + 2 + 8 + 16;

impl Print {
    /// Of a stretch; `None` when it is too short to be told from chance, or too long.
    pub(super) fn of(
        item: u32,
        what: What,
        bytes: &[u8],
        table: &Table,
        key: &JobKey,
    ) -> Option<Self> {
        let anchor = if what.is_window() { WINDOW } else { ANCHOR };
        let length = u16::try_from(bytes.len()).ok()?;
        if bytes.len() > LONGEST {
            return None;
        }
        Some(Self {
            item,
            what,
            length,
            hash: table.hash(bytes.get(..anchor)?),
            digest: key.name(bytes).0,
        })
    }

    pub(super) fn to_bytes(self) -> [u8; STORED] {
        let mut out = [0; STORED];
        let parts: [&[u8]; 5] = [
            &self.item.to_le_bytes(),
            &[self.what.number()],
            &self.length.to_le_bytes(),
            &self.hash.to_le_bytes(),
            &self.digest,
        ];
        for (to, from) in out.iter_mut().zip(parts.concat()) {
            *to = from;
        }
        out
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            item: u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?),
            what: What::of(*bytes.get(4)?)?,
            length: u16::from_le_bytes(bytes.get(5..7)?.try_into().ok()?),
            hash: u64::from_le_bytes(bytes.get(7..15)?.try_into().ok()?),
            digest: bytes.get(15..31)?.try_into().ok()?,
        })
    }
}

/// Bits of the smallest filter, as a power of two.
const SMALLEST: u32 = 22;

/// Which hashes may be among the fingerprints: no for almost all that are not.
pub(super) struct Filter {
    words: Vec<u64>,
    shift: u32,
}

impl Filter {
    pub(super) fn new(hashes: &[u64]) -> Self {
        let wanted = hashes.len().saturating_mul(64).next_power_of_two().ilog2();
        let bits = wanted.clamp(SMALLEST, 30);
        let mut filter = Self {
            words: vec![0; 1 << (bits - 6)],
            shift: 64 - bits,
        };
        for hash in hashes {
            let bit = hash >> filter.shift;
            if let Some(word) = usize::try_from(bit >> 6)
                .ok()
                .and_then(|i| filter.words.get_mut(i))
            {
                *word |= 1 << (bit & 63);
            }
        }
        filter
    }

    #[inline]
    pub(super) fn may(&self, hash: u64) -> bool {
        let bit = hash >> self.shift;
        self.words
            .get((bit >> 6) as usize)
            .is_some_and(|w| w >> (bit & 63) & 1 == 1)
    }
}
