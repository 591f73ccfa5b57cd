//! Hears everything that this process traces or logs.

use std::fmt::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static HEARD: OnceLock<Ear> = OnceLock::new();

/// What was heard so far.
#[derive(Debug, Default)]
pub(crate) struct Ear(Mutex<String>);

/// Begins to listen.
pub(crate) fn listen() -> &'static Ear {
    let ear = HEARD.get_or_init(Ear::default);
    tracing::subscriber::set_global_default(ear).expect("nobody else listens");
    log::set_logger(ear).expect("nobody else listens");
    log::set_max_level(log::LevelFilter::Trace);
    ear
}

impl Ear {
    pub(crate) fn all(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hear(&self, what: impl FnOnce(&mut Line<'_>)) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        what(&mut Line(&mut heard));
        heard.push('\n');
    }
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}

impl Subscriber for &'static Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.hear(|line| {
            line.0.push_str(span.metadata().name());
            line.0.push(' ');
            span.record(line);
        });
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.hear(|line| values.record(line));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.hear(|line| event.record(line));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl log::Log for Ear {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.hear(|line| {
            let _ = write!(line.0, "{}: {}", record.target(), record.args());
        });
    }

    fn flush(&self) {}
}
