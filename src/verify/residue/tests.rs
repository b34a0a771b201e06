use super::*;
use crate::digest::JobKey;
use encoding_rs::{BIG5, GB18030};
use proptest::prelude::*;
use std::io::Write;

fn sealed(values: &[&str]) -> Sealed {
    let mut all = Values::new(&JobKey::new([7; 32]));
    for value in values {
        all.add(value);
    }
    all.seal()
}

fn run(values: &[&str], copy: &[u8]) -> Outcome {
    search(&sealed(values), &mut &*copy, &Limits::default()).unwrap()
}

/// The forms that one value is found in.
fn forms(value: &str, copy: &[u8]) -> Vec<Form> {
    let outcome = run(&[value], copy);
    assert_eq!(outcome.unsearched, []);
    let mut forms: Vec<Form> = outcome.found.iter().map(|r| r.form).collect();
    forms.sort_unstable();
    forms.dedup();
    forms
}

fn utf16(text: &str, swap: bool) -> Vec<u8> {
    let bytes = |u: u16| {
        if swap {
            u.to_be_bytes()
        } else {
            u.to_le_bytes()
        }
    };
    text.encode_utf16().flat_map(bytes).collect()
}

const MOBILE: &str = "13800138000";
const CARD: &str = "6226090000000048";
const ID: &str = "11010519491231002X";
const MAIL: &str = "zhang.san@example.com";
const ADDRESS: &str = "上海市浦东新区世纪大道100号";

#[test]
fn every_value_is_found_as_it_is() {
    for value in [
        MOBILE,
        CARD,
        ID,
        MAIL,
        ADDRESS,
        "E12345678",
        "91350100M000100Y43",
        "京A·12345678",
    ] {
        for text in [
            value.to_owned(),
            format!("x,{value},y"),
            format!("中{value}文"),
            format!("\"{value}\"\r\n"),
        ] {
            assert!(!forms(value, text.as_bytes()).is_empty(), "{value}");
        }
        assert_eq!(run(&[value], b"nothing of the kind").found, []);
    }
}

#[test]
fn the_place_is_said() {
    let outcome = run(&[MOBILE, CARD], b"0123 13800138000, 6226 0900 0000 0048");
    let all: Vec<(u64, Form)> = outcome.found.iter().map(|r| (r.offset, r.form)).collect();
    assert_eq!(all, [(5, Form::Plain), (18, Form::Digits)]);
    assert!(!outcome.is_clean());
    assert_eq!(outcome.bytes, 37);
}

#[test]
fn letters_of_either_case_are_the_same() {
    assert_eq!(forms(ID, b"=11010519491231002x="), [Form::Plain]);
    assert_eq!(forms(MAIL, b"ZHANG.San@EXAMPLE.com"), [Form::Plain]);
    assert_eq!(forms("ABCDEFGH12@X", b"abcdefgh12@x"), [Form::Plain]);
}

#[test]
fn encodings_are_seen_through() {
    for encoding in [GB18030, BIG5] {
        let bytes = encoding
            .encode("上海市浦東新區世紀大道100號")
            .0
            .into_owned();
        assert_eq!(
            forms("上海市浦東新區世紀大道100號", &bytes),
            [Form::Plain],
            "{}",
            encoding.name()
        );
    }
    for swap in [false, true] {
        for start in 0..4 {
            let lead = vec![b'z'; start];
            for (value, form) in [(ADDRESS, Form::Plain), (MAIL, Form::Wide), (ID, Form::Wide)] {
                let bytes = [lead.clone(), utf16(value, swap), b"zz".to_vec()].concat();
                assert_eq!(forms(value, &bytes), [form], "{swap} {start}");
            }
        }
    }
    // Rare characters: four bytes in GB 18030 and in UTF-8.
    let rare = "𠮷𠮷野家株式会社";
    assert_eq!(forms(rare, rare.as_bytes()), [Form::Plain]);
    assert_eq!(forms(rare, &GB18030.encode(rare).0), [Form::Plain]);
}

#[test]
fn separated_digits_are_joined() {
    for text in [
        "138 0013 8000",
        "138-0013-8000",
        "138.0013.8000",
        "138/0013/8000",
        "(138)0013-8000",
        "(138) 0013 8000",
        "138\u{a0}0013\u{a0}8000",
        "1 3 8 0 0 1 3 8 0 0 0",
        "１３８００１３８０００",
        "１３８－００１３－８０００",
        "+86 13800138000",
        "+86-138-0013-8000",
        "1.3800138E10",
        "2020-01-02 138 0013 8000 5",
        "138\u{200b}0013\u{ad}8000",
    ] {
        assert!(!forms(MOBILE, text.as_bytes()).is_empty(), "{text}");
        assert!(
            !forms(MOBILE, format!("电话{text}，").as_bytes()).is_empty(),
            "{text}"
        );
    }
    for text in [
        "110105 19491231 002X",
        "110105-19491231-002x",
        "１１０１０５１９４９１２３１００２Ｘ",
    ] {
        assert_eq!(forms(ID, text.as_bytes()), [Form::Digits], "{text}");
    }
    let wide = GB18030.encode("１３８００１３８０００").0.into_owned();
    assert_eq!(forms(MOBILE, &wide), [Form::Digits]);
    for swap in [false, true] {
        for text in ["138 0013 8000", "１３８００１３８０００"] {
            assert_eq!(
                forms(MOBILE, &utf16(text, swap)),
                [Form::Wide],
                "{text} {swap}"
            );
        }
    }
}

#[test]
fn a_separated_original_is_found_in_every_writing() {
    for value in [
        "6226 0900 0000 0048",
        "6226-0900-0000-0048",
        "６２２６０９００００００００４８",
    ] {
        for text in [CARD, "6226.0900.0000.0048", "x6226 0900 0000 0048x"] {
            assert!(!forms(value, text.as_bytes()).is_empty(), "{value} {text}");
        }
    }
}

#[test]
fn escapes_are_read() {
    let pairs = utf16(ADDRESS, true);
    let pair = |c: &[u8]| format!("\\u{:02x}{:02X}", c[0], c[1]);
    let json = pairs.chunks(2).map(pair).collect::<Vec<_>>().concat();
    let each = |f: fn(char) -> String| ADDRESS.chars().map(f).collect::<Vec<_>>().concat();
    let html = each(|c| format!("&#{};", u32::from(c)));
    let hex = each(|c| format!("&#x{:X};", u32::from(c)));
    let byte = |b: u8| format!("%{b:02X}");
    let url = ADDRESS.bytes().map(byte).collect::<Vec<_>>().concat();
    for text in [&json, &html, &hex, &url] {
        assert_eq!(forms(ADDRESS, text.as_bytes()), [Form::Escaped], "{text}");
    }
    assert_eq!(forms(MAIL, b"q=zhang.san%40example.com"), [Form::Escaped]);
    assert_eq!(forms(MOBILE, b"1&#51;800138&#48;00"), [Form::Escaped]);
    assert_eq!(forms(MOBILE, b"138&nbsp;0013&nbsp;8000"), [Form::Escaped]);
    assert_eq!(
        forms("2020/01/02 08", b"2020\\/01\\/02 08"),
        [Form::Escaped]
    );
}

#[test]
fn short_numbers_count_only_alone() {
    for text in ["913800138000", "138001380009", "x1380013800012345"] {
        assert_eq!(forms(MOBILE, text.as_bytes()), [], "{text}");
    }
    assert_eq!(forms("E12345678", b"abe12345678f0"), []);
    // Long ones count wherever they stand.
    assert_eq!(forms(CARD, b"996226090000000048123"), [Form::Plain]);
    assert_eq!(forms(ID, b"z11010519491231002xz"), [Form::Plain]);
}

#[test]
fn short_values_are_counted_and_not_looked_for() {
    let outcome = run(
        &["张三", "1234567", "a b", MOBILE],
        "张三 1234567".as_bytes(),
    );
    assert_eq!((outcome.short, outcome.found.len()), (3, 0));
    assert!(outcome.is_clean());
}

#[test]
fn equal_values_are_kept_once() {
    let all = sealed(&[
        MOBILE,
        "138-0013-8000",
        MOBILE,
        " 13800138000 ",
        "１３８００１３８０００",
    ]);
    assert_eq!(all.len(), 1);
    assert!(sealed(&[]).is_empty());
    let nothing = search(&sealed(&[]), &mut &b"x"[..], &Limits::default()).unwrap();
    assert!(nothing.is_clean());
}

#[test]
fn values_do_not_show() {
    let mut values = Values::new(&JobKey::new([1; 32]));
    values.add(MOBILE);
    let shown = format!("{values:?}");
    let shown = format!("{shown}{:?}", values.seal());
    assert!(!shown.contains("138"), "{shown}");
}

fn zip(members: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut out = io::Cursor::new(Vec::new());
    let mut writer = zip::ZipWriter::new(&mut out);
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap();
    out.into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::GzBuilder::new()
        .filename("name")
        .comment("words")
        .extra(b"extra".to_vec())
        .write(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Text that deflates badly, so that streams are long.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 9_u64;
    (0..len)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            b'a' + u8::try_from((state >> 40) % 26).unwrap()
        })
        .collect()
}

#[test]
fn what_inflates_is_looked_through() {
    use zip::CompressionMethod::{Deflated, Stored};
    let big = [noise(700_000), MAIL.as_bytes().to_vec(), noise(10)].concat();
    let inner = zip(&[("a", &noise(100)), ("b", &big)], Deflated);
    for (copy, depth) in [
        (inner.clone(), 1),
        (zip(&[("x", &inner)], Stored), 1),
        (zip(&[("x", &inner)], Deflated), 2),
        (gzip(&inner), 2),
        (gzip(&big), 1),
        (
            zip(&[("x", &gzip(&zip(&[("y", &inner)], Deflated)))], Deflated),
            4,
        ),
        ([noise(300_001), inner.clone(), noise(400_000)].concat(), 1),
    ] {
        let outcome = run(&[MAIL], &copy);
        assert_eq!(outcome.unsearched, []);
        assert_eq!(outcome.found.len(), 1);
        assert_eq!(outcome.found[0].within.len(), depth);
        assert_eq!(outcome.found[0].offset, 700_000);
        assert!(outcome.inflated >= 700_000);
        assert!(run(&["zhang.si@example.com"], &copy).is_clean());
    }
}

#[test]
fn a_member_that_no_directory_names_is_looked_through() {
    let mut copy = zip(&[("a", MAIL.as_bytes())], zip::CompressionMethod::Deflated);
    let directory = memchr::memmem::find(&copy, b"PK\x01\x02").unwrap();
    copy.truncate(directory);
    assert_eq!(run(&[MAIL], &copy).found.len(), 1);
    // And one that says in its own header that it is stored.
    copy[8] = 0;
    assert_eq!(run(&[MAIL], &copy).found.len(), 1);
}

#[test]
fn member_names_are_looked_through() {
    let copy = zip(&[(ADDRESS, b"")], zip::CompressionMethod::Deflated);
    assert!(!run(&[ADDRESS], &copy).found.is_empty());
}

#[test]
fn what_cannot_be_looked_through_is_told() {
    let kind = |copy: &[u8]| {
        let outcome = run(&[MAIL], copy);
        outcome
            .unsearched
            .iter()
            .map(|u| (u.kind, u.offset))
            .collect::<Vec<_>>()
    };
    let good = zip(&[("a", &noise(5_000))], zip::CompressionMethod::Deflated);
    assert_eq!(kind(&good), []);
    let mut encrypted = good.clone();
    encrypted[6] |= 1;
    assert_eq!(kind(&encrypted), [(GapKind::Encrypted, 0)]);
    let mut lzma = good.clone();
    lzma[8] = 14;
    assert_eq!(kind(&lzma), [(GapKind::Unsupported, 0)]);
    assert_eq!(kind(&good[..2_000]), [(GapKind::Corrupt, 0)]);
    let mut torn = good.clone();
    torn[40..400].fill(0xff);
    assert_eq!(kind(&torn), [(GapKind::Corrupt, 0)]);
}

#[test]
fn noise_after_a_header_is_nothing() {
    for magic in [&b"\x1f\x8b\x08"[..], b"PK\x03\x04"] {
        for seed in 0..200_u64 {
            let mut state = seed;
            let mut copy = magic.to_vec();
            copy.extend((0..200).map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695);
                (state >> 56) as u8
            }));
            copy.extend_from_slice(MAIL.as_bytes());
            // Found as it is, whatever the noise inflates to.
            assert!(
                run(&[MAIL], &copy)
                    .found
                    .iter()
                    .any(|r| r.within.is_empty())
            );
        }
    }
}

#[test]
fn nesting_and_expansion_are_bounded() {
    let mut copy = MAIL.as_bytes().to_vec();
    for _ in 0..20 {
        copy = gzip(&copy);
    }
    let outcome = run(&[MAIL], &copy);
    assert!(outcome.unsearched.iter().any(|u| u.kind == GapKind::Limit));
    let bomb = gzip(&vec![b'a'; 50 << 20]);
    let limits = Limits {
        inflated: 1 << 20,
        ..Limits::default()
    };
    let outcome = search(&sealed(&[MAIL]), &mut &*bomb, &limits).unwrap();
    assert_eq!(outcome.unsearched.len(), 1);
    assert!(outcome.inflated < 2 << 20);
    // Headers in a row open many streams; no more than a few at once.
    let many = b"PK\x03\x04aaaa\x08\0".repeat(50_000);
    let outcome = run(&[MAIL], &many);
    assert!(!outcome.is_clean());
}

#[test]
fn many_hits_end_the_search() {
    let copy = format!("{MOBILE},").repeat(1_000);
    let outcome = run(&[MOBILE], copy.as_bytes());
    assert_eq!(outcome.found.len(), Limits::default().found);
}

#[test]
fn text_that_looks_like_values_everywhere_is_given_up() {
    // One anchor, hundreds of lengths: each place of the text asks for hundreds of digests.
    let values: Vec<String> = (0..150)
        .map(|n| format!("{}@", "a".repeat(8 + n)))
        .collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let copy = vec![b'a'; 4 << 20];
    let begun = std::time::Instant::now();
    let outcome = run(&values, &copy);
    assert!(outcome.found.is_empty());
    assert!(begun.elapsed() < std::time::Duration::from_mins(1));
}

#[test]
fn long_values_are_looked_for_by_their_beginning() {
    let long: String = (0..500)
        .map(|i| char::from_u32(0x4E00 + i * 7).unwrap())
        .collect();
    let head: String = long.chars().take(200).collect();
    assert_eq!(forms(&long, head.as_bytes()), [Form::Plain]);
    let less: String = long.chars().take(100).collect();
    assert_eq!(forms(&long, less.as_bytes()), []);
}

#[test]
fn many_values_of_one_kind_are_told_apart() {
    let mut values = Values::new(&JobKey::new([3; 32]));
    let name = |i: u32| format!("上海市{:05}号某某股份有限公司", i * 2);
    for i in 0..20_000 {
        values.add(&name(i));
        values.add(&format!("139{:08}", i * 2));
    }
    let values = values.seal();
    assert_eq!(values.len(), 40_000);
    let mut clean = String::new();
    for i in 0..20_000 {
        let _ = std::fmt::Write::write_fmt(
            &mut clean,
            format_args!(
                "上海市{:05}号某某股份有限公司,139{:08}\n",
                i * 2 + 1,
                i * 2 + 1
            ),
        );
    }
    let outcome = search(&values, &mut clean.as_bytes(), &Limits::default()).unwrap();
    assert!(outcome.is_clean(), "{outcome:?}");
    for i in [0, 1, 777, 19_999] {
        let dirty = format!("{clean}{},", name(i));
        let outcome = search(&values, &mut dirty.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(outcome.found.len(), 1);
        assert_eq!(outcome.found[0].offset, clean.len() as u64);
    }
}

/// Gives few bytes at a time.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.1.min(self.0.len()).min(buf.len());
        buf[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

#[test]
fn values_over_the_edges_of_stretches_are_found_once() {
    let values = sealed(&[MOBILE, ADDRESS]);
    let escaped = ADDRESS
        .chars()
        .fold(String::new(), |s, c| s + &format!("&#{};", u32::from(c)));
    for (form, planted) in [
        (Form::Plain, MOBILE.as_bytes().to_vec()),
        (Form::Digits, b"138 0013 8000".to_vec()),
        (Form::Wide, utf16(MOBILE, false)),
        (Form::Escaped, escaped.into_bytes()),
    ] {
        for edge in [BLOCK, BLOCK + window::CARRY, 2 * BLOCK + window::CARRY] {
            for back in (0..planted.len() + 40).step_by(3) {
                let mut copy = noise(3 * BLOCK);
                let at = edge - back;
                copy[at - 1] = b';';
                copy[at..at + planted.len()].copy_from_slice(&planted);
                copy[at + planted.len()] = b';';
                let outcome = search(&values, &mut &*copy, &Limits::default()).unwrap();
                let all: Vec<_> = outcome.found.iter().map(|r| (r.form, r.offset)).collect();
                assert_eq!(all.len(), 1, "{form:?} {edge} {back}");
                assert_eq!(all[0].0, form);
                assert!(all[0].1.abs_diff(at as u64) < 16);
                if form == Form::Plain {
                    // One more digit touches it, perhaps only in the next stretch.
                    copy[at + planted.len()] = b'1';
                    let outcome = search(&values, &mut &*copy, &Limits::default()).unwrap();
                    assert_eq!(outcome.found, [], "{edge} {back}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_planted_value_is_always_found(
        value in prop_oneof![
            "[1-9][0-9]{7,18}", "[a-zA-Z][a-zA-Z0-9.]{3,8}@[a-z]{3,9}\\.com", "[\\u{4e00}-\\u{9fa5}]{8,40}",
            "[\\u{4e00}-\\u{9fa5}]{2,9}[0-9]{1,4}号[0-9a-z]{1,5}室某某", "[A-Z][0-9]{8}",
        ],
        before in proptest::collection::vec(any::<u8>(), 0..300),
        after in proptest::collection::vec(any::<u8>(), 0..300),
        how in 0..7_usize, step in 1..50_usize)
    {
        prop_assume!(value.chars().count() >= 8);
        let planted: Vec<u8> = match how {
            0 => value.clone().into_bytes(),
            1 => utf16(&value, false),
            2 => utf16(&value, true),
            3 => GB18030.encode(&value).0.into_owned(),
            4 => value.chars().map(|c| format!("&#x{:x};", u32::from(c)).into_bytes()).collect::<Vec<_>>().concat(),
            5 => gzip(value.as_bytes()),
            _ => zip(&[("m", value.as_bytes())], zip::CompressionMethod::Deflated),
        };
        // What touches the value is not of its kind; a zero would join it in UTF-16.
        let copy = [&before[..], b"\x01;", &planted, b";\x01", &after].concat();
        let values = sealed(&[&value]);
        let outcome = search(&values, &mut Dribble(&copy, step), &Limits::default()).unwrap();
        prop_assert!(!outcome.found.is_empty());
        let whole = search(&values, &mut &*copy, &Limits::default()).unwrap();
        prop_assert_eq!(outcome, whole);
    }

    #[test]
    fn nothing_is_found_where_nothing_is(
        values in proptest::collection::vec("[1-9][0-9]{10,17}|[a-z]{8,20}@x\\.com|[\\u{4e00}-\\u{9fa5}]{8,20}", 1..30),
        text in proptest::collection::vec(any::<u8>(), 0..3_000))
    {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let outcome = run(&values, &text);
        prop_assert_eq!(outcome.found, []);
    }

    #[test]
    fn hostile_bytes_do_no_harm(
        pieces in proptest::collection::vec(prop_oneof![
            Just(b"PK\x03\x04".to_vec()), Just(b"\x1f\x8b\x08".to_vec()), Just(b"&#".to_vec()),
            Just(b"\\u".to_vec()), Just(b"%".to_vec()), Just(b"1.2E9".to_vec()), Just(vec![0xEF, 0xBC]),
            proptest::collection::vec(any::<u8>(), 0..40)], 0..60))
    {
        let copy = pieces.concat();
        let outcome = run(&[MOBILE, MAIL, ADDRESS], &copy);
        prop_assert_eq!(outcome.bytes, copy.len() as u64);
    }
}
