//! `inkout pseudo`: keys for pseudonyms, and the way back from them.

use crate::cli::shown::Shown as _;
use crate::{
    apply::place::Place,
    cli::{
        Trouble,
        args::{PseudoCommand, PseudoKey, PseudoReverse},
        pseudonyms::{self, Replace, unwritten, write_private},
        setup::{absolute, random},
    },
    formats::Limits,
    model::Frame,
    pipeline::restore::{self, Restored},
    pseudonyms::{Pseudonymiser, Reversed, key::Master},
    reports::{Condition, safe},
    walk::{Options, Walker},
    words::{Language, PseudonymWord as Say, Word, gap_title},
};
use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// Bytes of text taken from standard input.
const TEXT: u64 = 256 << 20;

pub(in crate::cli) fn run(
    command: &PseudoCommand,
    language: Language,
    quiet: bool,
) -> Result<Vec<Condition>, Trouble> {
    match command {
        PseudoCommand::Key(args) => key(args, language, quiet),
        PseudoCommand::Reverse(args) => reverse(args, language, quiet),
    }
}

fn key(args: &PseudoKey, language: Language, quiet: bool) -> Result<Vec<Condition>, Trouble> {
    let master = Master::new(random()?);
    let text = zeroize::Zeroizing::new(master.file());
    let shown = args.out.shown();
    match write_private(&args.out, text.as_bytes(), Replace::No) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            return Err(Trouble {
                condition: Condition::Refused,
                text: Say::KeyExists.fill(language, &[&shown]),
            });
        }
        Err(e) => return Err(unwritten(&args.out, &e, language)),
    }
    if !quiet {
        let line = Say::KeyWritten.fill(language, &[&shown, &master.name()]);
        writeln!(io::stdout(), "{line}")?;
    }
    Ok(Vec::new())
}

/// What pseudonyms led to.
#[derive(Default)]
struct Counts {
    one_way: u64,
    no_vault: u64,
    foreign: u64,
}

impl Counts {
    fn back(&mut self, maker: &Pseudonymiser, frame: &Frame<'_>) -> Option<String> {
        match maker.reverse(frame) {
            Reversed::Value(value) => return Some(value.reveal().to_owned()),
            Reversed::OneWay => self.one_way += 1,
            Reversed::NoVault => self.no_vault += 1,
            Reversed::Foreign => self.foreign += 1,
        }
        None
    }

    fn say(&self, out: &mut dyn Write, language: Language) -> io::Result<()> {
        for (word, n) in [
            (Say::ReverseOneWay, self.one_way),
            (Say::ReverseNoVault, self.no_vault),
            (Say::ReverseForeign, self.foreign),
        ] {
            if n > 0 {
                writeln!(out, "{}", word.fill(language, &[&n]))?;
            }
        }
        Ok(())
    }

    fn condition(&self) -> Option<Condition> {
        (self.no_vault + self.foreign > 0).then_some(Condition::Incomplete)
    }
}

fn reverse(
    args: &PseudoReverse,
    language: Language,
    quiet: bool,
) -> Result<Vec<Condition>, Trouble> {
    let loaded = pseudonyms::load(&args.made, language)?;
    let maker = &loaded.pseudonymiser;
    let mut counts = Counts::default();
    let mut conditions = Vec::new();
    let mut said = Vec::new();
    let only = matches!(args.paths.as_slice(), [p] if p == Path::new("-"));
    writeln!(io::stderr(), "{}", Say::ReverseWarns.text(language)).ok();
    if only && args.out.is_none() {
        let mut text = String::new();
        io::stdin().lock().take(TEXT).read_to_string(&mut text)?;
        let (text, _) = restore::text(&text, &mut |frame| counts.back(maker, frame));
        io::stdout().lock().write_all(text.as_bytes())?;
    } else {
        let Some(out) = &args.out else {
            return Err(Trouble::usage(Say::ReverseNeedsOut.text(language)));
        };
        let withheld = folder(args, out, maker, &mut counts, &mut said, language)?;
        conditions.extend(withheld.then_some(Condition::Incomplete));
    }
    conditions.extend(counts.condition());
    counts.say(&mut said, language)?;
    if !quiet {
        // Standard output belongs to the text when there is no folder.
        let mut to: Box<dyn Write> = if args.out.is_some() {
            Box::new(io::stdout())
        } else {
            Box::new(io::stderr())
        };
        to.write_all(&said)?;
        writeln!(to, "{}", Say::StillPersonal.text(language))?;
    }
    Ok(conditions)
}

/// Files and folders; tells whether some file was not written.
fn folder(
    args: &PseudoReverse,
    out: &Path,
    maker: &Pseudonymiser,
    counts: &mut Counts,
    said: &mut Vec<u8>,
    language: Language,
) -> Result<bool, Trouble> {
    for path in &args.paths {
        if std::fs::symlink_metadata(path).is_err() {
            let text = Word::NoSuchPath.fill(language, &[&path.shown()]);
            return Err(Trouble::usage(text));
        }
    }
    let sources: Vec<PathBuf> = args.paths.iter().map(|p| absolute(p)).collect();
    let place = Place::new(out, &sources, "pseudo reverse")
        .map_err(|e| super::redact::place_trouble(&e, out))?;
    let options = Options {
        leave_out: vec![absolute(out)],
        // The mark of the folder of copies is no copy.
        exclude: vec![".inkout-job".into()],
        ..Options::default()
    };
    let walker =
        Walker::new(args.paths.clone(), &options).map_err(|e| Trouble::glob(&e, language))?;
    let limits = Limits::default();
    let (mut files, mut taken) = (0u64, 0u64);
    let mut withheld = Vec::new();
    let mut back = |frame: &Frame<'_>| counts.back(maker, frame);
    restore::restore(walker, &limits, &place, &mut back, &mut |one| match one {
        Restored::Written(_, n) => {
            files += 1;
            taken += n;
        }
        Restored::Withheld(path, kind, why) => {
            let title = gap_title(kind).text(language);
            let path = path.to_string();
            let why = format!("{title} ({why})");
            withheld.push(Say::ReverseWithheld.fill(language, &[&safe::line(&path), &why]));
        }
        Restored::LeftOut => {}
    });
    writeln!(
        said,
        "{}",
        Say::ReverseDone.fill(language, &[&files, &taken])
    )?;
    for line in &withheld {
        writeln!(said, "{line}")?;
    }
    Ok(!withheld.is_empty())
}
