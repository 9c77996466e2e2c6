//! What TLS showed, as SSL Labs sums it up: the letter, what to change first, four bars, and the facts behind them.

use std::io;

use anstyle::Style;

use super::{BOLD, CYAN, FAINT, GREEN, RED, YELLOW, page::Page};
use crate::{
    assessment::Assessment,
    evidence::{Certificate, Chain, CipherSuite, OtherChain, ProtocolId, Rating, Reading, Tls},
    reports::tls::{
        LONGEST_LETTER, Mood, Property, Server, SuiteGroup, bars, bearing, connecting, group_lists, is_feeble, is_weak_prime, letter,
        letter_if_trusted, mood, prime, properties, refused, remarks, silent, suites, versions, weaknesses, whose_order, why_unknown,
        worst_first,
    },
};

/// Servers that are written out; the others are counted.
const MOST_SERVERS: usize = 12;

/// Suites of one version that are written out.
const MOST_SUITES: usize = 16;

/// How a line says that a suite has no forward secrecy.
const NO_FORWARD_SECRECY: &str = "no FS";

/// Things to change that are written out.
const MOST_ADVICE: usize = 4;

/// Reasons of one grade that are written out.
const MOST_REASONS: usize = 8;

/// A chain without a fault.
const SOUND: &str = "trusted, complete, in date, made out for the host";

/// Where everything stands.
const MORE: (&str, &str) = ("-o html=report.html", "has every extension, certificate, client and weakness; so has -o json");

/// Where the rest of it stands.
const ALL: (&str, &str) = ("redflag check URL --only tls", "shows suites, certificate and reasons");

/// Writes the section; nothing where nothing answered with TLS.
pub(super) fn write(assessment: &Assessment, page: &mut Page) -> io::Result<()> {
    let endpoints = &assessment.evidence.endpoints;
    let (servers, silent) = (worst_first(endpoints), silent(endpoints));
    if servers.is_empty() {
        return Ok(());
    }
    match servers.len() {
        1 => page.title("TLS", BOLD)?,
        number => page.title(&format!("TLS of {number} servers, worst first"), BOLD)?,
    }
    let shown = servers.iter().take(MOST_SERVERS);
    if only_tls(assessment) {
        shown.into_iter().try_for_each(|server| whole(server, page))?;
    } else {
        // Beside everything else that a run looked at, a line for each server has to do.
        shown.into_iter().try_for_each(|server| brief(server, page))?;
    }
    for (address, why) in silent.iter().take(MOST_SERVERS) {
        page.labelled(("  -", YELLOW), &format!("{address} showed no TLS: {why}"), Style::new())?;
    }
    let hidden = servers.len().saturating_sub(MOST_SERVERS);
    if hidden > 0 {
        page.indented(&format!("and {hidden} more, in the other formats"), FAINT)?;
    }
    let (command, purpose) = if only_tls(assessment) { MORE } else { ALL };
    page.hint(command, purpose)?;
    page.blank()
}

/// Whether the run looked at nothing but TLS.
pub(super) fn only_tls(assessment: &Assessment) -> bool {
    assessment.evidence.source.is_none() && assessment.evidence.endpoints.iter().all(|endpoint| endpoint.visit.is_none())
}

fn brief(server: &Server<'_>, page: &mut Page) -> io::Result<()> {
    let rating = server.tls.rating.as_ref();
    let place = format!("{} ({})", server.place(), server.ips.join(", "));
    page.labelled((&format!("  {}", short(letter(rating))), style(mood(rating))), &place, BOLD)?;
    if let Some(why) = why_unknown(rating) {
        page.labelled(("", FAINT), &format!("grade unknown: {why}"), YELLOW)?;
    }
    let advice = rating.and_then(|rating| rating.advice.first()).filter(|_| mood(rating) != Mood::Good);
    advice.map_or(Ok(()), |advice| page.labelled(("", FAINT), &format!("change first: {advice}"), Style::new()))
}

fn whole(server: &Server<'_>, page: &mut Page) -> io::Result<()> {
    let tls = server.tls;
    page.indented(&format!("{} · {}", server.place(), server.ips.join(", ")), BOLD)?;
    grade(tls.rating.as_ref(), page)?;
    advice(tls.rating.as_ref(), page)?;
    page.blank()?;
    if let Some(scores) = tls.rating.as_ref().and_then(|rating| rating.scores) {
        bars(scores).into_iter().try_for_each(|(name, score)| page.bar(name, score, score_style(score)))?;
        page.blank()?;
    }
    protocols(tls, page)?;
    suites(tls).iter().try_for_each(|group| group_of_suites(group, page))?;
    key_exchange(tls, page)?;
    application(server, page)?;
    certificates(tls, page)?;
    found(tls, page)?;
    clients(tls, page)?;
    open(tls, page)?;
    reasons(tls.rating.as_ref(), page)?;
    page.blank()
}

/// The letter in its frame; beside it what it is made of, or why it is unknown.
fn grade(rating: Option<&Rating>, page: &mut Page) -> io::Result<()> {
    let guide = rating.map(|rating| rating.guide.as_str()).unwrap_or_default();
    let score = rating.and_then(|rating| rating.score.observed()).map(|score| format!("score {score} of 100"));
    let may_be = rating.filter(|rating| !rating.grade_may_be.is_empty());
    let notes: Vec<String> = [
        score,
        rating.and_then(letter_if_trusted).map(|letter| format!("{letter} if trust is ignored")),
        may_be.map(|rating| format!("SSL Labs may say {}", rating.grade_may_be.join(" or "))),
    ]
    .into_iter()
    .flatten()
    .collect();
    let unknown = why_unknown(rating).map(|why| format!("unknown: {why}"));
    page.framed(letter(rating), style(mood(rating)), (guide, &unknown.unwrap_or_else(|| notes.join(" · "))))
}

/// What the next letter takes, then what the ones after it take.
fn advice(rating: Option<&Rating>, page: &mut Page) -> io::Result<()> {
    let Some(rating) = rating else { return Ok(()) };
    steps(&rating.advice, [("Change first", BOLD), ("and", BOLD)], page)?;
    let label = if rating.advice.is_empty() { "Change first" } else { "After that" };
    steps(&rating.advice_after, [(label, Style::new()), ("and", Style::new())], page)
}

fn steps(steps: &[String], [first, other]: [(&str, Style); 2], page: &mut Page) -> io::Result<()> {
    let labels = std::iter::once(first).chain(std::iter::repeat(other));
    for ((label, style), step) in labels.zip(steps.iter().take(MOST_ADVICE)) {
        page.entry(label, (step, style), &[])?;
    }
    match steps.len().saturating_sub(MOST_ADVICE) {
        0 => Ok(()),
        more => page.entry("", (&format!("and {more} more"), FAINT), &[]),
    }
}

/// The versions, newest first; those that are not offered are named too, because silence could mean that nobody asked.
fn protocols(tls: &Tls, page: &mut Page) -> io::Result<()> {
    let with = |reading: Reading<bool>| -> Vec<ProtocolId> {
        tls.protocols.iter().rev().filter(|protocol| protocol.offered == reading).map(|protocol| protocol.id).collect()
    };
    let (offered, refused, unknown) = (with(Reading::Observed(true)), with(Reading::Observed(false)), with(Reading::Unknown));
    let refused = format!("   not {}", versions(&refused));
    let unknown_words = format!("   unknown: {}", versions(&unknown));
    let mut parts = vec![(versions(&offered), BOLD)];
    parts.extend((refused.len() > "   not ".len()).then_some((refused, FAINT)));
    parts.extend((!unknown.is_empty()).then_some((unknown_words, YELLOW)));
    let parts: Vec<(&str, Style)> = parts.iter().map(|(text, style)| (text.as_str(), *style)).collect();
    match parts.split_first() {
        Some((lead, rest)) => page.entry("Protocols", *lead, rest),
        None => Ok(()),
    }
}

fn group_of_suites(group: &SuiteGroup<'_>, page: &mut Page) -> io::Result<()> {
    // Where not all fit, those that matter most come first; where they do, the server's order tells more.
    let (feeble, sound): (Vec<_>, Vec<_>) = group.suites.iter().copied().partition(|suite| is_feeble(suite));
    let is_sorted = group.suites.len() > MOST_SUITES && !feeble.is_empty();
    let all = if is_sorted { [feeble, sound].concat() } else { group.suites.clone() };
    let shown = all.iter().take(MOST_SUITES);
    let widest = shown.clone().map(|suite| suite.name.chars().count()).max().unwrap_or(0).min(48);
    let label = versions(&group.versions);
    let labels = std::iter::once(label.as_str()).chain(std::iter::repeat(""));
    for (label, suite) in labels.zip(shown) {
        suite_line(label, suite, widest, page)?;
    }
    let hidden = all.get(MOST_SUITES..).unwrap_or_default();
    if !hidden.is_empty() {
        page.entry("", (&more_suites(hidden), FAINT), &[])?;
    }
    let notes: Vec<&str> = [
        (is_sorted, "weak ones first"),
        (group.ordered == Reading::Observed(false), "the client's order counts"),
        (shown_remarks(&all).contains(&NO_FORWARD_SECRECY), "FS is forward secrecy"),
    ]
    .into_iter()
    .filter_map(|(holds, words)| holds.then_some(words))
    .collect();
    if notes.is_empty() { Ok(()) } else { page.entry("", (&format!("({})", notes.join("; ")), FAINT), &[]) }
}

fn more_suites(hidden: &[&CipherSuite]) -> String {
    match hidden.iter().filter(|suite| is_feeble(suite)).count() {
        0 => format!("and {} more, none of them weak", hidden.len()),
        feeble if feeble == hidden.len() => format!("and {feeble} more, all of them weak"),
        feeble => format!("and {} more, {feeble} of them weak", hidden.len()),
    }
}

/// Every remark beside the suites that are written out.
fn shown_remarks(suites: &[&CipherSuite]) -> Vec<&'static str> {
    suites.iter().take(MOST_SUITES).flat_map(|suite| in_short(suite)).collect()
}

/// The remarks that a line has room for: old habits are the least of a weak suite's troubles.
fn in_short(suite: &CipherSuite) -> Vec<&'static str> {
    let short = |words| if words == "no forward secrecy" { NO_FORWARD_SECRECY } else { words };
    let counts = |words: &&str| !is_feeble(suite) || !["CBC", NO_FORWARD_SECRECY].contains(words);
    remarks(suite).into_iter().map(short).filter(counts).collect()
}

fn suite_line(label: &str, suite: &CipherSuite, widest: usize, page: &mut Page) -> io::Result<()> {
    let (weak, style) = if is_feeble(suite) { ("WEAK: ", RED) } else { ("", YELLOW) };
    let remarks = in_short(suite).join(", ");
    let name = format!("{:widest$}", suite.name);
    let bits = format!("  {:>3} bits  ", suite.strength_bits);
    page.entry(label, (&format!("{name}{bits}"), Style::new()), &[(weak, style), (&remarks, style)])
}

/// Groups in the server's order, and the primes of Diffie-Hellman.
fn key_exchange(tls: &Tls, page: &mut Page) -> io::Result<()> {
    let mut label = "Key exchange";
    for list in group_lists(tls) {
        let names: Vec<&str> = list.groups.iter().map(|group| group.name.as_str()).collect();
        let words = match list.version {
            None => names.join(", "),
            Some(version) => format!("{}: {}{}", version.name(), names.join(", "), whose_order(list.ordered)),
        };
        page.entry(std::mem::take(&mut label), (&words, Style::new()), &[])?;
    }
    for parameters in &tls.dh_parameters {
        let weak = if is_weak_prime(parameters) { ("WEAK: ", RED) } else { ("", Style::new()) };
        page.entry("", weak, &[(&format!("Diffie-Hellman with {}", prime(parameters)), Style::new())])?;
    }
    Ok(())
}

/// What is spoken inside.
fn application(server: &Server<'_>, page: &mut Page) -> io::Result<()> {
    let seen = &server.tls.extensions;
    let over_udp = server.http3 == Reading::Observed(true);
    let mut names: Vec<&str> = seen.alpn.iter().map(String::as_str).collect();
    names.extend(over_udp.then_some("h3 by Alt-Svc"));
    match (names.is_empty(), seen.alpn_complete) {
        (false, _) => page.entry("ALPN", (&names.join(", "), Style::new()), &[]),
        (true, Reading::Observed(true)) => page.entry("ALPN", ("none", FAINT), &[]),
        (true, _) => {
            let why = seen.reasons.get("alpn").map(|why| format!(": {why}")).unwrap_or_default();
            page.entry("ALPN", (&format!("unknown{why}"), YELLOW), &[])
        }
    }
}

fn certificates(tls: &Tls, page: &mut Page) -> io::Result<()> {
    let Some(leaf) = tls.certificates.first() else {
        return page.entry("Certificate", ("none was sent", RED), &[]);
    };
    page.entry("Certificate", (&in_a_line(leaf), Style::new()), &[])?;
    if let Some(chain) = &tls.chain {
        let (words, style) = standing(chain);
        page.entry("", (&words, style), &[])?;
    }
    tls.other_chains.iter().try_for_each(|other| other_chain(other, page))
}

/// Whom it names, what it is made of, and until when it holds.
fn in_a_line(leaf: &Certificate) -> String {
    if let Some(error) = &leaf.error {
        return format!("cannot be read: {error}");
    }
    let names = match leaf.sans.as_slice() {
        [] => leaf.subject.clone(),
        [only] => only.clone(),
        [first, more @ ..] => format!("{first} and {} more", more.len()),
    };
    let until: String = leaf.not_after.chars().take("2026-11-21".len()).collect();
    format!("{names} · {} · {} · until {until}", leaf.key, leaf.signature_algorithm)
}

/// What the chain amounts to, in a line: its faults, or that there is none.
fn standing(chain: &Chain) -> (String, Style) {
    let wrong: Vec<Property> =
        properties(chain).into_iter().filter(|property| property.reading == Reading::Observed(!property.wished)).collect();
    let style = if wrong.iter().any(|property| property.heavy) { RED } else { YELLOW };
    // Why a chain is not trusted is in its error, better than in a word.
    let said = wrong.iter().filter(|property| !(property.explained && chain.error.is_some())).map(|property| property.fault);
    let words = chain.error.as_deref().into_iter().chain(said).collect::<Vec<_>>().join("; ");
    let sound =
        [chain.trusted, chain.complete, chain.host_matches] == [Reading::Observed(true); 3] && chain.expired == Reading::Observed(false);
    match (words.is_empty(), sound) {
        (true, true) => (SOUND.to_owned(), GREEN),
        (true, false) => ("not everything about it is known".to_owned(), YELLOW),
        (false, true) if style == YELLOW => (format!("{SOUND}; {words}"), YELLOW),
        (false, _) => (words, style),
    }
}

fn other_chain(other: &OtherChain, page: &mut Page) -> io::Result<()> {
    let leaf = other.certificates.first().map(in_a_line).unwrap_or_default();
    let (words, _) = standing(&other.chain);
    page.entry("", (&format!("{} get another one", other.sent_to), FAINT), &[])?;
    page.entry("", ("  ", FAINT), &[(&format!("{leaf}; {words}"), FAINT)])
}

/// What was found of the known weaknesses.
fn found(tls: &Tls, page: &mut Page) -> io::Result<()> {
    let seen = weaknesses(tls);
    let names = |list: &[&crate::evidence::Weakness]| list.iter().map(|weakness| weakness.id.name()).collect::<Vec<_>>().join(", ");
    let mut lines = Vec::new();
    if !seen.vulnerable.is_empty() {
        lines.push((format!("VULNERABLE: {}", names(&seen.vulnerable)), RED));
    } else if seen.absent > 0 {
        lines.push((format!("none of the {} that were looked for", seen.absent), GREEN));
    }
    if !seen.unknown.is_empty() {
        lines.push((format!("unknown: {}", names(&seen.unknown)), YELLOW));
    }
    if !seen.possible.is_empty() {
        lines.push((format!("their precondition is there: {}", names(&seen.possible)), FAINT));
    }
    let labels = std::iter::once("Weaknesses").chain(std::iter::repeat(""));
    labels.zip(&lines).try_for_each(|(label, (words, style))| page.entry(label, (words, *style), &[]))
}

/// The clients that would stay outside.
fn clients(tls: &Tls, page: &mut Page) -> io::Result<()> {
    const MOST: usize = 8;
    let refused = refused(&tls.clients);
    if tls.clients.is_empty() {
        return Ok(());
    }
    let all = tls.clients.len();
    let (connect, unknown) = connecting(&tls.clients);
    if connect == all {
        return page.entry("Clients", (&format!("all {all} reference clients connect"), GREEN), &[]);
    }
    let names: Vec<&str> = refused.iter().take(MOST).map(|client| client.name.as_str()).collect();
    let more = refused.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let fail = if names.is_empty() { String::new() } else { format!("; these fail: {}{more}", names.join(", ")) };
    let open = if unknown > 0 { format!("; of {unknown} nobody can say") } else { String::new() };
    page.entry("Clients", (&format!("{connect} of {all} connect{fail}{open}"), Style::new()), &[])
}

/// What is not known, or not always the same.
fn open(tls: &Tls, page: &mut Page) -> io::Result<()> {
    for gap in &tls.gaps {
        let version = gap.protocol.map(|version| format!(" of {}", version.name())).unwrap_or_default();
        page.entry("Not complete", (&format!("{}{version}: {}", gap.field.replace('_', " "), gap.reason), YELLOW), &[])?;
    }
    tls.contradictions.iter().try_for_each(|words| page.entry("Answers differ", (words, YELLOW), &[]))
}

fn reasons(rating: Option<&Rating>, page: &mut Page) -> io::Result<()> {
    let reasons = rating.map(|rating| rating.reasons.as_slice()).unwrap_or_default();
    let labels = std::iter::once("Why this grade").chain(std::iter::repeat(""));
    for (label, reason) in labels.zip(reasons.iter().take(MOST_REASONS)) {
        let bearing = bearing(reason);
        let doubt = reason.doubt.as_ref().map(|_| " (in doubt)").unwrap_or_default();
        page.entry(label, (&format!("{bearing:<10} "), BOLD), &[(&reason.because, Style::new()), (doubt, FAINT)])?;
    }
    match reasons.len().saturating_sub(MOST_REASONS) {
        0 => Ok(()),
        more => page.entry("", (&format!("and {more} more"), FAINT), &[]),
    }
}

fn short(letter: &str) -> String {
    letter.chars().take(LONGEST_LETTER).collect()
}

fn style(mood: Mood) -> Style {
    match mood {
        Mood::Good => GREEN.bold(),
        Mood::Fair => YELLOW.bold(),
        Mood::Bad => RED,
        Mood::Unknown => CYAN.bold(),
    }
}

fn score_style(score: u32) -> Style {
    match score {
        80.. => GREEN,
        65..80 => YELLOW,
        _ => RED,
    }
}
