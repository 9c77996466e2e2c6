//! A text never makes the reader of any language or format panic, run without end, or tell of a place that is not in it.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use redflag::{collect::facts_in, evidence::Vocabulary, rules::load};

/// One name for each reader; the first byte of the input picks one.
const NAMES: [&str; 42] = [
    "a.cs", "a.vb", "a.js", "a.jsx", "a.ts", "a.tsx", "a.php", "a.py", "A.java", "a.ps1", "a.crmscript", "a.cshtml", "a.aspx", "a.html",
    "a.vue", "web.config", "a.xml", "appsettings.json", "a.yaml", "a.toml", ".env", "a.ini", "a.properties", "a.sh", "Dockerfile", "a.http",
    "a.tf", "a.bicep", "a.ipynb", "a.md", "a.sql", "a.txt", "a.jsp", "a.go", "a.kt", "a.swift", "a.dart", "a.rs",
    "a.rb", "a.pl", "a.lua", "a.pas",
];

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| load("superoffice", &[]).expect("the shipped pack is sound").vocabulary());

fuzz_target!(|input: (u8, &str)| {
    let (name, text) = input;
    let lines = u32::try_from(text.split(['\n', '\r']).count()).unwrap_or(u32::MAX);
    for fact in facts_in(NAMES[usize::from(name) % NAMES.len()], text, &VOCABULARY) {
        assert!(fact.line >= 1 && fact.line <= fact.end_line && fact.end_line <= lines, "{}:{}", fact.line, fact.end_line);
    }
});
