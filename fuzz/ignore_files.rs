//! The rules of ignore files.

use std::{fs, path::Path};

#[path = "../src/collect/source/git_index.rs"]
#[expect(dead_code, reason = "the fuzzer asks for less than the scan")]
mod git_index;
#[path = "../src/collect/source/ignored.rs"]
mod ignored;
#[path = "../src/collect/source/regular.rs"]
#[expect(dead_code, reason = "the fuzzer asks for less than the scan")]
mod regular;

use self::ignored::Ignored;

/// Takes bytes for the rules of what is left out of a folder, and asks what they leave out.
pub(crate) fn leave_out(folder: &Path, bytes: &[u8]) {
    fs::write(folder.join(".redflagignore"), bytes).expect("a folder of one's own can be written to");
    let ignored = Ignored::below(folder);
    for (path, is_folder) in [("a", false), ("src", true), ("a/b.env", false), (".env.local", false)] {
        let _ = ignored.left_out_by(&folder.join(path), is_folder);
    }
}
