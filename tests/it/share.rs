//! A folder of files to run the program on, and what a run gave.

use serde_json::Value;
use std::{
    cell::Cell,
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The built program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_inkout");

/// The brokerage share of the fixtures.
pub(crate) fn handover() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shares/handover")
}

/// Longest time that any run may take. Debug builds on a busy machine are slow; a reader that
/// does not end is slower.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a run of the program gave.
pub(crate) struct Run {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    pub out: Vec<u8>,
    pub err: String,
    pub took: Duration,
}

impl Run {
    /// Standard output as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.out).expect("the output is UTF-8")
    }

    /// The objects of JSON Lines, the summary last.
    pub(crate) fn objects(&self) -> Vec<Value> {
        let all: Vec<Value> = self
            .text()
            .lines()
            .map(|l| serde_json::from_str(l).expect("every line is JSON"))
            .collect();
        let last = all
            .last()
            .unwrap_or_else(|| panic!("no output: {}", self.err));
        assert_eq!(last["kind"], "summary", "{}", self.err);
        all
    }

    /// The objects of one kind.
    pub(crate) fn of(&self, kind: &str) -> Vec<Value> {
        let mut all = self.objects();
        all.retain(|v| v["kind"] == kind);
        all
    }

    /// The summary.
    pub(crate) fn summary(&self) -> Value {
        self.objects().pop().expect("a summary")
    }

    /// The `file` objects by locator.
    pub(crate) fn files(&self) -> BTreeMap<String, Value> {
        let files = self.of("file");
        let count = files.len();
        let by_locator: BTreeMap<String, Value> = files
            .into_iter()
            .map(|f| (string(&f["locator"]).to_owned(), f))
            .collect();
        assert_eq!(by_locator.len(), count, "a locator stands twice");
        by_locator
    }

    /// The `file` object of this locator.
    pub(crate) fn file(&self, locator: &str) -> Value {
        let files = self.files();
        let known: Vec<&String> = files.keys().collect();
        files
            .get(locator)
            .unwrap_or_else(|| panic!("{locator} is not among {known:?}"))
            .clone()
    }

    /// Rule, place (what follows `#`) and value of each finding of a file or member, sorted. The run
    /// must have shown values.
    pub(crate) fn found(&self, locator: &str) -> Vec<(String, String, String)> {
        let mut all: Vec<_> = self
            .of("finding")
            .iter()
            .filter_map(|f| {
                let (at, place) = string(&f["locator"]).split_once('#')?;
                (at == locator).then(|| {
                    (
                        string(&f["rule"]).to_owned(),
                        place.to_owned(),
                        string(&f["value"]).to_owned(),
                    )
                })
            })
            .collect();
        all.sort();
        all
    }

    /// Panics unless the program ended of itself with this code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            code,
            "{}\n{}",
            self.err,
            String::from_utf8_lossy(self.out.get(..2000.min(self.out.len())).unwrap_or_default())
        );
        self
    }
}

/// The text of a JSON string.
#[track_caller]
pub(crate) fn string(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no string"))
}

/// The strings of a JSON array.
#[track_caller]
pub(crate) fn strings(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("{value} is no array"))
        .iter()
        .map(string)
        .collect()
}

/// A folder with `in` for what is read; jobs and copies go beside it. The program runs in it.
pub(crate) struct Share {
    dir: TempDir,
    jobs: Cell<u32>,
}

impl Share {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("in")).unwrap();
        Self {
            dir,
            jobs: Cell::new(0),
        }
    }

    /// With the files of the brokerage share.
    pub(crate) fn of_handover() -> Self {
        let share = Self::new();
        for entry in fs::read_dir(handover()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(
                entry.path(),
                share.path("in").join(Path::new(&entry.file_name())),
            )
            .unwrap();
        }
        share
    }

    /// A path below the folder.
    pub(crate) fn path(&self, below: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(below)
    }

    /// Writes a file below `in`, with the folders on the way.
    pub(crate) fn put(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path("in").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// Reads a file below the folder.
    #[track_caller]
    pub(crate) fn get(&self, below: impl AsRef<Path>) -> Vec<u8> {
        let path = self.path(below);
        fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// A file of the folder as text.
    pub(crate) fn string(&self, below: impl AsRef<Path>) -> String {
        String::from_utf8(self.get(below)).unwrap()
    }

    /// Runs the program here.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: &[A]) -> Run {
        let mut command = Command::new(PROGRAM);
        if args.first().is_none_or(|a| a.as_ref() != "--lang") {
            command.arg("--lang").arg("en");
        }
        command.args(args);
        self.finish(&mut command)
    }

    /// Runs a command here, ending it when it takes too long.
    pub(crate) fn finish(&self, command: &mut Command) -> Run {
        let start = Instant::now();
        let mut child = command
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let out = std::thread::spawn(move || {
            let mut all = Vec::new();
            stdout.read_to_end(&mut all).unwrap();
            all
        });
        let err = std::thread::spawn(move || {
            let mut all = Vec::new();
            stderr.read_to_end(&mut all).unwrap();
            String::from_utf8_lossy(&all).into_owned()
        });
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > PATIENCE {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("{command:?} did not end within {PATIENCE:?}");
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        Run {
            code: status.code().unwrap_or(-1),
            out: out.join().unwrap(),
            err: err.join().unwrap(),
            took: start.elapsed(),
        }
    }

    /// Name of a job folder that no run had before.
    pub(crate) fn new_job(&self) -> String {
        self.jobs.set(self.jobs.get() + 1);
        format!("job{}", self.jobs.get())
    }

    /// `inkout scan --format jsonl` of `in`, with a new job folder unless `args` name one.
    pub(crate) fn scan(&self, args: &[&str]) -> Run {
        let job = self.new_job();
        let mut all = vec!["scan", "--format", "jsonl"];
        if !args.contains(&"--job") {
            all.extend(["--job", &job]);
        }
        all.extend(args);
        let is_root = |a: &&str| *a == "in" || a.starts_with("in/") || *a == "in_link";
        let before = args.iter().zip(args.iter().skip(1));
        let options = before.filter(|(option, _)| option.starts_with("--"));
        let of_options: Vec<&str> = options.map(|(_, value)| *value).collect();
        if !args.iter().any(|a| is_root(a) && !of_options.contains(a)) {
            all.push("in");
        }
        self.run(&all)
    }

    /// `inkout redact` of `in` to this folder.
    pub(crate) fn redact(&self, out: &str, args: &[&str]) -> Run {
        let mut all = vec!["redact", "in", "--out", out];
        all.extend(args);
        self.run(&all)
    }

    /// What the scanner reads of a file below the folder: `locator TAB text` lines.
    pub(crate) fn text_of(&self, below: &str) -> String {
        let run = self.run(&["text", below]);
        assert!(run.code == 0 || run.code == 3, "{}", run.err);
        run.text().to_owned()
    }

    /// `files` of the manifest in an output folder, by source.
    pub(crate) fn manifest(&self, out: &str) -> BTreeMap<String, Value> {
        let manifest: Value =
            serde_json::from_slice(&self.get(Path::new(out).join("manifest.json"))).unwrap();
        manifest["files"]
            .as_array()
            .expect("files")
            .iter()
            .map(|f| (string(&f["source"]).to_owned(), f.clone()))
            .collect()
    }

    /// The bytes of every file below a folder, by path.
    pub(crate) fn tree(&self, below: &str) -> BTreeMap<OsString, Vec<u8>> {
        let mut all = BTreeMap::new();
        gather(&self.path(below), Path::new(""), &mut all);
        all
    }
}

fn gather(folder: &Path, at: &Path, all: &mut BTreeMap<OsString, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = at.join(entry.file_name());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            gather(&entry.path(), &path, all);
        } else if kind.is_file() {
            all.insert(path.into_os_string(), fs::read(entry.path()).unwrap());
        }
    }
}

/// A zip of these members, deflated.
pub(crate) fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The members of a zip, by name, read by another library than the program's own.
pub(crate) fn unzip(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|i| {
            let mut member = zip.by_index(i).unwrap();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            (member.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

/// The least workbook that other programs open: one sheet named `客户` with this `sheetData`, and
/// these shared strings.
pub(crate) fn workbook(sheet_data: &str, shared: &[&str]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
    let types = format!(
        "{head}<Types xmlns=\"{PACKAGE}/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Override PartName=\"/xl/workbook.xml\" ContentType=\"{SHEET}.sheet.main+xml\"/>\
         <Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"{SHEET}.worksheet+xml\"/>\
         <Override PartName=\"/xl/sharedStrings.xml\" ContentType=\"{SHEET}.sharedStrings+xml\"/></Types>"
    );
    let roots = format!(
        "{head}<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" \
         Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let book = format!(
        "{head}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>\
         <sheet name=\"客户\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let book_rels = format!(
        "{head}<Relationships xmlns=\"{PACKAGE}/relationships\">\
         <Relationship Id=\"rId1\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
         <Relationship Id=\"rId2\" Type=\"{OFFICE}/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"
    );
    let sheet = format!(
        "{head}<worksheet xmlns=\"{MAIN}\"><sheetData>{sheet_data}</sheetData></worksheet>"
    );
    let strings: String = shared
        .iter()
        .map(|s| format!("<si><t>{s}</t></si>"))
        .collect();
    let strings = format!("{head}<sst xmlns=\"{MAIN}\">{strings}</sst>");
    zip_of(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", roots.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", book_rels.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
    ])
}

/// Whether bytes hold a needle.
pub(crate) fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(bytes, needle).is_some()
}

/// Says that a test could not be run, and why.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
pub(crate) fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}
