use super::*;
use crate::{
    digest::sha256_of,
    model::{
        Action, ApprovalsNeeded, Bound, Date, Distinct, Identity, InventoryRef, LiveCopy, Name,
        Organisation, Outcome, PLAN_SCHEMA, Plan, Reach, Refusal, Totals,
    },
    policy::{Policy, load},
};
use std::{collections::BTreeMap, path::Path};

fn frame(outcome: Outcome) -> Plan {
    let bound = Bound {
        name: "x".into(),
        digest: "sha256:x".into(),
    };
    Plan {
        schema: PLAN_SCHEMA,
        outcome,
        created: "2026-11-29T00:00:00Z".into(),
        expires: "2026-12-29T00:00:00Z".into(),
        requester: "ed25519:00".into(),
        ticket: "T".into(),
        reason: "R".into(),
        legal_basis: "L".into(),
        notice_ref: None,
        consent_ref: None,
        handover: None,
        live: None,
        backup: None,
        secrecy_release: None,
        decisions: None,
        sealed: None,
        receipts: Vec::new(),
        undo_days: None,
        policy: bound.clone(),
        rules: bound.clone(),
        keys: bound,
        inventory: InventoryRef {
            digest: "sha256:x".into(),
            started: "2026-11-28T00:00:00Z".into(),
            version: "0".into(),
            files: 0,
        },
        organisation: Organisation {
            kind: "brokerage".into(),
            role: "handler".into(),
            closing: false,
        },
        volumes: Vec::new(),
        roots: vec![Name::from("/share")],
        items: Vec::new(),
        totals: Totals::default(),
        approvals: ApprovalsNeeded {
            count: 2,
            roles: Vec::new(),
            hours: 72,
        },
    }
}

fn seen(n: u64, content: &str, ended: &str) -> Seen {
    Seen {
        root: 0,
        path: Name::new(format!("客户/{n}.csv").into_bytes()),
        shown: format!("/share/客户/{n}.csv"),
        path_fp: format!("{n:032x}"),
        source: Ok(Identity {
            device: 1,
            inode: n,
            links: 1,
            size: content.len() as u64,
            modified: 5,
            sha256: crate::digest::hex(&sha256_of(content.as_bytes())),
        }),
        is_read: true,
        classes: [("C2".to_owned(), 3)].into(),
        rules: BTreeMap::new(),
        kinds: vec!["business-record".into()],
        dates: Date::parse(ended)
            .map(|d| ("end-of-relationship".to_owned(), d))
            .into_iter()
            .collect(),
        hold: None,
        is_kept_in: false,
        is_secret: false,
        marked: None,
        handed_over: false,
        is_of_archive: false,
        storage: Storage::default(),
        decided: None,
    }
}

fn broker() -> Policy {
    load("brokerage", None).unwrap()
}

fn made(frame: Plan, seen: Vec<Seen>) -> Plan {
    let today = Date::parse("2026-11-29").unwrap();
    let wish = Wish::default();
    build(frame, &broker(), seen, &Tally::default(), today, wish).unwrap()
}

const OLD: &str = "2000-01-01";
const NEW: &str = "2020-01-01";

fn whys(plan: &Plan) -> Vec<Option<&'static str>> {
    plan.items.iter().map(|i| i.why.map(Refusal::id)).collect()
}

#[test]
fn nothing_is_left_out_and_every_refusal_has_its_reason() {
    let mut held = seen(3, "c", OLD);
    held.hold = Some("H1".into());
    let mut linked = seen(4, "d", OLD);
    linked.source.as_mut().unwrap().links = 2;
    let mut unread = seen(5, "e", OLD);
    unread.is_read = false;
    let mut gone = seen(6, "f", OLD);
    gone.source = Err(Refusal::Unreadable);
    let mut lies = seen(7, "g", OLD);
    lies.storage.lies = true;
    let all = vec![
        seen(1, "a", OLD),
        seen(2, "b", NEW),
        held,
        linked,
        unread,
        gone,
        lies,
        seen(8, "h", ""),
    ];
    let plan = made(frame(Outcome::Erase), all.clone());
    assert_eq!(
        whys(&plan),
        [
            None,
            Some("not-due"),
            Some("hold"),
            Some("other-names"),
            Some("not-scanned"),
            Some("unreadable"),
            Some("would-be-a-lie"),
            Some("unknown-clock")
        ]
    );
    assert_eq!((plan.totals.items, plan.totals.carried), (8, 1));
    assert_eq!(plan.totals.refused.values().sum::<u64>(), 7);
    assert_eq!(plan.totals.classes["C2"], 24);
    // Sealing is for what must stay.
    let sealed = made(frame(Outcome::Seal), all.clone());
    assert_eq!(
        whys(&sealed),
        [
            Some("due"),
            None,
            None,
            Some("due"),
            Some("due"),
            Some("unreadable"),
            Some("due"),
            None
        ]
    );
    let mut masking = frame(Outcome::Seal);
    masking.live = Some(LiveCopy::Erase);
    assert_eq!(whys(&made(masking, all.clone()))[2], Some("hold"));
    // Copies may go to a recipient whatever the terms say.
    let over = made(frame(Outcome::HandOver), all);
    assert_eq!(over.carried().count(), 7);
}

#[test]
fn all_names_of_a_file_in_the_plan_may_go() {
    let mut a = seen(1, "a", OLD);
    let mut b = seen(2, "a", OLD);
    for one in [&mut a, &mut b] {
        let identity = one.source.as_mut().unwrap();
        (identity.inode, identity.links) = (9, 2);
    }
    assert_eq!(whys(&made(frame(Outcome::Erase), vec![a, b])), [None, None]);
}

#[test]
fn surplus_copies_come_first() {
    let all = vec![
        seen(1, "same", OLD),
        seen(2, "other", OLD),
        seen(3, "same", OLD),
        seen(4, "", OLD),
        seen(5, "", OLD),
    ];
    let plan = made(frame(Outcome::Erase), all);
    assert_eq!(plan.items[0].copies, [3]);
    assert_eq!(plan.items[2].copies, [1]);
    assert!(plan.items[3].copies.is_empty(), "empty files are no copies");
    let order: Vec<u32> = plan.surplus_first().iter().map(|i| i.number).collect();
    assert_eq!(order, [3, 1, 2, 4, 5]);
}

#[test]
fn thresholds_count_different_values() {
    let mut tally = Tally::default();
    let values = |n: u64| {
        let mut d = Distinct::default();
        (0..n).for_each(|v| d.add(v.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        d
    };
    tally.add("law2017.property", 40, &values(24));
    tally.add("law2017.property", 40, &values(25));
    tally.add("law2017.other", 900, &values(500));
    tally.add("pii", 900, &values(500));
    let today = Date::parse("2026-11-29").unwrap();
    let plan = build(
        frame(Outcome::Erase),
        &broker(),
        vec![seen(1, "a", OLD)],
        &tally,
        today,
        Wish::default(),
    )
    .unwrap();
    let [property, other] = &plan.totals.categories[..] else {
        panic!()
    };
    assert_eq!(
        (property.found, property.distinct, property.reach),
        (80, 25, Reach::InDuties)
    );
    assert_eq!((other.distinct, other.reach), (500, Reach::Below));
    assert_eq!(plan.totals.mixed_percent, 60);
}

#[test]
fn accounting_archives_need_three_offices() {
    let mut books = seen(1, "a", OLD);
    books.kinds.push("accounting-voucher".into());
    let over = made(frame(Outcome::HandOver), vec![books]);
    assert_eq!(
        over.approvals.roles,
        ["compliance", "archive", "accounting", "it"]
    );
    assert_eq!(over.approvals.count, 4);
}

#[test]
fn plans_read_back_and_edited_ones_do_not() {
    let plan = made(frame(Outcome::Erase), vec![seen(1, "a", OLD)]);
    let file = PlanFile::new(plan.clone()).unwrap();
    let read = PlanFile::read(file.bytes().to_vec()).unwrap();
    assert_eq!(read, file);
    assert_eq!(read.short_id().len(), 9);
    let edited = String::from_utf8(file.bytes().to_vec()).unwrap();
    for bad in [
        edited.replacen("\"action\":\"erase\"", "\"action\": \"erase\"", 1),
        edited.replacen("{\"approvals\"", "{\"aaa\":1,\"approvals\"", 1),
        edited.replacen("\"schema\":2", "\"schema\":3", 1),
        edited.trim_end().to_owned(),
        format!("{edited}\n"),
    ] {
        assert!(PlanFile::read(bad.clone().into_bytes()).is_err(), "{bad}");
    }
    assert!(matches!(
        build(
            frame(Outcome::Erase),
            &broker(),
            Vec::new(),
            &Tally::default(),
            Date::parse("2026-11-29").unwrap(),
            Wish::default(),
        ),
        Err(PlanError::Empty)
    ));
}

#[test]
fn differences_are_told_by_file() {
    let first = made(
        frame(Outcome::Erase),
        vec![seen(1, "a", OLD), seen(2, "b", OLD), seen(3, "c", OLD)],
    );
    assert_eq!(diff(&first, &first), (Vec::new(), false));
    let mut other = frame(Outcome::Erase);
    other.ticket = "T2".into();
    let second = made(
        other,
        vec![
            seen(1, "a", NEW),
            seen(2, "changed", OLD),
            seen(4, "d", OLD),
        ],
    );
    let (changes, frame_differs) = diff(&first, &second);
    assert!(frame_differs);
    let kinds: Vec<_> = changes
        .iter()
        .map(|c| match c {
            Change::Removed(a) => ("removed", a.path_fp.as_str()),
            Change::Decision(_, b) => ("decision", b.path_fp.as_str()),
            Change::Content(_, b) => ("content", b.path_fp.as_str()),
            Change::Added(b) => ("added", b.path_fp.as_str()),
        })
        .map(|(k, fp)| (k, fp.as_bytes()[31]))
        .collect();
    assert_eq!(
        kinds,
        [
            ("removed", b'3'),
            ("decision", b'1'),
            ("content", b'2'),
            ("added", b'4')
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_file_is_held_against_its_plan() {
    let dir = tempfile::tempdir().unwrap();
    let root = Name::from(dir.path().to_str().unwrap());
    let at = |name: &str| dir.path().join(name);
    std::fs::create_dir(at("a")).unwrap();
    std::fs::write(at("a/b"), "content").unwrap();
    let path = Name::from("a/b");
    let identity = identify(&root, &path).unwrap();
    assert_eq!((identity.size, identity.links), (7, 1));
    let plan = made(
        frame(Outcome::HandOver),
        vec![Seen {
            path: path.clone(),
            source: Ok(identity),
            ..seen(1, "", OLD)
        }],
    );
    let item = &plan.items[0];
    assert_eq!(item.action, Action::HandOver);
    assert!(check(&root, item).is_ok());
    // Same size, other bytes, the old time put back.
    let time = std::fs::metadata(at("a/b")).unwrap().modified().unwrap();
    std::fs::write(at("a/b"), "CONTENT").unwrap();
    std::fs::File::options()
        .write(true)
        .open(at("a/b"))
        .unwrap()
        .set_modified(time)
        .unwrap();
    assert_eq!(check(&root, item).unwrap_err(), Refusal::Changed);
    std::fs::write(at("a/b"), "content").unwrap();
    std::fs::File::options()
        .write(true)
        .open(at("a/b"))
        .unwrap()
        .set_modified(time)
        .unwrap();
    assert!(check(&root, item).is_ok());
    // One name more, another inode, a link, a linked folder.
    std::fs::hard_link(at("a/b"), at("c")).unwrap();
    assert_eq!(check(&root, item).unwrap_err(), Refusal::Changed);
    std::fs::remove_file(at("a/b")).unwrap();
    assert_eq!(check(&root, item).unwrap_err(), Refusal::Unreadable);
    std::os::unix::fs::symlink("../c", at("a/b")).unwrap();
    assert_eq!(check(&root, item).unwrap_err(), Refusal::NotAFile);
    std::fs::remove_file(at("a/b")).unwrap();
    std::fs::remove_dir(at("a")).unwrap();
    std::os::unix::fs::symlink(".", at("a")).unwrap();
    std::fs::rename(at("c"), at("b")).unwrap();
    assert_eq!(check(&root, item).unwrap_err(), Refusal::NotAFile);
}

#[test]
fn the_system_is_protected() {
    let home = Some(Path::new("/home/wang"));
    for bad in [
        "/",
        "/etc",
        "/usr/share/x",
        "/home",
        "/home/wang",
        "/tmp",
        "share",
        "/var",
    ] {
        assert!(is_protected(Path::new(bad), home), "{bad}");
    }
    for good in [
        "/home/wang/客户",
        "/tmp/x",
        "/srv/share",
        "/mnt/disk",
        "/data",
    ] {
        assert!(!is_protected(Path::new(good), home), "{good}");
    }
}

#[test]
fn marks_of_state_secrets_stay_without_a_release_and_never_go_abroad() {
    let mut secret = seen(1, "a", OLD);
    secret.is_secret = true;
    for outcome in [Outcome::HandOver, Outcome::Seal, Outcome::Erase] {
        let all = vec![secret.clone(), seen(2, "b", OLD)];
        let whys = whys(&made(frame(outcome), all));
        assert_eq!(whys[0], Some("state-secret"), "{outcome:?}");
        assert_ne!(whys[1], Some("state-secret"), "{outcome:?}");
    }
    for (country, why) in [("CN", None), ("US", Some("state-secret"))] {
        let mut released = frame(Outcome::HandOver);
        released.secrecy_release = Some("解密 2026-1".into());
        released.handover = Some(crate::model::HandOverTerms {
            recipient: "R".into(),
            purpose: "P".into(),
            destination_country: country.into(),
            copies: "strict".into(),
            masks: BTreeMap::new(),
        });
        assert_eq!(whys(&made(released, vec![secret.clone()])), [why]);
    }
}

#[test]
fn a_reviewers_marks_narrow_a_plan_and_never_widen_it() {
    let mut all = vec![
        seen(1, "a", OLD),
        seen(2, "b", OLD),
        seen(3, "c", NEW),
        seen(4, "d", OLD),
    ];
    all[0].marked = Some(Outcome::Erase);
    all[1].marked = Some(Outcome::Seal);
    all[2].marked = Some(Outcome::Erase);
    let plan = made(frame(Outcome::Erase), all.clone());
    assert_eq!(
        whys(&plan),
        [None, Some("marked-otherwise"), Some("not-due"), None]
    );
    let today = Date::parse("2026-11-29").unwrap();
    let wish = Wish { only_marked: true };
    let only = build(
        frame(Outcome::Erase),
        &broker(),
        all,
        &Tally::default(),
        today,
        wish,
    );
    assert_eq!(whys(&only.unwrap())[3], Some("not-marked"));
}
