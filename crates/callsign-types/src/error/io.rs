//! The conversion of I/O errors.

use std::io;

use super::{Error, ErrorKind};

/// Converts an error of the program's own I/O: of a file, a socket, a pipe or a terminal.
///
/// The [kind](ErrorKind) is `Timeout` or `Transport` if a connection failed, and `Configuration`
/// otherwise, for example if a file does not exist or a port is in use. The I/O error is the
/// source.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind as Io;
        let kind = match error.kind() {
            Io::TimedOut => ErrorKind::Timeout,
            Io::ConnectionRefused
            | Io::ConnectionReset
            | Io::ConnectionAborted
            | Io::HostUnreachable
            | Io::NetworkUnreachable
            | Io::NetworkDown
            | Io::NotConnected
            | Io::BrokenPipe
            | Io::UnexpectedEof => ErrorKind::Transport,
            _ => ErrorKind::Configuration,
        };
        Self::new(kind, format!("I/O failed: {}", error.kind())).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    fn check(from: io::ErrorKind, kind: ErrorKind) {
        let error = Error::from(io::Error::new(from, "the cause"));
        assert_eq!(error.kind(), kind, "{from:?}");
        assert_eq!(error.to_string(), format!("I/O failed: {from}"));
        let source = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
        assert_eq!((source.kind(), source.to_string().as_str()), (from, "the cause"));
    }

    #[test]
    fn kind_depends_on_the_io_error() {
        check(io::ErrorKind::TimedOut, ErrorKind::Timeout);
        check(io::ErrorKind::ConnectionReset, ErrorKind::Transport);
        check(io::ErrorKind::BrokenPipe, ErrorKind::Transport);
        check(io::ErrorKind::AddrInUse, ErrorKind::Configuration);
        check(io::ErrorKind::NotFound, ErrorKind::Configuration);
        check(io::ErrorKind::PermissionDenied, ErrorKind::Configuration);
    }
}
