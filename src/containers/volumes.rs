//! [`Volumes`]: what is written, cut into parts; [`VolumesReader`]: parts read as one.

use super::ContainerError;
use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// Most parts: their numbers have three digits.
const MOST: u64 = 999;

/// Name of a part of a box, from 1: `name.7z.001`.
pub fn part_name(name: &str, number: u64) -> String {
    format!("{name}.{number:03}")
}

/// A file that is written in parts of equal size. Parts are new files, for the owner alone.
#[derive(Debug)]
pub struct Volumes {
    folder: PathBuf,
    name: String,
    /// Bytes of a part; `None` for one file.
    size: Option<u64>,
    parts: Vec<File>,
    position: u64,
    end: u64,
}

impl Volumes {
    /// Begins `name` in a folder; with a size, `name.001` and so on, each of that many bytes at most.
    ///
    /// # Errors
    /// Those of the system; `AlreadyExists` when there is a file of that name.
    pub fn create(folder: &Path, name: &str, size: Option<u64>) -> Result<Self, ContainerError> {
        let mut new = Self {
            folder: folder.to_path_buf(),
            name: name.to_owned(),
            size: size.map(|s| s.max(1)),
            parts: Vec::new(),
            position: 0,
            end: 0,
        };
        new.open_part()
            .map_err(ContainerError::io("make the box"))?;
        Ok(new)
    }

    fn open_part(&mut self) -> io::Result<()> {
        let number = self.parts.len() as u64 + 1;
        if number > MOST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let name = match self.size {
            None => self.name.clone(),
            Some(_) => part_name(&self.name, number),
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        self.parts.push(options.open(self.folder.join(name))?);
        Ok(())
    }

    /// Writes all parts through to the disk.
    ///
    /// # Errors
    /// Those of the system.
    pub fn sync(&self) -> Result<(), ContainerError> {
        for part in &self.parts {
            part.sync_all()
                .map_err(ContainerError::io("write the box through"))?;
        }
        Ok(())
    }
}

impl Write for Volumes {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let size = self.size.unwrap_or(u64::MAX);
        let (part, offset) = (self.position / size, self.position % size);
        while self.parts.len() as u64 <= part {
            self.open_part()?;
        }
        let room = usize::try_from(size - offset).unwrap_or(usize::MAX);
        let buf = buf.get(..room.min(buf.len())).unwrap_or_default();
        let file = usize::try_from(part)
            .ok()
            .and_then(|n| self.parts.get_mut(n))
            .ok_or(io::ErrorKind::NotFound)?;
        if file.stream_position()? != offset {
            file.seek(SeekFrom::Start(offset))?;
        }
        let n = file.write(buf)?;
        self.position += n as u64;
        self.end = self.end.max(self.position);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Volumes {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = moved(to, self.position, self.end)?;
        Ok(self.position)
    }
}

fn moved(to: SeekFrom, position: u64, end: u64) -> io::Result<u64> {
    let target = match to {
        SeekFrom::Start(n) => Some(n),
        SeekFrom::End(n) => end.checked_add_signed(n),
        SeekFrom::Current(n) => position.checked_add_signed(n),
    };
    target.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// Parts read as one file, from the disk and not from what was meant to be written.
#[derive(Debug)]
pub struct VolumesReader {
    parts: Vec<(File, u64)>,
    /// Which part, from 0, and the offset of its first byte.
    at: (usize, u64),
    position: u64,
    end: u64,
}

impl VolumesReader {
    /// Opens parts in this order.
    ///
    /// # Errors
    /// Those of the system.
    pub fn open(paths: &[PathBuf]) -> Result<Self, ContainerError> {
        let mut parts = Vec::with_capacity(paths.len());
        let mut end = 0_u64;
        for path in paths {
            let file = File::open(path).map_err(ContainerError::io("open a part"))?;
            let size = file
                .metadata()
                .map_err(ContainerError::io("open a part"))?
                .len();
            end = end.saturating_add(size);
            parts.push((file, size));
        }
        Ok(Self {
            parts,
            at: (0, 0),
            position: 0,
            end,
        })
    }

    /// Bytes of all parts.
    pub fn len(&self) -> u64 {
        self.end
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.end == 0
    }

    /// Goes to the part that holds the position.
    fn locate(&mut self) {
        if self.position < self.at.1 {
            self.at = (0, 0);
        }
        while let Some((_, size)) = self.parts.get(self.at.0) {
            if self.position < self.at.1 + size {
                break;
            }
            self.at = (self.at.0 + 1, self.at.1 + size);
        }
    }
}

impl Read for VolumesReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.end {
            return Ok(0);
        }
        self.locate();
        let offset = self.position - self.at.1;
        let Some((file, size)) = self.parts.get_mut(self.at.0) else {
            return Ok(0);
        };
        let room = usize::try_from(*size - offset).unwrap_or(usize::MAX);
        let most = room.min(buf.len());
        if file.stream_position()? != offset {
            file.seek(SeekFrom::Start(offset))?;
        }
        let n = file.read(buf.get_mut(..most).unwrap_or_default())?;
        if n == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.position += n as u64;
        Ok(n)
    }
}

impl Seek for VolumesReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = moved(to, self.position, self.end)?;
        Ok(self.position)
    }
}
