//! Headers of tar: their fields, what is none of these, and records of pax.
//!
//! Standards: POSIX.1-2024 pax, ustar interchange format; GNU tar manual, "Basic Tar Format".

pub(super) const BLOCK: usize = 512;
pub(super) type Block = [u8; BLOCK];
pub(super) fn field(block: &Block, at: usize, len: usize) -> &[u8] {
    let raw = block.get(at..at + len).unwrap_or_default();
    raw.split(|&b| b == 0).next().unwrap_or_default()
}

pub(super) fn set(block: &mut Block, at: usize, len: usize, value: &[u8]) {
    if let Some(to) = block.get_mut(at..at + len) {
        to.fill(0);
        to.iter_mut().zip(value).for_each(|(t, v)| *t = *v);
    }
}

/// A number in octal digits, or in base 256 when the first bit is set.
pub(super) fn number(raw: &[u8]) -> Option<u64> {
    if let Some((first, rest)) = raw.split_first().filter(|(f, _)| **f & 0x80 != 0) {
        let mut n = u64::from(first & 0x3F);
        for &b in rest {
            n = n.checked_mul(256)?.checked_add(u64::from(b))?;
        }
        return Some(n);
    }
    let digits: Vec<u8> = raw
        .iter()
        .copied()
        .skip_while(|b| *b == b' ')
        .take_while(u8::is_ascii_digit)
        .collect();
    let text = std::str::from_utf8(&digits).ok()?;
    if text.is_empty() {
        return Some(0);
    }
    u64::from_str_radix(text, 8).ok()
}

/// Numbers of a header: place and length.
const NUMBERS: [(usize, usize); 8] = [
    (100, 8),
    (108, 8),
    (116, 8),
    (124, 12),
    (136, 12),
    (148, 8),
    (329, 8),
    (337, 8),
];

/// What a header has besides its fields: bytes behind the ends of names, in numbers that are none, behind the last field.
pub(super) struct Leftover {
    /// Bytes that a copy goes without; zero where a field is.
    pub(super) bytes: Block,
    /// What is to be looked through for text: of numbers that are none all, since a text can lie over several of them.
    pub(super) words: Block,
}

pub(super) fn leftover(block: &Block) -> Leftover {
    let gnu = block.get(257..265) == Some(b"ustar  \0");
    let ustar = !gnu && block.get(257..262) == Some(b"ustar");
    let star = ustar && block.get(508..) == Some(b"tar\0");
    let clear = |to: &mut Block, at: usize, len: usize| {
        if let Some(slot) = to.get_mut(at..at + len) {
            slot.fill(0);
        }
    };
    let mut words = *block;
    let prefix = if ustar { 155 } else { 0 };
    for (at, len) in [(0, 100), (157, 100), (265, 32), (297, 32), (345, prefix)] {
        clear(&mut words, at, field(block, at, len).len());
    }
    clear(&mut words, 156, 1);
    if gnu || ustar {
        clear(&mut words, 257, 8);
    }
    if star {
        clear(&mut words, 508, 4);
    }
    // Of GNU: times and the place in a file of several volumes, holes, and the whole length.
    let more = (0..3).map(|n| (345 + 12 * n, 12));
    let holes = (0..8).map(|n| (386 + 12 * n, 12));
    let more = more
        .chain([(381, 4)])
        .chain(holes)
        .chain([(482, 1), (483, 12)]);
    let times = [(476, 12), (488, 12)].into_iter().filter(|_| star);
    let numbers = NUMBERS.into_iter().chain(more.filter(|_| gnu)).chain(times);
    let mut bytes = words;
    let mut odd = false;
    for (at, len) in numbers {
        let raw = block.get(at..at + len).unwrap_or_default();
        let octal = raw.iter().all(|b| matches!(b, b'0'..=b'7' | b' ' | 0..=1));
        if octal || raw.first().is_some_and(|b| b & 0x80 != 0) {
            clear(&mut bytes, at, len);
        } else {
            odd = true;
        }
    }
    Leftover {
        words: if odd { words } else { bytes },
        bytes,
    }
}

/// The sum of a header's bytes, its own field taken as blanks.
fn sum(block: &Block) -> u64 {
    block
        .iter()
        .enumerate()
        .map(|(i, &b)| u64::from(if (148..156).contains(&i) { b' ' } else { b }))
        .sum()
}

pub(super) fn is_header(block: &Block) -> bool {
    let own = block.get(148..156).unwrap_or_default();
    own.iter().any(u8::is_ascii_digit)
        && number(own) == Some(sum(block))
        && block.first().is_some_and(|b| *b != 0)
}

pub(super) fn seal(block: &mut Block) {
    let text = format!("{:06o}\0 ", sum(block));
    set(block, 148, 8, text.as_bytes());
}

/// pax records: `length key=value\n`.
pub(super) fn records(data: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut out = Vec::new();
    let mut rest = data;
    while rest.first().is_some_and(|b| *b != 0) {
        let blank = memchr::memchr(b' ', rest.get(..20).unwrap_or(rest))?;
        let len: usize = std::str::from_utf8(rest.get(..blank)?).ok()?.parse().ok()?;
        let record = rest.get(blank + 1..len.checked_sub(1)?)?;
        let equals = memchr::memchr(b'=', record)?;
        let key = String::from_utf8_lossy(record.get(..equals)?).into_owned();
        out.push((key, record.get(equals + 1..)?.to_vec()));
        rest = rest.get(len..)?;
    }
    Some(out)
}

/// Where the records end.
pub(super) fn records_end(data: &[u8]) -> usize {
    let mut at = 0;
    while let Some(rest) = data
        .get(at..)
        .filter(|r| r.first().is_some_and(|b| *b != 0))
    {
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let text = rest.get(..digits).and_then(|d| std::str::from_utf8(d).ok());
        match text
            .and_then(|t| t.parse::<usize>().ok())
            .filter(|n| *n > 0)
        {
            Some(len) => at = at.saturating_add(len),
            None => break,
        }
    }
    at.min(data.len())
}

pub(super) fn put_record(key: &str, value: &[u8], out: &mut Vec<u8>) {
    let body = key.len() + value.len() + 3;
    let mut len = body + 1;
    while body + len.to_string().len() != len {
        len = body + len.to_string().len();
    }
    out.extend_from_slice(format!("{len} {key}=").as_bytes());
    out.extend_from_slice(value);
    out.push(b'\n');
}

pub(super) fn put_size(block: &mut Block, size: u64) {
    if size < 1 << 33 {
        set(block, 124, 12, format!("{size:011o}").as_bytes());
    } else {
        let mut raw = [0; 12];
        if let Some(low) = raw.last_chunk_mut::<8>() {
            *low = size.to_be_bytes();
        }
        if let Some(first) = raw.first_mut() {
            *first = 0x80;
        }
        set(block, 124, 12, &raw);
    }
}
