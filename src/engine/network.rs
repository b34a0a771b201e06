//! Addresses of machines. Each finder parses from one anchor only, so no text is read often.

use super::{classes::is_word, scan::Scene};

/// Tests the four octets of which the first ends at this dot.
pub(super) fn ipv4(scene: &mut Scene<'_>, patterns: &[u16], dot: usize) {
    let mut start = dot;
    while dot - start < 4 && scene.byte(start - 1).is_ascii_digit() {
        start -= 1;
    }
    start = scene.clear(start);
    let before = scene.byte(start - 1);
    let longer = before == b'.'
        && scene.byte(start - 2).is_ascii_digit()
        && !(scene.gbk && scene.inside(start - 2));
    if (is_word(before) && !whole(scene, start)) || longer || dot == start {
        return;
    }
    let Some(end) = octets(scene, start) else {
        return;
    };
    let after = scene.byte(end);
    if is_word(after) || after == b'.' && scene.byte(end + 1).is_ascii_digit() {
        return;
    }
    scene.hit_all(patterns, start, end);
}

/// In GB 18030: whether what stands before is a character of more bytes that ends in an ASCII one.
fn whole(scene: &Scene<'_>, start: usize) -> bool {
    scene.gbk && scene.inside(start - 1)
}

/// The end of four decimal octets.
fn octets(scene: &Scene<'_>, start: usize) -> Option<usize> {
    let bytes = scene.chunk::<16>(start)?;
    let digit = |at: usize| u16::from(bytes[at & 15].wrapping_sub(b'0'));
    let mut place = 0;
    for group in 0..4 {
        let [a, b, c] = [0, 1, 2].map(|i| digit(place + i));
        let (value, len) = if b > 9 {
            (a, 1)
        } else if c > 9 {
            (a * 10 + b, 2)
        } else {
            (a * 100 + b * 10 + c, 3)
        };
        if a > 9 || value > 255 || (len > 1 && a == 0) {
            return None;
        }
        place += len;
        // The last octet ends at the fifteenth byte at most: the sixteenth is behind it.
        if group < 3 {
            if bytes[place & 15] != b'.' {
                return None;
            }
            place += 1;
        }
    }
    (digit(place) > 9).then_some(start + place)
}

fn hex(scene: &Scene<'_>, at: usize) -> bool {
    scene.byte(at).is_ascii_hexdigit()
}

/// How many hexadecimal digits stand from here on, five at most.
fn hex_run(scene: &Scene<'_>, at: usize) -> usize {
    (0..5).take_while(|i| hex(scene, at + i)).count()
}

/// How many hexadecimal digits of ASCII stand before, five at most.
fn hex_back(scene: &Scene<'_>, at: usize) -> usize {
    let count = (1..=5).take_while(|i| hex(scene, at - i)).count();
    count - (scene.clear(at - count) + count - at)
}

/// Whether a word character stands before.
fn touched(scene: &Scene<'_>, start: usize) -> bool {
    is_word(scene.byte(start - 1)) && !whole(scene, start)
}

/// Tests the address whose first colon this is.
pub(super) fn ipv6(scene: &mut Scene<'_>, patterns: &[u16], colon: usize) {
    let lead = hex_back(scene, colon);
    let start = colon - lead;
    if lead > 4 || touched(scene, start) {
        return;
    }
    if scene.byte(start - 1) == b':' {
        // A label may stand before an address ("IP:2001:db8::1"), a group or another colon may not.
        let group = hex_back(scene, start - 1) > 0 || scene.byte(start - 2) == b':';
        if lead == 0 || group {
            return;
        }
    }
    let Some(end) = groups(scene, start) else {
        return;
    };
    if ends(scene, end) {
        scene.hit_all(patterns, start, end);
    }
}

/// The end of the groups of an address: eight, or fewer with one `::`.
fn groups(scene: &Scene<'_>, start: usize) -> Option<usize> {
    let (mut place, mut count, mut digits, mut gap) = (start, 0, 0, false);
    if scene.byte(place) == b':' {
        if scene.byte(place + 1) != b':' {
            return None;
        }
        gap = true;
        place += 2;
    }
    loop {
        let len = hex_run(scene, place);
        if len == 0 {
            break;
        }
        if count <= 6
            && scene.byte(place + len) == b'.'
            && let Some(end) = tail(scene, place)
        {
            count += 2;
            digits += 4;
            place = end;
            break;
        }
        if len > 4 || count == 8 {
            return None;
        }
        count += 1;
        digits += len;
        place += len;
        if scene.byte(place) != b':' {
            break;
        }
        if scene.byte(place + 1) == b':' {
            if gap {
                break;
            }
            gap = true;
            place += 2;
        } else if hex(scene, place + 1) && count < 8 {
            place += 1;
        } else {
            break;
        }
    }
    let complete = if gap {
        count <= 7 && (count >= 2 || digits >= 4)
    } else {
        count == 8
    };
    complete.then_some(place)
}

/// The end of the four octets that may end an address.
fn tail(scene: &Scene<'_>, start: usize) -> Option<usize> {
    let end = octets(scene, start)?;
    let longer = scene.byte(end) == b'.' && scene.byte(end + 1).is_ascii_digit();
    (ends(scene, end) && !longer).then_some(end)
}

/// Whether nothing goes on here that belongs to an address or word.
fn ends(scene: &Scene<'_>, end: usize) -> bool {
    let after = scene.byte(end);
    let more = after == b':' && (hex(scene, end + 1) || scene.byte(end + 1) == b':');
    !is_word(after) && !more
}

/// Tests the hardware address whose first separator this is.
pub(super) fn mac(scene: &mut Scene<'_>, patterns: &[u16], at: usize) {
    let separator = scene.byte(at);
    let (size, count) = if separator == b'.' { (4, 3) } else { (2, 6) };
    let start = at - size;
    for group in 0..count {
        let place = start + group * (size + 1);
        if !(0..size).all(|i| hex(scene, place + i))
            || (group > 0 && scene.byte(place - 1) != separator)
        {
            return;
        }
    }
    let end = start + count * (size + 1) - 1;
    if scene.clear(start) != start || touched(scene, start) || is_word(scene.byte(end)) {
        return;
    }
    // Part of something longer, like the eight pairs of EUI-64.
    let group = |place: usize| (0..size).all(|i| hex(scene, place + i));
    let after =
        scene.byte(end) == separator && group(end + 1) && !is_word(scene.byte(end + 1 + size));
    let before = scene.byte(start - 1) == separator
        && group(start - 1 - size)
        && !touched(scene, start - 1 - size)
        && scene.clear(start - 1 - size) == start - 1 - size;
    if after || before {
        return;
    }
    scene.hit_all(patterns, start, end);
}
