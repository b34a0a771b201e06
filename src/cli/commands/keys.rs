//! `inkout keys`: pairs of keys, and the list of those that count.

use crate::cli::shown::Shown as _;
use crate::{
    cli::{
        Trouble,
        args::plans::{KeysCommand, KeysList, KeysNew, KeysShow, KeysTrust},
        clock,
        desk::{self, Ledger, Standing},
        secret,
        setup::random,
    },
    keys::{self, KeyList, PublicKey, Signer, TrustedKey},
    model::Event,
    reports::Condition,
    words::{Language, PlanWord},
};
use std::{
    io::Write,
    path::{Path, PathBuf},
};

type Ended = Result<Vec<Condition>, Trouble>;

pub(in crate::cli) fn run(command: &KeysCommand, language: Language) -> Ended {
    let mut out = std::io::stdout().lock();
    match command {
        KeysCommand::New(args) => new(args, language, &mut out),
        KeysCommand::Show(args) => show(args, language, &mut out),
        KeysCommand::Trust(args) => trust(args, language, &mut out),
        KeysCommand::List(args) => list(args, language, &mut out),
    }
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn new(args: &KeysNew, language: Language, out: &mut dyn Write) -> Ended {
    let phrase = args
        .pass_file
        .as_deref()
        .map(|p| secret::first_line(p, language))
        .transpose()?;
    if phrase.as_ref().is_some_and(|p| p.chars().count() < 8) {
        return Err(Trouble::usage(PlanWord::PhraseShort.text(language)));
    }
    let mut signer = Signer::new(random()?);
    if args.sm2 {
        signer = signer
            .with_sm2(random()?)
            .map_err(|e| Trouble::failed(e.to_string()))?;
    }
    let private = keys::private_file(&signer, desk::wrap(phrase.as_ref().map(|p| p.as_str()))?);
    let (ed, sm2) = keys::public_file(&signer.public());
    let key = with(&args.name, ".key");
    let public = with(&args.name, ".pub");
    desk::write(&key, private.text().as_bytes(), Standing::Refuse, language)?;
    desk::write(&public, ed.as_bytes(), Standing::Refuse, language)?;
    if let Some(sm2) = sm2 {
        let path = with(&args.name, ".sm2.pub");
        desk::write(&path, sm2.as_bytes(), Standing::Refuse, language)?;
    }
    say_key(&signer.public(), language, out)?;
    let word = if phrase.is_some() {
        PlanWord::KeyMadeSealed
    } else {
        PlanWord::KeyMadePlain
    };
    writeln!(
        out,
        "{}",
        word.fill(language, &[&key.shown(), &public.shown()])
    )?;
    Ok(Vec::new())
}

fn say_key(key: &PublicKey, language: Language, out: &mut dyn Write) -> Result<(), Trouble> {
    writeln!(out, "{}", PlanWord::KeyId.fill(language, &[&key.id()]))?;
    if let Some(sm2) = key.sm2_id() {
        writeln!(out, "{}", PlanWord::KeySecond.fill(language, &[&sm2]))?;
    }
    Ok(())
}

fn show(args: &KeysShow, language: Language, out: &mut dyn Write) -> Ended {
    for path in &args.files {
        let text = secret::key_text(path, language)?;
        let key = if text.contains("PRIVATE KEY-----") {
            let phrase = args
                .pass_file
                .as_deref()
                .map(|p| secret::first_line(p, language))
                .transpose()?;
            let encrypted = keys::is_encrypted(&text);
            let word = if encrypted {
                PlanWord::KeyIsSealed
            } else {
                PlanWord::KeyIsPlain
            };
            writeln!(out, "{}", word.fill(language, &[&path.shown()]))?;
            desk::signer_of(path, phrase, language)?.public()
        } else {
            writeln!(
                out,
                "{}",
                PlanWord::KeyIsPublic.fill(language, &[&path.shown()])
            )?;
            desk::public_key(path, language)?
        };
        say_key(&key, language, out)?;
    }
    Ok(Vec::new())
}

fn trust(args: &KeysTrust, language: Language, out: &mut dyn Write) -> Ended {
    let key = desk::public_key(&args.file, language)?;
    if let Some(until) = &args.until {
        desk::date("--until", until, language)?;
    }
    let good = |role: &String| {
        !role.is_empty() && role.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
    };
    if !args.role.iter().all(good) || args.name.trim().is_empty() {
        return Err(Trouble::usage(PlanWord::BadRole.text(language)));
    }
    let job = desk::job(&args.job);
    let path = desk::list_path(&job, args.keys.as_ref());
    let mut list = if path.exists() {
        desk::key_list(&job, args.keys.as_ref(), language)?
    } else {
        KeyList::default()
    };
    list.put(TrustedKey {
        key: key.id(),
        sm2: key.sm2_id(),
        name: args.name.clone(),
        roles: args.role.clone(),
        until: args.until.clone(),
    });
    let bytes = list
        .to_bytes()
        .map_err(|e| Trouble::failed(e.to_string()))?;
    let digest = list.digest().map_err(|e| Trouble::failed(e.to_string()))?;
    desk::make_folder(&job).map_err(Trouble::from)?;
    let mut ledger = Ledger::open(&job, language)?;
    let mut event = Event::new("keys.trusted", &clock::now());
    event.digests.insert("key-list".into(), digest.clone());
    event.digests.insert("key".into(), key.id());
    event.counts.insert("keys".into(), list.keys.len() as u64);
    ledger.record(&event)?;
    desk::write(&path, &bytes, Standing::Replace, language)?;
    ledger.checkpoint()?;
    writeln!(
        out,
        "{}",
        PlanWord::KeyTrusted.fill(language, &[&args.name, &path.shown(), &digest])
    )?;
    if !desk::in_folder(&job.join(desk::PLANS)).is_empty() {
        writeln!(out, "{}", PlanWord::KeyListVoids.text(language))?;
    }
    Ok(Vec::new())
}

fn list(args: &KeysList, language: Language, out: &mut dyn Write) -> Ended {
    let job = desk::job(&args.job);
    let list = desk::key_list(&job, args.keys.as_ref(), language)?;
    let today = desk::today();
    for key in &list.keys {
        let until = key.until.as_deref().unwrap_or("–");
        let counts = list.find(&key.key, today).is_some();
        let state = if counts {
            PlanWord::KeyCounts
        } else {
            PlanWord::KeyOver
        };
        writeln!(
            out,
            "{}\n  {}\n  {}",
            PlanWord::KeyLine.fill(
                language,
                &[
                    &key.name,
                    &key.roles.join(", "),
                    &until,
                    &state.text(language)
                ]
            ),
            key.key,
            key.sm2.as_deref().unwrap_or("sm2: –"),
        )?;
    }
    let digest = list.digest().map_err(|e| Trouble::failed(e.to_string()))?;
    writeln!(
        out,
        "{}",
        PlanWord::KeyListDigest.fill(language, &[&list.keys.len(), &digest])
    )?;
    Ok(Vec::new())
}
