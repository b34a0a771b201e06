//! What Outlook packs into `winmail.dat`: TNEF.
//!
//! Read: sender, subject, body, names and every text and number among the properties of the message, its recipients
//! and its attachments, the names of properties, bodies in HTML and RTF, attachments and messages inside by what
//! they are; the words in everything else. Told: pictures of attachments, attributes of no known kind, and whatever
//! does not hold together. Not written: a copy of a mail has an empty file in its place, as for every attachment
//! that has no copy.
//!
//! Standard: [MS-OXTNEF].

mod list;

use super::{
    Cx, Format, FormatError, Output, Probe, Source,
    encoding::{Codec, Encoding},
    le::{u16_at, u32_at},
    msg,
    nest::Known,
    ooxml::sweep::{hand_on, hand_on_as},
    strings,
};
use crate::model::{Ability, FormatId, GapKind, Layout, Name, Step};
use list::{List, Property};

/// TNEF streams.
#[derive(Debug, Clone, Copy)]
pub struct Tnef;

const MAGIC: &[u8] = b"\x78\x9f\x3e\x22";
/// The encoding of 8-bit texts.
const PAGE: u16 = 0x9007;
/// Names of attachments and their contents.
const TITLE: u16 = 0x8010;
const DATA: u16 = 0x800F;
/// A picture of an attachment.
const PICTURE: u16 = 0x8011;
/// An attachment begins.
const BEGINS: u16 = 0x9002;
/// Properties of the message, of recipients, of an attachment.
const MESSAGE: u16 = 0x9003;
const RECIPIENTS: u16 = 0x9004;
const ATTACHMENT: u16 = 0x9005;
/// Bytes of the interface before an object.
const INTERFACE: usize = 16;

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
        let mut reader = Reader::default();
        let mut at = 6;
        while let Some(attribute) = Attribute::read(&raw, at) {
            reader.attribute(&attribute, cx)?;
            at = attribute.end;
        }
        reader.flush(cx)?;
        if at < raw.len() {
            strings::sweep(raw.get(at..).unwrap_or_default(), &[], cx);
            cx.gap(&[], GapKind::Corrupt, "attributes that end early");
        }
        Ok(())
    }
}

/// One attribute.
struct Attribute<'a> {
    id: u16,
    body: &'a [u8],
    /// Whether level and checksum are right.
    sound: bool,
    end: usize,
}

impl<'a> Attribute<'a> {
    fn read(raw: &'a [u8], at: usize) -> Option<Self> {
        let level = *raw.get(at)?;
        let id = u16_at(raw, at + 1)?;
        let length = usize::try_from(u32_at(raw, at + 5)?).ok()?;
        let end = at.checked_add(9)?.checked_add(length)?;
        let body = raw.get(at + 9..end)?;
        let sum = u16_at(raw, end)?;
        let sound = body.iter().fold(0_u16, |s, b| s.wrapping_add((*b).into())) == sum;
        Some(Self {
            id,
            body,
            sound: sound && matches!(level, 1 | 2),
            end: end + 2,
        })
    }
}

/// What is read now.
#[derive(Default)]
struct Reader<'r> {
    page: Option<Encoding>,
    /// Of the attachment.
    title: Option<String>,
    contents: Vec<&'r [u8]>,
    number: u32,
}

fn wide(raw: &[u8]) -> String {
    let units = raw.chunks_exact(2).map(|b| u16_at(b, 0).unwrap_or(0));
    let text: String = char::decode_utf16(units)
        .map(|c| c.unwrap_or('\u{FFFD}'))
        .collect();
    text.trim_end_matches('\0').to_owned()
}

/// Looks through bytes that nothing more is known of.
fn rest(raw: &[u8], at: &[Step], note: &str, cx: &mut Cx<'_>) {
    if raw.iter().any(|b| *b != 0) {
        strings::sweep(raw, at, cx);
        cx.gap(at, GapKind::Opaque, note);
    }
}

/// Hands a text on under what its property says it is.
fn say(id: u16, text: &str, at: &[Step], cx: &mut Cx<'_>) {
    let label = msg::says(id);
    if msg::is_list(id) {
        for name in text.split(';').map(str::trim).filter(|n| !n.is_empty()) {
            named(name, at, cx);
        }
    } else if label == Some("姓名") {
        named(text, at, cx);
    } else if label.is_none() && text.contains('\n') {
        hand_on_as(cx, at, text, None, Layout::Lines { first: 1 });
    } else {
        hand_on(cx, at, text, label);
    }
}

fn named(name: &str, at: &[Step], cx: &mut Cx<'_>) {
    hand_on(cx, at, name, Some("姓名"));
    cx.remember(name);
}

impl<'r> Reader<'r> {
    fn attribute(&mut self, read: &Attribute<'r>, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        cx.spend(0)?;
        let (id, body) = (read.id, read.body);
        let at = [Step::Field(format!("{id:04X}"))];
        if !read.sound {
            cx.gap(&at, GapKind::Corrupt, "an attribute with a wrong checksum");
        }
        match id {
            PAGE => {
                self.page = u32_at(body, 0).and_then(msg::code_page);
                if self.page.is_none() {
                    cx.gap(&at, GapKind::Undecodable, "texts in an unknown code page");
                }
            }
            PICTURE if body.is_empty() => {}
            BEGINS => {
                self.flush(cx)?;
                strings::sweep(body, &at, cx);
            }
            TITLE => {
                let title = self.narrow(body, &at, cx);
                hand_on(cx, &at, &title, None);
                self.title = Some(title);
            }
            DATA => self.contents.push(body),
            PICTURE => {
                strings::sweep(body, &at, cx);
                cx.gap(&at, GapKind::Image, "a picture of an attachment");
            }
            MESSAGE | ATTACHMENT => {
                if let Some(used) = self.properties(body, &at, cx)? {
                    let tail = body.get(used..).unwrap_or_default();
                    rest(tail, &at, "bytes behind the properties", cx);
                }
            }
            RECIPIENTS => self.recipients(body, &at, cx)?,
            // Sender; owner and whom a message was sent for.
            0x8000 => self.person(body.get(4..), 4, body, &at, cx),
            0x0000 | 0x0001 => self.person(Some(body), 2, body, &at, cx),
            // Subject, body, identifiers, name of a file, classes.
            0x8004 | 0x8008..=0x800C | 0x9001 | 0x9008 => {
                let text = self.narrow(body, &at, cx);
                say(0, &text, &at, cx);
            }
            // Times, numbers, versions.
            _ if is_fixed(id) => strings::sweep(body, &at, cx),
            _ => rest(body, &at, "an attribute of no known kind", cx),
        }
        Ok(())
    }

    /// Text of eight bits a character: in UTF-8 where it can be, else as the message says.
    fn narrow(&self, raw: &[u8], at: &[Step], cx: &mut Cx<'_>) -> String {
        let raw = raw.strip_suffix(b"\0").unwrap_or(raw);
        if let Ok(text) = std::str::from_utf8(raw) {
            return text.to_owned();
        }
        let (mut out, mut bad) = (Vec::new(), 0);
        Codec::new(self.page.unwrap_or(Encoding::Gb18030)).decode(raw, true, &mut out, &mut bad);
        if bad > 0 {
            strings::sweep(raw, at, cx);
            cx.gap(at, GapKind::Undecodable, "a text in another encoding");
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Name and address of somebody: two texts, with their lengths before both or before each.
    fn person(&self, raw: Option<&[u8]>, before: usize, body: &[u8], at: &[Step], cx: &mut Cx<'_>) {
        let parts = raw.and_then(|raw| {
            let first = usize::from(u16_at(raw, 0)?);
            let rest = raw.get(before..)?;
            let (name, rest) = rest.split_at_checked(first)?;
            if before == 4 {
                let second = usize::from(u16_at(raw, 2)?);
                return Some((name, rest.get(..second)?, rest.get(second..)?));
            }
            let second = usize::from(u16_at(rest, 0)?);
            let rest = rest.get(2..)?;
            Some((name, rest.get(..second)?, rest.get(second..)?))
        });
        let Some((name, address, tail)) = parts else {
            rest(body, at, "a person written in another way", cx);
            return;
        };
        named(&self.narrow(name, at, cx), at, cx);
        let address = self.narrow(address, at, cx);
        let bare = address.split_once(':').map_or(&*address, |(_, a)| a);
        hand_on(cx, at, bare, Some("邮箱"));
        // What fills the attribute up.
        if tail.len() > 8 {
            rest(tail, at, "bytes behind a person", cx);
        }
    }

    /// Reads the attachment that has come together.
    fn flush(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let title = self.title.take();
        for data in std::mem::take(&mut self.contents) {
            self.number += 1;
            let number = self.number.to_string();
            let name = title.as_deref().unwrap_or(&number);
            cx.spend(data.len() as u64)?;
            cx.member(&Name::from(name), &mut Source::slice(data), None)?;
        }
        Ok(())
    }

    fn recipients(
        &mut self,
        body: &'r [u8],
        at: &[Step],
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let Some(rows) = u32_at(body, 0) else {
            rest(body, at, "recipients that end early", cx);
            return Ok(());
        };
        let mut left = body.get(4..).unwrap_or_default();
        for _ in 0..rows {
            let Some(used) = self.properties(left, at, cx)? else {
                return Ok(());
            };
            left = left.get(used..).unwrap_or_default();
        }
        rest(left, at, "bytes behind the recipients", cx);
        Ok(())
    }

    /// Reads a list of properties. Gives the bytes that it took; `None` when it ends early, which it tells.
    fn properties(
        &mut self,
        raw: &'r [u8],
        at: &[Step],
        cx: &mut Cx<'_>,
    ) -> Result<Option<usize>, FormatError> {
        let mut list = List { raw, at: 4 };
        let count = u32_at(raw, 0);
        for number in 0..count.unwrap_or(1) {
            let property = count.and_then(|_| list.property());
            let Some(property) = property else {
                let from = if number == 0 { 0 } else { list.at };
                strings::sweep(raw.get(from..).unwrap_or_default(), at, cx);
                cx.gap(at, GapKind::Corrupt, "properties that end early");
                return Ok(None);
            };
            cx.spend(0)?;
            if let Some(name) = property.name {
                hand_on(cx, at, &wide(name), None);
            }
            for value in &property.values {
                self.value(&property, value, at, cx)?;
            }
        }
        Ok(Some(list.at))
    }

    fn value(
        &mut self,
        property: &Property<'r>,
        value: &'r [u8],
        at: &[Step],
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let (id, kind) = (property.id, property.kind);
        match (id, kind) {
            // An object begins with its interface, which is no part of it.
            (0x3701, 0x000D) => match value.get(INTERFACE..) {
                Some(object) => self.contents.push(object),
                None => rest(value, at, "an object that ends early", cx),
            },
            (0x3701, 0x0102) => self.contents.push(value),
            (0x1009, 0x0102) => rtf(value, at, cx)?,
            (0x1013, 0x0102 | 0x001E | 0x001F) => {
                let known = Known {
                    encoding: match kind {
                        0x001F => Some(Encoding::Utf16Le),
                        _ => self.page,
                    },
                    identity: None,
                };
                let name = Name::from("body.html");
                let end: &[u8] = match kind {
                    0x001F => &[0; 2],
                    0x001E => &[0],
                    _ => &[],
                };
                let html = value.strip_suffix(end).unwrap_or(value);
                cx.spend(html.len() as u64)?;
                cx.known_member(&name, known, &mut Source::slice(html), None)?;
            }
            (_, 0x001E | 0x001F) => {
                let text = if kind == 0x001F {
                    if value.len() % 2 == 1 {
                        rest(value, at, "half a character", cx);
                    }
                    wide(value)
                } else {
                    self.narrow(value, at, cx)
                };
                if matches!(id, 0x3707) {
                    self.title = Some(text.clone());
                }
                say(id, &text, at, cx);
            }
            (_, 0x0102 | 0x000D) => strings::sweep(value, at, cx),
            _ => number(property, value, at, cx),
        }
        Ok(())
    }
}

fn rtf(value: &[u8], at: &[Step], cx: &mut Cx<'_>) -> Result<(), FormatError> {
    let Some(rtf) = msg::unpacked(value) else {
        strings::sweep(value, at, cx);
        cx.gap(at, GapKind::Corrupt, "a text in RTF");
        return Ok(());
    };
    cx.spend(rtf.len() as u64)?;
    cx.member(&Name::from("body.rtf"), &mut Source::slice(&rtf), None)
}

/// Attributes of a fixed size that hold no text: times, numbers, versions.
fn is_fixed(id: u16) -> bool {
    matches!(
        id,
        0x0006..=0x0009 | 0x8005..=0x8007 | 0x800D | 0x8012 | 0x8013 | 0x8020 | 0x9006
    )
}

/// Reads a number that can be somebody's.
fn number(property: &Property<'_>, value: &[u8], at: &[Step], cx: &mut Cx<'_>) {
    let id = property.id;
    if let Some(text) = msg::fixed::shown(id, property.kind, value) {
        hand_on(cx, at, &text, msg::says(id));
    }
}

#[cfg(test)]
mod tests;
