//! One value in, bytes out: one file for each format, one table of all of them.
//!
//! Nothing here asks the clock, the environment or the terminal, and nothing is remembered between two calls: the same assessment gives the same
//! bytes. How long a probe took is written as JSON alone.

mod html;
mod json;
mod line;
mod origin;
mod prose;
mod sarif;
pub mod text;
mod tls;
mod visible;
mod words;

use std::io::{self, Write};

use crate::assessment::Assessment;

/// A format that an assessment can be written in.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The word on the command line.
    pub name: &'static str,
    /// What it is for, as a phrase.
    pub title: &'static str,
    /// The usual ending of a file's name, without the dot.
    pub extension: &'static str,
    /// Writes an assessment.
    ///
    /// # Errors
    ///
    /// When the writer fails.
    pub write: fn(&Assessment, &mut dyn Write) -> io::Result<()>,
}

/// Every format there is.
pub const FORMATS: &[Format] = &[
    Format { name: text::NAME, title: "a summary to read in a terminal", extension: "txt", write: text::write },
    Format { name: "json", title: "everything that is known, for other programs and for later", extension: "json", write: json::write },
    Format { name: "html", title: "one page to read, print and hand in", extension: "html", write: html::write },
    Format {
        name: "sarif",
        title: "SARIF 2.1.0: every requirement and finding, for tools that show results",
        extension: "sarif",
        write: sarif::write,
    },
    Format {
        name: "sarif-github",
        title: "SARIF 2.1.0 for GitHub code scanning: what failed, and nothing else",
        extension: "sarif",
        write: sarif::write_for_github,
    },
];

/// The format of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}
