//! The holds of a job, as far as its trail bears them out: their file alone can be edited by whoever may write the job
//! folder.

use super::{
    Trouble,
    desk::{self, Standing},
};
use crate::cli::shown::Shown as _;
use crate::{
    audit::Row,
    digest::sha256_name,
    model::{Event, canonical},
    policy::{Hold, Holds},
    reports::Condition,
    words::{Language, PlanWord},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

const FILE: &str = "holds.json";
const ADDED: &str = "hold.added";
const RELEASED: &str = "hold.released";
/// Number of a hold in its events.
const ID: &str = "hold";
/// Digest of a hold as it was put on.
const MADE: &str = "made";
/// Digest of a hold as it was released.
const ENDED: &str = "released";
/// What stands in its place of one that was not in the file any more: no hold is like it.
const LOST: &str = "lost";
/// The trail is written before the file: so often, and so long each time, the file is waited for.
const TRIES: u32 = 8;
const EACH: Duration = Duration::from_millis(100);

/// Where the holds of a job lie.
pub(super) fn path(job: &Path) -> PathBuf {
    job.join(FILE)
}

/// The holds of a job as their file has them. Nothing is to be let go by these: see [`borne_out`].
pub(super) fn in_file(job: &Path, language: Language) -> Result<Holds, Trouble> {
    let path = path(job);
    if !path.exists() {
        return Ok(Holds::default());
    }
    Holds::from_bytes(&desk::read(&path, language)?)
        .map_err(|e| desk::bad_file(&path, &e, language))
}

/// Keeps the holds of a job.
pub(super) fn keep(job: &Path, holds: &Holds, language: Language) -> Result<(), Trouble> {
    let bytes = holds
        .to_bytes()
        .map_err(|e| Trouble::failed(e.to_string()))?;
    desk::write(&path(job), &bytes, Standing::Replace, language)
}

/// The holds of a job: all that the trail tells of stand in their file as they were put on, and none is called released
/// that nobody released. What the file has beyond that is only stricter.
pub(super) fn borne_out(job: &Path, language: Language) -> Result<Holds, Trouble> {
    let mut tries = 1;
    loop {
        // Whoever puts a hold on in between is missed by neither: the file is read last.
        let told = Told::read(job, language)?;
        let is_there = path(job).exists();
        let holds = in_file(job, language)?;
        let Some(doubt) = told.doubt(&holds, is_there) else {
            return Ok(holds);
        };
        if tries == TRIES {
            return Err(doubt.trouble(job, language));
        }
        tries += 1;
        std::thread::sleep(EACH);
    }
}

/// Why the holds of a file are not believed.
enum Doubt {
    /// The trail tells of holds, and there is no file.
    Missing,
    /// These are not as the trail tells.
    Other(BTreeSet<String>),
}

impl Doubt {
    fn trouble(&self, job: &Path, language: Language) -> Trouble {
        let path = path(job);
        let text = match self {
            Self::Missing => PlanWord::HoldsMissing.fill(language, &[&path.shown()]),
            Self::Other(ids) => {
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                PlanWord::HoldsOther.fill(language, &[&ids.join(", "), &path.shown()])
            }
        };
        Trouble {
            condition: Condition::Refused,
            text,
        }
    }
}

/// What the trail tells of holds.
#[derive(Default)]
pub(super) struct Told {
    /// Those that were put on and not released since: by number, what they were. Versions before told no digest, and
    /// could give a number twice.
    open: BTreeMap<String, Vec<Option<String>>>,
    /// Those that were released, and what they were then.
    ended: BTreeMap<String, Vec<Option<String>>>,
    /// The highest number that was given.
    last: usize,
}

impl Told {
    /// Reads the trail of a job.
    pub(super) fn read(job: &Path, language: Language) -> Result<Self, Trouble> {
        Ok(Self::of(&desk::trail(job, language)?))
    }

    fn of(rows: &[Row]) -> Self {
        let mut told = Self::default();
        for event in rows.iter().map(|r| &r.event) {
            let Some(id) = event.digests.get(ID).cloned() else {
                continue;
            };
            match event.event.as_str() {
                ADDED => {
                    told.last = told.last.max(number(&id));
                    let made = event.digests.get(MADE).cloned();
                    told.open.entry(id).or_default().push(made);
                }
                RELEASED => {
                    told.open.remove(&id);
                    let ended = event.digests.get(ENDED).cloned();
                    told.ended.entry(id).or_default().push(ended);
                }
                _ => {}
            }
        }
        told
    }

    /// Whether a hold of this number was put on and not released since.
    pub(super) fn is_open(&self, id: &str) -> bool {
        self.open.contains_key(id)
    }

    /// A number that was never given, neither by the trail nor by the file: who could give one again would put
    /// something else in the place of a hold.
    pub(super) fn next_id(&self, holds: &Holds) -> String {
        let in_file = holds.holds.iter().map(|h| number(&h.id)).max();
        let last = self.last.max(in_file.unwrap_or(0)).max(holds.holds.len());
        format!("H{}", last.saturating_add(1))
    }

    fn doubt(&self, holds: &Holds, is_there: bool) -> Option<Doubt> {
        if !is_there && (self.last > 0 || !self.open.is_empty()) {
            return Some(Doubt::Missing);
        }
        let mut other = BTreeSet::new();
        for (id, all) in &self.open {
            let stands = |made: &Option<String>| {
                let is_it = |h: &&Hold| h.id == *id && h.released.is_none();
                let mut found = holds.holds.iter().filter(is_it);
                found.any(|h| made.is_none() || digest(&as_made(h)) == *made)
            };
            if !all.iter().all(stands) {
                other.insert(id.clone());
            }
        }
        for hold in holds.holds.iter().filter(|h| h.released.is_some()) {
            let ended = self.ended.get(&hold.id).map_or(&[][..], Vec::as_slice);
            let is_it = |told: &Option<String>| told.is_none() || digest(hold) == *told;
            if !ended.iter().any(is_it) {
                other.insert(hold.id.clone());
            }
        }
        (!other.is_empty()).then_some(Doubt::Other(other))
    }
}

/// What the event of a hold's beginning or end says of it.
pub(super) fn tell(event: &mut Event, hold: &Hold) {
    event.digests.insert(ID.into(), hold.id.clone());
    event
        .digests
        .extend(digest(&as_made(hold)).map(|d| (MADE.into(), d)));
    if hold.released.is_some() {
        let ended = digest(hold).map(|d| (ENDED.into(), d));
        event.digests.extend(ended);
    }
}

/// What the event of the end of a hold says that is no longer in the file.
pub(super) fn tell_lost(event: &mut Event, id: &str) {
    event.digests.insert(ID.into(), id.to_owned());
    event.digests.insert(ENDED.into(), LOST.into());
}

/// A hold as it was put on.
fn as_made(hold: &Hold) -> Hold {
    Hold {
        released: None,
        ..hold.clone()
    }
}

fn digest(hold: &Hold) -> Option<String> {
    canonical(hold).ok().map(|bytes| sha256_name(&bytes))
}

/// The number in the id of a hold; 0 when there is none.
fn number(id: &str) -> usize {
    let digits = id.strip_prefix('H').unwrap_or_default();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Release;

    fn hold(id: &str, path: &str) -> Hold {
        Hold {
            id: id.into(),
            subject: None,
            also: Vec::new(),
            paths: [path.to_owned()].into(),
            all: false,
            copies_may_go: false,
            reason: "R-1".into(),
            added: "2026-11-01T00:00:00Z".into(),
            by: "ed25519:00".into(),
            until: None,
            released: None,
        }
    }

    fn ended(id: &str, path: &str, reason: &str) -> Hold {
        let mut hold = hold(id, path);
        hold.released = Some(Release {
            time: "2026-12-01T00:00:00Z".into(),
            reason: reason.into(),
            by: "ed25519:00".into(),
        });
        hold
    }

    fn row(word: &str, hold: &Hold, is_old: bool) -> Row {
        let mut event = Event::new(word, "2026-11-01T00:00:00Z");
        tell(&mut event, hold);
        if is_old {
            event.digests.retain(|name, _| name == ID);
        }
        Row {
            seq: 1,
            event,
            line: String::new(),
        }
    }

    /// Numbers of the holds that are not as told.
    fn doubted(rows: &[Row], holds: &[Hold]) -> Vec<String> {
        let mut book = Holds::default();
        book.holds.extend_from_slice(holds);
        match Told::of(rows).doubt(&book, true) {
            None => Vec::new(),
            Some(Doubt::Missing) => vec!["missing".into()],
            Some(Doubt::Other(ids)) => ids.into_iter().collect(),
        }
    }

    #[test]
    fn every_hold_of_the_trail_must_stand_as_it_was_put_on() {
        let (one, other) = (hold("H1", "ab"), hold("H1", "cd"));
        let added = [row(ADDED, &one, false)];
        assert!(doubted(&added, std::slice::from_ref(&one)).is_empty());
        assert_eq!(doubted(&added, std::slice::from_ref(&other)), ["H1"]);
        assert_eq!(doubted(&added, &[]), ["H1"]);
        assert_eq!(doubted(&added, &[ended("H1", "ab", "over")]), ["H1"]);
        // What is there besides is stricter, unless it says that it is over.
        let more = hold("H2", "ef");
        assert!(doubted(&added, &[more, other.clone(), one.clone()]).is_empty());
        assert_eq!(
            doubted(&added, &[one.clone(), ended("H2", "ef", "x")]),
            ["H2"]
        );
        // A number that was given twice stands for both.
        let twice = [row(ADDED, &one, false), row(ADDED, &other, false)];
        assert_eq!(doubted(&twice, std::slice::from_ref(&other)), ["H1"]);
        assert!(doubted(&twice, &[one.clone(), other]).is_empty());
        assert!(Told::of(&added).doubt(&Holds::default(), false).is_some());
        assert!(Told::of(&[]).doubt(&Holds::default(), false).is_none());
    }

    #[test]
    fn a_hold_is_over_when_the_trail_tells_of_its_release() {
        let (one, over) = (hold("H1", "ab"), ended("H1", "ab", "over"));
        let rows = [row(ADDED, &one, false), row(RELEASED, &over, false)];
        assert!(doubted(&rows, std::slice::from_ref(&over)).is_empty());
        // Killed before the file was written, it holds; what the file says of a release is what was said then.
        assert!(doubted(&rows, std::slice::from_ref(&one)).is_empty());
        assert!(doubted(&rows, &[]).is_empty());
        assert_eq!(doubted(&rows, &[ended("H1", "ab", "other")]), ["H1"]);
        let again = [rows[0].clone(), rows[1].clone(), row(ADDED, &one, false)];
        assert_eq!(doubted(&again, std::slice::from_ref(&over)), ["H1"]);
    }

    #[test]
    fn of_versions_before_the_number_counts() {
        let (one, over) = (hold("H1", "ab"), ended("H1", "ab", "over"));
        let mut rows = vec![row(ADDED, &one, true)];
        assert!(doubted(&rows, &[hold("H1", "cd")]).is_empty());
        assert_eq!(doubted(&rows, &[hold("H2", "ab")]), ["H1"]);
        assert_eq!(doubted(&rows, std::slice::from_ref(&over)), ["H1"]);
        rows.push(row(RELEASED, &over, true));
        assert!(doubted(&rows, &[over]).is_empty());
    }

    #[test]
    fn numbers_are_not_given_twice() {
        let rows = [row(ADDED, &hold("H3", "ab"), false)];
        let mut book = Holds::default();
        assert_eq!(Told::of(&rows).next_id(&book), "H4");
        assert_eq!(Told::of(&[]).next_id(&book), "H1");
        book.holds.push(hold("H9", "ab"));
        assert_eq!(Told::of(&rows).next_id(&book), "H10");
    }
}
