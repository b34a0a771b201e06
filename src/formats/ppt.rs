//! `PowerPoint` 97 to 2003 presentations (ppt, pps, pot).
//!
//! Read: every atom of text in the document's stream, of slides, notes, masters and comments, of slides that
//! an earlier save has left in it too; text in all other streams as far as it stands there as text. Not
//! read, and so always partly: pictures, packed objects. No copy yet.
//!
//! Standard: MS-PPT 2.3.1 (records), 2.9.42 to 2.9.44 (text).

use super::{
    Cx, Format, FormatError, Output, Probe, Source, doc,
    ole::{self, Container},
    ooxml::sweep::hand_on_as,
};
use crate::model::{Ability, FormatId, GapKind, Layout, Step};

/// `PowerPoint` 97 to 2003 presentations.
#[derive(Debug, Clone, Copy)]
pub struct Ppt;

/// `PowerPoint Document` in UTF-16, as the directory of a compound file writes it.
const STREAM: &[u8] = b"P\0o\0w\0e\0r\0P\0o\0i\0n\0t\0 \0D\0o\0c\0";
/// Text in UTF-16, text of one byte a character, and other strings in UTF-16.
const CHARS: u16 = 0x0FA0;
const BYTES: u16 = 0x0FA8;
const STRING: u16 = 0x0FBA;

impl Format for Ppt {
    fn id(&self) -> FormatId {
        "ppt"
    }

    fn ability(&self) -> Ability {
        Ability::Read
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        let name = name.to_ascii_lowercase();
        let named = [&b".ppt"[..], b".pps", b".pot", b".dps"]
            .iter()
            .any(|e| name.ends_with(e));
        if !head.starts_with(ole::MAGIC) {
            Probe::No
        } else if memchr::memmem::find(head, STREAM).is_some() {
            Probe::Bytes
        } else if named {
            Probe::Name
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
        const NAME: &str = "PowerPoint Document";
        let raw = source.held(cx.limits.held_bytes)?;
        cx.read(raw.len() as u64);
        let mut container = Container::read(&raw)?;
        let main = doc::stream(&mut container, NAME)?.ok_or(FormatError::Unsupported(
            "OLE compound file without a presentation",
        ))?;
        if doc::stream(&mut container, "EncryptedSummary")?.is_some() {
            return Err(FormatError::Encrypted);
        }
        let (text, whole) = texts(&main);
        let at = [Step::Part(NAME.into())];
        hand_on_as(cx, &at, &text, None, Layout::Lines { first: 1 });
        cx.text_ends();
        cx.spend(main.len() as u64)?;
        if !whole {
            cx.gap(&at, GapKind::Corrupt, "records that end early");
        }
        doc::others(&mut container, &[NAME], cx);
        cx.gap(&[], GapKind::Opaque, "pictures and packed data");
        Ok(())
    }
}

/// The text of all atoms, a line each, and whether the records hold together.
fn texts(stream: &[u8]) -> (String, bool) {
    let mut out = String::new();
    let mut at = 0;
    while let Some(head) = stream.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        if *head == [0; 8] {
            // Some writers begin the records at a sector's start: nothing up to there.
            let rest = stream.get(at..).unwrap_or_default();
            at += rest.iter().position(|b| *b != 0).unwrap_or(rest.len());
            continue;
        }
        let [version, _, kind @ .., l0, l1, l2, l3] = *head;
        let len = usize::try_from(u32::from_le_bytes([l0, l1, l2, l3])).unwrap_or(usize::MAX);
        at += 8;
        // What holds other records is stepped into.
        // Some that newer programs keep for themselves claim so and hold a package instead.
        let packed = stream
            .get(at..)
            .is_some_and(|d| d.starts_with(b"PK\x03\x04"));
        if version & 0x0F == 0x0F && !packed {
            continue;
        }
        let Some(data) = stream.get(at..at.saturating_add(len)) else {
            return (out, false);
        };
        at += len;
        match u16::from_le_bytes(kind) {
            CHARS | STRING => {
                let units = data
                    .chunks_exact(2)
                    .map(|c| c.iter().rev().fold(0, |n, &b| n << 8 | u16::from(b)));
                out.extend(char::decode_utf16(units).map(|c| shown(c.unwrap_or('\u{FFFD}'))));
                out.push('\n');
            }
            BYTES => {
                out.extend(data.iter().map(|&b| shown(char::from(b))));
                out.push('\n');
            }
            _ => {}
        }
    }
    (out, at >= stream.len())
}

fn shown(c: char) -> char {
    match c {
        '\r' | '\u{B}' => '\n',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{archives::testing::read, ole::testing::compound};
    use proptest::prelude::*;

    fn record(kind: u16, version: u8, data: &[u8]) -> Vec<u8> {
        let mut out = vec![version, 0];
        out.extend(kind.to_le_bytes());
        out.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        out.extend(data);
        out
    }

    #[test]
    fn text_is_read_wherever_it_is_nested() {
        let wide: Vec<u8> = "电话 13400134000\r李四"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let inner = [
            record(CHARS, 0, &wide),
            record(BYTES, 0, b"tel 13400134001"),
        ]
        .concat();
        let main = [
            record(0x03E8, 0x0F, &record(0x0FF0, 0x0F, &inner)),
            record(1, 0, b"xx"),
        ]
        .concat();
        let bytes = compound(&[
            ("PowerPoint Document", main),
            ("Current User", b"\0\0user 13400134002\0".to_vec()),
        ]);
        assert!(Ppt.probe(&bytes, b"a.ppt") >= Probe::Name);
        let (found, result) = read(&Ppt, &bytes, &[]);
        result.unwrap();
        for value in ["电话 13400134000\n李四", "13400134001", "13400134002"] {
            assert!(!found.places(value).is_empty(), "{value}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_have_some_text(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = texts(&bytes);
        }
    }
}
