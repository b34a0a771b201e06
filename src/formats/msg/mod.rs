//! Messages of Outlook: msg and oft, mails, contacts, appointments.
//!
//! Read: every text property of the message, its recipients, its attachments and the messages inside, names of
//! persons and telephones under what they are; numbers and days of a fixed size; names of properties; bodies in text, HTML and RTF; headers; attachments by what they
//! are; the words in every other stream and in what no stream uses. Written: the same container, with changed
//! streams and their lengths; RTF is written unpacked. A copy goes without binary properties that may hold names
//! and addresses (entry and search keys, icons of attachments).
//!
//! Standards: [MS-OXMSG], [MS-OXPROPS].

pub(super) mod fixed;
mod rtf;

use super::{
    Cx, Format, FormatError, Output, Probe, Source,
    encoding::{Codec, Encoding, label},
    nest::Known,
    ole::{Container, Kind, MAGIC},
    strings,
};
use crate::model::{Charset, FormatId, Fragment, GapKind, Layout, Name, Step};
use std::{collections::BTreeMap, io::Cursor, ops::Range};

/// Outlook messages.
#[derive(Debug, Clone, Copy)]
pub struct Msg;

/// Longest text of one property that is read.
const TEXT: usize = 12 << 20;
/// The stream that has the fixed properties and the lengths of the others.
const PROPERTIES: &str = "__properties_version1.0";
const STREAM: &str = "__substg1.0_";

impl Format for Msg {
    fn id(&self) -> FormatId {
        "msg"
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        if !head.starts_with(MAGIC) {
            return Probe::No;
        }
        let has = |text: &str| {
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            memchr::memmem::find(head, &wide).is_some()
        };
        let name = name.to_ascii_lowercase();
        if has("__nameid_version1.0") || has(PROPERTIES) {
            Probe::Bytes
        } else if name.ends_with(b".msg") || name.ends_with(b".oft") {
            Probe::Name
        } else {
            Probe::No
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let raw = source.held(cx.limits.held_bytes)?;
        cx.read(raw.len() as u64);
        let mut container = Container::read(&raw)?;
        if !container.entries.iter().any(|e| e.path == PROPERTIES) {
            return Err(FormatError::Unsupported("OLE compound file"));
        }
        let mut streams = Vec::with_capacity(container.entries.len());
        for number in 0..container.entries.len() {
            let entry = container.entries.get(number);
            let content = match entry.map(|e| e.kind) {
                Some(Kind::Stream) => container.stream(number)?,
                _ => Vec::new(),
            };
            cx.spend(content.len() as u64)?;
            streams.push(content);
        }
        let paths: Vec<String> = container.entries.iter().map(|e| e.path.clone()).collect();
        let mut message = Message {
            paths: &paths,
            streams,
            sizes: BTreeMap::new(),
            changed: false,
            writing: out.is_some(),
        };
        message.all(cx)?;
        for part in container.leftovers() {
            strings::sweep(part, &[Step::Field("$leftover".into())], cx);
            message.changed = true;
        }
        let Some(out) = out else {
            return Ok(());
        };
        if !message.changed {
            out.write_all(&raw)?;
            return Ok(());
        }
        message.lengths();
        container.write(&message.streams, out)
    }
}

struct Message<'m> {
    paths: &'m [String],
    streams: Vec<Vec<u8>>,
    /// New lengths of properties: folder, tag.
    sizes: BTreeMap<(String, u32), u32>,
    changed: bool,
    writing: bool,
}

/// The RTF behind a stream that may be compressed; `None` when it is none.
pub(super) fn unpacked(raw: &[u8]) -> Option<Vec<u8>> {
    rtf::unpacked(raw, raw.len().saturating_mul(300).max(1 << 20))
}

/// What a property says its text is: a label that the rules know.
pub(super) fn says(id: u16) -> Option<&'static str> {
    Some(match id {
        0x0C1A | 0x0042 | 0x0040 | 0x0044 | 0x3001 | 0x3A05 | 0x3A06 | 0x3A11 | 0x3A44 | 0x3A45
        | 0x3A47 | 0x3A48 | 0x3A4E | 0x3A30 | 0x3FF8 | 0x3FFA | 0x5FF6 => "姓名",
        0x0C1F | 0x0065 | 0x0076 | 0x0078 | 0x3003 | 0x39FE | 0x5D01 | 0x5D02 => "邮箱",
        0x3A02 | 0x3A08 | 0x3A09 | 0x3A1A..=0x3A25 | 0x3A2D | 0x3A2E => "电话",
        0x3A15 | 0x3A26..=0x3A2C | 0x3A59..=0x3A64 => "地址",
        0x3A16 => "单位名称",
        0x3A42 => "出生日期",
        _ => return None,
    })
}

/// Lists of names: recipients as they are shown.
pub(super) fn is_list(id: u16) -> bool {
    matches!(id, 0x0E02 | 0x0E03 | 0x0E04 | 0x0074 | 0x0072 | 0x0073)
}

/// Binary properties that hold no words.
fn is_harmless(id: u16) -> bool {
    matches!(
        id,
        0x0071 | 0x3013 | 0x3702 | 0x370A | 0x65E2 | 0x65E3 | 0x0E9C | 0x3714
    )
}

fn folder_of(path: &str) -> &str {
    path.rfind('/')
        .map_or("", |i| path.get(..i).unwrap_or_default())
}

fn last_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Identifier and type of the property in a stream.
fn tag_of(path: &str) -> Option<(u16, u16)> {
    let digits = last_of(path).strip_prefix(STREAM)?;
    let id = u16::from_str_radix(digits.get(..4)?, 16).ok()?;
    let kind = u16::from_str_radix(digits.get(4..8)?, 16).ok()?;
    Some((id, kind))
}

impl Message<'_> {
    fn all(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        for number in 0..self.streams.len() {
            let Some(path) = self.paths.get(number).cloned() else {
                continue;
            };
            if self.streams.get(number).is_none_or(Vec::is_empty) {
                continue;
            }
            cx.spend(0)?;
            if path.starts_with("__nameid_version1.0/") {
                self.names(number, &path, cx);
                continue;
            }
            if last_of(&path) == PROPERTIES {
                self.table(number, &path, cx);
                continue;
            }
            if self.many(number, &path, cx) {
                continue;
            }
            match tag_of(&path) {
                // Lengths of values, which follow as streams of their own.
                Some((_, 0x101E | 0x101F | 0x1102)) if !last_of(&path).contains('-') => {}
                // HTML as a text, as some programs write it.
                Some((0x1013, kind @ (0x001E | 0x001F))) => {
                    let page = match kind {
                        0x001F => Encoding::Utf16Le,
                        _ => self.page(&path, true),
                    };
                    self.inside(number, &path, "body.html", Some(page), cx)?;
                }
                Some((id, 0x001F | 0x101F)) => self.text(number, &path, id, Encoding::Utf16Le, cx),
                Some((id, 0x001E | 0x101E)) => {
                    let page = self.page(&path, false);
                    self.text(number, &path, id, page, cx);
                }
                Some((0x1013, 0x0102)) => {
                    let page = self.page(&path, true);
                    self.inside(number, &path, "body.html", Some(page), cx)?;
                }
                Some((0x1009, 0x0102)) => self.rtf(number, &path, cx)?,
                Some((0x3701, 0x0102)) => {
                    let name = self.file_name(&path);
                    self.inside(number, &path, &name, None, cx)?;
                }
                Some((id, 0x0102)) if is_harmless(id) => {}
                _ => self.binary(number, &path, cx),
            }
        }
        Ok(())
    }

    /// Where findings of a property are shown to stand.
    fn at(path: &str) -> [Step; 1] {
        [Step::Part(path.replace(STREAM, ""))]
    }

    /// A number among the fixed properties of the message around a path.
    fn fixed(&self, path: &str, id: u16) -> Option<u32> {
        let mut folder = folder_of(path);
        loop {
            let wanted = if folder.is_empty() {
                PROPERTIES.to_owned()
            } else {
                format!("{folder}/{PROPERTIES}")
            };
            let number = self.paths.iter().position(|p| *p == wanted);
            let table = number.and_then(|n| self.streams.get(n));
            if let Some(value) = table.and_then(|t| entry(t, header_len(folder), |i, _| i == id)) {
                let raw = table?.get(value.start..)?.first_chunk()?;
                return Some(u32::from_le_bytes(*raw));
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder_of(folder);
        }
    }

    /// The code page of 8-bit texts, or of HTML.
    fn page(&self, path: &str, html: bool) -> Encoding {
        let ids = if html {
            [0x3FDE, 0x3FFD]
        } else {
            [0x3FFD, 0x3FDE]
        };
        ids.into_iter()
            .filter_map(|id| self.fixed(path, id))
            .find_map(code_page)
            .unwrap_or(Encoding::Gb18030)
    }

    fn file_name(&self, path: &str) -> String {
        let folder = folder_of(path);
        for tag in [
            "3707001F", "3707001E", "3704001F", "3704001E", "3001001F", "3001001E",
        ] {
            let slash = if folder.is_empty() { "" } else { "/" };
            let wanted = format!("{folder}{slash}{STREAM}{tag}");
            let number = self.paths.iter().position(|p| *p == wanted);
            if let Some(raw) = number.and_then(|n| self.streams.get(n)) {
                let encoding = if tag.ends_with('F') {
                    Encoding::Utf16Le
                } else {
                    self.page(path, false)
                };
                let name = decoded(raw, encoding);
                let name = name.trim_matches(|c: char| c == '\0' || c.is_whitespace());
                if !name.is_empty() {
                    return name.to_owned();
                }
            }
        }
        "attachment".to_owned()
    }

    /// Puts new bytes in the place of a stream's.
    fn replace(&mut self, number: usize, path: &str, new: Vec<u8>) {
        self.changed = true;
        if let Some((id, kind)) = tag_of(path) {
            if let Some((base, index)) = path.rsplit_once('-') {
                self.value_len(base, index, new.len());
            }
            let end = match kind {
                0x001F => 2,
                0x001E => 1,
                _ => 0,
            };
            let size = u32::try_from(new.len() + end).unwrap_or(0);
            let tag = u32::from(id) << 16 | u32::from(kind);
            self.sizes.insert((folder_of(path).to_owned(), tag), size);
        }
        if let Some(slot) = self.streams.get_mut(number) {
            *slot = new;
        }
    }

    /// Writes the length of one of several values.
    fn value_len(&mut self, base: &str, index: &str, len: usize) {
        let index = usize::from_str_radix(index, 16).unwrap_or(usize::MAX);
        let number = self.paths.iter().position(|p| p == base);
        let table = number.and_then(|n| self.streams.get_mut(n));
        let at = index.saturating_mul(4);
        if let Some(slot) = table.and_then(|t| t.get_mut(at..at.saturating_add(4))) {
            slot.copy_from_slice(&u32::try_from(len).unwrap_or(0).to_le_bytes());
        }
    }

    fn text(&mut self, number: usize, path: &str, id: u16, encoding: Encoding, cx: &mut Cx<'_>) {
        let at = Self::at(path);
        let raw = self
            .streams
            .get(number)
            .map(Vec::as_slice)
            .unwrap_or_default();
        if raw.len() > TEXT {
            cx.gap(&at, GapKind::Limit, "length of a text");
            return;
        }
        let text = decoded(raw, encoding);
        let bare = text.trim_end_matches('\0');
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        if is_list(id) {
            let mut from = 0;
            for part in bare.split_inclusive(';') {
                let name = part.trim_end_matches(';');
                let shift = from + (name.len() - name.trim_start().len());
                for edit in cx.string(&at, name.trim(), Some("姓名")) {
                    let range = edit.span.range();
                    edits.push((shift + range.start..shift + range.end, edit.with.clone()));
                }
                cx.remember(name.trim());
                from += part.len();
            }
        } else {
            let label = says(id);
            let layout = if label.is_none() && bare.contains('\n') {
                Layout::Lines { first: 1 }
            } else {
                Layout::Whole
            };
            let found = cx.text(&Fragment {
                at: &at,
                bytes: bare.as_bytes(),
                charset: Charset::Utf8,
                own: 0..bare.len(),
                base: None,
                layout,
                label,
            });
            edits.extend(found.iter().map(|e| (e.span.range(), e.with.clone())));
            if label == Some("姓名") {
                cx.remember(bare);
            }
        }
        if edits.is_empty() {
            return;
        }
        let mut new = String::with_capacity(text.len());
        let mut done = 0;
        for (range, with) in edits {
            new.push_str(text.get(done..range.start).unwrap_or_default());
            new.push_str(&with);
            done = range.end.max(done);
        }
        new.push_str(text.get(done..).unwrap_or_default());
        let bytes = Codec::new(encoding).encode(&new);
        self.replace(number, path, bytes);
    }

    /// A stream that is a file.
    fn inside(
        &mut self,
        number: usize,
        path: &str,
        name: &str,
        encoding: Option<Encoding>,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let raw = self.streams.get(number).cloned().unwrap_or_default();
        let known = Known {
            encoding,
            identity: None,
        };
        let name = Name::from(name);
        let mut source = Source::slice(&raw);
        if !self.writing {
            return cx.known_member(&name, known, &mut source, None);
        }
        let mut out = Cursor::new(Vec::new());
        cx.known_member(&name, known, &mut source, Some(&mut out))?;
        let new = out.into_inner();
        if new != raw {
            self.replace(number, path, new);
        }
        Ok(())
    }

    fn rtf(&mut self, number: usize, path: &str, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let raw = self
            .streams
            .get(number)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let Some(text) = unpacked(raw) else {
            cx.gap(&Self::at(path), GapKind::Corrupt, "a text in RTF");
            return Ok(());
        };
        cx.spend(text.len() as u64)?;
        let name = Name::from("body.rtf");
        let mut source = Source::slice(&text);
        if !self.writing {
            return cx.member(&name, &mut source, None);
        }
        let mut out = Cursor::new(Vec::new());
        cx.member(&name, &mut source, Some(&mut out))?;
        let new = out.into_inner();
        if new != text {
            self.replace(number, path, rtf::plain(&new));
        }
        Ok(())
    }

    /// A stream that is only looked through; a copy goes without it.
    fn binary(&mut self, number: usize, path: &str, cx: &mut Cx<'_>) {
        let raw = self.streams.get(number);
        strings::sweep(
            raw.map(Vec::as_slice).unwrap_or_default(),
            &Self::at(path),
            cx,
        );
        if self.writing {
            self.replace(number, path, Vec::new());
        }
    }

    /// Writes the new lengths into the tables of properties.
    fn lengths(&mut self) {
        for ((folder, tag), size) in std::mem::take(&mut self.sizes) {
            let wanted = if folder.is_empty() {
                PROPERTIES.to_owned()
            } else {
                format!("{folder}/{PROPERTIES}")
            };
            let Some(number) = self.paths.iter().position(|p| *p == wanted) else {
                continue;
            };
            let Some(table) = self.streams.get_mut(number) else {
                continue;
            };
            let (id, kind) = (tag >> 16, tag & 0xFFFF);
            let at = entry(table, header_len(&folder), |i, k| {
                u32::from(i) == id && u32::from(k) == kind
            });
            if let Some(slot) = at.and_then(|at| table.get_mut(at.start..at.start + 4)) {
                slot.copy_from_slice(&size.to_le_bytes());
            }
        }
    }
}

/// Bytes before the first entry of a table of properties ([MS-OXMSG] 2.4).
fn header_len(folder: &str) -> usize {
    let last = last_of(folder);
    if folder.is_empty() {
        32
    } else if last.starts_with("__recip") || last.starts_with("__attach") {
        8
    } else {
        24
    }
}

/// Where the value of an entry lies in a table of properties.
fn entry(table: &[u8], header: usize, is: impl Fn(u16, u16) -> bool) -> Option<Range<usize>> {
    let mut at = header;
    while let Some(raw) = table.get(at..at + 16) {
        let word = |i: usize| {
            raw.get(i..)
                .and_then(<[u8]>::first_chunk)
                .map_or(0, |b| u16::from_le_bytes(*b))
        };
        if is(word(2), word(0)) {
            return Some(at + 8..at + 16);
        }
        at += 16;
    }
    None
}

pub(super) fn code_page(number: u32) -> Option<Encoding> {
    match number {
        936 | 54936 | 20936 => Some(Encoding::Gb18030),
        950 => Some(Encoding::Other(encoding_rs::BIG5)),
        932 => Some(Encoding::Other(encoding_rs::SHIFT_JIS)),
        949 => Some(Encoding::Other(encoding_rs::EUC_KR)),
        65001 | 20127 => Some(Encoding::Utf8),
        1200 => Some(Encoding::Utf16Le),
        28591 => Some(Encoding::Other(encoding_rs::WINDOWS_1252)),
        n => label(format!("windows-{n}").as_bytes()),
    }
}

fn decoded(raw: &[u8], encoding: Encoding) -> String {
    let (mut out, mut bad) = (Vec::new(), 0);
    Codec::new(encoding).decode(raw, true, &mut out, &mut bad);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests;
