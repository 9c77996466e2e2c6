//! The table of readers: which language or format a file is read as.

use crate::{
    collect::source::{
        config_files::{http, infrastructure, json, notebook, page, properties, shell, toml, xml, yaml},
        document::{Document, Reading},
        glance::Style,
        languages::{
            csharp, java, javascript,
            lexed::{crmscript, others, powershell, visual_basic},
            php, python,
        },
    },
    evidence::Language,
};

/// A language or format that the collector reads. A new one is a module with such a function, and its line in [`READERS`].
pub(super) struct Reader {
    /// What its facts are marked with.
    pub(super) language: Language,
    /// Whether a file is its to read, by the file's name in lower case.
    pub(super) claims: fn(&str) -> bool,
    /// How names stand in it.
    pub(super) style: Style,
    /// Reads one file.
    pub(super) read: fn(&Document<'_>) -> Reading,
    /// Whether its files define members that other files of the language refer to.
    pub(super) defines: bool,
    /// What stands in a file that changes what names mean in other files; such a file is read even when nothing in it is watched.
    pub(super) shares: &'static [&'static str],
}

impl Reader {
    /// Whether what its files refer to may be defined in a file of this language. A page refers to the program behind it and to its scripts.
    pub(super) fn refers_to(&self, language: Language) -> bool {
        let one_program = |language| match language {
            Language::VisualBasic => Language::CSharp,
            Language::TypeScript => Language::JavaScript,
            other => other,
        };
        self.language == Language::Html || one_program(self.language) == one_program(language)
    }
}

/// Every language and format, the first that claims a file reads it.
pub(super) static READERS: [Reader; 20] = [
    Reader {
        language: Language::CSharp,
        claims: csharp::claims,
        style: Style::Program,
        read: csharp::read,
        defines: true,
        shares: csharp::SHARED,
    },
    Reader {
        language: Language::JavaScript,
        claims: javascript::claims,
        style: Style::Program,
        read: javascript::read,
        defines: true,
        shares: &[],
    },
    Reader {
        language: Language::TypeScript,
        claims: javascript::claims_typescript,
        style: Style::Program,
        read: javascript::read_typescript,
        defines: true,
        shares: &[],
    },
    Reader { language: Language::Php, claims: php::claims, style: Style::Program, read: page::read_php, defines: true, shares: &[] },
    Reader { language: Language::Python, claims: python::claims, style: Style::Program, read: python::read, defines: true, shares: &[] },
    Reader { language: Language::Java, claims: java::claims, style: Style::Program, read: java::read, defines: true, shares: &[] },
    Reader {
        language: Language::VisualBasic,
        claims: visual_basic::claims,
        style: Style::Program,
        read: visual_basic::read,
        defines: true,
        shares: &[],
    },
    Reader {
        language: Language::PowerShell,
        claims: powershell::claims,
        style: Style::Program,
        read: powershell::read,
        defines: true,
        shares: powershell::SHARED,
    },
    Reader {
        language: Language::CrmScript,
        claims: crmscript::claims,
        style: Style::Program,
        read: crmscript::read,
        defines: true,
        shares: &[],
    },
    Reader { language: Language::Other, claims: others::claims, style: Style::Program, read: others::read, defines: true, shares: &[] },
    Reader { language: Language::Xml, claims: xml::claims, style: Style::Keys, read: xml::read, defines: false, shares: &[] },
    Reader { language: Language::Json, claims: json::claims, style: Style::Keys, read: json::read, defines: false, shares: &[] },
    Reader { language: Language::Yaml, claims: yaml::claims, style: Style::Keys, read: yaml::read, defines: false, shares: &[] },
    Reader { language: Language::Toml, claims: toml::claims, style: Style::Keys, read: toml::read, defines: false, shares: &[] },
    Reader { language: Language::Http, claims: http::claims, style: Style::Keys, read: http::read, defines: false, shares: &[] },
    Reader { language: Language::Python, claims: notebook::claims, style: Style::Keys, read: notebook::read, defines: false, shares: &[] },
    Reader { language: Language::Html, claims: page::claims, style: Style::Program, read: page::read, defines: false, shares: &[] },
    Reader {
        language: Language::Infrastructure,
        claims: infrastructure::claims,
        style: Style::Keys,
        read: infrastructure::read,
        defines: false,
        shares: &[],
    },
    Reader { language: Language::Shell, claims: shell::claims, style: Style::Keys, read: shell::read, defines: false, shares: &[] },
    Reader {
        language: Language::Properties,
        claims: properties::claims,
        style: Style::Keys,
        read: properties::read,
        defines: false,
        shares: &[],
    },
];

/// Text of no format that is known, in which only literals and keys are looked for.
pub(super) static TEXT: Reader =
    Reader { language: Language::Text, claims: |_| true, style: Style::Prose, read: |_| Reading::default(), defines: false, shares: &[] };

/// Stores of keys, which are no text.
pub(super) static BINARY: Reader = Reader {
    language: Language::Binary,
    claims: |_| false,
    style: Style::Prose,
    read: |_| Reading::default(),
    defines: false,
    shares: &[],
};

/// The reader of a file, by the last part of its path.
pub(super) fn reader_for(path: &str) -> Option<&'static Reader> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_lowercase();
    READERS.iter().find(|reader| (reader.claims)(&name))
}

/// The reader of any file.
pub(super) fn any_reader(path: &str) -> &'static Reader {
    reader_for(path).unwrap_or(&TEXT)
}

/// Whatever any language shares among its files.
pub(super) fn shared() -> Vec<String> {
    READERS.iter().flat_map(|reader| reader.shares).map(ToString::to_string).collect()
}
