//! The place and the wide texts in EXIF, which no search for strings shows.
//!
//! Standard: EXIF 2.32, TIFF 6.0.

use crate::formats::Cx;
use crate::model::Step;

/// Directories and entries looked at.
const MOST: usize = 2000;

struct Tiff<'b> {
    bytes: &'b [u8],
    little: bool,
}

impl<'b> Tiff<'b> {
    fn u16(&self, at: usize) -> Option<u16> {
        let raw = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little {
            u16::from_le_bytes(raw)
        } else {
            u16::from_be_bytes(raw)
        })
    }

    fn u32(&self, at: usize) -> Option<usize> {
        let raw = *self.bytes.get(at..)?.first_chunk()?;
        let n = if self.little {
            u32::from_le_bytes(raw)
        } else {
            u32::from_be_bytes(raw)
        };
        usize::try_from(n).ok()
    }

    /// Tag, type and bytes of an entry.
    fn entry(&self, at: usize) -> Option<(u16, &'b [u8], usize)> {
        let (tag, kind) = (self.u16(at)?, self.u16(at + 2)?);
        let size = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => return None,
        };
        let len = self.u32(at + 4)?.checked_mul(size)?;
        let place = if len <= 4 { at + 8 } else { self.u32(at + 8)? };
        Some((tag, self.bytes.get(place..place.checked_add(len)?)?, place))
    }

    /// Degrees, minutes and seconds as degrees.
    fn degrees(&self, place: usize) -> Option<f64> {
        let mut out = 0.0;
        for (i, unit) in [(0, 1.0), (1, 60.0), (2, 3600.0)] {
            let upper = u32::try_from(self.u32(place + i * 8)?).ok()?;
            let lower = u32::try_from(self.u32(place + i * 8 + 4)?).ok()?;
            if lower > 0 {
                out += f64::from(upper) / f64::from(lower) / unit;
            }
        }
        Some(out)
    }
}

/// Hands on what the directories of a TIFF structure hold: texts in UTF-16, and the place.
pub(super) fn read(bytes: &[u8], at: &[Step], cx: &mut Cx<'_>) {
    let little = match bytes.get(..4) {
        Some(b"II*\0") => true,
        Some(b"MM\0*") => false,
        _ => return,
    };
    let tiff = Tiff { bytes, little };
    let mut open = vec![(tiff.u32(4).unwrap_or(0), false)];
    let mut seen = Vec::new();
    let mut left = MOST;
    while let Some((start, gps)) = open.pop() {
        if start == 0 || seen.contains(&start) || seen.len() > 32 {
            continue;
        }
        seen.push(start);
        let count = usize::from(tiff.u16(start).unwrap_or(0)).min(left);
        left -= count;
        let mut place = Place::default();
        for i in 0..count {
            let Some((tag, data, offset)) = tiff.entry(start + 2 + i * 12) else {
                continue;
            };
            match (gps, tag) {
                (false, 0x8769 | 0xA005 | 0x014A) => {
                    open.push((tiff.u32(offset).unwrap_or(0), false));
                }
                (false, 0x8825) => open.push((tiff.u32(offset).unwrap_or(0), true)),
                // Title, comment, author, keywords, subject of Windows.
                (false, 0x9C9B..=0x9C9F) => {
                    let units = data.chunks_exact(2).filter_map(<[u8]>::first_chunk);
                    let text: Vec<u16> = units.map(|u| u16::from_le_bytes(*u)).collect();
                    let text = String::from_utf16_lossy(&text);
                    let label = (tag == 0x9C9D).then_some("姓名");
                    cx.string(at, text.trim_end_matches('\0'), label);
                }
                (false, 0x013B | 0x8298 | 0x010E | 0xA430 | 0xA431) => {
                    let text = String::from_utf8_lossy(data);
                    // Artist and owner of the camera.
                    let label = matches!(tag, 0x013B | 0xA430).then_some("姓名");
                    cx.string(at, text.trim_end_matches('\0'), label);
                }
                (true, 1) => place.south = data.first() == Some(&b'S'),
                (true, 2) => place.latitude = tiff.degrees(offset),
                (true, 3) => place.west = data.first() == Some(&b'W'),
                (true, 4) => place.longitude = tiff.degrees(offset),
                _ => {}
            }
        }
        if let Some(text) = place.text() {
            cx.string(at, &text, Some("GPS"));
        }
        let next = start + 2 + count * 12;
        open.push((tiff.u32(next).unwrap_or(0), false));
    }
}

#[derive(Default)]
struct Place {
    latitude: Option<f64>,
    longitude: Option<f64>,
    south: bool,
    west: bool,
}

impl Place {
    fn text(&self) -> Option<String> {
        let signed = |n: f64, minus: bool| if minus { -n } else { n };
        let latitude = signed(self.latitude?, self.south);
        let longitude = signed(self.longitude?, self.west);
        Some(format!("GPS: {latitude:.6}, {longitude:.6}"))
    }
}
