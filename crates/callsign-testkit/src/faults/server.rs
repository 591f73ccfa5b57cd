//! The server.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::play::play;
use super::reply::FaultReply;
use super::request::{FaultRequest, read};

/// A server on this machine that answers as a script says, faults and all. Dropping it stops it.
///
/// Each request takes the next reply of the script, on whichever connection and path it comes. A
/// request beyond the script is answered with status 400 and a message that says so, which no
/// client asks again.
///
/// ```
/// use callsign_testkit::{FaultAt, FaultReply, FaultServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let server = FaultServer::start([
///     FaultReply::status(429).header("retry-after-ms", "20"),
///     FaultReply::stream("Good morning.").reset(FaultAt::Body(0)),
///     FaultReply::stream("Good morning."),
/// ])
/// .await?;
/// // A client that is given `server.endpoint()` sees a busy service, a broken connection, and
/// // then a reply.
/// assert!(server.endpoint().starts_with("http://127.0.0.1:"));
/// assert_eq!(server.requests().len(), 0);
/// assert_eq!(server.replies_left(), 3);
/// # Ok(())
/// # }
/// ```
pub struct FaultServer {
    endpoint: String,
    state: Arc<Mutex<State>>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    script: VecDeque<FaultReply>,
    /// What every request beyond the script is answered with.
    always: Option<FaultReply>,
    requests: Vec<FaultRequest>,
}

impl FaultServer {
    /// Starts a server that plays these replies, one a request.
    ///
    /// # Errors
    /// Where no port of this machine can be listened on.
    pub async fn start(script: impl IntoIterator<Item = FaultReply>) -> io::Result<Self> {
        let script = script.into_iter().collect();
        Self::serve(State { script, ..State::default() }).await
    }

    /// Starts a server that answers every request with this reply.
    ///
    /// # Errors
    /// Where no port of this machine can be listened on.
    pub async fn always(reply: FaultReply) -> io::Result<Self> {
        Self::serve(State { always: Some(reply), ..State::default() }).await
    }

    async fn serve(state: State) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}/v1", listener.local_addr()?);
        let state = Arc::new(Mutex::new(state));
        let accepting = tokio::spawn(accept(listener, state.clone()));
        Ok(Self { endpoint, state, accepting })
    }

    /// The address to give to a client, such as `http://127.0.0.1:40213/v1`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The requests that were seen so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<FaultRequest> {
        lock(&self.state).requests.clone()
    }

    /// How many replies of the script were not asked for yet.
    #[must_use]
    pub fn replies_left(&self) -> usize {
        lock(&self.state).script.len()
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        // The connections go with the task, in which they are joined.
        self.accepting.abort();
    }
}

impl fmt::Debug for FaultServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultServer")
            .field("endpoint", &self.endpoint)
            .field("requests", &self.requests().len())
            .field("replies_left", &self.replies_left())
            .finish()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut connections = JoinSet::new();
    for number in 0.. {
        let Ok((socket, _)) = listener.accept().await else { return };
        connections.spawn(converse(socket, number, state.clone()));
    }
}

/// Answers the requests of one connection.
async fn converse(mut socket: TcpStream, connection: usize, state: Arc<Mutex<State>>) {
    let mut bytes = Vec::new();
    // Small pieces are to leave at once and one by one, as they were written.
    let _ = socket.set_nodelay(true);
    while let Some(request) = read(&mut socket, &mut bytes, connection).await {
        let reply = lock(&state).reply_to(request);
        if !play(&mut socket, &reply).await.unwrap_or(false) {
            return;
        }
    }
}

impl State {
    fn reply_to(&mut self, request: FaultRequest) -> FaultReply {
        self.requests.push(request);
        let number = self.requests.len();
        self.script.pop_front().or_else(|| self.always.clone()).unwrap_or_else(|| {
            let message = format!("the fault server's script has no reply to request {number}");
            FaultReply::status(400).body(format!(r#"{{"error":{{"message":"{message}"}}}}"#))
        })
    }
}
