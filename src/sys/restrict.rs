//! The process gives up what it does not need: on Linux by Landlock.

use std::path::PathBuf;

/// What a process still may do.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// Files and folders that are read, with all below.
    pub read: Vec<PathBuf>,
    /// Folders whose names are listed, with those below.
    pub list: Vec<PathBuf>,
    /// Programs that are started, and what they load.
    pub run: Vec<PathBuf>,
    /// Folders that are written, with all below.
    pub write: Vec<PathBuf>,
}

/// What the kernel granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restricted {
    /// Files and network are closed but for what is needed.
    Fully,
    /// Some of it: the kernel is older than the program.
    Partly,
    /// Nothing: the kernel or system has no such thing.
    Not,
}

/// Folders from which programs load their libraries.
pub const LIBRARIES: [&str; 6] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
];

/// Closes everything to this thread, and to threads and programs it starts from now on, but for the
/// needs: no other file is opened, no TCP connection made or taken. Cannot be taken back. Paths that do not
/// exist are passed over.
#[cfg(target_os = "linux")]
pub fn restrict(needs: &Needs) -> Restricted {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, PathBeneath, PathFd, Ruleset, RulesetAttr,
        RulesetCreatedAttr, RulesetError, RulesetStatus,
    };
    let abi = ABI::V5;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let folder = AccessFs::ReadDir.into();
    let run = AccessFs::from_read(abi);
    let rights = [
        (&needs.read, read),
        (&needs.list, folder),
        (&needs.run, run),
        (&needs.write, AccessFs::from_all(abi)),
    ];
    let attempt = || -> Result<RulesetStatus, RulesetError> {
        let mut rules = Ruleset::default()
            .handle_access(AccessFs::from_all(abi))?
            .handle_access(AccessNet::from_all(abi))?
            .create()?;
        for (paths, access) in rights {
            for path in paths {
                let Ok(fd) = PathFd::new(path) else { continue };
                // A right that only folders have is no right of a file.
                let access = if path.is_dir() {
                    access
                } else {
                    access & AccessFs::from_file(abi)
                };
                rules = rules.add_rule(PathBeneath::new(fd, access))?;
            }
        }
        Ok(rules.restrict_self()?.ruleset)
    };
    match attempt() {
        Ok(RulesetStatus::FullyEnforced) => Restricted::Fully,
        Ok(RulesetStatus::PartiallyEnforced) => Restricted::Partly,
        Ok(RulesetStatus::NotEnforced) | Err(_) => Restricted::Not,
    }
}

/// Nothing: this system has no such thing.
#[cfg(not(target_os = "linux"))]
pub fn restrict(_: &Needs) -> Restricted {
    Restricted::Not
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_restricted_thread_reads_and_writes_what_it_needs() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["in", "out", "other"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
            std::fs::write(dir.path().join(name).join("a"), b"text").unwrap();
        }
        let at = |name: &str| dir.path().join(name);
        let needs = Needs {
            read: vec![at("in"), at("missing")],
            write: vec![at("out")],
            ..Needs::default()
        };
        // The rules are the thread's own: the others of this test program keep their rights.
        let told = std::thread::scope(|s| {
            s.spawn(|| {
                let granted = restrict(&needs);
                let read = |name: &str| std::fs::read(at(name).join("a")).is_ok();
                let write = |name: &str| std::fs::write(at(name).join("b"), b"x").is_ok();
                let connect = std::net::TcpStream::connect(("127.0.0.1", 9)).map_err(|e| e.kind());
                (
                    granted,
                    (read("in"), read("out"), read("other")),
                    (write("in"), write("out"), write("other")),
                    connect.err(),
                )
            })
            .join()
            .unwrap()
        });
        let (granted, read, write, connect) = told;
        if granted == Restricted::Not {
            // The kernel has no Landlock: nothing is closed, and it says so.
            assert_eq!((read, write), ((true, true, true), (true, true, true)));
            return;
        }
        assert_eq!(read, (true, true, false));
        assert_eq!(write, (false, true, false));
        if granted == Restricted::Fully {
            assert_eq!(connect, Some(std::io::ErrorKind::PermissionDenied));
        }
        assert!(at("other").join("a").exists());
    }
}
