//! Pictures: what stands beside the pixels.
//!
//! Read: every text in metadata (EXIF, XMP, IPTC, comments, text chunks), the place in EXIF, what stands behind the
//! picture. The pixels are not read, which is told; a blank picture is known as such. A copy, by `--pictures`: a
//! blank one of the same type and size where the picture is part of something else, and none where it is a file by
//! itself; on request the picture as it is, without metadata (PNG, JPEG, GIF, WebP).
//!
//! Standards: PNG (ISO/IEC 15948), JPEG (ITU-T T.81, JFIF, EXIF 2.32), GIF89a, RIFF WebP.

mod exif;
mod strip;

use super::{Cx, Format, FormatError, Output, Probe, Source, Treatment, pictures, strings};
use crate::model::{FormatId, GapKind, Step};

/// A kind of picture.
#[derive(Debug, Clone, Copy)]
pub struct Image {
    id: FormatId,
    what: &'static str,
}

impl Image {
    /// All kinds.
    pub const PNG: Self = Self {
        id: "png",
        what: "PNG picture",
    };
    /// JPEG.
    pub const JPEG: Self = Self {
        id: "jpg",
        what: "JPEG picture",
    };
    /// GIF.
    pub const GIF: Self = Self {
        id: "gif",
        what: "GIF picture",
    };
    /// TIFF.
    pub const TIFF: Self = Self {
        id: "tiff",
        what: "TIFF picture",
    };
    /// Windows bitmap.
    pub const BMP: Self = Self {
        id: "bmp",
        what: "bitmap picture",
    };
    /// WebP.
    pub const WEBP: Self = Self {
        id: "webp",
        what: "WebP picture",
    };
    /// HEIF and HEIC.
    pub const HEIC: Self = Self {
        id: "heic",
        what: "HEIC picture",
    };
}

/// Whether the size that a bitmap says it has is one.
fn is_bitmap(head: &[u8]) -> bool {
    let word = |at: usize| {
        head.get(at..)
            .and_then(<[u8]>::first_chunk)
            .map_or(0, |b| u32::from_le_bytes(*b))
    };
    head.starts_with(b"BM")
        && word(6) == 0
        && matches!(word(14), 12 | 40 | 52 | 56 | 64 | 108 | 124)
}

impl Format for Image {
    fn id(&self) -> FormatId {
        self.id
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        let at = |n: usize, mark: &[u8]| head.get(n..).is_some_and(|h| h.starts_with(mark));
        let is = match self.id {
            "png" => at(0, b"\x89PNG\r\n\x1a\n"),
            "jpg" => at(0, b"\xff\xd8\xff"),
            "gif" => at(0, b"GIF87a") || at(0, b"GIF89a"),
            "tiff" => at(0, b"II*\0") || at(0, b"MM\0*"),
            "bmp" => is_bitmap(head),
            "webp" => at(0, b"RIFF") && at(8, b"WEBP"),
            _ => {
                at(4, b"ftyp")
                    && [b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif"]
                        .iter()
                        .any(|brand| at(8, *brand))
            }
        };
        if is { Probe::Bytes } else { Probe::No }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let bytes = source.held(cx.limits.held_bytes)?;
        cx.read(bytes.len() as u64);
        let head = bytes.get(..pictures::HEAD).unwrap_or(&bytes);
        let blank = pictures::blank(head);
        if blank == bytes {
            return match out {
                Some(out) => Ok(out.write_all(&bytes)?),
                None => Ok(()),
            };
        }
        let stripped = strip::strip(self.id, &bytes);
        metadata(&bytes, stripped.as_ref(), cx);
        let Some(out) = out else {
            cx.gap(&[], GapKind::Image, self.what);
            return Ok(());
        };
        let withheld = |why: &str| {
            Err(FormatError::Withheld(
                GapKind::Image,
                format!("{}: {why}", self.what),
            ))
        };
        match (cx.limits.unread.pictures, stripped) {
            (Treatment::Keep, Some(parts)) => {
                cx.gap(&[], GapKind::Kept, self.what);
                out.write_all(&parts.kept)?;
                Ok(())
            }
            (Treatment::Keep, None) => withheld("its metadata cannot be taken out"),
            (Treatment::Withhold, _) => withheld("its pixels are not read"),
            (Treatment::Blank, _) if cx.depth() == 0 => withheld("its pixels are not read"),
            (Treatment::Blank, _) => {
                cx.gap(&[], GapKind::Dropped, self.what);
                out.write_all(&blank)?;
                Ok(())
            }
        }
    }
}

/// Hands the texts beside the pixels on.
fn metadata(bytes: &[u8], parts: Option<&strip::Parts<'_>>, cx: &mut Cx<'_>) {
    let Some(parts) = parts else {
        // The parts are not known: all of it is looked through, the pixels too.
        let at = [Step::Field("$metadata".into())];
        exif::read(bytes, &at, cx);
        strings::sweep(bytes, &at, cx);
        return;
    };
    for (name, part) in &parts.dropped {
        let at = [Step::Field(format!("${name}"))];
        if let Some(tiff) = part.strip_prefix(b"Exif\0\0") {
            exif::read(tiff, &at, cx);
        } else if *name == "EXIF" || *name == "eXIf" {
            exif::read(part, &at, cx);
        }
        match strip::inflated(name, part) {
            Some(text) => strings::sweep(&text, &at, cx),
            None => strings::sweep(part, &at, cx),
        }
    }
}

#[cfg(test)]
mod tests;
