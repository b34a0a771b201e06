//! Words that begin like a key (`ghp_…`), private keys in armour, and long words that may be keys.
//!
//! A word here is a run of ASCII letters, digits, `_`, `-` and `.`. Its anchor is a begin with eight such
//! bytes at least; the first three choose the forms that are tried. A form is a row of byte sets with
//! counts: it is matched without a regex engine.
#![allow(
    clippy::inline_always,
    reason = "must be inlined into the function that enables vector code"
)]

use super::{
    EngineError, Find, Pattern,
    classes::{ALNUM, is, is_word},
    scan::{Block, Scene, bit},
    twin::Kernel,
};
use regex_syntax::{
    ParserBuilder,
    hir::{Class, Hir, HirKind},
};
use std::collections::BTreeMap;

/// Most bytes of a value of one form.
const LONGEST: usize = 8 << 10;
/// Most ways to write the first three bytes of a form, and most rows of one form.
const MOST_HEADS: usize = 256;
const MOST_ROWS: usize = 64;
/// Pieces of a row at most.
const MOST_PIECES: usize = 96;
/// Tries of one row at one place at most: what a row with wide counts may cost.
const MOST_TRIES: u32 = 4096;
/// Shortest and longest run that is told as a long word.
const LONG_WORD: u32 = 14;
const LONGEST_WORD: usize = 4096;
/// Bytes of a private key in armour at most.
const LONGEST_KEY: usize = 32 << 10;
/// Letters and digits of a private key at least: less is a specimen of the form.
const SHORTEST_KEY: usize = 24;

/// A set of bytes.
type Set = [u64; 4];

fn has(set: &Set, byte: u8) -> bool {
    set[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
}

/// Bytes of a set, so many times.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    set: Set,
    min: u16,
    max: u16,
}

/// One way to write a value.
#[derive(Debug)]
struct Row {
    pattern: u16,
    pieces: Box<[Piece]>,
}

/// All forms, by their first three bytes.
#[derive(Debug)]
pub(super) struct Tokens {
    /// Low five bits of three bytes: whether a form may begin so.
    filter: Box<[u64; 512]>,
    /// First three bytes, and the rows that may begin with them.
    heads: Vec<(u32, Box<[u16]>)>,
    rows: Vec<Row>,
    /// Rows that may begin in too many ways: tried where a long word begins.
    loose: Vec<u16>,
    /// Patterns that look for long words and private keys.
    pub(super) long: Vec<u16>,
    pub(super) armour: Vec<u16>,
    /// Whether a form begins with a dollar sign: a hash of a password.
    dollars: bool,
    pub(super) any: bool,
}

impl Tokens {
    /// Reads the token patterns.
    pub(super) fn compile(patterns: &[Pattern<'_>]) -> Result<Self, EngineError> {
        let mut all = Self {
            filter: Box::new([0; 512]),
            heads: Vec::new(),
            rows: Vec::new(),
            loose: Vec::new(),
            long: Vec::new(),
            armour: Vec::new(),
            dollars: false,
            any: false,
        };
        let mut heads: BTreeMap<u32, Vec<u16>> = BTreeMap::new();
        for (index, pattern) in patterns.iter().enumerate() {
            let Find::Token(forms) = &pattern.find else {
                continue;
            };
            let error = |reason: String| EngineError {
                pattern: index,
                reason,
            };
            let id = u16::try_from(index).map_err(|_| error("is past the 65 536th".to_owned()))?;
            for form in *forms {
                for pieces in rows(form).map_err(error)? {
                    let row = u16::try_from(all.rows.len())
                        .map_err(|_| error("more than 65 536 forms".to_owned()))?;
                    match first_three(&pieces) {
                        Some(all) => {
                            for head in all {
                                heads.entry(head).or_default().push(row);
                            }
                        }
                        None => all.loose.push(row),
                    }
                    all.rows.push(Row {
                        pattern: id,
                        pieces: pieces.into(),
                    });
                }
            }
        }
        for (head, rows) in heads {
            let [a, b, c, _] = head.to_le_bytes();
            all.dollars |= a == b'$';
            let place = folded(a, b, c);
            all.filter[place >> 6] |= 1 << (place & 63);
            all.heads.push((head, rows.into()));
        }
        all.any = !all.rows.is_empty();
        Ok(all)
    }

    /// The rows that may begin with these three bytes.
    #[inline(always)]
    fn at(&self, a: u8, b: u8, c: u8) -> Option<&[u16]> {
        let place = folded(a, b, c);
        if self.filter[place >> 6] >> (place & 63) & 1 == 0 {
            return None;
        }
        let head = u32::from_le_bytes([a, b, c, 0]);
        let found = self.heads.binary_search_by_key(&head, |h| h.0).ok()?;
        self.heads.get(found).map(|h| &*h.1)
    }
}

#[inline(always)]
fn folded(a: u8, b: u8, c: u8) -> usize {
    usize::from(a & 31) << 10 | usize::from(b & 31) << 5 | usize::from(c & 31)
}

/// Whether a form of [`Find::Token`] can be used. For rule files.
///
/// # Errors
/// Says what is wrong with the form.
pub fn check_form(form: &str) -> Result<(), String> {
    for row in rows(form)? {
        // What is tried at every long word must be one.
        let shown =
            |set: &Set| (0..=255u8).all(|b| !has(set, b) || is_word(b) || b"-.".contains(&b));
        let head: usize = row
            .iter()
            .take_while(|p| shown(&p.set))
            .map(|p| usize::from(p.min))
            .sum();
        if first_three(&row).is_none() && head < LONG_WORD as usize {
            return Err("must begin with three bytes of a few kinds, or with 14 letters, digits, '_', '-' and '.'".to_owned());
        }
        if row.iter().any(|p| p.set[2] | p.set[3] != 0) {
            return Err("may hold ASCII only".to_owned());
        }
        let longest: usize = row.iter().map(|p| usize::from(p.max)).sum();
        let shortest: usize = row.iter().map(|p| usize::from(p.min)).sum();
        if shortest < 8 || longest > LONGEST {
            return Err(format!("must be 8 to {LONGEST} bytes long"));
        }
    }
    Ok(())
}

/// A value of a form, made by choosing bytes with `next` (which gives a number below its argument). For
/// examples: no real key stands in a rule file.
pub fn specimen(form: &str, next: &mut dyn FnMut(usize) -> usize) -> Option<String> {
    let all = rows(form).ok()?;
    let mut out = String::new();
    for piece in all.first()? {
        let bytes: Vec<char> = (0x20..0x7F_u8)
            .filter(|b| has(&piece.set, *b))
            .map(char::from)
            .collect();
        let shown = bytes.iter().copied().filter(char::is_ascii_alphanumeric);
        let shown: Vec<char> = shown.collect();
        let from = match (shown.is_empty(), bytes.is_empty()) {
            (false, _) => shown,
            (true, false) => bytes,
            (true, true) => vec!['\n'],
        };
        let count = piece.min.max(piece.max.min(24));
        for _ in 0..count {
            out.push(*from.get(next(from.len()))?);
        }
    }
    Some(out)
}

/// The rows of a form.
fn rows(form: &str) -> Result<Vec<Vec<Piece>>, String> {
    let hir = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .nest_limit(16)
        .build()
        .parse(form)
        .map_err(|error| match error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            _ => "not a regex".to_owned(),
        })?;
    let mut out = flat(&hir)?;
    for row in &mut out {
        // Neighbours of the same set are one piece.
        let mut merged: Vec<Piece> = Vec::new();
        for piece in row.iter().filter(|p| p.max > 0) {
            match merged.last_mut() {
                Some(last) if last.set == piece.set => {
                    last.min = last.min.saturating_add(piece.min);
                    last.max = last.max.saturating_add(piece.max);
                }
                _ => merged.push(*piece),
            }
        }
        *row = merged;
        if row.len() > MOST_PIECES {
            return Err(format!("has more than {MOST_PIECES} parts"));
        }
    }
    Ok(out)
}

fn flat(hir: &Hir) -> Result<Vec<Vec<Piece>>, String> {
    let one = |set: Set| {
        vec![vec![Piece {
            set,
            min: 1,
            max: 1,
        }]]
    };
    Ok(match hir.kind() {
        HirKind::Empty => vec![Vec::new()],
        HirKind::Look(_) => return Err("may not hold anchors".to_owned()),
        HirKind::Literal(literal) => {
            let piece = |&b: &u8| Piece {
                set: set([b..=b]),
                min: 1,
                max: 1,
            };
            vec![literal.0.iter().map(piece).collect()]
        }
        HirKind::Class(Class::Bytes(class)) => one(set(class.iter().map(|r| r.start()..=r.end()))),
        HirKind::Class(Class::Unicode(class)) => {
            let ranges: Option<Vec<_>> = class
                .iter()
                .map(|r| Some(u8::try_from(r.start()).ok()?..=u8::try_from(r.end()).ok()?))
                .collect();
            one(set(ranges.ok_or("may hold ASCII only")?))
        }
        HirKind::Capture(capture) => flat(&capture.sub)?,
        HirKind::Repetition(r) => {
            let max = r.max.ok_or("has no longest value: use {m,n}")?;
            let count = |n: u32| u16::try_from(n).map_err(|_| "counts more than 65535".to_owned());
            let (min, max) = (count(r.min)?, count(max)?);
            let sub = flat(&r.sub)?;
            match sub.as_slice() {
                [row] if row.len() == 1 && row.iter().all(|p| p.min == 1 && p.max == 1) => {
                    vec![vec![Piece { min, max, ..row[0] }]]
                }
                _ => {
                    let mut all: Vec<Vec<Piece>> = Vec::new();
                    for n in min..=max {
                        let mut rows = vec![Vec::new()];
                        for _ in 0..n {
                            rows = join(&rows, &sub)?;
                        }
                        all.extend(rows);
                        bounded(&all)?;
                    }
                    all
                }
            }
        }
        HirKind::Concat(parts) => {
            let mut rows = vec![Vec::new()];
            for part in parts {
                rows = join(&rows, &flat(part)?)?;
            }
            rows
        }
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(flat(part)?);
                bounded(&all)?;
            }
            all
        }
    })
}

fn bounded(rows: &[Vec<Piece>]) -> Result<(), String> {
    let parts: usize = rows.iter().map(Vec::len).sum();
    if rows.len() > MOST_ROWS || parts > MOST_ROWS * MOST_PIECES {
        return Err(format!("can be written in more than {MOST_ROWS} ways"));
    }
    Ok(())
}

fn join(left: &[Vec<Piece>], right: &[Vec<Piece>]) -> Result<Vec<Vec<Piece>>, String> {
    let mut all = Vec::new();
    for a in left {
        for b in right {
            all.push(a.iter().chain(b).copied().collect());
            bounded(&all)?;
        }
    }
    Ok(all)
}

fn set(ranges: impl IntoIterator<Item = std::ops::RangeInclusive<u8>>) -> Set {
    let mut set = [0; 4];
    for byte in ranges.into_iter().flatten() {
        set[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }
    set
}

/// Every way to write the first three bytes, as little-endian numbers; `None` when there are too many.
fn first_three(pieces: &[Piece]) -> Option<Vec<u32>> {
    let mut sets = Vec::new();
    for piece in pieces {
        for _ in 0..piece.min.min(3) {
            sets.push(piece.set);
        }
        if sets.len() >= 3 {
            break;
        }
        if piece.min != piece.max {
            return None;
        }
    }
    let mut heads = vec![(0u32, 0u32)];
    for set in sets.get(..3)? {
        let mut next = Vec::new();
        for (head, shift) in heads {
            for byte in (0..=255u8).filter(|b| has(set, *b)) {
                next.push((head | u32::from(byte) << shift, shift + 8));
            }
            if next.len() > MOST_HEADS {
                return None;
            }
        }
        heads = next;
    }
    Some(heads.into_iter().map(|h| h.0).collect())
}

/// The masks of words: where they begin, long words, and the dashes of an armour.
#[inline(always)]
pub(super) fn anchors<K: Kernel>(
    k: K,
    tokens: &Tokens,
    scene: &mut Scene<'_>,
    block: K::Block,
    b: &Block,
) {
    let words = k.words(block);
    let points = k.points(block);
    let all = words | points;
    let mut eight = all & all >> 1;
    eight &= eight >> 2;
    eight &= eight >> 4;
    // What a word of eight can begin with: no word character before it.
    let mut starts = eight & words & !(words << 1) & b.own;
    let runs = !(all << 1);
    while starts != 0 {
        let t = starts.trailing_zeros();
        starts &= starts - 1;
        find(k, tokens, scene, b.at + t as usize, bit(runs, t));
    }
    // `\n` before a value is no letter that touches it.
    let slashes = k.equal(block, b'\\') & b.own;
    if slashes & (eight >> 2) != 0 {
        escaped(k, tokens, scene, b.at, slashes & (eight >> 2));
    }
    if tokens.dollars {
        let dollars = k.equal(block, b'$') & b.own;
        for t in super::scan::Bits(dollars) {
            let at = b.at + t as usize;
            if let Some(rows) = tokens.at(b'$', scene.byte(at + 1), scene.byte(at + 2)) {
                forms(tokens, rows, scene, at);
            }
        }
    }
    if !tokens.armour.is_empty() {
        let dashes = points & points >> 1 & points >> 2 & points >> 3 & points >> 4 & words >> 5;
        let mut dashes = dashes & b.anchors;
        while dashes != 0 {
            let t = dashes.trailing_zeros();
            dashes &= dashes - 1;
            armour(tokens, scene, b.at + t as usize);
        }
    }
}

/// Tries what may begin behind the backslashes and their letters.
#[cold]
fn escaped<K: Kernel>(k: K, tokens: &Tokens, scene: &mut Scene<'_>, at: usize, slashes: u64) {
    for t in super::scan::Bits(slashes) {
        let at = at + t as usize;
        if matches!(scene.byte(at + 1), b'n' | b'r' | b't') && !(scene.gbk && scene.inside(at)) {
            find(k, tokens, scene, at + 2, false);
        }
    }
}

/// Tries what may begin here; `run` says that the run of word characters, hyphens and points does.
#[inline(always)]
fn find<K: Kernel>(k: K, tokens: &Tokens, scene: &mut Scene<'_>, at: usize, run: bool) {
    let Some(bytes) = scene.chunk::<64>(at) else {
        return;
    };
    if let Some(rows) = tokens.at(bytes[0], bytes[1], bytes[2]) {
        forms(tokens, rows, scene, at);
    }
    if !run || tokens.long.is_empty() && tokens.loose.is_empty() {
        return;
    }
    let block = k.load(bytes);
    let words = k.words(block);
    let all = words | k.points(block);
    let len = (!all).trailing_zeros();
    if len < LONG_WORD {
        return;
    }
    let inside = u64::MAX >> (64 - len.min(64));
    let digits = k.digits(block) & inside;
    let letters = k.alnums(block) & inside & !digits;
    if digits == 0 || letters == 0 {
        return;
    }
    long_word(tokens, scene, at, len as usize);
}

#[cold]
fn long_word(tokens: &Tokens, scene: &mut Scene<'_>, at: usize, len: usize) {
    let start = at.wrapping_add(scene.shift);
    let text = scene.text;
    if scene.gbk && scene.inside(at) {
        return;
    }
    let word = |b: &u8| is_word(*b) || matches!(b, b'-' | b'.');
    let rest = text.get(start + len..).unwrap_or_default();
    let more = rest
        .iter()
        .take(LONGEST_WORD)
        .take_while(|b| word(b))
        .count();
    if !tokens.loose.is_empty() {
        forms(tokens, &tokens.loose, scene, at);
    }
    scene.hit_all(&tokens.long, at, at + len + more);
}

#[cold]
fn forms(tokens: &Tokens, rows: &[u16], scene: &mut Scene<'_>, at: usize) {
    let start = at.wrapping_add(scene.shift);
    if scene.gbk && scene.inside(at) {
        return;
    }
    let text = scene.text;
    let rest = text.get(start..).unwrap_or_default();
    for row in rows.iter().filter_map(|r| tokens.rows.get(usize::from(*r))) {
        let mut tries = MOST_TRIES;
        if let Some(len) = fits(&row.pieces, rest, 0, &mut tries) {
            scene.hit(row.pattern, at, at + len);
        }
    }
}

/// Where the row ends that begins at `at`, taking as much as it can; no word character may follow.
fn fits(pieces: &[Piece], text: &[u8], at: usize, tries: &mut u32) -> Option<usize> {
    *tries = tries.checked_sub(1)?;
    let Some((piece, rest)) = pieces.split_first() else {
        return (!text.get(at).is_some_and(|b| is_word(*b))).then_some(at);
    };
    let bytes = text.get(at..)?;
    let most = bytes
        .iter()
        .take(usize::from(piece.max))
        .take_while(|b| has(&piece.set, **b))
        .count();
    let mut count = most;
    while count >= usize::from(piece.min) {
        if let Some(end) = fits(rest, text, at + count, tries) {
            return Some(end);
        }
        if *tries == 0 {
            return None;
        }
        count = count.checked_sub(1)?;
    }
    None
}

/// A private key whose armour begins, or ends without having begun in this text, at these dashes.
#[cold]
fn armour(tokens: &Tokens, scene: &mut Scene<'_>, at: usize) {
    let start = at.wrapping_add(scene.shift);
    let text = scene.text;
    let Some(rest) = text.get(start..) else {
        return;
    };
    let found = if rest.starts_with(b"-----BEGIN ") {
        begins(text, start)
    } else if rest.starts_with(b"-----END ") {
        ends(text, start, scene.own.start)
    } else {
        None
    };
    if let Some(range) = found {
        let back = |place: usize| place.wrapping_sub(scene.shift);
        scene.hit_all(&tokens.armour, back(range.start), back(range.end));
    }
}

/// The words between the dashes of a line of armour: `RSA PRIVATE KEY`. And where they end.
fn title(text: &[u8], from: usize) -> Option<usize> {
    let words = text.get(from..text.len().min(from + 64))?;
    let len = memchr::memmem::find(words, b"-----")?;
    let title = words.get(..len)?;
    let plain = title
        .iter()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b' ');
    (plain && memchr::memmem::find(title, b"PRIVATE KEY").is_some()).then_some(from + len + 5)
}

/// What may stand between the lines of armour: base64, headers, line ends in any notation.
fn is_body(byte: u8) -> bool {
    is(byte, ALNUM) || b"+/=\r\n\t -:,;.\\\"'()#*>|$@{}_".contains(&byte)
}

fn begins(text: &[u8], start: usize) -> Option<std::ops::Range<usize>> {
    let body = title(text, start + 11)?;
    let most = text.get(body..text.len().min(body + LONGEST_KEY))?;
    let end = memchr::memmem::find_iter(most, b"-----END ")
        .find_map(|at| Some((at, title(text, body + at + 9)?)));
    let (inner, end) = if let Some((at, end)) = end {
        (most.get(..at)?, end)
    } else {
        // Cut off: as far as it looks like one.
        let len = most.iter().take_while(|b| is_body(**b)).count();
        let inner = most.get(..len)?;
        (inner, body + inner.trim_ascii_end().len())
    };
    let dense = inner.iter().filter(|b| is(**b, ALNUM)).count();
    (dense >= SHORTEST_KEY).then_some(start..end)
}

fn ends(text: &[u8], start: usize, own: usize) -> Option<std::ops::Range<usize>> {
    let end = title(text, start + 9)?;
    let from = start.saturating_sub(LONGEST_KEY).max(own);
    let before = text.get(from..start)?;
    if memchr::memmem::rfind(before, b"-----BEGIN ").is_some() {
        return None;
    }
    let len = before.iter().rev().take_while(|b| is_body(**b)).count();
    let inner = before.get(before.len() - len..)?;
    let skipped = len - inner.trim_ascii_start().len();
    let dense = inner.iter().filter(|b| is(**b, ALNUM)).count();
    (dense >= SHORTEST_KEY).then_some(start - len + skipped..end)
}

#[cfg(test)]
mod tests {
    use super::super::{Charset, Engine, Finder, Hits, Isa, Pattern};
    use super::*;

    fn found(forms: &[&str], text: &str) -> Vec<(u16, String)> {
        let forms: Vec<String> = forms.iter().map(ToString::to_string).collect();
        let patterns = [
            Pattern {
                find: Find::Token(&forms),
                check: super::super::Check::None,
            },
            Pattern {
                find: Find::Named(Finder::LongWord),
                check: super::super::Check::None,
            },
            Pattern {
                find: Find::Named(Finder::PrivateKey),
                check: super::super::Check::None,
            },
        ];
        let mut out = Vec::new();
        for isa in [Isa::Best, Isa::Scalar] {
            let engine = Engine::compile(&patterns).unwrap().with_isa(isa);
            let mut hits = Hits::default();
            engine.scan(text.as_bytes(), 0..text.len(), Charset::Utf8, &mut hits);
            let all: Vec<_> = hits
                .hits
                .iter()
                .map(|h| (h.pattern, text[h.start as usize..h.end as usize].to_owned()))
                .collect();
            if isa == Isa::Scalar {
                assert_eq!(out, all);
            }
            out = all;
        }
        out
    }

    #[test]
    fn forms_are_found_wherever_a_word_begins() {
        let value = "abc_0123456789abcdefABCD";
        for lead in ["", " ", "x ", "\"", "=", "中", "a-", "x.", "http://u:"] {
            for pad in [0, 1, 40, 50, 53, 54, 55, 63, 64, 65, 120] {
                let text = format!("{}{lead}{value}, tail", " ".repeat(pad));
                let all = found(&["abc_[0-9A-Za-z]{20}"], &text);
                assert!(all.contains(&(0, value.to_owned())), "{text:?} {all:?}");
            }
        }
        for text in [
            "xabc_0123456789abcdefABCD",
            "abc_0123456789abcdefABCDE",
            "abc_0123",
        ] {
            let all = found(&["abc_[0-9A-Za-z]{20}"], text);
            assert!(all.iter().all(|f| f.0 != 0), "{text} {all:?}");
        }
    }

    #[test]
    fn rows_take_as_much_as_they_can_and_no_more() {
        let all = found(&["ab\\.[a-z]{1,30}\\.[0-9]{2,40}"], "ab.cde.12345678 x");
        assert_eq!(all[0], (0, "ab.cde.12345678".to_owned()));
        // As many ways as there are cuts: bounded.
        let form = "aaa(?:[ab]{0,900}c?){9}d";
        assert!(
            check_form(form).is_err() || found(&[form], &"a".repeat(4000)).iter().all(|f| f.0 != 0)
        );
    }

    #[test]
    fn forms_that_cannot_be_used_are_refused() {
        for form in [
            "[A-Za-z]{2,20}x",
            "abc+",
            "ab",
            "^abcdefgh",
            "abc{0,3}",
            "abcdef(",
            "abc中文中文",
        ] {
            assert!(check_form(form).is_err(), "{form}");
        }
        assert!(check_form("(?:ghp|gho)_[0-9A-Za-z]{36}").is_ok());
    }

    #[test]
    fn long_words_have_letters_and_digits() {
        let all = found(
            &["zzz_[a-z]{9}"],
            "a Zx81-0aa.bb_ccccc, 0123456789012345678 internationalisation",
        );
        assert_eq!(all, [(1, "Zx81-0aa.bb_ccccc".to_owned())]);
    }

    #[test]
    fn private_keys_are_found_whole_or_cut() {
        let body = "MIIEowIBAAKCAQEAx1x2x3x4\nx5x6x7x8+/==\n";
        let begin = format!("-----{} RSA PRIVATE KEY-----", "BEGIN");
        let end = format!("-----{} RSA PRIVATE KEY-----", "END");
        let whole = format!("{begin}\n{body}{end}");
        let all = |text: &str| -> Vec<String> {
            let all = found(&["zzz_[a-z]{9}"], text).into_iter();
            all.filter(|f| f.0 == 2).map(|f| f.1).collect()
        };
        assert_eq!(
            all(&format!("key:\n{whole}\nnext")),
            std::slice::from_ref(&whole)
        );
        assert_eq!(
            all(&format!("x\\n{whole}\\n")),
            std::slice::from_ref(&whole)
        );
        assert_eq!(
            all(&format!("{begin}\n{body}")),
            [format!("{begin}\n{}", body.trim())]
        );
        assert_eq!(all(&format!("{body}{end}\n。")), [format!("{body}{end}")]);
        assert!(all(&format!("{begin}\n...\n{end}")).is_empty());
        assert!(all(&whole.replace("PRIVATE", "PUBLIC")).is_empty());
    }
}
