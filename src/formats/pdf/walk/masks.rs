//! Where a picture paints, as its mask or the picture itself says (ISO 32000-1, 8.9.6 and 11.6.5).

use crate::formats::pdf::tree::{content, entry, items, number, number_of, sides};
use lopdf::{Document, Object, Stream};

/// What is less opaque than this lets something through.
const OPAQUE: f64 = 0.95;

/// Pixels that paint or do not.
#[derive(Debug)]
pub(in super::super) struct Mask {
    wide: usize,
    high: usize,
    bits: usize,
    /// Whether small numbers paint.
    low: bool,
    data: Vec<u8>,
}

impl Mask {
    /// Of a stencil or an explicit mask: zeros paint; of a soft mask (`soft`): what is opaque does. `None`
    /// when it cannot be told.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sides and bits are bounded"
    )]
    pub(in super::super) fn of(
        doc: &Document,
        stream: &Stream,
        soft: bool,
        most: usize,
    ) -> Option<Self> {
        let (wide, high) = sides(doc, &stream.dict);
        let (wide, high) = (wide as usize, high as usize);
        let bits = number_of(doc, &stream.dict, b"BitsPerComponent").unwrap_or(8.0);
        let bits = if soft { bits as usize } else { 1 };
        let known = matches!(bits, 1 | 2 | 4 | 8 | 16) && wide > 0 && high > 0;
        let filters = stream.filters().unwrap_or_default();
        let coded = |f: &&[u8]| matches!(*f, b"DCTDecode" | b"DCT" | b"JPXDecode");
        if !known || filters.iter().any(coded) {
            return None;
        }
        let data = content(stream, most).ok()?;
        let turned = items(doc, &stream.dict, b"Decode");
        let turned = turned.first().and_then(number).is_some_and(|n| n >= 0.5);
        let row = (wide * bits).div_ceil(8);
        (data.len() >= row * high).then_some(Self {
            wide,
            high,
            bits,
            low: soft == turned,
            data,
        })
    }

    fn pixel(&self, x: usize, y: usize) -> bool {
        let row = (self.wide * self.bits).div_ceil(8);
        let at = y * row + x * self.bits / 8;
        let byte = u32::from(self.data.get(at).copied().unwrap_or(0));
        // Of sixteen bits the first eight tell enough.
        let bits = self.bits.min(8);
        let shift = if self.bits >= 8 {
            0
        } else {
            8 - bits - x * bits % 8
        };
        let most = (1_u32 << bits) - 1;
        let value = f64::from((byte >> shift) & most) / f64::from(most);
        let opaque = if self.low { 1.0 - value } else { value };
        opaque >= OPAQUE
    }

    /// Whether all is painted at a place of the square that a picture is drawn into, and right beside it.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "sides are bounded"
    )]
    pub(super) fn paints(&self, x: f64, y: f64) -> bool {
        let near = |at: f64, side: usize| {
            let at = (at * side as f64).floor().clamp(0.0, side as f64 - 1.0) as usize;
            at.saturating_sub(1)..=(at + 1).min(side - 1)
        };
        let mut rows = near(1.0 - y, self.high);
        rows.all(|y| near(x, self.wide).all(|x| self.pixel(x, y)))
    }

    /// Whether all of it paints.
    pub(in super::super) fn is_whole(&self) -> bool {
        (0..self.high).all(|y| (0..self.wide).all(|x| self.pixel(x, y)))
    }
}

/// Whether a picture is a stencil.
pub(in super::super) fn is_stencil(doc: &Document, stream: &Stream) -> bool {
    matches!(
        entry(doc, &stream.dict, b"ImageMask"),
        Some(Object::Boolean(true))
    )
}

/// What masks a picture.
#[derive(Debug)]
pub(super) enum Masked<'d> {
    /// Nothing: it paints all of its square.
    Not,
    /// Something that cannot be read.
    Unknown,
    /// This stream; whether it is a soft mask.
    By(&'d Stream, bool),
}

/// The mask of a picture (ISO 32000-1, 8.9.6 and 11.6.5.3).
pub(super) fn mask_of<'d>(doc: &'d Document, stream: &'d Stream) -> Masked<'d> {
    if is_stencil(doc, stream) {
        return Masked::By(stream, false);
    }
    // A soft mask goes before any other.
    match entry(doc, &stream.dict, b"SMask") {
        Some(Object::Stream(mask)) => return Masked::By(mask, true),
        Some(_) => return Masked::Unknown,
        None => {}
    }
    if number_of(doc, &stream.dict, b"SMaskInData").is_some_and(|n| n > 0.0) {
        return Masked::Unknown;
    }
    match entry(doc, &stream.dict, b"Mask") {
        Some(Object::Stream(mask)) => Masked::By(mask, false),
        Some(_) => Masked::Unknown,
        None => Masked::Not,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lopdf::dictionary;

    fn mask(bits: i64, decode: [i64; 2], data: &[u8], soft: bool) -> Option<Mask> {
        let dict = dictionary! {
            "Width" => 4, "Height" => 2, "BitsPerComponent" => bits,
            "Decode" => decode.map(Object::Integer).to_vec(),
        };
        Mask::of(
            &Document::new(),
            &Stream::new(dict, data.to_vec()),
            soft,
            99,
        )
    }

    #[test]
    fn stencils_paint_where_they_are_zero_and_soft_masks_where_they_are_not() {
        let all = |mask: &Mask| {
            let mut out = String::new();
            for y in 0..2 {
                for x in 0..4 {
                    out.push(if mask.pixel(x, y) { '#' } else { '.' });
                }
            }
            out
        };
        let said =
            |bits, decode, data: &[u8], soft| mask(bits, decode, data, soft).map(|m| all(&m));
        let stencil = said(1, [0, 1], &[0x9f, 0x0f], false);
        assert_eq!(stencil.as_deref(), Some(".##.####"));
        let turned = said(1, [1, 0], &[0x9f, 0x0f], false);
        assert_eq!(turned.as_deref(), Some("#..#...."));
        let soft = said(2, [0, 1], &[0b11_10_01_11, 0xff], true);
        assert_eq!(soft.as_deref(), Some("#..#####"));
        let deep = said(
            16,
            [0, 1],
            &[[0xff; 8], [0, 0xff, 0xff, 0, 0, 0, 0, 0]].concat(),
            true,
        );
        assert_eq!(deep.as_deref(), Some("####.#.."));
        assert!(said(8, [0, 1], &[0; 7], true).is_none());
    }

    #[test]
    fn a_place_is_painted_when_what_is_beside_it_is() {
        let mask = mask(1, [0, 1], &[0x10, 0x10], false).unwrap();
        assert!(mask.paints(0.1, 0.5) && !mask.paints(0.9, 0.5) && !mask.paints(0.6, 0.5));
        assert!(!mask.is_whole());
    }
}
