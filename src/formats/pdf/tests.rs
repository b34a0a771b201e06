use super::*;
use crate::formats::nest::{Usage, identify};
use crate::model::{Edit, Locator, State};
use crate::{formats::Limits, model::GapKind};
use proptest::prelude::*;

/// What came out of a reading.
#[derive(Default)]
pub(super) struct Seen {
    pub texts: Vec<(String, String, String)>,
    pub gaps: Vec<(String, GapKind)>,
    pub members: Vec<String>,
}

impl crate::formats::Sink for Seen {
    fn text(&mut self, fragment: &Fragment<'_>, _: &mut Vec<Edit>) {
        self.texts.push((
            Locator(fragment.at.to_vec()).to_string(),
            fragment.label.unwrap_or_default().to_owned(),
            String::from_utf8(fragment.bytes.to_vec()).unwrap(),
        ));
    }
    fn gap(&mut self, at: &[Step], kind: GapKind, _: &str) {
        self.gaps.push((Locator(at.to_vec()).to_string(), kind));
    }
    fn encoding(&mut self, _: &'static str) {}
    fn enter(&mut self, name: &Name, _: Option<FormatId>, _: Option<FormatId>) {
        self.members.push(name.to_string());
    }
    fn leave(&mut self, _: u64, _: State) {}
    fn rename(&mut self, name: &Name) -> Name {
        name.clone()
    }
}

pub(super) fn read(bytes: &[u8]) -> (Result<(), FormatError>, Seen) {
    read_within(bytes, &Limits::default())
}

fn read_within(bytes: &[u8], limits: &Limits) -> (Result<(), FormatError>, Seen) {
    let mut seen = Seen::default();
    let mut usage = Usage::new(bytes.len() as u64);
    let mut cx = Cx::new(&mut seen, limits, &mut usage, Name::from("a.pdf"));
    let result = Pdf.run(&mut Source::slice(bytes), &mut cx, None);
    (result, seen)
}

/// A file of these objects, numbered from 1; the first is the catalogue.
pub(super) fn pdf(objects: &[&str], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = String::new();
    for (n, object) in (1..).zip(objects) {
        table.extend(format!("{:010} 00000 n \n", out.len()).chars());
        out.extend(format!("{n} 0 obj\n{object}\nendobj\n").bytes());
    }
    let (size, start) = (objects.len() + 1, out.len());
    out.extend(
        format!(
            "xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<</Size {size}/Root 1 0 R{trailer}>>\n\
             startxref\n{start}\n%%EOF\n"
        )
        .bytes(),
    );
    out
}

pub(super) fn stream(dict: &str, content: &str) -> String {
    format!(
        "<<{dict}/Length {}>>\nstream\n{content}\nendstream",
        content.len()
    )
}

/// One page with this content, Helvetica as /F1 and whatever else.
pub(super) fn page(content: &str, resources: &str, more: &[&str]) -> Vec<u8> {
    let page = format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R {resources}>>>>/Annots 6 0 R>>"
    );
    let content = stream("", content);
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        &page,
        &content,
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ];
    objects.extend_from_slice(more);
    if more.is_empty() {
        objects.push("[]");
    }
    pdf(&objects, "")
}

pub(super) fn text_of(seen: &Seen, at: &str) -> String {
    let of = seen.texts.iter().filter(|t| t.0 == at);
    of.map(|t| t.2.as_str()).collect()
}

#[test]
fn a_number_in_pieces_is_one_value_and_a_page_that_is_all_text_is_read() {
    let file = page(
        "BT /F1 12 Tf 72 700 Td [(138) -20 (0013) 15 (8000)] TJ 0 -20 Td (second) Tj ( line) Tj \
         14 TL T* (zhang.san) Tj (@example.com) ' ET",
        "",
        &[],
    );
    let (result, seen) = read(&file);
    result.unwrap();
    assert_eq!(
        text_of(&seen, "#page1"),
        "13800138000\nsecond line\nzhang.san\n@example.com\n"
    );
    assert_eq!(seen.gaps, []);
}

#[test]
fn composite_fonts_by_map_and_by_encoding() {
    let map = stream(
        "",
        "1 beginbfrange <0001> <000A> <0030> endbfrange 1 beginbfchar <0020> <59D3> endbfchar",
    );
    let file = page(
        "BT /F2 12 Tf 72 700 Td <0020000200040009> Tj /F3 12 Tf 0 -20 Td <D5C5C8FD313338> Tj \
         /F4 12 Tf 0 -20 Td <597D0041> Tj /F2 12 Tf 0 -20 Td <0099> Tj ET",
        "/F2 7 0 R/F3 8 0 R/F4 9 0 R",
        &[
            "[]",
            "<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[11 0 R]/ToUnicode 10 0 R>>",
            "<</Type/Font/Subtype/Type0/BaseFont/STSong/Encoding/GBK-EUC-H/DescendantFonts[11 0 R]>>",
            "<</Type/Font/Subtype/Type0/BaseFont/STSong/Encoding/UniGB-UCS2-H/DescendantFonts[11 0 R]>>",
            &map,
            "<</Type/Font/Subtype/CIDFontType2/BaseFont/X/DW 1000>>",
        ],
    );
    let (result, seen) = read(&file);
    result.unwrap();
    assert_eq!(text_of(&seen, "#page1"), "姓138\n张三138\n好A\n\u{fffd}\n");
    assert_eq!(seen.gaps, [("#page1".into(), GapKind::Undecodable)]);
}

#[test]
fn simple_fonts_with_differences() {
    let file = page(
        "BT /F2 12 Tf 72 700 Td <0102030405> Tj ET",
        "/F2 7 0 R",
        &[
            "[]",
            "<</Type/Font/Subtype/Type1/BaseFont/A/Encoding<</Type/Encoding/Differences[1/one/two/uni59D3/f_i/nonsense]>>>>",
        ],
    );
    let (_, seen) = read(&file);
    assert_eq!(text_of(&seen, "#page1"), "12姓fi\u{fffd}\n");
}

#[test]
fn fields_notes_properties_and_files_inside_are_read() {
    let note = "<</Type/Annot/Subtype/Text/Contents(call 13800138000)>>";
    let field = "<</Type/Annot/Subtype/Widget/FT/Tx/T(mobile)/V(13800138001)>>";
    let attached = stream("/Type/EmbeddedFile", "11010519491231002X");
    let xmp = stream("/Type/Metadata/Subtype/XML", "<x>zhang.san@example.com</x>");
    let file = page(
        "",
        "",
        &[
            "[7 0 R 8 0 R]",
            note,
            field,
            "<</Type/Filespec/UF<FEFF540D5355002E007400780074>/EF<</F 10 0 R>>>>",
            &attached,
            &xmp,
            "<</Title<FEFF5F204E09>/JS(app.alert\\(1\\))>>",
        ],
    );
    let (result, seen) = read(&file);
    result.unwrap();
    let has = |at: &str, label: &str, text: &str| {
        let same = |t: &&(String, String, String)| t.0 == at && t.1 == label && t.2.contains(text);
        assert!(seen.texts.iter().any(|t| same(&t)), "{at} {label}");
    };
    has("#page1", "Contents", "13800138000");
    has("#page1", "mobile", "13800138001");
    has("#part:object 12", "Title", "张三");
    has("#part:object 11", "", "zhang.san@example.com");
    assert_eq!(seen.members, ["名单.txt"]);
    assert!(seen.gaps.contains(&(String::new(), GapKind::Opaque)));
}

#[test]
fn pictures_forms_and_endless_forms_are_told() {
    let form = stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</Fm 7 0 R>>>>",
        "BT /F1 10 Tf 10 10 Td (inside) Tj ET /Fm Do",
    );
    let image = stream(
        "/Type/XObject/Subtype/Image/Width 800/Height 600/Filter/DCTDecode",
        "",
    );
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R 9 0 R]/Count 2>>",
        "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources 6 0 R>>",
        &stream("", "/Fm Do"),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        "<</Font<</F1 5 0 R>>/XObject<</Fm 7 0 R/Im 8 0 R>>>>",
        &form,
        &image,
        "<</Type/Page/Parent 2 0 R/Contents 10 0 R/Resources 6 0 R>>",
        &stream("", "q 600 0 0 800 0 0 cm /Im Do Q"),
    ];
    let (result, seen) = read(&pdf(&objects, ""));
    result.unwrap();
    assert!(text_of(&seen, "#page1").contains("inside"));
    assert!(seen.gaps.contains(&("#page1".into(), GapKind::Limit)));
    assert!(seen.gaps.contains(&("#page2".into(), GapKind::Image)));
}

#[test]
fn damage_is_told_and_never_fatal() {
    let file = page("BT /F1 12 Tf 72 700 Td (13800138000) Tj ET", "", &[]);
    for cut in (0..file.len()).step_by(37) {
        let (result, seen) = read(&file[..cut]);
        assert!(result.is_err() || !seen.gaps.is_empty(), "cut at {cut}");
    }
    let (result, _) = read(b"%PDF-1.7\nnothing else");
    assert_eq!(result.unwrap_err().kind(), GapKind::Corrupt);
    // Deep nesting neither ends the program nor goes unnoticed.
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let file = pdf(
        &[
            "<</Type/Catalog/Pages 2 0 R>>",
            "<</Type/Pages/Kids[]/Count 0>>",
            &deep,
        ],
        "",
    );
    let (result, seen) = read(&file);
    assert!(result.is_err() || !seen.gaps.is_empty());
}

#[test]
fn a_stream_that_expands_past_the_bound_is_told() {
    use std::io::Write;
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..64 {
        packer.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let packed = packer.finish().unwrap();
    let mut file = format!(
        "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\n\
         endobj\n3 0 obj\n<</Type/Page/Parent 2 0 R/Contents 4 0 R>>\nendobj\n4 0 obj\n\
         <</Filter/FlateDecode/Length {}>>\nstream\n",
        packed.len()
    )
    .into_bytes();
    file.extend(packed);
    file.extend(b"\nendstream\nendobj\ntrailer\n<</Size 5/Root 1 0 R>>\n%%EOF\n");
    let limits = Limits {
        held_bytes: 1 << 20,
        ..Limits::default()
    };
    let mut seen = Seen::default();
    let mut usage = Usage::new(file.len() as u64);
    let mut cx = Cx::new(&mut seen, &limits, &mut usage, Name::from("a.pdf"));
    Pdf.run(&mut Source::slice(&file), &mut cx, None).unwrap();
    assert!(seen.gaps.contains(&("#page1".into(), GapKind::Limit)));
}

#[test]
fn is_known_by_its_header() {
    let mut file = vec![b' '; 1000];
    file.extend(page("", "", &[]));
    assert_eq!(Pdf.probe(&file, b"a"), Probe::Bytes);
    assert_eq!(
        identify(&file, b"a.pdf").format.map(Format::id),
        Some("pdf")
    );
    file.splice(0..0, vec![b' '; 100]);
    assert_eq!(Pdf.probe(&file, b"a"), Probe::No);
    // Viewers open it without the dash, so it is none of the texts.
    assert_eq!(Pdf.probe(b"%PDF1.4\n%\xe2\xe3", b"a"), Probe::Bytes);
    assert_eq!(Pdf.probe(b"%PDFs are here", b"a"), Probe::No);
}

#[test]
fn long_texts_are_cut_between_lines() {
    let limits = Limits::default();
    let mut seen = Seen::default();
    let mut usage = Usage::new(0);
    let mut cx = Cx::new(&mut seen, &limits, &mut usage, Name::from("a"));
    let text = "姓名一二三四五六七八九十\n".repeat(300_000);
    lines_of(&[], &text, &mut cx);
    assert!(seen.texts.len() > 1);
    assert!(seen.texts.iter().all(|t| t.2.ends_with('\n')));
    assert_eq!(text_of(&seen, ""), text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_content_is_read_without_harm(content in "[ -~\n]{0,80}", bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = read(&page(&content, "", &[]));
        let mut file = b"%PDF-1.4\n".to_vec();
        file.extend(bytes);
        let _ = read(&file);
    }
}

#[test]
fn a_file_with_a_password_is_read_with_it_and_not_copied() {
    use lopdf::{Document, EncryptionState, EncryptionVersion, Object, Permissions, StringFormat};
    let plain = page("BT /F1 12 Tf 72 700 Td (13800138000) Tj ET", "", &[]);
    let mut doc = Document::load_mem(&plain).unwrap();
    let id = || Object::String(vec![7; 16], StringFormat::Hexadecimal);
    doc.trailer.set("ID", Object::Array(vec![id(), id()]));
    let state = EncryptionState::try_from(EncryptionVersion::V2 {
        document: &doc,
        owner_password: "owner",
        user_password: "open sesame",
        key_length: 128,
        permissions: Permissions::all(),
    })
    .unwrap();
    doc.encrypt(&state).unwrap();
    let mut locked = Vec::new();
    doc.save_to(&mut locked).unwrap();
    let with = |passwords: &str| Limits {
        passwords: crate::formats::Passwords::read(passwords),
        ..Limits::default()
    };
    for wrong in ["", "sesame\n"] {
        let (result, seen) = read_within(&locked, &with(wrong));
        assert!(matches!(result, Err(FormatError::Encrypted)), "{result:?}");
        assert!(seen.texts.is_empty());
    }
    let limits = with("sesame\nopen sesame\n");
    let (result, seen) = read_within(&locked, &limits);
    result.unwrap();
    assert_eq!(text_of(&seen, "#page1"), "13800138000\n");
    let mut seen = Seen::default();
    let mut usage = Usage::new(locked.len() as u64);
    let mut cx = Cx::new(&mut seen, &limits, &mut usage, Name::from("a.pdf"));
    let mut out = std::io::Cursor::new(Vec::new());
    let result = Pdf.run(&mut Source::slice(&locked), &mut cx, Some(&mut out));
    assert!(
        matches!(result, Err(FormatError::Withheld(GapKind::Encrypted, _))),
        "{result:?}"
    );
}
