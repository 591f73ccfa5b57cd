//! Captures all tracing and log output of this process.

use std::fmt::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static CAPTURE: OnceLock<LogCapture> = OnceLock::new();

/// The captured output.
#[derive(Debug, Default)]
pub(crate) struct LogCapture(Mutex<String>);

/// Installs the capture as the global subscriber and logger.
pub(crate) fn install() -> &'static LogCapture {
    let capture = CAPTURE.get_or_init(LogCapture::default);
    tracing::subscriber::set_global_default(capture).expect("the only one in this process");
    log::set_logger(capture).expect("the only one in this process");
    log::set_max_level(log::LevelFilter::Trace);
    capture
}

impl LogCapture {
    pub(crate) fn all(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn write(&self, what: impl FnOnce(&mut LineWriter<'_>)) {
        let mut output = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        what(&mut LineWriter(&mut output));
        output.push('\n');
    }
}

struct LineWriter<'a>(&'a mut String);

impl Visit for LineWriter<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}

impl Subscriber for &'static LogCapture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write(|line| {
            line.0.push_str(span.metadata().name());
            line.0.push(' ');
            span.record(line);
        });
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.write(|line| values.record(line));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.write(|line| event.record(line));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl log::Log for LogCapture {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.write(|line| {
            let _ = write!(line.0, "{}: {}", record.target(), record.args());
        });
    }

    fn flush(&self) {}
}
