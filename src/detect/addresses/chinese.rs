//! Chinese addresses: 省 市 区 街道 路 号 小区 栋 单元 室, from large to small.

use crate::detect::names::{Words, divisions, is_han, sections};
use std::{ops::Range, sync::LazyLock};

/// Units of divisions that may follow a known short name.
const DIVISION_UNITS: &[&str] = &[
    "特别行政区",
    "自治区",
    "自治州",
    "自治县",
    "自治旗",
    "地区",
    "新区",
    "林区",
    "省",
    "市",
    "盟",
    "县",
    "区",
    "旗",
];

/// Units below the county that follow a name, and whether they are streets or villages (and not estates).
const NAMED_UNITS: &[(&str, Kind)] = &[
    ("街道办事处", Kind::Place),
    ("街道", Kind::Place),
    ("苏木", Kind::Place),
    ("镇", Kind::Place),
    ("乡", Kind::Place),
    ("社区", Kind::Place),
    ("居委会", Kind::Place),
    ("村委会", Kind::Place),
    ("自然村", Kind::Place),
    ("嘎查", Kind::Place),
    ("村", Kind::Place),
    ("屯", Kind::Place),
    ("开发区", Kind::Place),
    ("高新区", Kind::Place),
    ("保税区", Kind::Place),
    ("工业区", Kind::Place),
    ("农场", Kind::Place),
    ("林场", Kind::Place),
    ("大道", Kind::Street),
    ("大街", Kind::Street),
    ("胡同", Kind::Street),
    ("路", Kind::Street),
    ("街", Kind::Street),
    ("巷", Kind::Street),
    ("公路", Kind::Street),
    ("国道", Kind::Street),
    ("省道", Kind::Street),
    ("里", Kind::Street),
    ("道", Kind::Street),
    ("弄", Kind::Street),
    ("條", Kind::Street),
    ("小区", Kind::Estate),
    ("花园", Kind::Estate),
    ("花苑", Kind::Estate),
    ("家园", Kind::Estate),
    ("公寓", Kind::Estate),
    ("大厦", Kind::Estate),
    ("广场", Kind::Estate),
    ("园区", Kind::Estate),
    ("中心", Kind::Estate),
    ("庄园", Kind::Estate),
    ("别墅", Kind::Estate),
    ("新村", Kind::Estate),
    ("大楼", Kind::Estate),
    ("商城", Kind::Estate),
    ("市场", Kind::Estate),
    ("工业园", Kind::Estate),
    ("科技园", Kind::Estate),
    ("软件园", Kind::Estate),
    ("产业园", Kind::Estate),
    ("宿舍", Kind::Estate),
    ("家属院", Kind::Estate),
    ("大院", Kind::Estate),
    ("苑", Kind::Estate),
    ("城", Kind::Estate),
    ("府", Kind::Estate),
    ("湾", Kind::Estate),
    ("园", Kind::Estate),
    ("院", Kind::Estate),
    ("庭", Kind::Estate),
    ("邸", Kind::Estate),
    ("轩", Kind::Estate),
    ("庄", Kind::Estate),
    ("號", Kind::Street),
    ("區", Kind::Place),
    ("鎮", Kind::Place),
    ("鄉", Kind::Place),
    ("廣場", Kind::Estate),
    ("大廈", Kind::Estate),
];

/// Units that follow a number or a letter.
const NUMBER_UNITS: &[&str] = &[
    "号楼", "号院", "号门", "号铺", "号", "栋", "幢", "座", "单元", "单位", "门", "层", "楼", "室",
    "户", "房", "弄", "期", "区", "组", "队", "村", "社", "巷", "排", "铺", "路", "段", "街", "號",
    "樓", "棟", "層", "#", "＃", "F", "f",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Place,
    Street,
    Estate,
}

struct Lists {
    divisions: &'static Words,
    after: Words,
    after_colon: Words,
    named_units: Words,
    number_units: Words,
    /// By Chinese character: [`TELLING`], [`NUMERAL`].
    kinds: Vec<u8>,
}

/// Characters of units that stand in nearly every address.
const UNITS: &str = "路街巷弄镇乡村屯号栋幢室区县市省州旗道苑寨號區縣鎮鄉";
const TELLING: u8 = 1;
const NUMERAL: u8 = 2;

const AFTER: &str = include_str!("../../../rules/words/after-addresses.txt");

static LISTS: LazyLock<Lists> = LazyLock::new(|| Lists {
    kinds: (0x4E00..0xA000u32)
        .map(|c| {
            let c = char::from_u32(c).unwrap_or(' ');
            u8::from(UNITS.contains(c)) * TELLING + u8::from(is_numeral(c)) * NUMERAL
        })
        .collect(),
    divisions: divisions(),
    after: Words::new(sections(AFTER).filter(|s| s.0 != "colon").map(|s| s.1)),
    after_colon: Words::new(sections(AFTER).filter(|s| s.0 == "colon").map(|s| s.1)),
    named_units: Words::new(NAMED_UNITS.iter().map(|u| u.0)),
    number_units: Words::new(NUMBER_UNITS.iter().copied()),
});

/// Whether a known division, or the country, may begin with this character; `rest` is what follows it.
pub(super) fn may_start(c: char, rest: &str) -> bool {
    c >= '\u{2E80}' && {
        let second = rest.chars().next().unwrap_or('\0');
        LISTS.divisions.may_begin(c, second) || (c == '中' && matches!(second, '华' | '国'))
    }
}

pub(super) fn is_division(text: &str) -> bool {
    let known = known(text);
    known > 0
        && text
            .get(known..)
            .is_some_and(|rest| rest.is_empty() || DIVISION_UNITS.contains(&rest))
}

/// Length of the known division at the start.
fn known(text: &str) -> usize {
    LISTS.divisions.longest(text)
}

/// What was read of an address.
#[derive(Debug, Default, Clone, Copy)]
struct Read {
    end: usize,
    /// Divisions from the list.
    known: u8,
    /// Divisions, by list or by unit.
    divisions: u8,
    places: u8,
    streets: u8,
    estates: u8,
    /// Numbers with their units.
    numbers: u8,
}

impl Read {
    fn levels(self) -> u8 {
        self.divisions + self.places + self.streets + self.estates.min(1)
    }

    /// Two levels, or one with a number.
    fn is_address(self) -> bool {
        let number = self.numbers.min(1);
        self.levels() + number >= 2
            && (self.known > 0 || self.streets + self.places > 0 || self.numbers >= 2)
    }

    /// Down to a street, a village or a house.
    fn is_exact(self) -> bool {
        (self.streets + self.places + self.estates > 0 && self.numbers > 0)
            || self.numbers >= 2
            || (self.divisions >= 2 && self.streets + self.places + self.estates > 0)
    }
}

fn rest(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

/// Bytes of a separator between parts.
fn separator(text: &str) -> usize {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c @ (' ' | ',' | '，' | '-' | '/' | '\u{3000}' | '、' | '·')), Some(next)) => {
            if next == ' ' && c != ' ' {
                c.len_utf8() + 1
            } else if is_han(next) || next.is_alphanumeric() {
                c.len_utf8()
            } else {
                0
            }
        }
        _ => 0,
    }
}

/// Reads an address from the start of a text as far as it goes.
fn read(text: &str) -> Read {
    let mut out = Read::default();
    let mut at = ["中华人民共和国", "中国"]
        .iter()
        .find(|c| text.starts_with(**c))
        .map_or(0, |c| c.len());
    // Divisions.
    for _ in 0..5 {
        let skip = if out.divisions > 0 {
            separator(rest(text, at))
        } else {
            0
        };
        let here = rest(text, at + skip);
        let Some((len, is_known)) = division(here, out.divisions > 0) else {
            break;
        };
        at += skip + len;
        out.end = at;
        out.divisions += 1;
        out.known += u8::from(is_known);
    }
    // What lies below.
    for _ in 0..16 {
        let skip = if out.end > 0 {
            separator(rest(text, at))
        } else {
            0
        };
        let here = rest(text, at + skip);
        let len = if let Some(len) = number(here, out.numbers > 0) {
            out.numbers = out.numbers.saturating_add(1);
            len
        } else if let Some((len, kind)) = named(here, out.end > 0) {
            match kind {
                Kind::Place => out.places += 1,
                Kind::Street => out.streets += 1,
                Kind::Estate => out.estates += 1,
            }
            len
        } else if let Some(len) = unnamed(here).filter(|_| out.end > 0) {
            out.estates += 1;
            len
        } else {
            break;
        };
        at += skip + len;
        out.end = at;
    }
    out
}

/// A division at the start: its length, and whether it is in the list.
fn division(text: &str, below: bool) -> Option<(usize, bool)> {
    let len = known(text);
    if len > 0 {
        let after = rest(text, len);
        let has_unit = text
            .get(..len)
            .is_some_and(|t| t.ends_with(['省', '市', '区', '县', '州', '盟', '旗']));
        if has_unit {
            return (!is_street_next(after)).then_some((len, true));
        }
        let may = after.starts_with([
            '特', '自', '地', '新', '林', '省', '市', '盟', '县', '区', '旗',
        ]);
        if may
            && let Some(unit) = DIVISION_UNITS.iter().find(|u| after.starts_with(**u))
            && !is_street_next(rest(after, unit.len()))
        {
            return Some((len + unit.len(), true));
        }
        // A bare name may be that of a street: 南京路, 北京西路.
        return (!is_street_next(after)).then_some((len, true));
    }
    if !below {
        return None;
    }
    // By unit: the first within a few characters.
    let mut count = 0;
    for (i, c) in text.char_indices() {
        if !is_han(c) || count > 11 {
            return None;
        }
        if count > 0 && matches!(c, '区' | '县' | '市' | '旗' | '區' | '縣') {
            let end = i + c.len_utf8();
            let after = rest(text, end);
            if after.starts_with(['区', '区', '县', '场', '镇', '乡', '村'])
                || is_street_next(after)
            {
                count += 1;
                continue;
            }
            let before = text.get(..i).unwrap_or_default();
            if before.ends_with('小')
                || before.ends_with('园')
                || before.ends_with("社")
                || before.ends_with('街')
                || before.contains(['路', '街', '镇', '乡', '村', '号'])
            {
                return None;
            }
            return Some((end, false));
        }
        count += 1;
    }
    None
}

/// Whether a text goes on as the name of a street does: 西路, 一街, 大道.
fn is_street_next(text: &str) -> bool {
    if !text.starts_with(|c| {
        matches!(
            c,
            '东' | '南'
                | '西'
                | '北'
                | '中'
                | '一'
                | '二'
                | '三'
                | '四'
                | '五'
                | '六'
                | '内'
                | '外'
                | '前'
                | '后'
                | '上'
                | '下'
                | '新'
                | '老'
        ) || matches!(
            c,
            '路' | '街'
                | '巷'
                | '道'
                | '弄'
                | '渠'
                | '镇'
                | '乡'
                | '村'
                | '社'
                | '大'
                | '胡'
                | '环'
                | '支'
        )
    }) {
        return false;
    }
    let text = text.trim_start_matches([
        '东', '東', '南', '西', '北', '中', '一', '二', '三', '四', '五', '六', '内', '外', '前',
        '后', '上', '下', '新', '老',
    ]);
    text.starts_with(['路', '街', '巷', '道', '弄', '渠', '镇', '乡', '村'])
        || text.starts_with("社区")
        || text.starts_with("大道")
        || text.starts_with("大街")
        || text.starts_with("胡同")
        || text.starts_with("环路")
        || text.starts_with("支路")
}

fn is_numeral(c: char) -> bool {
    c.is_ascii_digit()
        || matches!(
            c,
            '０'
                ..='９'
                    | '一'
                    | '二'
                    | '三'
                    | '四'
                    | '五'
                    | '六'
                    | '七'
                    | '八'
                    | '九'
                    | '十'
                    | '百'
                    | '零'
                    | '〇'
                    | '两'
                    | '甲'
                    | '乙'
                    | '丙'
                    | '丁'
        )
}

/// A number with its unit, or the number of a room at the end: its length.
fn number(text: &str, numbered: bool) -> Option<usize> {
    let text_bare = text
        .strip_prefix(['第', '附', '负', '(', '（', '近'])
        .filter(|t| t.starts_with(is_numeral));
    let lead = text_bare.map_or(0, |t| text.len() - t.len());
    let text = rest(text, lead);
    let mut len = 0;
    let (mut digits, mut letters) = (0, 0);
    for (i, c) in text.char_indices() {
        if is_numeral(c) {
            digits += 1;
        } else if c.is_ascii_alphabetic() && letters < 2 && c != 'F' && c != 'f' {
            letters += 1;
        } else if matches!(c, '-' | '－' | '—' | '–' | '~' | '/' | '、' | '之')
            && digits > 0
            && rest(text, i + c.len_utf8())
                .starts_with(|n: char| is_numeral(n) || n.is_ascii_alphabetic())
        {
            // Goes on: 12-3-401.
        } else {
            break;
        }
        len = i + c.len_utf8();
        if digits + letters > 9 {
            return None;
        }
    }
    if len == 0 {
        return None;
    }
    let after = rest(text, len);
    let unit = LISTS.number_units.longest(after);
    if unit > 0 {
        // 3号线, 5路车 are no addresses.
        let period = after.starts_with('期') && digits > 3;
        return (!period && !rest(after, unit).starts_with(['线', '车', '令']))
            .then_some(lead + len + unit);
    }
    // The room: 8栋1154, 3单元401.
    let whole = !after.starts_with(|c: char| c.is_alphanumeric() && !is_han(c))
        && text
            .get(..len)
            .is_some_and(|n| n.bytes().any(|b| b.is_ascii_digit()));
    let short = digits <= 5 || text.get(..len).is_some_and(|n| n.contains(['-', '－']));
    let odd = after.starts_with([
        '年', '月', '日', '元', '万', '个', '人', '次', '%', '.', '天', '份', '倍', '条', '度',
        '岁',
    ]);
    (numbered && whole && short && !odd).then_some(lead + len)
}

/// The unit at the start: its length and kind.
fn unit(text: &str) -> Option<(usize, Kind)> {
    let len = LISTS.named_units.longest(text);
    let word = text.get(..len).filter(|w| !w.is_empty())?;
    NAMED_UNITS.iter().find(|u| u.0 == word).map(|u| (len, u.1))
}

/// Whether a unit of one character is rather part of a word, as in 报道, 法院, 城市: what follows is
/// no number, unit or end.
fn is_word(text: &str, len: usize) -> bool {
    let weak = text.starts_with([
        '道', '里', '城', '府', '湾', '庭', '邸', '轩', '庄', '园', '院', '苑',
    ]) && len == 3;
    weak && rest(text, len)
        .chars()
        .next()
        .is_some_and(|c| is_han(c) && !is_numeral(c) && unit(rest(text, len)).is_none())
}

/// A named unit at the start: its length and kind.
fn named(text: &str, below: bool) -> Option<(usize, Kind)> {
    let mut count = 0;
    let mut found: Option<(usize, Kind)> = None;
    for (i, c) in text.char_indices() {
        if let Some((end, _)) = found
            && i < end
        {
            continue;
        }
        let adjacent = found.is_some_and(|(end, _)| end == i);
        if found.is_some() && !adjacent {
            break;
        }
        if !(is_han(c) || c.is_ascii_alphanumeric() || matches!(c, '·' | '（' | '）' | '(' | ')'))
            || count > 14
        {
            break;
        }
        if count > 0 && is_han(c) {
            match unit(rest(text, i)).filter(|u| {
                (below || u.1 != Kind::Estate || u.0 > 3) && !is_word(rest(text, i), u.0)
            }) {
                Some((len, kind)) => found = Some((i + len, kind)),
                None if adjacent => break,
                None => {}
            }
        }
        if is_stop(c) && found.is_none() {
            return None;
        }
        count += 1;
    }
    found
}

/// An estate without a unit of its own, before a number with one: 保利香槟25号楼.
fn unnamed(text: &str) -> Option<usize> {
    let mut count = 0;
    for (i, c) in text.char_indices() {
        if is_numeral(c) || c.is_ascii_alphabetic() {
            let bank = text
                .get(..i)
                .is_some_and(|t| t.ends_with("银行") || t.ends_with("公司"));
            if count >= 2 && !bank && number(rest(text, i), false).is_some() {
                return Some(i);
            }
        } else if !is_han(c) || is_stop(c) {
            return None;
        }
        count += 1;
        if count > 12 {
            return None;
        }
    }
    None
}

/// Characters of sentences that are in no address.
fn is_stop(c: char) -> bool {
    matches!(
        c,
        '的' | '是'
            | '了'
            | '被'
            | '将'
            | '已'
            | '我'
            | '你'
            | '他'
            | '她'
            | '这'
            | '请'
            | '从'
            | '把'
            | '说'
            | '不'
            | '并'
            | '在'
    )
}

pub(super) fn is_certain(text: &str) -> bool {
    let r = read(text);
    let tail = rest(text, r.end).trim();
    r.is_address()
        && r.is_exact()
        && tail.chars().count() * 3 <= text.chars().count()
        && !is_organisation(text)
}

fn is_organisation(text: &str) -> bool {
    [
        "公司",
        "银行",
        "支行",
        "分行",
        "店",
        "厂",
        "局",
        "所",
        "营业部",
        "分公司",
        "医院",
        "学校",
        "大学",
        "法院",
        "公证处",
    ]
    .iter()
    .any(|e| text.ends_with(e))
}

/// In a column of addresses: four Chinese characters with a unit or a known division among them, or
/// a number with its unit. One pass: it is asked for every cell.
pub(super) fn in_column(text: &str) -> bool {
    let lists = &*LISTS;
    let (mut han, mut numerals, mut units) = (0, false, false);
    for c in text.chars() {
        if c.is_ascii() {
            numerals |= c.is_ascii_digit();
            continue;
        }
        han += usize::from(is_han(c));
        let kind = (c as usize)
            .checked_sub(0x4E00)
            .and_then(|i| lists.kinds.get(i))
            .copied()
            .unwrap_or(0);
        numerals |= kind & NUMERAL != 0;
        units |= kind & TELLING != 0;
        if han >= 4 && units {
            return true;
        }
    }
    if han < 2 || (han < 4 && !numerals) || text == "中华人民共和国" {
        return false;
    }
    if han >= 4 && known(text) > 0 {
        return true;
    }
    let r = read(text);
    r.numbers >= 2
        || (r.numbers == 1 && r.streets + r.places + r.estates > 0)
        || (han >= 4 && r.is_address())
}

/// The address at the start of a text, after a label: its length.
pub(super) fn after_label(text: &str) -> Option<usize> {
    let stop = hard_end(text);
    let text = text.get(..stop)?;
    let r = read(text);
    if !r.is_address() {
        return None;
    }
    // What remains up to the end of the sentence, when it is short: the name of a building.
    let tail = rest(text, r.end);
    let short = tail.chars().count() <= 14
        && tail.chars().all(|c| {
            (is_han(c) && !is_stop(c))
                || c.is_ascii_alphanumeric()
                || matches!(c, '(' | ')' | '（' | '）' | '-' | '#')
        });
    let word = tail.starts_with(['男', '女']) || label_begins(tail);
    let long_digits = tail.bytes().filter(u8::is_ascii_digit).count() > 6;
    Some(if short && !word && !long_digits {
        text.len()
    } else {
        r.end
    })
}

/// Whether the next label begins here. Words that may be part of an address as well (民族大道) must
/// end at a mark, a blank or a number.
fn label_begins(text: &str) -> bool {
    if LISTS.after.longest(text) > 0 {
        return true;
    }
    let len = LISTS.after_colon.longest(text);
    len > 0 && !rest(text, len).starts_with(is_han)
}

/// Where the next label or sentence begins.
fn hard_end(text: &str) -> usize {
    for (i, c) in text.char_indices() {
        let punctuation = matches!(
            c,
            '。' | '；'
                | ';'
                | '\n'
                | '\r'
                | '\t'
                | '！'
                | '？'
                | '|'
                | '"'
                | '”'
                | '」'
                | '】'
                | '<'
                | '>'
                | '：'
                | ':'
                | '\''
                | ']'
        );
        let blanks = c == ' ' && rest(text, i).starts_with("  ");
        if punctuation || blanks || (i > 0 && is_han(c) && label_begins(rest(text, i))) || i > 300 {
            let head = text.get(..i).unwrap_or_default();
            return head
                .trim_end_matches([' ', ',', '，', '、', '(', '（', '\u{3000}'])
                .len();
        }
    }
    text.trim_end().len()
}

/// Bytes of an address in running text that are looked at.
pub(super) const LONGEST: usize = 240;

/// The address at the start of running text, which begins with a known division: its length.
pub(super) fn at_start(text: &str) -> Option<usize> {
    let mut most = text.len().min(LONGEST);
    while !text.is_char_boundary(most) {
        most -= 1;
    }
    let text = text.get(..most)?;
    let r = read(text);
    if r.known == 0 || !r.is_address() {
        return None;
    }
    // Without a number down to a street, town or village of a city or county: 天柱县凤城镇.
    let numbered = r.numbers > 0 && r.is_exact();
    let named = r.numbers == 0 && r.streets + r.places > 0 && !organisation_near(text, r.end);
    (numbered || named).then_some(r.end)
}

/// The address in running text that begins here with a known division, or behind a word that leads to one.
pub(super) fn at_place(text: &str) -> Option<Range<usize>> {
    let first = text.chars().next()?;
    let skip = locator(first, rest(text, first.len_utf8()));
    if skip > 0
        && let Some(end) = after_locator(rest(text, skip))
    {
        return Some(skip..skip + end);
    }
    at_start(text).map(|end| 0..end)
}

/// Where somebody is at home or something lies, in words before a place: the bytes of the words.
pub(super) fn locator(c: char, rest: &str) -> usize {
    const LOCATORS: [&str; 8] = [
        "家住",
        "住在",
        "住于",
        "位于",
        "地处",
        "坐落于",
        "座落于",
        "居住在",
    ];
    if !matches!(c, '家' | '住' | '位' | '地' | '坐' | '座' | '居') {
        return 0;
    }
    let of = |w: &&&str| w.strip_prefix(c).is_some_and(|tail| rest.starts_with(tail));
    LOCATORS.iter().find(of).map_or(0, |w| w.len())
}

/// The place after such words: a street, town, village or estate with a name of its own.
pub(super) fn after_locator(text: &str) -> Option<usize> {
    let mut most = text.len().min(120);
    while !text.is_char_boundary(most) {
        most -= 1;
    }
    let text = text.get(..most)?;
    let r = read(text);
    let own = text.get(..r.end)?.chars().count() >= 3;
    let fine = own && r.streets + r.places + r.estates > 0 && !organisation_near(text, r.end);
    fine.then_some(r.end)
}

/// Whether what goes on behind a place, or ends before it is over, is an organisation that bears its name:
/// 南京西路营业部, 福田街道办事处.
fn organisation_near(text: &str, end: usize) -> bool {
    const MARKS: [&str; 34] = [
        "营业部",
        "支行",
        "分行",
        "分公司",
        "公司",
        "派出所",
        "办事处",
        "委员会",
        "居委会",
        "村委会",
        "委会",
        "政府",
        "中学",
        "小学",
        "学校",
        "幼儿园",
        "医院",
        "卫生",
        "法院",
        "检察院",
        "银行",
        "分理处",
        "储蓄所",
        "网点",
        "街道办",
        "分局",
        "税务",
        "财政所",
        "信用社",
        "事务所",
        "店",
        "站",
        "厂",
        "证券",
    ];
    let tail = rest(text, end);
    let head = text.get(..end).unwrap_or_default();
    if ["办事处", "居委会", "村委会", "委员会"]
        .iter()
        .any(|m| head.ends_with(m))
    {
        return true;
    }
    tail.char_indices()
        .take(10)
        .take_while(|(_, c)| is_han(*c) && !is_stop(*c))
        .any(|(i, _)| MARKS.iter().any(|m| rest(tail, i).starts_with(m)))
}
