//! The file system below a path and the disk below that, from `statfs`, procfs and sysfs.

use super::{Device, Mount, folder, linux};
use rustix::fs::{AtFlags, StatxFlags, statx};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// The file system that a path is on.
///
/// # Errors
/// Those of the system; `NotFound` when the list of mounts does not have it.
pub fn mount(path: &Path) -> io::Result<Mount> {
    of(path)
}

impl crate::sys::Folder {
    /// The file system that it is on, whatever has its name now.
    ///
    /// # Errors
    /// As [`mount`].
    pub fn mount(&self) -> io::Result<Mount> {
        use std::os::fd::{AsFd, AsRawFd};
        let number = self.as_fd().as_raw_fd();
        of(Path::new(&format!("/proc/self/fd/{number}")))
    }
}

fn of(path: &Path) -> io::Result<Mount> {
    let handle = folder::handle(path)?;
    let magic = folder::magic(path)?;
    let stat = statx(&handle, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID)?;
    let device = (stat.stx_dev_major, stat.stx_dev_minor);
    let known = stat.stx_mask & StatxFlags::MNT_ID.bits() != 0;
    let list = fs::read("/proc/self/mountinfo")?;
    let mut found = None;
    for line in list.split(|&b| b == b'\n') {
        let Some((id, mount)) = parse(line) else {
            continue;
        };
        // Later lines lie over earlier ones.
        let same = if known {
            id == stat.stx_mnt_id
        } else {
            mount.device == device
        };
        if same {
            found = Some(mount);
        }
    }
    let mut mount = found.ok_or(io::ErrorKind::NotFound)?;
    mount.magic = magic;
    if mount.fs.starts_with("ext") {
        add_ext(&mut mount);
    }
    Ok(mount)
}

/// What ext4 says elsewhere: all its options, those of the superblock too, and whether it has a journal.
fn add_ext(mount: &mut Mount) {
    let Some(path) = numbered(Path::new("/sys"), mount.device) else {
        return;
    };
    let name = path.file_name().unwrap_or_default();
    if let Ok(all) = fs::read_to_string(Path::new("/proc/fs/ext4").join(name).join("options")) {
        for option in all.lines() {
            mount.options.push(',');
            mount.options.push_str(option.trim());
        }
    }
    let task = text(&Path::new("/sys/fs/ext4").join(name).join("journal_task"));
    mount.journal = task.map(|t| t != "<none>");
}

/// One line of mountinfo: mount id and what it says. Standard: Linux `proc(5)`.
fn parse(line: &[u8]) -> Option<(u64, Mount)> {
    let mut fields = line.split(|&b| b == b' ');
    let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    let id = text(fields.next()?).parse().ok()?;
    let _parent = fields.next()?;
    let device = text(fields.next()?);
    let (major, minor) = device.split_once(':')?;
    let _root = fields.next()?;
    let point = unescaped(fields.next()?);
    let own = text(fields.next()?);
    let mut rest = fields.skip_while(|f| *f != b"-");
    let _dash = rest.next()?;
    let fs = text(rest.next()?);
    let source = unescaped(rest.next()?);
    let shared = rest.next().map(text).unwrap_or_default();
    Some((
        id,
        Mount {
            device: (major.parse().ok()?, minor.parse().ok()?),
            point,
            fs,
            source,
            options: format!("{own},{shared}"),
            magic: 0,
            journal: None,
        },
    ))
}

/// `\040` and the like back into bytes.
fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&b, after)) = rest.split_first() {
        let octal = after
            .get(..3)
            .filter(|d| d.iter().all(|c| (b'0'..b'8').contains(c)));
        match octal {
            Some(digits) if b == b'\\' => {
                let value = digits
                    .iter()
                    .fold(0_u32, |n, d| n * 8 + u32::from(d - b'0'));
                out.push(u8::try_from(value).unwrap_or(b'?'));
                rest = after.get(3..).unwrap_or_default();
            }
            _ => {
                out.push(b);
                rest = after;
            }
        }
    }
    out
}

/// Where an ext4 file system says how many clusters it keeps for itself, and takes another number.
fn clusters(mount: &Mount) -> Option<PathBuf> {
    let device = numbered(Path::new("/sys"), mount.device)?;
    let folder = Path::new("/sys/fs/ext4").join(device.file_name()?);
    Some(folder.join("reserved_clusters"))
}

/// Clusters that an ext4 file system keeps for itself, which nobody can write to; `None` elsewhere.
pub fn reserved_clusters(mount: &Mount) -> Option<u64> {
    number(&clusters(mount)?)
}

/// Has an ext4 file system keep so many clusters for itself, until the next mount.
///
/// # Errors
/// `Unsupported` elsewhere; those of the system.
pub fn reserve_clusters(mount: &Mount, count: u64) -> io::Result<()> {
    let path = clusters(mount).ok_or(io::ErrorKind::Unsupported)?;
    fs::write(path, count.to_string())
}

/// What is known of the disks below a file system.
pub fn device(mount: &Mount) -> Device {
    below(Path::new("/sys"), mount, 0)
}

/// Images within images that are followed.
const DEEPEST: u32 = 8;

fn below(sysfs: &Path, mount: &Mount, depth: u32) -> Device {
    let mut at = numbered(sysfs, mount.device);
    if at.is_none() {
        // btrfs and FUSE have numbers of their own; what they are on is the source.
        use std::os::unix::ffi::OsStrExt;
        let source = Path::new(std::ffi::OsStr::from_bytes(&mount.source));
        let facts = folder::handle(source).ok().and_then(|h| {
            let stat = rustix::fs::fstat(&h).ok()?;
            Some(linux::split(stat.st_rdev))
        });
        at = facts.and_then(|number| numbered(sysfs, number));
    }
    let mut device = Device::default();
    let Some(top) = at else {
        return device;
    };
    device.bytes = number(&top.join("size")).unwrap_or(0).saturating_mul(512);
    let mut to_do = vec![top];
    let mut seen = BTreeSet::new();
    let mut turning = Vec::new();
    while let Some(path) = to_do.pop() {
        if !seen.insert(path.clone()) || seen.len() > 256 {
            continue;
        }
        device.keeps_versions |= keeps_versions(&path) || image_keeps(sysfs, &path, depth);
        let slaves = children(&path.join("slaves"));
        if slaves.is_empty() {
            disk(&path, &mut device, &mut turning);
        }
        to_do.extend(slaves);
    }
    device.disks.sort();
    device.rotational = match turning.as_slice() {
        [] => None,
        all => Some(all.iter().all(|t| *t)),
    };
    device
}

/// The folder of a device number; a partition's is its disk's below.
fn numbered(sysfs: &Path, (major, minor): (u32, u32)) -> Option<PathBuf> {
    fs::canonicalize(sysfs.join(format!("dev/block/{major}:{minor}"))).ok()
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let list = fs::read_dir(folder).into_iter().flatten().flatten();
    list.filter_map(|e| fs::canonicalize(e.path()).ok())
        .collect()
}

fn text(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok().map(|t| t.trim().to_owned())
}

fn number(path: &Path) -> Option<u64> {
    text(path)?.parse().ok()
}

/// Whether a layer of the device mapper keeps old blocks, or may: the origin of a snapshot lies on `…-real`, a thin
/// volume on `…-tpool`, one with a cache on `…_corig`, one without duplicates on `…-vpool`. Who made a layer, and so
/// what it does, stands in its uuid; of any other than encryption, several paths, partitions and LVM nothing is known.
fn keeps_versions(path: &Path) -> bool {
    const ENDS: [&str; 8] = [
        "-real", "-cow", "-tpool", "_corig", "_cdata", "_cvol", "-vpool", "_vdata",
    ];
    const KNOWN: [&str; 4] = ["LVM-", "CRYPT-", "mpath-", "part"];
    let is_mapped = path.join("dm").exists();
    let uuid = text(&path.join("dm/uuid")).unwrap_or_default();
    let unknown = is_mapped && !KNOWN.iter().any(|k| uuid.starts_with(k));
    unknown
        || children(&path.join("slaves")).iter().any(|slave| {
            let name = text(&slave.join("dm/name")).unwrap_or_default();
            ENDS.iter().any(|end| name.ends_with(end))
        })
}

/// Whether a loop device lies on a file whose own file system writes elsewhere, or on a disk that keeps old blocks.
fn image_keeps(sysfs: &Path, device: &Path, depth: u32) -> bool {
    // btrfs, ZFS, bcachefs, F2FS, NILFS.
    const ELSEWHERE: [u64; 5] = [0x9123_683E, 0x2FC1_2FC1, 0xCA45_1A4E, 0xF2F5_2010, 0x3434];
    let Some(image) = text(&device.join("loop/backing_file")) else {
        return false;
    };
    let image = Path::new(&image);
    // One that is not seen from here cannot be judged; the medium says that it is virtual.
    let Ok(mount) = of(image) else {
        return false;
    };
    let in_place = || {
        let file = fs::File::open(image).ok();
        file.and_then(|f| linux::inode_flags(&f))
            .is_some_and(super::InodeFlags::is_in_place)
    };
    let elsewhere = ELSEWHERE.contains(&mount.magic) && !in_place();
    elsewhere || (depth < DEEPEST && below(sysfs, &mount, depth + 1).keeps_versions)
}

fn disk(path: &Path, device: &mut Device, turning: &mut Vec<bool>) {
    let whole = if path.join("partition").exists() {
        path.parent().unwrap_or(path)
    } else {
        path
    };
    let name = whole
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let model = text(&whole.join("device/model")).unwrap_or_default();
    let vendor = text(&whole.join("device/vendor")).unwrap_or_default();
    let by_name = [
        "loop", "vd", "xvd", "zram", "ram", "nbd", "rbd", "fd", "pmem",
    ];
    let by_make = [
        "QEMU", "VMware", "VBOX", "Msft", "Virtual", "Google", "Xen", "Amazon",
    ];
    device.is_virtual |= by_name.iter().any(|n| name.starts_with(n))
        || by_make
            .iter()
            .any(|m| model.contains(m) || vendor.contains(m));
    if let Some(turns) = number(&whole.join("queue/rotational")) {
        turning.push(turns == 1);
    }
    device.discards |= number(&whole.join("queue/discard_max_bytes")).unwrap_or(0) > 0;
    if device.model.is_empty() {
        format!("{vendor} {model}")
            .trim()
            .clone_into(&mut device.model);
        device.serial = text(&whole.join("device/serial"))
            .or_else(|| text(&whole.join("serial")))
            .unwrap_or_default();
    }
    device.disks.push(name);
}

/// Whether pages may stand in clear in a swap area: some is in use that is neither in memory (zram) nor
/// encrypted.
pub fn is_swap_clear() -> bool {
    let swaps = fs::read_to_string("/proc/swaps").unwrap_or_default();
    swaps.lines().skip(1).any(|line| {
        let name = line.split_whitespace().next().unwrap_or_default();
        let last = name.rsplit('/').next().unwrap_or_default();
        let uuid = text(&Path::new("/sys/block").join(last).join("dm/uuid"));
        !last.starts_with("zram") && !uuid.is_some_and(|u| u.starts_with("CRYPT-"))
    })
}

/// Release of the kernel.
pub fn kernel() -> String {
    text(Path::new("/proc/sys/kernel/osrelease")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_mountinfo() {
        let line =
            br"36 35 98:0 /mnt1 /mnt\0402 rw,noatime master:1 - ext3 /dev/root rw,errors=continue";
        let (id, mount) = parse(line).unwrap();
        assert_eq!(id, 36);
        assert_eq!(mount.device, (98, 0));
        assert_eq!(mount.point, b"/mnt 2");
        assert_eq!(
            (mount.fs.as_str(), &mount.source[..]),
            ("ext3", &b"/dev/root"[..])
        );
        assert!(mount.has("noatime") && mount.has("errors=continue") && !mount.has("ro"));
        assert!(mount.has_prefix("errors") && parse(b"").is_none() && parse(b"1 2 x").is_none());
    }

    #[test]
    fn disks_below_are_found_through_partitions_and_mapper() {
        let dir = tempfile::tempdir().unwrap();
        let at = |p: &str| dir.path().join(p);
        let put = |p: &str, text: &str| {
            fs::create_dir_all(at(p).parent().unwrap()).unwrap();
            fs::write(at(p), text).unwrap();
        };
        let link = |to: &str, from: &str| {
            fs::create_dir_all(at(from).parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(at(to), at(from)).unwrap();
        };
        put("block/sda/queue/rotational", "1\n");
        put("block/sda/queue/discard_max_bytes", "0\n");
        put("block/sda/device/model", "ST1000\n");
        put("block/sda/sda1/partition", "1\n");
        put("block/sda/sda1/size", "16\n");
        put("block/nvme0n1/queue/rotational", "0\n");
        put("block/nvme0n1/queue/discard_max_bytes", "4096\n");
        put("block/dm-0/dm/name", "vg-root\n");
        put("block/dm-1/dm/name", "vg-root-real\n");
        link("block/sda/sda1", "dev/block/8:1");
        link("block/dm-0", "dev/block/253:0");
        link("block/dm-1", "block/dm-0/slaves/dm-1");
        link("block/nvme0n1", "block/dm-1/slaves/nvme0n1");
        link("block/sda/sda1", "block/dm-1/slaves/sda1");
        let of = |device| {
            below(
                dir.path(),
                &Mount {
                    device,
                    ..Mount::default()
                },
                0,
            )
        };
        let plain = of((8, 1));
        assert_eq!(plain.disks, ["sda"]);
        assert_eq!(plain.rotational, Some(true));
        assert_eq!((plain.model.as_str(), plain.bytes), ("ST1000", 8192));
        assert!(!plain.is_virtual && !plain.discards && !plain.keeps_versions);
        let mixed = of((253, 0));
        assert_eq!(mixed.disks, ["nvme0n1", "sda"]);
        assert_eq!(mixed.rotational, Some(false));
        assert!(mixed.discards && mixed.keeps_versions);
        assert_eq!(of((7, 7)), Device::default());
        // Layers of the device mapper: encryption and plain volumes are known, anything else is not.
        put("block/sdb/queue/rotational", "1\n");
        for (number, uuid, name, keeps) in [
            (2, "LVM-x", "vg-home", false),
            (3, "CRYPT-LUKS2-x", "luks", false),
            (4, "", "made-by-hand", true),
            (5, "VDO-x", "vdo", true),
        ] {
            put(&format!("block/dm-{number}/dm/name"), name);
            put(&format!("block/dm-{number}/dm/uuid"), uuid);
            link("block/sdb", &format!("block/dm-{number}/slaves/sdb"));
            link(
                &format!("block/dm-{number}"),
                &format!("dev/block/253:{number}"),
            );
            assert_eq!(of((253, number)).keeps_versions, keeps, "{name}");
        }
        for end in ["_corig", "-vpool", "-cow"] {
            put("block/dm-6/dm/name", &format!("vg-lv{end}"));
            put("block/dm-6/dm/uuid", "LVM-y");
            let _ = fs::remove_file(at("block/dm-2/slaves/dm-6"));
            link("block/dm-6", "block/dm-2/slaves/dm-6");
            assert!(of((253, 2)).keeps_versions, "{end}");
        }
    }
}
