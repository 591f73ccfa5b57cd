//! An exporter that sends lists as lists.

use std::time::Duration;

use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

/// The attributes that are lists of texts in the semantic conventions for generative AI.
const LISTS: [&str; 2] = ["gen_ai.response.finish_reasons", "gen_ai.request.stop_sequences"];

/// An exporter that converts attributes to the types that the semantic conventions require, and
/// passes the spans to another exporter.
///
/// `gen_ai.response.finish_reasons` is a list. A `tracing` field holds it as JSON text, which
/// backends show as `["stop"]`.
#[derive(Debug)]
pub struct GenAiExporter<E> {
    inner: E,
}

impl<E: SpanExporter> GenAiExporter<E> {
    /// Wraps an exporter, such as that of `opentelemetry-otlp`.
    pub fn new(inner: E) -> Self {
        Self { inner }
    }
}

impl<E: SpanExporter> SpanExporter for GenAiExporter<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().flat_map(|span| &mut span.attributes).for_each(convert);
        self.inner.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// Converts the JSON text of a list of texts. Any other value stays as it is.
fn convert(attribute: &mut KeyValue) {
    if !LISTS.contains(&attribute.key.as_str()) {
        return;
    }
    if let Value::String(text) = &attribute.value
        && let Ok(items) = serde_json::from_str::<Vec<String>>(text.as_str())
    {
        let items: Vec<StringValue> = items.into_iter().map(StringValue::from).collect();
        attribute.value = Value::Array(Array::String(items));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_converted_and_other_values_stay() {
        let converted = |key: &'static str, text: &'static str| {
            let mut attribute = KeyValue::new(key, text);
            convert(&mut attribute);
            attribute.value
        };
        let list = |items: &[&'static str]| {
            let items = items.iter().map(|item| StringValue::from(*item));
            Value::Array(Array::String(items.collect()))
        };
        let reasons = LISTS[0];
        assert_eq!(converted(reasons, r#"["stop"]"#), list(&["stop"]));
        assert_eq!(converted(reasons, r#"["a","b"]"#), list(&["a", "b"]));
        for text in ["stop", "[1]", "[", ""] {
            assert_eq!(converted(reasons, text), Value::from(text));
        }
        assert_eq!(converted("callsign.turns", r#"["stop"]"#), Value::from(r#"["stop"]"#));
    }
}
