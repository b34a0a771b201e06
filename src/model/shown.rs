//! [`PathDisplay`]: how a file's path and the names inside it are shown to people.

use super::{
    finding::ValueDigest,
    inventory::FileRecord,
    locator::{Locator, Step},
    name::Name,
};
use std::collections::{BTreeMap, BTreeSet};

/// How one file is shown: its path with what was found in it masked, its keyed identity, and the names
/// inside it that are shown otherwise than they are. Everything that leaves the program goes through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathDisplay {
    /// Root as typed and relative path, escaped as [`Name`] shows itself.
    pub path: String,
    /// Keyed identity of the file: the same under one job key, masked or not.
    pub file: ValueDigest,
    /// Names of members, sheets, fields and parts that are shown as another name: raw to shown.
    pub renamed: BTreeMap<Name, Name>,
}

impl PathDisplay {
    /// Shows the path and every name as they are.
    pub fn plain(root: &Name, path: &Name, file: ValueDigest) -> Self {
        Self {
            path: join(root, path).to_string(),
            file,
            renamed: BTreeMap::new(),
        }
    }

    /// Shows this path, and every name inside the file as `mask` gives it (`None`: as it is). Each name
    /// is asked for once.
    pub fn masked(
        path: String,
        file: ValueDigest,
        record: &FileRecord,
        mask: &mut dyn FnMut(&Name) -> Option<Name>,
    ) -> Self {
        let mut seen = BTreeSet::new();
        let mut renamed = BTreeMap::new();
        for_each_name(record, &mut |name| {
            if seen.contains(name) {
                return;
            }
            if let Some(shown) = mask(name).filter(|shown| shown != name) {
                renamed.insert(name.clone(), shown);
            }
            seen.insert(name.clone());
        });
        Self {
            path,
            file,
            renamed,
        }
    }

    /// A locator as it is shown: [`PathDisplay::path`] in place of the file, names inside as they are
    /// shown. It follows the one grammar, so it can be read back.
    pub fn locator(&self, at: &Locator) -> String {
        let inside = match at.0.split_first() {
            Some((Step::File(_), rest)) => rest,
            _ => at.0.as_slice(),
        };
        let mut out = self.path.clone();
        out.push_str(&self.place(inside));
        out
    }

    /// Steps inside the file as they are shown; empty for none.
    pub fn place(&self, at: &[Step]) -> String {
        if at.is_empty() {
            return String::new();
        }
        Locator(at.iter().map(|step| self.step(step)).collect()).to_string()
    }

    /// One step as it is shown.
    pub fn step(&self, step: &Step) -> Step {
        let renamed = |raw: &Name| self.renamed.get(raw);
        let text = |s: &String| {
            if self.renamed.is_empty() {
                return s.clone();
            }
            renamed(&Name::from(s.as_str())).map_or_else(|| s.clone(), |n| n.text().into_owned())
        };
        match step {
            Step::Member(name) => Step::Member(renamed(name).unwrap_or(name).clone()),
            Step::Sheet(name) => Step::Sheet(text(name)),
            Step::Field(path) => Step::Field(text(path)),
            Step::Part(name) => Step::Part(text(name)),
            other => other.clone(),
        }
    }
}

/// A root as typed and a path under it; the root alone when the path is empty.
pub fn join(root: &Name, path: &Name) -> Name {
    if path.bytes().is_empty() {
        return root.clone();
    }
    let mut all = root.bytes().to_vec();
    if !all.is_empty() && all.last() != Some(&b'/') {
        all.push(b'/');
    }
    all.extend_from_slice(path.bytes());
    Name::new(all)
}

/// Gives every name inside a file that an output could show, in the order met, with repetitions.
fn for_each_name(record: &FileRecord, each: &mut dyn FnMut(&Name)) {
    let mut steps = |at: &[Step]| {
        for step in at {
            match step {
                Step::Member(name) => each(name),
                Step::Sheet(text) | Step::Field(text) | Step::Part(text) => {
                    each(&Name::from(text.as_str()));
                }
                _ => {}
            }
        }
    };
    for entry in &record.entries {
        steps(&entry.locator.0);
        for gap in &entry.gaps {
            steps(&gap.at);
        }
        for place in &entry.places {
            steps(&place.at);
            for sample in place.counts.iter().flat_map(|c| &c.samples) {
                steps(&sample.locator.0);
            }
        }
    }
    for finding in &record.findings {
        steps(&finding.locator.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_inside_are_shown_masked_and_can_be_read_back() {
        let shown = PathDisplay {
            path: "share/1101**.zip".into(),
            file: ValueDigest([7; 16]),
            renamed: BTreeMap::from([
                (
                    Name::from("13800138000.xlsx"),
                    Name::from("138****8000.xlsx"),
                ),
                (Name::from("张三"), Name::from("张*")),
            ]),
        };
        let at = Locator(vec![
            Step::File(Name::from("110105.zip")),
            Step::Member(Name::from("13800138000.xlsx")),
            Step::Sheet("张三".into()),
            Step::Cell { row: 2, column: 3 },
        ]);
        let text = shown.locator(&at);
        assert_eq!(text, "share/1101**.zip!138****8000.xlsx#张*!C2");
        assert_eq!(text.parse::<Locator>().unwrap().to_string(), text);
    }

    #[test]
    fn roots_and_paths_join() {
        let join = |a: &str, b: &str| join(&Name::from(a), &Name::from(b)).to_string();
        assert_eq!(join("share", "a/b"), "share/a/b");
        assert_eq!(join("share/", "a"), "share/a");
        assert_eq!(join("a.txt", ""), "a.txt");
        assert_eq!(join("/", "a"), "/a");
    }
}
