//! A file system in an image, a job with keys and approvals, a plan, and the program run on them.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

mod job;
pub(super) use job::{Job, Scene, is_here, planted};

use crate::share::PROGRAM;

/// Stands in every record of what is erased, and nowhere else.
pub(super) const CONTENT: &[u8] = b"#QZV7K9X#";
/// Stands in every name of what is erased.
pub(super) const NAME: &str = "NMX5TQ8J";
/// Stands in every attribute of what is erased.
pub(super) const ATTRIBUTE: &[u8] = b"ATW3LZ6P";

/// What kind of file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub name: &'static str,
    pub make: &'static [&'static str],
    pub options: &'static str,
    pub mebibytes: u64,
}

pub(super) const EXT4: Kind = Kind {
    name: "ext4",
    make: &["mkfs.ext4", "-q", "-F", "-b", "4096"],
    options: "loop",
    mebibytes: 24,
};
pub(super) const EXT4_JOURNAL: Kind = Kind {
    name: "ext4 data=journal",
    options: "loop,data=journal",
    ..EXT4
};
pub(super) const EXT4_INLINE: Kind = Kind {
    name: "ext4 inline_data",
    make: &["mkfs.ext4", "-q", "-F", "-b", "4096", "-O", "inline_data"],
    ..EXT4
};
pub(super) const EXT4_FAST: Kind = Kind {
    name: "ext4 fast_commit",
    make: &["mkfs.ext4", "-q", "-F", "-b", "4096", "-O", "fast_commit"],
    ..EXT4
};
pub(super) const EXT4_NO_JOURNAL: Kind = Kind {
    name: "ext4 without journal, 1 KiB blocks",
    make: &["mkfs.ext4", "-q", "-F", "-b", "1024", "-O", "^has_journal"],
    ..EXT4
};
pub(super) const XFS: Kind = Kind {
    name: "xfs",
    make: &["mkfs.xfs", "-q", "-f"],
    options: "loop",
    mebibytes: 320,
};
pub(super) const BTRFS: Kind = Kind {
    name: "btrfs",
    make: &["mkfs.btrfs", "-q", "-f"],
    options: "loop",
    mebibytes: 256,
};
pub(super) const NTFS: Kind = Kind {
    name: "ntfs-3g",
    make: &["mkfs.ntfs", "-q", "-F", "-f"],
    options: "loop,streams_interface=windows",
    mebibytes: 64,
};
pub(super) const NTFS_ATTRIBUTES: Kind = Kind {
    name: "ntfs-3g with streams as attributes",
    options: "loop",
    ..NTFS
};

pub(super) const EXFAT: Kind = Kind {
    name: "exfat",
    make: &["mkfs.exfat"],
    options: "loop",
    mebibytes: 64,
};

/// Says why a test did not run.
pub(super) fn skipped(why: &str) {
    say(&format!("skipped, not passed: {why}"));
}

/// The harness keeps what is printed for tests that pass; this is seen.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Whether a command ends well, in silence.
pub(super) fn runs(command: &mut Command) -> bool {
    let quiet = command.stdout(std::process::Stdio::null());
    let quiet = quiet.stderr(std::process::Stdio::null());
    quiet.status().is_ok_and(|s| s.success())
}

pub(super) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

/// A mounted image. It is unmounted and removed when dropped.
pub(super) struct Volume {
    _dir: TempDir,
    pub image: PathBuf,
    pub mount: PathBuf,
    kind: Kind,
    mounted: bool,
}

impl Volume {
    /// Makes and mounts one; `None`, and says so, when this machine cannot.
    pub(super) fn new(kind: Kind) -> Option<Self> {
        if !is_root() {
            skipped(&format!("{}: mounting needs root", kind.name));
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let (image, mount) = (dir.path().join("image"), dir.path().join("mount"));
        fs::create_dir(&mount).unwrap();
        File::create(&image)
            .unwrap()
            .set_len(kind.mebibytes << 20)
            .unwrap();
        let (program, args) = kind.make.split_first().unwrap();
        if !runs(Command::new(program).args(args).arg(&image)) {
            skipped(&format!("{}: no {program}", kind.name));
            return None;
        }
        let mut volume = Self {
            _dir: dir,
            image,
            mount,
            kind,
            mounted: false,
        };
        if !volume.try_mount() {
            skipped(&format!("{}: it cannot be mounted here", kind.name));
            return None;
        }
        Some(volume)
    }

    fn try_mount(&mut self) -> bool {
        let mut command = Command::new("mount");
        match self.kind.make[0] {
            "mkfs.ntfs" => drop(command.args(["-t", "ntfs-3g"])),
            "mkfs.exfat" => drop(command.args(["-t", "exfat-fuse"])),
            _ => {}
        }
        command.args(["-o", self.kind.options]);
        self.mounted = runs(command.arg(&self.image).arg(&self.mount));
        self.mounted
    }

    #[track_caller]
    pub(super) fn mount_again(&mut self) {
        assert!(self.try_mount(), "mount");
    }

    #[track_caller]
    pub(super) fn unmount(&mut self) {
        // Something of the desktop may look at a new mount for a moment.
        for _ in 0..50 {
            if runs(Command::new("umount").arg(&self.mount)) {
                self.mounted = false;
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("umount");
    }

    /// So that everything is where it lies in daily life, not in memory.
    pub(super) fn settle(&mut self) {
        self.unmount();
        self.mount_again();
    }

    /// How often each stands in the image: content, names (in UTF-8 and UTF-16), attributes.
    pub(super) fn traces(&self) -> [usize; 3] {
        traces(&self.image)
    }
}

pub(super) fn traces(image: &Path) -> [usize; 3] {
    let bytes = fs::read(image).unwrap();
    let count = |what: &[u8]| memchr::memmem::find_iter(&bytes, what).count();
    let wide: Vec<u8> = NAME.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [
        count(CONTENT),
        count(NAME.as_bytes()) + count(&wide),
        count(ATTRIBUTE),
    ]
}

impl Drop for Volume {
    fn drop(&mut self) {
        if self.mounted {
            runs(Command::new("umount").arg("-l").arg(&self.mount));
        }
    }
}

/// Bytes of records, each with the mark.
pub(super) fn content(mark: &[u8], file: usize, size: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(size + 64);
    let seed = mark
        .iter()
        .fold(file as u64 + 1, |n, b| n.wrapping_mul(257) ^ u64::from(*b));
    let mut record = 0_u64;
    while out.len() < size {
        let mut hash = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ record;
        hash = (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        out.extend(mark);
        let other = hash.wrapping_mul(0x94D0_49BB_1331_11EB);
        out.extend(format!("{file:05},{record:08},{hash:016x},{other:016x}\n").bytes());
        record += 1;
    }
    out.truncate(size);
    out
}

pub(super) fn set_attribute(path: &Path, name: &str, value: &[u8]) -> bool {
    rustix::fs::setxattr(path, name, value, rustix::fs::XattrFlags::CREATE).is_ok()
}

/// Files to be erased in `dir`: of these sizes, with attributes where the file system has them.
pub(super) fn plant(dir: &Path, sizes: &[usize]) -> Vec<PathBuf> {
    fs::create_dir_all(dir).unwrap();
    let mut out = Vec::new();
    for (number, size) in sizes.iter().enumerate() {
        let path = dir.join(format!("{NAME}-客户{number:05}.csv"));
        let mut file = File::create_new(&path).unwrap();
        file.write_all(&content(CONTENT, number, *size)).unwrap();
        set_attribute(&path, "user.note", ATTRIBUTE);
        // People put things into names, too.
        let token = std::str::from_utf8(ATTRIBUTE).unwrap();
        set_attribute(&path, &format!("user.{token}-{number}"), b"1");
        let long: Vec<u8> = ATTRIBUTE.iter().copied().cycle().take(1000).collect();
        set_attribute(&path, "user.long", &long);
        out.push(path);
    }
    out
}

/// Files that must stay as they are, among the others.
pub(super) fn neighbours(dir: &Path, count: usize) -> Vec<(PathBuf, Vec<u8>)> {
    fs::create_dir_all(dir).unwrap();
    let mut out = Vec::new();
    for number in 0..count {
        let path = dir.join(format!("neighbour-{number:04}.txt"));
        let bytes = content(b"kept", number, 200 + number * 997 % 20_000);
        fs::write(&path, &bytes).unwrap();
        out.push((path, bytes));
    }
    out
}

#[track_caller]
pub(super) fn untouched(neighbours: &[(PathBuf, Vec<u8>)]) {
    for (path, bytes) in neighbours {
        let now = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(now == *bytes, "{} changed", path.display());
    }
}

/// A verb that nobody signs for.
pub(super) fn run_plain(args: &[&str]) -> (i32, String, String) {
    ran(Command::new(PROGRAM).args(["--lang", "en"]).args(args))
}

pub(super) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub(super) fn ran(command: &mut Command) -> (i32, String, String) {
    // A killed process must not leave a core behind.
    let output = command.process_group(0).output().unwrap();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[track_caller]
pub(super) fn ends((code, out, err): (i32, String, String), wanted: i32) -> String {
    assert_eq!(code, wanted, "{out}\n{err}");
    out
}
