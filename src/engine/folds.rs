//! Spots where values may be hidden: full-width forms, invisible characters, hyphens and spaces that are
//! not ASCII, other letters for X.

use super::scan::{Scene, offset};
use std::sync::LazyLock;

/// Spots nearer than this to the one before are not reported.
const NEAR: u32 = 24;
/// Most characters of other forms looked through between two digits.
const CHAIN: usize = 8;

/// What a character of another form stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Digit,
    Letter,
    At,
    Invisible,
    Joiner,
    Cross,
}

fn form_of(c: char) -> Option<Form> {
    Some(match c {
        '０'..='９' => Form::Digit,
        'Ａ'..='Ｚ' | 'ａ'..='ｚ' => Form::Letter,
        '＠' | '﹫' => Form::At,
        '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}' => Form::Invisible,
        '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{FF0D}'
        | '\u{FE63}'
        | '\u{A0}'
        | '\u{2000}'..='\u{200A}'
        | '\u{202F}'
        | '\u{3000}' => Form::Joiner,
        '×' | 'Х' | 'х' | 'Ⅹ' | 'ⅹ' => Form::Cross,
        _ => return None,
    })
}

/// The forms by their bytes in GB 18030, sorted.
static GB18030: LazyLock<Vec<(Vec<u8>, Form)>> = LazyLock::new(|| {
    let mut list: Vec<_> = (0x80..=0xFFFFu32)
        .filter_map(char::from_u32)
        .filter_map(|c| Some((c, form_of(c)?)))
        .map(|(c, form)| {
            (
                encoding_rs::GB18030
                    .encode(c.encode_utf8(&mut [0; 4]))
                    .0
                    .into_owned(),
                form,
            )
        })
        .collect();
    list.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    list
});

/// The bytes with which the forms begin in GB 18030.
static LEADS: LazyLock<[bool; 256]> = LazyLock::new(|| {
    let mut leads = [false; 256];
    GB18030
        .iter()
        .for_each(|(bytes, _)| leads[usize::from(bytes[0])] = true);
    leads
});

/// The form of the character that begins here, and its length.
fn form(scene: &Scene<'_>, at: usize) -> Option<(Form, usize)> {
    if scene.gbk {
        if !LEADS[usize::from(scene.byte(at))] {
            return None;
        }
        let four = scene.byte(at + 1).is_ascii_digit();
        let len = if four { 4 } else { 2 };
        let bytes = scene.bytes.get(at..at + len)?;
        let found = GB18030
            .binary_search_by(|entry| entry.0.as_slice().cmp(bytes))
            .ok()?;
        return Some((GB18030[found].1, len));
    }
    let [a, b, c] = [0, 1, 2].map(|i| u32::from(scene.byte(at + i)));
    let (code, len) = match a {
        0xC2 | 0xC3 | 0xD0 | 0xD1 => ((a & 0x1F) << 6 | b & 0x3F, 2),
        0xE2 | 0xE3 | 0xEF => ((a & 0xF) << 12 | (b & 0x3F) << 6 | c & 0x3F, 3),
        _ => return None,
    };
    Some((form_of(char::from_u32(code)?)?, len))
}

fn mark(scene: &mut Scene<'_>, at: usize) {
    let at = at.wrapping_add(scene.shift);
    let spot = offset(at);
    if scene.own.contains(&at)
        && scene
            .folds
            .last()
            .is_none_or(|last| spot >= *last + NEAR || spot < *last)
    {
        scene.folds.push(spot);
    }
}

/// Looks at a high byte that follows a letter or digit.
pub(super) fn after(scene: &mut Scene<'_>, at: usize) {
    let Some((first, _)) = form(scene, at) else {
        return;
    };
    let digit = scene.byte(at - 1).is_ascii_digit();
    let found = match first {
        Form::Cross => (1..=17).all(|i| scene.byte(at - i).is_ascii_digit()),
        Form::Digit | Form::Letter | Form::At => true,
        Form::Invisible | Form::Joiner => {
            let (mut place, mut invisible) = (at, true);
            for _ in 0..CHAIN {
                match form(scene, place) {
                    Some((Form::Invisible, len)) => place += len,
                    Some((Form::Joiner, len)) => {
                        place += len;
                        invisible = false;
                    }
                    _ => break,
                }
            }
            let next = scene.byte(place);
            let other = matches!(
                form(scene, place),
                Some((Form::Digit | Form::Letter | Form::At, _))
            );
            // Between letters only the invisible hides; hyphens and spaces do between digits.
            if invisible {
                next.is_ascii_alphanumeric() || next == b'@' || other
            } else {
                digit && (next.is_ascii_digit() || other)
            }
        }
    };
    if found {
        mark(scene, at);
    }
}

/// Looks at what may be a full-width digit or letter with another one, or a digit, near behind.
pub(super) fn wide(scene: &mut Scene<'_>, at: usize) {
    let Some((first @ (Form::Digit | Form::Letter), len)) = form(scene, at) else {
        return;
    };
    let next = at + len;
    let alone = first == Form::Letter;
    let near = |at: usize| match form(scene, at) {
        Some((Form::Digit, _)) => true,
        Some((Form::Letter | Form::At, _)) => !alone,
        _ => false,
    };
    let byte = scene.byte(next);
    let over = match form(scene, next) {
        Some((Form::Invisible | Form::Joiner, len)) => near(next + len),
        _ => matches!(byte, b' ' | b'-') && near(next + 1),
    };
    if near(next)
        || over
        || byte.is_ascii_digit()
        || (byte.is_ascii_alphanumeric() && near(next + 1))
    {
        mark(scene, at);
    }
}

/// Looks at what may be a full-width `@`.
pub(super) fn sign(scene: &mut Scene<'_>, at: usize) {
    if let Some((Form::At, len)) = form(scene, at) {
        let before = scene.byte(at - 1);
        let after = scene.byte(at + len);
        if (before.is_ascii_alphanumeric() || before >= 0x80)
            && (after.is_ascii_alphanumeric() || after >= 0x80)
        {
            mark(scene, at);
        }
    }
}
