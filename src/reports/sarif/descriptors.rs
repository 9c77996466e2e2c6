//! Rules and taxonomies: the requirements of the edition, OWASP and CWE.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use serde_sarif::sarif;

use super::message::{literal, multiformat, not_empty};
use crate::{
    assessment::{Assessment, RequirementResult},
    reports::words,
    rules::{RuleSummary, Severity, Strength},
    wording::visible_within,
};

/// Characters of a description that GitHub shows.
const MOST_CHARACTERS: usize = 1_000;

/// The rules of the driver: those that were evaluated, then the requirements that have a result of their own.
pub(super) struct RuleTable {
    rules: Vec<sarif::ReportingDescriptor>,
    places: BTreeMap<String, i64>,
}

impl RuleTable {
    pub(super) fn of(assessment: &Assessment) -> Self {
        let known: BTreeSet<&str> = assessment.rules.iter().map(|rule| rule.id.as_str()).collect();
        // A result that was read from a file may name a rule whose text it does not bring along.
        let nameless: BTreeSet<&str> =
            assessment.findings.iter().map(|finding| finding.rule.as_str()).filter(|id| !known.contains(id)).collect();
        let rules = assessment.rules.iter().map(|rule| described_rule(rule, assessment));
        let requirements = assessment.requirements.iter().map(described_requirement);
        let nameless = nameless.into_iter().map(|id| sarif::ReportingDescriptor::builder().id(id.to_owned()).build());
        let mut table = Self { rules: Vec::new(), places: BTreeMap::new() };
        rules.chain(requirements).chain(nameless).for_each(|rule| table.add(rule));
        table
    }

    /// Ids are unique in the table; the first of a name stays.
    fn add(&mut self, rule: sarif::ReportingDescriptor) {
        if !self.places.contains_key(&rule.id) {
            self.places.insert(rule.id.clone(), i64::try_from(self.rules.len()).unwrap_or(i64::MAX));
            self.rules.push(rule);
        }
    }

    /// The place of a rule in the table.
    pub(super) fn place(&self, id: &str) -> Option<i64> {
        self.places.get(id).copied()
    }

    pub(super) fn reference(&self, id: &str) -> sarif::ReportingDescriptorReference {
        sarif::ReportingDescriptorReference {
            id: Some(id.to_owned()),
            index: self.place(id),
            ..sarif::ReportingDescriptorReference::default()
        }
    }

    pub(super) fn descriptors(self) -> Vec<sarif::ReportingDescriptor> {
        self.rules
    }
}

/// What goes into consumers' own scale from 0 to 10: over 9.0 is critical, over 7.0 high, over 4.0 medium.
pub(super) fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.1",
    }
}

/// Medium stops certification, so it is an error here.
pub(super) fn level(severity: Severity) -> sarif::ResultLevel {
    match severity {
        Severity::Critical | Severity::High | Severity::Medium => sarif::ResultLevel::Error,
        Severity::Low => sarif::ResultLevel::Warning,
        Severity::Info => sarif::ResultLevel::Note,
    }
}

fn described_rule(rule: &RuleSummary, assessment: &Assessment) -> sarif::ReportingDescriptor {
    let references: Vec<Reference> = rule.references.iter().map(|name| Reference::read(name)).collect();
    let requirement = requirement_relationship(&rule.requirement);
    let relationships = std::iter::once(requirement).chain(references.iter().filter_map(Reference::relationship));
    let title = words::requirement_of(assessment, &rule.requirement).map_or("", |requirement| requirement.title.as_str());
    let help = format!("{}\n\nHow to mend it: {}\n\nRequirement {} {}", rule.why.trim(), rule.fix.trim(), rule.requirement, title);
    let markdown =
        format!("{}\n\n**How to mend it.** {}\n\nRequirement `{}` {}", rule.why.trim(), rule.fix.trim(), rule.requirement, title);
    sarif::ReportingDescriptor {
        name: Some(pascal_case(&rule.id)),
        short_description: Some(sentence(&rule.title)),
        full_description: Some(sentence(if rule.why.trim().is_empty() { &rule.title } else { &rule.why })),
        help: Some(sarif::MultiformatMessageString {
            markdown: Some(markdown.lines().map(|line| visible_within(line, MOST_CHARACTERS)).collect::<Vec<_>>().join("\n")),
            ..sarif::MultiformatMessageString::builder().text(not_empty(help.lines().map(literal).collect::<Vec<_>>().join("\n"))).build()
        }),
        default_configuration: Some(sarif::ReportingConfiguration {
            level: Some(json!(level(rule.severity))),
            ..sarif::ReportingConfiguration::default()
        }),
        relationships: Some(relationships.collect()),
        properties: Some(sarif::PropertyBag {
            tags: Some(tags(&references)),
            additional_properties: BTreeMap::from([
                ("precision".to_owned(), json!("high")),
                ("security-severity".to_owned(), json!(security_severity(rule.severity))),
            ]),
        }),
        ..sarif::ReportingDescriptor::builder().id(rule.id.clone()).build()
    }
}

/// A requirement, as the rule that a statement or a sum of other requirements is a result of.
fn described_requirement(requirement: &RequirementResult) -> sarif::ReportingDescriptor {
    let level = if requirement.strength == Strength::Must { sarif::ResultLevel::Error } else { sarif::ResultLevel::Warning };
    sarif::ReportingDescriptor {
        name: Some(pascal_case(&requirement.title)),
        short_description: Some(sentence(&requirement.title)),
        full_description: Some(sentence(&requirement.text)),
        help: Some(multiformat(&format!("{} Source: {}", requirement.text.trim(), requirement.source))),
        default_configuration: Some(sarif::ReportingConfiguration {
            level: Some(json!(level)),
            ..sarif::ReportingConfiguration::default()
        }),
        relationships: Some(vec![requirement_relationship(&requirement.id)]),
        properties: Some(sarif::PropertyBag { tags: Some(vec!["requirement".to_owned()]), additional_properties: BTreeMap::new() }),
        ..sarif::ReportingDescriptor::builder().id(requirement.id.clone()).build()
    }
}

/// A description, ended with a full stop as consumers expect.
fn sentence(text: &str) -> sarif::MultiformatMessageString {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let ended = if text.is_empty() || text.ends_with(['.', '!', '?', '…']) { text } else { format!("{text}.") };
    let cut: String = ended.chars().take(MOST_CHARACTERS).collect();
    multiformat(&cut)
}

/// `superoffice.tls.obsolete-ssl` as `SuperofficeTlsObsoleteSsl`: consumers want one readable word.
fn pascal_case(text: &str) -> String {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name: String = words
        .flat_map(|word| {
            let (first, rest) = word.split_at(1);
            [first.to_ascii_uppercase(), rest.to_owned()]
        })
        .take(40)
        .collect();
    not_empty(name)
}

fn tags(references: &[Reference]) -> Vec<String> {
    let mut tags = vec!["security".to_owned()];
    tags.extend(references.iter().map(Reference::tag));
    tags.truncate(10); // all that GitHub keeps
    tags.dedup();
    tags
}

/// A reference of a rule into a public catalogue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reference {
    /// A weakness by number.
    Cwe(String),
    /// A year and a category: `A02:2021`.
    Owasp(String),
    /// Anything else, as written.
    Other(String),
}

impl Reference {
    fn read(name: &str) -> Self {
        if let Some(number) = name.strip_prefix("cwe-") {
            return Self::Cwe(number.to_owned());
        }
        match name.strip_prefix("owasp-").and_then(|rest| rest.split_once('-')) {
            Some((year, category)) => Self::Owasp(format!("{}:{year}", category.to_uppercase())),
            None => Self::Other(name.to_owned()),
        }
    }

    fn tag(&self) -> String {
        match self {
            Self::Cwe(number) => format!("external/cwe/cwe-{number}"),
            Self::Owasp(category) => format!("external/owasp/{}", category.to_lowercase()),
            Self::Other(name) => name.clone(),
        }
    }

    fn taxon(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Cwe(number) => Some((CWE, format!("CWE-{number}"))),
            Self::Owasp(category) => Some((OWASP, category.clone())),
            Self::Other(_) => None,
        }
    }

    fn relationship(&self) -> Option<sarif::ReportingDescriptorRelationship> {
        self.taxon().map(|(taxonomy, id)| relationship(taxonomy, &id))
    }
}

const REQUIREMENTS: &str = "requirements";
const OWASP: &str = "OWASP";
const CWE: &str = "CWE";

fn requirement_relationship(id: &str) -> sarif::ReportingDescriptorRelationship {
    relationship(REQUIREMENTS, id)
}

fn relationship(taxonomy: &str, id: &str) -> sarif::ReportingDescriptorRelationship {
    sarif::ReportingDescriptorRelationship {
        kinds: Some(vec!["relevant".to_owned()]),
        ..sarif::ReportingDescriptorRelationship::builder().target(taxon_reference(taxonomy, id)).build()
    }
}

fn taxon_reference(taxonomy: &str, id: &str) -> sarif::ReportingDescriptorReference {
    sarif::ReportingDescriptorReference {
        id: Some(id.to_owned()),
        tool_component: Some(component_reference(taxonomy)),
        ..sarif::ReportingDescriptorReference::default()
    }
}

fn component_reference(taxonomy: &str) -> sarif::ToolComponentReference {
    sarif::ToolComponentReference { name: Some(taxonomy.to_owned()), ..sarif::ToolComponentReference::default() }
}

/// The catalogues that results are sorted into. Only the requirements are complete; of the others, what the rules refer to.
pub(super) struct Taxonomies {
    requirements: sarif::ToolComponent,
    others: Vec<sarif::ToolComponent>,
    /// For each rule the taxa it refers to, its requirement first.
    of_rule: BTreeMap<String, Vec<sarif::ReportingDescriptorReference>>,
}

impl Taxonomies {
    pub(super) fn of(assessment: &Assessment) -> Self {
        let mut named: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let mut of_rule = BTreeMap::new();
        for rule in &assessment.rules {
            let taxa: Vec<_> = rule.references.iter().filter_map(|name| Reference::read(name).taxon()).collect();
            of_rule.insert(rule.id.clone(), taxa.iter().map(|(taxonomy, id)| taxon_reference(taxonomy, id)).collect());
            for (taxonomy, id) in taxa {
                named.entry(taxonomy).or_default().insert(id);
            }
        }
        let others = [(OWASP, "OWASP Foundation"), (CWE, "MITRE")]
            .into_iter()
            .filter_map(|(name, organization)| Some(other(name, organization, named.remove(name)?)))
            .collect();
        Self { requirements: requirements(assessment), others, of_rule }
    }

    pub(super) fn components(self) -> Vec<sarif::ToolComponent> {
        std::iter::once(self.requirements).chain(self.others).collect()
    }

    pub(super) fn references(&self) -> Vec<sarif::ToolComponentReference> {
        std::iter::once(&self.requirements).chain(&self.others).map(|taxonomy| component_reference(&taxonomy.name)).collect()
    }

    /// What a result of a rule for a requirement belongs to.
    pub(super) fn taxa(&self, rule: &str, requirement: &str) -> Vec<sarif::ReportingDescriptorReference> {
        let others = self.of_rule.get(rule).into_iter().flatten().cloned();
        std::iter::once(taxon_reference(REQUIREMENTS, requirement)).chain(others).collect()
    }
}

/// The edition, every requirement in document order.
fn requirements(assessment: &Assessment) -> sarif::ToolComponent {
    let taxa = assessment.requirements.iter().map(|requirement| sarif::ReportingDescriptor {
        name: Some(pascal_case(&requirement.title)),
        short_description: Some(sentence(&requirement.title)),
        full_description: Some(sentence(&requirement.text)),
        ..sarif::ReportingDescriptor::builder().id(requirement.id.clone()).build()
    });
    sarif::ToolComponent {
        full_name: Some(format!("{}, edition {}", assessment.tool.pack_title, assessment.tool.edition)),
        version: Some(assessment.tool.edition.clone()),
        short_description: Some(message_of_title(assessment)),
        is_comprehensive: Some(true),
        taxa: Some(taxa.collect()),
        ..sarif::ToolComponent::builder().name(REQUIREMENTS.to_owned()).build()
    }
}

fn message_of_title(assessment: &Assessment) -> sarif::MultiformatMessageString {
    sentence(&format!("Every requirement of {}, in document order", assessment.tool.pack_title))
}

fn other(name: &str, organization: &str, ids: BTreeSet<String>) -> sarif::ToolComponent {
    let taxa = ids.into_iter().map(|id| sarif::ReportingDescriptor::builder().id(id).build());
    sarif::ToolComponent {
        organization: Some(organization.to_owned()),
        is_comprehensive: Some(false),
        taxa: Some(taxa.collect()),
        ..sarif::ToolComponent::builder().name(name.to_owned()).build()
    }
}
