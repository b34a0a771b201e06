//! Signals, rights, and who else has a file open.
#![allow(unsafe_code, reason = "rustix has no safe wrapper for signal handlers")]

use crate::sys::Inode;
use rustix::process::Signal;
use std::{
    ffi::c_int,
    fs::File,
    os::fd::AsRawFd,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

unsafe extern "C" {
    fn signal(number: c_int, handler: usize) -> usize;
}

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

static BREAKS: AtomicU64 = AtomicU64::new(0);

extern "C" fn on_interrupt(_: c_int) {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

extern "C" fn on_break(_: c_int) {
    BREAKS.fetch_add(1, Ordering::Relaxed);
}

/// From now on an interrupt (Ctrl-C, end of the session, `kill`) is noted instead of ending the process,
/// and so is somebody's wish to open a leased file, whose signal would end it too.
pub fn catch_signals() {
    let handlers: [(Signal, extern "C" fn(c_int)); 4] = [
        (Signal::INT, on_interrupt),
        (Signal::TERM, on_interrupt),
        (Signal::HUP, on_interrupt),
        (Signal::IO, on_break),
    ];
    for (number, handler) in handlers {
        // SAFETY: both handlers only touch atomics, which is allowed in a signal handler; `signal` takes
        // the address of a function with this type.
        unsafe { signal(number.as_raw(), handler as *const () as usize) };
    }
}

/// While this stands, what would end the process is noted instead; dropped, it is as it was before.
#[derive(Debug)]
pub struct Caught([(Signal, usize); 3]);

impl Caught {
    /// Begins.
    pub fn begin() -> Self {
        Self([Signal::INT, Signal::TERM, Signal::HUP].map(|number| {
            let handler: extern "C" fn(c_int) = on_interrupt;
            // SAFETY: as in `catch_signals`.
            let before = unsafe { signal(number.as_raw(), handler as *const () as usize) };
            (number, before)
        }))
    }
}

impl Drop for Caught {
    fn drop(&mut self) {
        for (number, before) in self.0 {
            // SAFETY: the handler is the one that stood before, as `signal` gave it; when it gave SIG_ERR
            // nothing was changed, and it refuses that here, too.
            unsafe { signal(number.as_raw(), before) };
        }
    }
}

/// Whether an interrupt has come since [`catch_signals`].
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// How often somebody wanted to open a leased file.
pub fn break_signals() -> u64 {
    BREAKS.load(Ordering::Relaxed)
}

/// Whether the process has `CAP_SYS_ADMIN` in its own user namespace.
pub fn can_administer() -> bool {
    const CAP_SYS_ADMIN: u64 = 21;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("CapEff:"));
    let bits = line.and_then(|l| u64::from_str_radix(l.trim(), 16).ok());
    bits.is_some_and(|b| b >> CAP_SYS_ADMIN & 1 == 1)
}

/// Whether another open descriptor or a mapping of this file is seen in `/proc`, in this process or another: for
/// file systems without leases. `None` when not every process could be looked at.
pub fn is_elsewhere_open(inode: Inode, own: &File) -> Option<bool> {
    let mut whole = true;
    let me = std::process::id().to_string();
    let own = own.as_raw_fd().to_string();
    for process in std::fs::read_dir("/proc").ok()?.flatten() {
        let id = process.file_name();
        if !id.as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        let maps = std::fs::read_to_string(process.path().join("maps"));
        if maps.as_ref().is_ok_and(|m| is_mapped(m, inode)) {
            return Some(true);
        }
        let list = std::fs::read_dir(process.path().join("fd"));
        let (Ok(list), Ok(_)) = (list, maps) else {
            // One that has ended meanwhile has nothing open.
            whole &= !process.path().exists();
            continue;
        };
        for fd in list.flatten() {
            if id == *me && fd.file_name() == *own {
                continue;
            }
            if std::fs::metadata(fd.path()).is_ok_and(|m| crate::sys::inode_of(&m) == inode) {
                return Some(true);
            }
        }
    }
    whole.then_some(false)
}

/// Whether a list of mappings has a file. Standard: Linux `proc_pid_maps(5)`: `from-to rights offset major:minor inode
/// name`. File systems without a device of their own (btrfs, FUSE) show another number there than `stat` does.
fn is_mapped(maps: &str, file: Inode) -> bool {
    let (major, minor) = super::linux::split(file.device);
    let wanted = file.inode.to_string();
    maps.lines().any(|line| {
        let mut fields = line.split_ascii_whitespace().skip(3);
        let (Some(device), Some(inode)) = (fields.next(), fields.next()) else {
            return false;
        };
        let number = |text: &str| u32::from_str_radix(text, 16).ok();
        let same = device
            .split_once(':')
            .is_some_and(|(a, b)| number(a) == Some(major) && number(b) == Some(minor));
        inode == wanted && (same || major == 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_told_by_device_and_inode() {
        let maps =
            "55d0-55d1 r--p 00000000 fe:01 4711   /usr/bin/x (deleted)\n7f-80 rw-p 0 00:00 0 \n";
        let on = |major, minor, inode| Inode {
            device: rustix::fs::makedev(major, minor),
            inode,
        };
        assert!(is_mapped(maps, on(0xFE, 1, 4711)));
        assert!(!is_mapped(maps, on(0xFE, 2, 4711)) && !is_mapped(maps, on(0xFE, 1, 471)));
        assert!(is_mapped(maps, on(0, 44, 4711)) && !is_mapped("", on(0, 44, 1)));
    }

    #[test]
    fn a_program_that_runs_is_seen_though_nobody_has_it_open() {
        let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let path = dir.path().join("program");
        std::fs::copy("/bin/sleep", &path).unwrap();
        let file = File::open(&path).unwrap();
        let inode = crate::sys::inode_of(&file.metadata().unwrap());
        assert_ne!(is_elsewhere_open(inode, &file), Some(true));
        let mut running = std::process::Command::new(&path).arg("60").spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300));
        let seen = is_elsewhere_open(inode, &file);
        running.kill().unwrap();
        running.wait().unwrap();
        assert_eq!(seen, Some(true));
    }
}
