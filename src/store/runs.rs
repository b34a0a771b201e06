//! What the store notes of the runs that wrote it.

use super::{Store, StoreError};

/// The run that an inventory is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Version of the program.
    pub version: String,
    /// Digest of the rule data.
    pub rules_digest: String,
    /// The options that change what is recorded, as the run gave them.
    pub options: String,
    /// When it began, RFC 3339.
    pub started: String,
    /// When it came to its end; `None` for one that was cut off.
    pub ended: Option<String>,
}

impl Store {
    /// The run whose records [`Store::reader`] reads: the last that came to its end, else the last.
    ///
    /// # Errors
    /// Those of the database.
    pub fn recorded_run(&self) -> Result<Recorded, StoreError> {
        let run = self.conn.query_row(
            "SELECT version, rules_digest, options, started, ended FROM run \
             ORDER BY ended IS NULL, n DESC LIMIT 1",
            [],
            |r| {
                Ok(Recorded {
                    version: r.get(0)?,
                    rules_digest: r.get(1)?,
                    options: r.get(2)?,
                    started: r.get(3)?,
                    ended: r.get(4)?,
                })
            },
        )?;
        Ok(run)
    }
}
