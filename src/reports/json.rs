//! The result as JSON: everything that is known. Its keys are public.

use std::io::{self, Write};

use super::visible::json_visible;
use crate::assessment::Assessment;

/// Writes the result, indented, with a newline at the end.
pub(super) fn write(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let json = serde_json::to_string_pretty(assessment)?;
    writeln!(out, "{}", json_visible(&json))
}

/// The result in one line, keys sorted, without what differs from run to run though nothing else does: times taken and connections made.
pub(super) fn canonical(assessment: &Assessment) -> io::Result<String> {
    let mut value = serde_json::to_value(assessment)?;
    remove_costs(&mut value);
    value.sort_all_objects();
    Ok(json_visible(&value.to_string()))
}

/// Takes the cost of the probes out of the evidence.
fn remove_costs(result: &mut serde_json::Value) {
    if let Some(source) = result.pointer_mut("/evidence/source").and_then(serde_json::Value::as_object_mut) {
        source.remove("milliseconds");
    }
    let endpoints = result.pointer_mut("/evidence/endpoints").and_then(serde_json::Value::as_array_mut);
    let addresses = endpoints.into_iter().flatten().filter_map(|endpoint| endpoint.get_mut("addresses")?.as_array_mut()).flatten();
    for tls in addresses.filter_map(|address| address.get_mut("tls")?.as_object_mut()) {
        tls.remove("statistics");
    }
}
