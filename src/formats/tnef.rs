//! What Outlook packs into `winmail.dat`: TNEF.
//!
//! Read: subject, body, names and every text among the properties of the message and its attachments, bodies in
//! HTML and RTF, attachments by what they are; the words in everything else. Not written: a copy of a mail has an
//! empty file in its place, as for every attachment that has no copy.
//!
//! Standard: [MS-OXTNEF].

use super::{
    Cx, Format, FormatError, Output, Probe, Source,
    encoding::{Codec, Encoding},
    strings,
};
use crate::model::{Ability, FormatId, GapKind, Name, Step};

/// TNEF streams.
#[derive(Debug, Clone, Copy)]
pub struct Tnef;

const MAGIC: &[u8] = b"\x78\x9f\x3e\x22";
/// Names of attachments and their contents.
const TITLE: u16 = 0x8010;
const DATA: u16 = 0x800F;
/// An attachment begins.
const BEGINS: u16 = 0x9002;
/// Properties of the message, of recipients, of an attachment.
const MESSAGE: u16 = 0x9003;
const RECIPIENTS: u16 = 0x9004;
const ATTACHMENT: u16 = 0x9005;
/// Properties of one list, and values of one of them.
const MOST: u32 = 100_000;

impl Format for Tnef {
    fn id(&self) -> FormatId {
        "tnef"
    }

    fn ability(&self) -> Ability {
        Ability::Read
    }

    fn probe(&self, head: &[u8], _: &[u8]) -> Probe {
        // The key, then the level of the first attribute: the message or an attachment.
        if head.starts_with(MAGIC) && matches!(head.get(6), Some(1 | 2)) {
            Probe::Bytes
        } else {
            Probe::No
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        _: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let raw = source.held(cx.limits.held_bytes)?;
        cx.read(raw.len() as u64);
        let mut reader = Reader {
            title: None,
            data: None,
            number: 0,
        };
        let mut at = 6;
        while let Some((id, body, end)) = attribute(&raw, at) {
            reader.attribute(id, body, cx)?;
            at = end;
        }
        reader.flush(cx)?;
        if at < raw.len() {
            strings::sweep(raw.get(at..).unwrap_or_default(), &[], cx);
            cx.gap(&[], GapKind::Corrupt, "attributes that end early");
        }
        Ok(())
    }
}

fn u16_at(raw: &[u8], at: usize) -> Option<u16> {
    raw.get(at..)?.first_chunk().map(|b| u16::from_le_bytes(*b))
}

fn u32_at(raw: &[u8], at: usize) -> Option<u32> {
    raw.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

/// Identifier, body and end of the attribute at a place.
fn attribute(raw: &[u8], at: usize) -> Option<(u16, &[u8], usize)> {
    raw.get(at)?;
    let id = u16_at(raw, at + 1)?;
    let length = usize::try_from(u32_at(raw, at + 5)?).ok()?;
    let end = at.checked_add(9)?.checked_add(length)?;
    // A checksum follows.
    let body = raw.get(at + 9..end)?;
    raw.get(end..end.checked_add(2)?)?;
    Some((id, body, end + 2))
}

/// The attachment that is read now.
struct Reader<'r> {
    title: Option<String>,
    data: Option<&'r [u8]>,
    number: u32,
}

/// Text of eight bits a character, in whatever encoding.
fn narrow(raw: &[u8]) -> String {
    let raw = raw.strip_suffix(b"\0").unwrap_or(raw);
    if let Ok(text) = std::str::from_utf8(raw) {
        return text.to_owned();
    }
    let mut out = Vec::new();
    Codec::new(Encoding::Gb18030).decode(raw, true, &mut out, &mut 0);
    String::from_utf8_lossy(&out).into_owned()
}

fn wide(raw: &[u8]) -> String {
    let units = raw.chunks_exact(2).map(|b| u16_at(b, 0).unwrap_or(0));
    let text: String = char::decode_utf16(units)
        .map(|c| c.unwrap_or('\u{FFFD}'))
        .collect();
    text.trim_end_matches('\0').to_owned()
}

impl<'r> Reader<'r> {
    fn attribute(&mut self, id: u16, body: &'r [u8], cx: &mut Cx<'_>) -> Result<(), FormatError> {
        cx.spend(0)?;
        let at = [Step::Field(format!("{id:04X}"))];
        match id {
            BEGINS => self.flush(cx)?,
            TITLE => {
                let title = narrow(body);
                cx.string(&at, &title, None);
                self.title = Some(title);
            }
            DATA => self.data = Some(body),
            MESSAGE | ATTACHMENT => {
                self.properties(body, &at, cx)?;
            }
            RECIPIENTS => {
                let rows = u32_at(body, 0).unwrap_or(0).min(MOST);
                let mut rest = body.get(4..).unwrap_or_default();
                for _ in 0..rows {
                    let used = self.properties(rest, &at, cx)?;
                    if used == 0 {
                        break;
                    }
                    rest = rest.get(used..).unwrap_or_default();
                }
            }
            // From, subject, identifiers, body and the like.
            0x8000..=0x8005 | 0x8009 | 0x800B | 0x800C => {
                let label = match id {
                    0x8000 => Some("姓名"),
                    _ => None,
                };
                // From: lengths, then name and address.
                if id == 0x8000 {
                    strings::sweep(body, &at, cx);
                } else {
                    cx.string(&at, &narrow(body), label);
                }
            }
            _ => strings::sweep(body, &at, cx),
        }
        Ok(())
    }

    /// Reads the attachment that has come together.
    fn flush(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let title = self.title.take();
        let Some(data) = self.data.take() else {
            return Ok(());
        };
        self.number += 1;
        let name = title.unwrap_or_else(|| format!("{}", self.number));
        cx.spend(data.len() as u64)?;
        cx.member(&Name::from(name.as_str()), &mut Source::slice(data), None)
    }

    /// Reads a list of properties. Gives the bytes that it took, 0 when it ends early.
    fn properties(
        &mut self,
        raw: &'r [u8],
        at: &[Step],
        cx: &mut Cx<'_>,
    ) -> Result<usize, FormatError> {
        let mut list = List { raw, at: 4 };
        let count = u32_at(raw, 0).unwrap_or(0);
        for _ in 0..count.min(MOST) {
            let Some((id, kind, values)) = list.property() else {
                strings::sweep(raw.get(list.at..).unwrap_or_default(), at, cx);
                cx.gap(at, GapKind::Corrupt, "properties that end early");
                return Ok(0);
            };
            for value in values {
                self.value(id, kind, value, at, cx)?;
            }
        }
        Ok(list.at)
    }

    fn value(
        &mut self,
        id: u16,
        kind: u16,
        value: &'r [u8],
        at: &[Step],
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        match (id, kind & 0x0FFF) {
            (0x3701, _) => {
                // An object begins with its interface, which is no part of it.
                let object = kind & 0x0FFF == 0x000D;
                let data = value.get(if object { 16 } else { 0 }..);
                self.data = Some(data.unwrap_or_default());
            }
            (0x1009, 0x0102) => {
                let name = Name::from("body.rtf");
                match super::msg::unpacked(value) {
                    Some(rtf) => cx.member(&name, &mut Source::slice(&rtf), None)?,
                    None => strings::sweep(value, at, cx),
                }
            }
            (0x1013, _) => {
                cx.member(&Name::from("body.html"), &mut Source::slice(value), None)?;
            }
            (_, 0x001E | 0x001F) => {
                let text = if kind & 1 == 1 {
                    wide(value)
                } else {
                    narrow(value)
                };
                if matches!(id, 0x3707) {
                    self.title = Some(text.clone());
                }
                super::ooxml::sweep::hand_on(cx, at, &text, super::msg::says(id));
            }
            (_, 0x0102 | 0x000D) => strings::sweep(value, at, cx),
            _ => {}
        }
        Ok(())
    }
}

/// Properties one after the other.
struct List<'l> {
    raw: &'l [u8],
    at: usize,
}

impl<'l> List<'l> {
    fn number(&mut self) -> Option<u32> {
        self.at += 4;
        u32_at(self.raw, self.at - 4)
    }

    fn take(&mut self, length: usize) -> Option<&'l [u8]> {
        let value = self.raw.get(self.at..self.at.checked_add(length)?)?;
        // Padded to four bytes.
        self.at = (self.at + length).next_multiple_of(4).min(self.raw.len());
        Some(value)
    }

    /// Identifier, type and values of the next.
    fn property(&mut self) -> Option<(u16, u16, Vec<&'l [u8]>)> {
        let kind = u16_at(self.raw, self.at)?;
        let id = u16_at(self.raw, self.at + 2)?;
        self.at += 4;
        if id >= 0x8000 {
            self.take(16)?;
            if self.number()? == 0 {
                self.number()?;
            } else {
                let length = usize::try_from(self.number()?).ok()?;
                self.take(length)?;
            }
        }
        let many = kind & 0x1000 != 0;
        let fixed = match kind & 0x0FFF {
            0x0002 | 0x0003 | 0x0004 | 0x000A | 0x000B => Some(4),
            0x0005..=0x0007 | 0x0014 | 0x0040 => Some(8),
            0x0048 => Some(16),
            0x001E | 0x001F | 0x0102 | 0x000D => None,
            _ => return None,
        };
        // What has a length of its own says how many there are, always.
        let count = if many || fixed.is_none() {
            self.number()?
        } else {
            1
        };
        let mut values = Vec::new();
        for _ in 0..count.min(MOST) {
            let length = match fixed {
                Some(length) => length,
                None => usize::try_from(self.number()?).ok()?,
            };
            values.push(self.take(length)?);
        }
        (count <= MOST).then_some((id, kind, values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::archives::testing::{copy, read};
    use proptest::prelude::*;

    fn put(out: &mut Vec<u8>, level: u8, id: u32, body: &[u8]) {
        out.push(level);
        out.extend(id.to_le_bytes());
        out.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
        out.extend(body);
        out.extend([0, 0]);
    }

    fn property(out: &mut Vec<u8>, kind: u16, id: u16, value: &[u8]) {
        out.extend(kind.to_le_bytes());
        out.extend(id.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
        out.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
        out.extend(value);
        out.resize(out.len().next_multiple_of(4), 0);
    }

    fn message() -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend([1, 0]);
        put(&mut out, 1, 0x0001_8004, b"13700000001\0");
        put(&mut out, 1, 0x0002_800C, "正文 13700000002\0".as_bytes());
        let mut properties = 3_u32.to_le_bytes().to_vec();
        let wide: Vec<u8> = "13700000003"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        property(&mut properties, 0x001F, 0x0C1A, &wide);
        property(&mut properties, 0x001E, 0x3A1C, b"13700000004\0");
        property(
            &mut properties,
            0x0102,
            0x1013,
            b"<html><b>137</b>00000005</html>",
        );
        put(&mut out, 1, 0x0006_9003, &properties);
        put(&mut out, 2, 0x0006_9002, &[0; 14]);
        put(&mut out, 2, 0x0001_8010, b"13700000006.txt\0");
        put(&mut out, 2, 0x0006_800F, b"13700000007");
        let mut attached = 1_u32.to_le_bytes().to_vec();
        property(&mut attached, 0x001E, 0x3704, b"13700000008\0");
        put(&mut out, 2, 0x0006_9005, &attached);
        out
    }

    #[test]
    fn every_part_is_read() {
        let raw = message();
        assert_eq!(Tnef.probe(&raw, b"x"), Probe::Bytes);
        let (found, result) = read(&Tnef, &raw, &[]);
        result.unwrap();
        for n in 1..=8 {
            let value = format!("1370000000{n}");
            let seen = !found.places(&value).is_empty()
                || found.members.iter().any(|m| m.0.contains(&value));
            assert!(seen, "{value}");
        }
        assert!(found.gaps.is_empty(), "{:?}", found.gaps);
        assert_eq!(Tnef.ability(), Ability::Read);
        assert!(copy(&Tnef, &raw, &[]).0.is_empty());
    }

    #[test]
    fn what_ends_early_is_told() {
        let raw = message();
        let (found, result) = read(&Tnef, &raw[..raw.len() - 3], &[]);
        result.unwrap();
        assert_eq!(found.gaps[0].1, GapKind::Corrupt);
    }

    proptest! {
        #[test]
        fn damage_is_bounded(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8), cut in 0usize..80) {
            let mut raw = message();
            for (at, value) in flips {
                let at = at.index(raw.len());
                raw[at] = value;
            }
            raw.truncate(raw.len() - cut);
            let _ = read(&Tnef, &raw, &[]);
        }
    }
}
