//! The layer of `tracing-opentelemetry`, set up for the spans of agents.

use opentelemetry::trace::Tracer;
use tracing::{Metadata, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// Creates a layer that exports spans by this tracer: those of Callsign, and those of the program.
///
/// Log events are left out, because they may contain private errors. So is what
/// `tracing-opentelemetry` adds to each span: the code location, the thread, the idle time and the
/// target. Add a [`LevelFilter`](tracing_subscriber::filter::LevelFilter) to omit `turn` spans,
/// which have the level `DEBUG`.
pub fn layer<S, T>(tracer: T) -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    T: Tracer + Send + Sync + 'static,
    T::Span: Send + Sync,
{
    let layer: OpenTelemetryLayer<S, T> = tracing_opentelemetry::layer().with_tracer(tracer);
    layer
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        .with_filter(filter_fn(is_span))
}

fn is_span(metadata: &Metadata<'_>) -> bool {
    metadata.is_span()
}
