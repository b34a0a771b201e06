//! `inkout redact`: copies that do not leak.

use crate::cli::shown::Shown as _;
use crate::{
    apply::place::{Place, PlaceError},
    cli::{
        Trouble,
        args::Redact,
        log::Log,
        manifest::{About, Manifest, Note},
        progress,
        pseudonyms::{Loaded, load, settings_trouble},
        setup::{Setup, absolute, random},
    },
    digest::JobKey,
    formats::{Unread, transcript::tells_conversion},
    model::{GapKind, Name},
    pipeline::{self, Copied, Copies, Outcome, Progress},
    reports::Condition,
    rules::Profile,
    store,
    words::{DailyWord, Language, PseudonymWord, Word, gap_title},
};
use std::{
    collections::BTreeMap,
    io::{BufWriter, Write},
    path::Path,
};

/// Withheld files named one by one on the terminal.
const NAMED: usize = 10;

pub(in crate::cli) fn run(
    args: &Redact,
    language: Language,
    quiet: bool,
) -> Result<Vec<Condition>, Trouble> {
    if args.walk.paths.is_empty() {
        return Err(Trouble::usage(DailyWord::NoPath.text(language)));
    }
    let mut setup = Setup::new(&args.walk, language)?;
    setup.limits.unread = Unread {
        pictures: args.pictures,
        objects: args.objects,
    };
    setup.limits.legacy = args.legacy;
    let profile = profile(args, language)?;
    let pseudonyms = pseudonyms(args, profile, &setup, language)?;
    if let Some(loaded) = &pseudonyms {
        setup.detector = setup.detector.with_pseudonyms(loaded.pseudonymiser.clone());
    }
    // See `scan`: the process ends behind it.
    let setup = std::mem::ManuallyDrop::new(setup);
    let key = key(args, language)?;
    let sources: Vec<_> = args.walk.paths.iter().map(|p| absolute(p)).collect();
    let job = job_id(&setup, args, profile, pseudonyms.as_ref());
    let place = Place::new(&args.out, &sources, &job).map_err(|e| place_trouble(&e, &args.out))?;
    place.sweep().map_err(|e| place_trouble(&e, &args.out))?;
    let mut leave_out = vec![absolute(&args.out)];
    leave_out.extend(args.job.iter().map(|j| absolute(j)));
    let walker = Setup::walker(&args.walk, leave_out, language)?;
    let pending = place
        .begin(&Name::from("manifest.json"))
        .map_err(|e| place_trouble(&e, &args.out))?;
    let about = About {
        rules_digest: &setup.detector.rules().digest,
        mask_profile: &args.mask_profile,
        min_confidence: args.walk.min_confidence,
        pseudonyms: pseudonyms.as_ref().map(Note::of),
    };
    if let Some(loaded) = &pseudonyms {
        loaded.save(language)?;
    }
    let unwritten = |e: std::io::Error| {
        let what = format!("{}: {e}", args.out.shown());
        Trouble::failed(Word::WriteFailed.fill(language, &[&what]))
    };
    let mut manifest = Manifest::new(BufWriter::new(pending), &about).map_err(unwritten)?;
    let copies = Copies {
        reader: setup.reader(&key),
        profile,
        place: &place,
    };
    let counters = Progress::default();
    let mut tally = Withheld::new(language);
    let mut failed: Option<std::io::Error> = None;
    progress::shown(&counters, Log::plain(language, quiet), || {
        pipeline::redact(walker, setup.threads, copies, &counters, &mut |copied| {
            let shown = setup.shown(&key, &copied.record, false);
            tally.note(&copied, &shown.path);
            failed = manifest.add(&shown.path, &copied, &setup.detector).err();
            failed.is_none()
        })
    })?;
    if let Some(e) = failed {
        return Err(unwritten(e));
    }
    let (out, counts) = manifest.finish().map_err(unwritten)?;
    let pending = out.into_inner().map_err(|e| unwritten(e.into_error()))?;
    pending
        .release(None)
        .map_err(|e| place_trouble(&e, &args.out))?;
    if let Some(loaded) = &pseudonyms {
        loaded.save(language)?;
    }
    if !quiet {
        say(&setup, &counts, &tally, args, language)?;
        if let Some(loaded) = &pseudonyms {
            loaded.say(&mut std::io::stdout(), language)?;
        }
    }
    let mut conditions = Vec::new();
    conditions.extend((!tally.reasons.is_empty()).then_some(Condition::Incomplete));
    conditions.extend(tally.residue.then_some(Condition::Unproved));
    conditions.extend(tally.unwritten.then_some(Condition::Failed));
    Ok(conditions)
}

/// What a user must know of the copies: those that were not released, by reason, and those that lack something.
struct Withheld {
    language: Language,
    reasons: BTreeMap<String, Vec<String>>,
    residue: bool,
    /// A copy could not be written: the disk, not the file.
    unwritten: bool,
    /// Copies in another format, with the text alone.
    converted: u64,
    /// Copies that go without what could not be read.
    lessened: u64,
}

impl Withheld {
    fn new(language: Language) -> Self {
        Self {
            language,
            reasons: BTreeMap::new(),
            residue: false,
            unwritten: false,
            converted: 0,
            lessened: 0,
        }
    }

    fn note(&mut self, copied: &Copied, path: &str) {
        let (reason, why) = match &copied.outcome {
            Outcome::Withheld(kind, why) => (
                format!("{} ({})", gap_title(*kind).text(self.language), kind.id()),
                why,
            ),
            Outcome::Unwritten(why) => {
                self.unwritten = true;
                (Word::CopyUnwritten.text(self.language).to_owned(), why)
            }
            Outcome::Residue(why) => {
                self.residue = true;
                (Word::ResidueLeft.text(self.language).to_owned(), why)
            }
            Outcome::Redacted { .. } => {
                let gaps = copied.record.entries.iter().flat_map(|e| &e.gaps);
                let mut dropped = gaps.filter(|g| g.kind == GapKind::Dropped).peekable();
                self.lessened += u64::from(dropped.peek().is_some());
                self.converted += u64::from(dropped.any(|g| tells_conversion(&g.note)));
                return;
            }
            _ => return,
        };
        self.reasons
            .entry(reason)
            .or_default()
            .push(format!("{path}: {why}"));
    }
}

fn profile(args: &Redact, language: Language) -> Result<Profile, Trouble> {
    let asked = [
        &"--mask-profile" as &dyn std::fmt::Display,
        &args.mask_profile,
    ];
    Profile::find(&args.mask_profile)
        .ok_or_else(|| Trouble::usage(Word::BadOption.fill(language, &asked)))
}

/// The key of the job, or one of this run.
fn key(args: &Redact, language: Language) -> Result<JobKey, Trouble> {
    match &args.job {
        None => Ok(JobKey::new(random()?)),
        Some(job) => store::load_or_create_key(job, random()?)
            .map_err(|e| super::scan::store_trouble(&e, job, language)),
    }
}

/// What pseudonyms are made with, when the profile asks for them.
fn pseudonyms(
    args: &Redact,
    profile: Profile,
    setup: &Setup,
    language: Language,
) -> Result<Option<Loaded>, Trouble> {
    if profile != Profile::Pseudonym {
        let p = &args.pseudonyms;
        let files = [&p.key_file, &p.settings, &p.vault];
        return if p.project.is_some() || files.iter().any(|f| f.is_some()) {
            Err(Trouble::usage(PseudonymWord::NeedsProfile.text(language)))
        } else {
            Ok(None)
        };
    }
    let loaded = load(&args.pseudonyms, language)?;
    let settings = loaded.pseudonymiser.settings();
    let known = |id: &str| setup.detector.rules().find(id).is_some();
    if let Err(e) = settings.know_rules(&known) {
        let file = args.pseudonyms.settings.as_deref();
        let file = file.unwrap_or(Path::new(""));
        return Err(settings_trouble(&e, file, language));
    }
    Ok(Some(loaded))
}

/// Names what the copies depend on, so that an interrupted job is only continued as itself.
fn job_id(setup: &Setup, args: &Redact, profile: Profile, loaded: Option<&Loaded>) -> String {
    let made = loaded.map(|l| (&l.key_name, l.pseudonymiser.settings()));
    let text = format!(
        "{} {profile:?} {:?} {:?} {} {:?} {made:?}",
        setup.detector.rules().digest,
        setup.limits.unread,
        setup.limits.legacy,
        args.walk.min_confidence,
        args.walk.paths
    );
    crate::digest::sha256(&mut text.as_bytes()).unwrap_or_default()
}

fn say(
    setup: &Setup,
    counts: &BTreeMap<&'static str, u64>,
    tally: &Withheld,
    args: &Redact,
    language: Language,
) -> Result<(), Trouble> {
    Setup::say_allowed(setup.detector.allowed(), language);
    let mut out = std::io::stdout().lock();
    let of = |id: &str| counts.get(id).copied().unwrap_or(0);
    let line = language.pick(
        "已写出 {} 份脱敏副本、{} 份原样副本；扣留 {} 份，略过 {} 份。",
        "{} redacted copies and {} unchanged copies written; {} withheld, {} left out.",
    );
    let mut rest = line.to_owned();
    for n in [
        of("redacted"),
        of("unchanged"),
        of("withheld"),
        of("excluded"),
    ] {
        rest = rest.replacen("{}", &n.to_string(), 1);
    }
    writeln!(out, "{rest}")?;
    for (word, number) in [
        (Word::CopiesLessened, tally.lessened),
        (Word::CopiesConverted, tally.converted),
    ] {
        if number > 0 {
            writeln!(out, "  {}", word.fill(language, &[&number]))?;
        }
    }
    for (reason, files) in &tally.reasons {
        writeln!(out, "  {reason}: {}", files.len())?;
        for file in files.iter().take(NAMED) {
            writeln!(out, "    {file}")?;
        }
        if files.len() > NAMED {
            writeln!(out, "    … +{}", files.len() - NAMED)?;
        }
    }
    let manifest = args.out.join("manifest.json");
    writeln!(
        out,
        "{}",
        Word::ManifestAt.fill(language, &[&manifest.shown()])
    )?;
    Ok(())
}

pub(super) fn place_trouble(error: &PlaceError, out: &Path) -> Trouble {
    let text = format!("{}: {error}", out.shown());
    match error {
        PlaceError::NoSpace => Trouble::failed(text),
        _ => Trouble {
            condition: Condition::Refused,
            text,
        },
    }
}
