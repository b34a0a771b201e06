//! From the inventory and the files themselves to what a plan is built from.

use super::archived::Archived;
use crate::cli::shown::Shown as _;
use crate::{
    cli::{Trouble, desk, setup::absolute},
    digest::sha256,
    model::{
        Date, FileRecord, GapKind, Identity, Moment, Name, Outcome, Refusal, State, ValueDigest,
        join,
    },
    plan::{Seen, Storage, Tally, identify},
    policy::{Facts, Holds, Policy},
    reports::{RuleInfo, review::Review},
    rules::{RuleSet, tags},
    store::{self, RunInfo, Store, StoreError, Stored},
    walk::{Options, PathGlobs, Walker},
    words::{Language, PlanWord},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs::File,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Tag of rules that find marks of state secrets.
const STATE_SECRET: &str = "state-secret";

/// What the inventory and the files gave.
pub(super) struct Gathered {
    /// Every file that the plan is to name.
    pub seen: Vec<Seen>,
    /// Findings by legal category.
    pub tally: Tally,
    /// The scan.
    pub run: RunInfo,
    /// Digest of the inventory, `sha256:…`.
    pub digest: String,
    /// Files in the inventory.
    pub files: u64,
    /// Absolute roots, in the order of the inventory.
    pub roots: Vec<Name>,
    /// Files that lie under the roots and are not in the inventory.
    pub unlisted: u64,
    /// Findings left out because a reviewer called them false alarms.
    pub false_alarms: u64,
}

/// What is asked of each file.
pub(super) struct Asked<'a> {
    pub job: &'a Path,
    pub policy: &'a Policy,
    pub facts: &'a Facts,
    pub holds: &'a Holds,
    pub rules: &'a RuleSet,
    /// What a reviewer made of the findings.
    pub review: &'a Review,
    /// What a reviewer marked whole files for.
    pub marks: &'a HashMap<ValueDigest, Outcome>,
    pub include: &'a [String],
    /// SHA-256 of originals whose copies arrived, by receipts.
    pub received: &'a BTreeSet<String>,
    pub today: Date,
    /// What belongs to archives.
    pub archived: &'a Archived,
    /// Asks the storage under a path.
    pub storage: &'a dyn Fn(&Path) -> Storage,
}

/// What the rules of an inventory say of a file.
pub(in crate::cli) struct Rules {
    infos: Vec<Option<Info>>,
}

struct Info {
    id: String,
    class: Option<&'static str>,
    tags: Vec<String>,
}

/// Reads the inventory and every file that it names. Only reads.
pub(super) fn gather(asked: &Asked<'_>, language: Language) -> Result<Gathered, Trouble> {
    let said = |e: StoreError| super::super::scan::store_trouble(&e, asked.job, language);
    let store = Store::open(asked.job).map_err(said)?;
    if !store.is_finished() {
        return Err(refused(PlanWord::ScanUnfinished.text(language).to_owned()));
    }
    let run = store.run().map_err(said)?;
    if run.rules_digest != asked.rules.digest {
        return Err(refused(PlanWord::OtherRules.text(language).to_owned()));
    }
    let started = Moment::parse(&run.started).unwrap_or(Moment(0));
    let roots: Vec<Name> = run.roots.iter().map(absolute_root).collect();
    let globs = Globs::of(asked.include, asked.facts, language)?;
    let rules = Rules::new(&run.rules, asked.rules);
    let infos = infos(&run.rules, asked.rules);
    let mut false_alarms = 0;
    let mut tally = Tally::default();
    let mut seen = Vec::new();
    let mut reader = store.reader().map_err(said)?;
    let mut listed = HashSet::new();
    while let Some(mut stored) = reader.next_record().map_err(said)? {
        listed.insert(stored.shown.file);
        if !globs.includes(&stored.record.path) {
            continue;
        }
        let root = roots
            .get(stored.record.root as usize)
            .cloned()
            .unwrap_or_default();
        false_alarms += asked
            .review
            .apply(&mut stored.record, &stored.shown, &infos);
        let one = one(asked, &rules, &globs, &stored, &root, started);
        rules.add(&stored.record, &mut tally);
        seen.push(one);
    }
    let files = store.files().map_err(said)?;
    let unlisted = unlisted(asked.job, &listed, &run, language)?;
    let mut file = File::open(asked.job.join(store::INVENTORY))?;
    let digest = format!("sha256:{}", sha256(&mut file)?);
    Ok(Gathered {
        seen,
        tally,
        run,
        digest,
        files,
        roots,
        unlisted,
        false_alarms,
    })
}

/// Rules as a review knows them, in the order in which the inventory refers to them.
fn infos(ids: &[String], rules: &RuleSet) -> Vec<RuleInfo> {
    let info = |id: &String| match rules.find(id) {
        Some((_, rule)) => RuleInfo::new(rule.id.clone(), rule.title.clone(), rule.tags.clone()),
        None => RuleInfo::new(id.clone(), (id.clone(), id.clone()), Vec::new()),
    };
    ids.iter().map(info).collect()
}

fn refused(text: String) -> Trouble {
    Trouble {
        condition: crate::reports::Condition::Refused,
        text,
    }
}

pub(in crate::cli) fn absolute_root(root: &Name) -> Name {
    let typed = Path::new(std::ffi::OsStr::from_bytes(root.bytes()));
    let typed = if typed.as_os_str().is_empty() {
        Path::new(".")
    } else {
        typed
    };
    let whole = typed.canonicalize().unwrap_or_else(|_| absolute(typed));
    Name::new(whole.as_os_str().as_bytes())
}

fn one(
    asked: &Asked<'_>,
    rules: &Rules,
    globs: &Globs,
    stored: &Stored,
    root: &Name,
    started: Moment,
) -> Seen {
    let record = &stored.record;
    let path_fp = stored.shown.file.to_string();
    let whole = join(root, &record.path);
    let whole = PathBuf::from(std::ffi::OsStr::from_bytes(whole.bytes()));
    let (by_rule, classes, tags) = rules.of(record);
    let known = asked
        .facts
        .of(&mut |paths| globs.names(paths, &record.path));
    let is_secret = tags.contains(STATE_SECRET);
    let names: Vec<&str> = by_rule.keys().map(String::as_str).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let source = identify(root, &record.path).and_then(|i| unchanged(i, started));
    let handed_over = source
        .as_ref()
        .is_ok_and(|i| asked.received.contains(&i.sha256));
    Seen {
        root: record.root,
        path: record.path.clone(),
        shown: stored.shown.path.clone(),
        is_read: record.is_complete() && !left_out(record),
        classes,
        kinds: asked.policy.kinds_of(&names, &tags, &known.kinds),
        rules: by_rule,
        dates: known.dates,
        hold: asked.holds.of(&path_fp, asked.today).map(|h| h.id.clone()),
        is_secret,
        marked: asked.marks.get(&stored.shown.file).copied(),
        is_kept_in: asked.holds.of_copies(&path_fp, asked.today).is_some(),
        path_fp,
        handed_over,
        is_of_archive: (source.as_ref()).is_ok_and(|which| asked.archived.has(&whole, which)),
        storage: if source.is_ok() {
            (asked.storage)(&whole)
        } else {
            Storage::default()
        },
        decided: None,
        source: match state(record) {
            Some(GapKind::Link | GapKind::Special) => Err(Refusal::NotAFile),
            _ => source,
        },
    }
}

fn state(record: &FileRecord) -> Option<GapKind> {
    match record.entries.first()?.state {
        State::Unread(kind) => Some(kind),
        _ => None,
    }
}

/// Whether the user had the scan leave it out: then nobody knows what is in it.
fn left_out(record: &FileRecord) -> bool {
    matches!(
        state(record),
        Some(GapKind::Excluded | GapKind::OtherFileSystem)
    )
}

/// A file that was written after the scan began is another one.
fn unchanged(identity: Identity, started: Moment) -> Result<Identity, Refusal> {
    // The scan's start is known to the second.
    let end = started.0.saturating_add(1).saturating_mul(1_000_000_000);
    if identity.modified >= end {
        Err(Refusal::Changed)
    } else {
        Ok(identity)
    }
}

impl Rules {
    /// Of these ids, as the inventory refers to them.
    pub(in crate::cli) fn new(ids: &[String], rules: &RuleSet) -> Self {
        let info = |id: &String| {
            let (_, rule) = rules.find(id)?;
            let told = RuleInfo::new(rule.id.clone(), rule.title.clone(), rule.tags.clone());
            Some(Info {
                id: rule.id.clone(),
                class: told.class.map(crate::reports::Class::id),
                tags: tags::with_implied(&rule.tags),
            })
        };
        let infos = ids.iter().map(info).collect();
        Self { infos }
    }

    fn info(&self, rule: u16) -> Option<&Info> {
        self.infos.get(usize::from(rule))?.as_ref()
    }

    /// Whether a rule of this id has a tag.
    pub(in crate::cli) fn is_tagged(&self, id: &str, tag: &str) -> bool {
        let mut known = self.infos.iter().flatten();
        known.any(|i| i.id == id && i.tags.iter().any(|t| t == tag))
    }

    /// Findings by rule and by class, and the tags of all rules found.
    pub(in crate::cli) fn of(
        &self,
        record: &FileRecord,
    ) -> (
        BTreeMap<String, u64>,
        BTreeMap<String, u64>,
        BTreeSet<String>,
    ) {
        let (mut by_rule, mut classes, mut all) =
            (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        for count in counts(record) {
            let Some(info) = self.info(count.rule) else {
                continue;
            };
            *by_rule.entry(info.id.clone()).or_default() += count.found;
            if let Some(class) = info.class {
                *classes.entry(class.to_owned()).or_default() += count.found;
            }
            all.extend(info.tags.iter().cloned());
        }
        (by_rule, classes, all)
    }

    fn add(&self, record: &FileRecord, tally: &mut Tally) {
        for count in counts(record) {
            for tag in self.info(count.rule).into_iter().flat_map(|i| &i.tags) {
                tally.add(tag, count.found, &count.distinct);
            }
        }
    }
}

fn counts(record: &FileRecord) -> impl Iterator<Item = &crate::model::Count> {
    record
        .entries
        .iter()
        .flat_map(|e| &e.places)
        .flat_map(|p| &p.counts)
}

/// Globs of `--include` and of the facts, compiled once.
pub(super) struct Globs {
    include: Option<PathGlobs>,
    facts: HashMap<Vec<String>, PathGlobs>,
}

impl Globs {
    /// Compiles them.
    pub(super) fn of(
        include: &[String],
        known: &Facts,
        language: Language,
    ) -> Result<Self, Trouble> {
        let compile =
            |globs: &[String]| PathGlobs::new(globs).map_err(|e| Trouble::glob(&e, language));
        let include = (!include.is_empty())
            .then(|| compile(include))
            .transpose()?;
        let mut facts = HashMap::new();
        for of in known.all.iter().filter(|f| !f.paths.is_empty()) {
            facts.insert(of.paths.clone(), compile(&of.paths)?);
        }
        Ok(Self { include, facts })
    }

    fn includes(&self, path: &Name) -> bool {
        self.include.as_ref().is_none_or(|g| g.names(path.bytes()))
    }

    /// Whether globs of the facts name a path.
    pub(super) fn names(&self, globs: &[String], path: &Name) -> bool {
        self.facts.get(globs).is_some_and(|g| g.names(path.bytes()))
    }
}

/// Files that lie under the roots now and are not in the inventory.
fn unlisted(
    job: &Path,
    known: &HashSet<ValueDigest>,
    run: &RunInfo,
    language: Language,
) -> Result<u64, Trouble> {
    let said = |e: StoreError| super::super::scan::store_trouble(&e, job, language);
    let key = store::load_key(job).map_err(said)?;
    let paths = run.roots.iter().map(|r| {
        let path = Path::new(std::ffi::OsStr::from_bytes(r.bytes()));
        if path.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            path.to_owned()
        }
    });
    let options = Options {
        leave_out: vec![job.to_owned()],
        ..Options::default()
    };
    let mut walker =
        Walker::new(paths.collect(), &options).map_err(|e| Trouble::glob(&e, language))?;
    let mut count = 0;
    while let Some(batch) = walker.next_batch() {
        for item in batch.items {
            if let crate::walk::Item::File(found) = item {
                let root = run
                    .roots
                    .get(found.root() as usize)
                    .cloned()
                    .unwrap_or_default();
                let identity = key.name(join(&root, &found.path()).bytes());
                count += u64::from(!known.contains(&identity));
            }
        }
    }
    Ok(count)
}

/// SHA-256 of the originals that whole and signed receipts name, and the receipts' digests. A receipt counts
/// when its key stands on the list with the role `recipient`.
pub(super) fn received(
    job: &Path,
    keys: &crate::keys::KeyList,
    today: Date,
    language: Language,
) -> Result<(BTreeSet<String>, Vec<String>), Trouble> {
    let mut originals = BTreeSet::new();
    let mut digests = Vec::new();
    let folder = job.join("receipts");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        return Ok((originals, digests));
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "json"));
    paths.sort();
    for path in paths {
        let bytes = desk::read(&path, language)?;
        if let Some(receipt) = receipt(&bytes, keys, today) {
            let arrived = receipt.files.iter().filter(|f| f.ok);
            originals.extend(arrived.map(|f| f.source_sha256.clone()));
            digests.push(crate::digest::sha256_name(&bytes));
        } else {
            let text = PlanWord::BadReceipt.fill(language, &[&path.shown()]);
            desk::say(&crate::words::Word::Warning.fill(language, &[&text]));
        }
    }
    Ok((originals, digests))
}

fn receipt(
    bytes: &[u8],
    keys: &crate::keys::KeyList,
    today: Date,
) -> Option<crate::model::Receipt> {
    use crate::model::{RECEIPT_SCHEMA, Receipt, read_canonical};
    let receipt: Receipt = read_canonical(bytes, u64::from(RECEIPT_SCHEMA)).ok()?;
    let listed = keys.find(&receipt.key, today)?;
    if !listed.roles.iter().any(|r| r == "recipient") || !receipt.is_whole() {
        return None;
    }
    let bare = Receipt {
        signature: String::new(),
        signature_sm2: String::new(),
        ..receipt.clone()
    };
    let signatures = crate::keys::Signatures {
        ed25519: receipt.signature.clone(),
        sm2: receipt.signature_sm2.clone(),
    };
    let key = listed.public().ok()?;
    key.check_value("receipt", &bare, &signatures).ok()?;
    Some(receipt)
}
