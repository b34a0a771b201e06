//! Zstandard: one file in frames.
//!
//! Standard: RFC 8878. Frames that are to be skipped are no part of the file: they are read as text, and a copy
//! goes without them. Frames that need a dictionary are not read.

use super::{
    bytes::{Bytes, Stretch},
    gzip::only_zeros,
    packed::{self, Lead, Pack, Packing, Unpack},
};
use crate::formats::{Cx, Format, FormatError, Output, Probe, Source, source::read_full};
use crate::model::FormatId;
use ruzstd::{
    decoding::{FrameDecoder, StreamingDecoder},
    encoding::{CompressionLevel, compress_to_vec},
};
use std::io::{self, BufReader, Read, Write};

const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// Largest window.
const WINDOW: u64 = 128 << 20;
/// Bytes of the file in one frame that is written.
const FRAME: usize = 4 << 20;

/// Zstandard files.
#[derive(Debug, Clone, Copy)]
pub struct Zstd;

impl Format for Zstd {
    fn id(&self) -> FormatId {
        "zstd"
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        let skipped = matches!(head, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..]);
        if head.starts_with(&MAGIC) || skipped {
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

impl Packing for Zstd {
    fn endings(&self) -> &'static [(&'static str, &'static str)] {
        &[(".zst", ""), (".zstd", ""), (".tzst", ".tar")]
    }

    fn unpack<'b>(&self, bytes: &'b Bytes<'b>) -> Box<dyn Unpack + 'b> {
        Box::new(Unzstd {
            state: State::Between(BufReader::new(bytes.stretch(0, bytes.len()))),
            frames: 0,
            stray: None,
            texts: Vec::new(),
        })
    }

    fn pack<'o>(
        &self,
        out: &'o mut dyn Output,
        _: &Lead,
    ) -> Result<Box<dyn Pack + 'o>, FormatError> {
        Ok(Box::new(Packer {
            out,
            held: Vec::new(),
            frames: 0,
        }))
    }
}

struct Packer<'o> {
    out: &'o mut dyn Output,
    held: Vec<u8>,
    frames: u64,
}

impl Packer<'_> {
    fn frame(&mut self) -> io::Result<()> {
        let frame = compress_to_vec(self.held.as_slice(), CompressionLevel::Fastest);
        self.out.write_all(&frame)?;
        self.held.clear();
        self.frames += 1;
        Ok(())
    }
}

impl Write for Packer<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = buf.len().min(FRAME - self.held.len());
        self.held
            .extend_from_slice(buf.get(..n).unwrap_or_default());
        if self.held.len() >= FRAME {
            self.frame()?;
        }
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pack for Packer<'_> {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if !self.held.is_empty() || self.frames == 0 {
            self.frame()?;
        }
        Ok(())
    }
}

type Reader<'b> = BufReader<Stretch<'b>>;

enum State<'b> {
    Between(Reader<'b>),
    Frame(Box<StreamingDecoder<Reader<'b>, FrameDecoder>>),
    End,
}

struct Unzstd<'b> {
    state: State<'b>,
    frames: u64,
    stray: Option<u64>,
    texts: Vec<Vec<u8>>,
}

fn bad() -> io::Error {
    io::Error::other(FormatError::Corrupt("compressed data"))
}

impl<'b> Unzstd<'b> {
    fn next(&mut self, reader: Reader<'b>) -> io::Result<()> {
        let start = reader.get_ref().at() - reader.buffer().len() as u64;
        let mut inner = reader.into_inner().again(start);
        let mut magic = [0; 4];
        let n = read_full(&mut inner, &mut magic)?;
        if n == 0 && self.frames > 0 {
            return Ok(());
        }
        let mut reader = BufReader::new(inner.again(start));
        match magic {
            [0x50..=0x5F, 0x2A, 0x4D, 0x18] => {
                let mut head = [0; 8];
                reader.read_exact(&mut head)?;
                let len = head
                    .last_chunk::<4>()
                    .map_or(0, |b| u64::from(u32::from_le_bytes(*b)));
                let mut text = Vec::new();
                let mut frame = reader.by_ref().take(len);
                frame.by_ref().take(64 << 10).read_to_end(&mut text)?;
                // What is longer is told as bytes that belong to nothing.
                if io::copy(&mut frame, &mut io::sink())? > 0 {
                    self.stray = Some(start);
                }
                if self.texts.len() < 10_000 {
                    self.texts.push(text);
                }
                self.frames += 1;
                self.state = State::Between(reader);
                Ok(())
            }
            MAGIC => {
                let mut decoder = FrameDecoder::new();
                decoder.set_max_window_size(WINDOW);
                let decoder = StreamingDecoder::new_with_decoder(reader, decoder).map_err(|e| {
                    use ruzstd::decoding::errors::FrameDecoderError as E;
                    io::Error::other(match e {
                        E::WindowSizeTooBig { .. } => FormatError::Limit("size of a window"),
                        E::DictNotProvided { .. } => {
                            FormatError::Unsupported("a packed file that needs a dictionary")
                        }
                        _ => FormatError::Corrupt("compressed data"),
                    })
                })?;
                self.frames += 1;
                self.state = State::Frame(Box::new(decoder));
                Ok(())
            }
            _ if self.frames == 0 => Err(bad()),
            _ => {
                if !only_zeros(&mut reader)? {
                    self.stray = Some(start);
                }
                Ok(())
            }
        }
    }
}

impl Read for Unzstd<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            match std::mem::replace(&mut self.state, State::End) {
                State::End => return Ok(0),
                State::Between(reader) => self.next(reader)?,
                State::Frame(mut decoder) => {
                    let n = decoder.read(buf)?;
                    if n > 0 {
                        self.state = State::Frame(decoder);
                        return Ok(n);
                    }
                    let (want, is) = (
                        decoder.decoder.get_checksum_from_data(),
                        decoder.decoder.get_calculated_checksum(),
                    );
                    if want.is_some() && want != is {
                        return Err(bad());
                    }
                    self.state = State::Between(decoder.into_inner());
                }
            }
        }
    }
}

impl Unpack for Unzstd<'_> {
    fn stray(&self) -> Option<u64> {
        self.stray
    }

    fn texts(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.texts)
    }
}
