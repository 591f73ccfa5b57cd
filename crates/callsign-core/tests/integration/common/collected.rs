//! A tracing layer that collects the spans of a test.
#![allow(unreachable_pub, clippy::unwrap_used, reason = "test code")]

use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, Once};
use std::thread::{self, ThreadId};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, Subscriber};
use tracing::{Level, Metadata};
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// Spans in the order in which they were opened.
#[derive(Clone, Debug)]
pub struct Collected(Arc<Mutex<Vec<CollectedSpan>>>, Level);

#[derive(Clone, Debug)]
pub struct CollectedSpan {
    pub name: String,
    pub level: Level,
    pub parent: Option<usize>,
    pub fields: BTreeMap<String, String>,
    pub threads: HashSet<ThreadId>,
    pub is_closed: bool,
}

/// The position of a span among the collected spans.
struct SpanPosition(usize);

impl Collected {
    /// Collects the spans of this thread up to this level, until the guard is dropped.
    pub fn begin(level: Level) -> (Self, DefaultGuard) {
        enable_spans_of_all_threads();
        let collected = Self(Arc::default(), level);
        let subscriber = tracing_subscriber::registry().with(collected.clone());
        (collected, tracing::subscriber::set_default(subscriber))
    }

    pub fn all(&self) -> Vec<CollectedSpan> {
        self.0.lock().unwrap().clone()
    }

    /// Returns the only span of this name.
    pub fn one(&self, name: &str) -> CollectedSpan {
        let mut found: Vec<_> = self.all().into_iter().filter(|span| span.name == name).collect();
        assert_eq!(found.len(), 1, "{name} among {:#?}", self.all());
        found.remove(0)
    }

    /// Returns the tree of spans, one line each, with their errors.
    pub fn tree(&self) -> Vec<String> {
        let all = self.all();
        let mut lines = Vec::new();
        let roots = (0..all.len()).filter(|&at| all[at].parent.is_none());
        roots.for_each(|root| branch(&all, root, 0, &mut lines));
        assert_eq!(lines.len(), all.len());
        lines
    }
}

/// Makes `tracing` ask the subscriber of the thread each time it reaches a span.
///
/// If only one subscriber exists, `tracing` asks the current thread for it when a span is first
/// reached. A test on another thread has none, which would disable the span for all tests.
pub(super) fn enable_spans_of_all_threads() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let ignores = tracing_subscriber::registry().with(dynamic_filter_fn(|_, _| false));
        tracing::subscriber::set_global_default(ignores).unwrap();
    });
    tracing::callsite::rebuild_interest_cache();
}

fn branch(all: &[CollectedSpan], at: usize, depth: usize, lines: &mut Vec<String>) {
    let span = &all[at];
    let name = span.fields.get("otel.name").unwrap_or(&span.name);
    let error = span.fields.get("error.type").map_or(String::new(), |kind| format!(": {kind}"));
    let open = if span.is_closed { "" } else { " (open)" };
    lines.push(format!("{}{name}{error}{open}", "  ".repeat(depth)));
    let children = (0..all.len()).filter(|&child| all[child].parent == Some(at));
    children.for_each(|child| branch(all, child, depth + 1, lines));
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collected {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.is_span() && *metadata.level() <= self.1
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let parent =
            span.parent().map(|parent| parent.extensions().get::<SpanPosition>().unwrap().0);
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let mut all = self.0.lock().unwrap();
        span.extensions_mut().insert(SpanPosition(all.len()));
        all.push(CollectedSpan {
            name: span.name().to_owned(),
            level: *attributes.metadata().level(),
            parent,
            fields: fields.0,
            threads: HashSet::new(),
            is_closed: false,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        self.change(id, &context, |span| span.fields.extend(fields.0));
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.change(id, &context, |span| {
            span.threads.insert(thread::current().id());
        });
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.change(&id, &context, |span| span.is_closed = true);
    }
}

impl Collected {
    fn change<S: Subscriber + for<'a> LookupSpan<'a>>(
        &self,
        id: &Id,
        context: &Context<'_, S>,
        change: impl FnOnce(&mut CollectedSpan),
    ) {
        let span = context.span(id).unwrap();
        let position = span.extensions().get::<SpanPosition>().unwrap().0;
        change(&mut self.0.lock().unwrap()[position]);
    }
}

#[derive(Default)]
pub(super) struct Fields(pub(super) BTreeMap<String, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}
