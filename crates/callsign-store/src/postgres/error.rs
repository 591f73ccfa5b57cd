//! What PostgreSQL and its driver report, in words that say what to do.

use std::error::Error as StdError;
use std::io;

use callsign_core::traits::store::StoreError;
use deadpool_postgres::{HookError, PoolError, TimeoutType};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::rows::{failed, refused};

/// Why a question has no answer.
#[derive(Debug)]
pub(super) enum Fault {
    /// The server refused, or the connection broke.
    Server(Error),
    /// There is no connection to be had.
    Pool(PoolError),
    /// It takes too long.
    Late,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Server(error)
    }
}

impl From<PoolError> for Fault {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                Self::Server(error)
            }
            error => Self::Pool(error),
        }
    }
}

impl Fault {
    /// Whether the connection broke under the question, so that another one may have the answer.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self, Self::Server(error) if is_lost(error))
    }

    /// Puts it into words; `doing` is such as `append to`.
    pub(super) fn said(self, database: &str, doing: &str) -> StoreError {
        let cannot = format!("cannot {doing} `{database}`");
        match self {
            Self::Server(error) => failed(format!("{cannot}: {}", hint(&error)), error),
            Self::Pool(PoolError::Timeout(TimeoutType::Wait)) => refused(format!(
                "{cannot}: all connections are in use; try again, or allow more of them with \
                 `connections`"
            )),
            Self::Pool(PoolError::Timeout(_)) | Self::Late => refused(format!(
                "{cannot}: the server does not answer; see that it runs, and try again"
            )),
            Self::Pool(error) => {
                failed(format!("{cannot}: there is no connection; see the cause"), error)
            }
        }
    }
}

fn is_lost(error: &Error) -> bool {
    let is_ending =
        |code: &SqlState| [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN].contains(code);
    error.is_closed() || find::<io::Error>(error).is_some() || error.code().is_some_and(is_ending)
}

/// What went wrong, and what to do about it.
fn hint(error: &Error) -> &'static str {
    if let Some(code) = error.code() {
        return hint_of(code);
    }
    if let Some(cause) = find::<io::Error>(error) {
        let secured = cause.get_ref().and_then(<dyn StdError + Send + Sync>::downcast_ref);
        let secured = secured.is_some_and(|_: &rustls::Error| true);
        return match cause.kind() {
            _ if secured => {
                "its certificate is not accepted; name its authority by `sslrootcert` in the URL"
            }
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => {
                "no server is there; start it, or mend the address"
            }
            _ => "the connection failed; try again, or see the cause",
        };
    }
    if error.is_closed() {
        return "the connection was lost; try again";
    }
    "the connection cannot be made; see the cause"
}

fn hint_of(code: &SqlState) -> &'static str {
    let hints: &[(&[SqlState], &str)] = &[
        (
            &[SqlState::INVALID_PASSWORD, SqlState::INVALID_AUTHORIZATION_SPECIFICATION],
            "the server does not accept the user or the password; mend the URL",
        ),
        (&[SqlState::INVALID_CATALOG_NAME], "there is no such database; make it first"),
        (
            &[SqlState::INSUFFICIENT_PRIVILEGE, SqlState::INVALID_SCHEMA_NAME],
            "this user may not use or make its tables; grant it the rights to a schema in its \
             search path",
        ),
        (&[SqlState::DISK_FULL], "the server's disk is full; make room and try again"),
        (
            &[SqlState::TOO_MANY_CONNECTIONS],
            "the server has no connection left; allow fewer with `connections`, or more there",
        ),
        (
            &[SqlState::OUT_OF_MEMORY],
            "the server has no memory left; hold fewer conversations, or raise its \
             `max_locks_per_transaction`",
        ),
        (
            &[SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW],
            "the server is being stopped or started; try again",
        ),
        (&[SqlState::READ_ONLY_SQL_TRANSACTION], "the server only reads; name the one that writes"),
        (&[SqlState::PROGRAM_LIMIT_EXCEEDED], "a name, a label or an entry is too long for it"),
        (
            &[SqlState::UNDEFINED_TABLE, SqlState::UNDEFINED_COLUMN],
            "its tables are not those of a store; give the store a schema of its own",
        ),
    ];
    let found = hints.iter().find(|(codes, _)| codes.contains(code));
    found.map_or("the server failed; see the cause", |(_, hint)| hint)
}

/// The first cause of this type.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}
