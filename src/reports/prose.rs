//! The prose of a rule: paragraphs, lists, steps and code. Every line stands for itself, as YAML has already joined the lines that belong together.

use serde::Serialize;

/// A piece of prose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Block {
    /// Running text.
    Paragraph {
        /// Its pieces, in order.
        spans: Vec<Span>,
    },
    /// One of several things to do, in order.
    Numbered {
        /// Its number, with the full stop.
        number: String,
        /// Its pieces, in order.
        spans: Vec<Span>,
    },
    /// A bulleted list.
    List {
        /// Each item's pieces.
        items: Vec<Vec<Span>>,
    },
    /// What to do, one step for each product or place: `nginx: …`.
    Steps {
        /// The steps.
        steps: Vec<Step>,
    },
    /// Lines to be kept as they are.
    Code {
        /// The lines.
        lines: Vec<String>,
    },
}

/// What to do with one product or in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Step {
    /// The product or place.
    pub(super) label: String,
    /// What to do.
    pub(super) spans: Vec<Span>,
}

/// A piece of running text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Span {
    /// The words.
    pub(super) text: String,
    /// Whether they stood between backticks.
    pub(super) code: bool,
}

/// Characters of the longest label of a step.
const LONGEST_LABEL: usize = 62;

/// Reads prose: `- ` begins an item, `1. ` a numbered paragraph, a short label with a colon begins a step (though not in the first line), three backticks enclose code, and any other
/// line is a paragraph.
pub(super) fn blocks(prose: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut in_code = false;
    for line in prose.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") {
            in_code = !in_code;
            if in_code {
                blocks.push(Block::Code { lines: Vec::new() });
            }
        } else if in_code {
            keep(line.trim_end(), &mut blocks);
        } else if !trimmed.is_empty() {
            read_line(trimmed, &mut blocks);
        }
    }
    blocks
}

/// A line of code, in the block that was opened for it.
fn keep(line: &str, blocks: &mut [Block]) {
    if let Some(Block::Code { lines }) = blocks.last_mut() {
        lines.push(line.to_owned());
    }
}

/// A line of words; items and steps join those before them.
fn read_line(line: &str, blocks: &mut Vec<Block>) {
    if let Some(item) = line.strip_prefix("- ") {
        return match blocks.last_mut() {
            Some(Block::List { items }) => items.push(spans(item)),
            _ => blocks.push(Block::List { items: vec![spans(item)] }),
        };
    }
    if let Some((number, rest)) = numbered(line) {
        return blocks.push(Block::Numbered { number: format!("{number}."), spans: spans(rest) });
    }
    match (labelled(line), blocks.last_mut()) {
        (Some(step), Some(Block::Steps { steps })) => steps.push(step),
        (Some(step), Some(_)) => blocks.push(Block::Steps { steps: vec![step] }),
        _ => blocks.push(Block::Paragraph { spans: spans(line) }),
    }
}

/// A line that begins with its number, of two digits at most.
fn numbered(line: &str) -> Option<(&str, &str)> {
    let (number, rest) = line.split_once(". ")?;
    ((1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())).then_some((number, rest))
}

/// A line that begins with the name of a product or place.
fn labelled(line: &str) -> Option<Step> {
    let (label, rest) = line.split_once(": ")?;
    let short = label.chars().count() <= LONGEST_LABEL && !label.contains('`') && !label.contains(". ") && !label.starts_with("If ");
    short.then(|| Step { label: label.to_owned(), spans: spans(rest) })
}

/// The first sentence, as plain words on one line.
pub(super) fn first_sentence(prose: &str) -> String {
    let text = blocks(prose).into_iter().find_map(|block| match block {
        Block::Paragraph { spans } | Block::Numbered { spans, .. } => Some(plain(&spans)),
        Block::List { items } => items.first().map(|item| plain(item)),
        Block::Steps { .. } | Block::Code { .. } => None,
    });
    let text = text.unwrap_or_default();
    let end = text.match_indices(". ").map(|(at, _)| at).find(|&at| text.get(at + 2..).is_some_and(begins_a_sentence));
    end.and_then(|at| text.get(..=at)).map_or(text.clone(), str::to_owned)
}

/// The spans as plain words, code between backticks.
pub(super) fn plain(spans: &[Span]) -> String {
    spans.iter().map(|span| if span.code { format!("`{}`", span.text) } else { span.text.clone() }).collect()
}

/// "e.g. nginx" does not end a sentence; ". Offer" does.
fn begins_a_sentence(text: &str) -> bool {
    text.chars().next().is_some_and(|first| first.is_uppercase() || first == '`')
}

/// Splits running text at backticks; one that has no partner is an ordinary character.
pub(super) fn spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some((before, (code, after))) = rest.split_once('`').and_then(|(before, tail)| Some((before, tail.split_once('`')?))) {
        push(&mut spans, before, false);
        push(&mut spans, code, true);
        rest = after;
    }
    push(&mut spans, rest, false);
    spans
}

fn push(spans: &mut Vec<Span>, text: &str, code: bool) {
    if !text.is_empty() {
        spans.push(Span { text: text.to_owned(), code });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn word(text: &str) -> Span {
        Span { text: text.to_owned(), code: false }
    }

    #[test]
    fn paragraphs_lists_steps_and_code_are_told_apart() {
        let read = blocks(
            "Offer `TLS 1.2`.\n- nginx\n- IIS\nKestrel: set it.\nNode: say so.\n```nginx\nssl_protocols TLSv1.2;\n\nx: y\n```\nDone.",
        );
        let step = |label: &str, text: &str| Step { label: label.to_owned(), spans: vec![word(text)] };
        assert_eq!(
            read,
            [
                Block::Paragraph { spans: vec![word("Offer "), Span { text: "TLS 1.2".into(), code: true }, word(".")] },
                Block::List { items: vec![vec![word("nginx")], vec![word("IIS")]] },
                Block::Steps { steps: vec![step("Kestrel", "set it."), step("Node", "say so.")] },
                Block::Code { lines: vec!["ssl_protocols TLSv1.2;".into(), String::new(), "x: y".into()] },
                Block::Paragraph { spans: vec![word("Done.")] },
            ]
        );
    }

    #[test]
    fn the_first_sentence_ends_where_the_next_begins() {
        assert_eq!(first_sentence("Offer TLS 1.2 only. In nginx, say so."), "Offer TLS 1.2 only.");
        assert_eq!(first_sentence("Use a vault, e.g. the platform's own"), "Use a vault, e.g. the platform's own");
        assert_eq!(first_sentence("1. Make a new secret. Then tell us.\n2. Remove the line."), "Make a new secret.");
        assert_eq!(first_sentence(""), "");
    }

    proptest! {
        #[test]
        fn any_text_is_prose(text in any::<String>()) {
            let _ = blocks(&text);
            let _ = first_sentence(&text);
        }
    }
}
