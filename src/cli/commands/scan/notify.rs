//! A command that is told what changed.

use std::{
    io::Write,
    process::{Child, Command, Stdio},
};

/// The command, waiting: it is started before the process gives up its rights, and goes on only when
/// there is something to tell.
#[derive(Debug)]
pub(super) struct Notifier(Child);

/// The shell waits for one line, then becomes the command, whose input is what follows.
const SCRIPT: &str = "read -r go || exit 0; exec sh -c \"$1\"";

impl Notifier {
    /// Starts the shell.
    pub(super) fn start(command: &str) -> std::io::Result<Self> {
        Command::new("sh")
            .args(["-c", SCRIPT, "sh", command])
            .stdin(Stdio::piped())
            .stdout(Stdio::from(std::io::stderr()))
            .spawn()
            .map(Self)
    }

    /// Tells the command, waits for it, and gives its exit code; `None` when a signal ended it.
    pub(super) fn tell(mut self, text: &str) -> std::io::Result<Option<i32>> {
        if let Some(mut input) = self.0.stdin.take() {
            // A command that does not read its input is no failure of ours: its exit code tells.
            let _ = writeln!(input, "go").and_then(|()| input.write_all(text.as_bytes()));
        }
        Ok(self.0.wait()?.code())
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        // Without a line the shell ends of itself.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
