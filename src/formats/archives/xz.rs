//! xz: one file in LZMA2.
//!
//! Format: The .xz File Format, version 1.2.1. Read: streams of blocks with the one filter LZMA2, checked by CRC32
//! or CRC64 (SHA-256 is passed over, the lengths are compared). Written: one stream with one block.

use super::{
    bytes::{Bytes, Stretch},
    gzip::only_zeros,
    packed::{self, Lead, Pack, Packing, Unpack},
};
use crate::formats::{Cx, Format, FormatError, Output, Probe, Source};
use crate::model::FormatId;
use lzma_rust2::{Lzma2Options, Lzma2Reader, Lzma2Writer};
use std::io::{self, BufRead, BufReader, Read, Write};

const MAGIC: &[u8; 6] = b"\xFD7zXZ\0";
/// Largest dictionary: twice what the strongest setting of the usual packers asks for.
pub(super) const DICTIONARY: u64 = 128 << 20;
/// What is written: 4 MiB.
const WRITTEN: (u32, u8) = (1 << 22, 20);

/// xz files.
#[derive(Debug, Clone, Copy)]
pub struct Xz;

impl Format for Xz {
    fn id(&self) -> FormatId {
        "xz"
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        if head.starts_with(MAGIC) {
            Probe::Bytes
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
        packed::run(self, source, cx, out)
    }
}

impl Packing for Xz {
    fn endings(&self) -> &'static [(&'static str, &'static str)] {
        &[(".xz", ""), (".txz", ".tar")]
    }

    fn unpack<'b>(&self, bytes: &'b Bytes<'b>) -> Box<dyn Unpack + 'b> {
        let reader = BufReader::new(bytes.stretch(0, bytes.len()));
        Box::new(Unxz {
            state: State::Stream(reader),
            streams: 0,
            check: 0,
            stray: None,
        })
    }

    fn pack<'o>(
        &self,
        out: &'o mut dyn Output,
        _: &Lead,
    ) -> Result<Box<dyn Pack + 'o>, FormatError> {
        Ok(Box::new(Packer::new(out)?))
    }
}

fn bad() -> io::Error {
    io::Error::other(FormatError::Corrupt("compressed data"))
}

/// A number of up to 63 bits in groups of seven (section 1.2).
pub(super) fn number(reader: &mut impl Read) -> io::Result<u64> {
    let mut out = 0_u64;
    for i in 0..9 {
        let mut byte = [0; 1];
        reader.read_exact(&mut byte)?;
        let [b] = byte;
        out |= u64::from(b & 0x7F) << (7 * i);
        if b & 0x80 == 0 {
            return Ok(out);
        }
    }
    Err(bad())
}

fn put_number(mut n: u64, out: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(n & 0x7F).unwrap_or(0);
        n >>= 7;
        if n == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// The size of a dictionary by its code (section 5.3.1).
pub(super) fn dictionary(code: u8) -> Option<u64> {
    match code {
        0..40 => Some((2 | u64::from(code & 1)) << (code / 2 + 11)),
        40 => Some(u64::from(u32::MAX)),
        _ => None,
    }
}

/// CRC64 of ECMA-182, bits reflected.
#[derive(Debug, Clone, Copy)]
struct Crc64(u64);

impl Crc64 {
    fn update(&mut self, bytes: &[u8]) {
        const TABLE: [u64; 256] = {
            let mut table = [0; 256];
            let mut i = 0;
            while i < 256 {
                let mut crc = i as u64;
                let mut bit = 0;
                while bit < 8 {
                    crc = if crc & 1 == 1 {
                        crc >> 1 ^ 0xC96C_5795_D787_0F42
                    } else {
                        crc >> 1
                    };
                    bit += 1;
                }
                table[i] = crc;
                i += 1;
            }
            table
        };
        for &b in bytes {
            let index = usize::from(u8::try_from(self.0 & 0xFF).unwrap_or(0) ^ b);
            self.0 = TABLE.get(index).copied().unwrap_or(0) ^ self.0 >> 8;
        }
    }
}

type Reader<'b> = BufReader<Stretch<'b>>;

enum State<'b> {
    /// Before a stream, its padding included.
    Stream(Reader<'b>),
    /// Before a block or the index.
    Block(Reader<'b>),
    Data(Box<Data<'b>>),
    End,
}

struct Data<'b> {
    inner: Lzma2Reader<Reader<'b>>,
    /// Where the packed bytes of the block begin.
    start: u64,
    crc: crc32fast::Hasher,
    crc64: Crc64,
    size: u64,
    declared: Option<u64>,
}

struct Unxz<'b> {
    state: State<'b>,
    streams: u64,
    check: u8,
    stray: Option<u64>,
}

fn position(reader: &Reader<'_>) -> u64 {
    reader.get_ref().at() - reader.buffer().len() as u64
}

impl<'b> Unxz<'b> {
    fn stream(&mut self, mut reader: Reader<'b>) -> io::Result<()> {
        if self.streams > 0 {
            // Padding between streams comes in fours.
            loop {
                let start = position(&reader);
                let ahead = reader.fill_buf()?;
                match ahead {
                    [] => return Ok(()),
                    [0, ..] => reader.consume(1),
                    [0xFD, ..] => break,
                    _ => {
                        if !only_zeros(&mut reader)? {
                            self.stray = Some(start);
                        }
                        return Ok(());
                    }
                }
            }
        }
        let mut header = [0; 12];
        reader.read_exact(&mut header)?;
        let Some((magic, rest)) = header.split_first_chunk::<6>() else {
            return Err(bad());
        };
        let [zero, check, crc @ ..] = rest else {
            return Err(bad());
        };
        if magic != MAGIC || *zero != 0 || *crc != crc32fast::hash(&[0, *check]).to_le_bytes() {
            return Err(bad());
        }
        self.check = check & 15;
        self.streams += 1;
        self.state = State::Block(reader);
        Ok(())
    }

    fn block(&mut self, mut reader: Reader<'b>) -> io::Result<()> {
        let mut size = [0; 1];
        reader.read_exact(&mut size)?;
        let [size] = size;
        if size == 0 {
            return self.index(reader);
        }
        let mut header = vec![0; (usize::from(size) + 1) * 4 - 1];
        reader.read_exact(&mut header)?;
        let Some((fields, crc)) = header.split_last_chunk::<4>() else {
            return Err(bad());
        };
        let mut whole = crc32fast::Hasher::new();
        whole.update(&[size]);
        whole.update(fields);
        if whole.finalize().to_le_bytes() != *crc {
            return Err(bad());
        }
        let (mut fields, flags) = match fields {
            [flags, rest @ ..] => (rest, *flags),
            [] => return Err(bad()),
        };
        if flags & 0x40 != 0 {
            number(&mut fields)?;
        }
        let declared = (flags & 0x80 != 0)
            .then(|| number(&mut fields))
            .transpose()?;
        let filter = number(&mut fields)?;
        let props = number(&mut fields)?;
        if flags & 3 != 0 || filter != 0x21 || props != 1 {
            let what = "a filter of a packed file";
            return Err(io::Error::other(FormatError::Unsupported(what)));
        }
        let size = fields
            .first()
            .copied()
            .and_then(dictionary)
            .ok_or_else(bad)?;
        // What is declared is not more than is needed.
        let size = size.min(declared.unwrap_or(u64::MAX)).max(4096);
        let dictionary = match u32::try_from(size) {
            Ok(n) if size <= DICTIONARY => n,
            _ => {
                let what = "size of a dictionary";
                return Err(io::Error::other(FormatError::Limit(what)));
            }
        };
        let start = position(&reader);
        self.state = State::Data(Box::new(Data {
            inner: Lzma2Reader::new(reader, dictionary, None),
            start,
            crc: crc32fast::Hasher::new(),
            crc64: Crc64(u64::MAX),
            size: 0,
            declared,
        }));
        Ok(())
    }

    fn end_block(&mut self, data: Data<'b>) -> io::Result<()> {
        let mut reader = data.inner.into_inner();
        let packed = position(&reader) - data.start;
        let mut padding = [0; 3];
        let pad = usize::try_from((4 - packed % 4) % 4).unwrap_or(0);
        reader.read_exact(padding.get_mut(..pad).unwrap_or_default())?;
        let len = match self.check {
            0 => 0,
            1..=3 => 4,
            4..=6 => 8,
            7..=9 => 16,
            10..=12 => 32,
            _ => 64,
        };
        let mut check = [0; 64];
        let check = check.get_mut(..len).unwrap_or_default();
        reader.read_exact(check)?;
        let holds = match self.check {
            1 => *check == data.crc.finalize().to_le_bytes(),
            4 => *check == (!data.crc64.0).to_le_bytes(),
            _ => true,
        };
        if !holds || data.declared.is_some_and(|n| n != data.size) {
            return Err(bad());
        }
        self.state = State::Block(reader);
        Ok(())
    }

    /// Passes over the index and the footer.
    fn index(&mut self, mut reader: Reader<'b>) -> io::Result<()> {
        let start = position(&reader) - 1;
        for _ in 0..number(&mut reader)? {
            number(&mut reader)?;
            number(&mut reader)?;
        }
        let pad = (4 - (position(&reader) - start) % 4) % 4;
        let mut rest = [0; 3 + 4 + 12];
        let len = usize::try_from(pad).unwrap_or(0) + 16;
        let rest = rest.get_mut(..len).unwrap_or_default();
        reader.read_exact(rest)?;
        if !rest.ends_with(b"YZ") {
            return Err(bad());
        }
        self.state = State::Stream(reader);
        Ok(())
    }
}

impl Read for Unxz<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            match std::mem::replace(&mut self.state, State::End) {
                State::End => return Ok(0),
                State::Stream(reader) => self.stream(reader)?,
                State::Block(reader) => self.block(reader)?,
                State::Data(mut data) => {
                    let n = data.inner.read(buf)?;
                    if n == 0 {
                        self.end_block(*data)?;
                        continue;
                    }
                    let out = buf.get(..n).unwrap_or_default();
                    match self.check {
                        1 => data.crc.update(out),
                        4 => data.crc64.update(out),
                        _ => {}
                    }
                    data.size += n as u64;
                    self.state = State::Data(data);
                    return Ok(n);
                }
            }
        }
    }
}

impl Unpack for Unxz<'_> {
    fn stray(&self) -> Option<u64> {
        self.stray
    }
}

/// Counts what goes through.
struct Counted<'o> {
    out: &'o mut dyn Output,
    len: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = self.out.write(buf)?;
        self.len += n as u64;
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Packer<'o> {
    inner: Lzma2Writer<Counted<'o>>,
    crc: crc32fast::Hasher,
    size: u64,
}

/// Bytes of the block header that is written.
const HEADER: u64 = 12;

impl<'o> Packer<'o> {
    fn new(out: &'o mut dyn Output) -> Result<Self, FormatError> {
        let flags = [0, 1];
        out.write_all(MAGIC)?;
        out.write_all(&flags)?;
        out.write_all(&crc32fast::hash(&flags).to_le_bytes())?;
        let (size, code) = WRITTEN;
        let header = [2, 0, 0x21, 1, code, 0, 0, 0];
        out.write_all(&header)?;
        out.write_all(&crc32fast::hash(&header).to_le_bytes())?;
        Ok(Self {
            inner: lzma2(Counted { out, len: 0 }, size),
            crc: crc32fast::Hasher::new(),
            size: 0,
        })
    }
}

/// A writer of LZMA2 with a dictionary of this size.
fn lzma2<W: Write>(inner: W, dictionary: u32) -> Lzma2Writer<W> {
    let mut options = Lzma2Options::with_preset(3);
    options.lzma_options.dict_size = dictionary;
    Lzma2Writer::new(inner, options)
}

impl Write for Packer<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.inner.write_all(buf)?;
        self.crc.update(buf);
        self.size += buf.len() as u64;
        Ok(buf.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pack for Packer<'_> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        let Counted { out, len } = self.inner.finish()?;
        let pad = |n: u64| vec![0_u8; usize::try_from((4 - n % 4) % 4).unwrap_or(0)];
        out.write_all(&pad(len))?;
        out.write_all(&self.crc.finalize().to_le_bytes())?;
        let mut index = vec![0, 1];
        put_number(HEADER + len + 4, &mut index);
        put_number(self.size, &mut index);
        index.extend_from_slice(&pad(index.len() as u64));
        out.write_all(&index)?;
        out.write_all(&crc32fast::hash(&index).to_le_bytes())?;
        let back = u32::try_from((index.len() + 4) / 4 - 1).unwrap_or(0);
        let mut footer = back.to_le_bytes().to_vec();
        footer.extend_from_slice(&[0, 1]);
        out.write_all(&crc32fast::hash(&footer).to_le_bytes())?;
        out.write_all(&footer)?;
        out.write_all(b"YZ")
    }
}
