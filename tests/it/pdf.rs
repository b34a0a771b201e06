//! PDF files through the program: damage at every place, and copies that others can open.

use crate::{
    hostile::{Numbers, assert_sound},
    share::{Run, Share, handover, holds, string},
    synthetic::{mobile, resident_id},
};
use lopdf::{
    Document, EncryptionState, EncryptionVersion, Object, Permissions, Stream, StringFormat,
    dictionary,
};
use std::fs;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}

/// A statement with two values, Chinese in GBK, a form, a note and properties.
fn statement() -> Document {
    let (id, phone) = (resident_id(4), mobile(4));
    let (name, _, _) = encoding_rs::GBK.encode("姓名：王小明 身份证号：");
    let mut doc = Document::with_version("1.5");
    let gbk = doc.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "SimSun", "Encoding" => "GBK-EUC-H",
        "DescendantFonts" => vec![dictionary! {
            "Type" => "Font", "Subtype" => "CIDFontType2", "BaseFont" => "SimSun", "DW" => 1000,
            "CIDSystemInfo" => dictionary! {
                "Registry" => Object::string_literal("Adobe"),
                "Ordering" => Object::string_literal("GB1"), "Supplement" => 2,
            },
        }.into()],
    });
    let latin = doc.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica",
    });
    let fonts = dictionary! { "F1" => gbk, "F2" => latin };
    let form = format!("BT /F2 10 Tf 40 600 Td (tel {phone}) Tj ET");
    let form = doc.add_object(Stream::new(
        dictionary! {
            "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 600.into(), 800.into()],
            "Resources" => dictionary! { "Font" => fonts.clone() },
        },
        form.into_bytes(),
    ));
    let content = format!(
        "BT /F1 12 Tf 40 700 Td <{}> Tj <{}> Tj 0 -20 Td <{}> Tj ET /X Do",
        hex(&name),
        hex(id.as_bytes()),
        hex(b"the end")
    );
    let content = doc.add_object(Stream::new(dictionary! {}, content.into_bytes()));
    let note = doc.add_object(dictionary! {
        "Type" => "Annot", "Subtype" => "Text", "Rect" => vec![0.into(), 0.into(), 9.into(), 9.into()],
        "Contents" => Object::string_literal(format!("call {phone}")),
    });
    let pages = doc.new_object_id();
    let page = doc.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "Contents" => content, "Annots" => vec![note.into()],
        "MediaBox" => vec![0.into(), 0.into(), 600.into(), 800.into()],
        "Resources" => dictionary! { "Font" => fonts, "XObject" => dictionary! { "X" => form } },
    });
    let tree = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
    doc.set_object(pages, tree);
    let root = doc.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    let info = doc.add_object(dictionary! { "Title" => Object::string_literal(id.as_str()) });
    doc.trailer.set("Root", root);
    doc.trailer.set("Info", info);
    let mark = || Object::String(vec![9; 16], StringFormat::Hexadecimal);
    doc.trailer.set("ID", vec![mark(), mark()]);
    doc
}

fn saved(mut doc: Document) -> Vec<u8> {
    let mut out = Vec::new();
    doc.save_to(&mut out).unwrap();
    out
}

/// The statement as different programs write it.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let mut packed = statement();
    packed.compress();
    let mut modern = Vec::new();
    packed.save_modern(&mut modern).unwrap();
    let mut locked = statement();
    let state = EncryptionState::try_from(EncryptionVersion::V2 {
        document: &locked,
        owner_password: "owner",
        user_password: "",
        key_length: 128,
        permissions: Permissions::all(),
    })
    .unwrap();
    locked.encrypt(&state).unwrap();
    let fixture = fs::read(handover().join("对账单.pdf")).unwrap();
    vec![
        ("plain", saved(statement())),
        ("packed", saved(packed)),
        ("modern", modern),
        ("locked", saved(locked)),
        ("fixture", fixture),
    ]
}

fn assert_sound_copies(share: &Share, run: &Run, out: &str) {
    assert!([0, 1, 3].contains(&run.code), "{} {}", run.code, run.err);
    let values = [resident_id(4), mobile(4)];
    for (source, file) in share.manifest(out) {
        let outcome = string(&file["outcome"]);
        assert_ne!(file["reason"], "crashed", "{source}");
        if outcome == "withheld" {
            continue;
        }
        let copy = share.get(format!("{out}/{}", string(&file["copy"])));
        let Ok(doc) = Document::load_mem(&copy) else {
            assert_eq!(
                outcome, "unchanged",
                "{source}: a copy that cannot be opened"
            );
            continue;
        };
        let streams = doc.objects.values().filter_map(|o| o.as_stream().ok());
        let mut all: Vec<u8> = streams
            .flat_map(|s| s.get_plain_content().unwrap_or_default())
            .collect();
        all.extend(format!("{:?}", doc.objects).bytes());
        for value in &values {
            let coded = hex(value.as_bytes());
            for form in [value.as_bytes(), coded.as_bytes()] {
                assert!(!holds(&all, form), "{source}: a value is left");
                assert!(!holds(&copy, form), "{source}: a value is left");
            }
        }
    }
}

/// Every way of writing is read and copied, and what it says is the same.
#[test]
fn written_in_different_ways() {
    let share = Share::new();
    for (name, bytes) in files() {
        share.put(format!("{name}.pdf"), &bytes);
    }
    let run = share.scan(&[]);
    for name in ["plain", "packed", "modern", "locked"] {
        let found = run.file(&format!("in/{name}.pdf"));
        assert_eq!(found["state"], "read", "{name}");
        let counts = &found["counts"];
        assert!(
            counts["cn.resident-id"]["found"].as_u64() >= Some(1),
            "{name}"
        );
        assert!(counts["cn.mobile"]["found"].as_u64() >= Some(1), "{name}");
        assert!(share.text_of(&format!("in/{name}.pdf")).contains("the end"));
    }
    let run = share.redact("out", &[]);
    assert_sound_copies(&share, &run, "out");
    let manifest = share.manifest("out");
    for name in ["plain", "packed", "modern", "locked"] {
        assert_eq!(manifest[&format!("in/{name}.pdf")]["outcome"], "redacted");
        assert!(
            share
                .text_of(&format!("out/{name}.pdf"))
                .contains("the end")
        );
    }
    let remarks = &manifest["in/locked.pdf"]["remarks"];
    assert!(remarks.to_string().contains("encrypted"), "{remarks}");
}

/// The statement with a second page that nobody can read.
fn half_read() -> Vec<u8> {
    let mut doc = statement();
    let first = doc.page_iter().next().unwrap();
    let mut second = doc.get_dictionary(first).unwrap().clone();
    let content = b"BT /F2 12 Tf 40 700 Td (aside) Tj <010203040506070801020304> Tj ET".to_vec();
    let content = doc.add_object(Stream::new(dictionary! {}, content));
    second.set("Contents", content);
    second.remove(b"Annots");
    let pages = second.get(b"Parent").unwrap().as_reference().unwrap();
    let second = doc.add_object(second);
    let tree = dictionary! { "Type" => "Pages", "Kids" => vec![first.into(), second.into()], "Count" => 2 };
    doc.set_object(pages, tree);
    saved(doc)
}

/// A page that cannot be read has a notice in its place, and that is told; or there is no copy, as is chosen.
#[test]
fn a_page_that_cannot_be_read() {
    let share = Share::new();
    share.put("half.pdf", half_read());
    let run = share.scan(&[]);
    assert_ne!(run.file("in/half.pdf")["state"], "read");
    let run = share.redact("out", &[]);
    assert_sound_copies(&share, &run, "out");
    let manifest = share.manifest("out");
    let told = &manifest["in/half.pdf"];
    assert_eq!(told["outcome"], "redacted", "{told}");
    let remarks = told["remarks"].to_string();
    assert!(remarks.contains("notice in place of the page"), "{remarks}");
    let text = share.text_of("out/half.pdf");
    assert!(
        text.contains("the end") && text.contains("此副本不含本页"),
        "{text}"
    );
    assert!(!text.contains("aside"), "{text}");
    let run = share.redact("none", &["--objects", "withhold"]);
    let manifest = share.manifest("none");
    let told = &manifest["in/half.pdf"];
    assert_eq!(told["outcome"], "withheld", "{told}");
    assert_eq!(run.code, 3, "{}", run.err);
}

/// Cut at each hundredth: in the ledger, and a copy, if there is one, holds nothing.
#[test]
fn cut_at_every_place() {
    let share = Share::new();
    for (name, bytes) in files() {
        for n in 1..100 {
            let end = bytes.len() * n / 100;
            share.put(format!("{name}-{n:02}.pdf"), &bytes[..end]);
        }
    }
    let run = share.scan(&["--threads", "2"]);
    assert_sound(&share, &run);
    // What begins like one and is cut is never taken for whole.
    for name in ["plain", "packed", "modern", "locked"] {
        for n in [30, 60, 90] {
            let file = run.file(&format!("in/{name}-{n}.pdf"));
            assert_ne!(file["state"], "read", "{name} {n}");
        }
    }
    let run = share.redact("out", &["--threads", "2"]);
    assert_sound_copies(&share, &run, "out");
}

/// Bytes changed at random places, with a fixed seed; those of the trailer one by one.
#[test]
fn changed_bytes() {
    let mut numbers = Numbers(20_261_129);
    let share = Share::new();
    for (name, bytes) in files() {
        for n in 0..40 {
            let mut bytes = bytes.clone();
            for _ in 0..=numbers.next(8) {
                let at = numbers.next(bytes.len());
                bytes[at] ^= 1 << numbers.next(8);
            }
            share.put(format!("{name}-{n}.pdf"), &bytes);
        }
        for n in 0..60 {
            let mut bytes = bytes.clone();
            let at = bytes.len() - 1 - 3 * n;
            bytes[at] ^= 0x15;
            share.put(format!("{name}-end-{n}.pdf"), &bytes);
        }
    }
    let run = share.scan(&["--threads", "2"]);
    assert_sound(&share, &run);
    let run = share.redact("out", &["--threads", "2"]);
    assert_sound_copies(&share, &run, "out");
}
