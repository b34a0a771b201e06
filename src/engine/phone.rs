//! Telephone numbers behind a `+`, and the other number that is written with signs of its own.
//!
//! After the `+`: digits in groups, between them one or two of space, hyphen, full stop, slash, round
//! brackets. Where a number ends among groups that follow each other only its plan knows, so every end
//! of a group from the seventh digit on is a hit. An extension (`x123`) belongs to it.

use super::{classes::is_word, scan::Scene};

/// Digits of the shortest and the longest number, ITU-T E.164.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Digits of the longest extension.
const EXTENSION: usize = 7;

fn is_between(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')')
}

/// Whether a letter, digit or underscore of its own stands here.
fn touches(scene: &Scene<'_>, at: usize) -> bool {
    is_word(scene.byte(at)) && !(scene.gbk && scene.inside(at))
}

/// Tests the number behind the `+` at a place.
pub(super) fn find(scene: &mut Scene<'_>, patterns: &[u16], at: usize) {
    let before = at.wrapping_sub(1);
    if touches(scene, before) || scene.byte(before) == b'+' {
        return;
    }
    let (mut place, mut digits, mut between) = (at + 1, 0, 0);
    loop {
        let byte = scene.byte(place);
        if byte.is_ascii_digit() {
            digits += 1;
            between = 0;
            if digits > *DIGITS.end() {
                return;
            }
            if !scene.byte(place + 1).is_ascii_digit() && DIGITS.contains(&digits) {
                let end = extension(scene, place + 1);
                if !is_word(scene.byte(end)) {
                    scene.hit_all(patterns, at, end);
                }
            }
        } else if is_between(byte) && between < 2 {
            between += 1;
        } else {
            return;
        }
        place += 1;
    }
}

/// Where the extension ends that begins here; the same place when there is none.
fn extension(scene: &Scene<'_>, at: usize) -> usize {
    if !matches!(scene.byte(at), b'x' | b'X') {
        return at;
    }
    let digits = (1..=EXTENSION)
        .take_while(|n| scene.byte(at + n).is_ascii_digit())
        .count();
    if digits == 0 { at } else { at + 1 + digits }
}

/// Tests the Macao identity number whose first slash stands here: `1/234567/8`.
pub(super) fn macau(scene: &mut Scene<'_>, patterns: &[u16], at: usize) {
    let digits = (1..=6).all(|i| scene.byte(at + i).is_ascii_digit());
    let first = matches!(scene.byte(at - 1), b'1' | b'5' | b'7' | b'8');
    let slash = |at: usize| scene.byte(at) == b'/' || touches(scene, at);
    if digits && first && !slash(at - 2) && !slash(at + 9) {
        scene.hit_all(patterns, at - 1, at + 9);
    }
}
