//! What the verbs on plans share: keys, the list of keys, holds, the trail, plans with their papers.

use super::{
    Trouble,
    args::plans::{JobArgs, KeyArgs, ReadyArgs},
    clock, holds, own, secret,
    setup::{absolute, random},
};
use crate::cli::shown::Shown as _;
use crate::{
    approve::{self, Against, Approved, Discounted, Paper, Refused},
    audit::{self, AuditError, Trail},
    detect::Detector,
    digest::{JobKey, sha256_name},
    formats::Limits,
    keys::{self, KeyError, KeyList, PublicKey, Signer, Wrap, short},
    model::{CanonicalError, Date, Event, Moment, canonical},
    plan::{PlanError, PlanFile},
    policy::{self, Holds, PROFILES, Policy, PolicyError},
    reports::Condition,
    rules::{Examples, Profile, RuleSet},
    scan::{self, Reader},
    words::{Language, PlanWord, Word},
};
use std::{
    fs::{self, File},
    io::{self, IsTerminal, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use zeroize::Zeroizing;

/// The default job folder, in the current folder.
pub(super) const JOB: &str = "inkout-job";
const KEY_LIST: &str = "keys.json";
const AUDIT_KEY: &str = "audit.key";
/// Folder of approvals that came from elsewhere.
pub(super) const APPROVALS: &str = "approvals";
/// Folder of plans in the job folder.
pub(super) const PLANS: &str = "plans";
/// Largest file of papers, keys or plans that is read, in bytes.
const LARGEST: u64 = 2 << 30;

/// The job folder that is meant.
pub(super) fn job(args: &JobArgs) -> PathBuf {
    absolute(&args.job.clone().unwrap_or_else(|| PathBuf::from(JOB)))
}

/// The same, which must be there: what is kept in a folder by mistake holds nowhere.
pub(super) fn known_job(args: &JobArgs, language: Language) -> Result<PathBuf, Trouble> {
    let job = job(args);
    is_folder(&job, language)?;
    Ok(job)
}

/// Refuses what is no folder, or not there.
pub(super) fn is_folder(path: &Path, language: Language) -> Result<(), Trouble> {
    let word = match path.metadata() {
        Ok(there) if there.is_dir() => return Ok(()),
        Ok(_) => Word::NotAFolder,
        Err(_) => Word::NoSuchFolder,
    };
    Err(Trouble::usage(word.fill(language, &[&path.shown()])))
}

/// Now.
pub(super) fn now() -> Moment {
    // The clock writes what this reads.
    Moment::parse(&clock::now()).unwrap_or(Moment(0))
}

/// Today, in China.
pub(super) fn today() -> Date {
    Date::in_china(now())
}

/// Says a line on standard error.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Reads a file whole.
pub(super) fn read(path: &Path, language: Language) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|f| f.take(LARGEST).read_to_end(&mut bytes))
        .map_err(|e| Trouble::usage(PlanWord::Unreadable.fill(language, &[&path.shown(), &e])))?;
    Ok(bytes)
}

/// Reads a file of text.
pub(super) fn read_text(path: &Path, language: Language) -> Result<String, Trouble> {
    String::from_utf8(read(path, language)?)
        .map_err(|_| Trouble::usage(Word::RulesNotUtf8.fill(language, &[&path.shown()])))
}

/// Makes a folder, and those above it, for its owner alone.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Whether what stands under a name already may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It may.
    Replace,
    /// It is an error.
    Refuse,
}

/// Writes a file for its owner alone: beside, through to the disk, then renamed.
pub(super) fn write(
    path: &Path,
    bytes: &[u8],
    standing: Standing,
    language: Language,
) -> Result<(), Trouble> {
    let failed =
        |e: io::Error| Trouble::failed(PlanWord::Unwritable.fill(language, &[&path.shown(), &e]));
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    if standing == Standing::Refuse && path.symlink_metadata().is_ok() {
        return Err(Trouble {
            condition: Condition::Refused,
            text: PlanWord::Exists.fill(language, &[&path.shown()]),
        });
    }
    make_folder(parent).map_err(failed)?;
    crate::cli::output::write_whole(path, |out| out.write_all(bytes)).map_err(failed)
}

/// A private key from its file.
pub(super) fn signer(args: &KeyArgs, language: Language) -> Result<Signer, Trouble> {
    let phrase = args
        .pass_file
        .as_deref()
        .map(|p| secret::first_line(p, language))
        .transpose()?;
    signer_of(&args.key, phrase, language)
}

/// A private key whose bearer stands on the list, in this role: who carries a plan out answers for it.
pub(super) fn listed(
    args: &KeyArgs,
    role: &str,
    keys: &KeyList,
    language: Language,
) -> Result<Signer, Trouble> {
    let signer = signer(args, language)?;
    let refused = |text: String| Trouble {
        condition: Condition::Refused,
        text,
    };
    match keys.find(&signer.id(), today()) {
        None => Err(refused(PlanWord::NotListed.text(language).to_owned())),
        Some(key) if key.roles.iter().any(|r| r == role) => Ok(signer),
        Some(key) => {
            let roles = key.roles.join(", ");
            Err(refused(
                PlanWord::RoleNotYours.fill(language, &[&role, &roles]),
            ))
        }
    }
}

/// A private key from a file and a pass phrase; one that is missing is asked for on a terminal.
pub(super) fn signer_of(
    path: &Path,
    phrase: Option<Zeroizing<String>>,
    language: Language,
) -> Result<Signer, Trouble> {
    let text = secret::key_text(path, language)?;
    is_private(path, language);
    let phrase = match phrase {
        None if keys::is_encrypted(&text) && io::stdin().is_terminal() => {
            Some(secret::ask(language)?)
        }
        given => given,
    };
    Signer::from_file(&text, phrase.as_ref().map(|p| p.as_str()))
        .map_err(|e| bad_key(path, e, language))
}

/// Warns when others may read a private key.
#[cfg(unix)]
fn is_private(path: &Path, language: Language) {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 != 0) {
        let text = PlanWord::KeyOpen.fill(language, &[&path.shown()]);
        say(&Word::Warning.fill(language, &[&text]));
    }
}

#[cfg(not(unix))]
fn is_private(_: &Path, _: Language) {}

/// What is wrong with a key file.
pub(super) fn bad_key(path: &Path, error: KeyError, language: Language) -> Trouble {
    let word = match error {
        KeyError::PassPhrase => PlanWord::KeyPhrase,
        KeyError::NotPrivate => PlanWord::KeyNotPrivate,
        _ => PlanWord::KeyNotPublic,
    };
    Trouble::usage(word.fill(language, &[&path.shown()]))
}

/// What is wrong with a file of ours.
pub(super) fn bad_file(path: &Path, error: &CanonicalError, language: Language) -> Trouble {
    let word = match error {
        CanonicalError::Schema { .. } => PlanWord::FileSchema,
        CanonicalError::Rewritten => PlanWord::FileRewritten,
        _ => PlanWord::FileForm,
    };
    Trouble {
        condition: Condition::Refused,
        text: word.fill(language, &[&path.shown(), error]),
    }
}

/// Where the list of keys lies.
pub(super) fn list_path(job: &Path, given: Option<&PathBuf>) -> PathBuf {
    given.cloned().unwrap_or_else(|| job.join(KEY_LIST))
}

/// The list of keys, and where it lies.
pub(super) fn key_list(
    job: &Path,
    given: Option<&PathBuf>,
    language: Language,
) -> Result<KeyList, Trouble> {
    let path = list_path(job, given);
    if !path.exists() {
        return Err(Trouble::usage(
            PlanWord::NoKeyList.fill(language, &[&path.shown()]),
        ));
    }
    KeyList::from_bytes(&read(&path, language)?).map_err(|e| bad_file(&path, &e, language))
}

/// The policy of a name: a profile of the program, or an own file.
pub(super) fn policy(name: &str, language: Language) -> Result<(Policy, String), Trouble> {
    let said = |e: &PolicyError| {
        Trouble::usage(match e {
            PolicyError::NoProfile(_) => {
                let known: Vec<&str> = PROFILES.iter().map(|(id, _)| *id).collect();
                PlanWord::NoProfile.fill(language, &[&name, &known.join(", ")])
            }
            other => PlanWord::BadPolicy.fill(language, &[other]),
        })
    };
    let path = Path::new(name);
    let found = if path.extension().is_some_and(|e| e == "toml") {
        let text = read_text(path, language)?;
        policy::load("", Some((name, &text)))
    } else {
        policy::load(name, None)
    };
    let found = found.map_err(|e| said(&e))?;
    let bytes = canonical(&found).map_err(|e| Trouble::failed(e.to_string()))?;
    Ok((found, sha256_name(&bytes)))
}

/// What a plan's policy is found by again.
pub(super) fn policy_name(typed: &str) -> String {
    let path = Path::new(typed);
    if path.extension().is_some_and(|e| e == "toml") {
        absolute(path).to_string_lossy().into_owned()
    } else {
        typed.to_owned()
    }
}

/// The trail of a job with the key that signs its checkpoints. Whoever holds it writes alone.
pub(super) struct Ledger {
    trail: Trail,
    signer: Signer,
    language: Language,
}

impl Ledger {
    /// Opens the trail, making it and its key when there is none; a torn last line is told and recorded.
    pub(super) fn open(job: &Path, language: Language) -> Result<Self, Trouble> {
        let signer = audit_key(job, None, language)?;
        let trail = Trail::open(job).map_err(|e| audit_trouble(&e, language))?;
        let mut ledger = Self {
            trail,
            signer,
            language,
        };
        if let Some(bytes) = ledger.trail.torn() {
            let text = PlanWord::TrailTorn.fill(language, &[&bytes]);
            say(&Word::Warning.fill(language, &[&text]));
            let mut event = Event::new("audit.torn", &clock::now());
            event.counts.insert("bytes".into(), bytes);
            ledger.record(&event)?;
        }
        Ok(ledger)
    }

    /// The same; while somebody else writes it is waited, for so many seconds.
    pub(super) fn wait(job: &Path, seconds: u64, language: Language) -> Result<Self, Trouble> {
        const EACH: Duration = Duration::from_millis(50);
        let begun = Instant::now();
        loop {
            let is_locked = matches!(Trail::open(job), Err(AuditError::Locked));
            if !is_locked || begun.elapsed() > Duration::from_secs(seconds) {
                // What is to be said of it is said in one place.
                return Self::open(job, language);
            }
            std::thread::sleep(EACH);
        }
    }

    /// Adds events together, written through to the disk.
    pub(super) fn record_all(&mut self, events: &[Event]) -> Result<(), Trouble> {
        let done = self.trail.append_all(events);
        done.map(drop).map_err(|e| audit_trouble(&e, self.language))
    }

    /// Adds an event, written through to the disk.
    pub(super) fn record(&mut self, event: &Event) -> Result<u64, Trouble> {
        self.trail
            .append(event)
            .map_err(|e| audit_trouble(&e, self.language))
    }

    /// Signs where the trail stands: the text of the checkpoint.
    pub(super) fn checkpoint(&self) -> Result<String, Trouble> {
        self.trail
            .checkpoint(&self.signer, &clock::now())
            .map_err(|e| audit_trouble(&e, self.language))
    }
}

/// Refuses when a job has a key for its checkpoints already: a trail has one signer.
pub(super) fn no_audit_key(job: &Path, language: Language) -> Result<(), Trouble> {
    let path = job.join(AUDIT_KEY);
    if path.exists() {
        return Err(Trouble {
            condition: Condition::Refused,
            text: PlanWord::Exists.fill(language, &[&path.shown()]),
        });
    }
    Ok(())
}

/// The key that signs a job's checkpoints, made when there is none.
pub(super) fn audit_key(
    job: &Path,
    sm2: Option<[u8; 32]>,
    language: Language,
) -> Result<Signer, Trouble> {
    let path = job.join(AUDIT_KEY);
    if path.exists() {
        return signer_of(&path, None, language);
    }
    let mut signer = Signer::new(random()?);
    if let Some(random) = sm2 {
        signer = signer
            .with_sm2(random)
            .map_err(|e| Trouble::failed(e.to_string()))?;
    }
    let file = keys::private_file(&signer, None);
    write(&path, file.text().as_bytes(), Standing::Refuse, language)?;
    Ok(signer)
}

/// The trail of a job, read once. One with a line that nobody can read may lack what somebody forbade: nothing
/// goes on by it.
pub(super) fn trail(job: &Path, language: Language) -> Result<Vec<audit::Row>, Trouble> {
    audit::confirmed(job).map_err(|e| audit_trouble(&e, language))
}

/// Trouble with the trail, in the user's words.
pub(super) fn audit_trouble(error: &AuditError, language: Language) -> Trouble {
    let (condition, text) = match error {
        AuditError::Locked => (
            Condition::Refused,
            PlanWord::TrailLocked.text(language).to_owned(),
        ),
        AuditError::Broken(n) => (
            Condition::Unproved,
            PlanWord::TrailBroken.fill(language, &[n]),
        ),
        AuditError::Checkpoint => (
            Condition::Unproved,
            PlanWord::TrailCheckpoint.text(language).to_owned(),
        ),
        other => (
            Condition::Failed,
            PlanWord::TrailFailed.fill(language, &[other]),
        ),
    };
    Trouble { condition, text }
}

/// A plan from its file.
pub(super) fn plan(path: &Path, language: Language) -> Result<PlanFile, Trouble> {
    PlanFile::read(read(path, language)?).map_err(|e| match e {
        PlanError::File(e) => bad_file(path, &e, language),
        other => Trouble::usage(other.to_string()),
    })
}

/// Where the papers of a plan lie: beside it, in a folder of the same name.
pub(super) fn papers_of(plan: &Path) -> PathBuf {
    plan.with_extension("papers")
}

/// The JSON files of a folder, in order; none when there is no such folder.
pub(super) fn in_folder(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(|e| Some(e.ok()?.path())).collect(),
        Err(_) => Vec::new(),
    };
    paths.retain(|p| p.extension().is_some_and(|e| e == "json"));
    paths.sort();
    paths
}

/// The papers beside a plan and those given; what is none is told and does not count.
pub(super) fn papers(
    plan: &Path,
    more: &[PathBuf],
    language: Language,
) -> Result<Vec<Paper>, Trouble> {
    let mut paths = in_folder(&papers_of(plan));
    paths.extend(more.iter().cloned());
    let mut all = Vec::new();
    for path in paths {
        match Paper::from_bytes(&read(&path, language)?) {
            Ok(paper) => all.push(paper),
            Err(e) => {
                let text = bad_file(&path, &e, language).text;
                say(&Word::Warning.fill(language, &[&text]));
            }
        }
    }
    Ok(all)
}

/// Where the job's own copy of a plan lies, its papers beside it.
pub(super) fn kept(job: &Path, file: &PlanFile) -> PathBuf {
    job.join(PLANS).join(format!("{}.json", file.short_id()))
}

/// Every paper that there is on a plan: beside it, beside the job's own copy of it, those that came from
/// elsewhere, and those given.
pub(super) fn all_papers(
    job: &Path,
    plan: &Path,
    file: &PlanFile,
    given: &[PathBuf],
    language: Language,
) -> Result<Vec<Paper>, Trouble> {
    let mut more = given.to_vec();
    more.extend(in_folder(&job.join(APPROVALS)));
    let own = papers_of(&kept(job, file));
    if own.canonicalize().ok() != papers_of(plan).canonicalize().ok() {
        more.extend(in_folder(&own));
    }
    let mut all: Vec<Paper> = Vec::new();
    for paper in papers(plan, &more, language)? {
        if !all.contains(&paper) {
            all.push(paper);
        }
    }
    Ok(all)
}

/// Keeps a paper beside the job's own copy of its plan: certificates are made from what lies there.
pub(super) fn keep_paper(
    job: &Path,
    file: &PlanFile,
    paper: &Paper,
    language: Language,
) -> Result<(), Trouble> {
    let bytes = paper
        .to_bytes()
        .map_err(|e| Trouble::failed(e.to_string()))?;
    let path = papers_of(&kept(job, file)).join(paper_name(&paper.key, &paper.role));
    write(&path, &bytes, Standing::Replace, language)
}

/// Name of the file of a paper.
pub(super) fn paper_name(key: &str, role: &str) -> String {
    format!("{}-{role}.json", key.get(8..24).unwrap_or_default())
}

/// A plan with everything that its approval is held against.
pub(super) struct Ready {
    file: PlanFile,
    papers: Vec<Paper>,
    keys: KeyList,
    holds: Holds,
    policy: String,
    language: Language,
    /// The job folder.
    pub job: PathBuf,
}

impl Ready {
    /// Reads them.
    pub(super) fn read(args: &ReadyArgs, language: Language) -> Result<Self, Trouble> {
        let job = job(&args.job);
        let file = plan(&args.plan, language)?;
        Ok(Self {
            papers: all_papers(&job, &args.plan, &file, &args.approval, language)?,
            keys: key_list(&job, args.keys.as_ref(), language)?,
            holds: holds::borne_out(&job, language)?,
            policy: policy(&file.plan().policy.name, language)?.1,
            file,
            language,
            job,
        })
    }

    /// The plan.
    pub(super) fn file(&self) -> &PlanFile {
        &self.file
    }

    /// The list of keys.
    pub(super) fn keys(&self) -> &KeyList {
        &self.keys
    }

    /// Keeps the approvals that count with the job's own copy of the plan.
    pub(super) fn keep_papers(&self, approved: &Approved<'_>) -> Result<(), Trouble> {
        let counts = |p: &&Paper| {
            let given = |a: &approve::Approver| a.key == p.key && a.role == p.role;
            p.ask == approve::Ask::Approve && approved.approvers().iter().any(given)
        };
        for paper in self.papers.iter().filter(counts) {
            keep_paper(&self.job, &self.file, paper, self.language)?;
        }
        Ok(())
    }

    /// The plan as one that may be carried out now.
    pub(super) fn approved(&self) -> Result<Approved<'_>, Trouble> {
        self.approved_at(&clock::now())
    }

    /// The plan as one that may be carried out at a time.
    pub(super) fn approved_at(&self, time: &str) -> Result<Approved<'_>, Trouble> {
        self.known()?;
        let against = Against {
            keys: &self.keys,
            policy: &self.policy,
            holds: &self.holds,
            now: Moment::parse(time).unwrap_or_else(now),
        };
        approve::check(&self.file, &self.papers, &against).map_err(|e| Trouble {
            condition: Condition::Refused,
            text: refused(&e, self.language),
        })
    }
}

impl Ready {
    /// Holds the plan against the trail of the job: it was made here, and nobody's no stands.
    fn known(&self) -> Result<(), Trouble> {
        let no = |text: String| Trouble {
            condition: Condition::Refused,
            text,
        };
        let rows = trail(&self.job, self.language)?;
        let told = |event: &str, plan: Option<&str>| -> Vec<&audit::Row> {
            let query = audit::Query {
                event: Some(event.to_owned()),
                plan: plan.map(str::to_owned),
                ..audit::Query::default()
            };
            rows.iter().filter(|r| query.takes(&r.event)).collect()
        };
        let id = Some(self.file.id());
        if told("plan.made", id).is_empty() {
            let text = PlanWord::NotMadeHere;
            let shown = self.job.shown();
            return Err(no(
                text.fill(self.language, &[&self.file.short_id(), &shown])
            ));
        }
        let key = |row: &audit::Row| row.event.operator.as_ref().map(|o| o.key.clone());
        let approved = told("plan.approved", id);
        for rejected in told("plan.rejected", id) {
            let after = |a: &&audit::Row| a.seq > rejected.seq && key(a) == key(rejected);
            if !approved.iter().any(after) {
                let key = key(rejected).unwrap_or_default();
                return Err(no(PlanWord::Rejected.fill(self.language, &[&short(&key)])));
            }
        }
        Ok(())
    }
}

/// Why a plan may not be carried out, and what to do.
pub(super) fn refused(error: &Refused, language: Language) -> String {
    match error {
        Refused::PlanExpired => PlanWord::PlanExpired.text(language).to_owned(),
        Refused::OtherKeys => PlanWord::OtherKeys.text(language).to_owned(),
        Refused::OtherPolicy => PlanWord::OtherPolicy.text(language).to_owned(),
        Refused::NoRequest => PlanWord::NoRequest.text(language).to_owned(),
        Refused::Rejected(key) => PlanWord::Rejected.fill(language, &[&short(key)]),
        Refused::RoleMissing(role) => PlanWord::RoleMissing.fill(language, &[role]),
        Refused::Held(hold) => PlanWord::Held.fill(language, &[hold]),
        Refused::TooFew { have, need, others } => {
            let mut text = PlanWord::TooFew.fill(language, &[have, need]);
            for (key, why) in others {
                text.push_str("\n  ");
                let why = discounted(*why).text(language);
                text.push_str(&PlanWord::Discounted.fill(language, &[&short(key), &why]));
            }
            text
        }
        other => other.to_string(),
    }
}

/// Why an approval does not count.
pub(super) fn discounted(why: Discounted) -> PlanWord {
    match why {
        Discounted::OtherPlan => PlanWord::NotThisPlan,
        Discounted::Signature => PlanWord::BadSignature,
        Discounted::NotListed => PlanWord::NotListed,
        Discounted::NotTheirRole => PlanWord::NotTheirRole,
        Discounted::Requester => PlanWord::IsRequester,
        Discounted::Again => PlanWord::SameKey,
        Discounted::Expired => PlanWord::ApprovalExpired,
        Discounted::WrongTime => PlanWord::WrongTime,
    }
}

/// Compiled rules for looking at words of the user.
pub(super) fn detector(rules: RuleSet, language: Language) -> Result<Detector, Trouble> {
    Detector::new(Arc::new(rules), 50)
        .map_err(|e| Trouble::usage(Word::BadRules.fill(language, &[&e])))
}

/// Refuses words that hold a person's data: they would stand in the trail and on certificates for good.
pub(super) fn no_values(
    texts: &[(&str, &str)],
    detector: &Detector,
    language: Language,
) -> Result<(), Trouble> {
    let limits = Limits::default();
    // Only whether something is found is asked; the key of its fingerprint is of no use.
    let key = JobKey::new([0; 32]);
    let reader = Reader {
        detector,
        key: &key,
        limits: &limits,
    };
    for (option, text) in texts {
        if text.len() > 2000 || text.chars().any(char::is_control) {
            return Err(Trouble::usage(PlanWord::TextForm.fill(language, &[option])));
        }
        if scan::masked(&reader, text, Profile::Strict).is_some() {
            return Err(Trouble::usage(
                PlanWord::TextHoldsValue.fill(language, &[option]),
            ));
        }
    }
    Ok(())
}

/// As [`no_values`], with the rules of the program.
pub(super) fn no_values_builtin(texts: &[(&str, &str)], language: Language) -> Result<(), Trouble> {
    if texts.iter().all(|(_, t)| t.is_empty()) {
        return Ok(());
    }
    no_values(
        texts,
        &detector(own::rules(&[], Examples::Without, language)?, language)?,
        language,
    )
}

/// Encrypting with a pass phrase from a file.
pub(super) fn wrap(phrase: Option<&str>) -> Result<Option<Wrap<'_>>, Trouble> {
    let random = random()?;
    Ok(phrase.map(|phrase| Wrap { phrase, random }))
}

/// A public key from NAME.pub and, when it lies beside, NAME.sm2.pub.
pub(super) fn public_key(path: &Path, language: Language) -> Result<PublicKey, Trouble> {
    let first = read_text(path, language)?;
    let second = path.with_extension("sm2.pub");
    let beside = (second.exists() && second != path)
        .then(|| read_text(&second, language))
        .transpose()?;
    let texts: Vec<&str> = [Some(&first), beside.as_ref()]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    PublicKey::from_files(&texts).map_err(|e| bad_key(path, e, language))
}

/// A date that a user typed.
pub(super) fn date(option: &str, text: &str, language: Language) -> Result<Date, Trouble> {
    Date::parse(text).ok_or_else(|| Trouble::usage(PlanWord::BadDate.fill(language, &[&option])))
}
