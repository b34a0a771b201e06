//! `inkout receive`: the recipient's check and receipt, and the sender's taking of it.

use crate::cli::shown::Shown as _;
use crate::{
    cli::{
        Trouble,
        args::packages::{ReceiveAccept, ReceiveCommand, ReceiveIdentity, ReceiveVerify},
        clock,
        desk::{self, Ledger, Standing},
        packages::{self, Held, RUNS, digits, refused},
        secret,
        setup::absolute,
        shown,
    },
    containers::{ContainerError, Identity},
    handover::{
        HandoverError,
        bag::BagFault,
        receive::{self, Checked, Fault},
    },
    model::{Actor, Event, RECEIPT_SCHEMA, Receipt, canonical_file, read_canonical},
    reports::{Condition, safe},
    words::{Language, PackageWord, grouped, size},
};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// Faults shown one by one.
const SHOWN: usize = 20;
/// Folder of receipts in the job folder, where plans look for them.
const RECEIPTS: &str = "receipts";

type Ended = Result<Vec<Condition>, Trouble>;

pub(in crate::cli) fn run(command: &ReceiveCommand, language: Language) -> Ended {
    match command {
        ReceiveCommand::Verify(args) => verify(args, language),
        ReceiveCommand::Accept(args) => accept(args, language),
        ReceiveCommand::Identity(args) => identity(args, language),
    }
}

fn verify(args: &ReceiveVerify, language: Language) -> Ended {
    let wrong = |e: &HandoverError| packages::of_package(e, &args.package, language);
    let expected = args
        .sender
        .as_deref()
        .map(|text| sender(text, language))
        .transpose()?;
    // Who signs is read before anything long is done.
    let signer = args
        .key
        .as_deref()
        .map(|key| {
            let phrase = args.pass_file.as_deref();
            let phrase = phrase
                .map(|p| secret::first_line(p, language))
                .transpose()?;
            desk::signer_of(key, phrase, language)
        })
        .transpose()?;
    // A plain bag needs no key; a box says that it does.
    let held = if args.package.join("bag").is_dir() || args.package.join("bagit.txt").exists() {
        Held::Nothing
    } else {
        Held::read(&args.open, language)?
    };
    let checked = receive::check(&args.package, held.key(), expected.as_deref());
    let checked = match (checked, &held) {
        (Err(HandoverError::Box(ContainerError::WrongKey)), Held::Nothing) => {
            return Err(Trouble::usage(PackageWord::NeedsKey.text(language)));
        }
        (checked, _) => checked.map_err(|e| wrong(&e))?,
    };
    let mut out = std::io::stdout().lock();
    say(&checked, expected.is_some(), language, &mut out)?;
    match signer {
        None => writeln!(out, "{}", PackageWord::NoReceiptKey.text(language))?,
        Some(signer) => match checked.receipt(&clock::now(), &signer.id()) {
            None => writeln!(out, "{}", PackageWord::NoReceiptPossible.text(language))?,
            Some(receipt) => {
                let receipt = receive::sign(receipt, &signer).map_err(|e| wrong(&e))?;
                let bytes = canonical_file(&receipt).map_err(|e| Trouble::failed(e.to_string()))?;
                let path = args
                    .receipt
                    .clone()
                    .unwrap_or_else(|| "receipt.json".into());
                desk::write(&absolute(&path), &bytes, Standing::Refuse, language)?;
                writeln!(
                    out,
                    "{}",
                    PackageWord::ReceiptAt.fill(language, &[&path.shown()])
                )?;
                if !receipt.is_whole() {
                    writeln!(out, "{}", PackageWord::ReceiptNotWhole.text(language))?;
                }
            }
        },
    }
    Ok(conditions(&checked))
}

/// A sender's key id as typed, or of a public key file.
fn sender(text: &str, language: Language) -> Result<String, Trouble> {
    if text.starts_with("ed25519:") {
        return Ok(text.trim().to_owned());
    }
    Ok(desk::public_key(Path::new(text), language)?.id())
}

fn say(
    checked: &Checked,
    expected: bool,
    language: Language,
    out: &mut dyn Write,
) -> Result<(), Trouble> {
    if let Some(manifest) = &checked.manifest {
        let line = [&manifest.from, &manifest.to, &manifest.purpose].map(|t| safe::line(t));
        let [from, to, purpose] = &line;
        writeln!(
            out,
            "{}",
            PackageWord::FromTo.fill(language, &[from, to, purpose])
        )?;
    }
    if let Some(package) = &checked.package {
        writeln!(out, "{}", PackageWord::PackageId.fill(language, &[package]))?;
    }
    let counts = (grouped(checked.files), size(checked.bytes));
    writeln!(
        out,
        "{}",
        PackageWord::ReceivedCounts.fill(language, &[&counts.0, &counts.1])
    )?;
    if let Some(signer) = &checked.signer {
        writeln!(out, "{}", PackageWord::SignedBy.fill(language, &[signer]))?;
        let is_other = checked.faults.iter().any(|f| matches!(f, Fault::Signer(_)));
        if !expected {
            writeln!(out, "{}", PackageWord::SignerUnknown.text(language))?;
        } else if !is_other {
            writeln!(out, "{}", PackageWord::SignerExpected.text(language))?;
        }
    }
    if checked.is_whole() {
        writeln!(out, "{}", PackageWord::PackageWhole.text(language))?;
        return Ok(());
    }
    let count = checked.faults.len();
    writeln!(
        out,
        "{}",
        PackageWord::PackageBroken.fill(language, &[&count])
    )?;
    for fault in checked.faults.iter().take(SHOWN) {
        writeln!(out, "  {}", fault_text(fault, language))?;
    }
    if count > SHOWN {
        writeln!(
            out,
            "  {}",
            PackageWord::FaultsMore.fill(language, &[&(count - SHOWN)])
        )?;
    }
    Ok(())
}

fn fault_text(fault: &Fault, language: Language) -> String {
    let (word, about): (PackageWord, &str) = match fault {
        Fault::PartMissing(name) => (PackageWord::FaultPartMissing, name),
        Fault::PartChanged(name) => (PackageWord::FaultPartChanged, name),
        Fault::NoPartList => (PackageWord::FaultNoPartList, ""),
        Fault::Signature(what) => (PackageWord::FaultSignature, what),
        Fault::Signer(key) => (PackageWord::FaultSigner, key),
        Fault::Broken(at) => (PackageWord::FaultBroken, at),
        Fault::Bag(BagFault::Missing(path)) => (PackageWord::FaultMissing, path),
        Fault::Bag(BagFault::Changed(path)) => (PackageWord::FaultChanged, path),
        Fault::Bag(BagFault::Extra(path)) => (PackageWord::FaultExtra, path),
        Fault::Bag(BagFault::Unreadable(path)) => (PackageWord::FaultUnreadable, path),
        Fault::Manifest(path) => (PackageWord::FaultManifest, path),
        Fault::Mixed => (PackageWord::FaultMixed, ""),
    };
    word.fill(language, &[&shown::text(about)])
}

fn conditions(checked: &Checked) -> Vec<Condition> {
    let mut out = Vec::new();
    for fault in &checked.faults {
        let condition = match fault {
            Fault::PartMissing(_) | Fault::NoPartList | Fault::Bag(BagFault::Missing(_)) => {
                Condition::Incomplete
            }
            _ => Condition::Unproved,
        };
        if !out.contains(&condition) {
            out.push(condition);
        }
    }
    if checked.manifest.is_none() && out.is_empty() {
        out.push(Condition::Incomplete);
    }
    out
}

/// Takes a receipt into the job folder when it holds and is for a package that was sent from there.
fn accept(args: &ReceiveAccept, language: Language) -> Ended {
    let job = desk::job(&args.job);
    let bytes = desk::read(&args.receipt, language)?;
    let receipt: Receipt = read_canonical(&bytes, u64::from(RECEIPT_SCHEMA))
        .map_err(|_| refused(PackageWord::ReceiptForm.fill(language, &[&args.receipt.shown()])))?;
    let keys = desk::key_list(&job, args.keys.as_ref(), language)?;
    let listed = keys
        .find(&receipt.key, desk::today())
        .filter(|k| k.roles.iter().any(|r| r == "recipient"));
    let Some(listed) = listed else {
        let text = PackageWord::ReceiptStranger.fill(language, &[&receipt.key]);
        return Err(refused(text));
    };
    let holds = listed
        .public()
        .is_ok_and(|key| receive::holds(&receipt, &key));
    if !holds {
        return Err(Trouble {
            condition: Condition::Unproved,
            text: PackageWord::ReceiptSignature.text(language).to_owned(),
        });
    }
    let run = format!("handover-{}", digits(&receipt.package));
    if !job.join(RUNS).join(format!("{run}.json")).exists() {
        return Err(refused(
            PackageWord::ReceiptOtherPackage.text(language).to_owned(),
        ));
    }
    let bad = receipt.files.iter().filter(|f| !f.ok).count();
    let mut event = Event::new("handover.received", &clock::now());
    event.run = Some(run);
    event.plan = Some(receipt.plan.clone());
    event.operator = Some(Actor {
        key: receipt.key.clone(),
        role: "recipient".to_owned(),
    });
    let digest = crate::digest::sha256_name(&bytes);
    event.digests.insert("receipt".into(), digest.clone());
    event
        .digests
        .insert("package".into(), receipt.package.clone());
    event
        .counts
        .insert("files".into(), receipt.files.len() as u64);
    event.counts.insert("not-whole".into(), bad as u64);
    let mut ledger = Ledger::open(&job, language)?;
    ledger.record(&event)?;
    if !receipt.is_whole() {
        ledger.checkpoint()?;
        return Err(Trouble {
            condition: Condition::Incomplete,
            text: PackageWord::ReceiptBroken.fill(language, &[&bad]),
        });
    }
    let path: PathBuf = job.join(RECEIPTS).join(format!("{}.json", digits(&digest)));
    desk::write(&path, &bytes, Standing::Replace, language)?;
    ledger.checkpoint()?;
    let (files, key) = (
        grouped(receipt.files.len() as u64),
        crate::keys::short(&receipt.key),
    );
    let text = PackageWord::ReceiptAccepted.fill(language, &[&path.shown(), &files, &key]);
    writeln!(std::io::stdout(), "{text}")?;
    Ok(Vec::new())
}

fn identity(args: &ReceiveIdentity, language: Language) -> Ended {
    let made = Identity::generate();
    let public = made.recipient();
    let text = format!("# public key: {public}\n{}\n", made.reveal());
    desk::write(
        &absolute(&args.file),
        text.as_bytes(),
        Standing::Refuse,
        language,
    )?;
    let said = PackageWord::IdentityMade.fill(language, &[&args.file.shown(), &public]);
    writeln!(std::io::stdout(), "{said}")?;
    Ok(Vec::new())
}
