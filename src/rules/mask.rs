//! Masks
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family { Id, Name, Address, Email, Mobile, Ip }
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile { Strict, Token, Display }
pub fn mask(_: Family, _: Profile, _: &str, _: &str, _: Option<&str>) -> String { String::new() }
