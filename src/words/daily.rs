//! Messages about scheduled scans, differences, baselines, configuration and this machine.

use super::messages::messages;

messages! {
    /// A message for people about scheduled scans, differences, baselines, configuration and this machine.
    DailyWord;

}
