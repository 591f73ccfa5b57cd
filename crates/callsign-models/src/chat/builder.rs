//! [`ChatModelBuilder`]: configuration of a [`ChatModel`].

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use callsign_types::error::Error;
use callsign_types::journal::entry::OutputMode;
use callsign_types::retry::policy::RetryPolicy;
use secrecy::SecretString;

use self::credential::{Credential, Credentials};
use super::model::{ChatModel, Inner};
use crate::auth::source::TokenSource;
use crate::endpoint::address::Endpoint;
use crate::endpoint::profile::Profile;
use crate::transport::client::{Client, Settings};
use crate::transport::exchange::EndpointClient;
use crate::transport::headers::RequestHeaders;
use crate::transport::request_ids::RequestIds;
use crate::transport::target::RequestTarget;
use crate::wire::body_cache::BodyCache;

mod credential;

/// Builder of a [`ChatModel`], returned by [`ChatModel::builder`].
#[must_use]
pub struct ChatModelBuilder {
    endpoint: String,
    credential: Credential,
    token_scope: Option<String>,
    model: Option<String>,
    streaming: bool,
    profile: Option<Profile>,
    output_mode: Option<OutputMode>,
    api_version: Option<String>,
    connect_timeout: Duration,
    first_byte_timeout: Duration,
    idle_timeout: Duration,
    end_timeout: Duration,
    max_connections: Option<usize>,
    resend: bool,
    retry: RetryPolicy,
    allow_insecure: bool,
    headers: Vec<(String, SecretString)>,
    environment: EnvironmentContext,
}

/// Details of the environment variables that a builder was created from, for error messages.
#[derive(Default)]
pub(super) struct EnvironmentContext {
    /// The variable that the endpoint was read from.
    pub(super) endpoint_variable: Option<&'static str>,
    /// The error message if there is no credential.
    pub(super) missing_credential: Option<String>,
}

impl ChatModelBuilder {
    pub(super) fn new(endpoint: String) -> Self {
        Self {
            endpoint,
            credential: Credential::None,
            token_scope: None,
            model: None,
            streaming: true,
            profile: None,
            output_mode: None,
            api_version: None,
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(300),
            idle_timeout: Duration::from_secs(120),
            end_timeout: Duration::from_secs(5),
            max_connections: None,
            resend: true,
            retry: RetryPolicy::of_models(),
            allow_insecure: false,
            headers: Vec::new(),
            environment: EnvironmentContext::default(),
        }
    }

    pub(super) fn environment_context(mut self, environment: EnvironmentContext) -> Self {
        self.environment = environment;
        self
    }

    /// Sets the API key, replacing any earlier credential. The key never appears in messages, logs
    /// or `Debug` output.
    pub fn key(mut self, key: impl Into<SecretString>) -> Self {
        self.credential = Credential::Key(key.into());
        self
    }

    /// Sets a fixed bearer token, replacing any earlier credential. It is sent as `Authorization:
    /// Bearer` only, whatever the profile's key headers are.
    pub fn bearer(mut self, secret: impl Into<SecretString>) -> Self {
        self.credential = Credential::Bearer(secret.into());
        self
    }

    /// Sets a token source, replacing any earlier credential. Every request carries a token as
    /// `Authorization: Bearer`, and no key. A [`CachedTokens`](crate::auth::cache::CachedTokens)
    /// caches the token and refreshes it shortly before it expires.
    pub fn token_source(mut self, source: impl TokenSource + 'static) -> Self {
        self.credential = Credential::Tokens(Arc::new(source));
        self
    }

    /// Sets the scope of tokens, such as `https://ai.azure.com/.default`, instead of the profile's.
    pub fn token_scope(mut self, scope: impl Into<String>) -> Self {
        self.token_scope = Some(scope.into());
        self
    }

    /// Removes any earlier credential, such as one from the environment, for a server that needs
    /// none.
    pub fn without_credential(mut self) -> Self {
        self.credential = Credential::None;
        self.environment.missing_credential = None;
        self
    }

    /// Sets the model or deployment that requests name.
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Sets whether responses are streamed. Default `true`.
    pub fn streaming(mut self, streaming: bool) -> Self {
        self.streaming = streaming;
        self
    }

    /// Sets the profile, instead of the one that the address implies.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Sets how structured output is requested from the model, instead of the profile's mode.
    pub fn output_mode(mut self, mode: OutputMode) -> Self {
        self.output_mode = Some(mode);
        self
    }

    /// Sets the `api-version` query parameter, instead of the address's own and the profile's.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = Some(version.into());
        self
    }

    /// Sets the timeout for connecting. Default 10 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the timeout until the response begins, connecting included. Default 5 minutes: a
    /// response that is not streamed begins only when it is complete.
    pub fn first_byte_timeout(mut self, timeout: Duration) -> Self {
        self.first_byte_timeout = timeout;
        self
    }

    /// Sets the timeout between two chunks of a response. Default 2 minutes.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Sets the time that the provider has to end a response that is complete. Default 5 seconds.
    ///
    /// A streamed response is complete when its finish reason has arrived and, if it was requested,
    /// its usage; a whole response when its JSON is. Some gateways never end the response then, or
    /// break the connection. The response counts as received after this time, or at once if the
    /// connection breaks, and a warning is logged. Comments and other heartbeats do not extend the
    /// time. If the usage is missing, the idle timeout applies instead.
    pub fn end_timeout(mut self, timeout: Duration) -> Self {
        self.end_timeout = timeout;
        self
    }

    /// Sets the maximum number of concurrent requests of this model and its clones, including those
    /// for embeddings and [`endpoint_info`](ChatModel::endpoint_info). Further requests wait in
    /// order, and the wait does not count towards any timeout. Dropping a waiting request removes
    /// it from the queue. Every running request uses one connection, and there are never more
    /// connections than this limit, idle ones included.
    ///
    /// A request runs until its response has been read to the end or is dropped. A stream that is
    /// kept without being read keeps other requests waiting.
    ///
    /// Default: no limit. To stay within a provider's rate limits, use the `RateLimit` middleware
    /// instead. Every running request uses a socket, and systems limit the sockets of a process, on
    /// Linux often to 1024 (`ulimit -n`). With more concurrent requests than that, connecting
    /// fails: raise that limit or set this one.
    pub fn max_connections(mut self, limit: usize) -> Self {
        self.max_connections = Some(limit);
        self
    }

    /// Sets when a failed request is sent again. Default: up to two retries within 60 seconds, for
    /// the errors of [`RetryPolicy::is_retried`], as in the official SDKs. To turn retries off:
    ///
    /// ```
    /// use callsign_models::chat::model::ChatModel;
    /// use callsign_types::retry::policy::RetryPolicy;
    ///
    /// # fn main() -> Result<(), callsign_types::error::Error> {
    /// let model = ChatModel::builder("http://127.0.0.1:1234/v1")
    ///     .model("qwen3-8b")
    ///     .retry(RetryPolicy::none())
    ///     .build()?;
    /// # let _ = model;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Before each delay, a run's subscribers receive a
    /// [`ModelEvent::Retrying`](callsign_types::event::ModelEvent::Retrying). A response of which
    /// subscribers have received a part is not requested again. The policy of a `Retry` middleware
    /// around the model replaces this one.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets whether a request is sent again, once and at once, if the server has closed the reused
    /// connection on which it was sent. Default `true`.
    ///
    /// Servers close idle connections, and a request that is written at that moment fails although
    /// the server never reads it. The request is sent again on another connection only if the
    /// failed one had carried a request before, no byte of a response arrived, and it failed within
    /// half a second. The resend has the same `x-ms-client-request-id`. It does not count as an
    /// attempt of the [retry policy](Self::retry). In the rare case that the server did read the
    /// request, the provider receives it twice. With `false`, such a request fails with a transport
    /// error, which the retry policy may repeat.
    pub fn resend_on_closed_connection(mut self, resend: bool) -> Self {
        self.resend = resend;
        self
    }

    /// Allows sending credentials over plain `http:` to another machine, where the network can read
    /// them. Credentials are a key, a token, every additional header, and every query parameter
    /// except `api-version`, because any of these may contain a secret.
    pub fn allow_insecure_key_over_http(mut self) -> Self {
        self.allow_insecure = true;
        self
    }

    /// Adds a header to every request, replacing one that is set otherwise. Its value is treated as
    /// a secret.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Builds the model, without sending anything.
    ///
    /// # Errors
    /// Returns a configuration error if
    /// - the address is invalid ([`Endpoint::parse`]),
    /// - the profile requires a model and none is set, unless the endpoint is on this machine,
    /// - a credential would be sent over plain `http:` to another machine,
    /// - the connection limit is 0,
    /// - a header is malformed,
    /// - the environment names a provider that needs a credential and there is none, or
    /// - the system has no root certificates.
    pub fn build(self) -> Result<ChatModel, Error> {
        let endpoint = self.endpoint()?;
        let model = self.model.as_deref().map(str::trim).filter(|model| !model.is_empty());
        let profile = endpoint.profile();
        let credentials = Credentials {
            credential: &self.credential,
            headers: &self.headers,
            token_scope: self.token_scope.as_deref(),
        };
        let has_credential = credentials.has_credential();
        if let Some(missing) =
            self.environment.missing_credential.as_ref().filter(|_| !has_credential)
        {
            return Err(Error::configuration(missing.as_str()));
        }
        if model.is_none() && profile.requires_model && !endpoint.is_loopback() {
            return Err(Error::configuration(format!(
                "no model set, and {endpoint} ({}) requires one; call .model(\"…\"), or set \
                 AZURE_INFERENCE_MODEL or OPENAI_MODEL",
                profile.name
            )));
        }
        if !self.allow_insecure {
            credentials.check_encrypted(&endpoint)?;
        }
        let headers = credentials.headers(profile.key_headers)?;
        let tokens = credentials.tokens(profile, &headers);
        let output_mode = self.output_mode.unwrap_or(profile.output_mode);
        let secrets = credentials.secrets(&endpoint).into();
        let name = model.map_or(endpoint.to_string(), |model| format!("{model} at {endpoint}"));
        let url = endpoint.chat_url();
        let target = RequestTarget::new(&url)?;
        let client = EndpointClient {
            http: self.http_client(&endpoint, &target)?,
            headers: RequestHeaders::new(headers, &target),
            model: model.map(str::to_owned),
            first_byte_timeout: self.first_byte_timeout,
            idle_timeout: self.idle_timeout,
            end_timeout: self.end_timeout,
            resend: self.resend,
            secrets,
            has_credential,
            tokens,
            request_ids: RequestIds::default(),
            endpoint,
        };
        Ok(ChatModel(Arc::new(Inner {
            request_info: client.request_info(&url, Some("")),
            stream_options: client.endpoint.takes_stream_options(),
            client: Arc::new(client),
            info: OnceLock::new(),
            url,
            target,
            streaming: self.streaming,
            name,
            output_mode,
            retry: self.retry,
            bodies: BodyCache::default(),
        })))
    }

    fn http_client(&self, endpoint: &Endpoint, target: &RequestTarget) -> Result<Client, Error> {
        if self.max_connections == Some(0) {
            let message = "max_connections is 0, so no request could be sent; set 1 or more, or \
                           leave it unset for no limit";
            return Err(Error::configuration(message));
        }
        let mut settings = Settings::new(self.connect_timeout);
        settings.max_requests = self.max_connections;
        if endpoint.is_loopback() {
            settings.proxies = None;
        }
        Client::new(target, settings)
    }

    fn endpoint(&self) -> Result<Endpoint, Error> {
        let parsed = match &self.profile {
            Some(profile) => Endpoint::with_profile(&self.endpoint, profile.clone()),
            None => Endpoint::parse(&self.endpoint),
        };
        let endpoint = match (parsed, self.environment.endpoint_variable) {
            (Err(error), Some(name)) => {
                return Err(Error::configuration(format!("{name}: {error}")).with_source(error));
            }
            (parsed, _) => parsed?,
        };
        Ok(match &self.api_version {
            Some(version) => endpoint.api_version(version),
            None => endpoint,
        })
    }
}

impl fmt::Debug for ChatModelBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The endpoint is omitted: before it is parsed, a secret in its query cannot be recognized.
        f.debug_struct("ChatModelBuilder")
            .field("model", &self.model)
            .field("streaming", &self.streaming)
            .field("profile", &self.profile)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
