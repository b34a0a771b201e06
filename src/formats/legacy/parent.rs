//! The parent's side: runs the child, feeds it, listens to it and ends it in time.

use super::{
    CHILD_ARGUMENT, Limits,
    protocol::{Listener, Message, Stored},
};
use crate::formats::{FormatError, Source};
use std::{
    borrow::Cow,
    fs::File,
    io::{self, Read, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    time::{Duration, Instant},
};

/// What came of listening.
pub(super) enum Heard {
    Message(Message),
    /// The child said no more; why.
    Dead(FormatError),
}

/// Blocks of the child's output that wait to be read.
const WAITING: usize = 4;
const BLOCK: usize = 64 << 10;

/// The child's output, which comes through a thread so that waiting for it can end.
struct Pipe {
    blocks: Receiver<Vec<u8>>,
    block: Vec<u8>,
    at: usize,
    /// Time that may still be waited.
    left: Duration,
    late: bool,
}

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.block.len() {
            let started = Instant::now();
            match self.blocks.recv_timeout(self.left) {
                Ok(block) => {
                    self.block = block;
                    self.at = 0;
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
                Err(RecvTimeoutError::Timeout) => {
                    self.late = true;
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
            self.left = self.left.saturating_sub(started.elapsed());
        }
        let rest = self.block.get(self.at..).unwrap_or_default();
        let n = rest.len().min(buf.len());
        for (to, from) in buf.iter_mut().zip(rest) {
            *to = *from;
        }
        self.at += n;
        Ok(n)
    }
}

/// A running child. Ended when dropped.
pub(super) struct Child<'p> {
    process: &'p mut std::process::Child,
    listener: Listener<Pipe>,
    /// Whether it ended by itself and was waited for.
    dead: bool,
}

impl Child<'_> {
    /// The next message.
    pub(super) fn hear(&mut self) -> Heard {
        match self.listener.next() {
            Ok(message) => Heard::Message(message),
            Err(_) if self.listener.0.late => Heard::Dead(FormatError::Timeout),
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
                self.dead = true;
                match self.process.wait() {
                    Ok(status) => Heard::Dead(cause(status)),
                    Err(e) => Heard::Dead(e.into()),
                }
            }
            Err(_) => Heard::Dead(FormatError::Crashed),
        }
    }
}

impl Drop for Child<'_> {
    fn drop(&mut self) {
        if !self.dead {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// Why a child ended before it was done.
fn cause(status: ExitStatus) -> FormatError {
    const ABORT: i32 = 6;
    const KILL: i32 = 9;
    const CPU: i32 = 24;
    match status.signal() {
        // Memory that cannot be had, of the heap or the stack, aborts.
        Some(ABORT) => FormatError::Limit("memory of the reader"),
        Some(CPU | KILL) => FormatError::Timeout,
        _ => FormatError::Crashed,
    }
}

/// Runs the child for a source and gives it to `listen`.
pub(super) fn read<T>(
    program: &Path,
    kind: &str,
    source: &mut Source<'_>,
    limits: &Limits,
    listen: impl FnOnce(&mut Child<'_>) -> Result<T, FormatError>,
) -> Result<T, FormatError> {
    if let Some(file) = source.as_file() {
        return run(
            program,
            kind,
            Feed::File(file.try_clone()?),
            source.len(),
            limits,
            listen,
        );
    }
    let bytes: Cow<'_, [u8]> = match source.as_slice() {
        Some(bytes) => Cow::Borrowed(bytes),
        None => Cow::Owned(source.held(limits.held_bytes)?),
    };
    let len = Some(bytes.len() as u64);
    run(program, kind, Feed::Bytes(&bytes), len, limits, listen)
}

enum Feed<'a> {
    File(File),
    Bytes(&'a [u8]),
}

fn run<T>(
    program: &Path,
    kind: &str,
    feed: Feed<'_>,
    len: Option<u64>,
    limits: &Limits,
    listen: impl FnOnce(&mut Child<'_>) -> Result<T, FormatError>,
) -> Result<T, FormatError> {
    let share = 1 + len.unwrap_or(0) / 100_000_000;
    let seconds = limits.seconds.saturating_mul(share).max(1);
    let (stdin, bytes) = match feed {
        Feed::File(file) => (Stdio::from(file), None),
        Feed::Bytes(bytes) => (Stdio::piped(), Some(bytes)),
    };
    let mut process = Command::new(program)
        .arg(CHILD_ARGUMENT)
        .arg(kind)
        .arg(limits.child_memory.to_string())
        .arg(seconds.to_string())
        .env_clear()
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let fed = process.stdin.take();
    let said = process.stdout.take();
    std::thread::scope(|scope| {
        let (send, blocks) = sync_channel(WAITING);
        if let Some(said) = said {
            scope.spawn(move || forward(said, &send));
        }
        if let (Some(pipe), Some(bytes)) = (fed, bytes) {
            scope.spawn(move || pour(pipe, bytes));
        }
        let mut child = Child {
            process: &mut process,
            listener: Listener(Pipe {
                blocks,
                block: Vec::new(),
                at: 0,
                left: Duration::from_secs(seconds),
                late: false,
            }),
            dead: false,
        };
        listen(&mut child)
    })
}

/// A child that ends early leaves the rest unread, which is its own affair.
fn pour(mut pipe: ChildStdin, bytes: &[u8]) {
    let _ = pipe.write_all(bytes);
}

fn forward(mut said: impl Read, send: &SyncSender<Vec<u8>>) {
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        match (&mut said).take(BLOCK as u64).read_to_end(&mut block) {
            Ok(n) if n > 0 => {
                if send.send(block).is_err() {
                    return;
                }
            }
            _ => return,
        }
    }
}

/// A cell as the second reader gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Name of its sheet.
    pub sheet: String,
    /// Row, from 1.
    pub row: u64,
    /// Column, from 1.
    pub column: u32,
    /// How its value is stored.
    pub stored: Stored,
    /// Its value.
    pub text: String,
}

/// Gives the text of every cell of a workbook in turn, through the child. `kind` as for [`cells`].
///
/// # Errors
/// What the child reports, or that it ended early.
pub fn each_cell(
    kind: &str,
    source: &mut Source<'_>,
    limits: &Limits,
    each: &mut dyn FnMut(&str),
) -> Result<(), FormatError> {
    read(&super::program()?, kind, source, limits, |child| {
        loop {
            match child.hear() {
                Heard::Dead(error) => return Err(error),
                Heard::Message(Message::Done) => return Ok(()),
                Heard::Message(
                    Message::Trouble(super::Trouble::Formulas)
                    | Message::Formula { .. }
                    | Message::Text { .. },
                ) => {}
                Heard::Message(Message::Trouble(trouble)) => return Err(trouble.error()),
                Heard::Message(Message::Sheet(name)) => each(&name),
                Heard::Message(Message::Cell { text, .. }) => each(&text),
            }
        }
    })
}

/// Reads the cells of a workbook through the child: the second reader that checks the first. `kind` is
/// `xls`, `xlsb`, `ods` or `xlsx`. Formulas, names and properties are left out.
///
/// # Errors
/// What the child reports, that it ended early, or that more than `limits.held_bytes` of text came.
pub fn cells(
    program: &Path,
    kind: &str,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Vec<Cell>, FormatError> {
    let mut source = Source::slice(bytes);
    read(program, kind, &mut source, limits, |child| {
        let mut out = Vec::new();
        let mut sheet = String::new();
        let mut held = 0;
        loop {
            match child.hear() {
                Heard::Dead(error) => return Err(error),
                Heard::Message(Message::Done) => return Ok(out),
                Heard::Message(Message::Trouble(trouble))
                    if trouble != super::Trouble::Formulas =>
                {
                    return Err(trouble.error());
                }
                Heard::Message(Message::Sheet(name)) => sheet = name,
                Heard::Message(Message::Cell {
                    row,
                    column,
                    stored,
                    text,
                }) => {
                    held += (text.len() + sheet.len() + size_of::<Cell>()) as u64;
                    if held > limits.held_bytes {
                        return Err(FormatError::Limit("bytes held in memory"));
                    }
                    out.push(Cell {
                        sheet: sheet.clone(),
                        row: u64::from(row) + 1,
                        column: column.saturating_add(1),
                        stored,
                        text,
                    });
                }
                Heard::Message(
                    Message::Formula { .. } | Message::Text { .. } | Message::Trouble(_),
                ) => {}
            }
        }
    })
}
