//! A page as the tokenizer of the HTML standard sees it: elements in order, the text that people read, tables, scripts. No tree is built.

use std::cell::{Cell, RefCell};

use html5ever::{
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
        states::{Rawtext, Rcdata, ScriptData},
    },
};

/// The most elements that are kept.
const ELEMENTS_LIMIT: usize = 30_000;
/// The most rows of all tables together.
const ROWS_LIMIT: usize = 5_000;
/// The longest text of a cell or an element's attribute.
const VALUE_LIMIT: usize = 4_096;
/// The longest attribute that may be data: frameworks write whole records into one.
const DATA_LIMIT: usize = 512 * 1024;
/// The most pieces of text.
const PIECES_LIMIT: usize = 50_000;
/// How much is fed at once.
const PIECE: usize = 4_096;
/// The most attributes that one tag may have: the tokenizer compares each with all before it.
const SEPARATORS_LIMIT: usize = 12_000;

/// One start tag.
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    /// Line in the page, from 1.
    pub(super) line: u64,
    /// Where it stands in the text.
    pub(super) text_at: usize,
    /// The form it stands in, by its place among the elements.
    pub(super) form: Option<usize>,
    /// Whether it stands in a footer.
    pub(super) in_footer: bool,
}

impl Element {
    /// The value of an attribute; absent when it has none of that name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// One script with its text.
pub(super) struct Script {
    /// Its `type`, in lower case.
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) line: u64,
}

impl Script {
    /// Whether it is data and no program.
    pub(super) fn is_data(&self) -> bool {
        self.kind.contains("json")
    }
}

/// One table, innermost cells only.
#[derive(Default)]
pub(super) struct Table {
    /// Where it stands in the text.
    pub(super) text_at: usize,
    pub(super) headers: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

/// What a page is made of.
#[derive(Default)]
pub(super) struct Markup {
    pub(super) title: Option<String>,
    pub(super) elements: Vec<Element>,
    pub(super) scripts: Vec<Script>,
    pub(super) tables: Vec<Table>,
    /// Text that readers see, blocks on lines of their own, without footers.
    pub(super) text: String,
    /// The same text, cut wherever an element begins or ends that is not there for emphasis alone.
    pub(super) pieces: Vec<String>,
    /// The text of footers, imprints, and of the first `address`, which is the maker's (HTML, section 4.3.10).
    pub(super) footer: String,
    /// Whether all of it was read.
    pub(super) complete: bool,
}

/// Reads a page.
pub(super) fn read(page: &str) -> Markup {
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let complete = feed(&tokenizer, page);
    if complete {
        tokenizer.end();
    }
    let mut state = tokenizer.sink.state.take();
    state.close_tables();
    state.markup.complete = complete && !state.cut;
    state.markup
}

/// Whether all of the page was taken.
fn feed(tokenizer: &Tokenizer<Sink>, page: &str) -> bool {
    let input = BufferQueue::default();
    let mut rest = page;
    let mut separators = 0_usize;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE.min(rest.len())).max(1).min(rest.len()));
        rest = after;
        tokenizer.sink.heard.set(false);
        input.push_back(StrTendril::from_slice(piece));
        // A finished script pauses the tokenizer; nothing is run here, so it goes on at once.
        while !input.is_empty() {
            let _ = tokenizer.feed(&input);
        }
        separators = if tokenizer.sink.heard.get() { 0 } else { separators.saturating_add(count_separators(piece)) };
        if separators > SEPARATORS_LIMIT {
            return false;
        }
    }
    true
}

fn count_separators(piece: &str) -> usize {
    piece.bytes().filter(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'"' | b'\'')).count()
}

#[derive(Default)]
struct Sink {
    state: RefCell<State>,
    /// Whether a token came out of the last piece.
    heard: Cell<bool>,
}

#[derive(Default)]
struct State {
    markup: Markup,
    form: Option<usize>,
    footers: usize,
    /// Another element that is a footer in all but its name, and how many of the same name are open within it.
    imprint: Option<(String, usize)>,
    addresses: usize,
    piece: String,
    templates: usize,
    drawings: usize,
    /// The element whose text is not for readers.
    raw: Option<Raw>,
    tables: Vec<(Table, Option<OpenCell>)>,
    rows: usize,
    cut: bool,
}

/// Text that is being gathered.
enum Raw {
    Script,
    Title,
    Unseen(String),
}

/// The cell that is open.
struct OpenCell {
    header: bool,
    text: String,
    /// The name of an element that is a cell by its role, and how many of the same name are open within it.
    by_role: Option<(String, usize)>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        self.heard.set(true);
        let mut state = self.state.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return state.start(&tag, line),
            Token::TagToken(tag) => state.end(&tag.name),
            Token::CharacterTokens(text) => state.text(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl State {
    fn start(&mut self, tag: &Tag, line: u64) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        self.remember(tag, line);
        if !is_emphasis(name) {
            self.close_piece();
        }
        self.imprint(tag);
        self.structure(name);
        self.role(tag);
        match name {
            "script" => {
                let kind = attribute(tag, "type").map(|kind| kind.trim().to_ascii_lowercase()).unwrap_or_default();
                self.markup.scripts.push(Script { kind, text: String::new(), line });
                self.raw = Some(Raw::Script);
                TokenSinkResult::RawData(ScriptData)
            }
            "title" if self.drawings == 0 => {
                self.raw = Some(Raw::Title);
                TokenSinkResult::RawData(Rcdata)
            }
            "textarea" => TokenSinkResult::RawData(Rcdata),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" | "noscript" => {
                self.raw = Some(Raw::Unseen(name.to_owned()));
                TokenSinkResult::RawData(Rawtext)
            }
            "plaintext" => TokenSinkResult::Plaintext,
            _ => TokenSinkResult::Continue,
        }
    }

    fn remember(&mut self, tag: &Tag, line: u64) {
        if self.markup.elements.len() >= ELEMENTS_LIMIT {
            self.cut = true;
            return;
        }
        let attributes = tag.attrs.iter().take(200).map(|attribute| {
            let value: &str = &attribute.value;
            let limit = if value.trim_start().starts_with(['{', '[']) { DATA_LIMIT } else { VALUE_LIMIT };
            let kept = value.get(..value.floor_char_boundary(limit)).unwrap_or_default();
            (attribute.name.local.to_string(), kept.to_owned())
        });
        let place = self.markup.elements.len();
        // A form within a form is no form.
        if &*tag.name == "form" && self.form.is_none() {
            self.form = Some(place);
        }
        self.markup.elements.push(Element {
            name: tag.name.to_string(),
            attributes: attributes.collect(),
            line,
            text_at: self.markup.text.len(),
            form: self.form,
            in_footer: self.in_footer(),
        });
    }

    fn structure(&mut self, name: &str) {
        match name {
            "footer" => self.footers = self.footers.saturating_add(1),
            "template" => self.templates = self.templates.saturating_add(1),
            "svg" => self.drawings = self.drawings.saturating_add(1),
            "table" => self.open_table(),
            "tr" => self.open_row(),
            "td" | "th" => self.open_cell(name == "th", None),
            _ => {}
        }
        if is_block(name) {
            self.separate();
        }
    }

    fn open_table(&mut self) {
        if self.tables.len() < 32 {
            self.tables.push((Table { text_at: self.markup.text.len(), ..Table::default() }, None));
        }
    }

    fn open_row(&mut self) {
        self.close_cell();
        if self.rows >= ROWS_LIMIT {
            self.cut = true;
        } else if let Some((table, _)) = self.tables.last_mut() {
            self.rows = self.rows.saturating_add(1);
            table.rows.push(Vec::new());
        }
    }

    fn open_cell(&mut self, header: bool, by_role: Option<(String, usize)>) {
        self.close_cell();
        if let Some((_, cell)) = self.tables.last_mut() {
            *cell = Some(OpenCell { header, text: String::new(), by_role });
        }
    }

    /// Tables that are ones by their roles (ARIA 1.2, section 5.3.3).
    fn role(&mut self, tag: &Tag) {
        let name: &str = &tag.name;
        if let Some((_, Some(OpenCell { by_role: Some((element, depth)), .. }))) = self.tables.last_mut()
            && element == name
        {
            *depth = depth.saturating_add(1);
        }
        match attribute(tag, "role").unwrap_or_default().trim() {
            "table" | "grid" | "treegrid" if name != "table" => self.open_table(),
            "row" if name != "tr" => self.open_row(),
            role @ ("columnheader" | "rowheader" | "cell" | "gridcell") if !matches!(name, "td" | "th") => {
                self.open_cell(role == "columnheader", Some((name.to_owned(), 0)));
            }
            _ => {}
        }
    }

    /// Elements that are footers in all but their name.
    fn imprint(&mut self, tag: &Tag) {
        let name: &str = &tag.name;
        if let Some((element, depth)) = &mut self.imprint {
            if element == name {
                *depth = depth.saturating_add(1);
            }
            return;
        }
        let words = ["class", "id"].into_iter().filter_map(|wanted| attribute(tag, wanted)).flat_map(str::split_whitespace);
        let is_named = words.map(str::to_ascii_lowercase).any(|word| IMPRINTS.contains(&word.as_str()));
        let is_first = name == "address" && self.addresses == 0;
        self.addresses = self.addresses.saturating_add(usize::from(name == "address"));
        if is_first || (is_container(name) && (is_named || attribute(tag, "role").is_some_and(|role| role.trim() == "contentinfo"))) {
            self.imprint = Some((name.to_owned(), 0));
        }
    }

    fn in_footer(&self) -> bool {
        self.footers > 0 || self.imprint.is_some()
    }

    /// What an end tag closes that was opened by a role or a name and not by its element.
    fn end_named(&mut self, name: &str) {
        if let Some((element, depth)) = &mut self.imprint
            && element == name
        {
            match depth.checked_sub(1) {
                Some(left) => *depth = left,
                None => self.imprint = None,
            }
        }
        let Some((_, Some(OpenCell { by_role: Some((element, depth)), .. }))) = self.tables.last_mut() else { return };
        if element == name {
            match depth.checked_sub(1) {
                Some(left) => *depth = left,
                None => self.close_cell(),
            }
        }
    }

    fn close_piece(&mut self) {
        let piece = std::mem::take(&mut self.piece);
        if !piece.trim().is_empty() && self.markup.pieces.len() < PIECES_LIMIT {
            self.markup.pieces.push(piece.trim().to_owned());
        }
    }

    fn end(&mut self, name: &str) {
        if !is_emphasis(name) {
            self.close_piece();
        }
        self.end_named(name);
        match name {
            "form" => self.form = None,
            "footer" => self.footers = self.footers.saturating_sub(1),
            "template" => self.templates = self.templates.saturating_sub(1),
            "svg" => self.drawings = self.drawings.saturating_sub(1),
            "td" | "th" | "tr" => self.close_cell(),
            "table" => self.close_table(),
            _ => {}
        }
        let over = match &self.raw {
            Some(Raw::Script) => name == "script",
            Some(Raw::Title) => name == "title",
            Some(Raw::Unseen(element)) => name == element,
            None => false,
        };
        if over {
            self.raw = None;
        }
        if is_block(name) {
            self.separate();
        }
    }

    fn separate(&mut self) {
        let text = if self.in_footer() { &mut self.markup.footer } else { &mut self.markup.text };
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
    }

    fn text(&mut self, text: &str) {
        match &self.raw {
            Some(Raw::Script) => {
                if let Some(script) = self.markup.scripts.last_mut() {
                    script.text.push_str(text);
                }
                return;
            }
            Some(Raw::Title) => {
                let title = self.markup.title.get_or_insert_default();
                if title.len() < VALUE_LIMIT {
                    title.push_str(text);
                }
                return;
            }
            Some(Raw::Unseen(_)) => return,
            None if self.templates > 0 => return,
            None => {}
        }
        if self.in_footer() {
            push_collapsed(&mut self.markup.footer, text);
        } else {
            push_collapsed(&mut self.markup.text, text);
            if self.piece.len() < VALUE_LIMIT {
                push_collapsed(&mut self.piece, text);
            }
        }
        if let Some((_, Some(cell))) = self.tables.last_mut()
            && cell.text.len() < VALUE_LIMIT
        {
            push_collapsed(&mut cell.text, text);
        }
    }

    fn close_cell(&mut self) {
        let Some((table, cell)) = self.tables.last_mut() else { return };
        let Some(cell) = cell.take() else { return };
        let text = cell.text.trim().to_owned();
        let alone = table.rows.last().is_none_or(Vec::is_empty);
        let first = table.rows.iter().all(Vec::is_empty);
        if cell.header && first && alone {
            table.headers.push(text);
        } else if let Some(row) = table.rows.last_mut() {
            row.push(text);
        }
    }

    fn close_table(&mut self) {
        self.close_cell();
        if let Some((table, _)) = self.tables.pop() {
            self.markup.tables.push(table);
        }
    }

    fn close_tables(&mut self) {
        self.close_piece();
        while !self.tables.is_empty() {
            self.close_table();
        }
        let clean = |title: String| title.split_whitespace().collect::<Vec<_>>().join(" ");
        self.markup.title = self.markup.title.take().map(clean).filter(|title| !title.is_empty());
    }
}

/// Appends text as readers see it: a run of blanks is one blank.
fn push_collapsed(to: &mut String, text: &str) {
    for character in text.chars() {
        if !character.is_whitespace() {
            to.push(character);
        } else if !to.is_empty() && !to.ends_with([' ', '\n']) {
            to.push(' ');
        }
    }
}

/// Classes and ids of footers that are no `footer`.
const IMPRINTS: [&str; 10] =
    ["footer", "site-footer", "page-footer", "app-footer", "footer-content", "imprint", "impressum", "copyright", "contact-us", "colophon"];

fn attribute<'a>(tag: &'a Tag, name: &str) -> Option<&'a str> {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| &*attribute.value)
}

/// Elements that hold others and never close by themselves.
fn is_container(name: &str) -> bool {
    matches!(name, "div" | "section" | "aside" | "ul" | "nav")
}

/// Elements within a run of text.
fn is_emphasis(name: &str) -> bool {
    matches!(name, "b" | "i" | "em" | "strong" | "mark" | "u" | "small" | "wbr" | "sup" | "sub" | "abbr")
}

fn is_block(name: &str) -> bool {
    const BLOCKS: [&str; 34] = [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "body",
        "button",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "label",
        "legend",
        "li",
        "main",
        "nav",
        "option",
        "p",
        "section",
        "table",
        "td",
        "th",
        "tr",
    ];
    BLOCKS.contains(&name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scripts_styles_and_templates_are_no_text() {
        let page = "<title> A \n B</title><svg><title>x</title></svg><style>p{}</style><p>Hello <b>you</b></p><script>if (a<b) '<p>no</p>'</script>\
                    <noscript>enable</noscript><template>never</template><footer>foot</footer>end";
        let markup = read(page);
        assert_eq!(markup.title.as_deref(), Some("A B"));
        assert_eq!(markup.text, "x\nHello you\nend");
        assert_eq!(markup.footer, "foot");
        assert_eq!(markup.scripts[0].text, "if (a<b) '<p>no</p>'");
        assert!(markup.complete);
    }

    #[test]
    fn tables_keep_headers_and_rows_apart() {
        let markup = read("<table><tr><th>Name<th>E-mail<tr><td>Kari<td>k@a.b</table><table><tr><th>Phone<td>1</table>");
        assert_eq!(markup.tables[0].headers, ["Name", "E-mail"]);
        assert_eq!(markup.tables[0].rows.last().unwrap(), &["Kari", "k@a.b"]);
        assert_eq!(markup.tables[1].headers, ["Phone"]);
    }

    #[test]
    fn roles_make_tables_and_names_make_footers() {
        let markup = read(
            "<div role=table><div role=row><span role=columnheader>Name</span><span role=columnheader>Mail</span></div>\
             <div role=row><span role=cell>Kari <span>Moen</span></span><span role=cell>k@a.b</span></div></div><p>after</p>",
        );
        assert_eq!(
            (markup.tables[0].headers.join("|"), markup.tables[0].rows.last().unwrap().join("|")),
            ("Name|Mail".into(), "Kari Moen|k@a.b".into())
        );
        let markup = read("<div class='x Impressum'><div>in</div>still</div>out<address>first</address><address>second</address>");
        assert_eq!((markup.footer.as_str(), markup.text.as_str()), ("in\nstill\nfirst", "out\nsecond\n"));
    }

    #[test]
    fn pieces_end_where_elements_do() {
        let markup = read("<div><span>Kari <b>Moen</b></span><span>k@a.b</span>, <i>and</i> more<p>x</p></div>");
        assert_eq!(markup.pieces, ["Kari Moen", "k@a.b", ", and more", "x"]);
    }

    #[test]
    fn a_tag_with_a_hundred_thousand_attributes_is_left_alone() {
        let names = (0..100_000).map(|number| format!(" a{number}")).collect::<Vec<_>>().concat();
        assert!(!read(&format!("<p>x</p><a{names}>")).complete);
    }

    proptest! {
        #[test]
        fn any_text_is_read(page in any::<String>()) {
            read(&page);
        }

        #[test]
        fn any_soup_of_tags_is_read(parts in proptest::collection::vec(
            prop::sample::select(vec!["<table>", "<tr>", "<td>", "</table>", "<th>", "<script>", "</script>", "<form>", "</form>", "<!--", "-->", "<svg>", "x", "<title>", "<footer>", "</footer>", "<a b='", "'>"]), 0..80)) {
            read(&parts.concat());
        }
    }
}
