//! Segments.
use super::{Cx, FormatError};
use crate::model::FormatId;
use std::fs::File;
#[derive(Debug, Clone, Copy, Default)]
pub struct Start { pub quoted: bool, pub line: u64 }
#[derive(Debug, Clone, Copy)]
pub struct End { pub quoted: bool, pub lines: u64 }
#[derive(Debug)]
pub struct Segments;
impl Segments {
    pub fn plan(_: FormatId, _: &File, _: u64) -> Option<Self> { None }
    pub fn count(&self) -> u64 { 0 }
    pub fn head(&self) -> &[u8] { &[] }
    pub fn format(&self) -> FormatId { "text" }
    pub fn guess(&self, _: u64, _: &File) -> Start { Start::default() }
    pub fn run(&self, _: u64, _: Start, _: &File, _: &mut Cx<'_>) -> Result<End, FormatError> { Err(FormatError::Crashed) }
}
