//! Zip archives.
//!
//! Read: every member, in the directory's order; names, comments and bytes that belong to no member
//! are text too. Written: same order, method, times and attributes; members without changes are
//! copied still compressed; extra fields and stray bytes are dropped. Not read: encrypted members,
//! methods other than stored and deflated, and the packages that [`sniff`] names.

use super::{
    bytes::Bytes,
    copy::{MemberCopy, Packed},
    directory::{Directory, Entry},
    inflate::Inflate,
    locked::Locked,
    sniff::{self, Package},
    write::{Face, Writer},
};
use crate::formats::{
    Cx, Format, FormatError, Ofd, OpenDocument, Output, Probe, Source, Xlsx, spill::Spool,
};
use crate::model::{Charset, Edit, FormatId, Fragment, GapKind, Layout, Name, Step};
use encoding_rs::GB18030;
use std::{
    cell::{OnceCell, RefCell},
    collections::{HashMap, HashSet},
    io::{self, Read},
};

/// Zip archives.
#[derive(Debug, Clone, Copy)]
pub struct Zip;

impl Format for Zip {
    fn id(&self) -> FormatId {
        "zip"
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        match sniff::head(head) {
            Some(Package::Plain) => Probe::Bytes,
            _ => Probe::No,
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let limits = cx.limits;
        let bytes = Bytes::open(source, limits.held_bytes)?;
        let directory = Directory::read(&bytes, limits)?;
        match package(&bytes, &directory)? {
            Package::Plain => {}
            Package::Workbook | Package::Document | Package::Presentation => {
                return match &bytes {
                    Bytes::Owned(held) => Xlsx.run(&mut Source::slice(held), cx, out),
                    _ => Xlsx.run(source, cx, out),
                };
            }
            package if package == crate::formats::ofd::PACKAGE => {
                return match &bytes {
                    Bytes::Owned(held) => Ofd.run(&mut Source::slice(held), cx, out),
                    _ => Ofd.run(source, cx, out),
                };
            }
            Package::OpenText | Package::OpenSpreadsheet | Package::OpenPresentation => {
                return match &bytes {
                    Bytes::Owned(held) => OpenDocument::ODT.run(&mut Source::slice(held), cx, out),
                    _ => OpenDocument::ODT.run(source, cx, out),
                };
            }
            Package::BinaryWorkbook => return Err(FormatError::Unsupported("binary workbook")),
            Package::Other(what) => return Err(FormatError::Unsupported(what)),
        }
        cx.read(bytes.len());
        Run {
            bytes: &bytes,
            directory: &directory,
            locked: OnceCell::new(),
        }
        .all(cx, out)
    }
}

/// What a zip file is by its whole directory.
pub(crate) fn package(bytes: &Bytes<'_>, directory: &Directory) -> Result<Package, FormatError> {
    let mime = directory
        .entries
        .first()
        .filter(|e| e.name == b"mimetype" && e.method == 0)
        .map(|e| bytes.vec(e.data_at, e.data_at + e.packed.min(80)))
        .transpose()?;
    let names = directory.entries.iter().map(|e| e.name.as_slice());
    Ok(sniff::directory(names, mime.as_deref()))
}

/// How the bytes of a name or comment are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Utf8,
    Gb18030,
    /// As neither; matched with replacement characters, never rewritten.
    Unknown,
}

/// Text of a name or comment. What is not valid UTF-8 is tried as GB 18030, which most archives
/// made on Chinese systems use without saying so.
pub(super) fn decode(raw: &[u8]) -> (String, Coding) {
    if let Ok(text) = std::str::from_utf8(raw) {
        return (text.to_owned(), Coding::Utf8);
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(raw) {
        Some(text) => (text.into_owned(), Coding::Gb18030),
        None => (String::from_utf8_lossy(raw).into_owned(), Coding::Unknown),
    }
}

/// Bytes of a changed name or comment and whether they are UTF-8 beyond ASCII.
pub(super) fn encode(text: &str, coding: Coding) -> Vec<u8> {
    if coding == Coding::Gb18030 {
        let (bytes, _, lost) = GB18030.encode(text);
        if !lost {
            return bytes.into_owned();
        }
    }
    text.as_bytes().to_vec()
}

/// Puts the edits into a text.
pub(super) fn edited(text: &str, edits: &[Edit]) -> Option<String> {
    if edits.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.span.start()).unwrap_or_default());
        out.push_str(&edit.with);
        at = edit.span.end();
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Some(out)
}

/// Name and comment of a member as they are to be written.
#[derive(Debug)]
struct Looks {
    shown: Name,
    name: Option<Vec<u8>>,
    comment: Option<Vec<u8>>,
    utf8: bool,
}

/// The names of a copy's members: those that become equal are numbered, so that none hides another.
#[derive(Debug)]
struct Names<'d> {
    directory: &'d Directory,
    /// Names that are there already; filled at the first new name.
    taken: HashSet<Vec<u8>>,
    /// The next number to try for a name, so that many equal names are not as many tries each.
    numbers: HashMap<String, u64>,
}

impl<'d> Names<'d> {
    fn new(directory: &'d Directory) -> Self {
        Self {
            directory,
            taken: HashSet::new(),
            numbers: HashMap::new(),
        }
    }

    /// The name, or `name (2).ext` when another member has it. Folders may be named twice.
    fn free(&mut self, wanted: &str, coding: Coding) -> String {
        if wanted.ends_with('/') {
            return wanted.to_owned();
        }
        if self.taken.is_empty() {
            let names = self.directory.entries.iter().map(|e| e.name.clone());
            self.taken.extend(names);
        }
        if self.taken.insert(encode(wanted, coding)) {
            return wanted.to_owned();
        }
        let last = wanted.rfind('/').map_or(0, |i| i + 1);
        let dot = wanted.rfind('.').filter(|&d| d > last);
        let (stem, extension) = wanted.split_at(dot.unwrap_or(wanted.len()));
        let next = self.numbers.entry(wanted.to_owned()).or_insert(2);
        loop {
            let name = format!("{stem} ({next}){extension}");
            *next += 1;
            if self.taken.insert(encode(&name, coding)) {
                return name;
            }
        }
    }
}

struct Run<'r> {
    bytes: &'r Bytes<'r>,
    directory: &'r Directory,
    /// The archive as the reader of encrypted members has it, once one was met.
    locked: OnceCell<Option<RefCell<Locked<'r>>>>,
}

impl Run<'_> {
    fn all(&self, cx: &mut Cx<'_>, out: Option<&mut dyn Output>) -> Result<(), FormatError> {
        let (comment, coding) = decode(&self.directory.comment);
        let new_comment = if comment.is_empty() {
            None
        } else {
            edited(
                &comment,
                cx.string(&[Step::Field("$comment".into())], &comment, None),
            )
            .map(|text| encode(&text, coding))
        };
        self.strays(cx, out.is_some())?;
        let odd = !self.directory.strays.is_empty()
            || self
                .directory
                .entries
                .iter()
                .any(|e| e.odd_extra || e.local_name.is_some() || !e.extra_texts.is_empty());
        let writing = out.is_some();
        let (mut out, mut writer) = (out, None);
        if odd || new_comment.is_some() {
            writer = out.take().map(|out| Writer::new(out));
        }
        let mut names = Names::new(self.directory);
        for (index, entry) in self.directory.entries.iter().enumerate() {
            let looks = looks(entry, cx, writing, &mut names)?;
            let packed = self.member(entry, &looks, cx, writing)?;
            let changed = packed.is_some() || looks.name.is_some() || looks.comment.is_some();
            // Nothing is written as long as nothing differs.
            if let Some(out) = out.take_if(|_| changed) {
                let mut new = Writer::new(out);
                for before in self.directory.entries.iter().take(index) {
                    new.copy(self.bytes, before, Face::of(before))?;
                }
                writer = Some(new);
            }
            let Some(writer) = &mut writer else {
                continue;
            };
            let face = Face {
                name: looks.name.as_deref().unwrap_or(&entry.name),
                comment: looks.comment.as_deref().unwrap_or(&entry.comment),
                utf8: looks.utf8,
            };
            match packed {
                Some(packed) => writer.packed(entry, face, &packed)?,
                None => writer.copy(self.bytes, entry, face)?,
            }
        }
        if let Some(writer) = writer {
            writer.finish(new_comment.as_deref().unwrap_or(&self.directory.comment))?;
        } else if let Some(out) = out {
            io::copy(&mut self.bytes.stretch(0, self.bytes.len()), out)?;
        }
        Ok(())
    }

    /// One member; its new data when it was copied and changed.
    fn member(
        &self,
        entry: &Entry,
        looks: &Looks,
        cx: &mut Cx<'_>,
        writing: bool,
    ) -> Result<Option<Packed>, FormatError> {
        if entry.is_folder() {
            return Ok(None);
        }
        let limits = cx.limits;
        if entry.is_encrypted()
            && let Some(plain) = self.unlocked(entry, cx)?
        {
            if writing {
                return Err(FormatError::Withheld(
                    GapKind::Encrypted,
                    "a copy would not be encrypted as its source is".into(),
                ));
            }
            cx.member(&looks.shown, &mut Source::slice(&plain), None)?;
            cx.spend(plain.len() as u64)?;
            return Ok(None);
        }
        let mut inflate = match Inflate::new(self.bytes, entry, limits, cx.room()) {
            Ok(inflate) => inflate,
            Err(e) => {
                cx.unread(&looks.shown, entry.size, &e)?;
                return if writing { Err(withheld(&e)) } else { Ok(None) };
            }
        };
        let mut source = match Source::stream(&mut inflate) {
            Ok(source) => source,
            Err(e) => {
                cx.unread(&looks.shown, entry.size, &e)?;
                return if writing { Err(withheld(&e)) } else { Ok(None) };
            }
        };
        let mut copy = writing
            .then(|| {
                let spool = Spool::new(&limits.spill, limits.held_bytes);
                MemberCopy::new(self.bytes, entry, limits, &spool)
            })
            .transpose()?;
        let result = cx.member(
            &looks.shown,
            &mut source,
            copy.as_mut().map(|c| c as &mut dyn Output),
        );
        drop(source);
        cx.spend(inflate.produced())?;
        result?;
        copy.map(MemberCopy::finish)
            .transpose()
            .map(Option::flatten)
    }

    /// An encrypted member, when one of the user's passwords opens it.
    fn unlocked(&self, entry: &Entry, cx: &mut Cx<'_>) -> Result<Option<Vec<u8>>, FormatError> {
        let limits = cx.limits;
        if limits.passwords.is_empty() {
            return Ok(None);
        }
        cx.allow(entry.size, entry.packed)?;
        cx.spend(0)?;
        let open = || Locked::open(self.bytes).map(RefCell::new);
        let most = limits.held_bytes.min(cx.room());
        let locked = self.locked.get_or_init(open).as_ref();
        let Some(locked) = locked else {
            return Ok(None);
        };
        let mut locked = locked.borrow_mut();
        locked.member(entry, &limits.passwords, most, &cx.clock())
    }

    /// Bytes that belong to no member: read as text when scanning. A copy goes without them.
    fn strays(&self, cx: &mut Cx<'_>, writing: bool) -> Result<(), FormatError> {
        for &(start, end) in &self.directory.strays {
            let at = [Step::Field(format!("$bytes[{start}]"))];
            if !writing {
                cx.gap(&at, GapKind::Opaque, "bytes that belong to no member");
            }
            let mut reader = self.bytes.stretch(start, end);
            let mut base = start;
            loop {
                let mut chunk = Vec::new();
                (&mut reader).take(1 << 20).read_to_end(&mut chunk)?;
                if chunk.is_empty() {
                    break;
                }
                cx.text(&Fragment {
                    at: &at,
                    bytes: &chunk,
                    charset: Charset::Utf8,
                    own: 0..chunk.len(),
                    base: Some(base),
                    layout: Layout::Whole,
                    label: None,
                });
                base += chunk.len() as u64;
                cx.spend(0)?;
            }
        }
        Ok(())
    }
}

fn withheld(error: &FormatError) -> FormatError {
    FormatError::Withheld(error.kind(), error.to_string())
}

/// Hands the texts of an entry on and gives what is to be written for them.
fn looks(
    entry: &Entry,
    cx: &mut Cx<'_>,
    writing: bool,
    names: &mut Names<'_>,
) -> Result<Looks, FormatError> {
    let (text, coding) = decode(&entry.name);
    let shown = if coding == Coding::Unknown {
        Name::new(entry.name.clone())
    } else {
        Name::from(text.as_str())
    };
    let at = [Step::Member(shown.clone()), Step::Name];
    let hit = !cx.string(&at, &text, None).is_empty();
    let others = entry.local_name.iter().chain(&entry.extra_texts);
    for other in others {
        cx.string(&at, &decode(other).0, None);
    }
    if entry.odd_extra {
        let at = [Step::Member(shown.clone()), Step::Field("$extra".into())];
        crate::formats::strings::sweep(&entry.odd, &at, cx);
    }
    let mut utf8 = entry.flags & 0x800 != 0;
    let mut name = None;
    if writing {
        let new = cx.rename(&shown);
        if new != shown {
            let new_text = names.free(&new.text(), coding);
            let bytes = encode(&new_text, coding);
            utf8 |= bytes == new_text.as_bytes() && !bytes.is_ascii();
            name = Some(bytes);
        } else if hit {
            return Err(FormatError::Withheld(
                GapKind::Opaque,
                "a member's name could not be changed".into(),
            ));
        }
    }
    let (text, coding) = decode(&entry.comment);
    let comment = if text.is_empty() {
        None
    } else {
        let at = [Step::Member(shown.clone()), Step::Field("$comment".into())];
        edited(&text, cx.string(&at, &text, None)).map(|new| encode(&new, coding))
    };
    Ok(Looks {
        shown,
        name,
        comment,
        utf8,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{
        Limits,
        archives::testing::{copy, read, read_within, unzipped, zipped},
    };
    use crate::model::State;
    use proptest::prelude::*;
    use std::io::Write;

    const VALUE: &str = "13800138000";

    #[test]
    fn names_and_comments_are_texts() {
        let mut writer = ::zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        writer.set_comment(format!("电话 {VALUE}")).unwrap();
        let options = ::zip::write::SimpleFileOptions::default();
        writer
            .start_file(format!("a/{VALUE}.bin"), options)
            .unwrap();
        writer.write_all(b"\0\0").unwrap();
        writer.add_directory("b", options).unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        let (found, result) = read(&Zip, &bytes, &[]);
        result.unwrap();
        assert_eq!(
            found.places(VALUE),
            ["#$comment", &format!("!a/{VALUE}.bin#name")]
        );
    }

    /// A stored or deflated member as it lies, with extra fields before its data.
    fn single(method: u16, content: &[u8], data: &[u8], extra: &[u8]) -> Vec<u8> {
        let number = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
        let short = |n: usize| u16::try_from(n).unwrap().to_le_bytes();
        let sizes = [
            crc32fast::hash(content).to_le_bytes(),
            number(data.len()),
            number(content.len()),
        ];
        let shared = |extra: usize| {
            [
                &[20, 0, 0, 0][..],
                &method.to_le_bytes(),
                &[0; 4],
                &sizes.concat(),
                &short(5),
                &short(extra),
            ]
            .concat()
        };
        let local = [
            &b"PK\x03\x04"[..],
            &shared(extra.len()),
            b"a.txt",
            extra,
            data,
        ]
        .concat();
        let central = [&b"PK\x01\x02\x14\0"[..], &shared(0), &[0; 14], b"a.txt"].concat();
        let end = [
            &b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..],
            &number(central.len()),
            &number(local.len()),
            &[0; 2],
        ];
        [local, central, end.concat()].concat()
    }

    #[test]
    fn what_extra_fields_before_the_data_hold_is_read_and_dropped() {
        let text = format!("call {VALUE}");
        let field = |id: u16| [&id.to_le_bytes()[..], &[16, 0], text.as_bytes()].concat();
        let long = [
            &0xA220_u16.to_le_bytes()[..],
            &[80, 0],
            &[b' '; 64],
            text.as_bytes(),
        ]
        .concat();
        for extra in [field(0x9999), long, text.as_bytes().to_vec()] {
            let bytes = single(0, b"keep", b"keep", &extra);
            let (found, result) = read(&Zip, &bytes, &[]);
            result.unwrap();
            assert_eq!(found.places(VALUE), ["!a.txt#$extra"]);
            let (out, result) = copy(&Zip, &bytes, &["no such value"]);
            result.unwrap();
            assert!(memchr::memmem::find(&out, VALUE.as_bytes()).is_none());
            assert_eq!(unzipped(&out), [(b"a.txt".to_vec(), b"keep".to_vec())]);
        }
        let time = single(0, b"keep", b"keep", &[0x55, 0x54, 5, 0, 1, 1, 2, 3, 4]);
        assert_eq!(copy(&Zip, &time, &["no such value"]).0, time);
    }

    #[test]
    fn bytes_behind_the_compressed_data_of_a_member_are_damage() {
        let mut packer =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(6));
        packer.write_all(b"keep").unwrap();
        let data = packer.finish().unwrap();
        assert!(
            read(&Zip, &single(8, b"keep", &data, b""), &[])
                .0
                .members
                .iter()
                .all(|m| m.2 == State::Read)
        );
        let bytes = single(8, b"keep", &[&data[..], VALUE.as_bytes()].concat(), b"");
        let (found, result) = read(&Zip, &bytes, &[]);
        result.unwrap();
        assert!(
            found.members.iter().all(|m| m.2 != State::Read),
            "{:?}",
            found.members
        );
        assert!(copy(&Zip, &bytes, &["no such value"]).1.is_err());
    }

    #[test]
    fn gbk_names_are_read_and_renamed_in_gbk() {
        let raw = GB18030.encode("名单_13800138000/").0.into_owned();
        let placeholder = "x".repeat(raw.len() - 1) + "/";
        let mut bytes = zipped(&[(placeholder.as_str(), "")]);
        while let Some(at) = memchr::memmem::find(&bytes, placeholder.as_bytes()) {
            bytes[at..at + raw.len()].copy_from_slice(&raw);
        }
        let (found, result) = read(&Zip, &bytes, &[]);
        result.unwrap();
        assert_eq!(found.places("名单_13800138000").len(), 1);
        let (out, result) = copy(&Zip, &bytes, &[VALUE]);
        result.unwrap();
        let want = GB18030.encode("名单_***********/").0.into_owned();
        assert_eq!(unzipped(&out), [(want, Vec::new())]);
    }

    #[test]
    fn packages_without_reader_are_named() {
        let bytes = zipped(&[("META-INF/MANIFEST.MF", "x")]);
        let (_, result) = read(&Zip, &bytes, &[]);
        assert!(matches!(
            result,
            Err(FormatError::Unsupported("Java archive"))
        ));
        assert_eq!(sniff::unread(&bytes), Some("Java archive"));
        assert_eq!(Zip.probe(&bytes, b"x.zip"), Probe::No);
        assert_eq!(Zip.probe(&zipped(&[("a", "b")]), b"x"), Probe::Bytes);
    }

    #[test]
    fn a_member_past_the_bounds_is_a_gap() {
        let bytes = zipped(&[("z.txt", vec![b'a'; 3 << 20])]);
        let limits = Limits {
            member_bytes: 1 << 20,
            ..Limits::default()
        };
        let directory = Directory::read(&Bytes::Slice(&bytes), &limits).unwrap();
        let store = Bytes::Slice(&bytes);
        let mut inflate = Inflate::new(&store, &directory.entries[0], &limits, u64::MAX).unwrap();
        let error = io::copy(&mut inflate, &mut io::sink()).unwrap_err();
        assert!(matches!(FormatError::from(error), FormatError::Limit(_)));
        assert!(inflate.produced() < 2 << 20);
    }

    #[test]
    fn declared_sizes_are_not_believed() {
        let mut bytes = zipped(&[("z.txt", vec![b'a'; 70_000])]);
        let at = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
        bytes[at + 24..at + 28].copy_from_slice(&100u32.to_le_bytes());
        let store = Bytes::Slice(&bytes);
        let limits = Limits::default();
        let directory = Directory::read(&store, &limits).unwrap();
        let mut inflate = Inflate::new(&store, &directory.entries[0], &limits, u64::MAX).unwrap();
        let error = io::copy(&mut inflate, &mut io::sink()).unwrap_err();
        assert!(matches!(FormatError::from(error), FormatError::Corrupt(_)));
    }

    #[test]
    fn members_that_share_bytes_are_refused() {
        let bytes = zipped(&[("a", "one"), ("b", "two")]);
        let first = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
        let second = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
        let mut bad = bytes.clone();
        let offset: [u8; 4] = bytes[first + 42..first + 46].try_into().unwrap();
        bad[second + 42..second + 46].copy_from_slice(&offset);
        let (_, result) = read(&Zip, &bad, &[]);
        assert!(matches!(result, Err(FormatError::Corrupt(_))));
    }

    #[test]
    fn encrypted_members_and_unknown_methods_are_gaps() {
        for (offset, value, kind) in [
            (8, 1u16, GapKind::Encrypted),
            (10, 14, GapKind::Unsupported),
        ] {
            let mut bytes = zipped(&[("a.txt", "text")]);
            let at = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
            bytes[at + offset..at + offset + 2].copy_from_slice(&value.to_le_bytes());
            let (found, result) = read(&Zip, &bytes, &[]);
            result.unwrap();
            assert_eq!(found.members[0].2, State::Unread(kind));
            let (_, result) = copy(&Zip, &bytes, &[]);
            assert!(matches!(result, Err(FormatError::Withheld(k, _)) if k == kind));
        }
    }

    #[test]
    fn encrypted_members_are_read_with_the_right_password() {
        let aes = ::zip::AesMode::Aes256;
        let plain = ::zip::write::SimpleFileOptions::default;
        let mut writer = ::zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        let text = format!("电话 {VALUE}");
        for (name, options) in [
            ("aes.txt", plain().with_aes_encryption(aes, "第二个")),
            ("other.txt", plain().with_aes_encryption(aes, "unknown")),
            ("open.txt", plain()),
        ] {
            writer.start_file(name, options).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        let bytes = writer.finish().unwrap().into_inner();
        let (found, result) = read(&Zip, &bytes, &[]);
        result.unwrap();
        assert_eq!(found.places(VALUE).len(), 1);
        let limits = Limits {
            passwords: crate::formats::Passwords::read("first\n第二个\n"),
            ..Limits::default()
        };
        let (found, result) = read_within(&Zip, &bytes, &[], &limits);
        result.unwrap();
        assert_eq!(found.places(VALUE).len(), 2);
        let states: Vec<State> = found.members.iter().map(|m| m.2).collect();
        assert_eq!(states[1], State::Unread(GapKind::Encrypted));
    }

    #[test]
    fn stray_bytes_are_read_and_not_copied() {
        let bytes = zipped(&[("d/", "")]);
        let mut with = format!("before {VALUE}").into_bytes();
        with.extend_from_slice(&bytes);
        let (found, result) = read(&Zip, &with, &[]);
        result.unwrap();
        assert_eq!(found.places(VALUE).len(), 1);
        assert_eq!(found.gaps[0].1, GapKind::Opaque);
        let (out, result) = copy(&Zip, &with, &[]);
        result.unwrap();
        assert_eq!(out, bytes);
    }

    #[test]
    fn an_archive_without_changes_is_copied_as_it_is() {
        let bytes = zipped(&[("a/", ""), ("b/", "")]);
        let (out, result) = copy(&Zip, &bytes, &[VALUE]);
        result.unwrap();
        assert_eq!(out, bytes);
    }

    /// The least workbook, with one shared string.
    fn workbook(text: &str) -> Vec<u8> {
        let rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        zipped(&[
            ("[Content_Types].xml", "<Types/>".to_owned()),
            (
                "_rels/.rels",
                format!(
                    "<R><Relationship Id=\"a\" Type=\"{rel}/officeDocument\" Target=\"xl/workbook.xml\"/></R>"
                ),
            ),
            ("xl/workbook.xml", "<workbook/>".to_owned()),
            (
                "xl/sharedStrings.xml",
                format!("<sst><si><t>{text}</t></si></sst>"),
            ),
        ])
    }

    #[test]
    fn members_are_redacted_and_clean_ones_copied_still_compressed() {
        let (clean, dirty) = (workbook("nothing"), workbook(VALUE));
        let inner = zipped(&[("deep.xlsx", dirty.as_slice())]);
        let bytes = zipped(&[
            ("clean.xlsx", clean.as_slice()),
            ("dirty.xlsx", &dirty),
            ("inner.zip", &inner),
            ("last/", b""),
        ]);
        let (out, result) = copy(&Zip, &bytes, &[VALUE]);
        result.unwrap();
        let members = unzipped(&out);
        let names: Vec<_> = members.iter().map(|m| m.0.as_slice()).collect();
        assert_eq!(
            names,
            [&b"clean.xlsx"[..], b"dirty.xlsx", b"inner.zip", b"last/"]
        );
        let deep = unzipped(&members[2].1);
        for book in [&members[1].1, &deep[0].1] {
            let parts = unzipped(book);
            assert_eq!(parts[3].1, b"<sst><si><t>***********</t></si></sst>");
        }
        let store = Bytes::Slice(&bytes);
        let new = Bytes::Slice(&out);
        let limits = Limits::default();
        let raw = |store: &Bytes<'_>| {
            let directory = Directory::read(store, &limits).unwrap();
            let first = &directory.entries[0];
            store.vec(first.data_at, first.data_end()).unwrap()
        };
        assert_eq!(raw(&store), raw(&new));
    }

    #[test]
    fn descriptors_are_read_and_not_written() {
        let mut writer = ::zip::ZipWriter::new_stream(Vec::new());
        let options = ::zip::write::SimpleFileOptions::default();
        writer.start_file("a.xlsx", options).unwrap();
        writer.write_all(&workbook(VALUE)).unwrap();
        writer.start_file("b.xlsx", options).unwrap();
        writer.write_all(&workbook("x")).unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        let store = Bytes::Slice(&bytes);
        let directory = Directory::read(&store, &Limits::default()).unwrap();
        assert!(directory.entries[0].flags & 8 != 0 && directory.strays.is_empty());
        let (out, result) = copy(&Zip, &bytes, &[VALUE]);
        result.unwrap();
        let new = Bytes::Slice(&out);
        let directory = Directory::read(&new, &Limits::default()).unwrap();
        assert!(directory.entries.iter().all(|e| e.flags & 8 == 0));
        assert_eq!(unzipped(&out)[1], unzipped(&bytes)[1]);
    }

    proptest! {
        #[test]
        fn damaged_archives_end_in_a_result(flips in proptest::collection::vec((0usize..600, any::<u8>()), 0..6), cut in 0usize..200) {
            let inner = zipped(&[("x", "y")]);
            let mut bytes = zipped(&[("a.zip", inner), ("b.bin", vec![0; 400])]);
            for (at, value) in flips {
                let at = at % bytes.len();
                bytes[at] = value;
            }
            bytes.truncate(bytes.len().saturating_sub(cut));
            let _ = read(&Zip, &bytes, &[]);
            let _ = copy(&Zip, &bytes, &["x"]);
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let mut bytes = zipped(&[("x", "y")]);
        for _ in 0..20 {
            bytes = zipped(&[("n.zip", bytes)]);
        }
        let limits = Limits::default();
        let (found, result) = read_within(&Zip, &bytes, &[], &limits);
        result.unwrap();
        assert!(found.gaps.iter().any(|g| g.1 == GapKind::Limit));
        assert!(found.members.len() <= limits.depth as usize + 1);
    }
}
