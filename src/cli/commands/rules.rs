//! `inkout rules`: list, show, check, test, digest, import.

use crate::cli::shown::Shown as _;
use crate::{
    cli::{
        Trouble,
        args::{
            RulesCheck, RulesCommand, RulesDigest, RulesImport, RulesList, RulesShow, RulesTest,
        },
        own,
        setup::random,
    },
    detect::Detector,
    digest::hex,
    model::{Charset, Fragment, Layout},
    reports::{Condition, rules as shown},
    rules::{
        Examples, Profile, Rule, RuleSet, allow,
        import::{Why, gitleaks},
    },
    words::{Language, Word},
};
use std::{
    io::{Read, Write},
    path::Path,
    sync::Arc,
};

/// Bytes of a text that `test` looks at.
const MOST_INPUT: u64 = 16 << 20;
/// Failing examples that are told.
const MOST_TOLD: usize = 50;

pub(in crate::cli) fn run(
    command: &RulesCommand,
    language: Language,
) -> Result<Vec<Condition>, Trouble> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let conditions = match command {
        RulesCommand::List(args) => list(args, language, &mut out),
        RulesCommand::Show(args) => show(args, language, &mut out),
        RulesCommand::Check(args) => check(args, language, &mut out),
        RulesCommand::Test(args) => test(args, language, &mut out),
        RulesCommand::Digest(args) => digest(args, language, &mut out),
        RulesCommand::Import(args) => import(args, language, &mut out),
    }?;
    out.flush()?;
    Ok(conditions)
}

type Ended = Result<Vec<Condition>, Trouble>;

fn list(args: &RulesList, language: Language, out: &mut dyn Write) -> Ended {
    let rules = own::rules(&args.rules, Examples::With, language)?;
    let wanted: Vec<&Rule> = rules
        .rules
        .iter()
        .filter(|r| args.filter.is_empty() || args.filter.iter().any(|f| fits(r, f)))
        .collect();
    shown::list(&wanted, language, out)?;
    let count = Word::RulesCount.fill(language, &[&wanted.len(), &rules.digest]);
    writeln!(std::io::stderr(), "{count}").ok();
    Ok(Vec::new())
}

/// Whether a rule is of this tag, or has this text in its id or titles.
fn fits(rule: &Rule, filter: &str) -> bool {
    let low = filter.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&low);
    has(&rule.id) || has(&rule.title.0) || has(&rule.title.1) || rule.tags.contains(&low)
}

fn show(args: &RulesShow, language: Language, out: &mut dyn Write) -> Ended {
    let rules = own::rules(&args.rules, Examples::With, language)?;
    for (i, id) in args.ids.iter().enumerate() {
        let (_, rule) = rules.find(id).ok_or_else(|| no_rule(id, language))?;
        if i > 0 {
            writeln!(out)?;
        }
        shown::show(rule, language, out)?;
    }
    Ok(Vec::new())
}

fn no_rule(id: &str, language: Language) -> Trouble {
    Trouble::usage(Word::NoSuchRule.fill(language, &[&crate::cli::shown::text(id)]))
}

/// Reads the files beside the program's own rules and runs their examples.
fn check(args: &RulesCheck, language: Language, out: &mut dyn Write) -> Ended {
    let rules = own::rules(&args.files, Examples::With, language)?;
    let detector = Detectors::new(rules, language)?;
    let own: Vec<&Rule> = detector
        .usual
        .rules()
        .rules
        .iter()
        .filter(|r| r.file.1)
        .collect();
    let failed = examples(&detector, &own, language, out)?;
    for rule in &own {
        if rule.positive.is_empty() {
            let text = Word::RuleNoExamples.fill(language, &[&rule.id]);
            writeln!(out, "{}", Word::Hint.fill(language, &[&text]))?;
        }
    }
    let allow = detector.usual.rules().allow.entries.len();
    let text = Word::RulesChecked.fill(language, &[&own.len(), &allow, &failed]);
    writeln!(out, "{text}")?;
    Ok(ended(failed))
}

fn ended(failed: usize) -> Vec<Condition> {
    if failed > 0 {
        vec![Condition::Usage]
    } else {
        Vec::new()
    }
}

/// The rules as they are used, and with all that they find under what is reported by default: numbers of
/// business life stay there.
struct Detectors {
    usual: Detector,
    low: Detector,
}

impl Detectors {
    fn new(rules: RuleSet, language: Language) -> Result<Self, Trouble> {
        let rules = Arc::new(rules);
        let least = rules.rules.iter().map(Rule::most).min().unwrap_or(50);
        let least = u8::try_from(least.clamp(1, 50)).unwrap_or(50);
        let said = |e| Trouble::usage(Word::BadRules.fill(language, &[&e]));
        let new = |minimum| Detector::new(Arc::clone(&rules), minimum).map_err(said);
        Ok(Self {
            usual: new(crate::detect::DEFAULT_CONFIDENCE)?,
            low: new(least)?,
        })
    }

    fn of(&self, rule: &Rule) -> &Detector {
        if rule.most() < Rule::REPORTED {
            &self.low
        } else {
            &self.usual
        }
    }
}

/// Runs the examples of these rules through all rules, tells those that fail, and counts them.
fn examples(
    detectors: &Detectors,
    rules: &[&Rule],
    language: Language,
    out: &mut dyn Write,
) -> Result<usize, Trouble> {
    let mut failed = 0;
    let found = |text: &str, rule: &Rule| -> Vec<String> {
        let detector = detectors.of(rule);
        let mut pass = detector.begin();
        let all = pass.text(&Fragment::whole(&[], text, None));
        let own = all
            .iter()
            .filter(|f| detector.rule(f.rule).is_some_and(|r| r.id == rule.id));
        own.filter_map(|f| text.get(f.range()).map(str::to_owned))
            .collect()
    };
    for rule in rules {
        for example in &rule.positive {
            let all = found(&example.text, rule);
            if all != [example.value.clone()] {
                failed += 1;
                if failed <= MOST_TOLD {
                    let text = example.text.escape_debug().to_string();
                    let value = example.value.escape_debug().to_string();
                    writeln!(
                        out,
                        "{}",
                        Word::ExampleMissed.fill(language, &[&rule.id, &text, &value])
                    )?;
                }
            }
        }
        for text in &rule.negative {
            if !found(text, rule).is_empty() {
                failed += 1;
                if failed <= MOST_TOLD {
                    let text = text.escape_debug().to_string();
                    writeln!(
                        out,
                        "{}",
                        Word::ExampleFound.fill(language, &[&rule.id, &text])
                    )?;
                }
            }
        }
    }
    Ok(failed)
}

/// Runs examples, or shows what is found in a text.
fn test(args: &RulesTest, language: Language, out: &mut dyn Write) -> Ended {
    let rules = own::rules(&args.rules, Examples::With, language)?;
    for id in &args.ids {
        rules.find(id).ok_or_else(|| no_rule(id, language))?;
    }
    let detectors = Detectors::new(rules, language)?;
    let detector = &detectors.usual;
    let wanted = |r: &Rule| args.ids.is_empty() || args.ids.contains(&r.id);
    let Some(input) = &args.input else {
        let all: Vec<&Rule> = detector
            .rules()
            .rules
            .iter()
            .filter(|r| wanted(r))
            .collect();
        let failed = examples(&detectors, &all, language, out)?;
        writeln!(
            out,
            "{}",
            Word::RulesTested.fill(language, &[&all.len(), &failed])
        )?;
        return Ok(ended(failed));
    };
    let text = input_text(input, language)?;
    let fragment = Fragment {
        at: &[],
        bytes: text.as_bytes(),
        charset: Charset::Utf8,
        own: 0..text.len(),
        base: None,
        layout: Layout::Lines { first: 1 },
        label: None,
    };
    let mut pass = detector.begin();
    let mut count = 0;
    for f in pass.text(&fragment) {
        let Some(rule) = detector.rule(f.rule).filter(|r| wanted(r)) else {
            continue;
        };
        count += 1;
        let value = text.get(f.range()).unwrap_or_default();
        let line = text
            .get(..f.range().start)
            .map_or(1, |t| t.matches('\n').count() + 1);
        let reasons: Vec<&str> = f.reasons.iter().map(crate::model::Reason::id).collect();
        let value = if args.show_values {
            value.escape_debug().to_string()
        } else {
            detector.mask(f.rule, Profile::Display, value, None)
        };
        writeln!(
            out,
            "{line}\t{}\t{}\t{}\t{value}",
            rule.id,
            f.confidence.percent(),
            reasons.join(",")
        )?;
    }
    writeln!(
        std::io::stderr(),
        "{}",
        Word::RulesFound.fill(language, &[&count])
    )
    .ok();
    Ok(if count > 0 {
        vec![Condition::Findings]
    } else {
        Vec::new()
    })
}

/// A file's text, or that of standard input (`-`).
fn input_text(path: &Path, language: Language) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin()
            .lock()
            .take(MOST_INPUT)
            .read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|f| f.take(MOST_INPUT).read_to_end(&mut bytes))
    };
    read.map_err(|e| Trouble::usage(Word::RulesUnreadable.fill(language, &[&path.shown(), &e])))?;
    String::from_utf8(bytes)
        .map_err(|_| Trouble::usage(Word::RulesNotUtf8.fill(language, &[&path.shown()])))
}

/// Digests of values, a line each from standard input, for an allow list that shows none of them.
fn digest(args: &RulesDigest, language: Language, out: &mut dyn Write) -> Ended {
    let salt = match &args.salt {
        Some(salt) => salt.clone(),
        None => hex(random()?.get(..16).unwrap_or_default()),
    };
    let text = input_text(Path::new("-"), language)?;
    writeln!(out, "allow_salt = {salt:?}")?;
    writeln!(out, "digests = [")?;
    for value in text
        .lines()
        .map(str::trim)
        .filter(|v| !allow::bare(v).is_empty())
    {
        writeln!(out, "  \"{}\",", allow::digest(&salt, value))?;
    }
    writeln!(out, "]")?;
    Ok(Vec::new())
}

/// A rule file of another scanner as one of this program.
fn import(args: &RulesImport, language: Language, out: &mut dyn Write) -> Ended {
    let files = own::files(std::slice::from_ref(&args.file), language)?;
    let Some(file) = files.first() else {
        return Ok(Vec::new());
    };
    let imported =
        gitleaks(&file.name, &file.text).map_err(|e| Trouble::usage(own::said(&e, language)))?;
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&args.out)
        .and_then(|mut f| {
            f.write_all(imported.text.as_bytes())
                .and_then(|()| f.sync_all())
        });
    if let Err(e) = written {
        let text = Word::ImportExists.fill(language, &[&args.out.shown(), &e]);
        return Err(Trouble::usage(text));
    }
    for left in &imported.left {
        let rule = if left.rule.is_empty() {
            "-"
        } else {
            &left.rule
        };
        writeln!(out, "{rule}\t{}\t{}", left.field, why(&left.why, language))?;
    }
    let text = Word::Imported.fill(
        language,
        &[&imported.taken, &args.out.shown(), &imported.left.len()],
    );
    writeln!(out, "{text}")?;
    // What was written must be readable.
    own::rules(std::slice::from_ref(&args.out), Examples::With, language)?;
    Ok(Vec::new())
}

fn why(why: &Why, language: Language) -> String {
    let word = match why {
        Why::PathOnly => Word::ImportPathOnly,
        Why::NoRegex => Word::ImportNoRegex,
        Why::Regex(reason) => return Word::ImportRegex.fill(language, &[reason]),
        Why::Empty => Word::ImportEmpty,
        Why::Path => Word::ImportPath,
        Why::AllowedPaths => Word::ImportAllowedPaths,
        Why::Commits => Word::ImportCommits,
        Why::AllowedRegex => Word::ImportAllowedRegex,
        Why::Condition => Word::ImportCondition,
        Why::Extended => Word::ImportExtended,
        Why::Unknown => Word::ImportUnknown,
    };
    word.text(language).to_owned()
}
