//! Masks that keep the width: for formats whose places are counted in bytes.

use super::encoding::{Codec, Unit};
use crate::model::Frame;

/// What stands in place of `len` bytes: the mask, filled up with stars; of a pseudonym that is longer its kind in
/// brackets; stars alone when that is longer too; blanks for no mask at all.
pub(super) fn same_length(codec: Codec, with: &str, len: usize) -> Vec<u8> {
    if with.is_empty() {
        return vec![b' '; len];
    }
    let mut new = codec.encode(with);
    if new.len() > len {
        let kind = Frame::parse(with).map(|(frame, _)| format!("[{}]", frame.kind));
        new = kind.map(|k| codec.encode(&k)).unwrap_or_default();
    }
    if new.len() > len {
        new = Vec::new();
    }
    new.resize(len, b'*');
    new
}

/// The byte of `raw` at which byte `at` of its decoded UTF-8 text begins; the end for one past it.
pub(super) fn raw_at(codec: Codec, raw: &[u8], at: usize) -> usize {
    let (mut from, mut to) = (0, 0);
    while to < at {
        let Some(rest) = raw.get(from..).filter(|r| !r.is_empty()) else {
            break;
        };
        let (c, n) = match codec.first(rest) {
            Unit::Char(c, n) => (c, n),
            Unit::Bad(n) => (char::REPLACEMENT_CHARACTER, n),
            Unit::Incomplete => (char::REPLACEMENT_CHARACTER, rest.len()),
        };
        to += c.len_utf8();
        from += n.max(1);
    }
    from.min(raw.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::encoding::Encoding;

    #[test]
    fn masks_have_the_width_of_the_value() {
        let gb = Codec::new(Encoding::Gb18030);
        assert_eq!(same_length(gb, "**", 4), b"****");
        assert_eq!(same_length(gb, "张*", 4), b"\xd5\xc5**");
        assert_eq!(
            same_length(gb, "[手机号]", 11),
            b"[\xca\xd6\xbb\xfa\xba\xc5]***"
        );
        assert_eq!(same_length(gb, "[手机号]", 4), b"****");
        let frame = Frame {
            kind: "ID",
            mode: crate::model::Mode::Token,
            body: "7KQ2M4XW3ZT5R",
        };
        let text = frame.text();
        assert_eq!(
            same_length(gb, &text, 30),
            format!("{text:*<30}").as_bytes()
        );
        assert_eq!(same_length(gb, &text, 18), b"[ID]**************");
        assert_eq!(same_length(gb, &text, 3), b"***");
        assert_eq!(same_length(gb, "", 3), b"   ");
    }

    #[test]
    fn decoded_places_lead_back() {
        let big5 = Codec::new(Encoding::Other(encoding_rs::BIG5));
        let raw = big5.encode("a張b三");
        assert_eq!(raw_at(big5, &raw, 0), 0);
        assert_eq!(raw_at(big5, &raw, 1), 1);
        assert_eq!(raw_at(big5, &raw, 4), 3);
        assert_eq!(raw_at(big5, &raw, 5), 4);
        assert_eq!(raw_at(big5, &raw, 99), raw.len());
    }
}
