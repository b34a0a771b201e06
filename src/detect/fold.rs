//! Text as it is compared: full-width forms, special spaces and hyphens made plain and invisible
//! characters taken out, with a way back to the original bytes (identifiers 1.1).

use crate::model::Charset;

/// Folded text and where each of its bytes came from.
#[derive(Debug, Default, Clone)]
pub(super) struct Folded {
    /// The folded bytes.
    pub bytes: Vec<u8>,
    /// For each folded byte the range of original bytes it stands for.
    origin: Vec<(u32, u32)>,
    /// Whether anything differs from the original.
    pub changed: bool,
}

impl Folded {
    /// The original bytes that folded bytes `start..end` stand for. Characters that were taken out
    /// inside the range are part of it, those at its ends are not.
    pub(super) fn back(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        let first = self.origin.get(start)?;
        let last = self.origin.get(end.checked_sub(1)?)?;
        Some((first.0 as usize, last.1 as usize))
    }

    /// Whether the range has a byte that was written otherwise, or had something taken out.
    pub(super) fn differs(&self, start: usize, end: usize) -> bool {
        let Some((a, b)) = self.back(start, end) else {
            return false;
        };
        b - a != end - start
            || self
                .origin
                .get(start..end)
                .is_some_and(|o| o.iter().any(|(a, b)| b - a != 1))
    }

    /// Folds `text`, whose first byte is byte `base` of the original.
    pub(super) fn fold(&mut self, text: &[u8], base: usize, charset: Charset) {
        self.clear();
        self.push(text, base, charset);
    }

    /// Forgets what was folded.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.origin.clear();
        self.changed = false;
    }

    /// Takes out blanks and hyphens.
    pub(super) fn strip(&mut self) {
        let kept = self.bytes.iter().map(|b| !matches!(b, b' ' | b'-'));
        let mut kept = kept.collect::<Vec<_>>().into_iter();
        self.origin.retain(|_| kept.next().unwrap_or(true));
        self.bytes.retain(|b| !matches!(b, b' ' | b'-'));
    }

    /// Folds one more piece of the same original behind what is folded already.
    pub(super) fn push(&mut self, text: &[u8], base: usize, charset: Charset) {
        let mut at = 0;
        while let Some(&first) = text.get(at) {
            let rest = text.get(at..).unwrap_or_default();
            let (plain, len) = match charset {
                Charset::Utf8 => utf8_form(rest),
                Charset::Gb18030 => gbk_form(rest),
            };
            let here = u32::try_from(base + at).unwrap_or(u32::MAX);
            let next = u32::try_from(base + at + len).unwrap_or(u32::MAX);
            match plain {
                Form::Same => {
                    let copy = if len == 1 {
                        std::slice::from_ref(&first)
                    } else {
                        rest.get(..len).unwrap_or(rest)
                    };
                    for (i, &b) in (0u32..).zip(copy) {
                        self.bytes.push(b);
                        self.origin.push((here + i, here + i + 1));
                    }
                }
                Form::As(b) => {
                    self.bytes.push(b);
                    self.origin.push((here, next));
                    self.changed = true;
                }
                Form::Gone => self.changed = true,
            }
            at += len.max(1);
        }
    }
}

enum Form {
    Same,
    As(u8),
    Gone,
}

fn utf8_form(rest: &[u8]) -> (Form, usize) {
    let Some(&first) = rest.first() else {
        return (Form::Same, 1);
    };
    if first < 0x80 {
        return (Form::Same, 1);
    }
    let len = match first {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    };
    let Some(c) = rest
        .get(..len)
        .and_then(|b| std::str::from_utf8(b).ok())
        .and_then(|s| s.chars().next())
    else {
        return (Form::Same, 1);
    };
    (form(c), len)
}

fn form(c: char) -> Form {
    match c {
        '\u{FF01}'..='\u{FF5E}' => {
            u8::try_from(c as u32 - 0xFF01 + 0x21).map_or(Form::Same, Form::As)
        }
        '\u{3000}' | '\u{00A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' => Form::As(b' '),
        '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}' => Form::Gone,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE63}' | '\u{30FC}' => Form::As(b'-'),
        '×' | 'Х' | 'χ' | 'х' => Form::As(b'X'),
        _ => Form::Same,
    }
}

fn gbk_form(rest: &[u8]) -> (Form, usize) {
    match *rest {
        [0xA3, b @ 0xA1..=0xFE, ..] => (Form::As(b - 0x80), 2),
        [0xA1, 0xA1, ..] => (Form::As(b' '), 2),
        [0xA1, 0xAA | 0xAB, ..] | [0xA9, 0x5C, ..] => (Form::As(b'-'), 2),
        [0xA1, 0xC1, ..] => (Form::As(b'X'), 2),
        [0x81..=0xFE, 0x30..=0x39, 0x81..=0xFE, 0x30..=0x39, ..] => {
            let (text, bad) =
                encoding_rs::GB18030.decode_without_bom_handling(rest.get(..4).unwrap_or(rest));
            match text.chars().next() {
                Some(c) if !bad => (form(c), 4),
                _ => (Form::Same, 4),
            }
        }
        // Dashes, crosses and letters like X among signs, Greek and Cyrillic.
        [0xA1 | 0xA6..=0xA9, 0x40..=0xFE, ..] => {
            let (text, bad) =
                encoding_rs::GB18030.decode_without_bom_handling(rest.get(..2).unwrap_or(rest));
            match text.chars().next() {
                Some(c) if !bad => (form(c), 2),
                _ => (Form::Same, 2),
            }
        }
        [0x81..=0xFE, 0x40..=0xFE, ..] => (Form::Same, 2),
        _ => (Form::Same, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> (String, Folded) {
        let mut f = Folded::default();
        f.fold(text.as_bytes(), 0, Charset::Utf8);
        (String::from_utf8(f.bytes.clone()).unwrap(), f)
    }

    #[test]
    fn full_width_becomes_plain_and_leads_back() {
        let text = "号１３８00138000";
        let (plain, f) = folded(text);
        assert_eq!(plain, "号13800138000");
        assert_eq!(f.back(3, 14), Some((3, text.len())));
        assert!(f.differs(3, 14) && !f.differs(0, 3));
    }

    #[test]
    fn invisible_characters_go_and_are_covered() {
        let text = "138\u{200B}0013\u{2060}8000";
        let (plain, f) = folded(text);
        assert_eq!(plain, "13800138000");
        assert_eq!(f.back(0, 11), Some((0, text.len())));
        assert!(f.differs(0, 11));
    }

    #[test]
    fn signs_in_gb18030() {
        for (text, plain) in [
            ("138–0013–8000", "138-0013-8000"),
            ("002Х", "002X"),
            ("002χ", "002X"),
        ] {
            let (bytes, _, bad) = encoding_rs::GB18030.encode(text);
            assert!(!bad);
            let mut f = Folded::default();
            f.fold(&bytes, 0, Charset::Gb18030);
            assert_eq!(f.bytes, plain.as_bytes(), "{text}");
        }
    }

    #[test]
    fn gbk_full_width() {
        let (bytes, _, _) = encoding_rs::GBK.encode("电话：１３８");
        let mut f = Folded::default();
        f.fold(&bytes, 10, Charset::Gb18030);
        assert!(f.bytes.ends_with(b":138"));
        let n = f.bytes.len();
        assert_eq!(
            f.back(n - 3, n),
            Some((10 + bytes.len() - 6, 10 + bytes.len()))
        );
    }
}
