//! Messages about reports.

use super::messages::messages;

messages! {
    /// A message for people about reports.
    ReportWord;

}
