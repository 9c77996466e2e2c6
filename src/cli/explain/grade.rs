//! `redflag explain grade`: the guide by which servers are rated.

use std::io::{self, Write};

use super::{LABEL, TITLE, field};
use crate::{
    evidence::ProtocolId,
    rating::{Guide, GuideRule, Letter, Scale},
};

/// What to ask for.
pub(super) const WORD: &str = "grade";

/// What stands in a rule's sentence for what was seen, most often after a colon.
const SEEN: [(&str, &str); 2] = [(": {seen}", ""), ("{seen}", "…")];

/// Shows the whole guide: where it comes from, its numbers, its rules from the heaviest on, its doubts, its clients.
pub(super) fn show(guide: &Guide, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{TITLE}{}{TITLE:#}\n{}, published by {}\n", guide.edition_name(), guide.title, guide.publisher)?;
    field(out, "edition", &format!("{} of {}", guide.edition, guide.date))?;
    field(out, "source", &guide.source)?;
    numbers(guide, out)?;
    rules(guide, out)?;
    doubts(guide, out)?;
    clients(guide, out)
}

fn numbers(guide: &Guide, out: &mut dyn Write) -> io::Result<()> {
    let weights = guide.weights.value;
    heading(out, &format!("Protocol support, {} %: half the best and half the worst version", weights.protocol))?;
    for protocol in ProtocolId::ALL {
        row(out, guide.protocols.score(protocol), protocol.name())?;
    }
    heading(out, &format!("Key exchange, {} %: the weakest, by the size of an RSA key of the same strength", weights.key_exchange))?;
    row(out, guide.key_exchange.anonymous, "without a certificate")?;
    row(out, guide.key_exchange.export, "weakened for export")?;
    scale(out, &guide.key_exchange.sizes)?;
    writeln!(out, "  An elliptic curve is as strong as an RSA key:")?;
    for step in &guide.key_exchange.curves {
        writeln!(out, "       from {} bits, as one of {}", step.from, step.equals)?;
    }
    heading(out, &format!("Cipher strength, {} %: half the strongest and half the weakest", weights.cipher_strength))?;
    scale(out, &guide.cipher_strength)?;
    heading(out, "Letters by score; a zero in one category makes the whole zero")?;
    for step in &guide.letters {
        writeln!(out, "  {:<3}  from {}", step.letter.name(), step.from)?;
    }
    Ok(())
}

fn scale(out: &mut dyn Write, scale: &Scale) -> io::Result<()> {
    for step in &scale.0 {
        row(
            out,
            step.score,
            &step.below.map_or_else(|| "more".to_owned(), |below| format!("below {below} {}", if below == 1 { "bit" } else { "bits" })),
        )?;
    }
    Ok(())
}

fn rules(guide: &Guide, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Rules, with the best letter that each leaves")?;
    let mut rules: Vec<&GuideRule> = guide.rules.iter().collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.cap));
    for rule in rules {
        let cap = if rule.cap == Letter::A { "no A+" } else { rule.cap.name() };
        writeln!(out, "  {TITLE}{cap:<5}{TITLE:#}  {}", sentence(rule))?;
        writeln!(out, "         {}; since {}; {}", rule.id.value, rule.since, rule.source)?;
        if let Some(doubt) = &rule.doubt {
            writeln!(out, "         in doubt: {doubt}")?;
        }
    }
    Ok(())
}

/// What the rule says, whatever is seen.
fn sentence(rule: &GuideRule) -> String {
    SEEN.iter().fold(rule.because.value.clone(), |text, (placeholder, shown)| text.replace(placeholder, shown))
}

fn doubts(guide: &Guide, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "What the public guide leaves open")?;
    guide.doubts.iter().try_for_each(|doubt| writeln!(out, "  - {doubt}"))
}

fn clients(guide: &Guide, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Clients whose handshakes are computed; forward secrecy is measured by those with a star")?;
    guide.clients.iter().try_for_each(|client| writeln!(out, "  {} {}", if client.reference { "*" } else { " " }, client.name))
}

fn heading(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "\n{LABEL}{text}{LABEL:#}")
}

fn row(out: &mut dyn Write, score: u32, text: &str) -> io::Result<()> {
    writeln!(out, "  {score:>3}  {text}")
}
