use super::*;
use crate::{
    model::{Attributes, Listing},
    reports::fixture,
    words::Language,
};

fn file(path: &str, found: u64, attributes: Attributes) -> (Name, FileRecord, PathDisplay) {
    let (mut record, mut shown) = fixture::with_values(found);
    record.path = Name::from(path);
    record.listing = Listing::Here;
    record.attributes = Some(attributes);
    shown.path = path.to_owned();
    (Name::from(path), record, shown)
}

fn seen(inode: u64) -> Attributes {
    Attributes {
        device: 1,
        volume: 3,
        inode,
        links: 1,
        size: 10,
        modified: i64::try_from(inode).unwrap(),
        changed: 5,
        mode: 0o600,
        owner: 1,
        group: 1,
        seen: 9,
        content: None,
    }
}

fn compared() -> Diff {
    let rules = fixture::rules();
    let mut all = Comparison::new(Named::default(), Named::default(), rules);
    let map = [0, 1, 2];
    let same = |n| ValueDigest([n; 16]);
    for (key, record, shown) in [
        file("same", 3, seen(1)),
        file("gone", 4, seen(2)),
        file("was here", 5, seen(3)),
        file(
            "copied",
            6,
            Attributes {
                content: Some(same(6)),
                ..seen(4)
            },
        ),
        file("grows", 1, seen(5)),
        file("shrinks", 9, seen(6)),
        file("opens", 2, seen(7)),
    ] {
        all.before(key, &record, &shown, &map);
    }
    for (key, record, shown) in [
        file("same", 3, seen(1)),
        file("is here", 5, seen(3)),
        file(
            "other",
            6,
            Attributes {
                content: Some(same(6)),
                ..seen(40)
            },
        ),
        file("grows", 8, seen(50)),
        file("shrinks", 2, seen(60)),
        file(
            "opens",
            2,
            Attributes {
                mode: 0o644,
                ..seen(7)
            },
        ),
        file("new <b>\u{202e}", 7, seen(70)),
    ] {
        all.now(&key, &record, &shown, &map);
    }
    all.finish()
}

#[test]
fn everything_is_in_its_group() {
    let diff = compared();
    let paths =
        |group: &[Change]| -> Vec<String> { group.iter().map(|c| c.path.clone()).collect() };
    assert_eq!(paths(&diff.gone), ["gone"]);
    assert_eq!(paths(&diff.moved), ["other", "is here"]);
    assert_eq!(diff.moved[1].from.as_deref(), Some("was here"));
    assert_eq!(paths(&diff.more), ["grows"]);
    assert_eq!(paths(&diff.fewer), ["shrinks"]);
    assert_eq!(paths(&diff.exposed), ["opens"]);
    assert_eq!(diff.new.len(), 1);
    assert!(diff.is_worse() && !diff.is_empty());
    // New 7 and 7 more; gone 4 and 7 fewer; what moved is neither.
    assert_eq!(diff.by_rule()[&0], (14, 11));
}

#[test]
fn it_is_told_in_three_forms_without_markup_from_names() {
    let diff = compared();
    for language in Language::ALL {
        let (mut plain, mut page) = (Vec::new(), Vec::new());
        text(&diff, language, &mut plain).unwrap();
        html(&diff, language, &mut page).unwrap();
        let (plain, page) = (
            String::from_utf8(plain).unwrap(),
            String::from_utf8(page).unwrap(),
        );
        for path in ["gone", "is here", "grows", "shrinks", "opens"] {
            assert!(plain.contains(path) && page.contains(path), "{path}");
        }
        assert!(!plain.contains('\u{202e}') && !page.contains('\u{202e}'));
        assert!(page.contains("new &lt;b&gt;") && !page.contains("<b>"));
        assert!(!page.contains("<script"));
    }
    let json = json(&diff);
    assert_eq!(json["rules"]["cn.resident-id"]["came"], 14);
    assert_eq!(json["exposed"][0]["readers"], "all");
    assert_eq!(json["moved"][1]["from"], "was here");
    assert_eq!(json["worse"], true);
}

#[test]
fn nothing_is_said_to_be_nothing() {
    let mut all = Comparison::new(Named::default(), Named::default(), fixture::rules());
    let (key, record, shown) = file("a", 3, seen(1));
    all.before(key.clone(), &record, &shown, &[0, 1, 2]);
    all.now(&key, &record, &shown, &[0, 1, 2]);
    let diff = all.finish();
    assert!(diff.is_empty() && !diff.is_worse() && diff.by_rule().is_empty());
}
