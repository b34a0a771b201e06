//! p
use crate::model::Name;
use std::{fs::File, io};
#[derive(Debug)]
pub struct Place;
#[derive(Debug)]
pub struct Pending(File);
impl Place { pub fn begin(&self, _: &Name) -> io::Result<Pending> { Err(io::Error::other("x")) } pub fn withdraw(&self, _: &Name) {} }
impl Pending { pub fn digest(&mut self) -> io::Result<String> { Ok(String::new()) } pub fn release(self) -> io::Result<Name> { Ok(Name::default()) } pub fn file(&self) -> &File { &self.0 } }
impl io::Read for Pending { fn read(&mut self, b: &mut [u8]) -> io::Result<usize> { self.0.read(b) } }
impl io::Write for Pending { fn write(&mut self, b: &[u8]) -> io::Result<usize> { self.0.write(b) } fn flush(&mut self) -> io::Result<()> { Ok(()) } }
impl io::Seek for Pending { fn seek(&mut self, b: io::SeekFrom) -> io::Result<u64> { self.0.seek(b) } }
