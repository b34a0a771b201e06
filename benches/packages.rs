//! Handing over: MB/s of `inkout handover`, beside `7z a` and `tar | age` of the same files in the same run.
//!
//! Synthetic files from a fixed seed, 128 MB (`INKOUT_BENCH_MB`): half of them tables and texts, half bytes that
//! cannot be packed, as pictures and archives are. What is timed of `inkout` is the whole verb on an approved
//! plan: the look at every file, hashing, the box, and opening and comparing it. The others only pack and encrypt.
//! Wall time, best of three rounds that take turns; a peer that is not on this machine is said to be skipped.
//! `INKOUT_BENCH_PROGRAM` names another build of the program to be timed.

#![allow(
    clippy::cast_precision_loss,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints figures"
)]

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const ROUNDS: usize = 3;
const FILE: usize = 1 << 20;
const PHRASE: &str = "correct-horse-battery-staple-of-the-bench";

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 11
    }
}

fn main() -> io::Result<()> {
    let megabytes = std::env::var("INKOUT_BENCH_MB").ok();
    let megabytes = megabytes.and_then(|n| n.parse().ok()).unwrap_or(128);
    let top = std::env::temp_dir().join(format!("inkout-bench-packages-{}", std::process::id()));
    fs::create_dir_all(top.join("in"))?;
    let result = build(&top.join("in"), megabytes).and_then(|bytes| measure(&top, bytes));
    fs::remove_dir_all(&top)?;
    result
}

fn build(folder: &Path, megabytes: usize) -> io::Result<u64> {
    let mut random = Random(1);
    let mut bytes = 0;
    for n in 0..megabytes {
        let (name, content) = match n % 4 {
            0 => (format!("table-{n}.csv"), table(&mut random)),
            1 => (format!("text-{n}.txt"), text(&mut random)),
            _ => (format!("packed-{n}.jpg"), packed(&mut random)),
        };
        bytes += content.len() as u64;
        fs::write(folder.join(name), content)?;
    }
    Ok(bytes)
}

fn table(random: &mut Random) -> Vec<u8> {
    let mut out = String::from("no,amount,mobile,note\n");
    while out.len() < FILE {
        let (a, b, c) = (random.next(), random.next(), random.next());
        let _ = writeln!(
            out,
            "{},{}.{:02},139{:08},note {}",
            a % 1_000_000,
            b % 100_000,
            b % 100,
            c % 100_000_000,
            a % 97
        );
    }
    out.into_bytes()
}

fn text(random: &mut Random) -> Vec<u8> {
    const WORDS: [&str; 12] = [
        "the", "account", "was", "closed", "and", "its", "holder", "told", "about", "every",
        "record", "of",
    ];
    let mut out = String::new();
    while out.len() < FILE {
        let word = usize::try_from(random.next() % 12).unwrap_or(0);
        out.push_str(WORDS.get(word).unwrap_or(&"of"));
        out.push(if random.next().is_multiple_of(15) {
            '\n'
        } else {
            ' '
        });
    }
    out.into_bytes()
}

fn packed(random: &mut Random) -> Vec<u8> {
    let mut out = vec![0xFF, 0xD8, 0xFF, 0xE0];
    while out.len() < FILE {
        out.extend(random.next().to_le_bytes().get(..6).unwrap_or_default());
    }
    out
}

fn program() -> String {
    let own = || env!("CARGO_BIN_EXE_inkout").to_owned();
    std::env::var("INKOUT_BENCH_PROGRAM").unwrap_or_else(|_| own())
}

/// Makes a package in a folder.
type Making<'p> = Box<dyn Fn(&Path) -> io::Result<()> + 'p>;

/// One thing that is timed: its name, and what makes a package in a new folder.
struct Peer<'p> {
    name: String,
    run: Making<'p>,
    best: Option<Duration>,
}

fn measure(top: &Path, bytes: u64) -> io::Result<()> {
    inkout(
        top,
        &["scan", "in", "--job", "job", "--fail-on", "never", "-q"],
    )?;
    for (name, role) in [("a", "executor"), ("b", "compliance"), ("c", "legal")] {
        inkout(top, &["keys", "new", name])?;
        let public = format!("{name}.pub");
        inkout(
            top,
            &[
                "keys", "trust", &public, "--name", name, "--role", role, "--job", "job",
            ],
        )?;
    }
    fs::write(top.join("phrase"), PHRASE)?;
    let mut peers = Vec::new();
    for (copies, container) in [("full", "7z"), ("full", "age"), ("strict", "7z")] {
        let plan = plan(top, copies)?;
        peers.push(Peer {
            name: format!("inkout handover --container {container}, copies {copies}"),
            run: Box::new(move |out| handover(top, &plan, container, out)),
            best: None,
        });
    }
    match sevenz() {
        Some(program) => {
            for level in ["-mx=1", "-mx=5"] {
                peers.push(Peer {
                    name: format!("{program} a -mhe=on {level}"),
                    run: Box::new(move |out| seven(top, program, level, out)),
                    best: None,
                });
            }
        }
        None => println!("skipped: 7z is not on this machine"),
    }
    match (runs("tar"), runs("age")) {
        (true, true) => {
            let keys = top.join("age.key");
            checked(Command::new("age-keygen").arg("-o").arg(&keys))?;
            peers.push(Peer {
                name: "tar | age".into(),
                run: Box::new(move |out| tar_age_program(top, &keys, out)),
                best: None,
            });
        }
        (true, false) => {
            println!("skipped: age is not on this machine; its crate stands in");
            peers.push(Peer {
                name: "tar | age (the crate)".into(),
                run: Box::new(|out| tar_age(top, out)),
                best: None,
            });
        }
        (false, _) => println!("skipped: tar is not on this machine"),
    }
    for round in 0..ROUNDS {
        for (n, peer) in peers.iter_mut().enumerate() {
            let out = top.join(format!("out-{round}-{n}"));
            fs::create_dir_all(&out)?;
            let start = Instant::now();
            (peer.run)(&out)?;
            let took = start.elapsed();
            peer.best = Some(peer.best.map_or(took, |b| b.min(took)));
            fs::remove_dir_all(&out)?;
        }
    }
    let first = peers.first().and_then(|p| p.best).unwrap_or_default();
    println!("{} files, {} MB", bytes >> 20, bytes / 1_000_000);
    for peer in &peers {
        let best = peer.best.unwrap_or_default().as_secs_f64().max(1e-9);
        println!(
            "{:52} {:8.1} MB/s  {:5.2} x the first's time",
            peer.name,
            bytes as f64 / 1e6 / best,
            best / first.as_secs_f64().max(1e-9)
        );
    }
    Ok(())
}

fn checked(command: &mut Command) -> io::Result<()> {
    let out = command.stdin(Stdio::null()).output()?;
    // 3: something was not read (the pixels).
    if matches!(out.status.code(), Some(0 | 3)) {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    Err(io::Error::other(said))
}

fn inkout(top: &Path, args: &[&str]) -> io::Result<()> {
    checked(Command::new(program()).args(args).current_dir(top))
}

fn plan(top: &Path, copies: &str) -> io::Result<PathBuf> {
    let path = format!("plan-{copies}-{}.json", fs::read_dir(top)?.count());
    let args = [
        "plan",
        "handover",
        "--job",
        "job",
        "--key",
        "a.key",
        "--policy",
        "brokerage",
        "--ticket",
        "T",
        "--reason",
        "bench",
        "--legal-basis",
        "none",
        "--recipient",
        "R",
        "--purpose",
        "P",
        "--notice-ref",
        "N",
        "--consent-ref",
        "C",
        "--copies",
        copies,
        "--out",
        &path,
    ];
    inkout(top, &args)?;
    for (key, role) in [("b.key", "compliance"), ("c.key", "legal")] {
        let args = [
            "approve", &path, "--key", key, "--role", role, "--job", "job",
        ];
        inkout(top, &args)?;
    }
    Ok(path.into())
}

fn handover(top: &Path, plan: &Path, container: &str, out: &Path) -> io::Result<()> {
    let mut command = Command::new(program());
    command.arg("handover").arg(plan).args([
        "--job",
        "job",
        "--key",
        "a.key",
        "--from",
        "S",
        "--passphrase-file",
        "phrase",
        "-q",
        "--container",
        container,
        "--out",
    ]);
    checked(command.arg(out).current_dir(top))
}

fn seven(top: &Path, program: &str, level: &str, out: &Path) -> io::Result<()> {
    let phrase = format!("-p{PHRASE}");
    let mut command = Command::new(program);
    command.args(["a", "-t7z", "-mhe=on", level, &phrase]);
    checked(command.arg(out.join("box.7z")).arg("in").current_dir(top))
}

fn tar_age_program(top: &Path, keys: &Path, out: &Path) -> io::Result<()> {
    let mut tar = Command::new("tar")
        .args(["-c", "in"])
        .current_dir(top)
        .stdout(Stdio::piped())
        .spawn()?;
    let stream = tar.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let mut age = Command::new("age");
    age.arg("-e")
        .arg("-i")
        .arg(keys)
        .arg("-o")
        .arg(out.join("box.age"));
    let sealed = age.stdin(stream).status()?;
    if tar.wait()?.success() && sealed.success() {
        Ok(())
    } else {
        Err(io::Error::other("tar or age failed"))
    }
}

fn tar_age(top: &Path, out: &Path) -> io::Result<()> {
    let mut tar = Command::new("tar")
        .args(["-c", "in"])
        .current_dir(top)
        .stdout(Stdio::piped())
        .spawn()?;
    let key = age::x25519::Identity::generate().to_public();
    let keys = std::iter::once(&key as &dyn age::Recipient);
    let locked = age::Encryptor::with_recipients(keys).map_err(io::Error::other)?;
    let mut sealed = locked.wrap_output(File::create(out.join("box.age"))?)?;
    if let Some(stream) = &mut tar.stdout {
        io::copy(stream, &mut sealed)?;
    }
    sealed.finish()?.flush()?;
    if tar.wait()?.success() {
        Ok(())
    } else {
        Err(io::Error::other("tar failed"))
    }
}

fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--help").stdout(Stdio::null());
    command.stderr(Stdio::null()).status().is_ok()
}

fn sevenz() -> Option<&'static str> {
    ["7zz", "7z"].into_iter().find(|p| runs(p))
}
