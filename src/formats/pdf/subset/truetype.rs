//! TrueType programs (ISO/IEC 14496-22) with fewer glyphs: the numbers of glyphs stay, so that nothing
//! that refers to them changes; what is taken out is an empty glyph like any other.

use read_fonts::{FontRef, TableProvider, tables::cmap::CmapSubtable};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// Tables that a viewer needs (ISO 32000-1, 9.9); all else could tell what the program was made for.
const KEPT: &[&[u8; 4]] = &[b"cvt ", b"fpgm", b"head", b"hhea", b"maxp", b"prep"];
/// Most parts of a glyph that is made of others.
const PARTS: usize = 64;

/// Tables of a program, where they lie.
type Tables = BTreeMap<[u8; 4], Range<usize>>;

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    match bytes.get(at..at.checked_add(2)?)? {
        [high, low] => Some(u32::from(*high) << 8 | u32::from(*low)),
        _ => None,
    }
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(word(bytes, at)? << 16 | word(bytes, at.checked_add(2)?)?)
}

fn size(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

fn tables(bytes: &[u8]) -> Option<Tables> {
    let mut out = Tables::new();
    for n in 0..size(word(bytes, 4)?) {
        let at = 12 + 16 * n;
        let tag: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        let start = size(long(bytes, at + 8)?);
        let end = start
            .checked_add(size(long(bytes, at + 12)?))?
            .min(bytes.len());
        out.insert(tag, start.min(end)..end);
    }
    Some(out)
}

/// Glyphs that codes and characters may mean in a simple font: by all its tables, whichever a viewer goes by.
pub(super) fn glyphs_of(
    bytes: &[u8],
    codes: &BTreeMap<u32, String>,
    names: &BTreeSet<Vec<u8>>,
) -> BTreeSet<u32> {
    let mut out = BTreeSet::new();
    let Ok(font) = FontRef::from_index(bytes, 0) else {
        return out;
    };
    let mut wanted = BTreeSet::new();
    let mut texts = BTreeSet::new();
    for (code, text) in codes {
        wanted.extend([0, 0xf000, 0xf100, 0xf200].map(|base| base + code));
        wanted.extend(text.chars().map(u32::from));
        let (mac, _, unknown) = encoding_rs::MACINTOSH.encode(text);
        if let (false, [byte]) = (unknown, mac.as_ref()) {
            wanted.insert(u32::from(*byte));
        }
        texts.insert(text.as_str());
    }
    if let Ok(cmap) = font.cmap() {
        let records = cmap.encoding_records().iter();
        for table in records.filter_map(|r| r.subtable(cmap.offset_data()).ok()) {
            let found = wanted.iter().filter_map(|c| table.map_codepoint(*c));
            out.extend(found.map(read_fonts::types::GlyphId::to_u32));
        }
    }
    if let Ok(post) = font.post() {
        for glyph in 0..font.maxp().map_or(0, |m| m.num_glyphs()) {
            let Some(name) = post.glyph_name(glyph.into()) else {
                continue;
            };
            let text = super::super::font::named(name.as_bytes());
            if names.contains(name.as_bytes()) || text.is_some_and(|t| texts.contains(t.as_str())) {
                out.insert(u32::from(glyph));
            }
        }
    }
    out
}

/// A program with these glyphs and what they are made of; `simple` when viewers look glyphs up in it.
pub(super) fn pruned(bytes: &[u8], mut used: BTreeSet<u32>, simple: bool) -> Option<Vec<u8>> {
    if bytes.starts_with(b"ttcf") {
        return None;
    }
    // Tables that stay may reach into those that do not.
    let muted = super::said::outlines(bytes);
    let bytes = muted.as_deref().unwrap_or(bytes);
    let tables = tables(bytes)?;
    let table = |tag: &[u8; 4]| bytes.get(tables.get(tag)?.clone());
    let (glyf, loca) = (table(b"glyf")?, table(b"loca")?);
    let wide = word(table(b"head")?, 50)? == 1;
    let offset = |n: usize| {
        if wide {
            long(loca, 4 * n).map(size)
        } else {
            word(loca, 2 * n).map(|n| 2 * size(n))
        }
    };
    let count = (loca.len() / if wide { 4 } else { 2 }).saturating_sub(1);
    let outline = |glyph: u32| -> Option<&[u8]> {
        let at = size(glyph);
        let (start, end) = (offset(at)?, offset(at + 1)?.min(glyf.len()));
        (at < count && start < end).then(|| glyf.get(start..end))?
    };
    used.insert(0);
    let mut open: Vec<u32> = used.iter().copied().collect();
    while let Some(glyph) = open.pop() {
        for part in outline(glyph).map(parts).unwrap_or_default() {
            if used.insert(part) {
                open.push(part);
            }
        }
    }
    let (mut outlines, mut places) = (Vec::new(), Vec::new());
    let place = |outlines: &Vec<u8>, places: &mut Vec<u8>| -> Option<()> {
        let at = u32::try_from(outlines.len()).ok()?;
        if wide {
            places.extend(at.to_be_bytes());
        } else {
            places.extend(u16::try_from(at / 2).ok()?.to_be_bytes());
        }
        Some(())
    };
    for glyph in 0..u32::try_from(count).ok()? {
        place(&outlines, &mut places)?;
        if used.contains(&glyph) {
            outlines.extend_from_slice(outline(glyph).unwrap_or_default());
            outlines.resize(outlines.len().next_multiple_of(4), 0);
        }
    }
    place(&outlines, &mut places)?;
    let mut out: BTreeMap<[u8; 4], Vec<u8>> = BTreeMap::new();
    for tag in KEPT {
        if let Some(data) = table(tag) {
            out.insert(**tag, data.to_vec());
        }
    }
    let many = size(word(table(b"hhea")?, 34)?);
    out.insert(*b"hmtx", metrics(table(b"hmtx")?, many, &used));
    out.insert(*b"glyf", outlines);
    out.insert(*b"loca", places);
    if simple {
        out.insert(*b"cmap", character_map(bytes, &used));
        out.extend(
            table(b"post")
                .and_then(|t| names(t, &used))
                .map(|t| (*b"post", t)),
        );
    }
    Some(written(bytes.get(..4)?, &out))
}

/// Whether a program has outlines that can be numbered anew.
pub(super) fn is_outlined(bytes: &[u8]) -> bool {
    let tables = tables(bytes).unwrap_or_default();
    let has = |tag: &[u8; 4]| tables.contains_key(tag);
    !bytes.starts_with(b"ttcf") && has(b"glyf") && has(b"loca") && has(b"hmtx") && has(b"maxp")
}

/// The glyphs of codes in a font with codes of its own (ISO 32000-1, 9.6.6.4): by its table for the symbols
/// of Windows, where codes stand in one of four places, and else by that for the Macintosh. Other tables
/// are of characters, which such codes are not. `None` when it has neither, or when the places differ: then
/// each viewer goes by what it likes.
pub(super) fn glyphs_of_symbols(
    bytes: &[u8],
    codes: impl Iterator<Item = u32>,
) -> Option<BTreeMap<u32, u32>> {
    let font = FontRef::from_index(bytes, 0).ok()?;
    let cmap = font.cmap().ok()?;
    let table = |platform: u16, encoding: u16| {
        let mut records = cmap.encoding_records().iter();
        let record =
            records.find(|r| r.platform_id() as u16 == platform && r.encoding_id() == encoding)?;
        record.subtable(cmap.offset_data()).ok()
    };
    let (windows, macintosh) = (table(3, 0), table(1, 0));
    if windows.is_none() && macintosh.is_none() {
        return None;
    }
    let in_table = |table: &Option<CmapSubtable<'_>>, code: u32| {
        let glyph = table.as_ref()?.map_codepoint(code)?.to_u32();
        (glyph != 0).then_some(glyph)
    };
    let mut out = BTreeMap::new();
    for code in codes {
        let places = [0xf000, 0, 0xf100, 0xf200];
        let found: BTreeSet<u32> = places
            .iter()
            .filter_map(|place| in_table(&windows, place + code))
            .collect();
        if found.len() > 1 {
            return None;
        }
        let glyph = found.first().copied();
        if let Some(glyph) = glyph.or_else(|| in_table(&macintosh, code)) {
            out.insert(code, glyph);
        }
    }
    Some(out)
}

/// A program with these glyphs in this order from 1 on, and then what they are made of. With codes for a
/// simple font, whose new glyphs are given.
pub(super) fn renumbered(
    bytes: &[u8],
    glyphs: &[u32],
    codes: Option<&BTreeMap<u16, u16>>,
) -> Option<Vec<u8>> {
    let tables = tables(bytes)?;
    let table = |tag: &[u8; 4]| bytes.get(tables.get(tag)?.clone());
    let (glyf, loca, mut head) = (table(b"glyf")?, table(b"loca")?, table(b"head")?.to_vec());
    let wide = word(&head, 50)? == 1;
    let offset = |n: usize| {
        if wide {
            long(loca, 4 * n).map(size)
        } else {
            word(loca, 2 * n).map(|n| 2 * size(n))
        }
    };
    let outline = |glyph: u32| -> &[u8] {
        let at = size(glyph);
        let ends = offset(at).zip(offset(at + 1));
        ends.and_then(|(start, end)| glyf.get(start..end.min(glyf.len())))
            .unwrap_or_default()
    };
    // The old numbers in the order of the new; a part has the number that it is met under first.
    let mut order = vec![0];
    order.extend_from_slice(glyphs);
    let mut known: BTreeSet<u32> = order.iter().copied().collect();
    let mut new: BTreeMap<u32, u16> = BTreeMap::new();
    let mut next = 0;
    while let Some(&old) = order.get(next) {
        new.entry(old).or_insert(u16::try_from(next).ok()?);
        for part in parts(outline(old)) {
            if known.insert(part) {
                order.push(part);
            }
        }
        next += 1;
    }
    let (mut outlines, mut places, mut metrics) = (Vec::new(), Vec::new(), Vec::new());
    let (hmtx, many) = (table(b"hmtx")?, size(word(table(b"hhea")?, 34)?));
    let mut most = Most::default();
    for old in &order {
        places.extend(u32::try_from(outlines.len()).ok()?.to_be_bytes());
        let own = with_parts(outline(*old), &new);
        most.add(&own);
        outlines.extend_from_slice(&own);
        outlines.resize(outlines.len().next_multiple_of(4), 0);
        let (advance, bearing) = metric(hmtx, many, *old)?;
        metrics.extend([advance, bearing].iter().flat_map(|n| n.to_be_bytes()));
        most.advance = most.advance.max(advance);
    }
    places.extend(u32::try_from(outlines.len()).ok()?.to_be_bytes());
    let count = u16::try_from(order.len()).ok()?;
    let mut out: BTreeMap<[u8; 4], Vec<u8>> = BTreeMap::new();
    for tag in [b"cvt ", b"fpgm", b"prep"] {
        out.extend(table(tag).map(|data| (*tag, data.to_vec())));
    }
    let mut hhea = table(b"hhea")?.to_vec();
    let mut maxp = table(b"maxp")?.to_vec();
    set(&mut hhea, 34, &[count])?;
    set(&mut maxp, 4, &[count])?;
    set(&mut head, 50, &[1])?;
    most.tell(&mut head, &mut hhea, &mut maxp)?;
    out.insert(*b"head", head);
    out.insert(*b"hhea", hhea);
    out.insert(*b"maxp", maxp);
    out.insert(*b"hmtx", metrics);
    out.insert(*b"glyf", outlines);
    out.insert(*b"loca", places);
    if let Some(codes) = codes {
        let high = codes.iter().map(|(c, g)| (0xf000 + c, *g)).collect();
        let tables = [(1, 0, trimmed(codes)), (3, 0, segmented(&high))];
        out.insert(*b"cmap", directory(&tables));
    }
    Some(written(bytes.get(..4)?, &out))
}

/// How far a glyph moves on, and where it begins; of `many` glyphs that is told one by one.
fn metric(table: &[u8], many: usize, glyph: u32) -> Option<(u16, u16)> {
    let glyph = size(glyph);
    let advance = word(table, 4 * glyph.min(many.checked_sub(1)?));
    let bearing = if glyph < many {
        word(table, 4 * glyph + 2)
    } else {
        word(table, 4 * many + 2 * (glyph - many))
    };
    let number = |n: Option<u32>| u16::try_from(n.unwrap_or(0)).ok();
    Some((number(advance)?, number(bearing)?))
}

/// Puts numbers of 16 bits at a place.
fn set(table: &mut [u8], at: usize, numbers: &[u16]) -> Option<()> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
    table.get_mut(at..at + bytes.len())?.copy_from_slice(&bytes);
    Some(())
}

/// What is the largest among glyphs.
#[derive(Debug, Default)]
struct Most {
    advance: u16,
    points: u16,
    contours: u16,
    instructions: u16,
    /// Whether some are made of others.
    made: bool,
    /// Left, lower, right and upper end, as the file has them.
    bounds: [u16; 4],
}

impl Most {
    /// Writes down what is the largest, and not when the program was made.
    fn tell(&self, head: &mut [u8], hhea: &mut [u8], maxp: &mut [u8]) -> Option<()> {
        set(head, 20, &[0; 8])?;
        set(head, 36, &self.bounds)?;
        set(hhea, 10, &[self.advance, 0, 0, 0])?;
        if maxp.len() >= 32 {
            let made = |n| if self.made { n } else { 0 };
            let parts = made(0x0800);
            set(maxp, 6, &[self.points, self.contours, parts, parts])?;
            set(maxp, 26, &[self.instructions, made(64), made(8)])?;
        }
        Some(())
    }

    fn add(&mut self, glyph: &[u8]) {
        let number = |at: usize| word(glyph, at).and_then(|n| u16::try_from(n).ok());
        let Some(contours) = number(0) else { return };
        for (n, end) in self.bounds.iter_mut().enumerate() {
            let (old, new) = (
                end.cast_signed(),
                number(2 + 2 * n).unwrap_or(0).cast_signed(),
            );
            let wider = if n < 2 { old.min(new) } else { old.max(new) };
            *end = wider.cast_unsigned();
        }
        if contours >= 0x8000 {
            self.made = true;
            // Instructions stand behind the last part; how many there may be is left open.
            self.instructions = self.instructions.max(0x1000);
            return;
        }
        let after = 10 + 2 * usize::from(contours);
        let points = after
            .checked_sub(2)
            .filter(|_| contours > 0)
            .and_then(number);
        self.contours = self.contours.max(contours);
        self.points = self.points.max(points.map_or(0, |p| p.saturating_add(1)));
        self.instructions = self.instructions.max(number(after).unwrap_or(0));
    }
}

/// An outline that is made of others, by their new numbers.
fn with_parts(glyph: &[u8], new: &BTreeMap<u32, u16>) -> Vec<u8> {
    let mut out = glyph.to_vec();
    let mut at = 10;
    for part in parts(glyph) {
        let flags = word(glyph, at).unwrap_or(0);
        let number = new.get(&part).copied().unwrap_or(0);
        let _ = set(&mut out, at + 2, &[number]);
        at += part_len(flags);
    }
    out
}

/// Widths of glyphs: those that are not used have none.
fn metrics(table: &[u8], many: usize, used: &BTreeSet<u32>) -> Vec<u8> {
    let mut out = table.to_vec();
    let last = many.saturating_sub(1);
    // All glyphs past the last width have that one.
    let shared = used.iter().any(|g| size(*g) >= many);
    let is_used = |n: usize| u32::try_from(n).is_ok_and(|n| used.contains(&n));
    let (wide, narrow) = out.split_at_mut((4 * many).min(table.len()));
    for (n, entry) in wide.chunks_mut(4).enumerate() {
        if !(is_used(n) || shared && n == last) {
            entry.fill(0);
        }
    }
    for (n, entry) in narrow.chunks_mut(2).enumerate() {
        if !is_used(many + n) {
            entry.fill(0);
        }
    }
    out
}

/// The glyphs that a glyph is made of.
fn parts(glyph: &[u8]) -> Vec<u32> {
    let mut out = Vec::new();
    if word(glyph, 0).is_none_or(|contours| contours < 0x8000) {
        return out;
    }
    let mut at = 10;
    while let (Some(flags), Some(part)) = (word(glyph, at), word(glyph, at + 2)) {
        out.push(part);
        at += part_len(flags);
        if flags & 0x20 == 0 || out.len() >= PARTS {
            break;
        }
    }
    out
}

/// Bytes of a part in a glyph that is made of parts.
fn part_len(flags: u32) -> usize {
    let scale = match flags & 0xc8 {
        0x08 => 2,
        0x40 => 4,
        0x80 => 8,
        _ => 0,
    };
    scale + if flags & 1 == 1 { 8 } else { 6 }
}

/// The tables from codes to glyphs, with glyphs that are used.
fn character_map(bytes: &[u8], used: &BTreeSet<u32>) -> Vec<u8> {
    let mut subtables: Vec<(u16, u16, Vec<u8>)> = Vec::new();
    if let Ok(font) = FontRef::from_index(bytes, 0)
        && let Ok(cmap) = font.cmap()
    {
        for record in cmap.encoding_records() {
            let Ok(table) = record.subtable(cmap.offset_data()) else {
                continue;
            };
            let map = entries(&table, used);
            let platform = record.platform_id() as u16;
            let data = if platform == 1 {
                trimmed(&map)
            } else {
                segmented(&map)
            };
            subtables.push((platform, record.encoding_id(), data));
        }
    }
    directory(&subtables)
}

/// The tables from codes to glyphs with what leads to them.
fn directory(subtables: &[(u16, u16, Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![0, 0];
    out.extend(u16::try_from(subtables.len()).unwrap_or(0).to_be_bytes());
    let mut at = 4 + 8 * subtables.len();
    for (platform, encoding, data) in subtables {
        out.extend(platform.to_be_bytes());
        out.extend(encoding.to_be_bytes());
        out.extend(u32::try_from(at).unwrap_or(u32::MAX).to_be_bytes());
        at += data.len();
    }
    for (_, _, data) in subtables {
        out.extend(data);
    }
    out
}

fn entries(table: &CmapSubtable<'_>, used: &BTreeSet<u32>) -> BTreeMap<u16, u16> {
    (0..=u16::MAX)
        .filter_map(|code| {
            let glyph = table.map_codepoint(u32::from(code))?.to_u32();
            let glyph = u16::try_from(glyph).ok().filter(|g| *g != 0)?;
            used.contains(&u32::from(glyph)).then_some((code, glyph))
        })
        .collect()
}

/// Format 6: the codes 0 to 255.
fn trimmed(map: &BTreeMap<u16, u16>) -> Vec<u8> {
    let mut out = Vec::new();
    for n in [6, 10 + 512, 0, 0, 256] {
        out.extend(u16::to_be_bytes(n));
    }
    for code in 0..256 {
        out.extend(map.get(&code).copied().unwrap_or(0).to_be_bytes());
    }
    out
}

/// Format 4: a segment a code.
fn segmented(map: &BTreeMap<u16, u16>) -> Vec<u8> {
    // One segment must end it; the length is of 16 bits.
    let kept: Vec<(u16, u16)> = map
        .iter()
        .map(|(c, g)| (*c, *g))
        .filter(|(c, _)| *c != u16::MAX)
        .take(8000)
        .collect();
    let count = u16::try_from(kept.len() + 1).unwrap_or(1);
    let step = count.ilog2();
    let range = 2 * (1_u16 << step);
    let mut out = Vec::new();
    for n in [
        4,
        16 + 8 * count,
        0,
        2 * count,
        range,
        u16::try_from(step).unwrap_or(0),
        2 * count - range,
    ] {
        out.extend(n.to_be_bytes());
    }
    let put = |out: &mut Vec<u8>, of: &dyn Fn(u16, u16) -> u16, last: u16| {
        for (code, glyph) in &kept {
            out.extend(of(*code, *glyph).to_be_bytes());
        }
        out.extend(last.to_be_bytes());
    };
    put(&mut out, &|code, _| code, u16::MAX);
    out.extend([0, 0]);
    put(&mut out, &|code, _| code, u16::MAX);
    put(&mut out, &|code, glyph| glyph.wrapping_sub(code), 1);
    put(&mut out, &|_, _| 0, 0);
    out
}

/// The table of names; names of glyphs that are not used are `.notdef`.
fn names(table: &[u8], used: &BTreeSet<u32>) -> Option<Vec<u8>> {
    let mut out = table.get(..32)?.to_vec();
    if long(table, 0)? != 0x0002_0000 {
        // Other versions have no names of their own, or none that are used.
        if long(table, 0)? != 0x0001_0000
            && let Some(version) = out.get_mut(..4)
        {
            version.copy_from_slice(&[0, 3, 0, 0]);
        }
        return Some(out);
    }
    let count = word(table, 32)?;
    let mut strings: Vec<&[u8]> = Vec::new();
    let mut at = 34 + 2 * size(count);
    while let Some(len) = table.get(at).copied().map(usize::from) {
        strings.push(table.get(at..at + 1 + len)?);
        at += 1 + len;
    }
    let mut kept: Vec<&[u8]> = Vec::new();
    out.extend(u16::try_from(count).ok()?.to_be_bytes());
    for glyph in 0..count {
        let index = word(table, 34 + 2 * size(glyph))?;
        let own = index.checked_sub(258).and_then(|n| strings.get(size(n)));
        let new = match own {
            _ if !used.contains(&glyph) => 0,
            Some(string) => {
                kept.push(string);
                257 + kept.len()
            }
            None => size(index.min(257)),
        };
        out.extend(u16::try_from(new).ok()?.to_be_bytes());
    }
    out.extend(kept.concat());
    Some(out)
}

fn checksum(data: &[u8]) -> u32 {
    data.chunks(4).fold(0, |sum: u32, chunk| {
        let mut word = [0; 4];
        for (to, from) in word.iter_mut().zip(chunk) {
            *to = *from;
        }
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}

/// The program of these tables.
fn written(version: &[u8], tables: &BTreeMap<[u8; 4], Vec<u8>>) -> Vec<u8> {
    const ADJUSTMENT: Range<usize> = 8..12;
    let count = u16::try_from(tables.len()).unwrap_or(0);
    let step = count.max(1).ilog2();
    let range = 16 * (1_u16 << step);
    let mut out = version.to_vec();
    for n in [
        count,
        range,
        u16::try_from(step).unwrap_or(0),
        16 * count - range,
    ] {
        out.extend(n.to_be_bytes());
    }
    let mut at = 12 + 16 * tables.len();
    let mut data = Vec::new();
    let mut head = None;
    for (tag, table) in tables {
        let mut table = table.clone();
        if tag == b"head" {
            head = Some(at);
            if let Some(sum) = table.get_mut(ADJUSTMENT) {
                sum.fill(0);
            }
        }
        out.extend(tag);
        for n in [
            checksum(&table),
            u32::try_from(at).unwrap_or(u32::MAX),
            u32::try_from(table.len()).unwrap_or(u32::MAX),
        ] {
            out.extend(n.to_be_bytes());
        }
        table.resize(table.len().next_multiple_of(4), 0);
        at += table.len();
        data.extend(table);
    }
    out.extend(data);
    let sum = 0xb1b0_afba_u32.wrapping_sub(checksum(&out));
    if let Some(slot) = head.and_then(|h| out.get_mut(h + ADJUSTMENT.start..h + ADJUSTMENT.end)) {
        slot.copy_from_slice(&sum.to_be_bytes());
    }
    out
}

#[cfg(test)]
pub(in crate::formats::pdf) mod tests {
    use super::*;

    /// Five glyphs: nothing, two outlines, one made of the first outline, and another outline.
    pub(in crate::formats::pdf) fn program() -> Vec<u8> {
        let simple = |mark: u8| [&[0, 1][..], &[mark; 14]].concat();
        let made = [
            &[0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
            &[0, 1, 0, 0],
        ]
        .concat();
        let glyphs = [Vec::new(), simple(0x11), simple(0x22), made, simple(0x44)];
        let mut loca = vec![0, 0];
        let mut at = 0_u16;
        for glyph in &glyphs {
            at += u16::try_from(glyph.len() / 2).unwrap();
            loca.extend(at.to_be_bytes());
        }
        let mut head = vec![0; 54];
        head[12..16].copy_from_slice(&[0x5f, 0x0f, 0x3c, 0xf5]);
        let mut hhea = vec![0; 36];
        hhea[35] = 5;
        let hmtx: Vec<u8> = (1..=5_u8).flat_map(|n| [n, 0, n, 0]).collect();
        let mut maxp = vec![0, 1, 0, 0, 0, 5];
        maxp.resize(32, 0);
        let mut post = vec![0, 2, 0, 0];
        post.resize(32, 0);
        // The glyphs have names of their own but for the first.
        post.extend([0, 5, 0, 0, 1, 2, 1, 3, 1, 4, 1, 5]);
        for name in ["one", "two", "three", "four"] {
            post.push(u8::try_from(name.len()).unwrap());
            post.extend(name.bytes());
        }
        let codes = BTreeMap::from([(0x41, 1), (0x42, 2), (0x43, 3), (0x44, 4)]);
        let map = segmented(&codes);
        let mut cmap = vec![0, 0, 0, 1, 0, 3, 0, 1, 0, 0, 0, 12];
        cmap.extend(map);
        let name = b"what it was made for".to_vec();
        let tables = [
            (*b"head", head),
            (*b"hhea", hhea),
            (*b"hmtx", hmtx),
            (*b"maxp", maxp),
            (*b"post", post),
            (*b"cmap", cmap),
            (*b"name", name),
            (*b"loca", loca),
            (*b"glyf", glyphs.concat()),
        ];
        written(&[0, 1, 0, 0], &tables.into_iter().collect())
    }

    /// Platform, encoding, and the glyphs of codes.
    pub(in crate::formats::pdf) type Table = (u16, u16, BTreeMap<u16, u16>);

    /// As many glyphs as there are marks, each with its own outline and width, and these tables from codes to
    /// glyphs.
    pub(in crate::formats::pdf) fn mapped(marks: &[u8], maps: &[Table]) -> Vec<u8> {
        let count = u16::try_from(marks.len() + 1).unwrap();
        let mut glyf = Vec::new();
        let mut loca = vec![0, 0, 0, 0];
        for mark in marks {
            // One contour of one point.
            let outline = [
                0, 1, 0, *mark, 0, 0, 0, *mark, 0, *mark, 0, 0, 0, 0, 0x37, *mark,
            ];
            glyf.extend(outline);
            let at = u16::try_from(glyf.len() / 2).unwrap();
            loca.extend(at.to_be_bytes());
        }
        let mut head = vec![0; 54];
        head[12..16].copy_from_slice(&[0x5f, 0x0f, 0x3c, 0xf5]);
        let mut hhea = vec![0; 34];
        hhea.extend(count.to_be_bytes());
        let mut hmtx = vec![0; 4];
        hmtx.extend(marks.iter().flat_map(|m| [2, *m, 0, *m]));
        let mut maxp = vec![0, 1, 0, 0];
        maxp.extend(count.to_be_bytes());
        maxp.resize(32, 0);
        let maps: Vec<(u16, u16, Vec<u8>)> = maps
            .iter()
            .map(|(platform, encoding, codes)| {
                let trim = *platform == 1;
                let data = if trim {
                    trimmed(codes)
                } else {
                    segmented(codes)
                };
                (*platform, *encoding, data)
            })
            .collect();
        let tables = [
            (*b"head", head),
            (*b"hhea", hhea),
            (*b"hmtx", hmtx),
            (*b"maxp", maxp),
            (*b"cmap", directory(&maps)),
            (*b"loca", loca),
            (*b"glyf", glyf),
        ];
        written(&[0, 1, 0, 0], &tables.into_iter().collect())
    }

    #[test]
    fn numbered_anew_what_is_made_of_others_is_made_of_the_same() {
        // The third glyph of these is made of the first.
        let copy = renumbered(&program(), &[4, 3], None).unwrap();
        let all = tables(&copy).unwrap();
        let glyf = &copy[all[b"glyf"].clone()];
        let loca = &copy[all[b"loca"].clone()];
        let outline = |n: usize| {
            let (from, to) = (long(loca, 4 * n).unwrap(), long(loca, 4 * n + 4).unwrap());
            &glyf[size(from)..size(to)]
        };
        assert_eq!(word(&copy[all[b"maxp"].clone()], 4), Some(4));
        assert_eq!(&outline(1)[2..16], [0x44; 14]);
        assert_eq!(parts(outline(2)), [3]);
        assert_eq!(&outline(3)[2..16], [0x11; 14]);
        let font = FontRef::new(&copy).unwrap();
        let advance = |n: u32| font.hmtx().unwrap().advance(n.into()).unwrap();
        assert_eq!([1, 2, 3].map(advance), [0x500, 0x400, 0x200]);
        assert!(!copy.windows(8).any(|w| w == [0x22; 8]));
    }

    #[test]
    fn what_is_not_used_is_gone_and_what_is_made_of_others_stays_whole() {
        let all = program();
        let copy = pruned(&all, BTreeSet::from([3]), true).unwrap();
        let font = FontRef::new(&copy).unwrap();
        let glyf = tables(&copy).unwrap()[b"glyf"].clone();
        let outlines = &copy[glyf];
        assert!(outlines.windows(14).any(|w| w == [0x11; 14]));
        for mark in [0x22, 0x44] {
            assert!(!copy.windows(8).any(|w| w == [mark; 8]), "{mark}");
        }
        let cmap = font.cmap().unwrap();
        assert_eq!(
            cmap.map_codepoint('C')
                .map(read_fonts::types::GlyphId::to_u32),
            Some(3)
        );
        assert_eq!(
            cmap.map_codepoint('A')
                .map(read_fonts::types::GlyphId::to_u32),
            Some(1),
            "it is a part of C"
        );
        assert_eq!(cmap.map_codepoint('D').filter(|g| g.to_u32() != 0), None);
        let post = font.post().unwrap();
        assert_eq!(post.glyph_name(3.into()), Some("three"));
        assert!(!copy.windows(4).any(|w| w == b"four"));
        let hmtx = font.hmtx().unwrap();
        let advance = |n: u32| hmtx.advance(n.into()).unwrap();
        assert_eq!([1, 2, 3, 4].map(advance), [0x200, 0, 0x400, 0]);
        assert!(!copy.windows(4).any(|w| w == b"what"));
        assert_eq!(
            checksum(&copy),
            0xb1b0_afba,
            "its sum is as the standard has it"
        );
    }

    #[test]
    fn two_that_differ_in_what_is_gone_are_the_same() {
        let one = program();
        let mut two = program();
        let glyf = tables(&two).unwrap()[b"glyf"].clone();
        two[glyf]
            .iter_mut()
            .filter(|b| **b == 0x44)
            .for_each(|b| *b = 0x66);
        assert_ne!(one, two);
        let used = BTreeSet::from([1, 2]);
        assert_eq!(pruned(&one, used.clone(), true), pruned(&two, used, true));
    }

    #[test]
    fn simple_fonts_are_looked_up_in_every_way() {
        let all = program();
        let codes = BTreeMap::from([(0x42, "\u{fffd}".to_owned())]);
        assert_eq!(
            glyphs_of(&all, &codes, &BTreeSet::new()),
            BTreeSet::from([2])
        );
        let names = BTreeSet::from([b"four".to_vec()]);
        let found = glyphs_of(&all, &BTreeMap::new(), &names);
        assert_eq!(found, BTreeSet::from([4]));
    }

    #[test]
    fn codes_of_a_font_of_symbols_are_looked_up_as_the_standard_has_it() {
        let one = |codes: &[(u16, u16)]| codes.iter().copied().collect::<BTreeMap<u16, u16>>();
        let glyphs = |maps: &[Table]| {
            let bytes = mapped(&[0x11, 0x22, 0x33, 0x44], maps);
            glyphs_of_symbols(&bytes, [0x41, 0x42].into_iter())
        };
        // Characters say nothing of codes, wherever their table stands.
        let characters = (0, 3, one(&[(0x41, 4), (0x42, 4)]));
        let more = (3, 1, one(&[(0x41, 3), (0xf042, 3)]));
        let mac = (1, 0, one(&[(0x41, 1), (0x42, 2)]));
        let maps = [characters.clone(), mac.clone(), more.clone()];
        assert_eq!(glyphs(&maps), Some(BTreeMap::from([(0x41, 1), (0x42, 2)])));
        // Symbols come first, in any of their places; what they lack the other table has.
        for place in [0xf000, 0xf100, 0xf200, 0] {
            let symbols = (3, 0, one(&[(place + 0x41, 2)]));
            let maps = [characters.clone(), mac.clone(), symbols];
            let found = glyphs(&maps);
            assert_eq!(
                found,
                Some(BTreeMap::from([(0x41, 2), (0x42, 2)])),
                "{place}"
            );
        }
        let both = (3, 0, one(&[(0x41, 1), (0xf041, 2)]));
        assert_eq!(glyphs(&[mac, both]), None, "two places");
        assert_eq!(glyphs(&[characters, more]), None, "no such table");
    }

    proptest::proptest! {
        #[test]
        fn any_damage_is_survived(at in 0_usize..600, with in 0_u8..=255) {
            let mut bytes = program();
            if let Some(b) = bytes.get_mut(at) { *b = with; }
            let _ = pruned(&bytes, BTreeSet::from([1, 3]), true);
            let _ = renumbered(&bytes, &[4, 3], Some(&BTreeMap::from([(33, 1), (34, 2)])));
            let _ = glyphs_of_symbols(&bytes, [0x41].into_iter());
            let _ = glyphs_of(&bytes, &BTreeMap::from([(65, "A".to_owned())]), &BTreeSet::new());
        }
    }
}
