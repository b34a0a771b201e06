//! One file a verb.

pub(super) mod approve;
pub(super) mod audit;
pub(super) mod backup;
pub(super) mod formats;
pub(super) mod handover;
pub(super) mod hold;
pub(super) mod keys;
pub(super) mod plan;
pub(super) mod probe;
pub(super) mod pseudo;
pub(super) mod purge;
pub(super) mod quarantine;
pub(super) mod receive;
pub(super) mod redact;
pub(super) mod report;
pub(super) mod residue;
pub(super) mod risk;
pub(super) mod rules;
pub(super) mod scan;
pub(super) mod seal;
pub(super) mod text;
