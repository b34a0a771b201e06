use super::*;
use crate::{
    model::{Name, PathDisplay, ValueDigest},
    reports::{
        fixture,
        told::{Records, Told},
    },
    words::Language,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let mut all = [0; 3];
        all[..chunk.len()].copy_from_slice(chunk);
        let n = u32::from_be_bytes([0, all[0], all[1], all[2]]);
        for i in 0..4 {
            if i > chunk.len() {
                out.push('=');
            } else {
                out.push(char::from(LETTERS[(n >> (18 - 6 * i) & 63) as usize]));
            }
        }
    }
    out
}

#[test]
fn the_policy_names_the_script_and_the_style() {
    for (text, named) in [(SCRIPT, SCRIPT_DIGEST), (STYLE, STYLE_DIGEST)] {
        let digest = format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())));
        assert_eq!(
            digest, named,
            "the page changed: name the new digest in html/mod.rs"
        );
    }
    // Neither can end its element early, nor does the script put text into the page as markup.
    assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
    for word in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "fetch(",
    ] {
        assert!(!SCRIPT.contains(word), "{word}");
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
}

#[test]
fn every_word_of_the_script_is_there() {
    let data = data(&page(&fixture::Share::new(false), Language::En), "data");
    let words = data["words"].as_object().unwrap();
    let named = SCRIPT.split("t('").skip(1).filter_map(|rest| {
        let word = rest.split('\'').next()?;
        word.starts_with(|c: char| c.is_ascii_uppercase())
            .then_some(word)
    });
    let missing: Vec<_> = named.filter(|w| !words.contains_key(*w)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn page(records: &dyn Records, language: Language) -> String {
    let rules = fixture::rules();
    let run = fixture::run();
    let given = Given {
        language,
        ..fixture::given(&rules, &run)
    };
    let mut out = Vec::new();
    write(records, &given, &[], Limits::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn data(page: &str, id: &str) -> Value {
    let start = format!("id=\"{id}\">");
    let at = page.find(&start).unwrap() + start.len();
    let end = page[at..].find("</script>").unwrap();
    serde_json::from_str(&page[at..at + end]).unwrap()
}

#[test]
fn the_page_holds_the_facts_and_no_value() {
    for language in Language::ALL {
        let page = page(&fixture::Share::new(false), language);
        assert!(!page.contains(fixture::PLANTED));
        let details = data(&page, "details");
        let data = data(&page, "data");
        assert_eq!(data["lang"], language.id());
        assert_eq!(data["sum"]["files"], 5);
        assert_eq!(data["sum"]["found"], 12);
        assert_eq!(data["rows"]["name"].as_array().unwrap().len(), 5);
        assert_eq!(data["rows"]["name"][4], "客户.zip");
        assert_eq!(details["4"]["p"][0]["h"], "=证件号码");
    }
}

/// One file whose name tries everything.
struct Hostile;

const NAME: &str = "</script><script>alert(1)</script><!--\u{2028}&\"'=cmd|x";

impl Records for Hostile {
    fn each(&self, visit: &mut dyn FnMut(&Told<'_>) -> io::Result<()>) -> io::Result<()> {
        let (mut record, _) = fixture::records().remove(2);
        record.path = Name::from(NAME);
        let shown = PathDisplay::plain(&Name::from("share"), &record.path, ValueDigest([3; 16]));
        visit(&Told {
            record: &record,
            shown: &shown,
            held: None,
            false_alarms: 0,
        })
    }
}

#[test]
fn names_cannot_leave_the_data() {
    let page = page(&Hostile, Language::Zh);
    assert_eq!(page.matches("</script>").count(), 3);
    assert_eq!(
        page.matches("<script").count(),
        3 + SCRIPT.matches("<script").count()
    );
    assert!(!page.contains("<!--") && !page.contains('\u{2028}'));
    let data = data(&page, "data");
    // Slashes part folders.
    let folders = data["folders"]["name"].as_array().unwrap();
    let whole: Vec<&str> = folders.iter().skip(1).filter_map(Value::as_str).collect();
    let name = data["rows"]["name"][0].as_str().unwrap();
    let shown = Name::from(NAME).to_string();
    assert_eq!(
        format!("{}/{name}", whole.join("/")),
        format!("share/{shown}")
    );
}
