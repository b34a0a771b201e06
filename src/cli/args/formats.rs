//! Arguments of `inkout formats`.

use clap::Args;

/// `inkout formats`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Formats {
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}
