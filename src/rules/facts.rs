//! What a rule may read: the evidence types as their JSON Schemas tell them, and evidence as CEL values.
//!
//! The schemas are the only source, so a field that is renamed in `evidence` is renamed for the rules, and a rule that still reads the old
//! name is refused.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock},
};

use cel::{
    Value,
    common::value::Val,
    objects::{Key, Map},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value as Json;

use crate::{
    evidence::{
        Address, App, Attempt, Certificate, Cookie, Endpoint, ExposedFile, Panel, Profile, Protocol, Response, SignIn, SourceArgument,
        SourceFact, UNKNOWN_KEYWORD, Weakness, WebAnswer,
    },
    wording::nearest,
};

/// Definitions refer to one another no deeper than this; what lies deeper may be anything.
const MAX_DEPTH: usize = 24;

/// The kind of a fact, or of an expression over facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Not known before the run.
    Any,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Number,
    /// Any text.
    Text,
    /// One of these words.
    Word(Arc<[String]>),
    /// An instant.
    Timestamp,
    /// A span of time.
    Duration,
    /// Nothing else than `null`.
    Null,
    /// Any number of one kind.
    List(Box<Self>),
    /// A fixed number of facts, each of its kind.
    Tuple(Vec<Self>),
    /// Named facts.
    Object(Arc<Shape>),
    /// Facts of one kind by names that are not known before the run.
    Map(Box<Field>),
    /// A fact that may be absent, which is `null`.
    Optional(Box<Self>),
}

/// The fields of an evidence type.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Each field by its name.
    pub(super) fields: BTreeMap<String, Field>,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// What it holds when it is known.
    pub(super) kind: Kind,
    /// Whether it can be unknown: an [`evidence::Reading`](crate::evidence::Reading).
    pub(super) reading: bool,
}

impl Kind {
    /// The kind that is left when the fact is not absent.
    pub(super) fn present(&self) -> &Self {
        match self {
            Self::Optional(kind) => kind,
            kind => kind,
        }
    }

    /// In words, for messages.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Boolean => "true or false",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Word(_) => "a word",
            Self::Timestamp => "a timestamp",
            Self::Duration => "a duration",
            Self::Null => "`null`",
            Self::List(_) | Self::Tuple(_) => "a list",
            Self::Object(_) => "an object",
            Self::Map(_) => "a map",
            Self::Optional(kind) => kind.name(),
        }
    }

    /// Whether a value of this kind can be written into a sentence.
    pub(super) fn is_scalar(&self) -> bool {
        !matches!(self.present(), Self::List(_) | Self::Tuple(_) | Self::Object(_) | Self::Map(_))
    }
}

/// The variables that exist, each with what it holds.
pub(super) static VARIABLES: LazyLock<BTreeMap<&'static str, Kind>> = LazyLock::new(|| {
    BTreeMap::from([
        ("app", of::<App>()),
        ("profile", of::<Profile>()),
        ("now", Kind::Timestamp),
        ("other_services", Kind::Text),
        ("endpoint", of::<Endpoint>()),
        ("endpoints", Kind::List(Box::new(of::<Endpoint>()))),
        ("address", of::<Address>()),
        ("protocol", of::<Protocol>()),
        ("certificate", of::<Certificate>()),
        ("weakness", of::<Weakness>()),
        ("response", of::<Response>()),
        ("cookie", of::<Cookie>()),
        ("answer", of::<WebAnswer>()),
        ("sign_in", of::<SignIn>()),
        ("panel", of::<Panel>()),
        ("exposed_file", of::<ExposedFile>()),
        ("attempt", of::<Attempt>()),
        ("fact", of::<SourceFact>()),
        ("passed", Kind::Optional(Box::new(of::<SourceArgument>()))),
    ])
});

fn of<T: JsonSchema>() -> Kind {
    let schema = SchemaGenerator::default().into_root_schema_for::<T>().to_value();
    kind(&schema, schema.get("$defs").unwrap_or(&Json::Null), 0)
}

/// Reads the part of JSON Schema that `schemars` writes for plain data.
fn kind(schema: &Json, definitions: &Json, depth: usize) -> Kind {
    let deeper = |schema: &Json| kind(schema, definitions, depth + 1);
    if depth > MAX_DEPTH {
        return Kind::Any;
    }
    if let Some(name) = schema.get("$ref").and_then(Json::as_str).and_then(|reference| reference.strip_prefix("#/$defs/")) {
        return definitions.get(name).map_or(Kind::Any, deeper);
    }
    if let Some(words) = words(schema) {
        return words;
    }
    if let Some(choices) = schema.get("anyOf").and_then(Json::as_array) {
        return match choices.iter().map(deeper).collect::<Vec<_>>().as_slice() {
            [kind, Kind::Null] | [Kind::Null, kind] => Kind::Optional(Box::new(kind.clone())),
            _ => Kind::Any,
        };
    }
    match schema.get("type") {
        Some(Json::String(name)) => named(name, schema, &deeper),
        Some(Json::Array(names)) => match names.iter().filter_map(Json::as_str).collect::<Vec<_>>().as_slice() {
            [name, "null"] | ["null", name] => Kind::Optional(Box::new(named(name, schema, &deeper))),
            _ => Kind::Any,
        },
        _ => Kind::Any,
    }
}

/// An enumeration of words: as `enum`, or as `oneOf` with a `const` or an `enum` each.
fn words(schema: &Json) -> Option<Kind> {
    let mut words = Vec::new();
    if let Some(choices) = schema.get("oneOf").and_then(Json::as_array) {
        for choice in choices {
            let Kind::Word(more) = self::words(choice)? else { return None };
            words.extend(more.iter().cloned());
        }
    } else if let Some(word) = schema.get("const") {
        words.push(word.as_str()?.to_owned());
    } else {
        for word in schema.get("enum")?.as_array()? {
            words.push(word.as_str()?.to_owned());
        }
    }
    Some(Kind::Word(words.into()))
}

fn named(name: &str, schema: &Json, deeper: &dyn Fn(&Json) -> Kind) -> Kind {
    match name {
        "boolean" => Kind::Boolean,
        "integer" => Kind::Integer,
        "number" => Kind::Number,
        "string" => Kind::Text,
        "null" => Kind::Null,
        "array" => match schema.get("prefixItems").and_then(Json::as_array) {
            Some(items) => Kind::Tuple(items.iter().map(deeper).collect()),
            None => Kind::List(Box::new(schema.get("items").map_or(Kind::Any, deeper))),
        },
        "object" => match schema.get("properties").and_then(Json::as_object) {
            Some(properties) => Kind::Object(Arc::new(Shape {
                fields: properties.iter().map(|(name, schema)| (name.clone(), field(schema, deeper))).collect(),
            })),
            None => match schema.get("additionalProperties") {
                Some(values @ Json::Object(_)) => Kind::Map(Box::new(field(values, deeper))),
                _ => Kind::Any,
            },
        },
        _ => Kind::Any,
    }
}

fn field(schema: &Json, deeper: &dyn Fn(&Json) -> Kind) -> Field {
    let reading = schema.get(UNKNOWN_KEYWORD).and_then(Json::as_bool).unwrap_or(false);
    let kind = deeper(schema);
    Field { kind: if reading { kind.present().clone() } else { kind }, reading }
}

/// One variable with its value: as JSON, in which unknown readings are found, and as CEL, in which they are left out.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    json: Arc<Json>,
    kind: Kind,
    /// As expressions read it, made once for all of them; `None` when it is unknown as a whole.
    pub(super) value: Option<Arc<dyn Val>>,
}

impl Fact {
    /// The variable `name` with the evidence it stands for.
    pub(super) fn new(name: &str, evidence: &impl Serialize) -> Self {
        Self::from_json(name, serde_json::to_value(evidence).expect("evidence has string keys only"))
    }

    /// The variable `name` with facts that may be partial, as in an example.
    pub(super) fn from_json(name: &str, json: Json) -> Self {
        let kind = VARIABLES.get(name).cloned().unwrap_or(Kind::Any);
        let value = value(&json, &kind).and_then(readable);
        Self { json: Arc::new(json), kind, value }
    }

    /// A variable that is no evidence, as the clock is.
    pub(super) fn bare(kind: Kind, value: Value) -> Self {
        Self { json: Arc::new(Json::Null), kind, value: readable(value) }
    }

    /// The unknown readings below the variable `name`, each with its reason.
    pub(super) fn unknown(&self, name: &str) -> Vec<Unknown> {
        let mut found = Vec::new();
        unknown(&self.json, &self.kind, name, None, &mut found);
        found
    }
}

/// A value in the form in which expressions read it.
fn readable(value: Value) -> Option<Arc<dyn Val>> {
    Box::<dyn Val>::try_from(value).ok().map(Arc::from)
}

/// A JSON value as CEL; `None` when it is unknown. A fact with an unknown part that cannot be left out is unknown as a whole.
fn value(json: &Json, kind: &Kind) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(boolean) => Value::Bool(*boolean),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Int(number),
            (None, Some(number)) => Value::UInt(number),
            (None, None) => Value::Float(number.as_f64()?),
        },
        Json::String(text) => Value::String(Arc::new(text.clone())),
        Json::Array(items) => {
            let items: Option<Vec<_>> = items.iter().enumerate().map(|(index, item)| value(item, item_kind(kind, index))).collect();
            Value::List(Arc::new(items?))
        }
        Json::Object(members) => {
            let known = members.iter().filter_map(|(name, json)| {
                let field = field_of(kind, name);
                let unknown = json.is_null() && field.is_some_and(|field| field.reading);
                let value = if unknown { None } else { value(json, field.map_or(&Kind::Any, |field| &field.kind)) };
                Some((Key::from(name.as_str()), value?))
            });
            Value::Map(Map { map: Arc::new(known.collect::<HashMap<_, _>>()) })
        }
    })
}

/// The field of an object, present or not.
pub(super) fn field_of<'kind>(kind: &'kind Kind, name: &str) -> Option<&'kind Field> {
    match kind.present() {
        Kind::Object(shape) => shape.fields.get(name),
        Kind::Map(field) => Some(field),
        _ => None,
    }
}

fn item_kind(kind: &Kind, index: usize) -> &Kind {
    match kind.present() {
        Kind::List(item) => item,
        Kind::Tuple(items) => items.get(index).unwrap_or(&Kind::Any),
        _ => &Kind::Any,
    }
}

/// A reading that nobody could take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    /// Where it stands: `address.tls.protocols[ssl3].offered`.
    pub(super) path: String,
    /// The name of the field.
    pub(super) field: String,
    /// Why it is unknown, where the evidence says so.
    pub(super) reason: Option<String>,
}

fn unknown(json: &Json, kind: &Kind, path: &str, reason: Option<&str>, found: &mut Vec<Unknown>) {
    match json {
        Json::Object(members) => {
            let own = ["reason", "error"].into_iter().find_map(|key| members.get(key)?.as_str());
            let reason = own.or(reason);
            for (name, json) in members {
                let path = format!("{path}.{name}");
                match field_of(kind, name) {
                    Some(field) if field.reading && json.is_null() => {
                        found.push(Unknown { path, field: name.clone(), reason: reason.map(str::to_owned) });
                    }
                    Some(field) => unknown(json, &field.kind, &path, reason, found),
                    None => {}
                }
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let label =
                    item.get("id").or_else(|| item.get("ip")).and_then(Json::as_str).map_or_else(|| index.to_string(), str::to_owned);
                unknown(item, item_kind(kind, index), &format!("{path}[{label}]"), reason, found);
            }
        }
        _ => {}
    }
}

/// A place in an example that does not fit the evidence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// The key at which it stands.
    pub(super) key: String,
    /// What is wrong.
    pub(super) message: String,
    /// What was probably meant.
    pub(super) suggestion: Option<String>,
}

/// Compares an example's facts with the evidence; a field that is left out is no misfit.
pub(super) fn misfits(name: &str, json: &Json) -> Vec<Misfit> {
    let mut found = Vec::new();
    misfit(name, name, json, VARIABLES.get(name).unwrap_or(&Kind::Any), &mut found);
    found
}

fn misfit(path: &str, key: &str, json: &Json, kind: &Kind, found: &mut Vec<Misfit>) {
    let mut wrong = |message: String, suggestion: Option<&str>| {
        found.push(Misfit { key: key.to_owned(), message, suggestion: suggestion.map(str::to_owned) });
    };
    match (json, kind) {
        (Json::Null, Kind::Optional(_) | Kind::Null)
        | (Json::Bool(_), Kind::Boolean)
        | (Json::String(_), Kind::Text | Kind::Timestamp)
        | (Json::Number(_), Kind::Number)
        | (_, Kind::Any) => {}
        (_, Kind::Optional(kind)) => misfit(path, key, json, kind, found),
        (Json::Number(number), Kind::Integer) if number.is_i64() || number.is_u64() => {}
        (Json::String(word), Kind::Word(words)) => {
            if !words.contains(word) {
                wrong(format!("`{word}` is no value of `{path}`"), nearest(word, words.iter().map(String::as_str)));
            }
        }
        (Json::Array(items), Kind::List(_) | Kind::Tuple(_)) => {
            for (index, item) in items.iter().enumerate() {
                misfit(&format!("{path}[{index}]"), key, item, item_kind(kind, index), found);
            }
        }
        (Json::Object(members), Kind::Object(shape)) => {
            for (name, json) in members {
                let path = format!("{path}.{name}");
                match shape.fields.get(name) {
                    Some(field) if field.reading && json.is_null() => {}
                    Some(field) => misfit(&path, name, json, &field.kind, found),
                    None => found.push(Misfit {
                        key: name.clone(),
                        message: format!("unknown fact `{path}` in an example"),
                        suggestion: nearest(name, shape.fields.keys().map(String::as_str)).map(str::to_owned),
                    }),
                }
            }
        }
        (Json::Object(members), Kind::Map(field)) => {
            for (name, json) in members.iter().filter(|(_, json)| !(field.reading && json.is_null())) {
                misfit(&format!("{path}.{name}"), name, json, &field.kind, found);
            }
        }
        _ => wrong(format!("`{path}` must be {}", kind.name()), None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known(name: &str, json: &Json, key: &str) -> bool {
        match value(json, &VARIABLES[name]) {
            Some(Value::Map(map)) => map.get(&Key::from(key)).is_some(),
            other => panic!("{other:?} is no map"),
        }
    }

    #[test]
    fn an_unknown_reading_is_left_out_and_an_absent_fact_is_null() {
        assert!(!known("protocol", &json!({ "id": "ssl2", "offered": null, "reason": "no answer" }), "offered"));
        assert!(known("protocol", &json!({ "id": "ssl2", "offered": true, "reason": null }), "reason"));
        assert!(known("cookie", &json!({ "same_site": null }), "same_site"));
    }

    #[test]
    fn the_evidence_types_are_known_down_to_their_words() {
        let shape = |kind: &Kind| match kind.present() {
            Kind::Object(shape) => Arc::clone(shape),
            other => panic!("{other:?} is no object"),
        };
        let endpoint = shape(&VARIABLES["endpoint"]);
        assert_eq!(endpoint.fields["port"].kind, Kind::Integer);
        let Kind::List(address) = &endpoint.fields["addresses"].kind else { panic!("addresses are a list") };
        let tls = shape(&shape(address).fields["tls"].kind);
        let Kind::List(protocol) = &tls.fields["protocols"].kind else { panic!("protocols are a list") };
        let protocol = shape(protocol);
        assert!(protocol.fields["offered"].reading);
        assert_eq!(protocol.fields["offered"].kind, Kind::Boolean);
        assert!(matches!(&protocol.fields["id"].kind, Kind::Word(words) if words.contains(&"tls1.3".to_owned())));
        assert!(matches!(shape(&VARIABLES["cookie"]).fields["same_site"].kind.present(), Kind::Word(_)));
        let Kind::List(response) = &endpoint.fields["responses"].kind else { panic!("responses are a list") };
        let Kind::List(header) = &shape(response).fields["headers"].kind else { panic!("headers are a list") };
        assert_eq!(**header, Kind::Tuple(vec![Kind::Text, Kind::Text]));
    }

    #[test]
    fn no_field_of_the_evidence_is_of_a_kind_the_checker_cannot_see() {
        fn opaque(path: &str, kind: &Kind, found: &mut Vec<String>) {
            match kind {
                Kind::Any => found.push(path.to_owned()),
                Kind::List(kind) | Kind::Optional(kind) => opaque(path, kind, found),
                Kind::Tuple(kinds) => kinds.iter().for_each(|kind| opaque(path, kind, found)),
                Kind::Object(shape) => shape.fields.iter().for_each(|(name, field)| opaque(&format!("{path}.{name}"), &field.kind, found)),
                Kind::Map(field) => opaque(&format!("{path}.*"), &field.kind, found),
                _ => {}
            }
        }
        let mut found = Vec::new();
        VARIABLES.iter().for_each(|(name, kind)| opaque(name, kind, &mut found));
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn unknown_readings_are_named_with_the_nearest_reason() {
        let address = json!({ "ip": "192.0.2.1", "error": null, "tls": { "error": "no answer within 5 s", "protocols": [
            { "id": "ssl2", "offered": null, "reason": "the connection broke off" },
            { "id": "ssl3", "offered": null, "reason": null },
            { "id": "tls1.2", "offered": true, "reason": null },
        ] } });
        let found = Fact::from_json("address", address).unknown("address");
        let found: Vec<_> = found.iter().map(|unknown| (unknown.path.as_str(), unknown.reason.as_deref())).collect();
        assert_eq!(
            found,
            [
                ("address.tls.protocols[ssl2].offered", Some("the connection broke off")),
                ("address.tls.protocols[ssl3].offered", Some("no answer within 5 s")),
            ]
        );
    }

    #[test]
    fn a_map_leaves_out_the_values_that_are_unknown_and_names_them() {
        let address = json!({ "tls": { "server_preference": { "tls1.1": null, "tls1.2": true } } });
        let fact = Fact::from_json("address", address);
        let unknown: Vec<_> = fact.unknown("address").into_iter().map(|unknown| unknown.path).collect();
        assert_eq!(unknown, ["address.tls.server_preference.tls1.1"]);
        let found = misfits("address", &json!({ "tls": { "server_preference": { "tls1.1": null, "tls1.2": "yes" } } }));
        let found: Vec<_> = found.into_iter().map(|misfit| misfit.message).collect();
        assert_eq!(found, ["`address.tls.server_preference.tls1.2` must be true or false"]);
    }

    #[test]
    fn an_example_that_does_not_fit_the_evidence_is_told_where_and_what_was_meant() {
        let found = misfits("protocol", &json!({ "id": "tls1.4", "offred": true, "reason": 7 }));
        let found: Vec<_> = found.iter().map(|misfit| (misfit.message.as_str(), misfit.suggestion.as_deref())).collect();
        assert_eq!(
            found,
            [
                ("`tls1.4` is no value of `protocol.id`", Some("tls1.0")),
                ("unknown fact `protocol.offred` in an example", Some("offered")),
                ("`protocol.reason` must be a text", None),
            ]
        );
    }
}
