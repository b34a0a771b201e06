//! The reading child: a workbook on standard input, its cells on standard output.

use super::protocol::{Message, Speaker, Stored, Trouble};
use crate::formats::source::ReadSeek;
use calamine::{Data, DataRef, ExcelDateTime, Ods, OdsError, Reader, Xls, XlsError, Xlsb, Xlsx};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::{
    ffi::OsString,
    fs::File,
    io::{self, BufReader, BufWriter, Cursor, Read, Write},
    os::fd::AsFd,
    panic::{AssertUnwindSafe, catch_unwind},
};

type Input = Box<dyn ReadSeek>;
type Said = io::Result<()>;

/// Runs as the reading child. The program's arguments after the hidden one are: kind (`xls`, `xlsb`,
/// `ods`, `xlsx`), bytes of memory, seconds of processor time. The workbook is standard input (a file or a
/// pipe), the cells go to standard output. Gives the exit code: 0 when all was said, whatever it was,
/// 2 for wrong arguments, 3 when it could not be said.
///
/// Limits itself before it reads the first byte, writes no core dump and says nothing on standard
/// error.
pub fn child_main() -> u8 {
    let arguments: Vec<_> = std::env::args_os()
        .skip(2)
        .map(OsString::into_string)
        .collect();
    let [Ok(kind), Ok(memory), Ok(seconds)] = arguments.as_slice() else {
        return 2;
    };
    let (Ok(memory), Ok(seconds)) = (memory.parse(), seconds.parse()) else {
        return 2;
    };
    // A panic's words may hold what was read.
    std::panic::set_hook(Box::new(|_| {}));
    for (resource, most) in [
        (Resource::Core, 0),
        (Resource::As, memory),
        (Resource::Cpu, seconds),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        if setrlimit(resource, limit).is_err() {
            return 3;
        }
    }
    match serve(kind, io::stdout().lock()) {
        Ok(()) => 0,
        Err(_) => 3,
    }
}

/// Reads standard input and says what is in it.
pub(super) fn serve(kind: &str, out: impl Write) -> Said {
    let mut speaker = Speaker(BufWriter::with_capacity(64 << 10, out));
    let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let input: Input = if file.metadata()?.is_file() {
        use std::io::Seek;
        let mut file = file;
        file.rewind()?;
        Box::new(BufReader::new(file))
    } else {
        let mut bytes = Vec::new();
        BufReader::new(file).read_to_end(&mut bytes)?;
        Box::new(Cursor::new(bytes))
    };
    let done = catch_unwind(AssertUnwindSafe(|| tell(kind, input, &mut speaker)));
    match done {
        Ok(said) => said?,
        Err(_) => speaker.say(&Message::Trouble(Trouble::Crashed))?,
    }
    speaker.say(&Message::Done)
}

/// Says what is in a workbook.
pub(super) fn tell<W: Write>(kind: &str, mut input: Input, out: &mut Speaker<W>) -> Said {
    match kind {
        "xls" => {
            let encrypted = is_encrypted_package(&mut input)?;
            match Xls::new(input) {
                Ok(mut book) => {
                    let properties = book.workbook_properties().ok();
                    whole(&mut book, properties, out)
                }
                Err(_) if encrypted => out.say(&Message::Trouble(Trouble::Encrypted)),
                Err(e) => out.say(&Message::Trouble(xls_trouble(&e))),
            }
        }
        "ods" => match Ods::new(input) {
            Ok(mut book) => {
                let properties = book.workbook_properties().ok();
                whole(&mut book, properties, out)
            }
            Err(OdsError::Password) => out.say(&Message::Trouble(Trouble::Encrypted)),
            Err(_) => out.say(&Message::Trouble(Trouble::Corrupt)),
        },
        "xlsb" => match Xlsb::new(input) {
            Ok(mut book) => {
                let properties = book.workbook_properties().ok();
                about(&book, properties, out)?;
                streamed(&mut book, out, binary_sheet, |book, name| {
                    let mut reader = book.worksheet_cells_reader(name).map_err(|_| ())?;
                    Ok(Box::new(move || {
                        let cell = reader.next_formula().map_err(|_| ())?;
                        Ok(cell.map(|c| (c.get_position(), c.get_value().clone())))
                    }))
                })
            }
            Err(e) => out.say(&Message::Trouble(debugged(&e))),
        },
        "xlsx" => match Xlsx::new(input) {
            Ok(mut book) => {
                let properties = book.workbook_properties().ok();
                about(&book, properties, out)?;
                // It is asked for to check another reader, which is by cells.
                streamed(&mut book, out, xml_sheet, |_, _| Ok(Box::new(|| Ok(None))))
            }
            Err(e) => out.say(&Message::Trouble(debugged(&e))),
        },
        _ => out.say(&Message::Trouble(Trouble::Unsupported)),
    }
}

/// Whether it is an OLE file that holds an encrypted workbook (MS-OFFCRYPTO).
fn is_encrypted_package(input: &mut Input) -> io::Result<bool> {
    use std::io::Seek;
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let finder = memchr::memmem::Finder::new(&name);
    let mut window = Vec::new();
    let mut found = false;
    loop {
        window.drain(..window.len().saturating_sub(name.len()));
        if (&mut *input).take(1 << 20).read_to_end(&mut window)? == 0 {
            break;
        }
        if finder.find(&window).is_some() {
            found = true;
            break;
        }
    }
    input.rewind()?;
    Ok(found)
}

fn xls_trouble(error: &XlsError) -> Trouble {
    match error {
        XlsError::Password => Trouble::Encrypted,
        XlsError::Unrecognized { .. } => Trouble::Unsupported,
        other => debugged(other),
    }
}

/// The trouble by the name of the error's variant, of which some cannot be named outside calamine.
fn debugged(error: &impl std::fmt::Debug) -> Trouble {
    let shown = format!("{error:?}");
    if shown.starts_with("Password") {
        Trouble::Encrypted
    } else if ["StreamNotFound", "CodePageNotFound", "Unrecognized"]
        .iter()
        .any(|name| shown.contains(name))
    {
        Trouble::Unsupported
    } else {
        Trouble::Corrupt
    }
}

/// The workbook's own texts: defined names and properties.
fn about<R: Reader<Input>, W: Write>(
    book: &R,
    properties: Option<calamine::WorkbookProperties>,
    out: &mut Speaker<W>,
) -> Said {
    for (name, formula) in book.defined_names() {
        out.say(&Message::Text {
            label: name.clone(),
            text: formula.clone(),
        })?;
    }
    let Some(p) = properties else {
        return Ok(());
    };
    let mut texts: Vec<(String, String)> = [
        ("creator", p.creator),
        ("lastModifiedBy", p.last_modified_by),
        ("title", p.title),
        ("subject", p.subject),
        ("description", p.description),
        ("keywords", p.keywords),
        ("category", p.category),
        ("contentStatus", p.content_status),
        ("company", p.company),
        ("template", p.template),
        ("manager", p.manager),
    ]
    .into_iter()
    .filter_map(|(label, text)| Some((label.to_owned(), text?)))
    .collect();
    let fixed = texts.len();
    texts.extend(p.custom_properties);
    if let Some(custom) = texts.get_mut(fixed..) {
        custom.sort();
    }
    for (label, text) in texts {
        out.say(&Message::Text { label, text })?;
    }
    Ok(())
}

/// Sheets by calamine's ranges: xls and ods, which it reads as a whole.
fn whole<R: Reader<Input>, W: Write>(
    book: &mut R,
    properties: Option<calamine::WorkbookProperties>,
    out: &mut Speaker<W>,
) -> Said {
    about(book, properties, out)?;
    let names = book.sheet_names();
    for (n, name) in names.iter().enumerate() {
        begin(name, out)?;
        if names.get(..n).is_some_and(|before| before.contains(name)) {
            // Sheets are kept by name, so the later of two is out of reach.
            out.say(&Message::Trouble(Trouble::Corrupt))?;
            continue;
        }
        let range = catch_unwind(AssertUnwindSafe(|| book.worksheet_range(name)));
        let range = match range {
            Ok(Ok(range)) => range,
            Ok(Err(_)) => {
                out.say(&Message::Trouble(Trouble::Corrupt))?;
                continue;
            }
            Err(_) => {
                out.say(&Message::Trouble(Trouble::Crashed))?;
                continue;
            }
        };
        let start = range.start().unwrap_or_default();
        for (row, column, data) in range.used_cells() {
            let at = absolute(start, row, column);
            if let Some((stored, text)) = shown(data) {
                cell(at, stored, text, out)?;
            }
        }
        drop(range);
        match catch_unwind(AssertUnwindSafe(|| book.worksheet_formula(name))) {
            Ok(Ok(range)) => {
                let start = range.start().unwrap_or_default();
                for (row, column, text) in range.used_cells() {
                    formula(absolute(start, row, column), text, out)?;
                }
            }
            _ => out.say(&Message::Trouble(Trouble::Formulas))?,
        }
    }
    Ok(())
}

fn absolute(start: (u32, u32), row: usize, column: usize) -> (u32, u32) {
    let add = |a: u32, b: usize| a.saturating_add(u32::try_from(b).unwrap_or(u32::MAX));
    (add(start.0, row), add(start.1, column))
}

type Formulas<'b> = Box<dyn FnMut() -> Result<Option<((u32, u32), String)>, ()> + 'b>;

/// Sheets cell by cell: xlsb and xlsx, whose cells need not all be in memory.
fn streamed<R, W>(
    book: &mut R,
    out: &mut Speaker<W>,
    sheet: impl Fn(&mut R, &str, &mut Speaker<W>) -> Result<(), Stop>,
    formulas: impl for<'b> Fn(&'b mut R, &str) -> Result<Formulas<'b>, ()>,
) -> Said
where
    R: Reader<Input>,
    W: Write,
{
    for name in book.sheet_names() {
        begin(&name, out)?;
        match catch_unwind(AssertUnwindSafe(|| sheet(book, &name, out))) {
            Ok(Ok(())) => {}
            Ok(Err(Stop::Pipe(e))) => return Err(e),
            Ok(Err(Stop::Sheet)) => {
                out.say(&Message::Trouble(Trouble::Corrupt))?;
                continue;
            }
            Err(_) => {
                out.say(&Message::Trouble(Trouble::Crashed))?;
                continue;
            }
        }
        let read = catch_unwind(AssertUnwindSafe(|| {
            let mut next = formulas(book, &name).map_err(|()| Stop::Sheet)?;
            while let Some((at, text)) = next().map_err(|()| Stop::Sheet)? {
                formula(at, &text, out).map_err(Stop::Pipe)?;
            }
            Ok(())
        }));
        match read {
            Ok(Ok(())) => {}
            Ok(Err(Stop::Pipe(e))) => return Err(e),
            _ => out.say(&Message::Trouble(Trouble::Formulas))?,
        }
    }
    Ok(())
}

/// Why a sheet's cells end early.
enum Stop {
    Pipe(io::Error),
    Sheet,
}

fn binary_sheet<W: Write>(
    book: &mut Xlsb<Input>,
    name: &str,
    out: &mut Speaker<W>,
) -> Result<(), Stop> {
    let mut reader = book.worksheet_cells_reader(name).map_err(|_| Stop::Sheet)?;
    while let Some(next) = reader.next_cell().map_err(|_| Stop::Sheet)? {
        if let Some((stored, text)) = shown_ref(next.get_value()) {
            cell(next.get_position(), stored, text, out).map_err(Stop::Pipe)?;
        }
    }
    Ok(())
}

fn xml_sheet<W: Write>(
    book: &mut Xlsx<Input>,
    name: &str,
    out: &mut Speaker<W>,
) -> Result<(), Stop> {
    let mut reader = book.worksheet_cells_reader(name).map_err(|_| Stop::Sheet)?;
    while let Some(next) = reader.next_cell().map_err(|_| Stop::Sheet)? {
        if let Some((stored, text)) = shown_ref(next.get_value()) {
            cell(next.get_position(), stored, text, out).map_err(Stop::Pipe)?;
        }
    }
    Ok(())
}

/// Begins a sheet, and lets what was said go out: a child that dies in it leaves its name behind.
fn begin<W: Write>(name: &str, out: &mut Speaker<W>) -> Said {
    out.say(&Message::Sheet(name.to_owned()))?;
    out.0.flush()
}

fn cell<W: Write>(at: (u32, u32), stored: Stored, text: String, out: &mut Speaker<W>) -> Said {
    // A 16-bit string that was taken for 8-bit has a NUL after each character.
    let text = if text.contains('\0') {
        text.replace('\0', "")
    } else {
        text
    };
    if text.is_empty() {
        return Ok(());
    }
    out.say(&Message::Cell {
        row: at.0,
        column: at.1,
        stored,
        text,
    })
}

/// Formulas that can hold a value: with a literal, a name of letters beyond ASCII, or many digits.
fn formula<W: Write>(at: (u32, u32), text: &str, out: &mut Speaker<W>) -> Said {
    let digits = text
        .as_bytes()
        .windows(5)
        .any(|w| w.iter().all(u8::is_ascii_digit));
    let quoted = text
        .bytes()
        .any(|b| b == b'"' || b == b'\'' || b == b'@' || !b.is_ascii());
    if !digits && !quoted {
        return Ok(());
    }
    out.say(&Message::Formula {
        row: at.0,
        column: at.1,
        text: text.replace('\0', ""),
    })
}

/// A value as it is read: `None` for nothing and for errors.
fn shown(data: &Data) -> Option<(Stored, String)> {
    Some(match data {
        Data::Int(n) => (Stored::Number, n.to_string()),
        Data::Float(v) => number(*v),
        Data::String(s) | Data::DateTimeIso(s) | Data::DurationIso(s) => (Stored::Text, s.clone()),
        Data::Bool(b) => (Stored::Text, truth(*b)),
        Data::DateTime(d) => date(d),
        Data::Error(_) | Data::Empty => return None,
    })
}

fn shown_ref(data: &DataRef<'_>) -> Option<(Stored, String)> {
    Some(match data {
        DataRef::Int(n) => (Stored::Number, n.to_string()),
        DataRef::Float(v) => number(*v),
        DataRef::String(s) | DataRef::DateTimeIso(s) | DataRef::DurationIso(s) => {
            (Stored::Text, s.clone())
        }
        DataRef::SharedString(s) => (Stored::Text, (*s).to_owned()),
        DataRef::Bool(b) => (Stored::Text, truth(*b)),
        DataRef::DateTime(d) => date(d),
        DataRef::Error(_) | DataRef::Empty => return None,
    })
}

fn truth(b: bool) -> String {
    if b { "TRUE" } else { "FALSE" }.to_owned()
}

/// The numeric view: whole numbers below 1e21 have no exponent, and those of 16 digits or more are
/// known to have lost the digits past the 15th.
pub(super) fn number(v: f64) -> (Stored, String) {
    let size = v.abs();
    if size < 1e21 {
        let stored = if size >= 1e15 {
            Stored::Rounded
        } else {
            Stored::Number
        };
        (stored, v.to_string())
    } else {
        (Stored::Number, format!("{v:e}"))
    }
}

/// A date as a date; what only bears a date's format is the number that it is.
fn date(d: &ExcelDateTime) -> (Stored, String) {
    /// The day after 9999-12-31, where Excel's dates end.
    const PAST: f64 = 2_958_466.0;
    let v = d.as_f64();
    if d.is_duration() || !(0.0..PAST).contains(&v) {
        return number(v);
    }
    let (year, month, day, hour, minute, second, _) = d.to_ymd_hms_milli();
    let text = if v.fract() == 0.0 {
        format!("{year:04}-{month:02}-{day:02}")
    } else if v < 1.0 {
        format!("{hour:02}:{minute:02}:{second:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    };
    (Stored::Text, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_exponent_and_know_their_loss() {
        assert_eq!(
            number(13_800_138_000.0),
            (Stored::Number, "13800138000".into())
        );
        assert_eq!(
            number(1.101_051_949_123_1e17),
            (Stored::Rounded, "110105194912310000".into())
        );
        assert_eq!(number(0.25), (Stored::Number, "0.25".into()));
        assert_eq!(number(1e300), (Stored::Number, "1e300".into()));
        assert_eq!(
            number(6_222_021_234_567.0),
            (Stored::Number, "6222021234567".into())
        );
    }

    #[test]
    fn dates_are_dates_and_the_rest_are_numbers() {
        use calamine::ExcelDateTimeType::DateTime;
        let day = |v| date(&ExcelDateTime::new(v, DateTime, false)).1;
        assert_eq!(day(18263.0), "1949-12-31");
        assert_eq!(day(18263.5), "1949-12-31 12:00:00");
        assert_eq!(day(13_800_138_000.0), "13800138000");
    }

    #[test]
    fn formulas_without_literals_are_left_out() {
        let said = |text: &str| {
            let mut out = Speaker(Vec::new());
            formula((0, 0), text, &mut out).unwrap();
            !out.0.is_empty()
        };
        assert!(!said("SUM(A1:A99)+B$2*1.5"));
        assert!(said("\"13800138000\""));
        assert!(said("A1+6226090000000048"));
        assert!(said("'工资'!A1"));
    }
}
