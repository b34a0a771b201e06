//! Tables that the scan reads.

use super::{
    Check, EngineError, Find, Finder, Pattern,
    shapes::{self, Form, MAX_DIGITS, MAX_WORD, Test},
    tokens::Tokens,
};

/// Most groups of a separated form.
pub(super) const MAX_GROUPS: usize = 8;
/// Shortest run that an anchor can ask for without missing what begins at the end of a block.
const ANCHOR: usize = 9;

/// One pattern at one anchor.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) pattern: u16,
    pub(super) check: Check,
    /// Any of these lists of tests must hold.
    pub(super) ways: Vec<Box<[Test]>>,
}

/// A pattern of capitals and digits.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) digits: u64,
    pub(super) capitals: u64,
    pub(super) tests: Box<[Test]>,
    pub(super) pattern: u16,
    pub(super) check: Check,
}

/// A form written in groups.
#[derive(Debug)]
pub(super) struct Grouped<T> {
    /// Sizes of the groups, the first in the lowest byte.
    pub(super) sizes: u64,
    pub(super) groups: usize,
    pub(super) total: usize,
    /// Whether the last character is an X or x.
    pub(super) crossed: bool,
    pub(super) what: T,
}

impl<T> Grouped<T> {
    /// Whether the sizes that were read, the first in the lowest byte, begin with those of the form.
    #[inline]
    pub(super) fn fits(&self, sizes: [u8; MAX_GROUPS]) -> bool {
        let mask = u64::MAX >> (64 - 8 * self.groups);
        (u64::from_le_bytes(sizes) ^ self.sizes) & mask == 0
    }
}

/// How long a run must be to wake an anchor: `mask &= mask >> step` for each step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps([u32; 4]);

impl Steps {
    fn new(length: usize) -> Self {
        let mut left = u32::try_from(length.clamp(1, ANCHOR)).unwrap_or(1) - 1;
        let mut have = 1;
        Self([(); 4].map(|()| {
            let step = left.min(have);
            left -= step;
            have += step;
            step
        }))
    }

    /// The places where a run of the length begins.
    #[inline]
    pub(super) fn apply(self, mask: u64) -> u64 {
        let mut mask = mask;
        for step in self.0 {
            mask &= mask.wrapping_shr(step);
        }
        mask
    }
}

/// Rows of digits.
#[derive(Debug)]
pub(super) struct Numbers {
    /// By length and the low nibbles of the first two digits: the slots that can match.
    pub(super) first: Vec<[u64; 256]>,
    /// By length: up to 64 slots.
    pub(super) slots: Vec<Vec<Vec<Candidate>>>,
    /// By number of digits before the X.
    pub(super) crossed: Vec<Vec<Candidate>>,
    /// Numbers of digits before an X.
    pub(super) crossed_lens: u64,
    /// By size of the first group: possible sizes of the second.
    pub(super) pairs: [u32; 32],
    /// By size of the first group times 32 plus that of the second.
    pub(super) grouped: Vec<Vec<Grouped<Candidate>>>,
    pub(super) steps: Steps,
    /// Ones when no form can look like a date in groups of 4, 2 and more digits.
    pub(super) dates: u64,
    pub(super) any: bool,
}

/// Words of capitals and digits.
#[derive(Debug)]
pub(super) struct WordTable {
    /// By length.
    pub(super) plain: Vec<Vec<Word>>,
    pub(super) lens: u64,
    /// By size of the first group.
    pub(super) grouped: Vec<Vec<Grouped<Word>>>,
    pub(super) first_lens: u64,
    pub(super) steps: Steps,
    /// Whether words without a digit near their start are looked for.
    pub(super) late: bool,
    pub(super) any: bool,
}

/// All that is looked for byte by byte.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) numbers: Numbers,
    pub(super) words: WordTable,
    pub(super) email: Vec<u16>,
    pub(super) ipv4: Vec<u16>,
    pub(super) ipv6: Vec<u16>,
    pub(super) mac: Vec<u16>,
    pub(super) plate: Vec<u16>,
    pub(super) iban: Vec<u16>,
    pub(super) phone: Vec<u16>,
    pub(super) macau: Vec<u16>,
    pub(super) tokens: Tokens,
}

fn table<T>(len: usize) -> Vec<Vec<T>> {
    std::iter::repeat_with(Vec::new).take(len).collect()
}

impl Plan {
    /// Reads the shapes and finders among the patterns.
    pub(super) fn compile(patterns: &[Pattern<'_>]) -> Result<Self, EngineError> {
        let mut plan = Self {
            numbers: Numbers {
                first: vec![[0; 256]; MAX_DIGITS + 1],
                slots: table(MAX_DIGITS + 1),
                crossed: table(MAX_DIGITS + 1),
                crossed_lens: 0,
                pairs: [0; 32],
                grouped: table(1024),
                steps: Steps::new(1),
                dates: u64::MAX,
                any: false,
            },
            words: WordTable {
                plain: table(MAX_WORD + 1),
                lens: 0,
                grouped: table(MAX_WORD + 1),
                first_lens: 0,
                steps: Steps::new(1),
                late: false,
                any: false,
            },
            email: Vec::new(),
            ipv4: Vec::new(),
            ipv6: Vec::new(),
            mac: Vec::new(),
            plate: Vec::new(),
            iban: Vec::new(),
            phone: Vec::new(),
            macau: Vec::new(),
            tokens: Tokens::compile(patterns)?,
        };
        let (mut number, mut word) = (usize::MAX, usize::MAX);
        for (index, pattern) in patterns.iter().enumerate() {
            let error = |reason| EngineError {
                pattern: index,
                reason,
            };
            let id = u16::try_from(index).map_err(|_| error("is past the 65 536th".to_owned()))?;
            match &pattern.find {
                Find::Shape {
                    regex,
                    groups,
                    plain,
                } => {
                    let mut shape = Shape::new(id, pattern.check, regex, groups).map_err(error)?;
                    if *plain {
                        shape.plain(&mut plan);
                    }
                    shape.grouped(&mut plan).map_err(error)?;
                    number = number.min(shape.number);
                    word = word.min(shape.word);
                }
                Find::Named(finder) => plan.named(*finder).push(id),
                Find::Words(_) | Find::Regex(_) | Find::Guarded { .. } | Find::Token(_) => {}
            }
        }
        plan.tokens.any |= !(plan.tokens.long.is_empty() && plan.tokens.armour.is_empty());
        plan.numbers.any = number < usize::MAX;
        plan.numbers.steps = Steps::new(number);
        plan.words.any = word < usize::MAX;
        plan.words.steps = Steps::new(word);
        Ok(plan)
    }

    fn named(&mut self, finder: Finder) -> &mut Vec<u16> {
        match finder {
            Finder::Email => &mut self.email,
            Finder::Ipv4 => &mut self.ipv4,
            Finder::Ipv6 => &mut self.ipv6,
            Finder::Mac => &mut self.mac,
            Finder::Plate => &mut self.plate,
            Finder::Iban => &mut self.iban,
            Finder::Phone => &mut self.phone,
            Finder::Macau => &mut self.macau,
            Finder::PrivateKey => &mut self.tokens.armour,
            Finder::LongWord => &mut self.tokens.long,
        }
    }
}

/// A shape on its way into the tables.
struct Shape<'a> {
    pattern: u16,
    check: Check,
    forms: shapes::Forms,
    groups: &'a [Vec<u8>],
    /// Bytes of its shortest way to be written, as a number and as a word.
    number: usize,
    word: usize,
}

impl<'a> Shape<'a> {
    fn new(pattern: u16, check: Check, regex: &str, groups: &'a [Vec<u8>]) -> Result<Self, String> {
        let forms = shapes::forms(regex, check)?;
        Ok(Self {
            pattern,
            check,
            forms,
            groups,
            number: usize::MAX,
            word: usize::MAX,
        })
    }

    fn candidate(&self, forms: &[Form], len: usize) -> Option<Candidate> {
        let ways: Vec<_> = forms
            .iter()
            .filter(|form| form.len == len)
            .map(|form| form.tests.clone())
            .collect();
        (!ways.is_empty()).then_some(Candidate {
            pattern: self.pattern,
            check: self.check,
            ways,
        })
    }

    fn word(&self, form: &Form) -> Word {
        Word {
            digits: form.digits,
            capitals: form.capitals,
            tests: form.tests.clone(),
            pattern: self.pattern,
            check: self.check,
        }
    }

    fn plain(&mut self, plan: &mut Plan) {
        let numbers = &mut plan.numbers;
        for len in 1..=MAX_DIGITS {
            if let Some(candidate) = self.candidate(&self.forms.numbers, len) {
                self.number = self.number.min(len);
                // A run that short has no joiner at its fifth byte.
                if len <= 4 {
                    numbers.dates = 0;
                }
                let slots = &mut numbers.slots[len];
                // All patterns after the 64th of one length share a slot.
                let slot = slots.len().min(63);
                open(&mut numbers.first[len], &candidate, slot);
                if slots.len() == slot {
                    slots.push(Vec::new());
                }
                slots[slot].push(candidate);
            }
            if let Some(candidate) = self.candidate(&self.forms.crossed, len + 1) {
                self.number = self.number.min(len);
                numbers.crossed_lens |= 1 << len;
                numbers.crossed[len].push(candidate);
            }
        }
        for form in &self.forms.words {
            self.word = self.word.min(form.len);
            plan.words.lens |= 1 << form.len;
            plan.words.late |= late(form, 0);
            plan.words.plain[form.len].push(self.word(form));
        }
    }

    fn grouped(&mut self, plan: &mut Plan) -> Result<(), String> {
        for sizes in self.groups {
            let total: usize = sizes.iter().map(|size| usize::from(*size)).sum();
            let groups = sizes.len();
            if !(2..=MAX_GROUPS).contains(&groups) || sizes.contains(&0) || total > MAX_WORD {
                return Err(format!(
                    "groups {sizes:?} are not 2 to {MAX_GROUPS} of at least 1"
                ));
            }
            let list = sizes
                .iter()
                .rev()
                .fold(0, |list, size| list << 8 | u64::from(*size));
            let (first, second) = (usize::from(sizes[0]), usize::from(sizes[1]));
            let span = total + groups - 1;
            let mut fits = false;
            for (forms, crossed) in [(&self.forms.numbers, false), (&self.forms.crossed, true)] {
                let Some(what) = self.candidate(forms, total) else {
                    continue;
                };
                fits = true;
                self.number = self.number.min(span - usize::from(crossed));
                plan.numbers.pairs[first] |= 1 << second;
                if joined_like_a_date(sizes) {
                    plan.numbers.dates = 0;
                }
                plan.numbers.grouped[first * 32 + second].push(Grouped {
                    sizes: list,
                    groups,
                    total,
                    crossed,
                    what,
                });
            }
            for form in self.forms.words.iter().filter(|form| form.len == total) {
                fits = true;
                self.word = self.word.min(span);
                plan.words.first_lens |= 1 << first;
                plan.words.late |= late(form, groups - 1);
                let what = self.word(form);
                plan.words.grouped[first].push(Grouped {
                    sizes: list,
                    groups,
                    total,
                    crossed: false,
                    what,
                });
            }
            if !fits {
                return Err(format!("groups {sizes:?} have no length of the regex"));
            }
        }
        Ok(())
    }
}

/// Whether there are joiners at the fifth and eighth byte.
fn joined_like_a_date(sizes: &[u8]) -> bool {
    let mut place = 0;
    let mut joiners = 0u64;
    for size in sizes {
        place += usize::from(*size);
        joiners |= 1 << place;
        place += 1;
    }
    joiners >> 4 & joiners >> 7 & 1 == 1
}

/// Whether a word may show its first digit only past the end of the block that it begins in.
fn late(form: &Form, joiners: usize) -> bool {
    form.digits == 0 || form.digits.trailing_zeros() as usize + joiners >= ANCHOR
}

/// Opens the slot for the first digits that the candidate's tests leave.
fn open(table: &mut [u64; 256], candidate: &Candidate, slot: usize) {
    for tens in 0..10u8 {
        for ones in 0..10u8 {
            let mut word = [b'0'; 64];
            word[0] = b'0' + tens;
            word[1] = b'0' + ones;
            let early = |test: &&Test| match test {
                Test::Byte { at, .. } => *at < 2,
                Test::Short { at, width, .. } => at + width <= 2,
                Test::Long { .. } => false,
            };
            let can = candidate
                .ways
                .iter()
                .any(|way| way.iter().filter(early).all(|test| test.holds(&word)));
            if can {
                table[usize::from(tens << 4 | ones)] |= 1 << slot;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_ask_for_their_length() {
        for length in 1..=9 {
            let steps = Steps::new(length);
            for run in 1..20 {
                let found = steps.apply((1 << run) - 1) & 1 == 1;
                assert_eq!(found, run >= length, "{length} {run}");
            }
        }
    }

    #[test]
    fn date_like_groups_are_known() {
        assert!(joined_like_a_date(&[4, 2, 2]));
        assert!(joined_like_a_date(&[1, 2, 2, 2]));
        assert!(!joined_like_a_date(&[4, 4, 4]));
        assert!(!joined_like_a_date(&[4, 2]) || joined_like_a_date(&[4, 2, 9]));
    }
}
