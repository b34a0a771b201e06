//! Font programs that lie in the file: what they say of their codes and glyphs.
//!
//! They are only opened when neither `ToUnicode` nor the character collection answers.

use read_fonts::{
    FontRef, TableProvider,
    ps::{agl, cff::CffFontRef, type1::Type1Font},
    types::{GlyphId, GlyphId16},
};
use std::collections::HashMap;

/// Most characters that are read of one font.
const MOST: usize = 200_000;

/// What a program says.
#[derive(Debug, Default)]
pub(super) struct Program {
    /// Characters of the codes 0 to 255 in the program's own encoding.
    pub codes: Vec<Option<String>>,
    /// Characters of glyphs.
    pub glyphs: HashMap<u32, String>,
    /// Glyphs of character identifiers, for compact programs that number them.
    pub cids: HashMap<u32, u32>,
}

/// What a glyph's name says (Adobe Glyph List and its `uni…`, `u…` forms; suffixes fall away).
pub(in crate::formats::pdf) fn named(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    if name == ".notdef" || name.is_empty() {
        return None;
    }
    let text: String = agl::name_to_chars(name).collect();
    let real = !text.is_empty() && !text.contains(['\0', '\u{fffd}']);
    real.then_some(text)
}

fn is_private(c: char) -> bool {
    ('\u{e000}'..'\u{f900}').contains(&c)
}

impl Program {
    /// Reads a program of any of the kinds that PDF embeds; what cannot be read says nothing.
    pub(super) fn read(bytes: &[u8]) -> Self {
        if bytes.starts_with(b"%!") || bytes.first() == Some(&0x80) {
            return Self::type1(bytes).unwrap_or_default();
        }
        if bytes.first() == Some(&1)
            && bytes.get(1).is_some_and(|&b| b < 3)
            && bytes.get(2) != Some(&0)
        {
            return Self::compact(bytes).unwrap_or_default();
        }
        Self::open_type(bytes).unwrap_or_default()
    }

    fn type1(bytes: &[u8]) -> Option<Self> {
        let font = Type1Font::new(bytes).ok()?;
        let encoding = font.encoding();
        let codes = (0..=255_u8)
            .map(|code| {
                let glyph = encoding.as_ref()?.map(code)?;
                named(font.glyph_name(glyph)?.as_bytes())
            })
            .collect();
        Some(Self {
            codes,
            ..Self::default()
        })
    }

    fn compact(bytes: &[u8]) -> Option<Self> {
        let font = CffFontRef::new(bytes, 0, None).ok()?;
        let mut out = Self::default();
        let charset = font.charset()?;
        if font.is_cid() {
            for (glyph, cid) in charset.iter().take(MOST) {
                out.cids.insert(u32::from(cid.to_u16()), glyph.to_u32());
            }
            return Some(out);
        }
        for (glyph, sid) in charset.iter().take(MOST) {
            if let Some(text) = font.string(sid).and_then(named) {
                out.glyphs.insert(glyph.to_u32(), text);
            }
        }
        let encoding = font.encoding();
        out.codes = (0..=255_u8)
            .map(|code| {
                let glyph = encoding.as_ref()?.map(code)?;
                out.glyphs.get(&glyph.to_u32()).cloned()
            })
            .collect();
        Some(out)
    }

    fn open_type(bytes: &[u8]) -> Option<Self> {
        let font = FontRef::from_index(bytes, 0).ok()?;
        let mut out = Self::default();
        if let Ok(cff) = font.cff() {
            let inner = Self::compact(cff.offset_data().as_bytes()).unwrap_or_default();
            out = inner;
        }
        if let Ok(post) = font.post() {
            let count = font.maxp().map_or(0, |m| m.num_glyphs());
            for glyph in 0..count {
                let text = post
                    .glyph_name(GlyphId16::new(glyph))
                    .and_then(|name| named(name.as_bytes()));
                if let Some(text) = text {
                    out.glyphs.entry(u32::from(glyph)).or_insert(text);
                }
            }
        }
        out.character_map(&font);
        Some(out)
    }

    /// Reads the tables from characters to glyphs backwards.
    fn character_map(&mut self, font: &FontRef<'_>) {
        let Ok(cmap) = font.cmap() else { return };
        let mut codes: Vec<Option<GlyphId>> = vec![None; 256];
        for record in cmap.encoding_records() {
            let Ok(table) = record.subtable(cmap.offset_data()) else {
                continue;
            };
            let platform = record.platform_id() as u16;
            let unicode =
                platform == 0 || (platform == 3 && matches!(record.encoding_id(), 1 | 10));
            if unicode {
                for (code, glyph) in table.iter().take(MOST) {
                    let Some(c) = char::from_u32(code).filter(|c| *c >= ' ' && !is_private(*c))
                    else {
                        continue;
                    };
                    let slot = self.glyphs.entry(glyph.to_u32()).or_default();
                    // Radicals look like the characters they are part of, which are what is meant.
                    let radical = slot
                        .chars()
                        .all(|old| ('\u{2e80}'..'\u{2fe0}').contains(&old));
                    if slot.is_empty() || radical {
                        *slot = c.to_string();
                    }
                }
            } else {
                for code in 0..256_u32 {
                    let glyph = table
                        .map_codepoint(code)
                        .or_else(|| table.map_codepoint(0xf000 + code))
                        .filter(|g| g.to_u32() != 0);
                    if let (Some(slot), Some(glyph)) = (codes.get_mut(code as usize), glyph) {
                        slot.get_or_insert(glyph);
                    }
                }
            }
        }
        if self.codes.is_empty() {
            self.codes = codes
                .into_iter()
                .map(|glyph| self.glyphs.get(&glyph?.to_u32()).cloned())
                .collect();
        }
    }
}
