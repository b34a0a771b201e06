//! From what is known of each file to the plan.

use super::PlanError;
use crate::{
    model::{
        Action, ApprovalsNeeded, Category, Date, Decision, Distinct, Due, Grade, HandOverTerms,
        Identity, Item, LiveCopy, Medium, Name, Outcome, Plan, Reach, Refusal, Totals, Volume,
    },
    policy::{CLOSING, Case, Policy, Role, TRUSTEE, decide},
};
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

/// What the storage under a file lets expect of an erasure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Storage {
    /// Grade that can be reached.
    pub forecast: Option<Grade>,
    /// What it lies on.
    pub medium: Medium,
    /// File system and the options that matter.
    pub file_system: String,
    /// Erasing here would be a lie: a snapshot, a lower layer, another machine.
    pub lies: bool,
}

/// What is known of one file of the inventory.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, none excludes another"
)]
pub struct Seen {
    /// Index of the root.
    pub root: u32,
    /// Path under it.
    pub path: Name,
    /// The whole path, masked.
    pub shown: String,
    /// Keyed identity of the path.
    pub path_fp: String,
    /// Which file it is now, or why it cannot be used.
    pub source: Result<Identity, Refusal>,
    /// Whether the scan has read all of it.
    pub is_read: bool,
    /// Findings by class.
    pub classes: BTreeMap<String, u64>,
    /// Findings by rule.
    pub rules: BTreeMap<String, u64>,
    /// Kinds of record.
    pub kinds: Vec<String>,
    /// Day of each event.
    pub dates: BTreeMap<String, Date>,
    /// Id of a hold on it.
    pub hold: Option<String>,
    /// Whether a hold lets no copy of it be handed over.
    pub is_kept_in: bool,
    /// Whether it bears a mark of a state secret.
    pub is_secret: bool,
    /// What a reviewer marked it for.
    pub marked: Option<Outcome>,
    /// Whether a receipt says that its content arrived.
    pub handed_over: bool,
    /// Whether it belongs to a sealed archive or a backup: a part, the record, a key.
    pub is_of_archive: bool,
    /// What it lies on.
    pub storage: Storage,
    /// What is decided already: of the parts of an archive, what holds for all that is in it.
    pub decided: Option<Decision>,
}

/// Findings by legal category, added up over all files.
#[derive(Debug, Clone, Default)]
pub struct Tally(BTreeMap<String, (u64, Distinct)>);

/// Categories of the judicial interpretation and their thresholds.
///
/// Standard: 法释〔2017〕10 号, article 5.
const CATEGORIES: [(&str, u64); 3] = [
    ("law2017.property", 50),
    ("law2017.health", 500),
    ("law2017.other", 5_000),
];

impl Tally {
    /// Adds findings of a rule that has this tag. Tags of no category do not count.
    pub fn add(&mut self, tag: &str, found: u64, distinct: &Distinct) {
        if CATEGORIES.iter().any(|(t, _)| *t == tag) {
            let (all, values) = self.0.entry(tag.to_owned()).or_default();
            *all = all.saturating_add(found);
            values.merge(distinct);
        }
    }

    fn categories(&self) -> Vec<Category> {
        let one = |(tag, threshold): &(&str, u64)| {
            let (found, values) = self.0.get(*tag)?;
            let distinct = values.among(*found);
            let reach = match distinct {
                n if n >= threshold * 10 => Reach::VerySerious,
                n if n >= *threshold => Reach::Serious,
                n if n >= threshold / 2 => Reach::InDuties,
                _ => Reach::Below,
            };
            Some(Category {
                tag: (*tag).to_owned(),
                found: *found,
                distinct,
                threshold: *threshold,
                reach,
            })
        };
        CATEGORIES.iter().filter_map(one).collect()
    }
}

/// What the one who asks wants of the files of a plan, besides what stands in its frame.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    /// Only files that a reviewer marked for the plan's outcome.
    pub only_marked: bool,
}

/// Fills the frame of a plan: items with decisions and actions, volumes, totals, who must approve.
///
/// # Errors
/// `Empty` when there is no file, `TooMany` when they cannot be numbered.
pub fn build(
    mut frame: Plan,
    policy: &Policy,
    seen: Vec<Seen>,
    tally: &Tally,
    today: Date,
    wish: Wish,
) -> Result<Plan, PlanError> {
    if seen.is_empty() {
        return Err(PlanError::Empty);
    }
    let role = Role::find(&frame.organisation.role).unwrap_or(policy.role);
    let closing = frame.organisation.closing;
    let same = same_content(&seen);
    let names = names_in_plan(&seen);
    let mut volumes = Volumes::default();
    frame.items.reserve(seen.len());
    for (n, mut one) in (1_u64..).zip(seen) {
        let number = u32::try_from(n).map_err(|_| PlanError::TooMany)?;
        let case = Case {
            kinds: &one.kinds,
            role,
            closing,
            dates: &one.dates,
            hold: one.hold.as_deref(),
            handed_over: one.handed_over,
            today,
        };
        let decision = one.decided.take();
        let decision = decision.unwrap_or_else(|| decide(policy, &case));
        let why = refusal(&frame, &one, &decision, &names)
            .or_else(|| unmarked(&one, frame.outcome, wish));
        if let Ok(identity) = &one.source {
            volumes.note(identity.device, &one.storage);
        }
        let copies = copies(&one, number, &same);
        frame.items.push(Item {
            number,
            root: one.root,
            path: one.path,
            shown: one.shown,
            path_fp: one.path_fp,
            identity: one.source.ok(),
            classes: one.classes,
            rules: one.rules,
            kinds: one.kinds,
            decision,
            action: why.map_or(frame.outcome.into(), |_| Action::Refused),
            why,
            marked: one.marked,
            copies,
            forecast: one.storage.forecast,
        });
    }
    frame.volumes = volumes.0;
    frame.totals = totals(&frame.items, tally);
    let carried = frame.items.iter().filter(|i| i.why.is_none());
    let kinds = carried.flat_map(|i| &i.kinds);
    let (count, roles) = policy.approvers(kinds, frame.totals.carried);
    frame.approvals = ApprovalsNeeded {
        count,
        roles,
        hours: policy.approvals.hours,
    };
    Ok(frame)
}

/// Why an item is left as it is.
fn refusal(frame: &Plan, one: &Seen, decision: &Decision, names: &Names) -> Option<Refusal> {
    let identity = match &one.source {
        Ok(identity) => identity,
        Err(why) => return Some(*why),
    };
    if one.is_of_archive {
        return Some(Refusal::Archive);
    }
    if one.is_secret && !is_released(frame) {
        return Some(Refusal::StateSecret);
    }
    match frame.outcome {
        Outcome::HandOver => one.is_kept_in.then_some(Refusal::Hold),
        Outcome::Seal => {
            let goes = frame.live.unwrap_or_default() != LiveCopy::Keep;
            if decision.advice == Outcome::HandOver {
                Some(Refusal::NotHandedOver)
            } else if decision.due == Due::Due {
                Some(Refusal::Due)
            } else if goes && decision.hold.is_some() {
                Some(Refusal::Hold)
            } else if goes {
                taken_away(one, identity, names)
            } else {
                None
            }
        }
        Outcome::Erase => undecided(decision)
            .or_else(|| (!one.is_read).then_some(Refusal::NotScanned))
            .or_else(|| taken_away(one, identity, names)),
    }
}

/// Whether files with marks of state secrets may be dealt with: by a decision that the plan names, and never
/// abroad.
fn is_released(frame: &Plan) -> bool {
    let home = |t: &HandOverTerms| t.destination_country == "CN";
    frame.secrecy_release.is_some() && frame.handover.as_ref().is_none_or(home)
}

/// Why a reviewer's marks leave an item as it is.
fn unmarked(one: &Seen, outcome: Outcome, wish: Wish) -> Option<Refusal> {
    match one.marked {
        Some(marked) if marked == outcome => None,
        Some(_) => Some(Refusal::MarkedOtherwise),
        None => wish.only_marked.then_some(Refusal::NotMarked),
    }
}

/// Why a decision does not let an item be erased.
fn undecided(decision: &Decision) -> Option<Refusal> {
    let first = decision.rule == TRUSTEE.0 || decision.rule == CLOSING.0;
    match decision.due {
        _ if decision.hold.is_some() => Some(Refusal::Hold),
        Due::Due => None,
        Due::NotDue if first => Some(Refusal::NotHandedOver),
        Due::NotDue => Some(Refusal::NotDue),
        Due::Unknown => Some(Refusal::UnknownClock),
    }
}

/// Why a file cannot be taken from where it lies.
fn taken_away(one: &Seen, identity: &Identity, names: &Names) -> Option<Refusal> {
    let known = names.get(&(identity.device, identity.inode)).copied();
    if known.unwrap_or(0) < identity.links {
        Some(Refusal::OtherNames)
    } else if one.storage.lies {
        Some(Refusal::WouldBeALie)
    } else {
        None
    }
}

type Names = HashMap<(u64, u64), u64>;

/// How many names of each file are in the plan.
fn names_in_plan(seen: &[Seen]) -> Names {
    let mut names = Names::new();
    for identity in seen.iter().filter_map(|s| s.source.as_ref().ok()) {
        *names.entry((identity.device, identity.inode)).or_default() += 1;
    }
    names
}

/// Numbers of the items of each content that stands more than once. Empty files are no copies.
fn same_content(seen: &[Seen]) -> HashMap<String, Vec<u32>> {
    let mut all: HashMap<String, Vec<u32>> = HashMap::new();
    for (n, one) in (1..).zip(seen) {
        if let Ok(identity) = &one.source
            && identity.size > 0
        {
            all.entry(identity.sha256.clone()).or_default().push(n);
        }
    }
    all.retain(|_, numbers| numbers.len() > 1);
    all
}

fn copies(one: &Seen, number: u32, same: &HashMap<String, Vec<u32>>) -> Vec<u32> {
    let all = one.source.as_ref().ok().and_then(|i| same.get(&i.sha256));
    let others = all.into_iter().flatten().copied();
    others.filter(|n| *n != number).collect()
}

#[derive(Default)]
struct Volumes(Vec<Volume>);

impl Volumes {
    fn note(&mut self, device: u64, storage: &Storage) {
        if self.0.iter().all(|v| v.device != device) {
            self.0.push(Volume {
                id: format!("v{}", self.0.len() + 1),
                device,
                file_system: storage.file_system.clone(),
                medium: storage.medium,
            });
        }
    }
}

fn totals(items: &[Item], tally: &Tally) -> Totals {
    let mut out = Totals {
        items: items.len() as u64,
        categories: tally.categories(),
        ..Totals::default()
    };
    for item in items {
        out.bytes = out.bytes.saturating_add(item.bytes());
        if let Some(why) = item.why {
            *out.refused.entry(why.id().to_owned()).or_default() += 1;
        } else {
            out.carried += 1;
            out.carried_bytes = out.carried_bytes.saturating_add(item.bytes());
        }
        for (class, count) in &item.classes {
            *out.classes.entry(class.clone()).or_default() += count;
        }
    }
    let percent = |c: &Category| c.distinct.saturating_mul(100) / c.threshold.max(1);
    out.mixed_percent = out.categories.iter().map(percent).sum();
    out
}

/// Whether a root is a place that no plan may take from: the root of the system, its own folders, the
/// folder of all users, or a user's whole home.
pub fn is_protected(root: &Path, home: Option<&Path>) -> bool {
    /// With all that is in them.
    const WHOLE: [&str; 11] = [
        "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr",
    ];
    /// Themselves only.
    const ITSELF: [&str; 9] = [
        "/", "/home", "/media", "/mnt", "/opt", "/root", "/srv", "/tmp", "/var",
    ];
    WHOLE.iter().any(|p| root.starts_with(p))
        || ITSELF.iter().any(|p| root == Path::new(p))
        || home.is_some_and(|h| root == h)
        || !root.is_absolute()
}
