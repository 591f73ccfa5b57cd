//! The fault server.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::play::play;
use super::reply::FaultReply;
use super::request::{FaultRequest, read};

/// A loopback HTTP server that plays a script of replies and faults. Dropping it stops the server.
///
/// Each request gets the next reply of the script, on any connection and path. A request beyond
/// the script gets status 400 and a message that names its number. Clients do not retry that
/// status.
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
/// // A client of `server.endpoint()` sees a rate limit, a broken connection, and then a reply.
/// assert!(server.endpoint().starts_with("http://127.0.0.1:"));
/// assert_eq!(server.requests().len(), 0);
/// assert_eq!(server.replies_left(), 3);
/// # Ok(())
/// # }
/// ```
pub struct FaultServer {
    endpoint: String,
    state: Arc<Mutex<ServerState>>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct ServerState {
    script: VecDeque<FaultReply>,
    /// The reply to each request beyond the script.
    always: Option<FaultReply>,
    requests: Vec<FaultRequest>,
}

impl FaultServer {
    /// Starts a server that plays these replies, one for each request.
    ///
    /// # Errors
    /// Returns an error if the server cannot listen on a port of the loopback interface.
    pub async fn start(script: impl IntoIterator<Item = FaultReply>) -> io::Result<Self> {
        let script = script.into_iter().collect();
        Self::serve(ServerState { script, ..ServerState::default() }).await
    }

    /// Starts a server that plays this reply for every request.
    ///
    /// # Errors
    /// Returns an error if the server cannot listen on a port of the loopback interface.
    pub async fn always(reply: FaultReply) -> io::Result<Self> {
        Self::serve(ServerState { always: Some(reply), ..ServerState::default() }).await
    }

    async fn serve(state: ServerState) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}/v1", listener.local_addr()?);
        let state = Arc::new(Mutex::new(state));
        let accepting = tokio::spawn(accept(listener, state.clone()));
        Ok(Self { endpoint, state, accepting })
    }

    /// Returns the base URL for a client, such as `http://127.0.0.1:40213/v1`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Returns the requests so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<FaultRequest> {
        lock(&self.state).requests.clone()
    }

    /// Returns the number of replies in the script that were not played yet.
    #[must_use]
    pub fn replies_left(&self) -> usize {
        lock(&self.state).script.len()
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        // This also ends the connections, whose tasks belong to the aborted task's `JoinSet`.
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

fn lock(state: &Mutex<ServerState>) -> MutexGuard<'_, ServerState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, state: Arc<Mutex<ServerState>>) {
    let mut connections = JoinSet::new();
    for number in 0.. {
        let Ok((socket, _)) = listener.accept().await else { return };
        connections.spawn(serve_connection(socket, number, state.clone()));
    }
}

async fn serve_connection(
    mut socket: TcpStream,
    connection: usize,
    state: Arc<Mutex<ServerState>>,
) {
    let mut bytes = Vec::new();
    // Without this, the pieces of a reply could be merged into one packet.
    let _ = socket.set_nodelay(true);
    while let Some(request) = read(&mut socket, &mut bytes, connection).await {
        let reply = lock(&state).next_reply(request);
        if !play(&mut socket, &reply).await.unwrap_or(false) {
            return;
        }
    }
}

impl ServerState {
    /// Records the request, and returns the reply to it.
    fn next_reply(&mut self, request: FaultRequest) -> FaultReply {
        self.requests.push(request);
        let number = self.requests.len();
        self.script.pop_front().or_else(|| self.always.clone()).unwrap_or_else(|| {
            let message = format!("the fault server's script has no reply to request {number}");
            FaultReply::status(400).body(format!(r#"{{"error":{{"message":"{message}"}}}}"#))
        })
    }
}
