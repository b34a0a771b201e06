//! The engine against the reference, against itself on other code, in other pieces and in GB 18030.

use super::*;
use encoding_rs::GB18030;
use proptest::prelude::*;

const ID: &str =
    "[1-8][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]";

fn groups(list: &[&[u8]]) -> Vec<Vec<u8>> {
    list.iter().map(|sizes| sizes.to_vec()).collect()
}

fn shape<'a>(regex: &'a str, groups: &'a [Vec<u8>], plain: bool, check: Check) -> Pattern<'a> {
    Pattern {
        find: Find::Shape {
            regex,
            groups,
            plain,
        },
        check,
    }
}

/// The patterns of a usual run, and some of other kinds.
fn with_patterns<T>(run: impl FnOnce(&[Pattern<'_>]) -> T) -> T {
    let mobile = groups(&[&[3, 4, 4], &[3, 3, 5]]);
    let card = groups(&[&[4, 4, 4, 4], &[4, 4, 4, 4, 3], &[4, 6, 5]]);
    let id = groups(&[&[6, 8, 4]]);
    let landline = groups(&[&[3, 8], &[4, 7], &[4, 8]]);
    let org = groups(&[&[8, 1]]);
    let nino = groups(&[&[2, 2, 2, 2, 1]]);
    let words: Vec<String> = ["机密", "绝密", "内部资料", "资料", "password"]
        .map(String::from)
        .to_vec();
    let more: Vec<String> = ["资料", "pass"].map(String::from).to_vec();
    let named = |finder| Pattern {
        find: Find::Named(finder),
        check: Check::None,
    };
    run(&[
        shape(ID, &id, true, Check::Mod11x2),
        shape("1[3-9][0-9]{9}", &mobile, true, Check::None),
        shape(
            "62[0-9]{14,17}|4[0-9]{12}|4[0-9]{15}|5[1-5][0-9]{14}|3[47][0-9]{13}",
            &card,
            true,
            Check::Luhn,
        ),
        shape(
            "[1-9A-Z][1-9][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}",
            &[],
            true,
            Check::Mod31,
        ),
        shape(
            "[EGDSPHK][0-9]{8}|E[A-HJ-NP-Z][0-9]{7}",
            &[],
            true,
            Check::None,
        ),
        shape("A[0-9]{9}", &[], true, Check::None),
        shape(
            "0(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}",
            &landline,
            false,
            Check::None,
        ),
        shape("[0-9A-Z]{8}[0-9X]", &org, false, Check::OrgCode),
        shape(
            "[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]",
            &nino,
            true,
            Check::None,
        ),
        named(Finder::Email),
        named(Finder::Ipv4),
        named(Finder::Ipv6),
        named(Finder::Mac),
        named(Finder::Plate),
        named(Finder::Iban),
        named(Finder::Phone),
        named(Finder::Macau),
        Pattern {
            find: Find::Words(&words),
            check: Check::None,
        },
        Pattern {
            find: Find::Words(&more),
            check: Check::None,
        },
    ])
}

fn scan(engine: &Engine, text: &[u8], charset: Charset) -> Vec<Hit> {
    let mut hits = Hits::default();
    engine.scan(text, 0..text.len(), charset, &mut hits);
    hits.hits
}

/// The texts of the hits, with their patterns.
fn values<'t>(text: &'t [u8], hits: &[Hit]) -> Vec<(u16, &'t str)> {
    let value =
        |hit: &Hit| std::str::from_utf8(&text[hit.start as usize..hit.end as usize]).unwrap();
    hits.iter().map(|hit| (hit.pattern, value(hit))).collect()
}

#[track_caller]
fn agrees(text: &str) {
    with_patterns(|patterns| {
        let expected = reference::find(patterns, text.as_bytes());
        for isa in [Isa::Best, Isa::Scalar] {
            let engine = Engine::compile(patterns).unwrap().with_isa(isa);
            let found = scan(&engine, text.as_bytes(), Charset::Utf8);
            assert_eq!(
                values(text.as_bytes(), &found),
                values(text.as_bytes(), &expected),
                "{isa:?} {text:?}"
            );
            assert_eq!(found, expected);
        }
    });
}

/// Values and what stands around them, of every kind.
const TOKENS: &[&str] = &[
    "11010519491231002X",
    "11010519491231002x",
    "110105 19491231 002X",
    "110105-19491231-002X",
    "110105194912310021",
    "13800138000",
    "138-0013-8000",
    "138 0013 8000",
    "138-001-38000",
    "86",
    "86 ",
    "+86-",
    "2024-01-15",
    "2024-01-15 08:30:00",
    "6226090000000048",
    "6222 0200 0000 0000 123",
    "4111 1111 1111 1111",
    "4111111111111111",
    "5500-0000-0000-0004",
    "378282246310005",
    "3782-822463-10005",
    "91350100M000100Y43",
    "E12345678",
    "EA1234567",
    "A123456789",
    "010-62345678",
    "0755-2345678",
    "0755 23456789",
    "D2143569-X",
    "12345678-8",
    "AB123456C",
    "AB 12 34 56 C",
    "zhang.san@example.com",
    "a@b.cn",
    "_x+y%z@mail.example.com.cn",
    "@",
    "a@a@a.aa",
    "user@xn--fiqs8s.xn--p1ai",
    "user@a-b.c-d",
    "10.0.0.1",
    "192.168.1.255",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "2001:db8::1",
    "fe80::",
    "::1",
    "::ffff:10.0.0.1",
    "1:2:3:4:5:6:7:8",
    "IP:2001:db8::1",
    "::",
    "std::vec",
    "12:34:56",
    "00:1A:2b:3c:4d:5E",
    "AA-BB-CC-DD-EE-FF",
    "001a.2b3c.4d5e",
    "00:11:22:33:44:55:66:77",
    "MAC:00:11:22:33:44:55",
    "京A12345",
    "沪AD12345",
    "粤B12345D",
    "苏E1234学",
    "京A·12345",
    "京A・F12345",
    "川A•1234警",
    "使123456",
    "京I12345",
    "GB82WEST12345698765432",
    "GB82 WEST 1234 5698 7654 32",
    "NO93 8601 1117 947",
    "DE89370400440532013000",
    "+61 412 345 678",
    "+1-557-287-1331x50983",
    "+44 (20) 7946-0211",
    "+8525",
    "+",
    "(",
    "/",
    "1/234567/8",
    "7/123456/0/",
    "机密",
    "内部资料",
    "password",
    "手机号",
    "身份证：",
    "，",
    "“",
    " ",
    "-",
    ".",
    ":",
    "_",
    ",",
    "\n",
    "x",
    "X",
    "Z",
    "0",
    "1",
    "00",
    "é",
    "𠀀",
];

fn text() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        6 => proptest::sample::select(TOKENS).prop_map(String::from),
        2 => "[0-9]{1,20}",
        1 => "[0-9A-Z]{1,20}",
        1 => "[0-9a-fA-F:.]{1,24}",
        1 => "[ -]{1,2}",
        1 => "[a-z0-9.@_+%-]{1,80}",
        1 => "[中京年月日：，乗丄一]{1,5}",
    ];
    proptest::collection::vec(token, 0..60).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn engine_finds_what_the_reference_finds(text in text()) {
        agrees(&text);
    }

    #[test]
    fn pieces_give_the_hits_of_the_whole(text in text(), size in 1usize..300) {
        with_patterns(|patterns| {
            let engine = Engine::compile(patterns).unwrap();
            let text = text.as_bytes();
            let whole = scan(&engine, text, Charset::Utf8);
            let mut all = Vec::new();
            let mut hits = Hits::default();
            for start in (0..text.len()).step_by(size) {
                let first = start.saturating_sub(64);
                let piece = &text[first..text.len().min(start + size + 256)];
                let own = start - first..(start - first + size).min(piece.len());
                engine.scan(piece, own, Charset::Utf8, &mut hits);
                let shift = u32::try_from(first).unwrap();
                all.extend(hits.hits.iter().map(|hit| Hit { start: hit.start + shift, end: hit.end + shift, ..*hit }));
            }
            assert_eq!(values(text, &all), values(text, &whole));
        });
    }

    #[test]
    fn gb18030_gives_the_hits_of_utf8(text in text()) {
        with_patterns(|patterns| {
            let (raw, _, _) = GB18030.encode(&text);
            // Places of characters in both.
            let mut places = std::collections::HashMap::new();
            let mut at = 0;
            for (i, c) in text.char_indices() {
                places.insert(i, at);
                at += GB18030.encode(c.encode_utf8(&mut [0; 4])).0.len();
            }
            places.insert(text.len(), at);
            for isa in [Isa::Best, Isa::Scalar] {
                let engine = Engine::compile(patterns).unwrap().with_isa(isa);
                let place = |at: u32| u32::try_from(places[&(at as usize)]).unwrap();
                let expected: Vec<_> = scan(&engine, text.as_bytes(), Charset::Utf8)
                    .into_iter()
                    .map(|hit| Hit { start: place(hit.start), end: place(hit.end), ..hit })
                    .collect();
                let found = scan(&engine, &raw, Charset::Gb18030);
                assert_eq!(found, expected, "{text:?} {raw:02X?}");
            }
        });
    }
}

/// A long text of tokens, the same each time.
fn long_text(bytes: usize) -> String {
    let mut text = String::new();
    let mut state = 7u64;
    while text.len() < bytes {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        text.push_str(TOKENS[usize::try_from(state >> 33).unwrap() % TOKENS.len()]);
    }
    text
}

#[test]
fn long_texts_can_be_cut_anywhere() {
    with_patterns(|patterns| {
        let text = long_text(300_000);
        let raw = GB18030.encode(&text).0.into_owned();
        for isa in [Isa::Best, Isa::Scalar] {
            let engine = Engine::compile(patterns).unwrap().with_isa(isa);
            for (text, charset) in [(text.as_bytes(), Charset::Utf8), (&raw, Charset::Gb18030)] {
                let whole = scan(&engine, text, charset);
                assert!(whole.len() > 5_000);
                for size in [97, 1000, 4096, 65_536] {
                    let mut all = Vec::new();
                    let mut hits = Hits::default();
                    for start in (0..text.len()).step_by(size) {
                        let mut first = start.saturating_sub(64);
                        // A piece of GB 18030 sees the whole run of high bytes before it.
                        while charset == Charset::Gb18030
                            && first > 0
                            && (text[first] >= 0x80 || text[first - 1] >= 0x80)
                        {
                            first -= 1;
                        }
                        let piece = &text[first..text.len().min(start + size + 256)];
                        let own = start - first..(start - first + size).min(piece.len());
                        engine.scan(piece, own, charset, &mut hits);
                        let shift = u32::try_from(first).unwrap();
                        all.extend(hits.hits.iter().map(|hit| Hit {
                            start: hit.start + shift,
                            end: hit.end + shift,
                            ..*hit
                        }));
                    }
                    assert!(
                        all == whole,
                        "{charset:?} {size}: {} and {} hits",
                        all.len(),
                        whole.len()
                    );
                }
            }
        }
    });
}

#[test]
fn every_token_alone_and_between_others() {
    for token in TOKENS {
        agrees(token);
        for (left, right) in [
            ("电话", "号"),
            (" ", " "),
            ("1", "1"),
            ("a", "a"),
            ("-", "-"),
            (".", "."),
            ("_", "_"),
            (",", ","),
        ] {
            agrees(&format!("{left}{token}{right}"));
        }
    }
}

#[test]
fn specimens_are_found() {
    let found = |text: &str| {
        with_patterns(|patterns| {
            let engine = Engine::compile(patterns).unwrap();
            let hits = scan(&engine, text.as_bytes(), Charset::Utf8);
            values(text.as_bytes(), &hits)
                .into_iter()
                .map(|(p, v)| (p, v.to_owned()))
                .collect::<Vec<_>>()
        })
    };
    let one = |pattern: u16, value: &str| vec![(pattern, value.to_owned())];
    assert_eq!(
        found("身份证号：11010519491231002X，"),
        one(0, "11010519491231002X")
    );
    assert_eq!(
        found("id 11010519491231002x."),
        one(0, "11010519491231002x")
    );
    assert_eq!(found("电话86 138-0013-8000。"), one(1, "138-0013-8000"));
    assert_eq!(
        found("<zhang.san@example.com>"),
        one(9, "zhang.san@example.com")
    );
    assert_eq!(found("京A·12345"), one(13, "京A·12345"));
    assert_eq!(found("::1 std::vec 12:34:56 1.2.3.4.5"), []);
}

#[test]
fn hits_at_every_distance_from_the_edges() {
    for pad in 0..130 {
        for tail in [0, 1, 40, 400] {
            agrees(&format!(
                "{}13800138000 a@b.cn{}",
                "，".repeat(pad),
                " ".repeat(tail)
            ));
            agrees(&format!(
                "{}11010519491231002X京A12345{}",
                "-".repeat(pad),
                "中".repeat(tail)
            ));
        }
    }
}

fn folds(text: &str, charset: Charset) -> usize {
    with_patterns(|patterns| {
        let engine = Engine::compile(patterns).unwrap();
        let bytes = if charset == Charset::Utf8 {
            text.as_bytes().to_vec()
        } else {
            GB18030.encode(text).0.into_owned()
        };
        let mut hits = Hits::default();
        engine.scan(&bytes, 0..bytes.len(), charset, &mut hits);
        hits.folds.len()
    })
}

#[test]
fn hidden_values_are_spotted_and_prose_is_not() {
    for charset in [Charset::Utf8, Charset::Gb18030] {
        for hidden in [
            "１３８００１３８０００",
            "1３8００1３8０００",
            "１３8-0013-8000",
            "138\u{200B}0013\u{200B}8000",
            "138－0013－8000",
            "138\u{2011}0013",
            "138\u{A0}0013",
            "138　0013",
            "1\u{FEFF}\u{200D}38",
            "zhang＠example.com",
            "11010519491231002×",
            "11010519491231002Х",
            "E\u{200B}12345678",
            "１ ３ ８",
            "１\u{200B}３\u{200B}８",
            "Ｅ12345678",
        ] {
            assert!(folds(hidden, charset) > 0, "{hidden} {charset:?}");
            assert!(
                folds(&format!("{}{hidden}", "号".repeat(300)), charset) > 0,
                "{hidden} {charset:?}"
            );
        }
        for plain in [
            "2024年1月15日，共3项：第1、第2和第3。",
            "电话：13800138000，地址：北京市海淀区1号",
            "ABC，abc；def。“x”",
            "！！？？（一）：，",
            "共5×6米",
            "ＡＢＣ公司",
        ] {
            assert_eq!(folds(plain, charset), 0, "{plain} {charset:?}");
        }
    }
}

#[test]
fn hostile_texts_take_linear_time() {
    with_patterns(|patterns| {
        let engine = Engine::compile(patterns).unwrap();
        let unit = [
            "a@",
            "1.",
            ":",
            "1 ",
            "-",
            "a",
            "0",
            "A1",
            "1:",
            "aa-",
            "a.b@c.",
            "1-22-333-",
            "京A",
            "机",
            "ａ",
            "1\u{200B}",
            "资料",
        ];
        for unit in unit {
            let text = unit.repeat(2_000_000 / unit.len());
            for charset in [Charset::Utf8, Charset::Gb18030] {
                let start = std::time::Instant::now();
                let hits = scan(&engine, text.as_bytes(), charset);
                assert!(start.elapsed().as_secs() < 20, "{unit:?}");
                assert!(hits.len() <= text.len());
            }
        }
    });
}
