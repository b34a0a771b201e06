//! From a certificate to the page that is printed.

use super::paper::{Certificate, Line, Person};
use crate::{
    cli::{
        commands::plan::refusal_word,
        erasing::{grade_word, medium_word, note_of, note_word},
    },
    keys::short,
    model::{Grade, Medium, Refusal},
    reports::certificate::{Body, Pair, Section, Sheet, Signature},
    words::{EraseWord, Language, PlanWord, grouped, size},
};

/// The title of a kind of certificate.
pub(super) fn title(kind: &str) -> PlanWord {
    match kind {
        "hand-over" => PlanWord::CertHandOver,
        "seal" => PlanWord::CertSeal,
        _ => PlanWord::CertErase,
    }
}

fn filled(word: PlanWord, arguments: &[&dyn std::fmt::Display]) -> Pair {
    Pair {
        zh: word.fill(Language::Zh, arguments),
        en: word.fill(Language::En, arguments),
    }
}

fn erase_pair(word: EraseWord) -> Pair {
    Pair {
        zh: word.text(Language::Zh).to_owned(),
        en: word.text(Language::En).to_owned(),
    }
}

/// Both languages in one cell.
fn cell(pair: &Pair) -> String {
    if pair.zh == pair.en {
        pair.zh.clone()
    } else {
        format!("{} / {}", pair.zh, pair.en)
    }
}

/// What must be said of a file, from its word: a note of the erasure before a reason of the plan, since some
/// words are both.
fn note(id: &str) -> Pair {
    note_of(id).map_or_else(|| why(id), |n| erase_pair(note_word(n)))
}

/// A role as the list of keys names it, with its name in both languages when it is a usual one.
fn role(id: &str) -> String {
    let word = match id {
        "compliance" => PlanWord::RoleCompliance,
        "archive" => PlanWord::RoleArchive,
        "accounting" => PlanWord::RoleAccounting,
        "it" => PlanWord::RoleIt,
        "legal" => PlanWord::RoleLegal,
        "executor" => PlanWord::RoleExecutor,
        "recipient" => PlanWord::RoleRecipient,
        other => return other.to_owned(),
    };
    cell(&Pair::of(word))
}

/// A method as a run names it.
fn method_of(id: &str) -> String {
    let word = match id {
        "overwrite-keyed-stream" => PlanWord::MethodOverwrite,
        "read-back" => PlanWord::MethodReadBack,
        "journal-checkpoint" => PlanWord::MethodJournal,
        "residue-scan" => PlanWord::MethodResidue,
        "7z-aes256" => PlanWord::MethodSevenZ,
        "zip-aes256" => PlanWord::MethodZip,
        "age" | "age-x25519" => PlanWord::MethodAge,
        "plain-bag" => PlanWord::MethodPlain,
        "opened-and-compared" | "decrypted-and-compared" => PlanWord::MethodCompared,
        other => return other.to_owned(),
    };
    cell(&Pair::of(word))
}

/// The kind of organisation as a policy of the program names it.
fn organisation(id: &str) -> String {
    crate::policy::load(id, None).map_or_else(|_| id.to_owned(), |p| format!("{} / {}", p.zh, p.en))
}

/// Why a file was left, from its word.
fn why(id: &str) -> Pair {
    if id == crate::cli::commands::seal::REST_REDACTED {
        return Pair::of(PlanWord::CertRestRedacted);
    }
    if id == "residue" || id.starts_with("withheld-") {
        return Pair::of(PlanWord::CertWithheld);
    }
    if let Some(refusal) = Refusal::ALL.into_iter().find(|r| r.id() == id) {
        return Pair::of(refusal_word(refusal));
    }
    note_of(id).map_or_else(|| Pair::same(id), |n| erase_pair(note_word(n)))
}

fn section(title: PlanWord, body: Body) -> Section {
    Section {
        title: Pair::of(title),
        body,
    }
}

fn fact(label: PlanWord, value: impl Into<String>) -> (Pair, String) {
    (Pair::of(label), value.into())
}

fn or_dash(text: Option<&String>) -> String {
    text.cloned().unwrap_or_else(|| "–".to_owned())
}

/// The page.
pub(super) fn sheet(paper: &Certificate) -> Sheet {
    let left: u64 = paper.not_done.values().sum();
    let says = match paper.kind.as_str() {
        "hand-over" => PlanWord::CertSaysHandOver,
        "seal" => PlanWord::CertSaysSeal,
        _ => PlanWord::CertSaysErase,
    };
    let counts: [&dyn std::fmt::Display; 3] = [
        &grouped(paper.done),
        &size(paper.done_bytes),
        &grouped(left),
    ];
    Sheet {
        title: Pair::of(title(&paper.kind)),
        number: paper.number.clone(),
        issuer: paper.issuer.clone(),
        statement: match &paper.sealed {
            Some(sealed) => filled(
                PlanWord::CertSaysSealed,
                &[&sealed.id, &grouped(sealed.files), &counts[0], &counts[2]],
            ),
            None => filled(says, &counts),
        },
        sections: vec![
            section(PlanWord::CertCase, Body::Facts(case(paper))),
            section(PlanWord::CertRetention, retention(paper)),
            section(PlanWord::CertApprovals, approvals(paper)),
            section(PlanWord::CertMethod, Body::Facts(method(paper))),
            section(PlanWord::CertResult, results(paper)),
            section(PlanWord::CertNotDone, not_done(paper)),
            section(PlanWord::CertRemaining, remaining(paper)),
            section(PlanWord::CertLimits, Body::Text(limits(paper))),
        ],
        signatures: signatures(paper),
        checkpoint: paper.checkpoint.clone(),
        register: section(PlanWord::CertRegister, register(paper)),
    }
}

fn case(paper: &Certificate) -> Vec<(Pair, String)> {
    let whose = if paper.organisation_role == "trustee" {
        PlanWord::RoleTrustee
    } else {
        PlanWord::RoleHandler
    };
    let mut whose = cell(&Pair::of(whose));
    if paper.closing {
        whose.push_str(PlanWord::Closing.text(Language::Zh));
        whose.push_str(PlanWord::Closing.text(Language::En));
    }
    let mut facts = vec![
        fact(PlanWord::CertTicket, &paper.ticket),
        fact(PlanWord::CertReason, &paper.reason),
        fact(
            PlanWord::CertOrganisation,
            organisation(&paper.organisation),
        ),
        fact(PlanWord::CertBasis, &paper.legal_basis),
        fact(PlanWord::CertRole, whose),
        fact(PlanWord::CertNotice, or_dash(paper.notice_ref.as_ref())),
        fact(PlanWord::CertConsent, or_dash(paper.consent_ref.as_ref())),
    ];
    if let Some(terms) = &paper.handover {
        facts.extend([
            fact(PlanWord::CertRecipient, &terms.recipient),
            fact(PlanWord::CertPurpose, &terms.purpose),
            fact(PlanWord::CertCountry, &terms.destination_country),
            fact(PlanWord::CertCopies, copies_of(terms)),
        ]);
    }
    facts.extend([
        fact(PlanWord::CertStarted, &paper.started),
        fact(PlanWord::CertEnded, &paper.ended),
        fact(PlanWord::CertPlan, &paper.plan),
        fact(PlanWord::CertRun, &paper.run),
    ]);
    if let Some(sealed) = &paper.sealed {
        let line = |l| crate::cli::commands::plan::archive_line(sealed, l);
        let pair = Pair {
            zh: line(Language::Zh),
            en: line(Language::En),
        };
        facts.extend([
            fact(PlanWord::CertArchive, cell(&pair)),
            fact(PlanWord::CertSealPlan, &sealed.plan),
        ]);
        let zh = crate::cli::commands::plan::other_dates(sealed, Language::Zh);
        let en = crate::cli::commands::plan::other_dates(sealed, Language::En);
        if let (Some(zh), Some(en)) = (zh, en) {
            facts.push(fact(PlanWord::CertDates, cell(&Pair { zh, en })));
        }
        if let Some(why) = &sealed.without_key {
            let text = filled(PlanWord::PlanWithoutKey, &[why]);
            facts.push(fact(PlanWord::CertArchiveKey, cell(&text)));
        }
    }
    facts
}

/// How copies are masked: for all, and otherwise by class, kind or rule.
fn copies_of(terms: &crate::model::HandOverTerms) -> String {
    let others = terms.masks.iter().map(|(of, how)| format!("{of}: {how}"));
    let all: Vec<String> = std::iter::once(terms.copies.clone())
        .chain(others)
        .collect();
    all.join("; ")
}

fn retention(paper: &Certificate) -> Body {
    let heads = [
        PlanWord::CertRule,
        PlanWord::CertArticle,
        PlanWord::CertFiles,
        PlanWord::CertEarliest,
    ];
    let row = |r: &super::paper::Ruled| {
        vec![
            r.rule.clone(),
            r.article.clone(),
            grouped(r.files),
            or_dash(r.earliest.as_ref()),
        ]
    };
    Body::Table(
        heads.map(Pair::of).to_vec(),
        paper.retention.iter().map(row).collect(),
    )
}

fn approvals(paper: &Certificate) -> Body {
    let heads = [
        PlanWord::CertName,
        PlanWord::CertAs,
        PlanWord::CertTime,
        PlanWord::CertKey,
    ];
    let row = |p: &Person, role: String| {
        let time = if p.time.is_empty() { "–" } else { &p.time };
        vec![p.name.clone(), role, time.to_owned(), short(&p.key)]
    };
    let mut rows = vec![row(
        &paper.requester,
        cell(&Pair::of(PlanWord::CertRequester)),
    )];
    rows.extend(paper.approvers.iter().map(|p| row(p, role(&p.role))));
    Body::Table(heads.map(Pair::of).to_vec(), rows)
}

fn method(paper: &Certificate) -> Vec<(Pair, String)> {
    let methods: Vec<String> = paper.method.iter().map(|m| method_of(m)).collect();
    let mut facts = vec![
        fact(PlanWord::CertMethods, methods.join("；")),
        fact(PlanWord::CertTool, &paper.tool),
    ];
    // Packages and archives are the same wherever they were made.
    for (label, value) in [
        (PlanWord::CertSystem, &paper.system),
        (PlanWord::CertHost, &paper.host_fp),
    ] {
        if !value.is_empty() {
            facts.push(fact(label, value));
        }
    }
    for device in &paper.devices {
        let medium = medium_of(device.medium);
        let mut parts = vec![device.volume.clone(), device.file_system.clone(), medium];
        parts.push(device.model.clone());
        if !device.serial.is_empty() {
            parts.push(format!("S/N {}", device.serial));
        }
        if device.bytes > 0 {
            parts.push(size(device.bytes));
        }
        parts.retain(|p| !p.is_empty());
        facts.push(fact(PlanWord::CertDevice, parts.join(" · ")));
    }
    match (&paper.backup, &paper.no_backup) {
        (Some(id), _) => facts.push(fact(PlanWord::CertBackup, id)),
        (None, Some(why)) => {
            let text = filled(PlanWord::PlanNoBackup, &[why]);
            facts.push(fact(PlanWord::CertBackup, cell(&text)));
        }
        (None, None) => {}
    }
    facts
}

fn medium_of(medium: Medium) -> String {
    cell(&erase_pair(medium_word(medium)))
}

fn results(paper: &Certificate) -> Body {
    if paper.grades.iter().all(|g| g.grade == "–") {
        // Grades and media are those of an erasure.
        let heads = [
            PlanWord::CertFiles,
            PlanWord::CertBytes,
            PlanWord::CertMeans,
        ];
        let row = |g: &super::paper::Graded| {
            let done = cell(&Pair::of(PlanWord::CertDone));
            vec![grouped(g.files), grouped(g.bytes), done]
        };
        let rows = paper.grades.iter().map(row).collect();
        return Body::Table(heads.map(Pair::of).to_vec(), rows);
    }
    let heads = [
        PlanWord::CertGrade,
        PlanWord::CertMedium,
        PlanWord::CertFiles,
        PlanWord::CertBytes,
        PlanWord::CertMeans,
    ];
    let row = |g: &super::paper::Graded| {
        let grade = Grade::ALL.into_iter().find(|k| k.id() == g.grade);
        let means = grade.map_or_else(
            || cell(&Pair::of(PlanWord::CertDone)),
            |g| cell(&erase_pair(grade_word(g))),
        );
        let media = [
            Medium::Rotational,
            Medium::Flash,
            Medium::Virtual,
            Medium::Network,
        ];
        let medium = media.into_iter().find(|m| m.id() == g.medium);
        let medium = medium_of(medium.unwrap_or_default());
        vec![
            g.grade.clone(),
            medium,
            grouped(g.files),
            grouped(g.bytes),
            means,
        ]
    };
    Body::Table(
        heads.map(Pair::of).to_vec(),
        paper.grades.iter().map(row).collect(),
    )
}

fn not_done(paper: &Certificate) -> Body {
    if paper.not_done.is_empty() {
        return Body::Text(vec![Pair::of(PlanWord::CertNothingLeft)]);
    }
    let heads = [PlanWord::CertWhy, PlanWord::CertFiles];
    let row = |(id, n): (&String, &u64)| vec![cell(&why(id)), grouped(*n)];
    Body::Table(
        heads.map(Pair::of).to_vec(),
        paper.not_done.iter().map(row).collect(),
    )
}

fn remaining(paper: &Certificate) -> Body {
    if paper.remaining.is_empty() {
        return Body::Text(vec![Pair::of(PlanWord::CertNoRemaining)]);
    }
    let heads = [PlanWord::CertKind, PlanWord::CertId, PlanWord::CertUntil];
    let row = |copy: &crate::model::RemainingCopy| {
        let kind = match copy.kind.as_str() {
            "backup" => Pair::of(PlanWord::CertRemainBackup),
            "sealed" => Pair::of(PlanWord::CertRemainSealed),
            "handed-over" => Pair::of(PlanWord::CertRemainHanded),
            "snapshot" => Pair::of(PlanWord::CertRemainSnapshot),
            "masked" => Pair::of(PlanWord::CertRemainMasked),
            "archive-copies" => Pair::of(PlanWord::CertRemainArchive),
            "same-content" => Pair::of(PlanWord::CertRemainSame),
            other => Pair::same(other),
        };
        vec![cell(&kind), copy.id.clone(), or_dash(copy.until.as_ref())]
    };
    Body::Table(
        heads.map(Pair::of).to_vec(),
        paper.remaining.iter().map(row).collect(),
    )
}

fn limits(paper: &Certificate) -> Vec<Pair> {
    let mut all = match paper.kind.as_str() {
        "hand-over" => vec![PlanWord::CertLimitPackage],
        "seal" => vec![PlanWord::CertLimitSeal],
        _ => vec![PlanWord::CertLimitAddress, PlanWord::CertLimitClear],
    };
    if paper.sealed.is_some() {
        all.push(PlanWord::CertLimitArchive);
    }
    all.push(PlanWord::CertLimitLaw);
    if !paper.remaining.is_empty() {
        all.push(PlanWord::CertNoRemaining);
    }
    all.push(PlanWord::CertLimitSecret);
    all.push(if paper.register.iter().any(|l| l.path.is_some()) {
        PlanWord::CertLimitClearPaths
    } else {
        PlanWord::CertLimitMasked
    });
    let mut out: Vec<Pair> = all.into_iter().map(Pair::of).collect();
    // What must be said of single files, once each.
    let mut notes: Vec<&String> = paper.register.iter().flat_map(|l| &l.notes).collect();
    notes.sort_unstable();
    notes.dedup();
    out.extend(notes.into_iter().map(|n| note(n)));
    out.push(filled(PlanWord::CertRecords, &[&paper.record_years]));
    out
}

fn signatures(paper: &Certificate) -> Vec<Signature> {
    let one = |who: PlanWord, person: &Person| {
        let signed = paper.signatures.iter().find(|s| s.who.key == person.key);
        Signature {
            who: Pair::of(who),
            name: format!("{}（{}）", person.name, role(&person.role)),
            key: short(&person.key),
            signature: signed.map(|s| s.ed25519.clone()).unwrap_or_default(),
        }
    };
    vec![
        one(PlanWord::CertOperator, &paper.operator),
        one(PlanWord::CertVerifier, &paper.verifier),
        Signature {
            who: Pair::of(PlanWord::CertHead),
            name: cell(&Pair::of(PlanWord::CertByHand)),
            key: String::new(),
            signature: String::new(),
        },
    ]
}

fn register(paper: &Certificate) -> Body {
    let clear = paper.register.iter().any(|l| l.path.is_some());
    let path = if clear {
        PlanWord::CertPathClear
    } else {
        PlanWord::CertPath
    };
    let heads = [
        PlanWord::CertItem,
        path,
        PlanWord::CertClasses,
        PlanWord::CertBytes,
        PlanWord::CertContent,
        PlanWord::CertRule,
        PlanWord::CertOutcome,
    ];
    Body::Table(
        heads.map(Pair::of).to_vec(),
        (paper.register.iter().map(row))
            .chain(paper.contents.iter().map(within))
            .collect(),
    )
}

/// A file that lay in the archive that was destroyed.
fn within(line: &Line) -> Vec<String> {
    let mut cells = row(line);
    if let Some(number) = cells.first_mut() {
        *number = cell(&filled(PlanWord::CertWithin, &[&line.item]));
    }
    cells
}

fn row(line: &Line) -> Vec<String> {
    let classes: Vec<String> = line
        .classes
        .iter()
        .map(|(class, n)| format!("{class}×{}", grouped(*n)))
        .collect();
    let outcome = match (&line.why, &line.grade) {
        (Some(id), _) => why(id).zh,
        (None, Some(grade)) => grade.clone(),
        (None, None) => PlanWord::CertDone.text(Language::Zh).to_owned(),
    };
    let classes = if classes.is_empty() {
        "–".to_owned()
    } else {
        classes.join(" ")
    };
    vec![
        line.item.to_string(),
        line.path.clone().unwrap_or_else(|| line.path_fp.clone()),
        classes,
        grouped(line.bytes),
        line.content_fp.clone(),
        line.rule.clone(),
        outcome,
    ]
}
