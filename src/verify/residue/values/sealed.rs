//! [`Sealed`]: the filters, and a text looked through with them.

use super::{
    super::digits::Run, ANCHOR, FIVE, FOLD, Form, LENGTH, LONGEST, Mix, NO_DIGIT, NO_WORD, STEP,
    Values, as_index, load, parts, tag,
};
use crate::digest::JobKey;

/// Places that are sampled in one go, and the bytes that they reach over.
const SAMPLES: usize = 16;
const SPAN: usize = SAMPLES * STEP + ANCHOR;

impl Values {
    /// Ends the gathering and makes the filters, of those that were not put away.
    pub fn seal(self) -> Sealed {
        let values = self.seen.len();
        drop(self.seen);
        let filters = (self.long.seal(), self.five.seal());
        let mut sealed = Sealed::new(self.key, self.mix, self.forms, values, filters);
        (sealed.digits, sealed.ascii) = (self.digits, self.ascii);
        (sealed.short, sealed.over) = (self.short, self.over);
        sealed
    }
}

impl Sealed {
    /// From forms in any order, and the filters of their grams, long and five.
    pub(super) fn new(
        key: JobKey,
        mix: Mix,
        mut forms: Vec<Form>,
        values: usize,
        (long, five): (Bitmap, Bitmap),
    ) -> Self {
        forms.sort_unstable();
        forms.dedup();
        let bits = forms.len().max(2).ilog2().clamp(1, 22);
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        let mut at = 0;
        for bucket in 0..=1_u64 << bits {
            while forms
                .get(at)
                .is_some_and(|f| u64::from(f.tag >> (32 - bits)) < bucket)
            {
                at += 1;
            }
            starts.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        let mut anchors = Bitmap::for_count(forms.len(), 16, 27);
        let mut longest = 0;
        for form in &forms {
            anchors.insert(form.tag);
            longest = longest.max(usize::from(form.length & LENGTH));
        }
        Self {
            long,
            five,
            anchors,
            key,
            mix,
            bucket: 32 - bits,
            starts,
            longest,
            values,
            digits: false,
            ascii: false,
            forms,
            short: 0,
            over: 0,
        }
    }
}

/// Hashes that a filter is made of, gathered.
pub(super) struct Grams {
    few: Vec<u32>,
    many: Option<Bitmap>,
    /// Bits of the largest filter, as a power of two.
    most: u32,
}

impl Grams {
    /// Hashes that are kept before the largest filter takes them.
    const FEW: usize = 1 << 20;
    const BITS_EACH: usize = 8;

    pub(super) fn new(most: u32) -> Self {
        Self {
            few: Vec::new(),
            many: None,
            most,
        }
    }

    pub(super) fn push(&mut self, hash: u32) {
        match &mut self.many {
            Some(many) => many.insert(hash),
            None if self.few.len() < Self::FEW => self.few.push(hash),
            None => {
                let mut many = Bitmap::for_count(usize::MAX >> 8, Self::BITS_EACH, self.most);
                for hash in std::mem::take(&mut self.few).into_iter().chain([hash]) {
                    many.insert(hash);
                }
                self.many = Some(many);
            }
        }
    }

    /// The filter of those so far, which begin anew.
    pub(super) fn take(&mut self) -> Bitmap {
        std::mem::replace(self, Self::new(self.most)).seal()
    }

    fn seal(self) -> Bitmap {
        self.many.unwrap_or_else(|| {
            let mut set = Bitmap::for_count(self.few.len(), Self::BITS_EACH, self.most);
            for hash in self.few {
                set.insert(hash);
            }
            set
        })
    }
}

/// A set of hashes, by their upper halves, that may say yes wrongly, never no.
pub(super) struct Bitmap {
    pub(super) words: Box<[u64]>,
    pub(super) shift: u32,
    pub(super) any: bool,
}

impl Bitmap {
    /// Empty, for so many hashes with so many bits each, 2^`most` at most.
    fn for_count(count: usize, bits_each: usize, most: u32) -> Self {
        let bits = (count * bits_each).max(2).ilog2() + 1;
        let bits = bits.clamp(15, most);
        Self {
            words: vec![0; 1 << (bits - 6)].into(),
            shift: 64 - bits,
            any: false,
        }
    }

    fn insert(&mut self, hash: u32) {
        let at = (u64::from(hash) << 32) >> self.shift;
        if let Some(word) = self.words.get_mut(as_index(at >> 6)) {
            *word |= 1 << (at & 63);
        }
        self.any = true;
    }

    #[inline]
    fn has(&self, hash: u64) -> bool {
        let at = hash >> self.shift;
        self.words
            .get(as_index(at >> 6))
            .is_some_and(|w| w >> (at & 63) & 1 != 0)
    }
}

/// Values to look for: digests and filters.
pub struct Sealed {
    key: JobKey,
    mix: Mix,
    pub(super) forms: Vec<Form>,
    starts: Vec<u32>,
    bucket: u32,
    pub(super) long: Bitmap,
    pub(super) five: Bitmap,
    anchors: Bitmap,
    longest: usize,
    values: usize,
    pub(super) digits: bool,
    pub(super) ascii: bool,
    pub(super) short: u64,
    pub(super) over: u64,
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} values)", self.values)
    }
}

impl Sealed {
    /// Number of different values that are looked for.
    pub fn len(&self) -> usize {
        self.values
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values == 0
    }

    /// Values that are too short to be looked for.
    pub fn short(&self) -> u64 {
        self.short
    }

    /// Values that were not kept because there were too many.
    pub fn over(&self) -> u64 {
        self.over
    }

    /// Bytes of the longest form.
    pub(in super::super) fn longest(&self) -> usize {
        self.longest
    }

    /// Whether some are digits alone.
    pub(in super::super) fn has_digits(&self) -> bool {
        self.digits
    }

    /// Whether some are ASCII text.
    pub(in super::super) fn has_ascii(&self) -> bool {
        self.ascii
    }

    /// Calls `hit` with start and end of every value that stands in `text`, which is the digits of
    /// `run` if there is one, in ascending order of anchors. `checks` is lowered by one for each digest that is made, and none are made at 0.
    pub(in super::super) fn each(
        &self,
        text: &[u8],
        run: Option<&Run>,
        checks: &mut u64,
        hit: &mut dyn FnMut(usize, usize),
    ) {
        let mut at = 0;
        while let Some(block) = text.get(at..).and_then(|t| t.first_chunk::<SPAN>()) {
            // Without branches, so that the lookups wait for memory together.
            let mut hits = 0_u32;
            for i in 0..SAMPLES {
                hits |= u32::from(self.passes(load(block, i * STEP))) << i;
            }
            while hits != 0 {
                let sample = at + hits.trailing_zeros() as usize * STEP;
                self.near(text, sample, run, checks, hit);
                hits &= hits - 1;
            }
            at += SAMPLES * STEP;
        }
        while at + 5 <= text.len() {
            // With fewer than eight bytes left only short forms can be covered.
            if self.passes(load(text, at)) {
                self.near(text, at, run, checks, hit);
            }
            at += STEP;
        }
    }

    #[inline]
    fn passes(&self, eight: u64) -> bool {
        let folded = eight | FOLD;
        let long = self.long.has(self.mix.gram(folded));
        if self.five.any {
            long | self.five.has(self.mix.gram(folded & FIVE))
        } else {
            long
        }
    }

    /// Looks for anchors that cover a sampled place.
    #[inline(never)]
    fn near(
        &self,
        text: &[u8],
        at: usize,
        run: Option<&Run>,
        checks: &mut u64,
        hit: &mut dyn FnMut(usize, usize),
    ) {
        for anchor_at in at.saturating_sub(STEP - 1)..=at {
            let Some(eight) = text.get(anchor_at..).and_then(|t| t.first_chunk::<8>()) else {
                return;
            };
            let anchor = self.mix.anchor(u64::from_le_bytes(*eight) | FOLD);
            if self.anchors.has(anchor) {
                self.compare(text, anchor_at, tag(anchor), run, checks, hit);
            }
        }
    }

    fn compare(
        &self,
        text: &[u8],
        at: usize,
        tag: u32,
        run: Option<&Run>,
        checks: &mut u64,
        hit: &mut dyn FnMut(usize, usize),
    ) {
        let bucket = (tag >> self.bucket) as usize;
        let start = self.starts.get(bucket).map_or(0, |&s| s as usize);
        let end = self.starts.get(bucket + 1).map_or(0, |&s| s as usize);
        let mut rest = self.forms.get(start..end).unwrap_or_default();
        rest = rest
            .get(rest.partition_point(|f| f.tag < tag)..)
            .unwrap_or_default();
        while let Some(&first) = rest.first().filter(|f| f.tag == tag) {
            // Forms of one place and length stand together, in the order of digests.
            let same = |f: &Form| (f.tag, f.before, f.length) == (tag, first.before, first.length);
            let (group, next) = rest.split_at(rest.partition_point(same));
            rest = next;
            let length = usize::from(first.length & LENGTH);
            let Some(from) = at.checked_sub(usize::from(first.before)) else {
                continue;
            };
            let Some(found) = text.get(from..from + length) else {
                continue;
            };
            if *checks == 0 || !stands_alone(first.length, text, run, from, from + length) {
                continue;
            }
            *checks -= 1;
            let mut lower = [0; LONGEST];
            let Some(lower) = lower.get_mut(..length) else {
                continue;
            };
            lower.copy_from_slice(found);
            lower.make_ascii_lowercase();
            let digest = parts(u128::from_le_bytes(self.key.value(lower).0));
            if group.binary_search_by(|f| f.digest.cmp(&digest)).is_ok() {
                hit(from, from + length);
            }
        }
    }
}

/// Whether nothing touches a form that counts only alone. Digits of a run are touched where no
/// separator stood.
fn stands_alone(flags: u16, text: &[u8], run: Option<&Run>, from: usize, to: usize) -> bool {
    if flags & (NO_DIGIT | NO_WORD) == 0 {
        return true;
    }
    if let Some(run) = run {
        return !run.is_glued(from) && !run.is_glued(to);
    }
    let before = from.checked_sub(1).and_then(|i| text.get(i));
    let after = text.get(to);
    let touched = |test: fn(&u8) -> bool| before.is_some_and(test) || after.is_some_and(test);
    !(flags & NO_DIGIT != 0 && touched(u8::is_ascii_digit)
        || flags & NO_WORD != 0 && touched(u8::is_ascii_alphanumeric))
}
