//! The commands of both README files, run as they stand there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The `sh` blocks of a file but those that build the program.
fn commands(text: &str) -> String {
    let mut out = String::from("set -euo pipefail\n");
    let mut inside = false;
    for line in text.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside && !line.contains("cargo ") => {
                out.push_str(line);
                out.push('\n');
            }
            _ => {}
        }
    }
    out
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn run(readme: &str) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let script = commands(&fs::read_to_string(root.join(readme)).unwrap());
    assert!(script.matches("inkout ").count() > 20, "{script}");
    let folder = tempfile::tempdir().unwrap();
    let example = "fixtures/shares/handover";
    copy(&root.join(example), &folder.path().join(example));
    let bin = Path::new(env!("CARGO_BIN_EXE_inkout")).parent().unwrap();
    let path = format!(
        "{}:{}",
        bin.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let out = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder.path())
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{readme}: {}\n{}\n{}",
        out.status,
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    );
    // What was due is gone from the share; what a term keeps is there, and the document whose picture nobody read.
    // Package, archive and certificate are there.
    let mut left: Vec<_> = fs::read_dir(folder.path().join("share"))
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|n| !n.starts_with('.'))
        .collect();
    left.sort();
    for kept in ["客户名单.xlsx", "转账流水_gbk.csv"] {
        assert!(left.iter().any(|n| n == kept), "{kept}: {left:?}");
    }
    assert!(left.len() <= 3, "{left:?}");
    for there in ["packages", "archives", "certificate/certificate.html"] {
        assert!(folder.path().join(there).exists(), "{there}");
    }
    // It says who approved, in which role, and which copies there still are.
    let certificate =
        fs::read_to_string(folder.path().join("certificate/certificate.json")).unwrap();
    let certificate: serde_json::Value = serde_json::from_str(&certificate).unwrap();
    let text = certificate.to_string();
    for said in ["compliance", "handed-over", "sealed", "handover-", "seal-"] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn the_english_readme_does_what_it_says() {
    run("README.md");
}

#[test]
fn the_chinese_readme_does_what_it_says() {
    run("README.zh-CN.md");
}
