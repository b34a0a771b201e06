//! Files of the plans of a job: a rescan no longer lists what waits in quarantine, and a hold must find it.

use crate::{
    cli::desk,
    erase::QUARANTINE,
    model::{Identity, Item, Name, Plan},
    sys::Folder,
    words::Language,
};
use std::{
    collections::HashMap,
    fs::File,
    io,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::Path,
};

/// Where the file of an item is now.
pub(super) enum Found {
    /// In quarantine.
    Waiting(File),
    /// Where the plan says.
    There(File),
    /// Nowhere: it went, or is another file by now.
    Gone,
    /// Nobody can tell: its root or the file cannot be opened.
    Unknown,
}

/// The plans that were made in a job, and how many of them cannot be read: each of those is told.
pub(in crate::cli) fn plans(job: &Path, language: Language) -> (Vec<Plan>, u64) {
    let (mut all, mut unread) = (Vec::new(), 0);
    for path in desk::in_folder(&job.join(desk::PLANS)) {
        match desk::plan(&path, language) {
            Ok(file) => all.push(file.plan().clone()),
            Err(e) => {
                unread += 1;
                desk::say(&crate::words::Word::Warning.fill(language, &[&e.text]));
            }
        }
    }
    (all, unread)
}

/// What waits in the quarantine folders of a root, by inode: the folder and the name in it.
type Waiting = HashMap<u64, (Folder, Vec<u8>)>;

/// The roots of one plan, and what waits in quarantine below each.
pub(super) struct Roots(Vec<io::Result<Waiting>>);

impl Roots {
    pub(super) fn of(plan: &Plan) -> Self {
        Self(plan.roots.iter().map(waiting).collect())
    }

    /// Finds the file of an item.
    pub(super) fn find(&self, plan: &Plan, item: &Item) -> Found {
        let Some(identity) = &item.identity else {
            return Found::Gone;
        };
        let Some(Ok(waiting)) = self.0.get(item.root as usize) else {
            return Found::Unknown;
        };
        if let Some((folder, name)) = waiting.get(&identity.inode) {
            return folder
                .open_to_look(name)
                .map_or(Found::Unknown, Found::Waiting);
        }
        let whole = plan.path_of(item);
        let path = Path::new(std::ffi::OsStr::from_bytes(whole.bytes()));
        match path.symlink_metadata() {
            Ok(there) if is_it(&there, identity) => {
                File::open(path).map_or(Found::Unknown, Found::There)
            }
            Ok(_) => Found::Gone,
            Err(e) if e.kind() == io::ErrorKind::NotFound => Found::Gone,
            Err(_) => Found::Unknown,
        }
    }
}

fn is_it(there: &std::fs::Metadata, identity: &Identity) -> bool {
    there.is_file() && there.ino() == identity.inode && there.dev() == identity.device
}

/// What waits in the quarantine folders of a root.
fn waiting(root: &Name) -> io::Result<Waiting> {
    let path = Path::new(std::ffi::OsStr::from_bytes(root.bytes()));
    let mut out = Waiting::new();
    below(&Folder::open(path)?, &mut out)?;
    Ok(out)
}

fn below(folder: &Folder, out: &mut Waiting) -> io::Result<()> {
    let mut names = Vec::new();
    folder.list(&mut |name, _| {
        if name.starts_with(QUARANTINE.as_bytes()) {
            names.push(name.to_vec());
        }
    })?;
    for name in names {
        let quarantine = folder.folder(&name)?;
        let mut files = Vec::new();
        quarantine.list(&mut |name, _| files.push(name.to_vec()))?;
        for file in files {
            if let Some(inode) = quarantine.inode_of(&file)? {
                out.insert(inode.inode, (folder.folder(&name)?, file));
            }
        }
    }
    Ok(())
}
