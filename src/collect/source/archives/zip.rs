//! Zip archives, as far as reading them goes (PKWARE's APPNOTE 6.3.10): the central directory, and entries that are stored or deflated.

use std::io::{self, Read, Seek, SeekFrom};

use flate2::{Crc, read::DeflateDecoder};

/// The end record with the longest comment.
const LONGEST_END: u64 = 22 + 0xFFFF;
/// A larger directory is not read, in bytes.
const LARGEST_DIRECTORY: u64 = 64 * 1024 * 1024;
/// Source shrinks to a tenth; what is said to shrink to less than this part is there to fill a disk. Small entries may.
const RATIO: u64 = 250;
const SMALL: u64 = 1024 * 1024;
/// Stands for a number that is given in the fields of zip64.
const ELSEWHERE: u32 = u32::MAX;

/// Why an archive or an entry of it was not read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ZipError {
    #[error("{0}")]
    Io(io::ErrorKind),
    #[error("no zip archive, though it bears the name of one")]
    NotZip,
    #[error("the archive is damaged")]
    Damaged,
    #[error("the archive is spread over several files")]
    Split,
    #[error("more entries, or a larger directory, than is read of one archive")]
    TooMany,
    #[error("encrypted")]
    Encrypted,
    #[error("packed by method {0}, which is not understood")]
    Method(u16),
    #[error("larger than {} MiB", .0 / 1024 / 1024)]
    TooLarge(u64),
    #[error("packed to less than a {RATIO}th of its size, which no source is")]
    Bomb,
    #[error("more than is read of one archive")]
    Enough,
}

impl From<io::Error> for ZipError {
    fn from(problem: io::Error) -> Self {
        match problem.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => Self::Damaged,
            kind => Self::Io(kind),
        }
    }
}

/// What the central directory says of one entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    /// Its size when unpacked, in bytes.
    pub(super) size: u64,
    packed: u64,
    method: u16,
    is_encrypted: bool,
    is_link: bool,
    checksum: u32,
    /// Where its own header begins.
    at: u64,
}

impl Entry {
    pub(super) fn is_file(&self) -> bool {
        !self.is_link && !self.name.ends_with(b"/") && !self.name.is_empty()
    }
}

/// The entries of an archive.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) entries: Vec<Entry>,
    /// Why these are not all.
    pub(super) damage: Option<ZipError>,
}

/// Numbers within bytes, little end first.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn bytes<const LENGTH: usize>(&self, at: usize) -> Result<[u8; LENGTH], ZipError> {
        self.slice(at, LENGTH)?.try_into().map_err(|_| ZipError::Damaged)
    }

    fn slice(&self, at: usize, length: usize) -> Result<&'a [u8], ZipError> {
        let end = at.checked_add(length).ok_or(ZipError::Damaged)?;
        self.0.get(at..end).ok_or(ZipError::Damaged)
    }

    fn number_16(&self, at: usize) -> Result<u16, ZipError> {
        self.bytes(at).map(u16::from_le_bytes)
    }

    fn number_32(&self, at: usize) -> Result<u32, ZipError> {
        self.bytes(at).map(u32::from_le_bytes)
    }

    fn number_64(&self, at: usize) -> Result<u64, ZipError> {
        self.bytes(at).map(u64::from_le_bytes)
    }
}

/// What the end record says of the directory.
struct End {
    entries: u64,
    size: u64,
    /// Where the directory is said to begin; what stands before the archive, a program that unpacks it say, is not counted.
    said: u64,
    /// Where the record itself begins, which is where the directory ends.
    at: u64,
}

/// Reads the directory of an archive, of so many entries at most.
pub(super) fn directory<F: Read + Seek>(file: &mut F, most: usize) -> Result<Directory, ZipError> {
    let End { entries: count, size, said, at } = end(file)?;
    if size > LARGEST_DIRECTORY {
        return Err(ZipError::TooMany);
    }
    let begin = at.checked_sub(size).ok_or(ZipError::Damaged)?;
    let before = begin.checked_sub(said).ok_or(ZipError::Damaged)?;
    let bytes = read_at(file, begin, size)?;
    let (mut entries, mut rest) = (Vec::new(), bytes.as_slice());
    let mut damage = None;
    while rest.starts_with(b"PK\x01\x02") {
        if entries.len() >= most {
            damage = Some(ZipError::TooMany);
            break;
        }
        match entry(rest, before) {
            Ok((entry, length)) => {
                entries.push(entry);
                rest = rest.get(length..).unwrap_or_default();
            }
            Err(problem) => {
                damage = Some(problem);
                break;
            }
        }
    }
    // Old writers counted in 16 bits.
    let is_whole = u64::try_from(entries.len()).is_ok_and(|found| found == count || (found > 0xFFFF && found % 0x1_0000 == count));
    Ok(Directory { entries, damage: damage.or((!is_whole).then_some(ZipError::Damaged)) })
}

fn read_at<F: Read + Seek>(file: &mut F, at: u64, length: u64) -> Result<Vec<u8>, ZipError> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()) == Ok(length) { Ok(bytes) } else { Err(ZipError::Damaged) }
}

/// Finds the end record, which has a comment of any length behind it.
fn end<F: Read + Seek>(file: &mut F) -> Result<End, ZipError> {
    let length = file.seek(SeekFrom::End(0))?;
    let start = length.saturating_sub(LONGEST_END);
    let tail = read_at(file, start, length.saturating_sub(start))?;
    let is_end = |at: &usize| {
        let fields = Fields(tail.get(*at..).unwrap_or_default());
        let fits = |comment: u16| usize::from(comment).saturating_add(22) <= fields.0.len();
        fields.0.starts_with(b"PK\x05\x06") && fields.number_16(20).is_ok_and(fits)
    };
    let at = (0..tail.len().saturating_sub(21)).rev().find(is_end).ok_or(ZipError::NotZip)?;
    let fields = Fields(tail.get(at..).unwrap_or_default());
    let place = start.saturating_add(u64::try_from(at).unwrap_or(u64::MAX));
    let (disk, count, size, said) = (fields.number_16(4)?, fields.number_16(10)?, fields.number_32(12)?, fields.number_32(16)?);
    let is_large = count == 0xFFFF || size == ELSEWHERE || said == ELSEWHERE;
    if is_large && let Some(end) = large_end(file, place)? {
        return Ok(end);
    }
    if disk != 0 {
        return Err(ZipError::Split);
    }
    Ok(End { entries: count.into(), size: size.into(), said: said.into(), at: place })
}

/// The end record of zip64, where its locator stands before the ordinary one.
fn large_end<F: Read + Seek>(file: &mut F, ordinary: u64) -> Result<Option<End>, ZipError> {
    let Some(at) = ordinary.checked_sub(20) else { return Ok(None) };
    let locator = read_at(file, at, 20)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    // Where it is said to be, or, with something before the archive, right before its locator.
    let nearby = at.checked_sub(56).ok_or(ZipError::Damaged)?;
    for place in [Fields(&locator).number_64(8)?, nearby] {
        let Ok(record) = read_at(file, place, 56) else { continue };
        let fields = Fields(&record);
        if record.starts_with(b"PK\x06\x06") {
            if fields.number_32(16)? != 0 {
                return Err(ZipError::Split);
            }
            return Ok(Some(End { entries: fields.number_64(32)?, size: fields.number_64(40)?, said: fields.number_64(48)?, at: place }));
        }
    }
    Err(ZipError::Damaged)
}

/// One entry of the directory, and its length there.
fn entry(bytes: &[u8], before: u64) -> Result<(Entry, usize), ZipError> {
    let fields = Fields(bytes);
    let lengths = [fields.number_16(28)?, fields.number_16(30)?, fields.number_16(32)?].map(usize::from);
    let [name, extra, comment] = lengths;
    let large = Fields(large_numbers(fields.slice(46 + name, extra)?)?);
    let mut next = 0_usize;
    let mut number = |at: usize| -> Result<u64, ZipError> {
        match fields.number_32(at)? {
            ELSEWHERE if large.0.len() >= next + 8 => {
                next += 8;
                large.number_64(next - 8)
            }
            number => Ok(number.into()),
        }
    };
    let (size, packed, at) = (number(24)?, number(20)?, number(42)?);
    let is_unix = fields.number_16(4)? >> 8 == 3;
    let entry = Entry {
        name: fields.slice(46, name)?.to_vec(),
        size,
        packed,
        method: fields.number_16(10)?,
        is_encrypted: fields.number_16(8)? & 1 != 0,
        is_link: is_unix && fields.number_32(38)? >> 28 == 0o12,
        checksum: fields.number_32(16)?,
        at: at.checked_add(before).ok_or(ZipError::Damaged)?,
    };
    Ok((entry, 46 + name + extra + comment))
}

/// The field of zip64 among the extra fields of an entry; empty where there is none.
fn large_numbers(mut extra: &[u8]) -> Result<&[u8], ZipError> {
    while extra.len() >= 4 {
        let fields = Fields(extra);
        let length = usize::from(fields.number_16(2)?);
        if fields.number_16(0)? == 1 {
            return fields.slice(4, length);
        }
        extra = extra.get(length.saturating_add(4)..).unwrap_or_default();
    }
    Ok(&[])
}

/// Unpacks an entry of so many bytes at most into the buffer.
pub(super) fn read<F: Read + Seek>(file: &mut F, entry: &Entry, most: u64, buffer: &mut Vec<u8>) -> Result<(), ZipError> {
    if entry.size > most {
        return Err(ZipError::TooLarge(most));
    }
    // One byte more would show that it is longer than it says.
    unpack(file, entry, entry.size.saturating_add(1), buffer)?;
    let mut checksum = Crc::new();
    checksum.update(buffer);
    let is_whole = u64::try_from(buffer.len()) == Ok(entry.size) && checksum.sum() == entry.checksum;
    if is_whole { Ok(()) } else { Err(ZipError::Damaged) }
}

/// Unpacks so many bytes of an entry, from its start, into the buffer.
pub(super) fn unpack<F: Read + Seek>(file: &mut F, entry: &Entry, room: u64, buffer: &mut Vec<u8>) -> Result<(), ZipError> {
    if entry.is_encrypted {
        return Err(ZipError::Encrypted);
    }
    if entry.size > SMALL && entry.size / RATIO > entry.packed {
        return Err(ZipError::Bomb);
    }
    let header = read_at(file, entry.at, 30)?;
    let fields = Fields(&header);
    if !header.starts_with(b"PK\x03\x04") {
        return Err(ZipError::Damaged);
    }
    let behind = u64::from(fields.number_16(26)?) + u64::from(fields.number_16(28)?) + 30;
    file.seek(SeekFrom::Start(entry.at.checked_add(behind).ok_or(ZipError::Damaged)?))?;
    let packed = file.take(entry.packed);
    match entry.method {
        0 => packed.take(room).read_to_end(buffer)?,
        8 => DeflateDecoder::new(packed).take(room).read_to_end(buffer)?,
        method => return Err(ZipError::Method(method)),
    };
    Ok(())
}
