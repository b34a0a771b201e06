use super::*;
use crate::{
    digest::sha256_name,
    keys::Signer,
    model::{
        Action, ApprovalsNeeded, Bound, Decision, Due, InventoryRef, Item, Name, Organisation,
        Outcome, PLAN_SCHEMA, Totals,
    },
    policy::Hold,
};
use std::collections::BTreeMap;

const MADE: &str = "2026-11-01T00:00:00Z";
const SIGNED: &str = "2026-11-01T01:00:00Z";
const ENDS: &str = "2026-11-04T01:00:00Z";
const NOW: &str = "2026-11-02T00:00:00Z";

fn signer(n: u8) -> Signer {
    Signer::new([n; 32])
}

/// Requester 1; archive 2, accounting 3, it 4.
fn keys() -> KeyList {
    let mut list = KeyList::default();
    for (n, role) in [
        (1, "executor"),
        (2, "archive"),
        (3, "accounting"),
        (4, "it"),
    ] {
        list.put(TrustedKey {
            key: signer(n).id(),
            sm2: None,
            name: format!("岗位{n}"),
            roles: vec![role.to_owned(), "compliance".to_owned()],
            until: None,
        });
    }
    list
}

fn plan(roles: &[&str]) -> PlanFile {
    let item = Item {
        number: 1,
        root: 0,
        path: Name::from("客户/名单.csv"),
        shown: "客户/名单.csv".into(),
        path_fp: "ab".into(),
        identity: None,
        classes: BTreeMap::new(),
        rules: BTreeMap::new(),
        kinds: Vec::new(),
        decision: Decision {
            due: Due::Due,
            rule: "sec-20y".into(),
            article: "证券法 第一百三十七条".into(),
            rules: Vec::new(),
            earliest: None,
            latest: None,
            missing: Vec::new(),
            hold: None,
            advice: Outcome::Erase,
            redact_rest: false,
            rest: Vec::new(),
        },
        action: Action::Erase,
        why: None,
        marked: None,
        copies: Vec::new(),
        forecast: None,
    };
    let bound = |digest: &str| Bound {
        name: "x".into(),
        digest: digest.into(),
    };
    PlanFile::new(Plan {
        schema: PLAN_SCHEMA,
        outcome: Outcome::Erase,
        created: MADE.into(),
        expires: "2026-12-01T00:00:00Z".into(),
        requester: signer(1).id(),
        ticket: "OPS-1".into(),
        reason: "注销".into(),
        legal_basis: "PIPL 47".into(),
        notice_ref: None,
        consent_ref: None,
        handover: None,
        live: None,
        backup: None,
        secrecy_release: None,
        decisions: None,
        sealed: None,
        receipts: Vec::new(),
        undo_days: Some(7),
        policy: bound("sha256:policy"),
        rules: bound("sha256:rules"),
        keys: bound(&keys().digest().unwrap()),
        inventory: InventoryRef {
            digest: "sha256:inventory".into(),
            started: MADE.into(),
            version: "0".into(),
            files: 1,
        },
        organisation: Organisation {
            kind: "brokerage".into(),
            role: "handler".into(),
            closing: false,
        },
        volumes: Vec::new(),
        roots: vec![Name::from("/share")],
        items: vec![item],
        totals: Totals::default(),
        approvals: ApprovalsNeeded {
            count: 2,
            roles: roles.iter().map(|r| (*r).to_owned()).collect(),
            hours: 72,
        },
    })
    .unwrap()
}

fn paper(file: &PlanFile, n: u8, ask: Ask, role: &str) -> Paper {
    Paper::new(&signer(n), ask, file.id(), role, (SIGNED, ENDS), "").unwrap()
}

fn request(file: &PlanFile) -> Paper {
    paper(file, 1, Ask::Request, "executor")
}

fn run(file: &PlanFile, papers: &[Paper], holds: &Holds, now: &str) -> Result<usize, Refused> {
    let keys = keys();
    let against = Against {
        keys: &keys,
        policy: "sha256:policy",
        holds,
        now: Moment::parse(now).unwrap(),
    };
    check(file, papers, &against).map(|a| a.approvers().len())
}

fn good(file: &PlanFile) -> Vec<Paper> {
    vec![
        request(file),
        paper(file, 2, Ask::Approve, "archive"),
        paper(file, 3, Ask::Approve, "accounting"),
    ]
}

fn discounted(result: Result<usize, Refused>) -> Vec<Discounted> {
    match result {
        Err(Refused::TooFew { others, .. }) => others.into_iter().map(|(_, why)| why).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_others_with_their_roles_are_enough() {
    let file = plan(&["archive", "accounting"]);
    assert_eq!(run(&file, &good(&file), &Holds::default(), NOW), Ok(2));
    // Until the end of the approvals, to the second.
    assert_eq!(run(&file, &good(&file), &Holds::default(), ENDS), Ok(2));
    let needs_it = plan(&["archive", "accounting", "it"]);
    assert_eq!(
        run(&needs_it, &good(&needs_it), &Holds::default(), NOW),
        Err(Refused::RoleMissing("it".into()))
    );
}

/// S6 of the acceptance list: five of five refused.
#[test]
fn what_is_not_approved_is_refused() {
    let file = plan(&[]);
    let holds = Holds::default();
    let mut papers = good(&file);

    // Missing.
    papers.truncate(2);
    assert!(discounted(run(&file, &papers, &holds, NOW)).is_empty());
    // The same key twice, in another role too.
    papers.push(paper(&file, 2, Ask::Approve, "compliance"));
    assert_eq!(
        discounted(run(&file, &papers, &holds, NOW)),
        [Discounted::Again]
    );
    // Expired.
    let late = "2026-11-04T01:00:01Z";
    assert_eq!(
        discounted(run(&file, &good(&file), &holds, late)),
        [Discounted::Expired, Discounted::Expired]
    );
    // One changed byte of the plan, anywhere that still reads as a plan.
    let mut changed = 0;
    for at in 0..file.bytes().len() {
        let mut bytes = file.bytes().to_vec();
        bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
        let Ok(other) = PlanFile::read(bytes) else {
            continue;
        };
        changed += 1;
        assert_ne!(other.id(), file.id());
        assert!(run(&other, &good(&file), &holds, NOW).is_err());
    }
    assert!(changed > 100, "most bytes of a plan are free: {changed}");
    // A hold added after the approval.
    let mut held = Holds::default();
    held.holds.push(Hold {
        id: "H1".into(),
        subject: None,
        paths: ["ab".to_owned()].into(),
        all: false,
        also: Vec::new(),
        copies_may_go: false,
        reason: "投诉".into(),
        added: "2026-11-01T12:00:00Z".into(),
        by: signer(4).id(),
        until: None,
        released: None,
    });
    assert_eq!(
        run(&file, &good(&file), &held, NOW),
        Err(Refused::Held("H1".into()))
    );
    held.holds[0].paths = ["cd".to_owned()].into();
    assert_eq!(run(&file, &good(&file), &held, NOW), Ok(2));
}

#[test]
fn approvals_count_only_as_they_should() {
    let file = plan(&[]);
    let holds = Holds::default();
    let with = |extra: Paper| {
        let mut papers = good(&file);
        papers.truncate(2);
        papers.push(extra);
        discounted(run(&file, &papers, &holds, NOW))
    };
    assert_eq!(
        with(paper(&file, 9, Ask::Approve, "archive")),
        [Discounted::NotListed]
    );
    assert_eq!(
        with(paper(&file, 1, Ask::Approve, "executor")),
        [Discounted::Requester]
    );
    assert_eq!(
        with(paper(&file, 3, Ask::Approve, "archive")),
        [Discounted::NotTheirRole]
    );
    let other = plan(&["it"]);
    assert_eq!(
        with(paper(&other, 3, Ask::Approve, "accounting")),
        [Discounted::OtherPlan]
    );
    let dated = |time, ends| {
        Paper::new(
            &signer(3),
            Ask::Approve,
            file.id(),
            "accounting",
            (time, ends),
            "",
        )
        .unwrap()
    };
    let long = dated(SIGNED, "2026-11-04T01:00:01Z");
    assert_eq!(
        with(long),
        [Discounted::Expired],
        "longer than the policy allows"
    );
    assert_eq!(
        with(dated("2026-10-31T00:00:00Z", ENDS)),
        [Discounted::WrongTime]
    );
    assert_eq!(
        with(dated("2026-11-03T00:00:00Z", ENDS)),
        [Discounted::WrongTime]
    );
    let mut forged = paper(&file, 3, Ask::Approve, "accounting");
    forged.comment = "changed".into();
    assert_eq!(with(forged), [Discounted::Signature]);
}

#[test]
fn the_request_the_keys_and_the_policy_must_be_those_of_the_plan() {
    let file = plan(&[]);
    let holds = Holds::default();
    let mut papers = good(&file);
    papers.remove(0);
    assert_eq!(run(&file, &papers, &holds, NOW), Err(Refused::NoRequest));
    papers.insert(0, paper(&file, 2, Ask::Request, "archive"));
    assert_eq!(run(&file, &papers, &holds, NOW), Err(Refused::NoRequest));

    let mut rejected = good(&file);
    rejected.push(paper(&file, 4, Ask::Reject, "it"));
    assert_eq!(
        run(&file, &rejected, &holds, NOW),
        Err(Refused::Rejected(signer(4).id()))
    );
    // A no has no term: approvals of a later week do not end it.
    let mut later = vec![request(&file)];
    let term = ("2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z");
    for (n, role) in [(2, "archive"), (3, "accounting")] {
        later.push(Paper::new(&signer(n), Ask::Approve, file.id(), role, term, "").unwrap());
    }
    let then = "2026-11-21T00:00:00Z";
    assert_eq!(run(&file, &later, &holds, then), Ok(2));
    later.push(paper(&file, 4, Ask::Reject, "it"));
    assert_eq!(
        run(&file, &later, &holds, then),
        Err(Refused::Rejected(signer(4).id()))
    );
    assert_eq!(
        run(&file, &good(&file), &holds, "2026-12-01T00:00:01Z"),
        Err(Refused::PlanExpired)
    );

    let mut more = keys();
    more.keys.pop();
    let mut against = Against {
        keys: &more,
        policy: "sha256:policy",
        holds: &holds,
        now: Moment::parse(NOW).unwrap(),
    };
    assert!(matches!(
        check(&file, &good(&file), &against),
        Err(Refused::OtherKeys)
    ));
    let keys = keys();
    against.keys = &keys;
    against.policy = "sha256:another";
    assert!(matches!(
        check(&file, &good(&file), &against),
        Err(Refused::OtherPolicy)
    ));
    assert_eq!(sha256_name(file.bytes()), file.id());
}
