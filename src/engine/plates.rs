//! Number plates of China (GA 36).
//!
//! Province, letter, then five capitals or digits (the last may be 学警港澳挂领), or six for new energy:
//! a letter first or last and digits elsewhere, one more letter allowed in the second place. `使` and six
//! digits for missions. A middle dot may stand after the letter. No `I`, no `O`.

use super::{classes::is_word, scan::Scene};
use std::sync::LazyLock;

const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
const LAST: &str = "学警港澳挂领";
const DOTS: &str = "·•・";
const MISSION: &str = "使";

/// The bytes of the characters in one charset.
#[derive(Debug)]
struct Signs {
    /// As numbers, sorted.
    provinces: Vec<u32>,
    last: Vec<Vec<u8>>,
    dots: Vec<Vec<u8>>,
    mission: Vec<u32>,
}

fn code(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |code, byte| code << 8 | u32::from(*byte))
}

impl Signs {
    fn new(encode: impl Fn(char) -> Vec<u8>) -> Self {
        let all = |text: &str| text.chars().map(&encode).collect();
        let codes = |text: &str| {
            let mut list: Vec<u32> = text.chars().map(|c| code(&encode(c))).collect();
            list.sort_unstable();
            list
        };
        Self {
            provinces: codes(PROVINCES),
            last: all(LAST),
            dots: all(DOTS),
            mission: codes(MISSION),
        }
    }
}

static UTF8: LazyLock<Signs> = LazyLock::new(|| Signs::new(|c| c.to_string().into_bytes()));
static GB18030: LazyLock<Signs> = LazyLock::new(|| {
    Signs::new(|c| {
        encoding_rs::GB18030
            .encode(c.encode_utf8(&mut [0; 4]))
            .0
            .into_owned()
    })
});

fn signs(scene: &Scene<'_>) -> (&'static Signs, usize) {
    if scene.gbk { (&GB18030, 2) } else { (&UTF8, 3) }
}

/// Where a character of the list that ends here begins.
fn before(scene: &Scene<'_>, list: &[u32], width: usize, end: usize) -> Option<usize> {
    let start = end - width;
    let bytes = scene.bytes.get(start..end)?;
    let found = list.binary_search(&code(bytes)).is_ok();
    // In GB 18030 the byte after is no part of a character when the two before are one.
    (found && !(scene.gbk && scene.inside(end))).then_some(start)
}

/// Where a character of the list that begins here ends.
fn behind(scene: &Scene<'_>, list: &[Vec<u8>], start: usize) -> Option<usize> {
    let rest = scene.bytes.get(start..)?;
    list.iter()
        .find(|sign| rest.starts_with(sign))
        .map(|sign| start + sign.len())
}

fn sign(byte: u8) -> bool {
    byte.is_ascii_digit() || byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'O')
}

/// Tests the plate whose letter this is.
pub(super) fn civil(scene: &mut Scene<'_>, patterns: &[u16], letter: usize) {
    let (signs, width) = signs(scene);
    if matches!(scene.byte(letter), b'I' | b'O') {
        return;
    }
    let Some(start) = before(scene, &signs.provinces, width, letter) else {
        return;
    };
    let from = behind(scene, &signs.dots, letter + 1).unwrap_or(letter + 1);
    let len = (0..7).take_while(|i| sign(scene.byte(from + i))).count();
    let end = from + len;
    if len == 4
        && let Some(end) = behind(scene, &signs.last, end)
    {
        scene.hit_all(patterns, start, end);
        return;
    }
    let whole = len == 5 || len == 6 && new_energy(scene, from);
    if whole && !is_word(scene.byte(end)) {
        scene.hit_all(patterns, start, end);
    }
}

/// Whether six signs are those of a new energy vehicle, small or large.
fn new_energy(scene: &Scene<'_>, from: usize) -> bool {
    let digits = |range: std::ops::Range<usize>| {
        range
            .into_iter()
            .all(|i| scene.byte(from + i).is_ascii_digit())
    };
    let letter = |i: usize| scene.byte(from + i).is_ascii_uppercase();
    letter(0) && digits(2..6) || letter(5) && digits(0..5)
}

/// Tests the mission plate whose first digit this is.
pub(super) fn mission(scene: &mut Scene<'_>, patterns: &[u16], first: usize) {
    let (signs, width) = signs(scene);
    let Some(start) = before(scene, &signs.mission, width, first) else {
        return;
    };
    let len = (0..7)
        .take_while(|i| scene.byte(first + i).is_ascii_digit())
        .count();
    if len == 6 && !is_word(scene.byte(first + 6)) {
        scene.hit_all(patterns, start, first + 6);
    }
}
