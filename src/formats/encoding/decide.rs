//! Which encoding a text is in, from samples of at most 64 KiB.

use super::{Codec, Encoding, Unit, frequency::score};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use std::{borrow::Cow, cell::Cell, io};

/// Bytes that are looked at in all.
const MOST: usize = 64 << 10;
/// Bytes of one window.
const WINDOW: usize = 4 << 10;
/// Places further in that are looked at, when they can be.
const PLACES: u64 = 16;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The encoding.
    pub encoding: Encoding,
    /// Length of the byte order mark in bytes, 0 when there is none.
    pub bom: usize,
    /// Some lines are UTF-8 and some GB 18030.
    pub mixed: bool,
}

impl Decision {
    fn plain(encoding: Encoding) -> Self {
        Self {
            encoding,
            bom: 0,
            mixed: false,
        }
    }

    /// The name that is noted for the file.
    pub fn name(self) -> &'static str {
        if self.mixed {
            "UTF-8 and GB18030 by line"
        } else {
            self.encoding.name()
        }
    }
}

/// Stretches of a text to decide by.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    head: Vec<u8>,
    /// Whether the head is all there is.
    whole: bool,
    /// Stretches with bytes past ASCII, cut where no character is cut.
    windows: Vec<Vec<u8>>,
}

impl Samples {
    /// From the first bytes, of which up to 64 KiB are used; `whole` when nothing follows.
    pub fn new(head: &[u8], whole: bool) -> Self {
        let kept = head.get(..MOST).unwrap_or(head);
        let whole = whole && kept.len() == head.len();
        let mut samples = Self {
            head: kept.to_vec(),
            whole,
            windows: Vec::new(),
        };
        samples.add(kept, true, whole);
        samples
    }

    /// Adds places further in of a text of `len` bytes, read by `peek` (offset, buffer).
    ///
    /// # Errors
    /// Those of `peek`.
    pub fn look_further(
        &mut self,
        len: u64,
        peek: &mut dyn FnMut(u64, &mut [u8]) -> io::Result<usize>,
    ) -> io::Result<()> {
        let mut buf = vec![0; WINDOW * 4];
        for place in 1..=PLACES {
            if self.bytes() >= MOST {
                break;
            }
            let at = (len / PLACES * place).min(len.saturating_sub(buf.len() as u64));
            if at < self.head.len() as u64 {
                continue;
            }
            let n = peek(at, &mut buf)?;
            self.add(buf.get(..n).unwrap_or_default(), false, false);
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.windows.iter().map(Vec::len).sum()
    }

    fn add(&mut self, stretch: &[u8], first: bool, last: bool) {
        let count = stretch.len().div_ceil(WINDOW);
        let mut rest = stretch;
        let mut first = first;
        for i in 0..count {
            // Windows end at a byte that is no part of a longer character, when there is one.
            let nominal = rest.len().min(WINDOW);
            let end = if i + 1 == count && last {
                rest.len()
            } else {
                rest.get(..nominal).and_then(last_edge).unwrap_or(nominal)
            };
            let (window, after) = rest.split_at(end);
            rest = after;
            let from = if first {
                0
            } else {
                first_edge(window).unwrap_or(0)
            };
            first = true;
            let window = window.get(from..).unwrap_or_default();
            if !window.is_ascii() && self.bytes() + window.len() <= MOST {
                self.windows.push(window.to_vec());
            }
            if rest.is_empty() {
                break;
            }
        }
    }

    fn high(&self) -> usize {
        self.windows
            .iter()
            .map(|w| w.iter().filter(|&&b| b >= 0x80).count())
            .sum()
    }
}

/// Whether a character surely ends with the second of two bytes, in any encoding that has ASCII: it is
/// below the second bytes of longer characters, or ASCII behind ASCII.
fn is_edge(pair: &[u8]) -> bool {
    matches!(pair, [_, 0..0x30] | [0..0x80, 0..0x80])
}

/// The first place in some bytes that is surely between characters.
pub(in super::super) fn first_edge(bytes: &[u8]) -> Option<usize> {
    if bytes.first().is_some_and(|&b| b < 0x30) {
        return Some(1);
    }
    bytes.windows(2).position(is_edge).map(|at| at + 2)
}

/// The last place in some bytes that is surely between characters.
pub(in super::super) fn last_edge(bytes: &[u8]) -> Option<usize> {
    let first = bytes.first().is_some_and(|&b| b < 0x30).then_some(1);
    bytes
        .windows(2)
        .rposition(is_edge)
        .map(|at| at + 2)
        .or(first)
}

/// The encoding of a charset label, as documents declare it (`gb2312` is GB 18030).
pub fn label(name: &[u8]) -> Option<Encoding> {
    encoding_rs::Encoding::for_label_no_replacement(name).map(Encoding::from)
}

/// Decides. `declared` is what the document says of itself: believed only when the bytes allow it.
pub fn decide(samples: &Samples, declared: Option<Encoding>) -> Decision {
    if let Some((encoding, bom)) = encoding_rs::Encoding::for_bom(&samples.head) {
        return Decision {
            bom,
            ..Decision::plain(Encoding::from(encoding))
        };
    }
    if let Some(encoding) = utf16_by_nul(&samples.head) {
        return Decision::plain(encoding);
    }
    let declared =
        declared.filter(|e| !matches!(e, Encoding::Utf16Le | Encoding::Utf16Be | Encoding::Utf8));
    if samples.windows.is_empty() {
        return Decision::plain(declared.unwrap_or(Encoding::Utf8));
    }
    if samples.windows.iter().all(|w| valid_utf8(w)) {
        return Decision::plain(Encoding::Utf8);
    }
    if let Some(encoding) = utf16_by_frequency(&samples.head) {
        return Decision::plain(encoding);
    }
    if let Some(encoding) = declared {
        let wide = !matches!(encoding, Encoding::Other(e) if e.is_single_byte());
        if wide && measure(samples, encoding).bad == 0 {
            return Decision::plain(encoding);
        }
    }
    let (mut utf8, mut other) = (0_u32, 0_u32);
    for line in samples
        .windows
        .iter()
        .flat_map(|w| w.split(|&b| b == b'\n'))
    {
        if is_surely_utf8(line) {
            utf8 += 1;
        } else if !line.is_ascii() && !valid_utf8(line) {
            other += 1;
        }
    }
    if utf8 > 0 && utf8 * 50 >= other {
        return Decision {
            mixed: measure_lines(samples),
            ..Decision::plain(Encoding::Utf8)
        };
    }
    Decision::plain(legacy(samples, declared))
}

/// Whether some line that is not UTF-8 is sound GB 18030.
fn measure_lines(samples: &Samples) -> bool {
    samples
        .windows
        .iter()
        .flat_map(|w| w.split(|&b| b == b'\n'))
        .any(|line| !valid_utf8(line) && is_sound_gb(line))
}

/// Whether a line past ASCII decodes as GB 18030 and looks like Chinese.
pub(in super::super) fn is_sound_gb(line: &[u8]) -> bool {
    let seen = weigh([line].into_iter(), Encoding::Gb18030);
    seen.bad == 0 && seen.chars > 0 && seen.sum >= 0
}

/// Valid UTF-8 with at least two characters of three bytes: GBK text is never that by chance.
pub(in super::super) fn is_surely_utf8(line: &[u8]) -> bool {
    line.iter().filter(|&&b| b >= 0xE0).nth(1).is_some() && valid_utf8(line)
}

/// Valid UTF-8, but for a last character that is cut.
pub(in super::super) fn valid_utf8(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(e) => e.error_len().is_none(),
    }
}

fn utf16_by_nul(head: &[u8]) -> Option<Encoding> {
    let pairs = head.len() / 2;
    // Nearly every file ends here: text in any other encoding has no NUL.
    if pairs < 2 || memchr::memchr(0, head).is_none() {
        return None;
    }
    let (mut even, mut odd) = (0, 0);
    for pair in head.chunks_exact(2) {
        even += usize::from(pair.first() == Some(&0));
        odd += usize::from(pair.last() == Some(&0));
    }
    let encoding = if odd * 5 > pairs && even * 20 < pairs {
        Encoding::Utf16Le
    } else if even * 5 > pairs && odd * 20 < pairs {
        Encoding::Utf16Be
    } else {
        return None;
    };
    let (mut chars, mut odd_ones) = (0_usize, 0_usize);
    for_units(Codec::new(encoding), head, |unit, _| {
        chars += 1;
        odd_ones += match unit {
            Unit::Char(c, _) => usize::from(is_strange(c)),
            _ => 1,
        };
    });
    (odd_ones * 50 <= chars).then_some(encoding)
}

/// Control characters and code points that no text has.
fn is_strange(c: char) -> bool {
    (c < ' ' && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{b}' | '\u{1b}'))
        || c == '\u{7f}'
        || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{FFF0}'..='\u{FFFF}')
}

/// Chinese without any ASCII in UTF-16: only frequency tells the order of the bytes.
fn utf16_by_frequency(head: &[u8]) -> Option<Encoding> {
    let mut best = None;
    for encoding in [Encoding::Utf16Le, Encoding::Utf16Be] {
        let (mut chars, mut sum, mut bad) = (0_i32, 0_i32, 0_i32);
        for_units(Codec::new(encoding), head, |unit, _| match unit {
            Unit::Char('\n' | '\r' | '\t' | ' ', _) => {}
            Unit::Char(c, _) => {
                chars += 1;
                sum += score(c, false);
                bad += i32::from(is_strange(c));
            }
            _ => bad += 1,
        });
        let good = chars >= 10 && bad * 50 <= chars && sum >= chars;
        if good && best.is_none_or(|(s, _)| sum > s) {
            best = Some((sum, encoding));
        }
    }
    best.map(|(_, encoding)| encoding)
}

fn for_units(codec: Codec, mut bytes: &[u8], mut see: impl FnMut(Unit, &[u8])) {
    while !bytes.is_empty() {
        let unit = codec.first(bytes);
        let n = match unit {
            Unit::Char(_, n) | Unit::Bad(n) => n,
            Unit::Incomplete => return,
        };
        let (code, rest) = bytes.split_at(n.min(bytes.len()));
        see(unit, code);
        bytes = rest;
    }
}

/// How well samples fit an encoding, counting only what lies past ASCII.
#[derive(Debug, Clone, Copy, Default)]
struct Fit {
    chars: i32,
    bad: i32,
    sum: i32,
}

fn measure(samples: &Samples, encoding: Encoding) -> Fit {
    weigh(samples.windows.iter().map(Vec::as_slice), encoding)
}

fn weigh<'a>(windows: impl Iterator<Item = &'a [u8]>, encoding: Encoding) -> Fit {
    let everyday = match encoding {
        Encoding::Gb18030 => 0xB0..=0xD7,
        _ => 0xA4..=0xC6,
    };
    let codec = Codec::new(encoding);
    let mut fit = Fit::default();
    for window in windows {
        for_units(codec, window, |unit, code| match unit {
            Unit::Char(c, _) if c.is_ascii() => {}
            Unit::Char(c, _) => {
                fit.chars += 1;
                let everyday = match code {
                    [lead, trail] => {
                        everyday.contains(lead) && (encoding != Encoding::Gb18030 || *trail >= 0xA1)
                    }
                    _ => false,
                };
                fit.sum += score(c, everyday);
            }
            _ => fit.bad += 1,
        });
    }
    fit
}

/// Neither UTF-8 nor UTF-16.
fn legacy(samples: &Samples, declared: Option<Encoding>) -> Encoding {
    let gb = measure(samples, Encoding::Gb18030);
    let big5 = measure(samples, Encoding::Other(encoding_rs::BIG5));
    if samples.high() < 16 {
        // Twice the mean, half a point in favour of GB 18030, which is far more common.
        let mean = |fit: Fit| {
            (fit.bad == 0 && fit.chars > 0).then(|| f64::from(fit.sum) / f64::from(fit.chars))
        };
        let (g, b) = (mean(gb).map(|m| m + 0.5), mean(big5));
        match (g, b) {
            (Some(g), Some(b)) if b > g && b >= 0.0 => {
                return Encoding::Other(encoding_rs::BIG5);
            }
            (Some(g), _) if g >= 0.0 => return Encoding::Gb18030,
            (None, Some(b)) if b >= 0.0 => return Encoding::Other(encoding_rs::BIG5),
            _ => {}
        }
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for (i, window) in samples.windows.iter().enumerate() {
        detector.feed(window, i + 1 == samples.windows.len() && samples.whole);
    }
    let guess = Encoding::from(detector.guess(None, Utf8Detection::Deny));
    let single = matches!(guess, Encoding::Other(e) if e.is_single_byte());
    let usable = |fit: Fit| fit.bad * 50 <= fit.chars && fit.sum * 2 >= fit.chars && fit.chars > 0;
    let wrong = single || measure(samples, guess).bad * 20 > measure(samples, guess).chars;
    if wrong && usable(gb) && gb.sum >= big5.sum {
        return Encoding::Gb18030;
    }
    if wrong && usable(big5) {
        return Encoding::Other(encoding_rs::BIG5);
    }
    match declared {
        Some(d) if single => d,
        _ => guess,
    }
}

/// Whether the first bytes of a file are text in any encoding, NUL padding allowed.
pub fn looks_like_text(head: &[u8]) -> bool {
    match JUDGED.get() {
        Some(judged) if judged.place == place(head) => judged.text,
        _ => judge(head),
    }
}

/// What was said of some bytes.
#[derive(Debug, Clone, Copy)]
struct Judged {
    /// Where they are, and how many.
    place: (usize, usize),
    text: bool,
}

thread_local! {
    /// What was said of the bytes that are being identified.
    static JUDGED: Cell<Option<Judged>> = const { Cell::new(None) };
}

fn place(head: &[u8]) -> (usize, usize) {
    (head.as_ptr().addr(), head.len())
}

/// Runs `ask`, during which [`looks_like_text`] says of these bytes what it said once: a dozen formats ask it of
/// every file.
pub fn judged_once<T>(head: &[u8], ask: impl FnOnce() -> T) -> T {
    // Also when `ask` panics: other bytes may stand there later.
    struct Forget(Option<Judged>);
    impl Drop for Forget {
        fn drop(&mut self) {
            JUDGED.set(self.0);
        }
    }
    let _forget = Forget(JUDGED.get());
    JUDGED.set(Some(Judged {
        place: place(head),
        text: judge(head),
    }));
    ask()
}

fn judge(head: &[u8]) -> bool {
    if head.is_empty() {
        return true;
    }
    if head.starts_with(&[0xFF, 0xFE, 0, 0]) || head.get(257..262) == Some(b"ustar") {
        return false;
    }
    if encoding_rs::Encoding::for_bom(head).is_some() || utf16_by_nul(head).is_some() {
        return true;
    }
    let nul = memchr::memchr_iter(0, head).count();
    let control = control_bytes(head);
    let rest = head.len() - nul;
    if nul > 0 {
        // Padding comes in runs and with nothing else that is strange.
        let runs = head.split(|&b| b == 0).filter(|s| !s.is_empty()).count();
        let padded = rest > 0 && control == 0 && (runs <= 2 || rest / runs >= 3);
        return padded
            && (head.iter().filter(|&&b| b >= 0x80).count() * 2 <= rest || {
                let text: Vec<u8> = head.iter().copied().filter(|&b| b != 0).collect();
                valid_utf8(&text)
                    || measure(&Samples::new(&text, false), Encoding::Gb18030).bad == 0
            });
    }
    if control * 32 > rest {
        return false;
    }
    // UTF-16 without ASCII has neither NULs nor, mostly, control bytes; other binary data does.
    true
}

/// Number of control bytes that text does not have. Whole blocks without one, nearly all of them, are
/// told by a few vector instructions each: this runs several times for every file.
fn control_bytes(head: &[u8]) -> usize {
    let strange = |b: u8| {
        let low = u8::from(b < 0x20) & u8::from(b != 0) & u8::from(b != 0x1B);
        let white = u8::from((b'\t'..=b'\r').contains(&b));
        (low & (1 - white)) | u8::from(b == 0x7F)
    };
    let (blocks, rest) = head.as_chunks::<32>();
    let clean = |block: &[u8; 32]| block.iter().fold(0, |any, &b| any | strange(b)) == 0;
    blocks
        .iter()
        .filter(|block| !clean(block))
        .map(|block| block.iter().filter(|b| strange(**b) != 0).count())
        .sum::<usize>()
        + rest.iter().filter(|b| strange(**b) != 0).count()
}

/// The first bytes as ASCII-compatible text without byte order mark, for looking at their shape.
/// `None` for binary data.
pub fn readable_head(head: &[u8]) -> Option<Cow<'_, [u8]>> {
    if !looks_like_text(head) {
        return None;
    }
    let (encoding, bom) = match encoding_rs::Encoding::for_bom(head) {
        Some((e, bom)) => (Encoding::from(e), bom),
        None => (utf16_by_nul(head).unwrap_or(Encoding::Utf8), 0),
    };
    let rest = head.get(bom..).unwrap_or_default();
    if !matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be) {
        return Some(Cow::Borrowed(rest));
    }
    let mut out = Vec::with_capacity(rest.len());
    Codec::new(encoding).decode(rest, false, &mut out, &mut 0);
    Some(Cow::Owned(out))
}

#[cfg(test)]
#[allow(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::get_unwrap,
    clippy::needless_pass_by_value,
    reason = "tests build their inputs plainly"
)]
mod tests {
    use super::*;

    fn decided(text: &str, encoding: Encoding) -> Encoding {
        let raw = Codec::new(encoding).encode(text);
        decide(&Samples::new(&raw, true), None).encoding
    }

    #[test]
    fn what_is_judged_once_is_said_of_no_other_bytes() {
        let (text, binary) = (b"plain words".to_vec(), vec![1_u8; 11]);
        judged_once(&text, || {
            assert!(looks_like_text(&text) && !looks_like_text(&binary));
            judged_once(&binary, || assert!(!looks_like_text(&binary)));
            assert!(looks_like_text(&text));
        });
        assert!(JUDGED.get().is_none());
        let failed = std::panic::catch_unwind(|| judged_once(b"x", || panic!("on purpose")));
        assert!(failed.is_err() && JUDGED.get().is_none());
    }

    const BIG5: Encoding = Encoding::Other(encoding_rs::BIG5);

    #[test]
    fn short_and_long_samples_of_each() {
        let simplified = "客户姓名,身份证号,手机号码\n张伟,11010519491231002X,13800138000\n";
        let traditional = "客戶姓名,身分證號,電話號碼\n陳志明,A123456789,0912345678\n";
        for (text, encoding) in [
            (simplified, Encoding::Utf8),
            (simplified, Encoding::Gb18030),
            (simplified, Encoding::Utf16Le),
            (simplified, Encoding::Utf16Be),
            ("id,name\n1,张伟\n2,x\n", Encoding::Gb18030),
            ("id,name\n1,王芳\n2,x\n", Encoding::Gb18030),
            (traditional, Encoding::Utf16Le),
            (traditional, BIG5),
            ("id,name\n1,陳淑芬\n2,x\n", BIG5),
            (
                "経費精算の申請書をご確認ください",
                Encoding::Other(encoding_rs::SHIFT_JIS),
            ),
            ("经查明该公司没有说明情况所以我们决定", Encoding::Utf16Le),
            ("经查明该公司没有说明情况所以我们决定", Encoding::Utf16Be),
        ] {
            assert_eq!(decided(text, encoding), encoding, "{text}");
        }
    }

    #[test]
    fn western_text_is_not_taken_for_chinese() {
        let text = "Le café est fermé; les élèves sont allés à la bibliothèque où ils étudient.";
        let e = decided(text, Encoding::Other(encoding_rs::WINDOWS_1252));
        assert!(
            matches!(e, Encoding::Other(e) if e.is_single_byte()),
            "{e:?}"
        );
    }

    #[test]
    fn lines_of_both_kinds_are_mixed() {
        let mut raw = "时间 客户张三 登录成功\n".as_bytes().to_vec();
        raw.extend(Codec::new(Encoding::Gb18030).encode("时间 客户李四 登录失败\n"));
        let decision = decide(&Samples::new(&raw, true), None);
        assert!(decision.mixed);
        assert_eq!(decision.encoding, Encoding::Utf8);
    }

    #[test]
    fn the_legacy_bytes_may_come_late() {
        let mut file = vec![b'x'; 1 << 20];
        for at in (16..file.len()).step_by(64) {
            file[at] = b'\n';
        }
        let late = Codec::new(Encoding::Gb18030).encode("\n客户姓名 张伟 身份证\n");
        let mut at = 300_000;
        while at + late.len() < file.len() {
            file[at..at + late.len()].copy_from_slice(&late);
            at += 512;
        }
        let mut samples = Samples::new(&file[..MOST], false);
        samples
            .look_further(file.len() as u64, &mut |at, buf| {
                let from = usize::try_from(at).unwrap();
                let n = buf.len().min(file.len() - from);
                buf[..n].copy_from_slice(&file[from..from + n]);
                Ok(n)
            })
            .unwrap();
        assert_eq!(decide(&samples, None).encoding, Encoding::Gb18030);
    }

    #[test]
    fn binary_is_not_text() {
        for binary in [
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01".as_slice(),
            b"PK\x03\x04\x14\0\0\0\x08\0\x01\x02\x03\x04\x05\x06",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0",
            &[0; 64],
        ] {
            assert!(!looks_like_text(binary));
        }
        let gbk = Codec::new(Encoding::Gb18030).encode("客户姓名：张伟，身份证号码");
        for text in [
            b"plain".as_slice(),
            b"",
            b"NAME\0\0\0\0\0\0VALUE\0\0\0\0\0",
            "中文".as_bytes(),
            &gbk,
            &Codec::new(Encoding::Utf16Le).encode("a,b,c\n张三"),
        ] {
            assert!(looks_like_text(text));
        }
    }
}
