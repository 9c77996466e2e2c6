//! The rules of an ignore file never make the walk panic or run without end.

#![no_main]

#[path = "../ignored.rs"]
mod collect;

use std::{env, fs, path::PathBuf, process, sync::LazyLock};

use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = env::temp_dir().join(format!("ignored-{}", process::id()));
    fs::create_dir_all(&folder).expect("the folder of temporary files can be written to");
    folder
});

fuzz_target!(|bytes: &[u8]| collect::source::leave_out(&FOLDER, bytes));
