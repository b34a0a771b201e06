//! Secrets as they come in: from a file, from standard input, or typed without being shown. They are wiped
//! from memory when they go.

use super::{Trouble, shown::Shown as _};
use crate::{
    reports::Condition,
    sys,
    words::{Language, PackageWord, PlanWord},
};
use std::{
    fs::File,
    io::{self, IsTerminal, Read, Write},
    path::Path,
};
use zeroize::Zeroizing;

/// Bytes of a line or key file at most: longer ones are none.
const MOST: u64 = 64 << 10;

/// The first line of a file, or of standard input for `-`; typed there, it is not shown.
pub(super) fn first_line(path: &Path, language: Language) -> Result<Zeroizing<String>, Trouble> {
    let failed =
        |e: io::Error| Trouble::usage(PlanWord::Unreadable.fill(language, &[&path.shown(), &e]));
    if path != Path::new("-") {
        return line(File::open(path).map_err(failed)?).map_err(failed);
    }
    if io::stdin().is_terminal() {
        return ask(language);
    }
    line(sys::StandardInput).map_err(failed)
}

/// Asks for a pass phrase on the terminal.
pub(super) fn ask(language: Language) -> Result<Zeroizing<String>, Trouble> {
    let mut err = io::stderr();
    write!(err, "{}", PackageWord::AskPassphrase.text(language))?;
    err.flush()?;
    let typed = sys::read_silently();
    writeln!(err)?;
    typed.map_err(|e| Trouble {
        condition: match e.kind() {
            io::ErrorKind::Interrupted => Condition::Interrupted,
            _ => Condition::Failed,
        },
        text: e.to_string(),
    })
}

/// A private key's file: text whose room is wiped.
pub(super) fn key_text(path: &Path, language: Language) -> Result<Zeroizing<String>, Trouble> {
    let failed =
        |e: io::Error| Trouble::usage(PlanWord::Unreadable.fill(language, &[&path.shown(), &e]));
    let bytes = File::open(path).and_then(whole).map_err(failed)?;
    text(&bytes).map_err(failed)
}

/// Up to the first line end, or the end.
fn line(from: impl Read) -> io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(256));
    let mut one = Zeroizing::new([0u8]);
    // Byte by byte, so that nothing of it stays in a buffer that nobody wipes.
    let mut from = from.take(MOST);
    loop {
        match from.read(&mut *one) {
            Ok(1) if one[0] != b'\n' => push(&mut bytes, one[0]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            done => {
                done?;
                break;
            }
        }
    }
    while bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    text(&bytes)
}

/// Adds a byte; when the room is used up, the old one is wiped after its content moved.
fn push(bytes: &mut Zeroizing<Vec<u8>>, byte: u8) {
    if bytes.len() == bytes.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(bytes.capacity() * 2));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.push(byte);
}

fn whole(file: File) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(MOST).unwrap_or(0)));
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn text(bytes: &[u8]) -> io::Result<Zeroizing<String>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lines() {
        let read = |bytes: &[u8]| line(bytes).map(|l| l.to_string()).ok();
        assert_eq!(read("口令 one\r\nsecond".as_bytes()).unwrap(), "口令 one");
        assert_eq!(read(b"no end").unwrap(), "no end");
        assert_eq!(read(b"").unwrap(), "");
        assert_eq!(read(&[b'x'; 1_000]).unwrap().len(), 1_000);
        assert_eq!(read(b"\xff\n"), None);
    }
}
