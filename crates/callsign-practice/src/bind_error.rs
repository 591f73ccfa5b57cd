//! The error of a port that cannot be bound.

use std::error::Error;
use std::fmt;
use std::io;

/// A port that cannot be bound. It is the inner error of an [`io::Error`] of the same kind.
#[derive(Debug)]
struct BindError {
    port: u16,
    source: io::Error,
}

/// Adds the port and the remedy to an error.
pub(crate) fn bind_error(port: u16, source: io::Error) -> io::Error {
    io::Error::new(source.kind(), BindError { port, source })
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port;
        write!(
            f,
            "the practice model cannot listen on 127.0.0.1:{port}: choose another port, or 0 for a free one"
        )
    }
}

impl Error for BindError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}
