//! A tar stream: what age files and the neutral member of a zip hold. Standard: POSIX.1-2017, pax.

use super::{ContainerError, Entry, copy_exactly};
use std::io::{self, Read, Write};

const BLOCK: usize = 512;
/// Longest name that is read; file systems end far below.
pub const MAX_TAR_NAME: usize = 64 << 10;
/// Sizes from here on do not fit the eleven octal digits of a header.
const LARGE: u64 = 1 << 33;

/// Writes a tar stream.
#[derive(Debug)]
pub(super) struct Writer<W: Write>(W);

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W) -> Self {
        Self(out)
    }

    pub(super) fn add(
        &mut self,
        entry: &Entry,
        reader: &mut dyn Read,
    ) -> Result<(), ContainerError> {
        let name = entry.name.as_bytes();
        if name.is_empty() || name.contains(&0) || name.len() > MAX_TAR_NAME {
            return Err(ContainerError::Name);
        }
        let mut records = String::new();
        if name.len() > 100 || !name.is_ascii() {
            record("path", &entry.name, &mut records);
        }
        if entry.size >= LARGE {
            record("size", &entry.size.to_string(), &mut records);
        }
        let put = |out: &mut W, bytes: &[u8]| {
            out.write_all(bytes)
                .map_err(ContainerError::io("write the box"))
        };
        if !records.is_empty() {
            let size = records.len() as u64;
            put(
                &mut self.0,
                &header(b"././@PaxHeader", size, entry.modified, b'x'),
            )?;
            put(&mut self.0, records.as_bytes())?;
            put(&mut self.0, padding(size))?;
        }
        // Programs that do not know pax records see the plain form.
        let plain: Vec<u8> = name
            .iter()
            .map(|&b| if b.is_ascii() { b } else { b'_' })
            .collect();
        let size = if entry.size >= LARGE { 0 } else { entry.size };
        let plain = plain.get(..plain.len().min(100)).unwrap_or_default();
        put(&mut self.0, &header(plain, size, entry.modified, b'0'))?;
        copy_exactly(reader, entry.size, |bytes| put(&mut self.0, bytes))?;
        put(&mut self.0, padding(entry.size))
    }

    /// Writes the end of the stream and gives back what it was written to.
    pub(super) fn finish(mut self) -> Result<W, ContainerError> {
        self.0
            .write_all(&[0; 2 * BLOCK])
            .map_err(ContainerError::io("write the box"))?;
        Ok(self.0)
    }
}

/// A pax record: its own length in decimal, keyword, value.
fn record(key: &str, value: &str, out: &mut String) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    for part in [&length.to_string(), " ", key, "=", value, "\n"] {
        out.push_str(part);
    }
}

fn padding(size: u64) -> &'static [u8] {
    const ZEROS: [u8; BLOCK] = [0; BLOCK];
    let over = usize::try_from(size % BLOCK as u64).unwrap_or(0);
    ZEROS.get(..(BLOCK - over) % BLOCK).unwrap_or_default()
}

fn header(name: &[u8], size: u64, modified: Option<u64>, kind: u8) -> [u8; BLOCK] {
    let mut out = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| {
        for (to, from) in out.iter_mut().skip(at).zip(bytes) {
            *to = *from;
        }
    };
    put(0, name);
    put(100, b"0000600\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    let time = modified.unwrap_or(0).min(LARGE - 1);
    put(136, format!("{time:011o}\0").as_bytes());
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = out.iter().map(|&b| u32::from(b)).sum();
    for (to, from) in out
        .iter_mut()
        .skip(148)
        .zip(format!("{sum:06o}\0 ").as_bytes())
    {
        *to = *from;
    }
    out
}

/// Gives every file of a tar stream to `each`, and reads what follows up to the end of the input, so that
/// what checks the whole input is asked.
pub(super) fn read(
    input: &mut dyn Read,
    each: &mut dyn FnMut(&Entry, &mut dyn Read) -> Result<(), ContainerError>,
) -> Result<(), ContainerError> {
    let mut path: Option<String> = None;
    let mut long_size: Option<u64> = None;
    loop {
        let mut block = [0; BLOCK];
        input
            .read_exact(&mut block)
            .map_err(ContainerError::io("read the list of files"))?;
        if block.iter().all(|&b| b == 0) {
            break;
        }
        let (name, size, modified, kind) = parsed(&block)?;
        if kind == b'x' {
            let records = small(input, size)?;
            (path, long_size) = pax(&records)?;
            continue;
        }
        if !matches!(kind, b'0' | 0) {
            return Err(ContainerError::Damaged("something that is no file"));
        }
        let entry = Entry {
            name: path.take().unwrap_or(name),
            size: long_size.take().unwrap_or(size),
            modified: Some(modified),
        };
        let mut inside = input.take(entry.size);
        each(&entry, &mut inside)?;
        io::copy(&mut inside, &mut io::sink()).map_err(ContainerError::io("read a file in it"))?;
        if inside.limit() > 0 {
            return Err(ContainerError::Damaged("it ends early"));
        }
        let mut rest = vec![0; padding(entry.size).len()];
        input
            .read_exact(&mut rest)
            .map_err(ContainerError::io("read a file in it"))?;
    }
    io::copy(input, &mut io::sink()).map_err(ContainerError::io("read its end"))?;
    Ok(())
}

fn small(input: &mut dyn Read, size: u64) -> Result<Vec<u8>, ContainerError> {
    if size > 2 * MAX_TAR_NAME as u64 {
        return Err(ContainerError::Damaged("a name that is too long"));
    }
    let mut out = vec![0; usize::try_from(size).unwrap_or(0) + padding(size).len()];
    input
        .read_exact(&mut out)
        .map_err(ContainerError::io("read the list of files"))?;
    out.truncate(usize::try_from(size).unwrap_or(0));
    Ok(out)
}

type Parsed = (String, u64, u64, u8);

fn parsed(block: &[u8; BLOCK]) -> Result<Parsed, ContainerError> {
    let damaged = ContainerError::Damaged("the list of files");
    let field = |from: usize, to: usize| block.get(from..to).unwrap_or_default();
    let octal = |from, to| {
        let text = std::str::from_utf8(field(from, to)).ok()?;
        let text = text.trim_matches(|c: char| c == '\0' || c == ' ');
        u64::from_str_radix(text, 8).ok()
    };
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(i, &b)| u64::from(if (148..156).contains(&i) { b' ' } else { b }))
        .sum();
    if octal(148, 156) != Some(sum) {
        return Err(damaged);
    }
    let name = field(0, 100);
    let name = name.split(|&b| b == 0).next().unwrap_or_default();
    let name =
        std::str::from_utf8(name).map_err(|_| ContainerError::Damaged("the list of files"))?;
    match (octal(124, 136), octal(136, 148)) {
        (Some(size), Some(modified)) => Ok((
            name.to_owned(),
            size,
            modified,
            block.get(156).copied().unwrap_or(0),
        )),
        _ => Err(damaged),
    }
}

type Pax = (Option<String>, Option<u64>);

fn pax(mut records: &[u8]) -> Result<Pax, ContainerError> {
    let damaged = || ContainerError::Damaged("the list of files");
    let mut out = (None, None);
    while !records.is_empty() {
        let space = records
            .iter()
            .position(|&b| b == b' ')
            .ok_or_else(damaged)?;
        let (length, _) = records.split_at_checked(space).ok_or_else(damaged)?;
        let length: usize = std::str::from_utf8(length)
            .ok()
            .and_then(|t| t.parse().ok())
            .ok_or_else(damaged)?;
        let (record, rest) = records.split_at_checked(length).ok_or_else(damaged)?;
        let text = record
            .get(space + 1..)
            .and_then(|r| std::str::from_utf8(r).ok())
            .and_then(|r| r.strip_suffix('\n'))
            .ok_or_else(damaged)?;
        match text.split_once('=').ok_or_else(damaged)? {
            ("path", value) => out.0 = Some(value.to_owned()),
            ("size", value) => out.1 = Some(value.parse().map_err(|_| damaged())?),
            _ => {}
        }
        records = rest;
    }
    Ok(out)
}
