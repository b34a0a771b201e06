//! gzip: one file in deflate, with its name.
//!
//! Standard: RFC 1952. Names, comments and extra fields of headers are text. A copy has one member, with the
//! name and comment of the first, masked, and no extra field.

use super::{
    bytes::{Bytes, Stretch},
    packed::{self, Lead, Pack, Packing, Unpack},
    zip::{decode, edited, encode},
};
use crate::formats::{Cx, Format, FormatError, Output, Probe, Source, strings};
use crate::model::{FormatId, Name, Step};
use flate2::{Compression, bufread::DeflateDecoder, write::DeflateEncoder};
use std::io::{self, BufRead, BufReader, Read, Write};

/// gzip files.
#[derive(Debug, Clone, Copy)]
pub struct Gzip;

impl Format for Gzip {
    fn id(&self) -> FormatId {
        "gzip"
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        match head {
            [0x1F, 0x8B, 8, flags, ..] if flags & 0xE0 == 0 => Probe::Bytes,
            _ => Probe::No,
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        packed::run(self, source, cx, out)
    }
}

/// Longest name, comment or extra field.
const TEXT: u64 = 64 << 10;

const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const CHECK: u8 = 2;

/// A header.
#[derive(Debug, Default, PartialEq, Eq)]
struct Header {
    /// Flags, time, extra flags, system: bytes 3 to 9.
    fixed: [u8; 7],
    extra: Vec<u8>,
    name: Vec<u8>,
    comment: Vec<u8>,
}

fn bad(what: &'static str) -> io::Error {
    io::Error::other(FormatError::Corrupt(what))
}

/// Reads a header behind its magic bytes.
fn header(reader: &mut impl BufRead) -> io::Result<Header> {
    let mut start = [0; 10];
    reader.read_exact(&mut start)?;
    let [0x1F, 0x8B, 8, fixed @ ..] = start else {
        return Err(bad("gzip header"));
    };
    let mut out = Header {
        fixed,
        ..Header::default()
    };
    let [flags, ..] = fixed;
    if flags & EXTRA != 0 {
        let mut len = [0; 2];
        reader.read_exact(&mut len)?;
        out.extra = vec![0; usize::from(u16::from_le_bytes(len))];
        reader.read_exact(&mut out.extra)?;
    }
    let mut text = |wanted: bool| -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        if wanted {
            reader.by_ref().take(TEXT).read_until(0, &mut text)?;
            if text.pop() != Some(0) {
                return Err(bad("gzip header"));
            }
        }
        Ok(text)
    };
    out.name = text(flags & NAME != 0)?;
    out.comment = text(flags & COMMENT != 0)?;
    if flags & CHECK != 0 {
        reader.read_exact(&mut [0; 2])?;
    }
    Ok(out)
}

impl Packing for Gzip {
    fn endings(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (".gz", ""),
            (".tgz", ".tar"),
            (".taz", ".tar"),
            (".svgz", ".svg"),
        ]
    }

    fn lead(&self, bytes: &Bytes<'_>, cx: &mut Cx<'_>, writing: bool) -> Result<Lead, FormatError> {
        let mut reader = BufReader::new(bytes.stretch(0, bytes.len()));
        let first = header(&mut reader).map_err(packed::damaged)?;
        let mut lead = Lead {
            changed: !first.extra.is_empty(),
            ..Lead::default()
        };
        strings::sweep(&first.extra, &[Step::Field("$extra".into())], cx);
        let [flags, rest @ ..] = first.fixed;
        lead.header = vec![0x1F, 0x8B, 8, flags & (1 | NAME | COMMENT)];
        lead.header.extend_from_slice(&rest);
        if flags & NAME != 0 {
            let (text, coding) = decode(&first.name);
            let hit = !cx
                .string(&[Step::Field("$name".into())], &text, None)
                .is_empty();
            let old = Name::from(text.as_str());
            let mut name = first.name;
            if writing {
                let new = cx.rename(&old);
                if new != old {
                    name = encode(&new.text(), coding);
                    lead.changed = true;
                } else if hit {
                    name = b"file".to_vec();
                    lead.changed = true;
                }
            }
            lead.name = Some(text);
            lead.header.extend_from_slice(&name);
            lead.header.push(0);
        }
        if flags & COMMENT != 0 {
            let (text, coding) = decode(&first.comment);
            let at = [Step::Field("$comment".into())];
            let mut comment = first.comment;
            if let Some(new) = edited(&text, cx.string(&at, &text, None)) {
                comment = encode(&new, coding);
                lead.changed = true;
            }
            comment.retain(|&b| b != 0);
            lead.header.extend_from_slice(&comment);
            lead.header.push(0);
        }
        Ok(lead)
    }

    fn unpack<'b>(&self, bytes: &'b Bytes<'b>) -> Box<dyn Unpack + 'b> {
        Box::new(Gunzip {
            state: State::Header(BufReader::new(bytes.stretch(0, bytes.len()))),
            members: 0,
            stray: None,
            texts: Vec::new(),
        })
    }

    fn pack<'o>(
        &self,
        out: &'o mut dyn Output,
        lead: &Lead,
    ) -> Result<Box<dyn Pack + 'o>, FormatError> {
        out.write_all(&lead.header)?;
        Ok(Box::new(Packer {
            inner: DeflateEncoder::new(out, Compression::new(6)),
            crc: crc32fast::Hasher::new(),
            size: 0,
        }))
    }
}

struct Packer<'o> {
    inner: DeflateEncoder<&'o mut dyn Output>,
    crc: crc32fast::Hasher,
    size: u32,
}

impl Write for Packer<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.inner.write_all(buf)?;
        self.crc.update(buf);
        self.size = self.size.wrapping_add(low(buf.len() as u64));
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pack for Packer<'_> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        let out = self.inner.finish()?;
        out.write_all(&self.crc.finalize().to_le_bytes())?;
        out.write_all(&self.size.to_le_bytes())
    }
}

/// A length as the trailer has it: its low 32 bits.
fn low(n: u64) -> u32 {
    u32::try_from(n & u64::from(u32::MAX)).unwrap_or(0)
}

enum State<'b> {
    Header(BufReader<Stretch<'b>>),
    Data(
        Box<DeflateDecoder<BufReader<Stretch<'b>>>>,
        crc32fast::Hasher,
        u64,
    ),
    End,
}

/// All members, one after another.
struct Gunzip<'b> {
    state: State<'b>,
    members: u64,
    stray: Option<u64>,
    texts: Vec<Vec<u8>>,
}

impl Gunzip<'_> {
    /// Begins the next member, or ends.
    fn begin(&mut self) -> io::Result<()> {
        let State::Header(mut reader) = std::mem::replace(&mut self.state, State::End) else {
            return Ok(());
        };
        let (left, first) = {
            let ahead = reader.fill_buf()?;
            (ahead.len(), ahead.first().copied())
        };
        if left == 0 && self.members > 0 {
            return Ok(());
        }
        if self.members > 0 && first != Some(0x1F) {
            let start = reader.get_ref().at() - left as u64;
            if !only_zeros(&mut reader)? {
                self.stray = Some(start);
            }
            return Ok(());
        }
        let header = header(&mut reader)?;
        if self.members > 0 && self.texts.len() < 10_000 {
            for text in [header.name, header.comment, header.extra] {
                if !text.is_empty() {
                    self.texts.push(text);
                }
            }
        }
        self.members += 1;
        let decoder = Box::new(DeflateDecoder::new(reader));
        self.state = State::Data(decoder, crc32fast::Hasher::new(), 0);
        Ok(())
    }
}

/// Whether nothing but zeros, as tapes are filled up with, is left.
pub(super) fn only_zeros(reader: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let ahead = reader.fill_buf()?;
        if ahead.is_empty() {
            return Ok(true);
        }
        if ahead.iter().any(|&b| b != 0) {
            return Ok(false);
        }
        let n = ahead.len();
        reader.consume(n);
    }
}

impl Read for Gunzip<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            match &mut self.state {
                State::End => return Ok(0),
                State::Header(_) => self.begin()?,
                State::Data(decoder, crc, size) => {
                    let n = decoder.read(buf)?;
                    if n > 0 {
                        crc.update(buf.get(..n).unwrap_or_default());
                        *size += n as u64;
                        return Ok(n);
                    }
                    let State::Data(decoder, crc, size) =
                        std::mem::replace(&mut self.state, State::End)
                    else {
                        return Ok(0);
                    };
                    let mut reader = decoder.into_inner();
                    let (mut want, mut len) = ([0; 4], [0; 4]);
                    reader.read_exact(&mut want)?;
                    reader.read_exact(&mut len)?;
                    if u32::from_le_bytes(want) != crc.finalize()
                        || u32::from_le_bytes(len) != low(size)
                    {
                        return Err(bad("length or checksum of a packed file"));
                    }
                    self.state = State::Header(reader);
                }
            }
        }
    }
}

impl Unpack for Gunzip<'_> {
    fn stray(&self) -> Option<u64> {
        self.stray
    }

    fn texts(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.texts)
    }
}
