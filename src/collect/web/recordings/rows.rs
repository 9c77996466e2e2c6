//! Lists in JSON of which every row is read by itself: a broken one is counted, and there is an end to them.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::Value;

/// The most rows that are read.
pub(super) const ROWS_LIMIT: usize = 50_000;

/// Something that a row may be.
pub(super) trait Row: Sized {
    /// Absent when the row is none.
    fn of(row: &Value) -> Option<Self>;
}

/// The rows of a list.
pub(super) struct Rows<T> {
    pub(super) read: Vec<T>,
    /// How many were none, or too many.
    pub(super) unread: u64,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { read: Vec::new(), unread: 0 }
    }
}

impl<'de, T: Row> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(EachByItself(PhantomData))
    }
}

struct EachByItself<T>(PhantomData<T>);

impl<'de, T: Row> Visitor<'de> for EachByItself<T> {
    type Value = Rows<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rows<T>, A::Error> {
        let mut rows = Rows::default();
        while rows.read.len() < ROWS_LIMIT {
            let Some(row) = list.next_element::<Value>()? else { return Ok(rows) };
            match T::of(&row) {
                Some(row) => rows.read.push(row),
                None => rows.unread = rows.unread.saturating_add(1),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {
            rows.unread = rows.unread.saturating_add(1);
        }
        Ok(rows)
    }
}
