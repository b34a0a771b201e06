//! tar archives: ustar, pax, GNU and old ones.
//!
//! Read: members in order, streamed; names, targets of links, names of owners, pax records and what stands behind
//! the end are text too. Written: the blocks of the source as long as a member does not change; a changed one gets
//! its new length, name and checksum. Sparse members are read as they are stored, and have no copy when they
//! change. Numbers in pax records that speak of the old data (checksums) are dropped.
//!
//! Standards: POSIX.1-2024 pax, ustar interchange format; GNU tar manual, "Basic Tar Format".

mod header;
#[cfg(test)]
mod tests;

use super::{
    packed::damaged,
    zip::{Coding, decode, encode},
};
use crate::formats::{
    Cx, Format, FormatError, Output, Probe, Source,
    mail::coding::{base64, to_base64},
    nest,
    source::read_full,
    strings,
};
use crate::model::{FormatId, GapKind, Name, Step};
use header::{
    BLOCK, Block, field, is_header, leftover, number, put_record, put_size, records, records_end,
    seal, set,
};
use std::io::{self, Cursor, Read, Write};

/// Longest extended header.
const EXTENDED: u64 = 1 << 20;

/// tar archives.
#[derive(Debug, Clone, Copy)]
pub struct Tar;

impl Format for Tar {
    fn id(&self) -> FormatId {
        "tar"
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        match head.first_chunk::<BLOCK>() {
            Some(block) if is_header(block) => Probe::Bytes,
            _ => Probe::No,
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let mut run = Run {
            reader: source.reader()?,
            out: out.map(|o| o as _),
            at: 0,
            members: 0,
            pending: Pending::default(),
            global: Vec::new(),
        };
        while run.entry(cx)? {}
        run.end(cx)
    }
}

/// Headers that speak of the entry behind them.
#[derive(Debug, Default)]
struct Pending {
    /// As they are, with their data.
    raw: Vec<u8>,
    records: Vec<(String, Vec<u8>)>,
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    /// They hold bytes that say nothing of the entry, which a copy goes without.
    odd: bool,
}

impl Pending {
    fn record(&self, key: &str) -> Option<&[u8]> {
        self.records
            .iter()
            .rev()
            .find(|(k, _)| k == key)
            .map(|(_, v)| v.as_slice())
    }
}

struct Run<'r, 'o> {
    reader: Box<dyn Read + 'r>,
    out: Option<&'o mut dyn Output>,
    /// Bytes read.
    at: u64,
    members: u64,
    pending: Pending,
    /// Records of global headers, which hold for all entries behind.
    global: Vec<(String, Vec<u8>)>,
}

/// What is to be written of a text.
struct Masked {
    text: Vec<u8>,
    changed: bool,
}

impl Run<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), FormatError> {
        if let Some(out) = self.out.as_deref_mut() {
            out.write_all(bytes)?;
        }
        Ok(())
    }

    fn block(&mut self, cx: &mut Cx<'_>) -> Result<Option<Block>, FormatError> {
        let mut block = [0; BLOCK];
        let n = read_full(&mut *self.reader, &mut block).map_err(damaged)?;
        self.at += n as u64;
        cx.read(n as u64);
        match n {
            BLOCK => Ok(Some(block)),
            0 => Ok(None),
            _ => Err(FormatError::Corrupt("a tar archive that is cut off")),
        }
    }

    /// One header and what belongs to it; false at the end.
    fn entry(&mut self, cx: &mut Cx<'_>) -> Result<bool, FormatError> {
        cx.spend(0)?;
        let Some(block) = self.block(cx)? else {
            return Ok(false);
        };
        if block.iter().all(|&b| b == 0) {
            self.write(&block)?;
            return Ok(false);
        }
        if !is_header(&block) {
            return Err(FormatError::Corrupt("header of a tar member"));
        }
        let size = match self.pending.record("size") {
            Some(raw) => std::str::from_utf8(raw).ok().and_then(|t| t.parse().ok()),
            None => number(block.get(124..136).unwrap_or_default()),
        }
        .ok_or(FormatError::Corrupt("size of a tar member"))?;
        match block.get(156) {
            Some(b'x' | b'g' | b'L' | b'K' | b'X' | b'N' | b'V') => {
                self.extended(&block, size, cx)?;
            }
            _ => self.member(&block, size, cx)?,
        }
        Ok(true)
    }

    /// Looks through what a header has besides its fields; gives it without, and whether there was any.
    fn cleaned(block: &Block, cx: &mut Cx<'_>) -> (Block, bool) {
        let rest = leftover(block);
        if rest.bytes.iter().all(|b| *b == 0) {
            return (*block, false);
        }
        strings::sweep(&rest.words, &[Step::Field("$header".into())], cx);
        let mut clean = *block;
        for (to, rest) in clean.iter_mut().zip(rest.bytes) {
            if rest != 0 {
                *to = 0;
            }
        }
        seal(&mut clean);
        (clean, true)
    }

    /// A header that speaks of others.
    #[expect(clippy::too_many_lines, reason = "a case for each kind of header")]
    fn extended(&mut self, block: &Block, size: u64, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        if size > EXTENDED || self.pending.raw.len() as u64 > 4 * EXTENDED {
            return Err(FormatError::Limit("length of a tar header"));
        }
        let padded = size.div_ceil(BLOCK as u64) * BLOCK as u64;
        let mut data = Vec::new();
        (&mut self.reader)
            .take(padded)
            .read_to_end(&mut data)
            .map_err(damaged)?;
        self.at += data.len() as u64;
        cx.read(data.len() as u64);
        if (data.len() as u64) < size {
            return Err(FormatError::Corrupt("a tar archive that is cut off"));
        }
        let used = usize::try_from(size).unwrap_or(0);
        let content = data.get(..used).unwrap_or_default();
        let text = content.split(|&b| b == 0).next().unwrap_or_default();
        let said = match block.get(156) {
            Some(b'L' | b'K') => text.len(),
            Some(b'x' | b'X' | b'g') => records_end(content),
            _ => data.len(),
        };
        let behind = data.get(said..).unwrap_or_default().iter().any(|b| *b != 0);
        if behind {
            strings::sweep(
                data.get(said..).unwrap_or_default(),
                &[Step::Field("$header".into())],
                cx,
            );
        }
        let (clean, odd) = Self::cleaned(block, cx);
        // Whose name such a header has is made of the entry's.
        let name = strings::swept(field(block, 0, 100), &[Step::Field("$header".into())], cx) > 0;
        self.pending.odd |= odd || behind || name;
        match block.get(156) {
            Some(b'L') => self.pending.name = Some(text.to_vec()),
            Some(b'K') => self.pending.link = Some(text.to_vec()),
            Some(b'x' | b'X') => {
                let records =
                    records(content).ok_or(FormatError::Corrupt("records of a tar member"))?;
                self.pending.records.extend(records);
            }
            Some(b'g') => {
                let records =
                    records(content).ok_or(FormatError::Corrupt("records of a tar archive"))?;
                let mut changed = false;
                let mut new = Vec::new();
                for (key, value) in &records {
                    let at = [Step::Field(format!("$pax[{key}]"))];
                    let masked = self.masked(value, &at, false, cx);
                    changed |= masked.changed;
                    put_record(key, &masked.text, &mut new);
                }
                self.global.extend(records);
                let mut header = clean;
                if name {
                    set(&mut header, 0, 100, b"pax_global_header");
                    seal(&mut header);
                }
                if changed || behind {
                    set(
                        &mut header,
                        124,
                        12,
                        format!("{:011o}", new.len()).as_bytes(),
                    );
                    seal(&mut header);
                    new.resize(new.len().div_ceil(BLOCK) * BLOCK, 0);
                    data = new;
                }
                self.write(&header)?;
                self.write(&data)?;
                return Ok(());
            }
            _ => {
                // The name of a volume, and other things of old.
                strings::sweep(content, &[Step::Field("$volume".into())], cx);
                strings::sweep(field(block, 0, 100), &[Step::Field("$volume".into())], cx);
                return Ok(());
            }
        }
        self.pending.raw.extend_from_slice(block);
        self.pending.raw.extend_from_slice(&data);
        Ok(())
    }

    /// Hands a text on and gives what is to be written for it.
    fn masked(&self, raw: &[u8], at: &[Step], name: bool, cx: &mut Cx<'_>) -> Masked {
        let (text, coding) = decode(raw);
        let edits = cx.string(at, &text, None);
        let new = super::zip::edited(&text, edits);
        if self.out.is_none() {
            return Masked {
                text: raw.to_vec(),
                changed: false,
            };
        }
        let shown = match coding {
            Coding::Unknown => Name::new(raw.to_vec()),
            _ => Name::from(text.as_str()),
        };
        let new = if name {
            let renamed = cx.rename(&shown);
            (renamed != shown)
                .then(|| renamed.text().into_owned())
                .or(new)
        } else {
            new
        };
        match new {
            Some(new) => Masked {
                text: encode(&new, coding),
                changed: true,
            },
            None => Masked {
                text: raw.to_vec(),
                changed: false,
            },
        }
    }

    /// A record that is somebody's own: attributes of a file can be bytes, or these in base 64.
    fn record(&self, key: &str, value: &[u8], at: &[Step], cx: &mut Cx<'_>) -> Masked {
        if key.starts_with("LIBARCHIVE.xattr.") {
            let raw = base64(value).bytes;
            let new = self.record("", &raw, at, cx);
            return Masked {
                text: if new.changed {
                    to_base64(&new.text, 0, b"")
                } else {
                    value.to_vec()
                },
                changed: new.changed,
            };
        }
        if std::str::from_utf8(value).is_ok() && !value.contains(&0) {
            return self.masked(value, at, false, cx);
        }
        let changed = strings::swept(value, at, cx) > 0;
        Masked {
            text: if changed { Vec::new() } else { value.to_vec() },
            changed,
        }
    }

    fn member(&mut self, block: &Block, size: u64, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        self.members += 1;
        if self.members > cx.limits.members {
            return Err(FormatError::Limit("members of one archive"));
        }
        let mut pending = std::mem::take(&mut self.pending);
        let ustar = field(block, 257, 6).starts_with(b"ustar") && block.get(263) != Some(&b' ');
        let raw_name = name_of(block, &pending, ustar);
        if raw_name.len() > 64 << 10 {
            return Err(FormatError::Limit("length of a member's name"));
        }
        let (text, coding) = decode(&raw_name);
        let shown = match coding {
            Coding::Unknown => Name::new(raw_name.clone()),
            _ => Name::from(text.as_str()),
        };
        let kind = block.get(156).copied().unwrap_or(0);
        let file = matches!(kind, 0 | b'0' | b'7' | b'S') && !raw_name.ends_with(b"/");
        let (mut clean, odd) = Self::cleaned(block, cx);
        if odd {
            // Its number may have had something behind it.
            put_size(&mut clean, size);
        }
        let block = &clean;
        let at = [Step::Member(shown.clone()), Step::Name];
        let name = self.masked(&raw_name, &at, true, cx);
        let about = |field: &str| {
            [
                Step::Member(shown.clone()),
                Step::Field(format!("${field}")),
            ]
        };
        let raw_link = pending
            .link
            .clone()
            .or_else(|| pending.record("linkpath").map(<[u8]>::to_vec))
            .unwrap_or_else(|| field(block, 157, 100).to_vec());
        let link = self.masked(&raw_link, &about("link"), true, cx);
        let owner = self.masked(field(block, 265, 32), &about("owner"), false, cx);
        let group = self.masked(field(block, 297, 32), &about("group"), false, cx);
        let mut changed = name.changed || link.changed || owner.changed || group.changed;
        changed |= odd || pending.odd;
        for i in 0..pending.records.len() {
            let Some((key, value)) = pending.records.get(i).cloned() else {
                continue;
            };
            if matches!(
                key.as_str(),
                "path" | "linkpath" | "size" | "mtime" | "atime" | "ctime"
            ) {
                continue;
            }
            let new = self.record(&key, &value, &about(&format!("pax[{key}]")), cx);
            changed |= new.changed;
            if let Some((_, v)) = pending.records.get_mut(i) {
                *v = new.text;
            }
        }
        let sparse = kind == b'S'
            || pending
                .records
                .iter()
                .any(|r| r.0.starts_with("GNU.sparse"));
        let head = Head {
            block,
            pending: &pending,
            name: &name.text,
            link: &link.text,
            owner: &owner.text,
            group: &group.text,
            changed,
        };
        if !file || size == 0 {
            // What has no data may still say a size: links do.
            let data = if matches!(kind, b'1'..=b'6') { 0 } else { size };
            self.head(&head, None)?;
            return self.pass(data, cx);
        }
        self.data(&head, &shown, size, sparse, cx)
    }

    /// The data of a member.
    fn data(
        &mut self,
        head: &Head<'_>,
        shown: &Name,
        size: u64,
        sparse: bool,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        cx.allow(size, size)?;
        let held = cx.limits.held_bytes;
        let writing = self.out.is_some();
        let mut reader = Counting {
            inner: (&mut self.reader).take(size),
            len: 0,
        };
        let mut copy = Held {
            inner: Cursor::new(Vec::new()),
            held,
        };
        let result = match Source::stream(&mut reader) {
            Ok(mut source) => cx.known_member(
                shown,
                nest::Known::default(),
                &mut source,
                writing.then_some(&mut copy as &mut dyn Output),
            ),
            Err(e) => Err(e),
        };
        io::copy(&mut reader, &mut io::sink()).map_err(damaged)?;
        let got = reader.len;
        self.at += got;
        cx.read(got);
        cx.spend(got)?;
        result?;
        if got < size {
            return Err(FormatError::Corrupt("a tar archive that is cut off"));
        }
        if writing {
            let new = copy.inner.into_inner();
            let len = new.len() as u64;
            if sparse && len != size {
                return Err(FormatError::Withheld(
                    GapKind::Unsupported,
                    "a sparse member of a tar archive that changes its length".into(),
                ));
            }
            self.head(head, (len != size).then_some(len))?;
            self.write(&new)?;
            let fill = new.len().div_ceil(BLOCK) * BLOCK - new.len();
            self.write(vec![0; fill].as_slice())?;
        }
        let padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        let mut rest = Vec::new();
        (&mut self.reader)
            .take(padding)
            .read_to_end(&mut rest)
            .map_err(damaged)?;
        self.at += rest.len() as u64;
        cx.read(rest.len() as u64);
        if rest.iter().any(|&b| b != 0) {
            strings::sweep(&rest, &[Step::Field("$padding".into())], cx);
        }
        Ok(())
    }

    /// Data that is no file's: passed on as it is, read as text.
    fn pass(&mut self, size: u64, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let padded = size.div_ceil(BLOCK as u64) * BLOCK as u64;
        if padded == 0 {
            return Ok(());
        }
        if padded > EXTENDED {
            return Err(FormatError::Unsupported(
                "a special member of a tar archive",
            ));
        }
        let mut data = Vec::new();
        (&mut self.reader)
            .take(padded)
            .read_to_end(&mut data)
            .map_err(damaged)?;
        self.at += data.len() as u64;
        cx.read(data.len() as u64);
        let at = [Step::Field("$special".into())];
        cx.gap(&at, GapKind::Opaque, "a special member of a tar archive");
        strings::sweep(&data, &at, cx);
        self.write(&data)
    }

    /// Writes the headers of a member.
    fn head(&mut self, head: &Head<'_>, size: Option<u64>) -> Result<(), FormatError> {
        if self.out.is_none() {
            return Ok(());
        }
        if !head.changed && size.is_none() {
            let raw = head.pending.raw.clone();
            self.write(&raw)?;
            return self.write(head.block);
        }
        let mut block = *head.block;
        let mut pax = Vec::new();
        for (key, value) in &head.pending.records {
            let stale = matches!(key.as_str(), "path" | "linkpath" | "size")
                || key.contains("checksum")
                || (size.is_some() && key.starts_with("GNU.sparse"));
            if !stale {
                put_record(key, value, &mut pax);
            }
        }
        // What is longer than its field goes into a record.
        for (at, value, key) in [(0, head.name, "path"), (157, head.link, "linkpath")] {
            let first = value.get(..100).unwrap_or(value);
            set(&mut block, at, 100, first);
            if value.len() > 100 {
                put_record(key, value, &mut pax);
            }
        }
        if field(&block, 257, 5) == b"ustar" && block.get(263) != Some(&b' ') {
            set(&mut block, 345, 155, b"");
        }
        set(&mut block, 265, 32, head.owner);
        set(&mut block, 297, 32, head.group);
        if let Some(size) = size {
            put_size(&mut block, size);
        } else if head.pending.record("size").is_some() {
            let size = head
                .pending
                .record("size")
                .and_then(|r| std::str::from_utf8(r).ok()?.parse().ok());
            put_size(&mut block, size.unwrap_or(0));
        }
        seal(&mut block);
        if !pax.is_empty() {
            let mut header = [0; BLOCK];
            set(&mut header, 0, 100, b"PaxHeaders/member");
            set(&mut header, 100, 8, b"0000644");
            set(&mut header, 108, 8, b"0000000");
            set(&mut header, 116, 8, b"0000000");
            put_size(&mut header, pax.len() as u64);
            set(&mut header, 136, 12, b"00000000000");
            set(&mut header, 156, 1, b"x");
            set(&mut header, 257, 8, b"ustar\x0000");
            seal(&mut header);
            self.write(&header)?;
            pax.resize(pax.len().div_ceil(BLOCK) * BLOCK, 0);
            self.write(&pax)?;
        }
        self.write(&block)
    }

    /// What stands behind the last member.
    fn end(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let start = self.at;
        let mut chunk = vec![0; 1 << 20];
        let mut told = false;
        loop {
            let n = read_full(&mut *self.reader, &mut chunk).map_err(damaged)?;
            if n == 0 {
                return Ok(());
            }
            cx.spend(0)?;
            cx.read(n as u64);
            let part = chunk.get_mut(..n).unwrap_or_default();
            if part.iter().any(|&b| b != 0) {
                let at = [Step::Field(format!("$bytes[{start}]"))];
                if self.out.is_none() && !std::mem::replace(&mut told, true) {
                    cx.gap(&at, GapKind::Opaque, "bytes behind the archive");
                }
                strings::sweep(part, &at, cx);
                part.fill(0);
            }
            if let Some(out) = self.out.as_deref_mut() {
                out.write_all(part)?;
            }
        }
    }
}

/// The headers of one member as they are to be written.
struct Head<'h> {
    block: &'h Block,
    pending: &'h Pending,
    name: &'h [u8],
    link: &'h [u8],
    owner: &'h [u8],
    group: &'h [u8],
    changed: bool,
}

fn name_of(block: &Block, pending: &Pending, ustar: bool) -> Vec<u8> {
    if let Some(path) = pending.record("path") {
        return path.to_vec();
    }
    if let Some(name) = &pending.name {
        return name.clone();
    }
    let name = field(block, 0, 100);
    let prefix = field(block, 345, 155);
    if ustar && !prefix.is_empty() {
        [prefix, b"/", name].concat()
    } else {
        name.to_vec()
    }
}

/// Counts what is read.
struct Counting<R> {
    inner: R,
    len: u64,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.len += n as u64;
        Ok(n)
    }
}

/// The copy of a member, held in memory: its length stands before it.
struct Held {
    inner: Cursor<Vec<u8>>,
    held: u64,
}

impl Write for Held {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.inner.get_ref().len() as u64 + buf.len() as u64 > self.held {
            return Err(io::Error::other(FormatError::Limit("bytes held in memory")));
        }
        self.inner.write(buf)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl io::Seek for Held {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
