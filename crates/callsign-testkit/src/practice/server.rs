//! The server: its settings, and the start and end of its task.

use std::fmt;
use std::io;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::filter;
use super::routes::router;

/// What the model calls itself.
pub(super) const NAME: &str = "practice-model";

/// A rule-following chat-completions server on the loopback interface; no language model.
///
/// It serves `/chat/completions`, `/embeddings`, `/images/embeddings` and `/info` behind each kind of base that
/// services have: none, `/models`, `/v1`, `/openai/v1` and `/openai/deployments/<any name>`. Fields beyond the API's
/// own are refused with 422 under the header `extra-parameters: error`, taken out under `drop`, and read under
/// anything else, as far as it knows them.
///
/// It serves for as long as this value lives: dropping it closes the port, and answers that are under way are
/// still finished.
#[derive(Debug)]
pub struct PracticeModel {
    root: String,
    endpoint: String,
    _running: oneshot::Sender<()>,
}

impl PracticeModel {
    /// The name that the model gives itself in replies and in `/info`.
    pub const NAME: &'static str = NAME;

    /// A harmless phrase that the content filter withholds: a user's message with this in it is answered with the
    /// error 400 `content_filter`, so that its handling can be tried.
    pub const FILTERED: &'static str = filter::FILTERED;

    /// Starts a server on a free port of 127.0.0.1 that asks for no key and streams at a pace that can be watched.
    ///
    /// # Errors
    /// Where no port can be bound.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// A server with settings of its own.
    pub fn builder() -> PracticeModelBuilder {
        PracticeModelBuilder { delay: Duration::from_millis(4), key: None, port: 0 }
    }

    /// The base URL of an OpenAI-compatible service, such as `http://127.0.0.1:40123/v1`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The base URL of a service of the Azure AI Model Inference API, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }
}

/// Settings of a [`PracticeModel`] that is to be started.
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct PracticeModelBuilder {
    pub(super) delay: Duration,
    pub(super) key: Option<String>,
    port: u16,
}

impl PracticeModelBuilder {
    /// The pause before each chunk of a stream: a few milliseconds unless set, zero for tests.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Refuses with 401 every request whose `api-key` or `Authorization: Bearer` header doesn't have this key.
    pub fn require_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The port: a free one unless set, or where it is 0.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Binds a port of 127.0.0.1 and serves on a task of its own.
    ///
    /// # Errors
    /// Where the port, or any, can't be bound.
    pub async fn start(self) -> io::Result<PracticeModel> {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await?;
        let root = format!("http://{}", listener.local_addr()?);
        let (running, stopped) = oneshot::channel::<()>();
        let served = axum::serve(listener, router(self)).with_graceful_shutdown(async {
            // Either way the handle is gone.
            let _ = stopped.await;
        });
        tokio::spawn(async move { served.await });
        Ok(PracticeModel { endpoint: format!("{root}/v1"), root, _running: running })
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
