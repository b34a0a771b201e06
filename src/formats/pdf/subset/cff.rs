//! Compact programs (Adobe Technical Note 5176) with fewer glyphs: their numbers stay, what is taken out
//! ends at once and has no name.

use read_fonts::ps::cff::CffFontRef;
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// A glyph that draws nothing.
const EMPTY: &[u8] = &[14];
/// Names that every reader knows by number.
const STANDARD: usize = 391;

const CHARSET: u16 = 15;
const ENCODING: u16 = 16;
const CHARSTRINGS: u16 = 17;
const PRIVATE: u16 = 18;
const SUBRS: u16 = 19;
const FONTS: u16 = 0x0C24;
const SELECT: u16 = 0x0C25;

/// A list of pieces of data.
#[derive(Debug)]
struct Index {
    all: Range<usize>,
    items: Vec<Range<usize>>,
}

/// A number in a dictionary: what it is and where its bytes are.
type Number = (i64, Range<usize>);
type Dict = BTreeMap<u16, Vec<Number>>;

fn big(bytes: &[u8], at: usize, len: usize) -> Option<usize> {
    let part = bytes.get(at..at.checked_add(len)?)?;
    Some(part.iter().fold(0, |n, b| n << 8 | usize::from(*b)))
}

fn index(bytes: &[u8], at: usize) -> Option<Index> {
    let count = big(bytes, at, 2)?;
    if count == 0 {
        return Some(Index {
            all: at..at + 2,
            items: Vec::new(),
        });
    }
    let width = big(bytes, at + 2, 1).filter(|w| (1..=4).contains(w))?;
    let base = (at + 3 + (count + 1) * width).checked_sub(1)?;
    let mut places = Vec::with_capacity(count + 1);
    for n in 0..=count {
        places.push(base.checked_add(big(bytes, at + 3 + n * width, width)?)?);
    }
    let items: Vec<Range<usize>> = places
        .windows(2)
        .filter_map(|w| Some(*w.first()?..*w.last()?))
        .collect();
    let whole = items
        .iter()
        .all(|i| i.start <= i.end && i.end <= bytes.len());
    let end = *places.last()?;
    whole.then_some(Index {
        all: at..end,
        items,
    })
}

fn dict(bytes: &[u8], range: Range<usize>) -> Option<Dict> {
    let mut out = Dict::new();
    let mut numbers: Vec<Number> = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let first = *bytes.get(at)?;
        let start = at;
        let byte = |n: usize| bytes.get(start + n).copied().map(i64::from);
        let value = match first {
            0..=21 => {
                at += 1;
                let mut operator = u16::from(first);
                if first == 12 {
                    operator = 12 << 8 | u16::from(*bytes.get(at)?);
                    at += 1;
                }
                out.insert(operator, std::mem::take(&mut numbers));
                continue;
            }
            28 => {
                at += 3;
                let n = byte(1)? << 8 | byte(2)?;
                if n >= 0x8000 { n - 0x1_0000 } else { n }
            }
            29 => {
                at += 5;
                let n = byte(1)? << 24 | byte(2)? << 16 | byte(3)? << 8 | byte(4)?;
                if n >= 0x8000_0000 {
                    n - 0x1_0000_0000
                } else {
                    n
                }
            }
            30 => {
                at += 1;
                while bytes.get(at)? & 0x0f != 0x0f {
                    at += 1;
                }
                at += 1;
                0
            }
            32..=246 => {
                at += 1;
                i64::from(first) - 139
            }
            247..=250 => {
                at += 2;
                (i64::from(first) - 247) * 256 + byte(1)? + 108
            }
            251..=254 => {
                at += 2;
                -(i64::from(first) - 251) * 256 - byte(1)? - 108
            }
            _ => return None,
        };
        numbers.push((value, start..at));
    }
    Some(out)
}

/// A number in as many bytes as it had before, if it can be.
fn spelt(value: i64, len: usize) -> Option<Vec<u8>> {
    match len {
        1 => u8::try_from(value + 139)
            .ok()
            .filter(|b| (32..=246).contains(b))
            .map(|b| vec![b]),
        2 => {
            let n = u16::try_from(value - 108).ok().filter(|n| *n < 1024)?;
            let [high, low] = n.to_be_bytes();
            Some(vec![247 + high, low])
        }
        3 => Some([&[28][..], &i16::try_from(value).ok()?.to_be_bytes()].concat()),
        5 => Some([&[29][..], &i32::try_from(value).ok()?.to_be_bytes()].concat()),
        _ => None,
    }
}

/// What of a program is looked at.
struct Parts {
    top: Dict,
    strings: Index,
    glyphs: Index,
    charset: Option<usize>,
}

fn place(dict: &Dict, operator: u16, nth: usize) -> Option<(usize, Range<usize>)> {
    let (value, range) = dict.get(&operator)?.get(nth)?;
    Some((usize::try_from(*value).ok()?, range.clone()))
}

fn parts(bytes: &[u8]) -> Option<Parts> {
    let names = index(bytes, big(bytes, 2, 1)?)?;
    let tops = index(bytes, names.all.end)?;
    let strings = index(bytes, tops.all.end)?;
    let top = dict(bytes, tops.items.first()?.clone())?;
    let glyphs = index(bytes, place(&top, CHARSTRINGS, 0)?.0)?;
    let charset = place(&top, CHARSET, 0).map(|p| p.0).filter(|at| *at > 2);
    Some(Parts {
        top,
        strings,
        glyphs,
        charset,
    })
}

/// Numbers of the glyphs' names or identifiers, and the bytes of their table.
fn charset(bytes: &[u8], at: usize, count: usize) -> Option<(Vec<u16>, Range<usize>)> {
    let format = big(bytes, at, 1)?;
    let mut out = vec![0_u16];
    let mut end = at + 1;
    while out.len() < count {
        let first = u16::try_from(big(bytes, end, 2)?).ok()?;
        let (more, len) = match format {
            0 => (0, 2),
            1 => (big(bytes, end + 2, 1)?, 3),
            2 => (big(bytes, end + 2, 2)?, 4),
            _ => return None,
        };
        end += len;
        for n in 0..=u16::try_from(more).ok()? {
            if out.len() < count {
                out.push(first.wrapping_add(n));
            }
        }
    }
    Some((out, at..end))
}

/// The table of codes, with those of glyphs that stay.
fn encoding(
    bytes: &[u8],
    at: usize,
    kept: &dyn Fn(usize) -> bool,
) -> Option<(Range<usize>, Vec<u8>)> {
    let format = big(bytes, at, 1)?;
    let count = big(bytes, at + 1, 1)?;
    let mut end = at + 2;
    let mut codes = Vec::new();
    for _ in 0..count {
        let code = *bytes.get(end)?;
        if matches!(format, 0 | 0x80) {
            codes.push(code);
            end += 1;
        } else {
            let more = *bytes.get(end + 1)?;
            codes.extend((0..=more).map(|n| code.wrapping_add(n)));
            end += 2;
        }
    }
    if format & 0x80 != 0 {
        // Further codes of glyphs that have one, by name; nobody writes them.
        end += 1 + 3 * big(bytes, end, 1)?;
    }
    let mut out = vec![0, u8::try_from(codes.len()).ok()?];
    out.extend(
        (1..)
            .zip(codes)
            .map(|(glyph, code)| if kept(glyph) { code } else { 0 }),
    );
    Some((at..end, out))
}

/// Glyphs of a composite font: those of character identifiers, or numbered by them.
pub(super) fn glyphs_of_cids(bytes: &[u8], cids: &BTreeSet<u32>) -> Option<BTreeSet<u32>> {
    let font = CffFontRef::new(bytes, 0, None).ok()?;
    if !font.is_cid() {
        return Some(cids.clone());
    }
    let charset = font.charset()?;
    let found = charset
        .iter()
        .filter(|(_, cid)| cids.contains(&u32::from(cid.to_u16())));
    Some(found.map(|(glyph, _)| glyph.to_u32()).collect())
}

/// Glyphs that codes and characters may mean in a simple font.
pub(super) fn glyphs_of_codes(
    bytes: &[u8],
    codes: &BTreeMap<u32, String>,
    names: &BTreeSet<Vec<u8>>,
) -> Option<BTreeSet<u32>> {
    let font = CffFontRef::new(bytes, 0, None).ok()?;
    let mut out = BTreeSet::new();
    if let Some(encoding) = font.encoding() {
        let codes = codes.keys().filter_map(|c| u8::try_from(*c).ok());
        out.extend(codes.filter_map(|c| Some(encoding.map(c)?.to_u32())));
    }
    let texts: BTreeSet<&str> = codes.values().map(String::as_str).collect();
    for (glyph, sid) in font.charset()?.iter() {
        let Some(name) = font.string(sid) else {
            continue;
        };
        let text = super::super::font::named(name);
        if names.contains(name) || text.is_some_and(|t| texts.contains(t.as_str())) {
            out.insert(glyph.to_u32());
        }
    }
    Some(out)
}

/// A program with these glyphs only.
pub(super) fn pruned(bytes: &[u8], used: &BTreeSet<u32>) -> Option<Vec<u8>> {
    let parts = parts(bytes)?;
    let kept = |n: usize| n == 0 || u32::try_from(n).is_ok_and(|n| used.contains(&n));
    let mut edits: Vec<(Range<usize>, Vec<u8>)> = Vec::new();
    let glyphs: Vec<&[u8]> = parts
        .glyphs
        .items
        .iter()
        .enumerate()
        .map(|(n, item)| {
            if kept(n) {
                bytes.get(item.clone())
            } else {
                Some(EMPTY)
            }
        })
        .collect::<Option<_>>()?;
    edits.push((parts.glyphs.all.clone(), indexed(&glyphs)?));
    let mut blanks = Vec::new();
    if let Some(at) = parts.charset {
        let (mut numbers, range) = charset(bytes, at, glyphs.len())?;
        let named: BTreeSet<u16> = numbers
            .iter()
            .enumerate()
            .filter(|(n, _)| kept(*n))
            .map(|(_, s)| *s)
            .collect();
        let gone = numbers.iter_mut().enumerate().filter(|(n, _)| !kept(*n));
        for (_, number) in gone {
            let string = usize::from(*number).checked_sub(STANDARD);
            let string = string.and_then(|n| parts.strings.items.get(n));
            if !named.contains(number) && !parts.top.contains_key(&0x0C1E) {
                blanks.extend(string.cloned());
            }
            *number = 0;
        }
        let mut table = vec![0];
        table.extend(numbers.iter().skip(1).flat_map(|n| n.to_be_bytes()));
        edits.push((range, table));
    }
    if let Some((at, _)) = place(&parts.top, ENCODING, 0).filter(|p| p.0 > 1) {
        edits.push(encoding(bytes, at, &kept)?);
    }
    edits.sort_by_key(|e| e.0.start);
    let mut old = bytes.to_vec();
    for range in blanks {
        old.get_mut(range)?.fill(b'x');
    }
    unnamed(&mut old);
    let moved = |at: usize| -> usize {
        let before = edits.iter().filter(|(range, _)| range.end <= at);
        let (gone, new) = before.fold((0, 0), |(gone, new), (range, with)| {
            (gone + range.len(), new + with.len())
        });
        at + new - gone
    };
    for (at, range) in references(bytes, &parts)? {
        let value = i64::try_from(moved(at)).ok()?;
        let new = spelt(value, range.len())?;
        old.get_mut(range)?.copy_from_slice(&new);
    }
    // Procedures are found from where the private dictionary is.
    for (from, by, range) in procedures(bytes, &parts)? {
        let value = moved(from + by).checked_sub(moved(from))?;
        let new = spelt(i64::try_from(value).ok()?, range.len())?;
        old.get_mut(range)?.copy_from_slice(&new);
    }
    let mut out = Vec::with_capacity(old.len());
    let mut at = 0;
    for (range, with) in edits {
        out.extend_from_slice(old.get(at..range.start)?);
        out.extend(with);
        at = range.end;
    }
    out.extend_from_slice(old.get(at..)?);
    Some(out)
}

/// The mark of a subset before its name says for which characters it was made.
fn unnamed(bytes: &mut [u8]) {
    let name = big(bytes, 2, 1).and_then(|at| index(bytes, at)?.items.into_iter().next());
    let Some(name) = name.and_then(|range| bytes.get_mut(range)) else {
        return;
    };
    if name.get(6) == Some(&b'+')
        && let Some(mark) = name.get_mut(..6)
    {
        mark.fill(b'A');
    }
}

/// The program without what it says of itself: version, notice, copyright, names of the family.
pub(super) fn muted(bytes: &[u8]) -> Option<Vec<u8>> {
    const SAID: [u16; 8] = [0, 1, 2, 3, 4, 0x0C00, 0x0C15, 0x0C16];
    let parts = parts(bytes)?;
    let mut out = bytes.to_vec();
    for operator in SAID {
        let string = place(&parts.top, operator, 0)
            .and_then(|(n, _)| n.checked_sub(STANDARD))
            .and_then(|n| parts.strings.items.get(n));
        if let Some(said) = string.and_then(|range| out.get_mut(range.clone())) {
            said.fill(b' ');
        }
    }
    (out != bytes).then_some(out)
}

/// A list of these pieces.
fn indexed(items: &[&[u8]]) -> Option<Vec<u8>> {
    let total = 1 + items.iter().map(|i| i.len()).sum::<usize>();
    let width = (1..=4).find(|w| total < 1 << (8 * w))?;
    let mut out = u16::try_from(items.len()).ok()?.to_be_bytes().to_vec();
    out.push(u8::try_from(width).ok()?);
    let mut at = 1_u32;
    let put = |at: u32, out: &mut Vec<u8>| {
        out.extend(at.to_be_bytes().iter().skip(4 - width));
    };
    put(at, &mut out);
    for item in items {
        at += u32::try_from(item.len()).ok()?;
        put(at, &mut out);
    }
    out.extend(items.concat());
    Some(out)
}

/// Offsets from the beginning of the program, and where they are spelt.
fn references(bytes: &[u8], parts: &Parts) -> Option<Vec<(usize, Range<usize>)>> {
    let mut out = Vec::new();
    let top = &parts.top;
    out.extend(place(top, CHARSET, 0).filter(|p| p.0 > 2));
    out.extend(place(top, ENCODING, 0).filter(|p| p.0 > 1));
    out.extend(place(top, CHARSTRINGS, 0));
    out.extend(place(top, PRIVATE, 1));
    out.extend(place(top, SELECT, 0));
    if let Some((at, range)) = place(top, FONTS, 0) {
        out.push((at, range));
        for item in index(bytes, at)?.items {
            out.extend(place(&dict(bytes, item)?, PRIVATE, 1));
        }
    }
    Some(out)
}

/// Private dictionaries: where they are, how far their procedures are from there, and where that is spelt.
fn procedures(bytes: &[u8], parts: &Parts) -> Option<Vec<(usize, usize, Range<usize>)>> {
    let mut owners = Vec::new();
    owners.extend(place(&parts.top, PRIVATE, 0).zip(place(&parts.top, PRIVATE, 1)));
    if let Some((at, _)) = place(&parts.top, FONTS, 0) {
        for item in index(bytes, at)?.items {
            let font = dict(bytes, item)?;
            owners.extend(place(&font, PRIVATE, 0).zip(place(&font, PRIVATE, 1)));
        }
    }
    let mut out = Vec::new();
    for ((len, _), (at, _)) in owners {
        let private = dict(bytes, at..at.checked_add(len)?)?;
        if let Some((by, range)) = place(&private, SUBRS, 0) {
            out.push((at, by, range));
        }
    }
    // Several fonts may have one dictionary.
    out.sort_by_key(|o| o.2.start);
    out.dedup_by_key(|o| o.2.start);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number in five bytes.
    fn five(n: usize) -> Vec<u8> {
        spelt(i64::try_from(n).unwrap(), 5).unwrap()
    }

    /// Four glyphs besides the first, with names or with identifiers.
    fn program(cid: bool) -> Vec<u8> {
        let names = indexed(&[b"QWERTY+Name"]).unwrap();
        let strings = indexed(&[b"Adobe", b"Identity", b"uni4E00", b"uni4E8C"]).unwrap();
        let none = [0, 0];
        let glyphs: Vec<Vec<u8>> = (0..5_u8)
            .map(|n| [&vec![n + 150; 20 * usize::from(n)][..], EMPTY].concat())
            .collect();
        let glyphs: Vec<&[u8]> = glyphs.iter().map(Vec::as_slice).collect();
        let glyphs = indexed(&glyphs).unwrap();
        let charset: Vec<u8> = if cid {
            vec![2, 0, 100, 0, 3]
        } else {
            // A, B and two of its own.
            vec![0, 0, 34, 0, 35, 1, 137, 1, 138]
        };
        let encoding = [0, 2, 65, 66];
        let subrs = indexed(&[&[11]]).unwrap();
        let private = [&five(6)[..], &[19]].concat();
        let owned = |at: usize| [&five(6)[..], &five(at), &[18]].concat();
        let fonts = |at: usize| indexed(&[&owned(at)]).unwrap();
        let top = |[charset, encoding, glyphs, fonts, select, private]: [usize; 6]| {
            let mut out = Vec::new();
            let mut put = |n: usize, operator: &[u8]| {
                out.extend(five(n));
                out.extend_from_slice(operator);
            };
            put(391, &five(392));
            put(0, &[12, 30]);
            if !cid {
                out.clear();
            }
            let mut put = |n: usize, operator: &[u8]| {
                out.extend(five(n));
                out.extend_from_slice(operator);
            };
            put(charset, &[15]);
            put(glyphs, &[17]);
            if cid {
                put(fonts, &[12, 36]);
                put(select, &[12, 37]);
            } else {
                put(encoding, &[16]);
                out.extend(owned(private));
            }
            indexed(&[&out]).unwrap()
        };
        let select = vec![0; 6];
        let mut at = [0; 6];
        at[0] = 4 + names.len() + top(at).len() + strings.len() + none.len();
        at[1] = at[0] + charset.len();
        at[2] = at[1] + encoding.len();
        at[3] = at[2] + glyphs.len();
        at[4] = at[3] + fonts(0).len();
        at[5] = at[4] + select.len();
        let parts: [&[u8]; 11] = [
            &[1, 0, 4, 4],
            &names,
            &top(at),
            &strings,
            &none,
            &charset,
            &encoding,
            &glyphs,
            &fonts(at[5]),
            &select,
            &private,
        ];
        [parts.concat(), subrs].concat()
    }

    #[test]
    fn what_a_program_says_of_itself_goes() {
        let old = program(false);
        // The notice is the first string of its own; the one behind it is a name of a glyph.
        let parts = parts(&old).unwrap();
        let range = parts.top[&CHARSET][0].1.clone();
        let mut notice = old.clone();
        let (start, end) = (range.start, range.end);
        notice[start..end].copy_from_slice(&five(391));
        notice[end] = 1;
        let muted = muted(&notice).unwrap();
        let has = |part: &[u8]| memchr::memmem::find(&muted, part).is_some();
        assert!(!has(b"Adobe") && has(b"Identity") && muted.len() == old.len());
        assert!(super::muted(&old).is_none());
    }

    #[test]
    fn what_is_not_used_is_gone_and_the_rest_is_found() {
        let all = program(false);
        let parts = parts(&all).unwrap();
        assert_eq!(parts.glyphs.items.len(), 5);
        let copy = pruned(&all, &BTreeSet::from([1, 3])).unwrap();
        for (glyph, stays) in [(1, true), (2, false), (3, true), (4, false)] {
            let outline = vec![glyph + 150; 20];
            assert_eq!(copy.windows(20).any(|w| w == outline), stays, "{glyph}");
        }
        assert!(copy.windows(7).any(|w| w == b"uni4E00"));
        assert!(!copy.windows(7).any(|w| w == b"uni4E8C"));
        assert!(!copy.windows(6).any(|w| w == b"QWERTY"));
        let font = CffFontRef::new(&copy, 0, None).unwrap();
        let name = |n: u32| {
            let sid = font.charset().unwrap().string_id(n.into()).unwrap();
            font.string(sid).map(<[u8]>::to_vec)
        };
        assert_eq!(name(1).as_deref(), Some(&b"A"[..]));
        assert_eq!(name(2).as_deref(), Some(&b".notdef"[..]));
        let encoding = font.encoding().unwrap();
        assert_eq!(
            encoding.map(65).map(read_fonts::types::GlyphId::to_u32),
            Some(1)
        );
        assert_eq!(
            encoding
                .map(66)
                .map(read_fonts::types::GlyphId::to_u32)
                .filter(|g| *g != 0),
            None
        );
        // The procedures are still where the private dictionary says.
        let after = super::parts(&copy).unwrap();
        let (at, by, _) = procedures(&copy, &after).unwrap().remove(0);
        assert_eq!(index(&copy, at + by).unwrap().items.len(), 1);
    }

    #[test]
    fn identifiers_of_what_is_gone_are_not_listed() {
        let all = program(true);
        let cids = BTreeSet::from([102]);
        let used = glyphs_of_cids(&all, &cids).unwrap();
        assert_eq!(used, BTreeSet::from([3]));
        let copy = pruned(&all, &used).unwrap();
        let at = parts(&copy).unwrap().charset.unwrap();
        let (numbers, _) = charset(&copy, at, 5).unwrap();
        assert_eq!(numbers, [0, 0, 0, 102, 0]);
        assert_eq!(glyphs_of_cids(&copy, &cids).unwrap(), used);
    }

    #[test]
    fn numbers_are_spelt_in_as_many_bytes() {
        for (value, len) in [(5, 1), (-100, 1), (700, 2), (1200, 3), (70_000, 5)] {
            let bytes = spelt(value, len).unwrap();
            assert_eq!(bytes.len(), len);
            let all = [&bytes[..], &[17]].concat();
            let read = dict(&all, 0..all.len()).unwrap();
            assert_eq!(read[&17][0].0, value);
        }
        assert!(spelt(5000, 2).is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_damage_is_survived(at in 0_usize..400, with in 0_u8..=255, cid: bool) {
            let mut bytes = program(cid);
            if let Some(b) = bytes.get_mut(at) { *b = with; }
            let _ = pruned(&bytes, &BTreeSet::from([1, 3]));
            let _ = glyphs_of_cids(&bytes, &BTreeSet::from([101]));
            let _ = glyphs_of_codes(&bytes, &BTreeMap::from([(65, "A".to_owned())]), &BTreeSet::new());
        }
    }
}
