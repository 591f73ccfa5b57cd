//! Claims on conversations: a turn within the process, then a lock of the server's among
//! processes, which belongs to a session and ends with it.

use std::ffi::OsString;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use callsign_core::traits::store::{Hold, StoreError};
use callsign_core::words::id::ConversationId;
use tokio::runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::error::Fault;
use super::server::Server;
use crate::rows::{failed, refused};
use crate::turns::{Taken, Turns, digest};

/// How long the server may take for a lock, which it gives or refuses at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait before each further try: the server needs a moment to see that the process
/// which had the lock was killed.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(10),
    Duration::from_millis(30),
    Duration::from_millis(60),
    Duration::from_millis(100),
];

/// How the server is to watch over the session: within a minute it sees that the machine at the
/// other end is gone. It does nothing where the connection is not TCP.
const WATCH: &str = "
SET tcp_keepalives_idle = 30;
SET tcp_keepalives_interval = 10;
SET tcp_keepalives_count = 3;
SET idle_session_timeout = 0;
";

/// The claims of this handle. They share one session, which is begun when it is needed.
#[derive(Debug)]
pub(super) struct Holds {
    server: Arc<Server>,
    /// What tells the store from others in the same database.
    store: String,
    turns: Arc<Turns>,
    session: Mutex<Option<Session>>,
    /// Whoever begins a session has this meanwhile.
    beginning: tokio::sync::Mutex<()>,
}

/// A session that has locks. It ends when this and all claims in it are gone.
#[derive(Clone, Debug)]
struct Session {
    client: Arc<Client>,
    releases: mpsc::UnboundedSender<Release>,
}

/// A lock that is to be given back, and the turn that goes on then.
struct Release {
    key: i64,
    turn: Taken,
}

/// Gives the lock back when it is dropped, whether or not the server's answer to it has come.
struct Claim {
    session: Session,
    release: Option<Release>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            // Where the session has ended, so have its locks.
            let _ = self.session.releases.send(release);
        }
    }
}

impl Holds {
    pub(super) fn of(server: Arc<Server>, store: String) -> Self {
        let turns = Turns::of(OsString::from(format!("postgres {store}")));
        Self {
            server,
            store,
            turns,
            session: Mutex::default(),
            beginning: tokio::sync::Mutex::default(),
        }
    }

    /// What tells the store from all others.
    pub(super) fn identity(&self) -> String {
        format!("postgres {}", self.store)
    }

    pub(super) async fn claim(&self, conversation: &ConversationId) -> Result<Hold, StoreError> {
        let key = digest(&format!("{}/{conversation}", self.store));
        let mut turn = self.turns.take(key).await;
        let mut is_retried = false;
        loop {
            let session = self.session().await?;
            let release = Release { key: key.cast_signed(), turn };
            let mut claim = Claim { session, release: Some(release) };
            let fault = match timeout(PATIENCE, claim.lock()).await {
                Ok(Ok(true)) => return Ok(Hold::new(claim)),
                Ok(Ok(false)) => {
                    claim.release = None;
                    return Err(StoreError::Held(conversation.clone()));
                }
                Ok(Err(error)) => Fault::from(error),
                Err(_) => Fault::Late,
            };
            self.forget(&claim.session);
            // Where the session broke since it was last used, the next one is new.
            match claim.release.take() {
                Some(release) if fault.is_lost() && !is_retried => turn = release.turn,
                _ => return Err(self.said()(fault)),
            }
            is_retried = true;
        }
    }

    fn said(&self) -> impl FnOnce(Fault) -> StoreError {
        self.server.said("lock a conversation in")
    }

    async fn session(&self) -> Result<Session, StoreError> {
        let _beginning = self.beginning.lock().await;
        if let Some(session) = self.known() {
            return Ok(session);
        }
        let (begun, outcome) = oneshot::channel();
        let server = self.server.clone();
        thread::Builder::new()
            .name("callsign-claims".to_owned())
            .spawn(move || serve(&server, begun))
            .map_err(|error| failed("cannot start the thread of the claims".to_owned(), error))?;
        let session = match outcome.await {
            Ok(begun) => begun.map_err(self.said())?,
            Err(_) => return Err(refused("the thread of the claims cannot work".to_owned())),
        };
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session.clone());
        Ok(session)
    }

    fn known(&self) -> Option<Session> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session
            .clone()
            .filter(|session| !session.client.is_closed() && !session.releases.is_closed())
    }

    /// Begins another session for the claims that follow; those in this one stay as they are.
    fn forget(&self, session: &Session) {
        let mut known = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref().is_some_and(|known| Arc::ptr_eq(&known.client, &session.client)) {
            *known = None;
        }
    }
}

impl Claim {
    /// Whether the server gives the lock; this is to be dropped quietly where it does not.
    async fn lock(&self) -> Result<bool, Error> {
        for pause in PAUSES {
            if self.try_lock().await? {
                return Ok(true);
            }
            sleep(pause).await;
        }
        self.try_lock().await
    }

    async fn try_lock(&self) -> Result<bool, Error> {
        let Some(release) = &self.release else { return Ok(false) };
        let sql = "SELECT pg_try_advisory_lock($1)";
        self.session.client.query_typed_one(sql, &[(&release.key, Type::INT8)]).await?.try_get(0)
    }
}

/// Begins a session, and gives locks back, as long as there are any and the store is open.
///
/// It has a thread of its own, so that a lock is given back when its claim is dropped, whatever
/// the program's own threads are busy with, and also where their runtime has ended.
fn serve(server: &Server, begun: oneshot::Sender<Result<Session, Fault>>) {
    // Without a runtime `begun` is dropped, which says enough.
    let Ok(runtime) = runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async move {
        let client = match timeout(PATIENCE, begin(server)).await.unwrap_or(Err(Fault::Late)) {
            Ok(client) => Arc::new(client),
            Err(fault) => {
                // Where nobody waits any more, nobody wants to know either.
                let _ = begun.send(Err(fault));
                return;
            }
        };
        let (releases, mut received) = mpsc::unbounded_channel::<Release>();
        if begun.send(Ok(Session { client: client.clone(), releases })).is_err() {
            return;
        }
        while let Some(release) = received.recv().await {
            let sql = "SELECT pg_advisory_unlock($1)";
            // Where it fails the session is gone, and the lock with it.
            let _ = client.query_typed_one(sql, &[(&release.key, Type::INT8)]).await;
            drop(release.turn);
        }
    });
}

async fn begin(server: &Server) -> Result<Client, Fault> {
    let client = server.connect().await?;
    client.batch_execute(WATCH).await?;
    Ok(client)
}
