//! Zip archives, compiled into the fuzzer under the name that their visibility asks for.

use std::io::Cursor;

#[path = "../src/collect/source/archives/zip.rs"]
#[expect(dead_code, reason = "the fuzzer asks for less than the scan")]
mod zip;

/// No more of one entry is unpacked, in bytes, and no more entries are looked at.
const MOST: u64 = 1024 * 1024;
const MOST_ENTRIES: usize = 100;

/// Reads bytes as an archive, and what lies in it.
pub(crate) fn read(bytes: &[u8]) {
    let mut file = Cursor::new(bytes);
    let Ok(zip::Directory { entries, .. }) = zip::directory(&mut file, MOST_ENTRIES) else { return };
    for entry in entries.iter().filter(|entry| entry.is_file()) {
        let (mut whole, mut start) = (Vec::new(), Vec::new());
        if zip::read(&mut file, entry, MOST, &mut whole).is_ok() {
            assert_eq!(u64::try_from(whole.len()), Ok(entry.size));
            assert!(zip::unpack(&mut file, entry, 16, &mut start).is_ok() && whole.starts_with(&start));
        }
        assert!(whole.len() <= 1024 * 1024 && start.len() <= 16);
    }
}
