//! Word 97 to 2003 documents and what other programs write in that form (doc, dot, wps).
//!
//! Read: the text of all stories (body, notes, headers, annotations, text boxes) piece by piece in the
//! order of the text, tables as cells; text that a fast save has left between pieces; text in all other
//! streams, properties and macros among them, as far as it stands there as text. Not read, and so always
//! partly: pictures, packed data. Encrypted documents (RC4) are read when a password opens them. A copy is converted.
//!
//! Standard: MS-DOC 2.5 (file information block), 2.8.35 and 2.9.38 (piece table).

use super::{
    Cx, Format, FormatError, Output, Probe, Source,
    le::{size_at, u16_at},
    ole::{self, Container, Kind},
    ooxml::{macros, sweep::Whole},
    rtf::story::{Change, Story},
    strings, unlock,
};
use crate::formats::Splice;
use crate::model::{Ability, FormatId, GapKind, Step};
use encoding_rs::WINDOWS_1252;
use std::ops::Range;

/// Word 97 to 2003 documents.
#[derive(Debug, Clone, Copy)]
pub struct Doc;

/// `WordDocument` in UTF-16, as the directory of a compound file writes it.
const STREAM: &[u8] = b"W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0";
const WORKBOOK: &[u8] = b"W\0o\0r\0k\0b\0o\0o\0k\0\0\0";
/// Where the file information block tells of the piece table.
const CLX: usize = 0x01A2;

impl Format for Doc {
    fn id(&self) -> FormatId {
        "doc"
    }

    fn ability(&self) -> Ability {
        Ability::Read
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        let name = name.to_ascii_lowercase();
        let named = [&b".doc"[..], b".dot", b".wps", b".wpt"]
            .iter()
            .any(|e| name.ends_with(e));
        if !head.starts_with(ole::MAGIC) {
            Probe::No
        } else if memchr::memmem::find(head, STREAM).is_some()
            && (named || memchr::memmem::find(head, WORKBOOK).is_none())
        {
            // A workbook can hold a document.
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
        let raw = source.held(cx.limits.held_bytes)?;
        cx.read(raw.len() as u64);
        let mut container = Container::read(&raw)?;
        let mut main = stream(&mut container, "WordDocument")?.ok_or(FormatError::Unsupported(
            "OLE compound file without a document",
        ))?;
        let lock = Lock::open(&mut main, &mut container, cx)?;
        let at = [Step::Part("WordDocument".into())];
        if let Some(pieces) = pieces(&main, &mut container, lock.as_ref())? {
            text(&main, &pieces, &at, cx)?;
            cx.text_ends();
            for gap in between(&pieces, main.len()) {
                strings::sweep(main.get(gap).unwrap_or_default(), &at, cx);
            }
        } else {
            strings::sweep(&main, &at, cx);
            cx.gap(&at, GapKind::Opaque, "a document of Word 95 or before");
        }
        if let Some(lock) = &lock {
            for name in LOCKED {
                let at = [Step::Part(name.into())];
                if let Some(sealed) = stream(&mut container, name)? {
                    strings::sweep(&lock.plain(name, sealed.clone()), &at, cx);
                    // A table that the document does not name may be in clear.
                    if name != lock.table && name != DATA {
                        strings::sweep(&sealed, &at, cx);
                    }
                }
            }
            others(
                &mut container,
                &["WordDocument", "0Table", "1Table", "Data"],
                cx,
            );
        } else {
            others(&mut container, &["WordDocument"], cx);
        }
        cx.gap(&[], GapKind::Opaque, "pictures and packed data");
        Ok(())
    }
}

/// Streams beside the main one that are encrypted with it.
const LOCKED: [&str; 3] = ["0Table", "1Table", DATA];
const DATA: &str = "Data";
/// Bytes that are encrypted together.
const BLOCK: usize = 512;
/// The part of the main stream that is never encrypted.
const CLEAR: usize = 68;

/// What opens an encrypted document.
struct Lock {
    cipher: unlock::Cipher,
    /// The table that begins with the header of the encryption, and the bytes of that.
    table: &'static str,
    header: usize,
}

impl Lock {
    /// Opens the main stream, when it is encrypted.
    fn open(
        main: &mut [u8],
        container: &mut Container<'_>,
        cx: &Cx<'_>,
    ) -> Result<Option<Self>, FormatError> {
        let flags = u16_at(main, 0x0A).unwrap_or(0);
        if u16_at(main, 0) != Some(0xA5EC) || flags & 0x0100 == 0 {
            return Ok(None);
        }
        let passwords: Vec<&str> = cx.limits.passwords.iter().collect();
        let name = table_name(flags);
        let table = stream(container, name)?.unwrap_or_default();
        let header = size_at(main, 0x0E).unwrap_or(0);
        // Obfuscated by XOR: the method of Word 95.
        let cipher = (flags & 0x8000 == 0)
            .then(|| table.get(..header))
            .flatten()
            .and_then(|raw| unlock::Cipher::open(raw, &passwords))
            .ok_or(FormatError::Encrypted)?;
        if cx.is_converting() {
            return Err(FormatError::Withheld(
                GapKind::Encrypted,
                "a password opened it: nothing is encrypted anew".into(),
            ));
        }
        cipher.decrypt(main, BLOCK, |at| at < CLEAR);
        Ok(Some(Self {
            cipher,
            table: name,
            header,
        }))
    }

    /// A stream beside the main one in clear ([MS-DOC] 2.2.6.2 and 2.2.6.3).
    fn plain(&self, name: &str, mut stream: Vec<u8>) -> Vec<u8> {
        let header = if name == self.table { self.header } else { 0 };
        self.cipher.decrypt(&mut stream, BLOCK, |at| at < header);
        stream
    }
}

fn table_name(flags: u16) -> &'static str {
    if flags & 0x0200 == 0 {
        "0Table"
    } else {
        "1Table"
    }
}

/// A stream of the root storage.
pub(super) fn stream(
    container: &mut Container<'_>,
    name: &str,
) -> Result<Option<Vec<u8>>, FormatError> {
    let number = container
        .entries
        .iter()
        .position(|e| e.kind == Kind::Stream && e.path == name);
    number.map(|n| container.stream(n)).transpose()
}

/// Text in all streams but these.
pub(super) fn others(container: &mut Container<'_>, but: &[&str], cx: &mut Cx<'_>) {
    for number in 0..container.entries.len() {
        let Some(entry) = container.entries.get(number) else {
            continue;
        };
        if entry.kind != Kind::Stream || but.contains(&entry.path.as_str()) {
            continue;
        }
        let at = [Step::Part(entry.path.clone())];
        match container.stream(number) {
            Ok(stream) => macros::stream(&stream, &at, cx),
            Err(e) => cx.gap(&at, e.kind(), &e.to_string()),
        }
    }
    for part in container.leftovers() {
        strings::sweep(part, &[Step::Field("$leftover".into())], cx);
    }
}

/// A run of text in the main stream.
#[derive(Debug, Clone)]
struct Piece {
    bytes: Range<usize>,
    /// Two bytes a character.
    wide: bool,
}

/// The pieces in the order of the text; `None` for documents of Word 95 and before.
fn pieces(
    main: &[u8],
    container: &mut Container<'_>,
    lock: Option<&Lock>,
) -> Result<Option<Vec<Piece>>, FormatError> {
    const DAMAGED: FormatError = FormatError::Corrupt("the piece table of a document");
    if u16_at(main, 0) != Some(0xA5EC) {
        return Ok(None);
    }
    let flags = u16_at(main, 0x0A).ok_or(DAMAGED)?;
    let name = table_name(flags);
    let table = stream(container, name)?.ok_or(DAMAGED)?;
    let table = match lock {
        Some(lock) => lock.plain(name, table),
        None => table,
    };
    let start = size_at(main, CLX).ok_or(DAMAGED)?;
    let len = size_at(main, CLX + 4).ok_or(DAMAGED)?;
    let end = start.checked_add(len).ok_or(DAMAGED)?;
    let clx = table.get(start..end).ok_or(DAMAGED)?;
    let mut at = 0;
    // Property modifiers stand before the table.
    while clx.get(at) == Some(&1) {
        at += 3 + usize::from(u16_at(clx, at + 1).ok_or(DAMAGED)?);
    }
    if clx.get(at) != Some(&2) {
        return Err(DAMAGED);
    }
    let len = size_at(clx, at + 1).ok_or(DAMAGED)?;
    let table = clx.get(at + 5..).ok_or(DAMAGED)?;
    let table = table.get(..len).unwrap_or(table);
    let count = table.len().saturating_sub(4) / 12;
    let mut out = Vec::new();
    for i in 0..count {
        let first = size_at(table, 4 * i).ok_or(DAMAGED)?;
        let last = size_at(table, 4 * i + 4).ok_or(DAMAGED)?;
        let at = size_at(table, 4 * (count + 1) + 8 * i + 2).ok_or(DAMAGED)?;
        let chars = last.checked_sub(first).ok_or(DAMAGED)?;
        let wide = at & 0x4000_0000 == 0;
        let at = at & 0x3FFF_FFFF;
        let (start, len) = if wide {
            (at, chars.saturating_mul(2))
        } else {
            (at / 2, chars)
        };
        let end = start.checked_add(len).filter(|&e| e <= main.len());
        out.push(Piece {
            bytes: start..end.ok_or(DAMAGED)?,
            wide,
        });
    }
    Ok(Some(out))
}

/// What lies between the pieces.
fn between(pieces: &[Piece], end: usize) -> Vec<Range<usize>> {
    let mut taken: Vec<Range<usize>> = pieces.iter().map(|p| p.bytes.clone()).collect();
    taken.sort_by_key(|r| r.start);
    let (mut out, mut at) = (Vec::new(), 0);
    for range in taken.into_iter().chain(std::iter::once(end..end)) {
        if range.start > at {
            out.push(at..range.start);
        }
        at = at.max(range.end);
    }
    out
}

fn text(main: &[u8], pieces: &[Piece], at: &[Step], cx: &mut Cx<'_>) -> Result<(), FormatError> {
    let mut reader = Reader {
        story: Story::new(at.to_vec(), None),
        splice: Splice::default(),
        whole: Whole::default(),
        tables: 0,
        cell_ended: false,
    };
    for piece in pieces {
        let raw = main.get(piece.bytes.clone()).unwrap_or_default();
        if piece.wide {
            let units = raw.chunks_exact(2).map(|c| u16_at(c, 0).unwrap_or(0));
            for c in char::decode_utf16(units) {
                reader.char(c.unwrap_or('\u{FFFD}'), cx);
            }
        } else {
            for c in WINDOWS_1252.decode_without_bom_handling(raw).0.chars() {
                reader.char(c, cx);
            }
        }
        cx.spend(raw.len() as u64)?;
    }
    reader
        .story
        .finish(WINDOWS_1252, &reader.whole, &mut reader.splice, cx);
    Ok(())
}

/// Puts characters together to lines and cells.
struct Reader {
    story: Story,
    splice: Splice,
    whole: Whole,
    tables: u32,
    cell_ended: bool,
}

impl Reader {
    fn char(&mut self, c: char, cx: &mut Cx<'_>) {
        let ended = std::mem::replace(&mut self.cell_ended, c == '\u{7}');
        match c {
            // The mark of a row follows that of its last cell.
            '\u{7}' if ended => {
                self.cell_ended = false;
                self.story.end_row(&self.whole, &mut self.splice, cx);
            }
            '\u{7}' => self.story.end_cell(&mut self.tables),
            '\r' | '\u{C}' | '\u{E}' => {
                self.story.end_line(&self.whole, &mut self.splice, cx);
            }
            '\u{B}' => self.story.mark("\n"),
            '\t' => self.story.mark("\t"),
            '\u{1E}' => self.story.mark("-"),
            // Codes of fields stand between these marks: apart from the text around them.
            '\u{13}'..='\u{15}' => self.story.mark(" "),
            '\0'..='\u{1F}' => {}
            c => {
                let mut buffer = [0; 4];
                self.story
                    .push(c.encode_utf8(&mut buffer), 0..0, Change::None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{archives::testing::read, ole::testing::compound};
    use proptest::prelude::*;

    /// A document of one piece in each width.
    fn document(narrow: &str, wide: &str) -> Vec<u8> {
        let mut main = vec![0; 0x400];
        main[..2].copy_from_slice(&0xA5EC_u16.to_le_bytes());
        main[0x0A..0x0C].copy_from_slice(&0x0200_u16.to_le_bytes());
        let narrow_at = main.len();
        main.extend(narrow.bytes());
        let wide_at = main.len();
        main.extend(wide.encode_utf16().flat_map(u16::to_le_bytes));
        main.extend(b"leftover 13500135009 ");
        let mut table = vec![2];
        let units = wide.encode_utf16().count();
        table.extend(28u32.to_le_bytes());
        for n in [0, narrow.len(), narrow.len() + units] {
            table.extend(u32::try_from(n).unwrap().to_le_bytes());
        }
        for fc in [(narrow_at * 2) | 0x4000_0000, wide_at] {
            table.extend([0, 0]);
            table.extend(u32::try_from(fc).unwrap().to_le_bytes());
            table.extend([0, 0]);
        }
        let len = u32::try_from(table.len()).unwrap();
        main[CLX + 4..CLX + 8].copy_from_slice(&len.to_le_bytes());
        // Large enough to have sectors of its own.
        table.resize(5000, 0);
        compound(&[
            ("WordDocument", main),
            ("1Table", table),
            ("Other", b"\0\0phone 13500135008\0".to_vec()),
        ])
    }

    #[test]
    fn all_pieces_and_streams_are_read() {
        let bytes = document(
            "tel 1350013",
            "5000\r姓名\u{7}电话\u{7}\u{7}张三\u{7}b\u{7}\u{7}x\r",
        );
        assert!(Doc.probe(&bytes[..4096.min(bytes.len())], b"a.doc") >= Probe::Name);
        let (found, result) = read(&Doc, &bytes, &[]);
        result.unwrap();
        for value in ["tel 13500135000", "13500135008", "13500135009"] {
            assert!(!found.places(value).is_empty(), "{value}");
        }
        assert_eq!(found.blocks.len(), 1);
        assert!(!found.places("姓名\t电话\t\n张三\tb\t\n").is_empty());
        // A sector that no stream has.
        let mut freed = bytes.clone();
        freed.resize(freed.len().next_multiple_of(512), 0);
        freed.extend_from_slice(b"freed 13500135007");
        freed.resize(freed.len().next_multiple_of(512), 0);
        let (found, result) = read(&Doc, &freed, &[]);
        result.unwrap();
        assert_eq!(found.places("13500135007"), ["#$leftover"]);
    }

    /// The copy of a document, as `inkout redact` makes it.
    fn copied(bytes: &[u8], legacy: crate::formats::Legacies) -> Result<Vec<u8>, FormatError> {
        use crate::{detect::Detector, digest::JobKey, rules, scan};
        let set = std::sync::Arc::new(rules::RuleSet::builtin().unwrap());
        let detector = Detector::new(set, 50).unwrap();
        let limits = crate::formats::Limits {
            legacy,
            ..crate::formats::Limits::default()
        };
        let reader = scan::Reader {
            detector: &detector,
            key: &JobKey::new([3; 32]),
            limits: &limits,
        };
        let purpose = scan::Purpose {
            samples: 0,
            all: false,
            shown: scan::Shown::Masked,
            redact: Some(rules::Profile::Label),
            values: None,
            everywhere: None,
        };
        let which = scan::Which {
            root: 0,
            path: &crate::model::Name::from("a.doc"),
        };
        let mut out = std::io::Cursor::new(Vec::new());
        let mut source = Source::slice(bytes);
        scan::file(&reader, which, purpose, &mut source, Some(&mut out)).1?;
        Ok(out.into_inner())
    }

    #[test]
    fn a_copy_is_a_document_of_today_with_the_text_alone() {
        use crate::formats::{Legacies, Office};
        let bytes = document(
            "tel 1350013",
            "5000\r姓名\u{7}电话\u{7}\u{7}张三\u{7}13500135001\u{7}\u{7}其余 < 不变\r",
        );
        let copy = copied(&bytes, Legacies::Convert).unwrap();
        assert_eq!(copy, copied(&bytes, Legacies::Convert).unwrap());
        let (found, result) = read(&Office::DOCX, &copy, &[]);
        result.unwrap();
        for kept in ["其余 < 不变", "姓名", "电话"] {
            assert!(!found.places(kept).is_empty(), "{kept}");
        }
        // In the order of the document: the line before the table, the table, the line behind it.
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(&copy)).unwrap();
        let mut part = zip.by_name("word/document.xml").unwrap();
        let mut xml = String::new();
        std::io::Read::read_to_string(&mut part, &mut xml).unwrap();
        let order = ["tel", "<w:tbl>", "姓名", "</w:tbl>", "其余"].map(|t| xml.find(t).unwrap());
        assert!(order.is_sorted(), "{xml}");
        // Neither values nor what lay between the pieces and in other streams.
        for gone in [
            "13500135000",
            "张三",
            "13500135001",
            "13500135008",
            "leftover",
        ] {
            assert!(found.places(gone).is_empty(), "{gone}");
        }
        assert!(matches!(
            copied(&bytes, Legacies::Withhold),
            Err(FormatError::Withheld(GapKind::Unsupported, _))
        ));
    }

    #[test]
    fn the_right_password_opens_a_document() {
        /// Made by another program: `fixtures/formats/protected/README.md`.
        const LETTER: &[u8] = include_bytes!("../../fixtures/formats/protected/letter.doc");
        let with = |passwords: &str| crate::formats::Limits {
            passwords: crate::formats::Passwords::read(passwords),
            ..crate::formats::Limits::default()
        };
        let read = crate::formats::archives::testing::read_within;
        let (_, result) = read(&Doc, LETTER, &[], &with("wrong\n"));
        assert!(matches!(result, Err(FormatError::Encrypted)), "{result:?}");
        let (found, result) = read(&Doc, LETTER, &[], &with("wrong\n客户2026\n"));
        result.unwrap();
        assert!(!found.places("电话13800138000").is_empty());
        assert!(!found.places("第119段文字内容").is_empty());
    }

    #[test]
    fn only_the_table_begins_with_what_is_not_encrypted() {
        const LETTER: &[u8] = include_bytes!("../../fixtures/formats/protected/letter.doc");
        let mut container = Container::read(LETTER).unwrap();
        let mut get = |name| stream(&mut container, name).unwrap().unwrap();
        let (main, table) = (get("WordDocument"), get("1Table"));
        let header = size_at(&main, 0x0E).unwrap();
        assert!(header > 40);
        let cipher = unlock::Cipher::open(&table[..header], &["客户2026"]).unwrap();
        // RC4 encrypts and decrypts alike.
        let sealed = |text: &[u8]| {
            let mut data = text.to_vec();
            data.resize(5000, 0);
            cipher.decrypt(&mut data, BLOCK, |_| false);
            data
        };
        let bytes = compound(&[
            ("WordDocument", main),
            ("1Table", table),
            ("0Table", sealed(b"13500135001 ")),
            ("Data", sealed(b"13500135002 ")),
        ]);
        let limits = crate::formats::Limits {
            passwords: crate::formats::Passwords::read("客户2026"),
            ..crate::formats::Limits::default()
        };
        let (found, result) =
            crate::formats::archives::testing::read_within(&Doc, &bytes, &[], &limits);
        result.unwrap();
        for value in ["电话13800138000", "13500135001", "13500135002"] {
            assert!(!found.places(value).is_empty(), "{value}");
        }
    }

    #[test]
    fn a_stream_may_be_read_twice() {
        let bytes = document("abc", "张三\r");
        let (found, result) = read(&Doc, &bytes, &[]);
        result.unwrap();
        let kinds: Vec<GapKind> = found.gaps.iter().map(|g| g.1).collect();
        assert!(!kinds.contains(&GapKind::Corrupt), "{kinds:?}");
    }

    proptest! {
        #[test]
        fn damage_is_bounded(at in 0usize..3000, value in any::<u8>()) {
            let mut bytes = document("abc", "张三\r");
            let at = at % bytes.len();
            bytes[at] = value;
            let _ = read(&Doc, &bytes, &[]);
        }
    }
}
