//! Names in Chinese characters: by surname, characters of given names, and what follows.

use super::tables::{Tables, flag, is_han, is_middle_dot, tables};
use std::ops::Range;

/// Characters looked at behind a label.
const RUN: usize = 20;

/// Titles that may stand in a name column behind a name or a surname.
const TITLES: &[&str] = &[
    "先生",
    "女士",
    "小姐",
    "太太",
    "老师",
    "经理",
    "总经理",
    "律师",
    "医生",
    "主任",
    "教授",
    "师傅",
    "同志",
    "总",
    "工",
    "某",
    "某某",
    "等",
];

/// A few characters with their places in the text.
struct Run<'t> {
    text: &'t str,
    chars: [char; RUN],
    /// Byte offset of each character, and of the end.
    at: [usize; RUN + 1],
    len: usize,
}

impl<'t> Run<'t> {
    /// The Chinese characters at the start of a text.
    fn start(text: &'t str) -> Self {
        let mut run = Run {
            text,
            chars: ['\0'; RUN],
            at: [0; RUN + 1],
            len: 0,
        };
        for ((slot, at), (i, c)) in run
            .chars
            .iter_mut()
            .zip(run.at.iter_mut().skip(1))
            .zip(text.char_indices())
        {
            if !is_han(c) {
                break;
            }
            *slot = c;
            *at = i + c.len_utf8();
            run.len += 1;
        }
        run
    }

    fn char(&self, i: usize) -> Option<char> {
        self.chars.get(i).copied().filter(|_| i < self.len)
    }

    fn slice(&self, from: usize, to: usize) -> &[char] {
        self.chars.get(from..to).unwrap_or_default()
    }

    fn offset(&self, i: usize) -> usize {
        self.at.get(i).copied().unwrap_or(self.text.len())
    }

    /// Text from the `i`th character on.
    fn from(&self, i: usize) -> &'t str {
        self.text.get(self.offset(i)..).unwrap_or_default()
    }

    /// Text of some characters.
    fn part(&self, from: usize, to: usize) -> &'t str {
        self.text
            .get(self.offset(from)..self.offset(to))
            .unwrap_or_default()
    }
}

/// A surname at the start: its characters and how much it speaks for a name.
fn surnames(t: &Tables, run: &Run<'_>) -> [(usize, i32); 2] {
    let mut out = [(0, 0); 2];
    let Some(first) = run.char(0) else { return out };
    let single = t.surname(first);
    if single > 0 {
        out[0] = (1, single);
    }
    if t.is(first, flag::COMPOUND) && run.len >= 2 && t.compound.has(run.part(0, 2)) {
        out[1] = (2, 4);
    } else if run.len == 4 && single == 3 && run.char(1).is_some_and(|c| t.surname(c) == 3) {
        // Husband's and wife's: 张王小红.
        out[1] = (2, 3);
    }
    out
}

fn given(t: &Tables, chars: &[char]) -> i32 {
    chars.iter().map(|&c| t.given(c)).sum()
}

fn all_by_sound(t: &Tables, chars: &[char], wide: bool) -> bool {
    chars
        .iter()
        .all(|&c| t.is(c, if wide { flag::SOUND_WIDE } else { flag::SOUND }))
}

/// Whether the text ends as names of organisations or places end.
fn is_organisation(t: &Tables, text: &str, chars: usize) -> bool {
    let Some(last) = text.chars().next_back() else {
        return false;
    };
    if t.is(last, flag::ORGANISATION_END) {
        let single = chars > 4 || t.given(last) < 0;
        if t.organisations
            .iter()
            .any(|e| text.ends_with(e) && e.len() < text.len() && (e.len() > 3 || single))
        {
            return true;
        }
    }
    chars > 4 && has_mark(t, text)
}

/// Whether a word that marks an organisation is in the text.
fn has_mark(t: &Tables, text: &str) -> bool {
    text.char_indices().any(|(i, c)| {
        t.is(c, flag::ORGANISATION)
            && text
                .get(i..)
                .is_some_and(|r| t.organisation_marks.longest(r) > 0)
    })
}

/// Surely a name: a surname and one or two characters common in given names, no known word.
pub(super) fn is_certain(text: &str) -> bool {
    let t = tables();
    if text.len() > 18 {
        return dotted(text).is_some_and(|d| d.whole && d.sound);
    }
    let run = Run::start(text);
    if run.offset(run.len) != text.len() {
        return dotted(text).is_some_and(|d| d.whole && d.sound);
    }
    if run.len < 2
        || run.len > 4
        || is_known_word(t, text)
        || crate::detect::addresses::is_division(text)
    {
        return false;
    }
    // 朝阳门, 解放路: a street or place rather.
    let place = run.len == 3
        && run
            .char(2)
            .is_some_and(|c| "路街道门桥镇城园湾岛州寨庄村站港".contains(c));
    let best = surnames(t, &run)
        .into_iter()
        .filter(|&(n, w)| w > 0 && (1..=2).contains(&(run.len - n.min(run.len))))
        .map(|(n, w)| {
            let name = run.slice(n, run.len);
            let least = name.iter().map(|&c| t.given(c)).min().unwrap_or(-3);
            let rare = n == 1 && w < 3;
            let weak = least < 0
                || (place && n == 1)
                || (rare && least < if run.len == 2 { 3 } else { 1 });
            if weak { -9 } else { w + given(t, name) }
        });
    let enough = if run.len == 2 { 4 } else { 5 };
    best.max().is_some_and(|s| s >= enough)
        || (run.len == 4 && all_by_sound(t, run.slice(0, 4), false) && !is_organisation(t, text, 4))
}

fn is_known_word(t: &Tables, text: &str) -> bool {
    text.chars().next().is_some_and(|c| t.is(c, flag::NOT_NAME)) && t.not_names.has(text)
}

/// A cell of Chinese characters only (blanks between them allowed): whether it is a name in a column
/// of persons. `None` for other cells.
pub(super) fn plain_cell(text: &str, header: bool) -> Option<bool> {
    let run = Run::start(text);
    if run.len == 0 {
        return None;
    }
    if run.offset(run.len) == text.len() {
        return Some(cell(&run, header));
    }
    let rest = run.from(run.len);
    let next = rest.chars().next()?;
    if is_middle_dot(next) || (next == '.' && rest.chars().nth(1).is_some_and(is_han)) {
        // Under a header nothing follows the name: 阿不都热依木 holds no 都 of its own.
        let whole = header
            && text
                .chars()
                .all(|c| is_han(c) || is_middle_dot(c) || c == '.');
        return Some(dotted(text).is_some_and(|d| (d.whole || whole) && (header || d.sound)));
    }
    if next.is_whitespace() {
        return spaced(text, header);
    }
    None
}

/// 张 三; 欧阳 娜娜; 张三 李四.
fn spaced(text: &str, header: bool) -> Option<bool> {
    let mut joined = [0u8; 4 * 12];
    let (mut len, mut count) = (0, 0);
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        if !is_han(c) {
            return None;
        }
        let slot = joined.get_mut(len..len + c.len_utf8());
        if let Some(slot) = slot {
            c.encode_utf8(slot);
            len += c.len_utf8();
        }
        count += 1;
    }
    if count <= 4 {
        let joined = joined
            .get(..len)
            .and_then(|j| std::str::from_utf8(j).ok())?;
        if cell(&Run::start(joined), header) {
            return Some(true);
        }
    }
    // 山田 太郎: two parts, neither of them a known word.
    let t = tables();
    let two = header && (3..=6).contains(&count) && text.split_whitespace().count() == 2;
    if two
        && text
            .split_whitespace()
            .all(|w| w.len() <= 9 && !is_known_word(t, w) && !is_organisation(t, w, 4))
    {
        return Some(true);
    }
    Some(
        text.split_whitespace()
            .all(|w| cell(&Run::start(w), header)),
    )
}

fn cell(run: &Run<'_>, header: bool) -> bool {
    let t = tables();
    let text = run.text;
    let n = run.len;
    if n < 2 || run.offset(n) != text.len() {
        return false;
    }
    if is_known_word(t, text) {
        return header && t.maybe.has(text);
    }
    let last = run.char(n - 1).unwrap_or('\0');
    let ends_like_word = t.is(last, flag::NOT_NAME_END | flag::SELDOM);
    // 李先生, 王总, 张伟经理
    let titled = "生士姐太师理任授傅志总工某等".contains(last);
    if titled && (header || n > 3) {
        let title = TITLES
            .iter()
            .filter(|w| text.ends_with(**w))
            .map(|w| w.chars().count())
            .max()
            .unwrap_or(0);
        if title > 0 && n > title {
            let bare = n - title;
            let name = bare == 1 && header && run.char(0).is_some_and(|c| t.surname(c) > 1);
            if name || (bare >= 2 && is_certain(run.part(0, bare))) {
                return true;
            }
        }
    }
    let best = surnames(t, run)
        .into_iter()
        .filter(|&(s, w)| w > 0 && n > s && n - s <= 2)
        .map(|(s, w)| w + given(t, run.slice(s, n)))
        .max();
    if let Some(score) = best {
        // A name by the statistics; an ending such as 部 or 中心 speaks against it when they are weak.
        let enough = match (header, n) {
            (true, 2) => -2,
            (true, _) => -1,
            (false, 2) => 1,
            (false, _) => 2,
        };
        let doubt = (ends_like_word && score < 4 && n > 3) || is_organisation(t, text, n);
        if score >= enough && !doubt {
            return true;
        }
    }
    if (3..=12).contains(&n)
        && all_by_sound(t, run.slice(0, n), header)
        && !is_organisation(t, text, n)
    {
        return header || n >= 4;
    }
    if !header
        || n > 4
        || is_organisation(t, text, 4)
        || crate::detect::addresses::is_division(text)
    {
        return false;
    }
    // A surname that is not in the list: rare characters, or characters of given names throughout.
    let seldom = run
        .slice(0, n)
        .iter()
        .any(|&c| t.is(c, flag::SELDOM) && !t.is(c, flag::GIVEN_STRONG | flag::GIVEN));
    let rest = given(t, run.slice(1, n));
    !seldom && n <= 3 && rest >= if n == 2 { 2 } else { 3 }
}

/// A name in parts with dots between them.
struct Dotted {
    end: usize,
    /// It is all of the text.
    whole: bool,
    /// All or most of its characters are used to write names by sound.
    sound: bool,
}

/// 阿卜杜拉·买买提, 让·雅克·卢梭, J·K·罗琳: at the start of a text.
fn dotted(text: &str) -> Option<Dotted> {
    let t = tables();
    let (mut groups, mut size, mut chars, mut by_sound) = (1, 0, 0, 0);
    let mut end = 0;
    let mut it = text.char_indices().peekable();
    while let Some((i, c)) = it.next() {
        let next = it.peek().map(|n| n.1);
        if is_han(c) {
            let sound = t.is(c, flag::SOUND_WIDE);
            // The last part ends where a word follows the name.
            let narrow = t.is(c, flag::SOUND);
            if groups > 1
                && size >= 1
                && !narrow
                && (t.is(c, flag::AFTER) || ends_here(t, text.get(i..)?))
            {
                break;
            }
            chars += 1;
            size += 1;
            by_sound += usize::from(sound);
            end = i + c.len_utf8();
        } else if (is_middle_dot(c) || c == '.')
            && size > 0
            && next.is_some_and(|n| is_han(n) || n.is_ascii_uppercase())
        {
            groups += 1;
            size = 0;
        } else if c.is_ascii_uppercase()
            && size == 0
            && next.is_some_and(|n| is_middle_dot(n) || n == '.')
        {
            size += 1;
        } else {
            break;
        }
        if size > 10 || chars > 30 {
            return None;
        }
    }
    ((2..=6).contains(&groups) && chars >= 2 && size >= 1).then_some(Dotted {
        end,
        whole: end == text.len(),
        sound: by_sound * 3 >= chars * 2,
    })
}

/// Whether a word that follows names begins here.
fn ends_here(t: &Tables, text: &str) -> bool {
    t.after_word(text) > 0 || t.not_name(text) > 0
}

/// How well a name may end before the `i`th character.
fn boundary(t: &Tables, run: &Run<'_>, i: usize) -> i32 {
    if i >= run.len {
        return match run.from(i).chars().next() {
            Some(c) if is_middle_dot(c) => -6,
            Some(c) if is_han(c) => -2,
            _ => 4,
        };
    }
    let rest = run.from(i);
    if t.after_word(rest) > 3 {
        return 4;
    }
    let next = run.char(i).unwrap_or('\0');
    // A sentence does not end with a small word: 李有为。
    let ends_text = i + 1 == run.len
        && !run
            .from(run.len)
            .starts_with(|c: char| c.is_alphanumeric() || c == ' ');
    let (clear, marked) = if ends_text && "于为在与和及将被从由向对以所".contains(next)
    {
        (-2, -6)
    } else if t.is(next, flag::AFTER) {
        (2, 0)
    } else if t.not_name(rest) > 3 {
        (2, -3)
    } else if t.given(next) < 0 {
        // What follows can be no part of a given name.
        (0, -6)
    } else {
        (-2, -6)
    };
    if organisation_follows(t, rest) {
        marked
    } else {
        clear
    }
}

/// Whether the characters that follow make an organisation of what stands before: 李宁体育有限公司.
fn organisation_follows(t: &Tables, rest: &str) -> bool {
    let end = rest
        .char_indices()
        .take(16)
        .find(|(_, c)| !is_han(*c))
        .map_or(rest.len().min(48), |(i, _)| i);
    let mut end = end.min(rest.len());
    while !rest.is_char_boundary(end) {
        end -= 1;
    }
    has_mark(t, rest.get(..end).unwrap_or_default())
}

/// The name at the start of a text that follows a label.
pub(super) fn after_label(text: &str, colon: bool) -> Option<Range<usize>> {
    let t = tables();
    let run = Run::start(text);
    if let Some(d) = dotted_after(&run, colon) {
        return Some(0..d);
    }
    if let Some(end) = spaced_after(t, &run, colon) {
        return Some(0..end);
    }
    if (3..=4).contains(&run.len) && is_organisation(t, run.part(0, run.len), run.len) {
        return None;
    }
    let known = text
        .get(..t.not_name(text))
        .unwrap_or_default()
        .chars()
        .count();
    let mut best: Option<(i32, usize)> = None;
    for (s, weight) in surnames(t, &run) {
        for l in s + 1..=(s + 2).min(run.len) {
            if let Some(score) = judge(
                t,
                &run,
                Cut {
                    s,
                    l,
                    weight,
                    known,
                },
                colon,
            ) && best.is_none_or(|(b, _)| score >= b)
            {
                best = Some((score, l));
            }
        }
    }
    if let Some(end) = by_sound_after(t, &run, colon, best.map_or(0, |b| b.0)) {
        return Some(0..end);
    }
    best.map(|(_, l)| 0..run.offset(l))
}

/// One way to cut a name off the start of a run.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// Characters of the surname.
    s: usize,
    /// Characters of the whole name.
    l: usize,
    /// How much the surname speaks for a name.
    weight: i32,
    /// Characters of the known word that the run begins with.
    known: usize,
}

/// How much speaks for this cut; `None` when it is not enough.
fn judge(t: &Tables, run: &Run<'_>, cut: Cut, colon: bool) -> Option<i32> {
    let Cut {
        s,
        l,
        weight,
        known,
    } = cut;
    if weight == 0 {
        return None;
    }
    let compound = s == 2 && weight > 3;
    let ends = boundary(t, run, l);
    let name = run.slice(s, l);
    let last = run.char(l - 1)?;
    let least = name.iter().map(|&c| t.given(c)).min()?;
    let maybe = colon && ends > 3 && known == l && t.maybe.has(run.part(0, l));
    let strong = least >= 1 && ends >= 2 && least + ends >= 4 && s == 1;
    if (!maybe && !compound && known > 0 && !strong)
        || (!maybe && known >= l)
        || (l > 2 && is_organisation(t, run.part(0, l), l))
    {
        return None;
    }
    let doubtful = !colon && s == 1 && run.char(0).is_some_and(|c| t.is(c, flag::AFTER));
    let mut score = weight + given(t, name) + ends - if doubtful { 2 } else { 0 };
    if l < run.len && l > s + 1 && t.is(last, flag::AFTER) {
        // 丁东于|昨日: rather the word after the name than its last character.
        score -= 4;
    } else if l == run.len
        && l > s + 1
        && (t.given(last) < 0 || (compound && t.is(last, flag::AFTER)))
    {
        score -= 3;
    } else if l < run.len && s == 1 && l == 2 && least < -2 {
        // 王总|要求.
        score -= 2;
    }
    // A word that follows names and begins within this one: 张三电|话, 王经|理; 何先生.
    for i in s..l {
        let word = t.after_word(run.from(i));
        let end = run.offset(i) + word;
        if (word > 3 && end > run.offset(l)) || (word > 0 && i == s && end == run.offset(l)) {
            score -= if TITLES.contains(&run.part(i, l)) {
                12
            } else {
                6
            };
        }
    }
    let enough = match (colon, weight) {
        (true, _) => 3,
        (false, 3..) => 5,
        (false, _) if ends < 2 => 7,
        (false, _) => 6,
    };
    (score >= enough).then_some(score)
}

/// A name with dots behind a label.
fn dotted_after(run: &Run<'_>, colon: bool) -> Option<usize> {
    if !(1..=10).contains(&run.len)
        || !run
            .from(run.len)
            .starts_with(|c| is_middle_dot(c) || c == '.')
    {
        return None;
    }
    let d = dotted(run.text)?;
    (d.sound || colon).then_some(d.end)
}

/// 姓名：张 三 or 张　伟.
fn spaced_after(t: &Tables, run: &Run<'_>, colon: bool) -> Option<usize> {
    let first = run.char(0).filter(|_| colon && run.len == 1)?;
    let rest = run.from(1);
    let bare = rest.trim_start_matches([' ', '\u{3000}']);
    let gap = rest.len() - bare.len();
    let second = Run::start(bare);
    let fits = t.surname(first) > 0
        && (1..=6).contains(&gap)
        && second.len == 1
        && second.char(0).is_some_and(|c| t.given(c) >= 0);
    fits.then_some(run.offset(1) + gap + second.offset(1))
}

/// A name written by sound without dots: 扎西次仁, 乌云其木格.
fn by_sound_after(t: &Tables, run: &Run<'_>, colon: bool, other: i32) -> Option<usize> {
    let sounds = run
        .slice(0, run.len)
        .iter()
        .take_while(|&&c| t.is(c, flag::SOUND))
        .count();
    if !(4..=10).contains(&sounds) {
        return None;
    }
    if t.not_name(run.text) > 0 && !colon {
        return None;
    }
    let ends = boundary(t, run, sounds);
    let score = ends + i32::try_from(sounds).unwrap_or(0);
    (ends >= 2 && score + 2 > other).then(|| run.offset(sounds))
}

/// The name at the end of a text that stands before a title.
pub(super) fn before_title(text: &str) -> Option<Range<usize>> {
    let t = tables();
    let text = text.trim_end();
    let shorter = text.strip_suffix(['总', '副']).filter(|s| !s.is_empty());
    [Some(text), shorter]
        .into_iter()
        .flatten()
        .filter_map(|text| ending(t, text))
        .max_by_key(|e| e.0)
        .map(|e| e.1)
}

fn ending(t: &Tables, text: &str) -> Option<(i32, Range<usize>)> {
    let mut best: Option<(i32, Range<usize>)> = by_sound_before(t, text);
    for (count, (start, _)) in text
        .char_indices()
        .rev()
        .take(4)
        .take_while(|(_, c)| is_han(*c))
        .enumerate()
    {
        let name = text.get(start..)?;
        let run = Run::start(name);
        if count == 0 || is_known_word(t, name) {
            continue;
        }
        let before = text.get(..start)?;
        let left = left_edge(t, before);
        for (s, weight) in surnames(t, &run) {
            if weight == 0 || run.len <= s || run.len - s > 2 {
                continue;
            }
            // Small words are seldom part of a name: 是金|庸, 经向|陈.
            let doubt = |from: usize, to: usize| {
                3 * i32::try_from(
                    run.slice(from, to)
                        .iter()
                        .filter(|&&c| t.is(c, flag::AFTER))
                        .count(),
                )
                .unwrap_or(0)
            };
            let doubt = doubt(0, 1)
                + if run.len > s + 1 {
                    doubt(s, run.len)
                } else {
                    0
                };
            let score = weight + given(t, run.slice(s, run.len)) + left - doubt;
            let enough = match (weight, left) {
                (3.., _) | (_, 4) => 6,
                (_, 3) => 7,
                _ => 9,
            };
            let known = run.len > 2 && s == 1 && t.not_name(name) > 3;
            // The rarer surname must be the better by more.
            let better = best
                .as_ref()
                .is_none_or(|b| score >= b.0 + if weight < 3 { 3 } else { 0 });
            if score >= enough && !known && better {
                best = Some((score, start..text.len()));
            }
        }
    }
    best
}

/// How well a name may begin after this text.
fn left_edge(t: &Tables, before: &str) -> i32 {
    let Some(last) = before.chars().next_back() else {
        return 4;
    };
    if !is_han(last) {
        return if is_middle_dot(last) { -6 } else { 4 };
    }
    if t.is(last, flag::AFTER)
        || matches!(
            last,
            '致' | '找'
                | '同'
                | '跟'
                | '聘'
                | '派'
                | '家'
                | '员'
                | '户'
                | '长'
                | '人'
                | '方'
                | '师'
        )
    {
        return 3;
    }
    if t.is(last, flag::NOT_NAME_END) {
        let tail = before.char_indices().rev().nth(1).map_or(0, |(i, _)| i);
        if before
            .get(tail..)
            .is_some_and(|w| t.not_names.has(w) || t.after.has(w))
        {
            return 3;
        }
    }
    -2
}

/// A name written by sound that takes up all of the text back to a mark or blank: 希拉·布朗.
fn by_sound_before(t: &Tables, text: &str) -> Option<(i32, Range<usize>)> {
    let (mut count, mut dots, mut start) = (0, 0, text.len());
    for (i, c) in text.char_indices().rev() {
        match () {
            () if t.is(c, flag::SOUND_WIDE) => count += 1,
            () if is_middle_dot(c) && count > 0 => dots += 1,
            () if is_han(c) && dots == 0 => return None,
            () => break,
        }
        start = i;
        if count > 16 {
            return None;
        }
    }
    let name = text.get(start..)?;
    let fits = (count >= 3 || (count >= 2 && dots > 0))
        && name.starts_with(is_han)
        && !has_mark(t, name)
        && t.not_name(name) == 0;
    fits.then_some((if dots > 0 { 12 } else { 6 }, start..text.len()))
}
