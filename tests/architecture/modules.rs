//! The modules of a crate and the paths between them, read from the tokens of its files.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

/// How many re-exports in a row are followed: more can only be a circle.
const LONGEST_RE_EXPORT: usize = 16;

/// A module by the names on the way from the crate's root; empty for the root.
pub(crate) type Module = Vec<String>;

/// All source files of a crate.
pub(crate) struct House {
    pub(crate) files: Vec<File>,
    modules: BTreeSet<Module>,
    references: Vec<Reference>,
}

/// One source file.
#[derive(Default)]
pub(crate) struct File {
    /// Its path from `src/`.
    pub(crate) path: String,
    pub(crate) module: Module,
    pub(crate) lines: usize,
    /// Why its tokens could not be read.
    pub(crate) error: Option<String>,
    /// Paths into other crates, as written.
    pub(crate) foreign_paths: Vec<Mention>,
    /// Calls of macros.
    pub(crate) macros: Vec<Mention>,
    /// Names, and the text of literals.
    pub(crate) words: Vec<Mention>,
    inline_modules: Vec<Module>,
    test_modules: Vec<Module>,
    paths: Vec<Mention>,
    imports: Vec<Import>,
}

/// A path and where it stands.
#[derive(Clone)]
pub(crate) struct Mention {
    /// `file:line`.
    pub(crate) place: String,
    /// The module it stands in.
    within: Module,
    pub(crate) segments: Vec<String>,
}

/// A name that `use` binds in a module.
struct Import {
    within: Module,
    name: String,
    target: Vec<String>,
}

/// One module of ours using another.
pub(crate) struct Reference {
    pub(crate) place: String,
    pub(crate) text: String,
    pub(crate) from: Module,
    /// The module that holds what is used, re-exports followed.
    pub(crate) to: Module,
}

/// A path as the reader knows it.
pub(crate) fn join(segments: &[String]) -> String {
    if segments.is_empty() { "crate".to_owned() } else { segments.join("::") }
}

impl House {
    /// Reads the files of a crate, given by their paths from `src/`.
    pub(crate) fn read(sources: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut files: Vec<File> = sources.into_iter().map(|(path, text)| File::read(path, &text)).collect();
        let test_modules: Vec<Module> = files.iter().flat_map(|file| &file.test_modules).cloned().collect();
        files.retain(|file| !test_modules.iter().any(|module| file.module.starts_with(module)));
        let modules = files.iter().flat_map(|file| file.inline_modules.iter().chain([&file.module])).cloned().collect();
        let references = Resolver::new(&modules, &files).references(&files);
        for file in &mut files {
            let foreign = |mention: &Mention| resolve_start(&modules, mention).is_none();
            file.foreign_paths = file.paths.iter().filter(|mention| foreign(mention)).cloned().collect();
        }
        Self { files, modules, references }
    }

    pub(crate) fn modules(&self) -> impl Iterator<Item = &Module> {
        self.modules.iter()
    }

    /// Every use of one module by another, outside of `lib.rs` and `main.rs`.
    pub(crate) fn references(&self) -> impl Iterator<Item = &Reference> {
        self.references.iter()
    }
}

/// The path from the crate's root that a mention starts with, when it is one of ours.
fn resolve_start(modules: &BTreeSet<Module>, mention: &Mention) -> Option<Vec<String>> {
    let mut base = mention.within.clone();
    let mut rest = mention.segments.as_slice();
    let mut anchored = false;
    while let Some((first, after)) = rest.split_first() {
        match first.as_str() {
            "crate" if !anchored => base.clear(),
            "self" if !anchored => {}
            "super" => drop(base.pop()),
            _ => break,
        }
        anchored = true;
        rest = after;
    }
    let child = rest.first().map(|first| [base.as_slice(), std::slice::from_ref(first)].concat());
    let ours = anchored || child.is_some_and(|child| modules.contains(&child));
    ours.then(|| [base.as_slice(), rest].concat())
}

/// Finds the module that a path ends in.
struct Resolver<'a> {
    modules: &'a BTreeSet<Module>,
    /// The absolute targets of names bound by `use`, by module and name.
    imports: BTreeMap<(&'a [String], &'a str), Vec<String>>,
}

impl<'a> Resolver<'a> {
    fn new(modules: &'a BTreeSet<Module>, files: &'a [File]) -> Self {
        let imports = files.iter().flat_map(|file| &file.imports).filter_map(|import| {
            let mention = Mention { place: String::new(), within: import.within.clone(), segments: import.target.clone() };
            Some(((import.within.as_slice(), import.name.as_str()), resolve_start(modules, &mention)?))
        });
        Self { modules, imports: imports.collect() }
    }

    fn references(&self, files: &[File]) -> Vec<Reference> {
        let mentions = files.iter().filter(|file| !file.module.is_empty()).flat_map(|file| &file.paths);
        mentions.filter_map(|mention| self.reference(mention)).collect()
    }

    fn reference(&self, mention: &Mention) -> Option<Reference> {
        let start = resolve_start(self.modules, mention)?;
        let to = self.module_of(&start, LONGEST_RE_EXPORT);
        let text = join(&mention.segments);
        (to != mention.within).then(|| Reference { place: mention.place.clone(), text, from: mention.within.clone(), to })
    }

    /// Follows a path from the root as far as it names modules, and re-exports to where they lead.
    fn module_of(&self, path: &[String], hops: usize) -> Module {
        let mut module = Module::new();
        for (index, segment) in path.iter().enumerate() {
            let child = [module.as_slice(), std::slice::from_ref(segment)].concat();
            if self.modules.contains(&child) {
                module = child;
                continue;
            }
            let target = self.imports.get(&(module.as_slice(), segment.as_str())).filter(|_| hops > 0);
            return match target {
                Some(target) => self.module_of(&[target.as_slice(), path.get(index + 1..).unwrap_or_default()].concat(), hops - 1),
                None => module,
            };
        }
        module
    }
}

impl File {
    fn read(path: String, text: &str) -> Self {
        let module = module_of_file(&path);
        let mut file = Self { path, module: module.clone(), lines: text.lines().count(), ..Self::default() };
        match text.parse::<TokenStream>() {
            Ok(tokens) => file.walk(&tokens.into_iter().collect::<Vec<_>>(), &module),
            Err(error) => file.error = Some(error.to_string()),
        }
        file
    }

    fn mention(&self, span: Span, within: &Module, segments: Vec<String>) -> Mention {
        Mention { place: format!("{}:{}", self.path, span.start().line), within: within.clone(), segments }
    }

    /// Reads the tokens of one level; groups are read in turn.
    fn walk(&mut self, tokens: &[TokenTree], module: &Module) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let rest = &tokens[at..];
            at += match token {
                _ if is_test_only(rest) => self.test_only_item(rest, module),
                _ if is_documentation(rest) => 1,
                TokenTree::Ident(word) if word == "use" => self.import(rest, module),
                TokenTree::Ident(word) if word == "pub" => 1 + usize::from(group_at(rest, 1, Delimiter::Parenthesis).is_some()),
                TokenTree::Ident(word) if word == "mod" => self.inline_module(rest, module),
                TokenTree::Ident(word) => self.path(word, rest, module),
                TokenTree::Group(group) => self.group(group, module),
                TokenTree::Literal(literal) => self.word(literal.span(), literal.to_string(), module),
                TokenTree::Punct(_) => 1,
            };
        }
    }

    fn group(&mut self, group: &Group, module: &Module) -> usize {
        self.walk(&group.stream().into_iter().collect::<Vec<_>>(), module);
        1
    }

    fn word(&mut self, span: Span, text: String, module: &Module) -> usize {
        self.words.push(self.mention(span, module, vec![text]));
        1
    }

    /// Passed over, and so is the file of its own that `mod tests;` names.
    fn test_only_item(&mut self, tokens: &[TokenTree], module: &Module) -> usize {
        let length = item_length(tokens);
        for pair in tokens[..length].windows(2) {
            if let [TokenTree::Ident(word), TokenTree::Ident(name)] = pair
                && word == "mod"
            {
                self.test_modules.push([module.as_slice(), &[spelled(name)]].concat());
            }
        }
        length
    }

    /// `mod name { … }`; the tokens of `mod name;` are nothing more than words.
    fn inline_module(&mut self, tokens: &[TokenTree], module: &Module) -> usize {
        let (Some(TokenTree::Ident(name)), Some(body)) = (tokens.get(1), group_at(tokens, 2, Delimiter::Brace)) else { return 1 };
        let inner = [module.as_slice(), &[spelled(name)]].concat();
        self.inline_modules.push(inner.clone());
        self.group(&body, &inner);
        3
    }

    /// `a::b::c`, and `a::b!` where a macro is called.
    fn path(&mut self, first: &Ident, tokens: &[TokenTree], module: &Module) -> usize {
        let mut segments = vec![spelled(first)];
        let mut length = 1;
        while is_separator(tokens, length) {
            let Some(TokenTree::Ident(next)) = tokens.get(length + 2) else { break };
            segments.push(spelled(next));
            length += 3;
        }
        let mention = self.mention(first.span(), module, segments);
        self.words.push(mention.clone());
        if is_punctuation(tokens, length, '!') && matches!(tokens.get(length + 1), Some(TokenTree::Group(_))) {
            self.macros.push(mention.clone());
        }
        if length > 1 {
            self.paths.push(mention);
        }
        length
    }

    /// `use a::{b, c as d};`
    fn import(&mut self, tokens: &[TokenTree], module: &Module) -> usize {
        let length = (1..tokens.len()).find(|at| is_punctuation(tokens, *at, ';')).unwrap_or(tokens.len());
        self.import_tree(&tokens[1..length], &[], module);
        length
    }

    fn import_tree(&mut self, tokens: &[TokenTree], prefix: &[String], module: &Module) {
        for tree in tokens.split(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',')) {
            self.import_branch(tree, prefix, module);
        }
    }

    fn import_branch(&mut self, tokens: &[TokenTree], prefix: &[String], module: &Module) {
        let Some(span) = tokens.first().map(TokenTree::span) else { return };
        let mut path = prefix.to_vec();
        let mut alias = None;
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => return self.import_tree(&group.stream().into_iter().collect::<Vec<_>>(), &path, module),
                TokenTree::Ident(word) if word == "as" => {
                    alias = tokens.get(at + 1).map(ToString::to_string);
                    break;
                }
                TokenTree::Ident(word) if word == "self" && !path.is_empty() => {}
                TokenTree::Ident(word) => path.push(spelled(word)),
                _ => {}
            }
        }
        let mention = self.mention(span, module, path.clone());
        self.words.push(mention.clone());
        self.paths.push(mention);
        let is_glob = tokens.iter().any(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == '*'));
        if let (false, Some(last)) = (is_glob, path.last()) {
            self.imports.push(Import { within: module.clone(), name: alias.unwrap_or_else(|| last.clone()), target: path });
        }
    }
}

/// `a/b.rs` and `a/b/mod.rs` are `a::b`; `lib.rs` and `main.rs` are the root.
fn module_of_file(path: &str) -> Module {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    if matches!(stem, "lib" | "main") { Module::new() } else { stem.split('/').map(str::to_owned).collect() }
}

fn spelled(word: &Ident) -> String {
    let text = word.to_string();
    text.strip_prefix("r#").map_or_else(|| text.clone(), str::to_owned)
}

fn is_punctuation(tokens: &[TokenTree], at: usize, wanted: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == wanted)
}

fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    is_punctuation(tokens, at, ':') && is_punctuation(tokens, at + 1, ':')
}

fn group_at(tokens: &[TokenTree], at: usize, delimiter: Delimiter) -> Option<Group> {
    match tokens.get(at) {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group.clone()),
        _ => None,
    }
}

/// Whether an item for tests alone begins here: `#[cfg(test)]`.
fn is_test_only(tokens: &[TokenTree]) -> bool {
    is_punctuation(tokens, 0, '#')
        && group_at(tokens, 1, Delimiter::Bracket).is_some_and(|attribute| attribute.stream().to_string().replace(' ', "") == "cfg(test)")
}

/// Whether the group of a documentation comment comes next: its `#` is read already, and what it says is for people.
fn is_documentation(tokens: &[TokenTree]) -> bool {
    group_at(tokens, 0, Delimiter::Bracket)
        .and_then(|attribute| attribute.stream().into_iter().next())
        .is_some_and(|first| matches!(first, TokenTree::Ident(word) if word == "doc"))
}

/// The tokens of an item: to its body in braces or its semicolon.
fn item_length(tokens: &[TokenTree]) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(mark) => mark.as_char() == ';',
        _ => false,
    };
    tokens.iter().position(ends).map_or(tokens.len(), |last| last + 1)
}
