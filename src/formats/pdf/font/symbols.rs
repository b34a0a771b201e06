//! The two standard fonts of signs, which have encodings of their own (ISO 32000-1, annex D.5 and D.6).

/// Signs of Symbol from code 0x20; U+0000 where there is none.
const SYMBOL_LOW: &str = " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧ∆ΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_\0αβχδεφγηιϕκλµνοπθρστυϖωξψζ{|}∼";
/// Likewise from code 0xa0.
const SYMBOL_HIGH: &str = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…|—↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\0〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭";

/// The characters of the 256 codes of a standard font of signs; nothing for other fonts.
pub(super) fn of(base: &[u8]) -> Option<Vec<Option<String>>> {
    // Subsets have a mark of six letters before their names.
    let name = match base.get(6) {
        Some(b'+') => base.get(7..)?,
        _ => base,
    };
    let symbol = name == b"Symbol" || name == b"SymbolMT" || name.starts_with(b"Symbol,");
    let dingbats = memchr::memmem::find(name, b"ZapfDingbats").is_some();
    let table: fn(u8) -> Option<char> = match (symbol, dingbats) {
        (true, _) => symbol_at,
        (_, true) => dingbat_at,
        _ => return None,
    };
    let codes = 0..=255_u8;
    Some(codes.map(|c| table(c).map(String::from)).collect())
}

fn symbol_at(code: u8) -> Option<char> {
    let (list, first) = match code {
        0x20..0xa0 => (SYMBOL_LOW, 0x20),
        0xa0.. => (SYMBOL_HIGH, 0xa0),
        _ => return None,
    };
    let found = list.chars().nth(usize::from(code - first));
    found.filter(|c| *c != '\0')
}

fn dingbat_at(code: u8) -> Option<char> {
    let number = u32::from(code);
    let at = match code {
        0x20 => 0x20,
        0x25 => 0x260e,
        0x2a => 0x261b,
        0x2b => 0x261e,
        0x48 => 0x2605,
        0x6c => 0x25cf,
        0x6e => 0x25a0,
        0x73 => 0x25b2,
        0x74 => 0x25bc,
        0x75 => 0x25c6,
        0x77 => 0x25d7,
        0x21..0x7f => 0x2700 + number - 0x20,
        0xa8 => 0x2663,
        0xa9 => 0x2666,
        0xaa => 0x2665,
        0xab => 0x2660,
        0xac..0xb6 => 0x2460 + number - 0xac,
        0xd5 => 0x2192,
        0xd6 => 0x2194,
        0xd7 => 0x2195,
        0xf0 => return None,
        0xa1..=0xfe => 0x2700 + number - 0x40,
        _ => return None,
    };
    char::from_u32(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_stand_at_their_codes() {
        let at = |base: &[u8], code: usize| of(base).unwrap().get(code).cloned().flatten();
        for (code, sign) in [
            (0x30, "0"),
            (0x41, "Α"),
            (0x5a, "Ζ"),
            (0x61, "α"),
            (0x7a, "ζ"),
            (0x7e, "∼"),
            (0xa0, "€"),
            (0xb7, "•"),
            (0xd6, "√"),
            (0xe5, "∑"),
            (0xf2, "∫"),
            (0xfe, "⎭"),
        ] {
            assert_eq!(at(b"Symbol", code).as_deref(), Some(sign), "{code:x}");
        }
        for (code, sign) in [
            (0x33, "✓"),
            (0x34, "✔"),
            (0x38, "✘"),
            (0x6c, "●"),
            (0x6e, "■"),
            (0xac, "①"),
            (0xb6, "❶"),
            (0xd5, "→"),
            (0xfe, "➾"),
        ] {
            let found = at(b"ABCDEF+ZapfDingbats", code);
            assert_eq!(found.as_deref(), Some(sign), "{code:x}");
        }
        assert_eq!(at(b"Symbol", 0xf0), None);
        assert!(of(b"EuroSymbols").is_none() && of(b"Helvetica").is_none());
    }
}
