//! The server: its settings, and its task.

use std::fmt;
use std::io;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::bind_error::bind_error;
use crate::request::content_filter::FILTERED_PHRASE;
use crate::routes::router;

/// The model's name in responses.
pub(crate) const NAME: &str = "practice-model";

/// A running rule-based mock server of a chat-completions API, on the loopback interface.
///
/// The [crate documentation](crate) lists the routes and what the rules understand. Dropping this value closes the
/// port. Responses in progress are still finished.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use callsign_practice::PracticeModel;
///
/// let server = PracticeModel::start().await?;
/// assert!(server.endpoint().ends_with("/v1"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PracticeModel {
    root: String,
    endpoint: String,
    /// Dropping the sender starts the graceful shutdown.
    _shutdown: oneshot::Sender<()>,
}

impl PracticeModel {
    /// The model's name in responses, in `/info` and in `/models`.
    pub const NAME: &'static str = NAME;

    /// A harmless phrase that the content filter blocks. If a user message contains it, in any letter case, the
    /// server responds with status 400 and the error code `content_filter`.
    pub const FILTERED: &'static str = FILTERED_PHRASE;

    /// Starts a server with the default settings: a free port of 127.0.0.1, no key, and 4 ms between the chunks of a
    /// stream.
    ///
    /// # Errors
    /// Returns an error if no port can be bound. `?` converts it into `callsign::Error`.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Returns a builder for a server with other settings.
    pub fn builder() -> PracticeModelBuilder {
        PracticeModelBuilder { delay: Duration::from_millis(4), key: None, port: 0 }
    }

    /// The base URL for OpenAI-compatible clients, such as `http://127.0.0.1:40123/v1`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The base URL for clients of the Azure AI Model Inference API, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }
}

/// A builder for a [`PracticeModel`], returned by [`PracticeModel::builder`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct PracticeModelBuilder {
    pub(crate) delay: Duration,
    pub(crate) key: Option<String>,
    port: u16,
}

impl PracticeModelBuilder {
    /// Sets the pause before each chunk of a stream. The default is 4 ms. Tests set it to zero.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Requires a key in the `api-key` or the `Authorization: Bearer` header. Without it, the server responds with
    /// status 401. By default, no key is required.
    pub fn require_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the port. The default, 0, selects a free port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Binds the port on 127.0.0.1 and spawns the server's task. Requires a Tokio runtime with I/O and time enabled.
    ///
    /// # Errors
    /// Returns an error if the port cannot be bound. `?` converts it into `callsign::Error`.
    pub async fn start(self) -> io::Result<PracticeModel> {
        let port = self.port;
        let bound = TcpListener::bind(("127.0.0.1", port)).await;
        let listener = bound.map_err(|error| bind_error(port, error))?;
        let root = format!("http://{}", listener.local_addr()?);
        let (shutdown, stopped) = oneshot::channel::<()>();
        let serve = axum::serve(listener, router(self)).with_graceful_shutdown(async {
            // The sender never sends. It is dropped together with the `PracticeModel`.
            let _ = stopped.await;
        });
        tokio::spawn(async move { serve.await });
        Ok(PracticeModel { endpoint: format!("{root}/v1"), root, _shutdown: shutdown })
    }
}

impl fmt::Debug for PracticeModelBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key.as_ref().map(|_| "(set)");
        formatter
            .debug_struct("PracticeModelBuilder")
            .field("delay", &self.delay)
            .field("key", &key)
            .field("port", &self.port)
            .finish()
    }
}
