//! Exports the spans of [Callsign] agents to OpenTelemetry.
//!
//! Callsign opens `tracing` spans that follow OpenTelemetry's semantic conventions for generative
//! AI. [`layer`] turns them into OpenTelemetry spans, without the fields that `tracing` adds.
//! [`GenAiExporter`] sends attributes that are lists in the conventions as lists, because a
//! `tracing` field holds a list only as text.
//!
//! ```
//! use callsign_otel::GenAiExporter;
//! use opentelemetry::trace::TracerProvider as _;
//! use opentelemetry_sdk::trace::SdkTracerProvider;
//! use tracing_subscriber::layer::SubscriberExt as _;
//!
//! # let exporter = opentelemetry_sdk::trace::InMemorySpanExporter::default();
//! // `exporter` is, for example, the one of the crate `opentelemetry-otlp`.
//! let provider =
//!     SdkTracerProvider::builder().with_batch_exporter(GenAiExporter::new(exporter)).build();
//! let layer = callsign_otel::layer(provider.tracer("trips"));
//! let subscriber = tracing_subscriber::registry().with(layer);
//! # drop(subscriber);
//! // Once, at the start of the program:
//! // tracing::subscriber::set_global_default(subscriber)?;
//! // Once, at its end, so that no span is lost:
//! provider.shutdown().unwrap();
//! ```
//!
//! [Callsign]: https://docs.rs/callsign
#![cfg_attr(docsrs, feature(doc_cfg))]

mod exporter;
mod layer;

pub use exporter::GenAiExporter;
pub use layer::layer;
