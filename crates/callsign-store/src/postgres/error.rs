//! Errors of PostgreSQL and its driver, with hints what to do about them.

use std::error::Error as StdError;
use std::io;

use callsign_types::traits::store::StoreError;
use deadpool_postgres::{HookError, PoolError, TimeoutType};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::rows::{failed, refused};

/// The reason why a query has no result.
#[derive(Debug)]
pub(super) enum QueryError {
    /// The server refused the query, or the connection broke.
    Server(Error),
    /// The pool has no connection.
    Pool(PoolError),
    /// The query timed out.
    TimedOut,
}

impl From<Error> for QueryError {
    fn from(error: Error) -> Self {
        Self::Server(error)
    }
}

impl From<PoolError> for QueryError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                Self::Server(error)
            }
            error => Self::Pool(error),
        }
    }
}

impl QueryError {
    /// Returns whether the connection broke during the query, so that another connection may
    /// succeed.
    pub(super) fn is_connection_lost(&self) -> bool {
        matches!(self, Self::Server(error) if is_connection_lost(error))
    }

    /// Returns the error of the store. `action` is a phrase such as `append to`.
    pub(super) fn into_store_error(self, database: &str, action: &str) -> StoreError {
        let cannot = format!("cannot {action} `{database}`");
        match self {
            Self::Server(error) => failed(format!("{cannot}: {}", hint(&error)), error),
            Self::Pool(PoolError::Timeout(TimeoutType::Wait)) => refused(format!(
                "{cannot}: all connections are in use; try again, or allow more of them with \
                 `connections`"
            )),
            Self::Pool(PoolError::Timeout(_)) | Self::TimedOut => refused(format!(
                "{cannot}: the server does not respond; check that it is running, and try again"
            )),
            Self::Pool(error) => {
                failed(format!("{cannot}: there is no connection; see the cause"), error)
            }
        }
    }
}

fn is_connection_lost(error: &Error) -> bool {
    let is_shutdown =
        |code: &SqlState| [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN].contains(code);
    error.is_closed()
        || find_cause::<io::Error>(error).is_some()
        || error.code().is_some_and(is_shutdown)
}

/// Returns what went wrong, and what to do about it.
fn hint(error: &Error) -> &'static str {
    if let Some(code) = error.code() {
        return hint_for_code(code);
    }
    if let Some(cause) = find_cause::<io::Error>(error) {
        let tls_error = cause.get_ref().and_then(<dyn StdError + Send + Sync>::downcast_ref);
        let is_tls_error = tls_error.is_some_and(|_: &rustls::Error| true);
        return match cause.kind() {
            _ if is_tls_error => {
                "its certificate is not trusted; pass its CA certificate as `sslrootcert` in the \
                 URL"
            }
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => {
                "no server listens there; start it, or correct the address"
            }
            _ => "the connection failed; try again, or see the cause",
        };
    }
    if error.is_closed() {
        return "the connection was lost; try again";
    }
    "the connection failed; see the cause"
}

fn hint_for_code(code: &SqlState) -> &'static str {
    let hints: &[(&[SqlState], &str)] = &[
        (
            &[SqlState::INVALID_PASSWORD, SqlState::INVALID_AUTHORIZATION_SPECIFICATION],
            "the server rejected the user or the password; correct the URL",
        ),
        (&[SqlState::INVALID_CATALOG_NAME], "the database does not exist; create it first"),
        (
            &[SqlState::INSUFFICIENT_PRIVILEGE, SqlState::INVALID_SCHEMA_NAME],
            "this user may not use or create the tables; grant it the rights on a schema in its \
             search path",
        ),
        (&[SqlState::DISK_FULL], "the server's disk is full; free some space and try again"),
        (
            &[SqlState::TOO_MANY_CONNECTIONS],
            "the server has no connections left; lower `connections`, or raise its \
             `max_connections`",
        ),
        (
            &[SqlState::OUT_OF_MEMORY],
            "the server is out of memory; lock fewer conversations, or raise its \
             `max_locks_per_transaction`",
        ),
        (
            &[SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW],
            "the server is stopping or starting; try again",
        ),
        (
            &[SqlState::READ_ONLY_SQL_TRANSACTION],
            "the server is read-only; connect to the primary server",
        ),
        (
            &[SqlState::PROGRAM_LIMIT_EXCEEDED],
            "a name, a label or an entry exceeds the size limit of PostgreSQL",
        ),
        (
            &[SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_COLUMN],
            "its tables are not those of a store; give the store a schema of its own",
        ),
    ];
    let found = hints.iter().find(|(codes, _)| codes.contains(code));
    found.map_or("the server reported an error; see the cause", |(_, hint)| hint)
}

/// Returns the first error of type `E` in the chain of causes.
fn find_cause<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}
