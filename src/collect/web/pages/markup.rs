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
    /// The text of footers.
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
        self.structure(name);
        match name {
            "script" => {
                let kind = tag.attrs.iter().find(|attribute| &*attribute.name.local == "type");
                let kind = kind.map(|kind| kind.value.trim().to_ascii_lowercase()).unwrap_or_default();
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
            let kept = value.get(..value.floor_char_boundary(VALUE_LIMIT)).unwrap_or_default();
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
            in_footer: self.footers > 0,
        });
    }

    fn structure(&mut self, name: &str) {
        match name {
            "footer" => self.footers = self.footers.saturating_add(1),
            "template" => self.templates = self.templates.saturating_add(1),
            "svg" => self.drawings = self.drawings.saturating_add(1),
            "table" if self.tables.len() < 32 => self.tables.push((Table::default(), None)),
            "tr" => {
                self.close_cell();
                if self.rows >= ROWS_LIMIT {
                    self.cut = true;
                } else if let Some((table, _)) = self.tables.last_mut() {
                    self.rows = self.rows.saturating_add(1);
                    table.rows.push(Vec::new());
                }
            }
            "td" | "th" => {
                self.close_cell();
                if let Some((_, cell)) = self.tables.last_mut() {
                    *cell = Some(OpenCell { header: name == "th", text: String::new() });
                }
            }
            _ => {}
        }
        if is_block(name) {
            self.separate();
        }
    }

    fn end(&mut self, name: &str) {
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
        let text = if self.footers > 0 { &mut self.markup.footer } else { &mut self.markup.text };
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
        let to = if self.footers > 0 { &mut self.markup.footer } else { &mut self.markup.text };
        push_collapsed(to, text);
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
