//! The walk over the lines of a card or calendar.

use super::line::{Coding, Line, Value, file, line_end, logical_len, to_file, unfolded};
use crate::formats::{Cx, FormatError, Source, feed::Feed};
use crate::model::{GapKind, Name, Step};
use std::{io::Cursor, ops::Range};

/// Longest logical line.
const LINE: usize = 16 << 20;

/// What a property says its value is: a label that the rules know. `None` for one that says nothing more than its
/// name.
fn says(name: &str) -> Option<&'static str> {
    Some(match name {
        "FN"
        | "N"
        | "NICKNAME"
        | "SORT-STRING"
        | "X-PHONETIC-FIRST-NAME"
        | "X-PHONETIC-LAST-NAME"
        | "AGENT"
        | "RELATED"
        | "X-SPOUSE"
        | "X-MANAGER"
        | "X-ASSISTANT" => "姓名",
        "TEL" | "X-PHONE" | "X-MOBILE" => "电话",
        "EMAIL" => "邮箱",
        "ADR" | "LABEL" => "地址",
        "BDAY" | "X-BIRTHDAY" => "出生日期",
        "ORG" => "单位名称",
        "X-QQ" => "QQ",
        "X-WECHAT" | "X-WEIXIN" => "微信号",
        _ => return None,
    })
}

/// Reads all of it.
pub(super) fn all(feed: &mut Feed<'_>, writing: bool, cx: &mut Cx<'_>) -> Result<(), FormatError> {
    let mut record = 0;
    let mut number = 1;
    loop {
        feed.fill(64 << 10, cx)?;
        while !feed.is_last()
            && feed.window().len() < LINE
            && logical_len(feed.window(), false).is_none()
        {
            let more = (feed.window().len() * 2).min(LINE);
            feed.fill(more, cx)?;
        }
        let window = feed.window();
        if window.is_empty() {
            return Ok(());
        }
        let len = logical_len(window, feed.is_last())
            .unwrap_or(window.len())
            .min(LINE);
        let line = window.get(..len).unwrap_or_default().to_vec();
        if line.len() >= LINE {
            cx.gap(&[], GapKind::Limit, "length of a line");
        }
        let mut edits = Vec::new();
        one(&line, number, &mut record, writing, cx, &mut edits)?;
        for (range, with) in edits {
            feed.edit(range.start, range.end, &with);
        }
        number += memchr::memchr_iter(b'\n', &line).count() as u64;
        feed.consume(len, cx)?;
    }
}

type Edits = Vec<(Range<usize>, String)>;

/// One logical line.
fn one(
    line: &[u8],
    number: u64,
    record: &mut u64,
    writing: bool,
    cx: &mut Cx<'_>,
    edits: &mut Edits,
) -> Result<(), FormatError> {
    let eol = if line.ends_with(b"\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let Some(content) = Line::read(line) else {
        let text = line.len() - line_end(line);
        let value = Value::plain(line, 0..text);
        hand_on(&value, &[Step::Line(number)], None, eol, cx, edits);
        return Ok(());
    };
    if content.name == "BEGIN" {
        *record += 1;
    }
    let plain = content.name.len() <= 40 && !content.name.contains(|c: char| c.is_ascii_digit());
    let field = if plain {
        content.name.as_str()
    } else {
        "property"
    };
    let at = [
        Step::Record((*record).max(1)),
        Step::Field(format!("${field}")),
    ];
    if !plain {
        let value = Value::plain(line, 0..content.name.len().min(line.len()));
        hand_on(&value, &at, None, eol, cx, edits);
    }
    params(&content, line, &at, eol, cx, edits);
    let name = content.name.clone();
    let label = says(&name).unwrap_or(&name);
    match content.coding {
        Coding::Base64 => {
            let name = format!("{}-{}", (*record).max(1), field.to_lowercase());
            return inside(&content, line, &name, eol, writing, cx, edits);
        }
        Coding::Quoted => {
            let value = Value::quoted(line, &content);
            let shown = value
                .text
                .contains(';')
                .then(|| value.text.replace(';', ""));
            // The parts of a name in this coding are read as one text with their separators.
            if let Some(shown) = shown.filter(|_| matches!(name.as_str(), "N" | "ADR")) {
                together(&value, &shown, &at, label, eol, cx, edits);
            } else {
                hand_on(&value, &at, Some(label), eol, cx, edits);
            }
        }
        Coding::Plain => {
            let value = match name.as_str() {
                "N" => name_of(line, &content.value),
                "ADR" => address(line, &content.value),
                _ => Value::plain(line, content.value.clone()),
            };
            hand_on(&value, &at, Some(label), eol, cx, edits);
            if name == "FN" {
                cx.remember(&value.text);
            }
        }
    }
    Ok(())
}

/// The parameters of a property.
fn params(content: &Line, line: &[u8], at: &[Step], eol: &str, cx: &mut Cx<'_>, edits: &mut Edits) {
    for param in &content.params {
        let label = match param.name.as_str() {
            "CN" | "X-CN" => Some("姓名"),
            "EMAIL" => Some("邮箱"),
            "LABEL" => Some("地址"),
            _ => None,
        };
        let value = Value::plain(line, param.value.clone());
        hand_on(&value, at, label, eol, cx, edits);
        if label == Some("姓名") {
            cx.remember(&value.text);
        }
    }
}

/// A file in a value.
fn inside(
    content: &Line,
    line: &[u8],
    name: &str,
    eol: &str,
    writing: bool,
    cx: &mut Cx<'_>,
    edits: &mut Edits,
) -> Result<(), FormatError> {
    let raw = line.get(content.value.clone()).unwrap_or_default();
    let bytes = file(&unfolded(raw));
    cx.spend(bytes.len() as u64)?;
    let name = Name::from(name);
    let mut source = Source::slice(&bytes);
    if !writing {
        return cx.member(&name, &mut source, None);
    }
    let mut out = Cursor::new(Vec::new());
    cx.member(&name, &mut source, Some(&mut out))?;
    let new = out.into_inner();
    if new != bytes {
        edits.push((content.value.clone(), to_file(&new, eol)));
    }
    Ok(())
}

fn hand_on(
    value: &Value,
    at: &[Step],
    label: Option<&str>,
    eol: &str,
    cx: &mut Cx<'_>,
    edits: &mut Edits,
) {
    if value.text.trim().is_empty() {
        return;
    }
    let wanted: Edits = cx
        .string(at, &value.text, label)
        .iter()
        .map(|e| (e.span.range(), e.with.clone()))
        .collect();
    edits.extend(value.edits(&wanted, eol));
}

/// Hands a value with separators on without them; anything found takes the whole value.
fn together(
    value: &Value,
    shown: &str,
    at: &[Step],
    label: &str,
    eol: &str,
    cx: &mut Cx<'_>,
    edits: &mut Edits,
) {
    let masked: String = {
        let found = cx.string(at, shown, Some(label));
        if found.is_empty() {
            return;
        }
        value
            .text
            .chars()
            .map(|c| if c == ';' { ';' } else { '*' })
            .collect()
    };
    edits.extend(value.edits(&[(0..value.text.len(), masked)], eol));
}

/// The parts of a value between semicolons.
fn parts(line: &[u8], range: &Range<usize>) -> Vec<Range<usize>> {
    let raw = line.get(range.clone()).unwrap_or_default();
    let mut out = Vec::new();
    let mut from = 0;
    let mut escaped = false;
    for (i, &b) in raw.iter().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b';' => {
                out.push(range.start + from..range.start + i);
                from = i + 1;
            }
            _ => {}
        }
    }
    out.push(range.start + from..range.end);
    out
}

fn is_han(text: &str) -> bool {
    text.chars().any(|c| ('\u{2E80}'..='\u{9FFF}').contains(&c))
}

fn values(line: &[u8], range: &Range<usize>, order: &[usize]) -> Vec<Value> {
    let parts = parts(line, range);
    let mut out: Vec<Value> = order
        .iter()
        .filter_map(|&i| parts.get(i))
        .map(|r| Value::plain(line, r.clone()))
        .collect();
    // More parts than there should be.
    let rest = parts.iter().enumerate().filter(|(i, _)| !order.contains(i));
    out.extend(rest.map(|(_, r)| Value::plain(line, r.clone())));
    out
}

/// A name: family name first where it is written so, given name first otherwise.
fn name_of(line: &[u8], range: &Range<usize>) -> Value {
    let raw = String::from_utf8_lossy(line.get(range.clone()).unwrap_or_default());
    if is_han(&raw) {
        Value::joined(values(line, range, &[0, 1, 2]), "")
    } else {
        Value::joined(values(line, range, &[3, 1, 2, 0, 4]), " ")
    }
}

/// An address: from the large to the small where it is written so.
fn address(line: &[u8], range: &Range<usize>) -> Value {
    let raw = String::from_utf8_lossy(line.get(range.clone()).unwrap_or_default());
    if is_han(&raw) {
        Value::joined(values(line, range, &[6, 4, 3, 2, 1, 0, 5]), "")
    } else {
        Value::joined(values(line, range, &[0, 1, 2, 3, 4, 5, 6]), ", ")
    }
}
