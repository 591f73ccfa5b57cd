//! Conversation locks: an in-process lock, and an advisory lock of the server among processes.
//!
//! An advisory lock belongs to the session of one connection, and ends with it.

use std::ffi::OsString;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use callsign_types::id::ConversationId;
use callsign_types::traits::store::{ConversationLock, StoreError};
use tokio::runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::error::QueryError;
use super::server::Server;
use crate::in_process_locks::{InProcessGuard, InProcessLocks, digest};
use crate::rows::{failed, refused};

/// The time limit for an answer to a lock request. The server grants or refuses it at once.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// The waits before the retries of a refused lock request. After a process is killed, the server
/// needs a moment to end its session and free its locks.
const RETRY_WAITS: [Duration; 4] = [
    Duration::from_millis(10),
    Duration::from_millis(30),
    Duration::from_millis(60),
    Duration::from_millis(100),
];

/// Session settings. With these keepalives the server notices within a minute that the client's
/// machine is gone. They have no effect on connections that are not TCP.
const SESSION_SETTINGS: &str = "
SET tcp_keepalives_idle = 30;
SET tcp_keepalives_interval = 10;
SET tcp_keepalives_count = 3;
SET idle_session_timeout = 0;
";

/// The conversation locks of one handle. They share one session, which starts with the first lock.
#[derive(Debug)]
pub(super) struct AdvisoryLocks {
    server: Arc<Server>,
    /// The id of the store, which distinguishes it from other stores in the same database.
    store: String,
    in_process: Arc<InProcessLocks>,
    session: Mutex<Option<LockSession>>,
    /// Held while a session is started, so that concurrent callers start only one.
    starting: tokio::sync::Mutex<()>,
}

/// A session that holds locks. It ends when this value and all of its locks are dropped.
#[derive(Clone, Debug)]
struct LockSession {
    client: Arc<Client>,
    unlocks: mpsc::UnboundedSender<Unlock>,
}

/// A request to free an advisory lock, and the in-process lock that is dropped afterwards.
struct Unlock {
    key: i64,
    guard: InProcessGuard,
}

/// An advisory lock, from the moment it is requested. Dropping it frees the lock, even if the
/// server's answer to the request is still outstanding.
struct AdvisoryLock {
    session: LockSession,
    /// `None` if there is nothing to free.
    unlock: Option<Unlock>,
}

impl Drop for AdvisoryLock {
    fn drop(&mut self) {
        if let Some(unlock) = self.unlock.take() {
            // Sending fails if the session has ended, and the lock has ended with it.
            let _ = self.session.unlocks.send(unlock);
        }
    }
}

impl AdvisoryLocks {
    pub(super) fn new(server: Arc<Server>, store: String) -> Self {
        let in_process = InProcessLocks::for_store(OsString::from(format!("postgres {store}")));
        Self {
            server,
            store,
            in_process,
            session: Mutex::default(),
            starting: tokio::sync::Mutex::default(),
        }
    }

    /// Returns the identity of the store, which differs from that of every other store.
    pub(super) fn identity(&self) -> String {
        format!("postgres {}", self.store)
    }

    pub(super) async fn lock(
        &self,
        conversation: &ConversationId,
    ) -> Result<ConversationLock, StoreError> {
        let key = digest(&format!("{}/{conversation}", self.store));
        let mut guard = self.in_process.lock(key).await;
        let mut is_retried = false;
        loop {
            let session = self.session().await?;
            let unlock = Unlock { key: key.cast_signed(), guard };
            let mut lock = AdvisoryLock { session, unlock: Some(unlock) };
            let error = match timeout(LOCK_TIMEOUT, lock.acquire()).await {
                Ok(Ok(true)) => return Ok(ConversationLock::new(lock)),
                Ok(Ok(false)) => {
                    lock.unlock = None;
                    return Err(StoreError::Locked(conversation.clone()));
                }
                Ok(Err(error)) => QueryError::from(error),
                Err(_) => QueryError::TimedOut,
            };
            self.forget(&lock.session);
            // The session may have broken since its last use. A new one is tried once.
            match lock.unlock.take() {
                Some(unlock) if error.is_connection_lost() && !is_retried => guard = unlock.guard,
                _ => return Err(self.store_error()(error)),
            }
            is_retried = true;
        }
    }

    fn store_error(&self) -> impl FnOnce(QueryError) -> StoreError {
        self.server.store_error("lock a conversation in")
    }

    async fn session(&self) -> Result<LockSession, StoreError> {
        let _starting = self.starting.lock().await;
        if let Some(session) = self.open_session() {
            return Ok(session);
        }
        let (started, outcome) = oneshot::channel();
        let server = self.server.clone();
        thread::Builder::new()
            .name("callsign-locks".to_owned())
            .spawn(move || serve(&server, started))
            .map_err(|error| failed("cannot start the lock thread".to_owned(), error))?;
        let session = match outcome.await {
            Ok(started) => started.map_err(self.store_error())?,
            Err(_) => {
                return Err(refused("cannot start the runtime of the lock thread".to_owned()));
            }
        };
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session.clone());
        Ok(session)
    }

    fn open_session(&self) -> Option<LockSession> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session
            .clone()
            .filter(|session| !session.client.is_closed() && !session.unlocks.is_closed())
    }

    /// Makes the next lock start another session. Locks in this session stay valid.
    fn forget(&self, session: &LockSession) {
        let mut current = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(&current.client, &session.client)) {
            *current = None;
        }
    }
}

impl AdvisoryLock {
    /// Returns whether the server granted the lock. If not, the caller clears `unlock`.
    async fn acquire(&self) -> Result<bool, Error> {
        for wait in RETRY_WAITS {
            if self.try_acquire().await? {
                return Ok(true);
            }
            sleep(wait).await;
        }
        self.try_acquire().await
    }

    async fn try_acquire(&self) -> Result<bool, Error> {
        let Some(unlock) = &self.unlock else { return Ok(false) };
        let sql = "SELECT pg_try_advisory_lock($1)";
        self.session.client.query_typed_one(sql, &[(&unlock.key, Type::INT8)]).await?.try_get(0)
    }
}

/// Starts a session, and frees locks until the store is closed and all locks are freed.
///
/// It runs on a thread of its own, so that a dropped lock is freed even if the program's threads
/// are busy or its runtime has ended.
fn serve(server: &Server, started: oneshot::Sender<Result<LockSession, QueryError>>) {
    // On failure `started` is dropped, which the receiver reports.
    let Ok(runtime) = runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async move {
        let connected = timeout(LOCK_TIMEOUT, connect(server)).await;
        let client = match connected.unwrap_or(Err(QueryError::TimedOut)) {
            Ok(client) => Arc::new(client),
            Err(error) => {
                // Sending fails if the caller was cancelled.
                let _ = started.send(Err(error));
                return;
            }
        };
        let (unlocks, mut received) = mpsc::unbounded_channel::<Unlock>();
        if started.send(Ok(LockSession { client: client.clone(), unlocks })).is_err() {
            return;
        }
        while let Some(unlock) = received.recv().await {
            let sql = "SELECT pg_advisory_unlock($1)";
            // This fails only if the session has ended, and the lock has ended with it.
            let _ = client.query_typed_one(sql, &[(&unlock.key, Type::INT8)]).await;
            drop(unlock.guard);
        }
    });
}

async fn connect(server: &Server) -> Result<Client, QueryError> {
    let client = server.connect().await?;
    client.batch_execute(SESSION_SETTINGS).await?;
    Ok(client)
}
