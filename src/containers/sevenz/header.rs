//! The list of a 7z archive: what lies where, in bytes. Standard: 7zFormat.txt of 7-Zip's sources.

/// Seconds between the years 1601 and 1970.
const EPOCH: u64 = 11_644_473_600;
/// Units of 100 nanoseconds in a second.
const TICKS: u64 = 10_000_000;

/// A packed stream and how it is unpacked.
#[derive(Debug)]
pub(super) struct Folder {
    /// Of the coder 7zAES.
    pub properties: [u8; 34],
    /// Code of LZMA2's dictionary; `None` when the stream is encrypted only.
    pub dictionary: Option<u8>,
    /// Bytes in the file.
    pub packed: u64,
    /// Bytes when decrypted.
    pub encrypted: u64,
    /// Bytes when unpacked.
    pub size: u64,
    /// CRC-32 when unpacked.
    pub crc: u32,
}

/// A file.
#[derive(Debug)]
pub(super) struct Item {
    pub name: String,
    /// Whether it has a stream: it is not empty.
    pub filled: bool,
    /// Seconds since 1970.
    pub modified: Option<u64>,
}

/// Seconds since 1970 of a time in ticks since 1601.
pub(super) fn unix_time(ticks: u64) -> u64 {
    (ticks / TICKS).saturating_sub(EPOCH)
}

/// The list of all files, before it is packed itself.
pub(super) fn list(folders: &[Folder], items: &[Item]) -> Vec<u8> {
    let mut out = vec![0x01];
    if !folders.is_empty() {
        out.push(0x04);
        streams(folders, 0, &mut out);
    }
    out.push(0x05);
    number(items.len() as u64, &mut out);
    files(items, &mut out);
    out.extend_from_slice(&[0, 0]);
    out
}

/// What stands at the end of the archive: where the packed list is.
pub(super) fn encoded(folder: &Folder, at: u64) -> Vec<u8> {
    let mut out = vec![0x17];
    streams(std::slice::from_ref(folder), at, &mut out);
    out
}

/// The first 32 bytes of the archive.
pub(super) fn start(offset: u64, end: &[u8]) -> Vec<u8> {
    let mut place = Vec::with_capacity(20);
    place.extend_from_slice(&offset.to_le_bytes());
    place.extend_from_slice(&(end.len() as u64).to_le_bytes());
    place.extend_from_slice(&crc32fast::hash(end).to_le_bytes());
    let mut out = vec![b'7', b'z', 0xBC, 0xAF, 0x27, 0x1C, 0, 4];
    out.extend_from_slice(&crc32fast::hash(&place).to_le_bytes());
    out.extend_from_slice(&place);
    out
}

fn streams(folders: &[Folder], at: u64, out: &mut Vec<u8>) {
    out.push(0x06);
    number(at, out);
    number(folders.len() as u64, out);
    out.push(0x09);
    for folder in folders {
        number(folder.packed, out);
    }
    out.extend_from_slice(&[0, 0x07, 0x0B]);
    number(folders.len() as u64, out);
    out.push(0);
    for folder in folders {
        let coders = if folder.dictionary.is_some() { 2 } else { 1 };
        out.push(coders);
        out.extend_from_slice(&[0x24, 0x06, 0xF1, 0x07, 0x01, 34]);
        out.extend_from_slice(&folder.properties);
        if let Some(code) = folder.dictionary {
            // LZMA2, whose input (1) is what the cipher gives (0).
            out.extend_from_slice(&[0x21, 0x21, 1, code, 1, 0]);
        }
    }
    out.push(0x0C);
    for folder in folders {
        number(folder.encrypted, out);
        if folder.dictionary.is_some() {
            number(folder.size, out);
        }
    }
    out.extend_from_slice(&[0x0A, 1]);
    for folder in folders {
        out.extend_from_slice(&folder.crc.to_le_bytes());
    }
    // One stream a folder; readers want the section all the same.
    out.extend_from_slice(&[0, 0x08, 0, 0]);
}

fn files(items: &[Item], out: &mut Vec<u8>) {
    let empty: Vec<bool> = items.iter().map(|i| !i.filled).collect();
    if empty.contains(&true) {
        part(0x0E, &bits(&empty), out);
        let count = empty.iter().filter(|&&e| e).count();
        part(0x0F, &bits(&vec![true; count]), out);
    }
    let mut names = vec![0];
    for item in items {
        names.extend(item.name.encode_utf16().flat_map(u16::to_le_bytes));
        names.extend_from_slice(&[0, 0]);
    }
    part(0x11, &names, out);
    let defined: Vec<bool> = items.iter().map(|i| i.modified.is_some()).collect();
    if defined.contains(&true) {
        let mut body = vec![0];
        body.extend_from_slice(&bits(&defined));
        body.push(0);
        for time in items.iter().filter_map(|i| i.modified) {
            let ticks = time.saturating_add(EPOCH).saturating_mul(TICKS);
            body.extend_from_slice(&ticks.to_le_bytes());
        }
        part(0x14, &body, out);
    }
}

fn part(id: u8, body: &[u8], out: &mut Vec<u8>) {
    out.push(id);
    number(body.len() as u64, out);
    out.extend_from_slice(body);
}

fn bits(all: &[bool]) -> Vec<u8> {
    all.chunks(8)
        .map(|chunk| {
            let ones = chunk.iter().enumerate();
            ones.fold(0, |byte, (i, &b)| byte | u8::from(b) << (7 - i))
        })
        .collect()
}

/// A number, in as few bytes as it takes: as many leading ones in the first byte as bytes follow.
fn number(n: u64, out: &mut Vec<u8>) {
    for extra in 0..8_u32 {
        if n < 1 << (7 * (extra + 1)) {
            let ones = (0xFF_u16 << (8 - extra)).to_le_bytes()[0];
            let high = u8::try_from(n >> (8 * extra)).unwrap_or(0);
            out.push(ones | high);
            let low = n.to_le_bytes();
            out.extend(low.iter().take(extra as usize));
            return;
        }
    }
    out.push(0xFF);
    out.extend_from_slice(&n.to_le_bytes());
}
