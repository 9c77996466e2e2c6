//! The result as JSON: everything that is known. Its keys are public.

use std::io::{self, Write};

use super::visible::json_visible;
use crate::assessment::Assessment;

/// Writes the result, indented, with a newline at the end.
pub(super) fn write(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let json = serde_json::to_string_pretty(assessment)?;
    writeln!(out, "{}", json_visible(&json))
}

/// The result in one line, keys sorted, without what differs from run to run though nothing else does: times taken, connections made,
/// and clocks.
pub(super) fn canonical(assessment: &Assessment) -> io::Result<String> {
    let mut value = serde_json::to_value(assessment)?;
    remove_costs(&mut value);
    remove_clocks(&mut value);
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

/// Takes out when the evidence was observed, and the server's clock in the header lines; that the lines were there stays.
fn remove_clocks(result: &mut serde_json::Value) {
    if let Some(evidence) = result.pointer_mut("/evidence").and_then(serde_json::Value::as_object_mut) {
        evidence.remove("observed_at");
    }
    let endpoints = result.pointer_mut("/evidence/endpoints").and_then(serde_json::Value::as_array_mut);
    for endpoint in endpoints.into_iter().flatten() {
        if let Some(responses) = endpoint.get_mut("responses").and_then(serde_json::Value::as_array_mut) {
            responses.iter_mut().for_each(stop_clocks);
        }
        let answers = endpoint.get_mut("answers").and_then(serde_json::Value::as_array_mut);
        answers.into_iter().flatten().filter_map(|answer| answer.get_mut("response")).for_each(stop_clocks);
    }
}

/// Empties the lines of a response that tell the time.
fn stop_clocks(response: &mut serde_json::Value) {
    let headers = response.get_mut("headers").and_then(serde_json::Value::as_array_mut);
    for header in headers.into_iter().flatten().filter_map(serde_json::Value::as_array_mut) {
        if let [serde_json::Value::String(name), serde_json::Value::String(value)] = header.as_mut_slice()
            && is_clock(name)
        {
            value.clear();
        }
    }
}

/// Whether a header line says what time it is at the server, or how long an answer has been lying in a cache (RFC 9110, RFC 9111).
pub(super) fn is_clock(name: &str) -> bool {
    ["date", "age"].iter().any(|clock| name.eq_ignore_ascii_case(clock))
}
