//! Words anywhere, and the slow way for all other patterns.

use super::{EngineError, Find, Hit, Pattern, gbk, scan::offset};
use aho_corasick::{AhoCorasick, packed};
use std::ops::Range;

/// Most words one packed searcher is fast with.
const PACK: usize = 16;
/// Most words for packed searchers: beyond, one automaton finds all.
const MANY: usize = 96;

/// Words of one charset.
#[derive(Debug, Default)]
pub(super) struct Literals {
    packs: Vec<Pack>,
    longest: usize,
    /// All words when there are many, and the pattern of each.
    many: Option<(AhoCorasick, Vec<u16>)>,
}

#[derive(Debug)]
struct Pack {
    words: Vec<Word>,
    search: Search,
    /// Every word begins with a byte that is no ASCII: stretches of ASCII need not be searched.
    high: bool,
}

/// Bytes that are passed over together when they are ASCII.
const STRETCH: usize = 1024;

/// The next run of stretches from `from` on that are not all ASCII.
fn high(text: &[u8], from: usize, end: usize) -> Option<Range<usize>> {
    let plain = |at: usize| {
        let stop = (at + STRETCH).min(end);
        text.get(at..stop).is_none_or(<[u8]>::is_ascii)
    };
    let mut start = from;
    while start < end && plain(start) {
        start += STRETCH;
    }
    let mut stop = start;
    while stop < end && !plain(stop) {
        stop += STRETCH;
    }
    (start < end).then(|| start..stop.min(end))
}

#[derive(Debug)]
struct Word {
    bytes: Vec<u8>,
    patterns: Vec<u16>,
    /// Other words that begin like this one: they may begin where it does.
    alike: Vec<usize>,
    /// How far on the next word may begin.
    step: usize,
}

impl Word {
    /// A word among those of its pack.
    fn new(index: usize, list: &[(Vec<u8>, Vec<u16>)]) -> Self {
        let (bytes, patterns) = list[index].clone();
        let starts = |a: &[u8], b: &[u8]| a.starts_with(b) || b.starts_with(a);
        let others = list.iter().enumerate();
        let alike = others
            .filter(|(i, (other, _))| *i != index && starts(&bytes, other))
            .map(|(i, _)| i)
            .collect();
        let inside = |step: &usize| list.iter().any(|(other, _)| starts(&bytes[*step..], other));
        let step = (1..bytes.len()).find(inside).unwrap_or(bytes.len());
        Self {
            bytes,
            patterns,
            alike,
            step,
        }
    }
}

#[derive(Debug)]
enum Search {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

impl Literals {
    /// Builds the searchers of all [`Find::Words`], each word written in one charset.
    pub(super) fn compile(
        patterns: &[Pattern<'_>],
        encode: impl Fn(&str) -> Vec<u8>,
    ) -> Result<Self, EngineError> {
        let mut words: Vec<(Vec<u8>, Vec<u16>)> = Vec::new();
        for (index, pattern) in patterns.iter().enumerate() {
            let Find::Words(list) = &pattern.find else {
                continue;
            };
            let error = |reason: &str| EngineError {
                pattern: index,
                reason: reason.to_owned(),
            };
            let id = u16::try_from(index).map_err(|_| error("is past the 65 536th"))?;
            for word in *list {
                let bytes = encode(word);
                if bytes.is_empty() {
                    return Err(error("has an empty word"));
                }
                words.push((bytes, vec![id]));
            }
        }
        words.sort_unstable();
        let longest = words.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
        if words.len() > MANY {
            return Self::many(words, longest);
        }
        words.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same && !kept.1.contains(&next.1[0]) {
                kept.1.append(&mut next.1);
            }
            same
        });
        let mut packs = Vec::new();
        for words in words.chunks(PACK) {
            let list = words.iter().map(|(word, _)| word.as_slice());
            let search = match packed::Config::new().builder().extend(list.clone()).build() {
                Some(searcher) => Search::Packed(searcher),
                None => Search::Automaton(
                    AhoCorasick::builder()
                        .match_kind(aho_corasick::MatchKind::LeftmostFirst)
                        .build(list)
                        .map_err(|error| EngineError {
                            pattern: usize::from(words[0].1[0]),
                            reason: error.to_string(),
                        })?,
                ),
            };
            packs.push(Pack {
                words: (0..words.len())
                    .map(|index| Word::new(index, words))
                    .collect(),
                search,
                high: words
                    .iter()
                    .all(|(word, _)| word.first().is_some_and(|b| *b >= 0x80)),
            });
        }
        Ok(Self {
            packs,
            longest,
            many: None,
        })
    }

    /// One automaton for more words than packed searchers are fast with.
    fn many(words: Vec<(Vec<u8>, Vec<u16>)>, longest: usize) -> Result<Self, EngineError> {
        let error = |error: aho_corasick::BuildError| EngineError {
            pattern: 0,
            reason: error.to_string(),
        };
        let automaton = AhoCorasick::new(words.iter().map(|(word, _)| word)).map_err(error)?;
        let patterns = words
            .into_iter()
            .flat_map(|(_, patterns)| patterns)
            .collect();
        Ok(Self {
            packs: Vec::new(),
            longest,
            many: Some((automaton, patterns)),
        })
    }

    /// Adds every place of every word that begins in `own`.
    pub(super) fn find(&self, text: &[u8], own: &Range<usize>, gb18030: bool, hits: &mut Vec<Hit>) {
        if let Some((automaton, patterns)) = &self.many {
            let end = own
                .end
                .saturating_add(self.longest.saturating_sub(1))
                .min(text.len());
            let Some(stretch) = text.get(own.start..end) else {
                return;
            };
            for found in automaton.find_overlapping_iter(stretch) {
                let (start, stop) = (own.start + found.start(), own.start + found.end());
                let pattern = patterns.get(found.pattern().as_usize());
                let Some(pattern) = pattern.filter(|_| start < own.end) else {
                    continue;
                };
                if !gb18030 || whole(text, start) {
                    hits.push(Hit {
                        start: offset(start),
                        end: offset(stop),
                        pattern: *pattern,
                    });
                }
            }
        }
        for pack in &self.packs {
            if !pack.high {
                self.find_in(pack, text, own, gb18030, hits);
                continue;
            }
            let mut from = own.start;
            while let Some(run) = high(text, from, own.end) {
                from = run.end;
                self.find_in(pack, text, &run, gb18030, hits);
            }
        }
    }

    fn find_in(
        &self,
        pack: &Pack,
        text: &[u8],
        own: &Range<usize>,
        gb18030: bool,
        hits: &mut Vec<Hit>,
    ) {
        let end = own
            .end
            .saturating_add(self.longest.saturating_sub(1))
            .min(text.len());
        {
            let mut from = own.start;
            while let Some((start, index)) = pack.search.next(text, from..end) {
                if start >= own.end {
                    break;
                }
                let Some(word) = pack.words.get(index) else {
                    break;
                };
                if gb18030 && !whole(text, start) {
                    from = start + 1;
                    continue;
                }
                word.keep(start, hits);
                let rest = text.get(start..).unwrap_or_default();
                for other in word.alike.iter().filter_map(|other| pack.words.get(*other)) {
                    if rest.starts_with(&other.bytes) {
                        other.keep(start, hits);
                    }
                }
                from = start + word.step;
            }
        }
    }
}

impl Word {
    fn keep(&self, start: usize, hits: &mut Vec<Hit>) {
        let (start, end) = (offset(start), offset(start + self.bytes.len()));
        hits.extend(self.patterns.iter().map(|pattern| Hit {
            start,
            end,
            pattern: *pattern,
        }));
    }
}

impl Search {
    /// Where the next word begins, and which.
    fn next(&self, text: &[u8], span: Range<usize>) -> Option<(usize, usize)> {
        if span.start >= span.end {
            return None;
        }
        match self {
            Self::Packed(searcher) => searcher
                .find_in(text, span.into())
                .map(|found| (found.start(), found.pattern().as_usize())),
            Self::Automaton(automaton) => automaton
                .find(aho_corasick::Input::new(text).span(span))
                .map(|found| (found.start(), found.pattern().as_usize())),
        }
    }
}

/// Whether a character of GB 18030 begins here.
fn whole(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        Some(0x80..) => gbk::begins(text, at),
        _ => !gbk::inside(text, at),
    }
}

/// Patterns that go through a regex engine, one after another.
#[derive(Debug, Default)]
pub(super) struct Slow {
    regexes: Vec<Guarded>,
    /// The words of all guarded ones; by word the regexes that it wakes.
    words: Option<AhoCorasick>,
    wakes: Vec<Vec<usize>>,
}

#[derive(Debug)]
struct Guarded {
    pattern: u16,
    regex: regex::bytes::Regex,
    /// Looked for only where one of its words stands.
    asleep: bool,
}

/// Bytes around a stretch that such patterns see.
const AROUND: (usize, usize) = (64, 256);
/// Memory of the automata of one regex.
const REGEX_BYTES: usize = 2 << 20;

impl Slow {
    /// Compiles all [`Find::Regex`] and [`Find::Guarded`].
    pub(super) fn compile(patterns: &[Pattern<'_>]) -> Result<Self, EngineError> {
        let mut out = Self::default();
        let mut words: std::collections::BTreeMap<String, Vec<usize>> =
            std::collections::BTreeMap::new();
        for (index, pattern) in patterns.iter().enumerate() {
            let (regex, guards): (&str, &[String]) = match pattern.find {
                Find::Regex(regex) => (regex, &[]),
                Find::Guarded { regex, words } => (regex, words),
                _ => continue,
            };
            let error = |reason: String| EngineError {
                pattern: index,
                reason,
            };
            let id = u16::try_from(index).map_err(|_| error("is past the 65 536th".to_owned()))?;
            let built = regex::bytes::RegexBuilder::new(regex)
                .unicode(false)
                .size_limit(REGEX_BYTES)
                .dfa_size_limit(REGEX_BYTES)
                .build();
            let regex = built.map_err(|cause| error(cause.to_string()))?;
            if regex.is_match(b"") {
                return Err(error("can be empty".to_owned()));
            }
            for word in guards {
                if word.is_empty() {
                    return Err(error("has an empty word".to_owned()));
                }
                words
                    .entry(word.to_ascii_lowercase())
                    .or_default()
                    .push(out.regexes.len());
            }
            out.regexes.push(Guarded {
                pattern: id,
                regex,
                asleep: !guards.is_empty(),
            });
        }
        if !words.is_empty() {
            let all = AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(words.keys());
            out.words = Some(all.map_err(|error| EngineError {
                pattern: 0,
                reason: error.to_string(),
            })?);
            out.wakes = words.into_values().collect();
        }
        Ok(out)
    }

    /// Which regexes are awake in a text.
    fn awake(&self, text: &[u8]) -> Vec<bool> {
        let mut awake: Vec<bool> = self.regexes.iter().map(|r| !r.asleep).collect();
        let mut asleep = awake.iter().filter(|a| !**a).count();
        let Some(words) = self.words.as_ref().filter(|_| asleep > 0) else {
            return awake;
        };
        let mut seen = vec![false; self.wakes.len()];
        for found in words.find_overlapping_iter(text) {
            let word = found.pattern().as_usize();
            let Some(slot) = seen.get_mut(word).filter(|s| !**s) else {
                continue;
            };
            *slot = true;
            for &regex in self.wakes.get(word).map_or(&[][..], Vec::as_slice) {
                if let Some(slot) = awake.get_mut(regex).filter(|a| !**a) {
                    *slot = true;
                    asleep -= 1;
                }
            }
            if asleep == 0 {
                break;
            }
        }
        awake
    }

    /// Adds the matches, leftmost first and not overlapping, that begin in `own`.
    pub(super) fn find(&self, text: &[u8], own: &Range<usize>, hits: &mut Vec<Hit>) {
        let from = own.start.saturating_sub(AROUND.0);
        let to = own.end.saturating_add(AROUND.1).min(text.len());
        let Some(around) = text.get(from..to) else {
            return;
        };
        if self.regexes.is_empty() {
            return;
        }
        let awake = self.awake(around);
        for (Guarded { pattern, regex, .. }, _) in
            self.regexes.iter().zip(awake).filter(|(_, awake)| *awake)
        {
            let found = regex
                .find_iter(around)
                .map(|found| (from + found.start(), from + found.end()));
            let mine = found
                .skip_while(|(start, _)| *start < own.start)
                .take_while(|(start, _)| *start < own.end);
            hits.extend(mine.map(|(start, end)| Hit {
                start: offset(start),
                end: offset(end),
                pattern: *pattern,
            }));
        }
    }
}
