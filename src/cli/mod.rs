//! x
pub mod args;
pub mod exit;
/// m
pub fn main() -> std::process::ExitCode { std::process::ExitCode::SUCCESS }
