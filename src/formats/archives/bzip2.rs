//! bzip2: one file, packed in blocks of up to 900 kB.

use super::{
    bytes::{Bytes, Stretch},
    gzip::only_zeros,
    packed::{self, Lead, Pack, Packing, Unpack},
};
use crate::formats::{Cx, Format, FormatError, Output, Probe, Source};
use crate::model::FormatId;
use ::bzip2::{Compression, bufread::BzDecoder, write::BzEncoder};
use std::io::{self, BufRead, BufReader, Read, Write};

/// bzip2 files.
#[derive(Debug, Clone, Copy)]
pub struct Bzip2;

impl Format for Bzip2 {
    fn id(&self) -> FormatId {
        "bzip2"
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        // The level, then the first block's mark or that of an empty file.
        match head {
            [
                b'B',
                b'Z',
                b'h',
                b'1'..=b'9',
                0x31,
                0x41,
                0x59,
                0x26,
                0x53,
                0x59,
                ..,
            ]
            | [
                b'B',
                b'Z',
                b'h',
                b'1'..=b'9',
                0x17,
                0x72,
                0x45,
                0x38,
                0x50,
                0x90,
                ..,
            ] => Probe::Bytes,
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

impl Packing for Bzip2 {
    fn endings(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (".bz2", ""),
            (".tbz2", ".tar"),
            (".tbz", ".tar"),
            (".bz", ""),
        ]
    }

    fn unpack<'b>(&self, bytes: &'b Bytes<'b>) -> Box<dyn Unpack + 'b> {
        let reader = BufReader::new(bytes.stretch(0, bytes.len()));
        Box::new(Bunzip {
            decoder: Some(BzDecoder::new(reader)),
            stray: None,
        })
    }

    fn pack<'o>(
        &self,
        out: &'o mut dyn Output,
        _: &Lead,
    ) -> Result<Box<dyn Pack + 'o>, FormatError> {
        Ok(Box::new(Packer(BzEncoder::new(out, Compression::new(9)))))
    }
}

struct Packer<'o>(BzEncoder<&'o mut dyn Output>);

impl Write for Packer<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pack for Packer<'_> {
    fn finish(self: Box<Self>) -> io::Result<()> {
        self.0.finish().map(drop)
    }
}

struct Bunzip<'b> {
    decoder: Option<BzDecoder<BufReader<Stretch<'b>>>>,
    stray: Option<u64>,
}

impl Read for Bunzip<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = self.decoder.as_mut().filter(|_| !buf.is_empty()) {
            let n = decoder.read(buf)?;
            if n > 0 {
                return Ok(n);
            }
            let Some(mut reader) = self.decoder.take().map(BzDecoder::into_inner) else {
                break;
            };
            // Several packers write one stream after another.
            let empty = reader.fill_buf()?.is_empty();
            let start = reader.get_ref().at() - reader.buffer().len() as u64;
            if matches!(reader.buffer(), [b'B', b'Z', b'h', ..]) {
                self.decoder = Some(BzDecoder::new(reader));
            } else if !empty && !only_zeros(&mut reader)? {
                self.stray = Some(start);
            }
        }
        Ok(0)
    }
}

impl Unpack for Bunzip<'_> {
    fn stray(&self) -> Option<u64> {
        self.stray
    }
}
