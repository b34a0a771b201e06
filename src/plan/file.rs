//! [`PlanFile`]: a plan and the id of the very bytes that it was read from.

use crate::{
    digest::sha256_name,
    model::{CanonicalError, Plan},
};

/// Why a plan cannot be made or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Its file is not what this program wrote.
    #[error("the plan file does not hold: {0}")]
    File(#[from] CanonicalError),
    /// It names no file at all.
    #[error("the plan is empty")]
    Empty,
    /// It names more files than a plan can number.
    #[error("too many files for one plan")]
    TooMany,
}

/// A plan with the id of the bytes that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFile {
    plan: Plan,
    id: String,
    bytes: Vec<u8>,
}

impl PlanFile {
    /// Reads the bytes of a plan's file.
    ///
    /// # Errors
    /// When anything in them is not as this program writes it.
    pub fn read(bytes: Vec<u8>) -> Result<Self, PlanError> {
        let plan = Plan::from_bytes(&bytes)?;
        // The line break at the end belongs to the id, as `sha256sum` sees it.
        if plan.to_bytes()? != bytes {
            return Err(CanonicalError::Rewritten.into());
        }
        Ok(Self {
            id: sha256_name(&bytes),
            plan,
            bytes,
        })
    }

    /// Of a new plan.
    ///
    /// # Errors
    /// None that a plan can cause.
    pub fn new(plan: Plan) -> Result<Self, PlanError> {
        let bytes = plan.to_bytes()?;
        Ok(Self {
            id: sha256_name(&bytes),
            plan,
            bytes,
        })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its id: `sha256:` and the digest of its file.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The bytes of its file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The id as people read and type it: eight capital hexadecimal digits, `7F3A-91C2`.
    pub fn short_id(&self) -> String {
        let digits = self.id.rsplit(':').next().unwrap_or_default();
        let part = |range: std::ops::Range<usize>| {
            digits.get(range).unwrap_or_default().to_ascii_uppercase()
        };
        format!("{}-{}", part(0..4), part(4..8))
    }
}
