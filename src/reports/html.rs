//! One page to read, print and hand in: a single file that asks the network for nothing and runs no script.
//!
//! The templates hold loops and fields; what to show is decided here, in a view of the assessment. Every text in the view passes through one gate that
//! writes out what a reader could not see, and the templates escape all of it.

mod anchor;
mod answer;
mod appendix;
mod certificates;
mod chip;
mod fact;
mod findings;
mod frame;
mod requirements;
mod tls;
mod view;

use std::io::{self, Write};

use serde_json::Value;
use tera::{Context, Tera};

use super::json;
use crate::{
    assessment::Assessment,
    wording::{sha256, visible_within},
};

/// Characters of one text from outside that are shown.
const MOST_CHARACTERS: usize = 3_000;

/// The page and its parts. Names end in `.html`, which is what turns escaping on.
const TEMPLATES: [(&str, &str); 9] = [
    ("report.html", include_str!("../../reports/templates/report.html")),
    ("style.css", include_str!("../../reports/templates/style.css")),
    ("components.html", include_str!("../../reports/templates/components.html")),
    ("summary.html", include_str!("../../reports/templates/summary.html")),
    ("requirements.html", include_str!("../../reports/templates/requirements.html")),
    ("findings.html", include_str!("../../reports/templates/findings.html")),
    ("tls.html", include_str!("../../reports/templates/tls.html")),
    ("endpoints.html", include_str!("../../reports/templates/endpoints.html")),
    ("appendix.html", include_str!("../../reports/templates/appendix.html")),
];

/// Writes the page.
pub(super) fn write(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let mut view = serde_json::to_value(view::Page::of(assessment))?;
    make_visible(&mut view);
    let data = json::canonical(assessment)?.replace('<', "\\u003c");
    let mut context = Context::new();
    context.insert("page", &view);
    context.insert("data_sha256", &sha256(data.as_bytes()));
    context.insert("data", &data);
    // Rendered first and written then, so that a writer's own error keeps its kind.
    let page = templates().render("report.html", &context).map_err(io::Error::other)?;
    out.write_all(page.as_bytes())
}

fn templates() -> Tera {
    let mut tera = Tera::new();
    tera.add_raw_templates(TEMPLATES).expect("the templates are part of this program, and every test that writes a page reads them");
    tera
}

/// The gate: every text of the view, wherever it stands.
fn make_visible(value: &mut Value) {
    match value {
        Value::String(text) => *text = visible_within(text, MOST_CHARACTERS),
        Value::Array(values) => values.iter_mut().for_each(make_visible),
        Value::Object(fields) => fields.values_mut().for_each(make_visible),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_well_formed() {
        let mut tera = Tera::new();
        let read = tera.add_raw_templates(TEMPLATES);
        assert!(read.is_ok(), "{read:?}");
    }
}
