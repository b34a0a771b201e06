//! What the formats that pack one file share: gzip, bzip2, xz, Zstandard.
//!
//! Read: the packed file as the one member, streamed. Written: the source's bytes as long as nothing differs,
//! packed anew otherwise.

use super::bytes::Bytes;
use crate::formats::{Cx, FormatError, Limits, Output, Source, source::read_full, strings};
use crate::model::{GapKind, Name, Step};
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Unpacks one file.
pub(super) trait Unpack: Read {
    /// Where bytes begin that belong to nothing, once all was read.
    fn stray(&self) -> Option<u64>;
    /// Texts in headers that were met on the way, but for the first header.
    fn texts(&mut self) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

/// Packs one file.
pub(super) trait Pack: Write {
    /// Writes what is left.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// What stands before the packed bytes.
#[derive(Debug, Default)]
pub(super) struct Lead {
    /// The header to be written.
    pub(super) header: Vec<u8>,
    /// It is another than the source's.
    pub(super) changed: bool,
    /// The name of the file inside, as the header has it.
    pub(super) name: Option<String>,
}

/// A way of packing one file.
pub(super) trait Packing {
    /// Endings of names and what they stand for inside.
    fn endings(&self) -> &'static [(&'static str, &'static str)];
    /// Hands on the texts of the header.
    fn lead(&self, bytes: &Bytes<'_>, cx: &mut Cx<'_>, writing: bool) -> Result<Lead, FormatError> {
        let _ = (bytes, cx, writing);
        Ok(Lead::default())
    }
    /// Unpacks.
    fn unpack<'b>(&self, bytes: &'b Bytes<'b>) -> Box<dyn Unpack + 'b>;
    /// Packs, behind this lead.
    fn pack<'o>(
        &self,
        out: &'o mut dyn Output,
        lead: &Lead,
    ) -> Result<Box<dyn Pack + 'o>, FormatError>;
}

/// The name of the file inside.
fn inner_name(outer: &Name, lead: &Lead, endings: &[(&str, &str)]) -> Name {
    let text = outer.text();
    let lower = text.to_ascii_lowercase();
    for (ending, becomes) in endings {
        let stem = lower.strip_suffix(ending).map(str::len).filter(|n| *n > 0);
        if let Some(stem) = stem.and_then(|n| text.get(..n)) {
            return Name::from(format!("{stem}{becomes}").as_str());
        }
    }
    match lead.name.as_deref().filter(|n| !n.trim().is_empty()) {
        Some(name) => Name::from(name),
        None => Name::from("data"),
    }
}

/// Reads a packed file and, with an output, writes its copy.
pub(super) fn run(
    packing: &dyn Packing,
    source: &mut Source<'_>,
    cx: &mut Cx<'_>,
    out: Option<&mut dyn Output>,
) -> Result<(), FormatError> {
    let limits = cx.limits;
    let bytes = Bytes::open(source, limits.held_bytes)?;
    cx.read(bytes.len());
    let writing = out.is_some();
    let lead = packing.lead(&bytes, cx, writing)?;
    let name = inner_name(cx.name(), &lead, packing.endings());
    let mut plain = Plain {
        inner: packing.unpack(&bytes),
        limits,
        room: cx.room(),
        packed: bytes.len(),
        produced: 0,
    };
    let mut copy = out.map(|out| Copy::new(packing, &bytes, &lead, out));
    let result = {
        let mut source = match Source::stream(&mut plain) {
            Ok(source) => source,
            Err(e) => {
                cx.unread(&name, bytes.len(), &e)?;
                return if writing { Err(e) } else { Ok(()) };
            }
        };
        cx.member(
            &name,
            &mut source,
            copy.as_mut().map(|c| c as &mut dyn Output),
        )
    };
    // What a reader leaves is unpacked as well: the checksum stands at the end.
    let rest = io::copy(&mut plain, &mut io::sink()).map_err(FormatError::from);
    cx.spend(plain.produced)?;
    result?;
    if let Err(e) = rest {
        cx.gap(&[], e.kind(), &e.to_string());
        if writing {
            return Err(e);
        }
    }
    let texts = plain.inner.texts();
    for text in &texts {
        strings::sweep(text, &[Step::Field("$header".into())], cx);
    }
    if let Some(start) = plain.inner.stray() {
        strays(&bytes, start, cx, writing)?;
    }
    if let Some(copy) = copy {
        let odd = lead.changed || !texts.is_empty() || plain.inner.stray().is_some();
        copy.finish(odd)?;
    }
    Ok(())
}

/// Bytes behind the packed file: read as text when scanning. A copy goes without them.
fn strays(
    bytes: &Bytes<'_>,
    start: u64,
    cx: &mut Cx<'_>,
    writing: bool,
) -> Result<(), FormatError> {
    let at = [Step::Field(format!("$bytes[{start}]"))];
    if !writing {
        cx.gap(&at, GapKind::Opaque, "bytes behind the packed file");
    }
    let mut reader = bytes.stretch(start, bytes.len());
    loop {
        let mut chunk = Vec::new();
        (&mut reader).take(1 << 20).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            return Ok(());
        }
        strings::sweep(&chunk, &at, cx);
        cx.spend(0)?;
    }
}

/// Unpacked bytes within the limits.
struct Plain<'b> {
    inner: Box<dyn Unpack + 'b>,
    limits: &'b Limits,
    room: u64,
    packed: u64,
    produced: u64,
}

impl Read for Plain<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf).map_err(damaged)?;
        self.produced += n as u64;
        let limit = |what| Err(io::Error::other(FormatError::Limit(what)));
        if self.produced > self.limits.member_bytes {
            return limit("expanded bytes of one member");
        }
        if self.produced > 32 << 20 && self.produced / self.packed.max(1) > self.limits.ratio {
            return limit("expansion of one member");
        }
        if self.produced > self.room {
            return limit("expanded bytes of one file");
        }
        Ok(n)
    }
}

/// Errors of the decoders, which say more than is to be told.
pub(super) fn damaged(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidInput
        | io::ErrorKind::InvalidData
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::OutOfMemory => io::Error::other(FormatError::Corrupt("compressed data")),
        io::ErrorKind::Other if error.get_ref().is_none_or(|e| !e.is::<FormatError>()) => {
            io::Error::other(FormatError::Corrupt("compressed data"))
        }
        _ => error,
    }
}

enum State<'o> {
    Same(&'o mut dyn Output),
    Packing(Box<dyn Pack + 'o>),
    Gone,
}

/// Takes the copy of the file inside as it is written and compares it with the file: as long as nothing differs
/// nothing is packed.
struct Copy<'c, 'o> {
    packing: &'c dyn Packing,
    bytes: &'c Bytes<'c>,
    lead: &'c Lead,
    original: Box<dyn Unpack + 'c>,
    state: State<'o>,
    /// Bytes that are the same so far, then bytes written.
    at: u64,
    scratch: Vec<u8>,
}

impl<'c, 'o> Copy<'c, 'o> {
    fn new(
        packing: &'c dyn Packing,
        bytes: &'c Bytes<'c>,
        lead: &'c Lead,
        out: &'o mut dyn Output,
    ) -> Self {
        Self {
            packing,
            bytes,
            lead,
            original: packing.unpack(bytes),
            state: State::Same(out),
            at: 0,
            scratch: vec![0; 64 << 10],
        }
    }

    /// Begins to pack: what was the same so far is unpacked again and packed first.
    fn depart(&mut self) -> io::Result<&mut Box<dyn Pack + 'o>> {
        if let State::Same(out) = std::mem::replace(&mut self.state, State::Gone) {
            let mut pack = self
                .packing
                .pack(out, self.lead)
                .map_err(io::Error::other)?;
            let again = self.packing.unpack(self.bytes);
            io::copy(&mut again.take(self.at), &mut pack)?;
            self.state = State::Packing(pack);
        }
        match &mut self.state {
            State::Packing(pack) => Ok(pack),
            _ => Err(io::ErrorKind::Other.into()),
        }
    }

    /// Ends the copy; `odd` when it must not be the source's bytes.
    fn finish(mut self, odd: bool) -> Result<(), FormatError> {
        if matches!(self.state, State::Same(_)) {
            let mut one = [0; 1];
            if odd || read_full(&mut self.original, &mut one)? > 0 {
                self.depart()?;
            }
        }
        match self.state {
            State::Same(out) => {
                io::copy(&mut self.bytes.stretch(0, self.bytes.len()), out)?;
            }
            State::Packing(pack) => pack.finish()?,
            State::Gone => return Err(FormatError::Io(io::ErrorKind::Other)),
        }
        Ok(())
    }
}

impl Write for Copy<'_, '_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if let State::Packing(pack) = &mut self.state {
            let n = pack.write(buf)?;
            self.at += n as u64;
            return Ok(n);
        }
        let n = buf.len().min(self.scratch.len());
        let (Some(now), Some(before)) = (buf.get(..n), self.scratch.get_mut(..n)) else {
            return Ok(0);
        };
        let got = read_full(&mut self.original, before)?;
        if got == n && before == now {
            self.at += n as u64;
            return Ok(n);
        }
        self.depart()?.write_all(now)?;
        self.at += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Copy<'_, '_> {
    /// Tells the position; what is packed is written from start to end.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Current(0) | SeekFrom::End(0) => Ok(self.at),
            SeekFrom::Start(n) if n == self.at => Ok(n),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::formats::{
        Bzip2, Format, FormatError, Gzip, Limits, Tar, Xz, Zstd,
        archives::testing::{copy, read, read_within, zipped},
    };
    use crate::model::{GapKind, State};
    use flate2::{Compression, GzBuilder};
    use proptest::prelude::*;
    use std::io::{Read, Write};

    const VALUE: &str = "13800138000";

    fn gz(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzBuilder::new()
            .filename("名单_13800138000.txt".as_bytes())
            .comment("of 13800138000")
            .mtime(7)
            .write(Vec::new(), Compression::new(9));
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn bz(text: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(1));
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zst(text: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    }

    /// `电话 13800138000` and a line end, as the reference program packs it (CRC64).
    const XZ: &[u8] = &[
        0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21,
        0x01, 0x1c, 0x00, 0x00, 0x00, 0x10, 0xcf, 0x58, 0xcc, 0x01, 0x00, 0x12, 0xe7, 0x94, 0xb5,
        0xe8, 0xaf, 0x9d, 0x20, 0x31, 0x33, 0x38, 0x30, 0x30, 0x31, 0x33, 0x38, 0x30, 0x30, 0x30,
        0x0a, 0x00, 0x00, 0x59, 0x00, 0x8b, 0x80, 0x41, 0x41, 0x16, 0x1d, 0x00, 0x01, 0x2b, 0x13,
        0x9c, 0x09, 0x48, 0xd2, 0x1f, 0xb6, 0xf3, 0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59,
        0x5a,
    ];

    fn xz(text: &[u8]) -> Vec<u8> {
        let mut out = std::io::Cursor::new(Vec::new());
        let mut pack = super::Packing::pack(&Xz, &mut out, &super::Lead::default()).unwrap();
        pack.write_all(text).unwrap();
        pack.finish().unwrap();
        out.into_inner()
    }

    type Case = (&'static dyn Format, fn(&[u8]) -> Vec<u8>);
    const ALL: [Case; 4] = [(&Gzip, gz), (&Bzip2, bz), (&Xz, xz), (&Zstd, zst)];

    #[test]
    fn the_file_inside_is_read_and_masked() {
        let long = format!("电话 {VALUE}\n{}", "x y z\n".repeat(100_000));
        for (format, pack) in ALL {
            let packed = pack(long.as_bytes());
            assert_eq!(format.probe(&packed, b"x"), crate::formats::Probe::Bytes);
            let (found, result) = read(format, &packed, &[]);
            result.unwrap();
            assert!(
                found.places(VALUE).iter().any(|p| p.is_empty()),
                "{}",
                format.id()
            );
            assert_eq!(found.members.last().unwrap().2, State::Read);
            let (out, result) = copy(format, &packed, &[VALUE]);
            result.unwrap();
            let (again, result) = read(format, &out, &[]);
            result.unwrap();
            assert!(again.places(VALUE).is_empty(), "{}", format.id());
            assert!(!again.places("***********\nx y z").is_empty());
        }
        let packed = gz(long.as_bytes());
        let (found, _) = read(&Gzip, &packed, &[]);
        assert_eq!(found.places(VALUE)[..2], ["#$name", "#$comment"]);
        let (out, _) = copy(&Gzip, &packed, &[VALUE]);
        let decoder = flate2::read::GzDecoder::new(out.as_slice());
        let header = decoder.header().unwrap();
        assert_eq!(header.filename(), Some("名单_***********.txt".as_bytes()));
        assert_eq!(
            (header.comment(), header.mtime()),
            (Some(&b"of ***********"[..]), 7)
        );
    }

    #[test]
    fn without_changes_the_bytes_are_the_same() {
        for (format, pack) in ALL {
            let packed = pack(b"nothing to see\n");
            let (out, result) = copy(format, &packed, &["no such"]);
            result.unwrap();
            assert!(out == packed, "{}", format.id());
        }
    }

    #[test]
    fn several_streams_and_what_stands_behind() {
        for (format, pack) in ALL {
            let two = [pack(b"one\n"), pack(format!("two {VALUE}\n").as_bytes())].concat();
            let (found, result) = read(format, &two, &[]);
            result.unwrap();
            assert!(
                !found.places(&format!("one\ntwo {VALUE}")).is_empty(),
                "{}",
                format.id()
            );
            let behind = [pack(b"one\n"), format!("stray {VALUE}").into_bytes()].concat();
            let (found, result) = read(format, &behind, &[]);
            result.unwrap();
            assert_eq!(
                found.gaps.last().unwrap().1,
                GapKind::Opaque,
                "{}",
                format.id()
            );
            assert!(!found.places(&format!("stray {VALUE}")).is_empty());
            let (out, result) = copy(format, &behind, &["none"]);
            result.unwrap();
            assert!(
                memchr::memmem::find(&out, VALUE.as_bytes()).is_none() || format.id() == "gzip"
            );
            let (again, _) = read(format, &out, &[]);
            assert!(again.gaps.is_empty());
        }
        // A frame of Zstandard that is to be skipped.
        let skipped = [
            b"\x50\x2a\x4d\x18\x0c\0\0\0m13800138000".to_vec(),
            zst(b"x y\n"),
        ]
        .concat();
        assert!(!read(&Zstd, &skipped, &[]).0.places(VALUE).is_empty());
        assert!(memchr::memmem::find(&copy(&Zstd, &skipped, &[]).0, VALUE.as_bytes()).is_none());
    }

    #[test]
    fn bombs_and_damage_are_told() {
        let limits = Limits {
            member_bytes: 1 << 20,
            ..Limits::default()
        };
        for (format, pack) in ALL {
            let bomb = pack(&vec![b' '; 4 << 20]);
            let (found, _) = read_within(format, &bomb, &[], &limits);
            assert!(
                found.gaps.iter().any(|g| g.1 == GapKind::Limit),
                "{}",
                format.id()
            );
            let mut cut = pack("some text 文 ".repeat(1000).as_bytes());
            cut.truncate(cut.len() - 3);
            let (found, result) = read(format, &cut, &[]);
            let told = found.gaps.iter().any(|g| g.1 == GapKind::Corrupt);
            assert!(told || result.is_err(), "{}", format.id());
            let (_, result) = copy(format, &cut, &["none"]);
            assert!(result.is_err(), "{}", format.id());
        }
        let (found, result) = read(&Xz, XZ, &[]);
        result.unwrap();
        assert_eq!(found.places(VALUE).len(), 1);
        // A dictionary of 4 GiB.
        let mut large = XZ.to_vec();
        let header = [2, 0, 0x21, 1, 40, 0, 0, 0];
        large.truncate(12);
        large.extend_from_slice(&header);
        large.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
        large.extend_from_slice(&[0; 64]);
        let (found, _) = read(&Xz, &large, &[]);
        assert!(found.gaps.iter().any(|g| g.1 == GapKind::Limit));
    }

    fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, data) in members {
            let mut block = [0_u8; 512];
            block[..name.len()].copy_from_slice(name.as_bytes());
            block[100..107].copy_from_slice(b"0000644");
            block[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
            block[156] = b'0';
            block[257..265].copy_from_slice(b"ustar\x0000");
            block[265..270].copy_from_slice(b"owner");
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|&b| u32::from(b)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            out.extend_from_slice(&block);
            out.extend_from_slice(data);
            out.resize(out.len().div_ceil(512) * 512, 0);
        }
        out.resize(out.len() + 1024, 0);
        out
    }

    #[test]
    fn members_of_tar_are_read_renamed_and_masked() {
        let inner = zipped(&[("a.txt", format!("电话 {VALUE}\n"))]);
        let name = format!("dir/{VALUE}.txt");
        let archive = tar(&[
            (name.as_str(), b"x\n"),
            ("in.zip", inner.as_slice()),
            ("clean.txt", b"y\n"),
        ]);
        let (found, result) = read(&Tar, &archive, &[]);
        result.unwrap();
        assert_eq!(found.places(VALUE).len(), 2);
        assert!(found.texts.iter().any(|t| t.2 == "owner"));
        let (out, result) = copy(&Tar, &archive, &[VALUE]);
        result.unwrap();
        assert!(memchr::memmem::find(&out, VALUE.as_bytes()).is_none());
        let (again, result) = read(&Tar, &out, &[]);
        result.unwrap();
        let names: Vec<&str> = again.members.iter().map(|m| m.0.as_str()).collect();
        assert_eq!(
            names,
            ["dir/***********.txt", "a.txt", "in.zip", "clean.txt"]
        );
        assert!(!again.places("电话 ***********").is_empty());
        assert_eq!(copy(&Tar, &archive, &["none"]).0, archive);
        let packed = gz(&archive);
        let (out, result) = copy(&Gzip, &packed, &[VALUE]);
        result.unwrap();
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(out.as_slice())
            .read_to_end(&mut tar)
            .unwrap();
        assert!(memchr::memmem::find(&tar, VALUE.as_bytes()).is_none());
    }

    #[test]
    fn a_tar_that_is_cut_or_goes_on_is_told() {
        let archive = tar(&[("a.txt", "some text\n".repeat(100).as_bytes())]);
        let (_, result) = read(&Tar, &archive[..900], &[]);
        assert!(matches!(result, Err(FormatError::Corrupt(_))));
        let more = [archive.clone(), format!("stray {VALUE}").into_bytes()].concat();
        let (found, result) = read(&Tar, &more, &[]);
        result.unwrap();
        assert_eq!(found.gaps[0].1, GapKind::Opaque);
        assert_eq!(found.places(VALUE).len(), 1);
        let (out, result) = copy(&Tar, &more, &["none"]);
        result.unwrap();
        assert!(memchr::memmem::find(&out, VALUE.as_bytes()).is_none());
    }

    proptest! {
        #[test]
        fn damaged_archives_end_in_a_result(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6), cut in 0usize..100, which in 0usize..5) {
            let plain = format!("text 文 {VALUE}\n").repeat(30);
            let (format, mut bytes): (&dyn Format, Vec<u8>) = match ALL.get(which) {
                Some((format, pack)) => (*format, pack(plain.as_bytes())),
                None => (&Tar, tar(&[("a.txt", plain.as_bytes()), ("b", b"c")])),
            };
            for (at, value) in flips {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            bytes.truncate(bytes.len().saturating_sub(cut));
            let _ = read(format, &bytes, &[]);
            let _ = copy(format, &bytes, &[VALUE]);
        }
    }
}
