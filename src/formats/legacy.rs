//! Spreadsheets read by calamine in a child process: xls, xlsb, ods.

use super::{Cx, Format, FormatError, Output, Probe, Source};
use crate::model::{Ability, FormatId};

/// One of the three.
#[derive(Debug, Clone, Copy)]
pub struct Legacy {
    id: FormatId,
}

impl Legacy {
    /// Excel 97–2003 and before.
    pub const XLS: Self = Self { id: "xls" };
    /// Excel binary workbook.
    pub const XLSB: Self = Self { id: "xlsb" };
    /// OpenDocument spreadsheet.
    pub const ODS: Self = Self { id: "ods" };
}

/// Runs as the reading child: a spreadsheet on standard input, its cells on standard output.
pub fn child_main() -> u8 {
    2
}

impl Format for Legacy {
    fn id(&self) -> FormatId {
        self.id
    }
    fn ability(&self) -> Ability {
        Ability::Read
    }
    fn probe(&self, _head: &[u8], _name: &[u8]) -> Probe {
        Probe::No
    }
    fn run(
        &self,
        _: &mut Source<'_>,
        _: &mut Cx<'_>,
        _: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        Err(FormatError::Unsupported("spreadsheet"))
    }
}
/// x
pub fn each_cell(_: &str, _: &mut Source<'_>, _: &super::Limits, _: &mut dyn FnMut(&str)) -> Result<(), FormatError> { Ok(()) }
