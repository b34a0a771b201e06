//! Photographs (JPEG, ITU-T T.81, annex B) without what is written beside the picture: Exif, XMP, comments,
//! small pictures of the picture, and whatever stands behind its end.

/// A photograph without notes.
#[derive(Debug, PartialEq)]
pub(super) struct Photo {
    pub data: Vec<u8>,
    /// Pixels as the picture itself says.
    pub width: f64,
    /// Likewise.
    pub height: f64,
}

/// `None` when it is not understood to its end.
pub(super) fn plain(data: &[u8]) -> Option<Photo> {
    let mut out = data.get(..2).filter(|b| *b == b"\xff\xd8")?.to_vec();
    let mut sides = None;
    let mut at = 2;
    loop {
        while data.get(at) == Some(&0xff) && data.get(at + 1) == Some(&0xff) {
            at += 1;
        }
        let [0xff, kind] = *data.get(at..at + 2)? else {
            return None;
        };
        if kind == 0xd9 {
            out.extend_from_slice(b"\xff\xd9");
            let (width, height) = sides?;
            return Some(Photo {
                data: out,
                width,
                height,
            });
        }
        let [high, low] = *data.get(at + 2..at + 4)? else {
            return None;
        };
        let long = usize::from(u16::from_be_bytes([high, low]));
        let end = at + 2 + long;
        let inside = data.get(at + 4..end).filter(|_| long >= 2)?;
        let keeps = match kind {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let &[_, y1, y0, x1, x0, ..] = inside else {
                    return None;
                };
                let side = |pair| f64::from(u16::from_be_bytes(pair));
                // A second picture would not be the one that was looked at.
                if sides.replace((side([x1, x0]), side([y1, y0]))).is_some() {
                    return None;
                }
                true
            }
            // Tables of codes and quantities, and how often the reading starts anew.
            0xc4 | 0xcc | 0xdb | 0xdd | 0xda => true,
            // How colours are written.
            0xee => inside.starts_with(b"Adobe") && inside.len() == 12,
            0xe0..=0xef | 0xfe => false,
            _ => return None,
        };
        if keeps {
            out.extend_from_slice(data.get(at..end)?);
        }
        at = end;
        if kind == 0xda {
            let rest = data.get(at..)?;
            let marker = |p: &[u8]| matches!(p, [0xff, k] if !matches!(k, 0 | 0xd0..=0xd7 | 0xff));
            let scan = rest.windows(2).position(marker)?;
            out.extend_from_slice(rest.get(..scan)?);
            at += scan;
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn part(kind: u8, inside: &[u8]) -> Vec<u8> {
        let long = u16::try_from(inside.len() + 2).unwrap().to_be_bytes();
        [&[0xff, kind][..], &long, inside].concat()
    }

    /// Something with the shape of a photograph.
    pub(in crate::formats::pdf) fn photo(side: u8, note: &str, behind: &str) -> Vec<u8> {
        let frame = [8, 0, side, 0, side, 1, 1, 0x11, 0];
        [
            b"\xff\xd8".to_vec(),
            part(0xe0, b"JFIF\0"),
            part(0xe1, note.as_bytes()),
            part(0xfe, note.as_bytes()),
            part(0xdb, &[0; 65]),
            part(0xc0, &frame),
            part(0xee, b"Adobe\0\x64\0\0\0\0\x01"),
            part(0xda, &[1, 1, 0, 0, 63, 0]),
            b"scan\xff\x00\xff\xd0more\xff\xff\xd9".to_vec(),
            behind.as_bytes().to_vec(),
        ]
        .concat()
    }

    #[test]
    fn notes_beside_a_picture_go() {
        let found = plain(&photo(9, "Li Na, 13800138000", "behind")).unwrap();
        assert_eq!((found.width, found.height), (9.0, 9.0));
        let has = |part: &[u8]| memchr::memmem::find(&found.data, part).is_some();
        assert!(!has(b"Li Na") && !has(b"JFIF") && !has(b"behind"));
        assert!(has(b"Adobe") && has(b"scan\xff\x00\xff\xd0more\xff\xff\xd9"));
        assert_eq!(plain(&found.data).unwrap(), found);
    }

    #[test]
    fn what_is_not_understood_is_no_photograph() {
        let whole = photo(9, "note", "");
        for long in 0..whole.len() {
            assert!(plain(&whole[..long]).is_none(), "{long}");
        }
        let twice = [&whole[..whole.len() - 2], &whole[2..]].concat();
        assert!(plain(&twice).is_none());
    }
}
