//! Observed or unknown: the difference between "no" and "could not tell".

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The JSON Schema keyword that marks a field whose `null` means *unknown* rather than *absent*.
pub const UNKNOWN_KEYWORD: &str = "x-null-means-unknown";

/// A fact that cannot always be observed. The reason for [`Reading::Unknown`] stands in the field beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Reading<T> {
    /// It was seen.
    Observed(T),
    /// Nobody can say: the probe was not answered, or its answer made no sense.
    #[default]
    Unknown,
}

impl<T> Reading<T> {
    /// The value, where one was observed.
    pub fn observed(&self) -> Option<&T> {
        match self {
            Self::Observed(value) => Some(value),
            Self::Unknown => None,
        }
    }
}

impl<T> From<Option<T>> for Reading<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unknown, Self::Observed)
    }
}

impl<T: JsonSchema> JsonSchema for Reading<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Reading_of_{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let known = generator.subschema_for::<T>();
        let mut schema = Schema::default();
        schema.insert("anyOf".into(), json!([known, { "type": "null" }]));
        schema.insert(UNKNOWN_KEYWORD.into(), json!(true));
        schema
    }
}
