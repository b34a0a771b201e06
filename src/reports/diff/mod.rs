//! What became other between two inventories: files and findings that are new, gone, moved, more, fewer,
//! more exposed, or not read any more.
//!
//! The earlier inventory is held in memory in some 200 bytes a file; the later one streams.

mod page;
mod write;

pub use page::html;
pub use write::{json, text};

use super::RuleInfo;
use crate::model::{FileRecord, Name, PathDisplay, ValueDigest};
use std::collections::{BTreeMap, HashMap};

/// Who may read a file, by its own rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Exposure {
    /// Not known.
    #[default]
    Unknown,
    /// Its owner.
    Owner,
    /// Its group as well.
    Group,
    /// Everybody on the machine.
    All,
}

/// Findings by rule: index into [`Diff::rules`], and number. In the order of rules.
pub type Counts = Vec<(u16, u64)>;

/// What is held of a file of the earlier inventory.
#[derive(Debug, Clone)]
struct Facts {
    path: String,
    inode: Option<(u64, u64, i64)>,
    content: Option<ValueDigest>,
    exposure: Exposure,
    owner: u32,
    counts: Counts,
    complete: bool,
}

/// One inventory, as it is named in the result.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Job folder, as shown.
    pub job: String,
    /// When its scan ended.
    pub ended: String,
    /// Files in it.
    pub files: u64,
}

/// One file that became other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Path as shown, now or, of what is gone, before.
    pub path: String,
    /// Path before, of what moved.
    pub from: Option<String>,
    /// Findings before.
    pub before: Counts,
    /// Findings now.
    pub after: Counts,
    /// Who may read it now.
    pub exposure: Exposure,
}

impl Change {
    /// Findings now, less those before.
    pub fn gain(&self) -> i128 {
        let sum = |counts: &Counts| counts.iter().map(|c| i128::from(c.1)).sum::<i128>();
        sum(&self.after) - sum(&self.before)
    }
}

/// Everything that became other.
#[derive(Debug, Clone, Default)]
pub struct Diff {
    /// The earlier inventory.
    pub earlier: Named,
    /// The later one.
    pub later: Named,
    /// Rules of both.
    pub rules: Vec<RuleInfo>,
    /// New files.
    pub new: Vec<Change>,
    /// Files that are gone.
    pub gone: Vec<Change>,
    /// Files that have another path: same content, or same inode, size and time.
    pub moved: Vec<Change>,
    /// Files with more findings, by any rule.
    pub more: Vec<Change>,
    /// Files with fewer and none with more.
    pub fewer: Vec<Change>,
    /// Files that more people may read than before, or that have another owner, and hold something.
    pub exposed: Vec<Change>,
    /// Files that were wholly read before and are not now.
    pub unread: Vec<Change>,
}

impl Diff {
    /// Whether nothing became other.
    pub fn is_empty(&self) -> bool {
        self.groups().iter().all(|(_, group)| group.is_empty())
    }

    /// Whether somebody should look: something new was found, exposed or not read.
    pub fn is_worse(&self) -> bool {
        let found = |c: &Change| c.gain() > 0;
        self.new.iter().any(found)
            || !self.more.is_empty()
            || !self.exposed.is_empty()
            || !self.unread.is_empty()
    }

    /// The groups by their words in JSON, the gravest first.
    pub fn groups(&self) -> [(&'static str, &[Change]); 7] {
        [
            ("exposed", &self.exposed),
            ("new", &self.new),
            ("more", &self.more),
            ("unread", &self.unread),
            ("fewer", &self.fewer),
            ("gone", &self.gone),
            ("moved", &self.moved),
        ]
    }

    /// Findings that came and went, by rule. What moved is neither; what is read no more went unseen and
    /// is not counted as gone.
    pub fn by_rule(&self) -> BTreeMap<u16, (u64, u64)> {
        let mut all: BTreeMap<u16, (u64, u64)> = BTreeMap::new();
        for change in [&self.new, &self.gone, &self.more, &self.fewer]
            .into_iter()
            .flatten()
        {
            let mut delta: BTreeMap<u16, i128> = BTreeMap::new();
            for &(rule, n) in &change.after {
                *delta.entry(rule).or_default() += i128::from(n);
            }
            for &(rule, n) in &change.before {
                *delta.entry(rule).or_default() -= i128::from(n);
            }
            for (rule, n) in delta {
                let size = u64::try_from(n.unsigned_abs()).unwrap_or(u64::MAX);
                let entry = all.entry(rule).or_default();
                if n > 0 {
                    entry.0 = entry.0.saturating_add(size);
                } else {
                    entry.1 = entry.1.saturating_add(size);
                }
            }
        }
        all.retain(|_, n| *n != (0, 0));
        all
    }
}

/// Compares two inventories.
#[derive(Debug)]
pub struct Comparison {
    diff: Diff,
    by_id: HashMap<String, u16>,
    earlier: HashMap<Name, Facts>,
    /// Files of the later inventory that the earlier one does not have.
    strange: Vec<Facts>,
}

impl Comparison {
    /// Of two inventories with these rules, in the order that their records refer to them by.
    pub fn new(earlier: Named, later: Named, rules: Vec<RuleInfo>) -> Self {
        let by_id = (0u16..)
            .zip(&rules)
            .map(|(n, rule)| (rule.id.clone(), n))
            .collect();
        Self {
            diff: Diff {
                earlier,
                later,
                rules,
                ..Diff::default()
            },
            by_id,
            earlier: HashMap::new(),
            strange: Vec::new(),
        }
    }

    /// Index of a rule of either inventory by its id, for [`Comparison::before`] and [`Comparison::now`].
    pub fn rule(&mut self, id: &str) -> u16 {
        if let Some(&n) = self.by_id.get(id) {
            return n;
        }
        let n = u16::try_from(self.diff.rules.len()).unwrap_or(u16::MAX);
        let title = (id.to_owned(), id.to_owned());
        self.diff
            .rules
            .push(RuleInfo::new(id.to_owned(), title, Vec::new()));
        self.by_id.insert(id.to_owned(), n);
        n
    }

    /// Takes a record of the earlier inventory. `key` is its root and path, `rules` says for each rule of
    /// its inventory the index here.
    pub fn before(&mut self, key: Name, record: &FileRecord, shown: &PathDisplay, rules: &[u16]) {
        self.diff.earlier.files += 1;
        self.earlier.insert(key, facts(record, shown, rules));
    }

    /// Takes a record of the later inventory, once all of the earlier one are there.
    pub fn now(&mut self, key: &Name, record: &FileRecord, shown: &PathDisplay, rules: &[u16]) {
        self.diff.later.files += 1;
        let now = facts(record, shown, rules);
        let Some(before) = self.earlier.remove(key) else {
            self.strange.push(now);
            return;
        };
        self.compare(before, now);
    }

    fn compare(&mut self, before: Facts, now: Facts) {
        let more_readers = now.exposure > before.exposure && before.exposure != Exposure::Unknown;
        let other_owner = now.owner != before.owner;
        let unread = before.complete && !now.complete;
        let grown = now
            .counts
            .iter()
            .any(|&(rule, n)| n > of(&before.counts, rule));
        let shrunk = before
            .counts
            .iter()
            .any(|&(rule, n)| n > of(&now.counts, rule));
        if !(more_readers || other_owner || unread || grown || shrunk) {
            return;
        }
        let holds = !now.counts.is_empty();
        let change = Change {
            path: now.path,
            from: None,
            before: before.counts,
            after: now.counts,
            exposure: now.exposure,
        };
        let diff = &mut self.diff;
        if holds && (more_readers || other_owner) {
            diff.exposed.push(change.clone());
        }
        if unread {
            diff.unread.push(change.clone());
        }
        if grown {
            diff.more.push(change);
        } else if shrunk {
            diff.fewer.push(change);
        }
    }

    /// What became other.
    pub fn finish(mut self) -> Diff {
        // What has another path now is recognised by its content, else by its inode.
        let mut gone: Vec<Option<Facts>> = {
            let mut all: Vec<_> = self.earlier.drain().collect();
            all.sort_by(|a, b| a.0.cmp(&b.0));
            all.into_iter().map(|(_, facts)| Some(facts)).collect()
        };
        let mut by_content: HashMap<ValueDigest, Vec<usize>> = HashMap::new();
        let mut by_inode: HashMap<(u64, u64, i64), Vec<usize>> = HashMap::new();
        for (n, facts) in gone.iter().enumerate().rev() {
            let Some(facts) = facts else { continue };
            if let Some(content) = facts.content {
                by_content.entry(content).or_default().push(n);
            }
            if let Some(inode) = facts.inode {
                by_inode.entry(inode).or_default().push(n);
            }
        }
        for now in std::mem::take(&mut self.strange) {
            let same = |n: &usize| gone.get(*n).is_some_and(Option::is_some);
            let found = now
                .inode
                .and_then(|i| by_inode.get_mut(&i)?.pop().filter(same))
                .or_else(|| by_content.get_mut(&now.content?)?.pop().filter(same));
            let before = found.and_then(|n| gone.get_mut(n)?.take());
            match before {
                None => self.diff.new.push(Change {
                    path: now.path,
                    from: None,
                    before: Vec::new(),
                    after: now.counts,
                    exposure: now.exposure,
                }),
                Some(before) => {
                    self.diff.moved.push(Change {
                        path: now.path.clone(),
                        from: Some(before.path.clone()),
                        before: before.counts.clone(),
                        after: now.counts.clone(),
                        exposure: now.exposure,
                    });
                    self.compare(before, now);
                }
            }
        }
        self.diff.gone = gone
            .into_iter()
            .flatten()
            .map(|before| Change {
                path: before.path,
                from: None,
                before: before.counts,
                after: Vec::new(),
                exposure: before.exposure,
            })
            .collect();
        self.sort();
        self.diff
    }

    /// The most findings first, then by path.
    fn sort(&mut self) {
        let diff = &mut self.diff;
        for group in [
            &mut diff.new,
            &mut diff.gone,
            &mut diff.moved,
            &mut diff.more,
            &mut diff.fewer,
            &mut diff.exposed,
            &mut diff.unread,
        ] {
            let weight = |c: &Change| {
                let sum = |counts: &Counts| counts.iter().map(|c| u128::from(c.1)).sum::<u128>();
                sum(&c.after).max(sum(&c.before))
            };
            group.sort_by(|a, b| weight(b).cmp(&weight(a)).then_with(|| a.path.cmp(&b.path)));
        }
    }
}

fn of(counts: &Counts, rule: u16) -> u64 {
    counts.iter().find(|c| c.0 == rule).map_or(0, |c| c.1)
}

fn facts(record: &FileRecord, shown: &PathDisplay, rules: &[u16]) -> Facts {
    let tallies = super::tally(record.entries.iter().flat_map(super::counts_of));
    let mut counts: Counts = tallies
        .iter()
        .filter_map(|t| Some((*rules.get(usize::from(t.rule))?, t.found)))
        .collect();
    counts.sort_unstable();
    let seen = record.attributes.as_ref();
    Facts {
        path: shown.path.clone(),
        inode: seen
            .filter(|a| a.inode != 0)
            .map(|a| (a.inode, a.size, a.modified)),
        // An empty file is like every other.
        content: seen.filter(|a| a.size > 0).and_then(|a| a.content),
        exposure: match seen {
            None => Exposure::Unknown,
            Some(a) if a.mode == 0 => Exposure::Unknown,
            Some(a) if a.is_open_to_all() => Exposure::All,
            Some(a) if a.is_open_to_group() => Exposure::Group,
            Some(_) => Exposure::Owner,
        },
        owner: seen.map_or(u32::MAX, |a| a.owner),
        counts,
        complete: record.is_complete(),
    }
}

#[cfg(test)]
mod tests;
