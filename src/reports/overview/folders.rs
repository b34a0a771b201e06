//! [`Folders`]: the tree that the files stand in, as far as it can be kept.

use super::Part;
use crate::reports::exposure::Exposure;
use std::collections::BTreeMap;

/// One folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Index of the folder above; its own for the top.
    pub parent: u32,
    /// Its name as shown; empty for the top.
    pub name: String,
    /// The files directly in it.
    pub own: Part,
}

/// A tree of folders; the top is the first.
#[derive(Debug)]
pub struct Folders {
    list: Vec<Folder>,
    by_path: BTreeMap<String, u32>,
    most: usize,
    /// Files that count for a folder above their own, because there were too many folders.
    pub merged: u64,
}

impl Folders {
    pub(super) fn new(most: usize) -> Self {
        Self {
            list: vec![Folder {
                parent: 0,
                name: String::new(),
                own: Part::default(),
            }],
            by_path: BTreeMap::from([(String::new(), 0)]),
            most: most.max(1),
            merged: 0,
        }
    }

    /// The folders; each stands after the one above it.
    pub fn list(&self) -> &[Folder] {
        &self.list
    }

    /// Index of the folder of a file shown as this path, and the file's name below it.
    pub(super) fn place(&mut self, path: &str) -> (u32, String) {
        let (folder, name) = match path.rfind('/') {
            Some(at) => (
                path.get(..at).unwrap_or_default(),
                path.get(at + 1..).unwrap_or_default(),
            ),
            None => ("", path),
        };
        let (index, known) = self.find(folder);
        if known == folder.len() {
            return (index, name.to_owned());
        }
        self.merged += 1;
        let below = path.get(known..).unwrap_or(path);
        (index, below.trim_start_matches('/').to_owned())
    }

    /// The folder of this path, or the nearest above that can be kept, and the length of its path.
    fn find(&mut self, path: &str) -> (u32, usize) {
        if let Some(&index) = self.by_path.get(path) {
            return (index, path.len());
        }
        let (mut parent, mut known) = (0, 0);
        let mut at = 0;
        while at <= path.len() {
            let end = path
                .get(at..)
                .and_then(|rest| rest.find('/'))
                .map_or(path.len(), |n| at + n);
            // The first slash of an absolute path ends an empty name.
            let whole = path.get(..end).unwrap_or(path);
            if !whole.is_empty() {
                match self.by_path.get(whole) {
                    Some(&index) => parent = index,
                    None if self.list.len() < self.most => {
                        let index = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
                        let name = path.get(at..end).unwrap_or_default();
                        let name = if at == 1 {
                            format!("/{name}")
                        } else {
                            name.to_owned()
                        };
                        self.list.push(Folder {
                            parent,
                            name,
                            own: Part::default(),
                        });
                        self.by_path.insert(whole.to_owned(), index);
                        parent = index;
                    }
                    None => break,
                }
                known = whole.len();
            }
            at = end + 1;
        }
        (parent, known)
    }

    pub(super) fn add(&mut self, index: u32, bytes: u64, exposure: &Exposure, complete: bool) {
        if let Some(folder) = self.list.get_mut(index as usize) {
            folder.own.add(bytes, exposure, complete);
        }
    }

    /// Each folder with all below it, in the order of [`Folders::list`].
    pub fn totals(&self) -> Vec<Part> {
        let mut all: Vec<Part> = self.list.iter().map(|f| f.own.clone()).collect();
        for (n, folder) in self.list.iter().enumerate().skip(1).rev() {
            let Some(part) = all.get(n).cloned() else {
                continue;
            };
            if let Some(above) = all.get_mut(folder.parent as usize) {
                above.merge(&part);
            }
        }
        all
    }

    /// The path of a folder as shown.
    pub fn path(&self, index: u32) -> String {
        let mut names = Vec::new();
        let mut at = index;
        while let Some(folder) = self.list.get(at as usize).filter(|_| at != 0) {
            names.push(folder.name.as_str());
            at = folder.parent;
        }
        names.reverse();
        names.join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_find_their_folders_and_too_many_count_above() {
        let mut folders = Folders::new(5);
        let mut place = |p: &str| folders.place(p);
        assert_eq!(place("share/a/x.txt"), (2, "x.txt".into()));
        assert_eq!(place("/srv/b/y.txt"), (4, "y.txt".into()));
        assert_eq!(place("top.txt"), (0, "top.txt".into()));
        assert_eq!(place("share/a/b/c/z.txt"), (2, "b/c/z.txt".into()));
        assert_eq!(folders.merged, 1);
        assert_eq!(folders.path(2), "share/a");
        assert_eq!(folders.path(4), "/srv/b");
        let exposure = Exposure {
            score: 3,
            ..Exposure::default()
        };
        folders.add(2, 10, &exposure, true);
        folders.add(4, 1, &exposure, false);
        let totals = folders.totals();
        assert_eq!(
            (totals[0].files, totals[0].bytes, totals[0].score),
            (2, 11, 6)
        );
        assert_eq!((totals[1].files, totals[3].incomplete), (1, 1));
    }
}
