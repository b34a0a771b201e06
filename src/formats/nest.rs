//! [`Cx`]: what a format works with while it runs: where texts go, what is counted, how members
//! inside are read and written.

use super::{
    ALL, Format, FormatError, Identity, Legacies, Limits, Output, Probe, Source,
    clock::Clock,
    encoding::Encoding,
    transcript::{CONVERTED, Transcript},
};
use crate::model::{Edit, FormatId, Fragment, GapKind, Name, State, Step};
use std::time::Instant;

/// Where the texts of a file go, with the ledger of what was and was not read.
pub trait Sink {
    /// A stretch of text of the current file or member. When a copy is being written, the changes
    /// wanted in it are added to `edits`, in order and not overlapping; otherwise none are.
    fn text(&mut self, fragment: &Fragment<'_>, edits: &mut Vec<Edit>);
    /// Something of the current file or member was not read. `note` never holds content.
    fn gap(&mut self, at: &[Step], kind: GapKind, note: &str);
    /// The encoding of the current file or member's text.
    fn encoding(&mut self, name: &'static str);
    /// A member begins; what follows is about it until [`Sink::leave`].
    fn enter(&mut self, name: &Name, format: Option<FormatId>, clash: Option<FormatId>);
    /// The member ends.
    fn leave(&mut self, bytes: u64, state: State);
    /// What was found in this text, the last that was handed over, is the name of somebody whom the file is
    /// about: it is to be found in the rest of the current file or member as well, wherever it stands.
    fn remember(&mut self, text: &str) {
        let _ = text;
    }
    /// The name to write for a name (a member's, a sheet's): with what was found in it masked.
    fn rename(&mut self, name: &Name) -> Name;
}

/// What is used up of the [`Limits`] by one file, over all levels.
#[derive(Debug, Clone)]
pub struct Usage {
    /// Expanded bytes so far.
    pub expanded: u64,
    /// Members so far.
    pub members: u64,
    /// Containers around what is read now.
    pub depth: u32,
    /// Bytes of the file itself.
    pub input: u64,
    started: Instant,
}

/// What a format works with while it runs.
pub struct Cx<'c> {
    sink: &'c mut dyn Sink,
    /// The bounds.
    pub limits: &'c Limits,
    usage: &'c mut Usage,
    /// Gaps reported by what runs now, the worst of which decides its state.
    worst: Option<GapKind>,
    /// Bytes of the current file or member that were read.
    bytes: u64,
    edits: Vec<Edit>,
    /// Last component of the current name, for formats whose dialect depends on it.
    name: Name,
    /// The encoding that what is around declares for it (a mail for its parts).
    declared: Option<Encoding>,
    /// Gathers the text for a copy in another format.
    transcript: Option<Transcript>,
}

/// What is known of a member before it is looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    /// The encoding that its container declares for its text: believed only when the bytes allow it.
    pub encoding: Option<Encoding>,
    /// What it is, whatever its bytes say.
    pub identity: Option<Identity>,
}

impl std::fmt::Debug for Cx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cx")
            .field("usage", &self.usage)
            .finish_non_exhaustive()
    }
}

impl Usage {
    /// Nothing used yet, for a file of `input` bytes.
    pub fn new(input: u64) -> Self {
        Self {
            expanded: 0,
            members: 0,
            depth: 0,
            input,
            started: Instant::now(),
        }
    }
}

impl<'c> Cx<'c> {
    /// For a file that is read now.
    pub fn new(
        sink: &'c mut dyn Sink,
        limits: &'c Limits,
        usage: &'c mut Usage,
        name: Name,
    ) -> Self {
        Self {
            sink,
            limits,
            usage,
            worst: None,
            bytes: 0,
            edits: Vec::new(),
            name,
            declared: None,
            transcript: None,
        }
    }

    /// The encoding that what is around declares for the text that is read now.
    pub fn declared(&self) -> Option<Encoding> {
        self.declared
    }

    /// Containers around what is read now.
    pub fn depth(&self) -> u32 {
        self.usage.depth
    }

    /// Name of the file or member that is read now.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Hands a text on. Gives the changes wanted in it (always none when only reading), in order.
    pub fn text(&mut self, fragment: &Fragment<'_>) -> &[Edit] {
        self.edits.clear();
        self.sink.text(fragment, &mut self.edits);
        if let Some(transcript) = &mut self.transcript {
            let sheet = fragment.at.iter().find_map(|step| match step {
                Step::Sheet(name) => Some(self.sink.rename(&Name::from(name.as_str()))),
                _ => None,
            });
            let sheet = sheet.map(|name| name.text().into_owned());
            transcript.take(fragment, &self.edits, sheet);
        }
        &self.edits
    }

    /// As [`Cx::text`], for changes that outlast the next text.
    pub fn text_owned(&mut self, fragment: &Fragment<'_>) -> Vec<Edit> {
        self.text(fragment);
        std::mem::take(&mut self.edits)
    }

    /// Hands a string on that is one place, as [`Cx::text`].
    pub fn string(&mut self, at: &[Step], text: &str, label: Option<&str>) -> &[Edit] {
        self.text(&Fragment::whole(at, text, label))
    }

    /// See [`Sink::remember`].
    pub fn remember(&mut self, text: &str) {
        self.sink.remember(text);
    }

    /// The text of the document itself ends; what follows (properties, leavings) is read as well, and is not
    /// in a copy in another format.
    pub fn text_ends(&mut self) {
        if let Some(transcript) = &mut self.transcript {
            transcript.end();
        }
    }

    /// Notes that something was not read.
    pub fn gap(&mut self, at: &[Step], kind: GapKind, note: &str) {
        // A copy in another format has nothing but text that was read.
        let left_out = matches!(
            kind,
            GapKind::Opaque | GapKind::Image | GapKind::Unsupported
        );
        let kind = if self.transcript.is_some() && left_out {
            GapKind::Dropped
        } else {
            kind
        };
        self.worst = match self.worst {
            Some(old) if !old.is_wanted() => Some(old),
            _ => Some(kind),
        };
        self.sink.gap(at, kind, note);
    }

    /// Notes the text encoding.
    pub fn encoding(&mut self, name: &'static str) {
        self.sink.encoding(name);
    }

    /// The name to write in place of this one.
    pub fn rename(&mut self, name: &Name) -> Name {
        self.sink.rename(name)
    }

    /// Counts bytes of the current file or member as read.
    pub fn read(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Counts bytes that were expanded from a container, and time.
    ///
    /// # Errors
    /// `Limit` past the bound on expansion, `Timeout` past the bound on time.
    pub fn spend(&mut self, bytes: u64) -> Result<(), FormatError> {
        self.usage.expanded = self.usage.expanded.saturating_add(bytes);
        let most = self
            .limits
            .total_bytes
            .max(self.usage.input.saturating_mul(300))
            .min(64 << 30);
        if self.usage.expanded > most.max(self.limits.total_bytes) {
            return Err(FormatError::Limit("expanded bytes of one file"));
        }
        self.clock().check()
    }

    /// The time that there is for the file as far as it is expanded now.
    pub(super) fn clock(&self) -> Clock {
        let share = 1 + self.usage.expanded.max(self.usage.input) / 100_000_000;
        Clock::new(
            self.usage.started,
            self.limits.seconds.saturating_mul(share),
        )
    }

    /// Whether a member of this expanded and packed size is within the bounds.
    ///
    /// # Errors
    /// `Limit` when it is not.
    pub fn allow(&self, expanded: u64, packed: u64) -> Result<(), FormatError> {
        if expanded > self.limits.member_bytes {
            return Err(FormatError::Limit("expanded bytes of one member"));
        }
        if expanded > 32 << 20 && expanded / packed.max(1) > self.limits.ratio {
            return Err(FormatError::Limit("expansion of one member"));
        }
        Ok(())
    }

    /// Reads a member and, with an output, writes its copy. Trouble with the member is noted for the
    /// member and is not an error when reading; when writing, every trouble withholds.
    ///
    /// # Errors
    /// When writing: `Withheld`, with the member's reason. Either way: `Limit` when the file as a
    /// whole is past its bounds.
    pub fn member(
        &mut self,
        name: &Name,
        source: &mut Source<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        self.known_member(name, Known::default(), source, out)
    }

    /// As [`Cx::member`], with what is known of it already.
    ///
    /// # Errors
    /// As for [`Cx::member`].
    pub fn known_member(
        &mut self,
        name: &Name,
        known: Known,
        source: &mut Source<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        self.usage.members += 1;
        if self.usage.members > self.limits.total_members {
            return Err(FormatError::Limit("members of one file"));
        }
        let writing = out.is_some();
        let last = name
            .bytes()
            .rsplit(|&b| b == b'/' || b == b'\\')
            .next()
            .unwrap_or_default();
        let identity = known
            .identity
            .unwrap_or_else(|| identify(source.head(), last));
        let id = identity.format.map(Format::id);
        self.sink.enter(name, id, identity.clash);
        self.usage.depth += 1;
        let mut inner = Cx {
            sink: &mut *self.sink,
            limits: self.limits,
            usage: &mut *self.usage,
            worst: None,
            bytes: 0,
            edits: Vec::new(),
            name: Name::new(last),
            declared: known.encoding,
            transcript: None,
        };
        let result = inner.run_identified(identity, source, out);
        let bytes = inner.bytes.max(source.len().unwrap_or(0));
        let worst = inner.worst;
        self.usage.depth -= 1;
        let (state, kind) = match (&result, worst) {
            (Ok(()), None) => (State::Read, None),
            (Ok(()), Some(kind)) => (State::Partly(kind), Some(kind)),
            (Err(e), _) => (State::Unread(e.kind()), Some(e.kind())),
        };
        self.sink.leave(bytes, state);
        if let Some(kind) = kind.filter(|k| !k.is_wanted()) {
            self.worst = Some(self.worst.unwrap_or(kind));
        }
        match result {
            Err(FormatError::Limit(what)) if what == "expanded bytes of one file" => {
                Err(FormatError::Limit(what))
            }
            Err(FormatError::Timeout) => Err(FormatError::Timeout),
            Err(e) if writing => Err(withheld(e)),
            Ok(()) if writing && worst.is_some_and(|k| !k.is_wanted()) => {
                Err(FormatError::Withheld(
                    worst.unwrap_or(GapKind::Opaque),
                    "a member was not wholly read".into(),
                ))
            }
            _ => Ok(()),
        }
    }

    /// Notes a member that cannot be opened at all, of `size` declared bytes.
    ///
    /// # Errors
    /// `Limit` when the file as a whole is past its bound on members.
    pub fn unread(
        &mut self,
        name: &Name,
        size: u64,
        error: &FormatError,
    ) -> Result<(), FormatError> {
        self.usage.members += 1;
        if self.usage.members > self.limits.total_members {
            return Err(FormatError::Limit("members of one file"));
        }
        let kind = error.kind();
        self.sink.enter(name, None, None);
        self.sink.gap(&[], kind, &error.to_string());
        self.sink.leave(size, State::Unread(kind));
        self.worst = Some(self.worst.filter(|w| !w.is_wanted()).unwrap_or(kind));
        Ok(())
    }

    /// Expanded bytes that the file may still give, over all levels.
    pub fn room(&self) -> u64 {
        let most = self.usage.input.saturating_mul(300).min(64 << 30);
        most.max(self.limits.total_bytes)
            .saturating_sub(self.usage.expanded)
    }

    /// Runs the format that a source was identified as, for the file or member that this is for.
    ///
    /// # Errors
    /// Those of the format; `Unsupported` and its kin when none reads it; `Withheld` when one only
    /// reads and a copy was asked for. Gaps are noted in the sink here.
    pub fn run_identified(
        &mut self,
        identity: Identity,
        source: &mut Source<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let result = match identity.format {
            None => {
                let (kind, what) = identity
                    .unknown
                    .unwrap_or((GapKind::Unsupported, "unknown format"));
                if self.limits.strings && out.is_none() && kind == GapKind::Unsupported {
                    self.gap(&[], kind, what);
                    return super::strings::all(source, self);
                }
                self.sink.gap(&[], kind, what);
                return Err(match kind {
                    GapKind::Encrypted => FormatError::Encrypted,
                    GapKind::Image => FormatError::Withheld(GapKind::Image, what.into()),
                    _ => FormatError::Unsupported(what),
                });
            }
            Some(_) if self.usage.depth > self.limits.depth => {
                Err(FormatError::Limit("depth of nesting"))
            }
            Some(format) => {
                let readonly = out.is_some() && format.ability() == crate::model::Ability::Read;
                let form = super::transcript::form(format.id());
                let converts = self.usage.depth == 0 && self.limits.legacy == Legacies::Convert;
                if let (true, Some(form), true) = (readonly, form, converts) {
                    let result = self.convert(format, form, source, out);
                    return self.told(result);
                }
                let out = out.filter(|_| !readonly);
                match format.run(source, self, out) {
                    Ok(()) if readonly => Err(FormatError::Withheld(
                        GapKind::Unsupported,
                        format!("no redacted copies of {} yet", format.id()),
                    )),
                    other => other,
                }
            }
        };
        self.told(result)
    }

    /// Notes why a file or member was not read.
    fn told(&mut self, result: Result<(), FormatError>) -> Result<(), FormatError> {
        if let Err(e) = &result
            && !matches!(e, FormatError::Withheld(..))
        {
            self.sink.gap(&[], e.kind(), &e.to_string());
        }
        result
    }

    /// Reads a document and writes its text as one of another format.
    fn convert(
        &mut self,
        format: &dyn Format,
        form: FormatId,
        source: &mut Source<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        // First, since only so many gaps of a file are kept.
        let note =
            format!("{CONVERTED}{form}: formatting, pictures and macros are not in the copy");
        self.gap(&[], GapKind::Dropped, &note);
        self.transcript = Some(Transcript::new(form, self.limits.held_bytes));
        let result = format.run(source, self, None);
        let transcript = self.transcript.take();
        result?;
        match (transcript, out) {
            (Some(transcript), Some(out)) => transcript.write(out),
            _ => Ok(()),
        }
    }

    /// Whether what is read now is for a copy in another format.
    pub fn is_converting(&self) -> bool {
        self.transcript.is_some()
    }

    /// The worst gap noted so far in what runs now.
    pub fn worst(&self) -> Option<GapKind> {
        self.worst
    }

    /// Takes back to what the worst gap was before a member that the copy goes without.
    pub fn forgive(&mut self, worst: Option<GapKind>) {
        self.worst = worst;
    }

    /// Bytes read so far of what runs now.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

fn withheld(error: FormatError) -> FormatError {
    match error {
        FormatError::Withheld(..) => error,
        other => FormatError::Withheld(other.kind(), other.to_string()),
    }
}

/// Takes a file for what its first bytes say, then for what its name says.
pub fn identify(head: &[u8], name: &[u8]) -> Identity {
    super::encoding::judged_once(head, || identify_once(head, name))
}

fn identify_once(head: &[u8], name: &[u8]) -> Identity {
    let mut best: Option<(Probe, &'static dyn Format)> = None;
    for &format in ALL {
        let probe = format.probe(head, name);
        if probe > Probe::No && best.is_none_or(|(p, _)| probe > p) {
            best = Some((probe, format));
        }
    }
    let claimed = super::magic::claimed(name);
    // A file that begins as a picture or packed data does is not read as text, whatever follows.
    let certain =
        super::magic::certain(head).filter(|_| best.is_none_or(|(probe, _)| probe < Probe::Bytes));
    if let Some(unknown) = certain {
        return Identity {
            format: None,
            clash: None,
            unknown: Some(unknown),
        };
    }
    match best {
        Some((_, format)) => Identity {
            format: Some(format),
            clash: claimed.filter(|&c| !super::magic::agrees(c, format.id())),
            unknown: None,
        },
        None => Identity {
            format: None,
            clash: None,
            unknown: Some(super::magic::unknown(head, name)),
        },
    }
}
