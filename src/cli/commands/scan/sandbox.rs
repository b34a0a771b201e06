//! The scanner gives up what it does not need.

use crate::{
    cli::{
        Trouble,
        args::{Sandbox, Scan, Walk},
        log::Log,
    },
    reports::Condition,
    sys::{LIBRARIES, Needs, Restricted, restrict},
    words::DailyWord,
};
use std::path::{Path, PathBuf};

/// Closes everything but the roots (to read), the job folder and the folder of the metrics (to write), and
/// the program itself, which is started again to read old spreadsheets.
pub(super) fn close(args: &Scan, walk: &Walk, job: &Path, log: Log) -> Result<(), Trouble> {
    let how = args.daily.sandbox;
    if how == Sandbox::Off {
        log.detail(
            "sandbox",
            &[("granted", "off".into())],
            DailyWord::SandboxOff.text(log.language),
        );
        return Ok(());
    }
    let mut needs = Needs {
        run: LIBRARIES.iter().map(PathBuf::from).collect(),
        ..Needs::default()
    };
    needs.run.extend(std::env::current_exe().ok());
    for path in &walk.paths {
        // A root that is a link is followed.
        let Ok(path) = path.canonicalize() else {
            continue;
        };
        if !path.is_dir() {
            needs.list.extend(path.parent().map(Path::to_path_buf));
        }
        needs.read.push(path);
    }
    needs.write.push(job.to_path_buf());
    if let Some(file) = &args.daily.metrics {
        needs.write.push(folder_of(file));
    }
    let granted = restrict(&needs);
    let (word, text) = match granted {
        Restricted::Fully => ("fully", DailyWord::SandboxFully),
        Restricted::Partly => ("partly", DailyWord::SandboxPartly),
        Restricted::Not => ("not", DailyWord::SandboxNot),
    };
    let text = text.text(log.language);
    if how == Sandbox::Require && granted != Restricted::Fully {
        return Err(Trouble {
            condition: Condition::Refused,
            text: text.to_owned(),
        });
    }
    log.detail("sandbox", &[("granted", word.into())], text);
    Ok(())
}

/// The folder that a file lies in.
pub(super) fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}
