//! How a [`ChatModel`] is put together.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use callsign_core::journal::entry::AnswerFormat;
use callsign_core::words::error::Error;
use secrecy::SecretString;

use self::credential::{Carried, Credential};
use super::model::{ChatModel, Inner};
use crate::auth::source::TokenSource;
use crate::connection::client::{Client, Settings};
use crate::connection::head::Head;
use crate::connection::link::Link;
use crate::connection::request_ids::RequestIds;
use crate::connection::target::Target;
use crate::endpoint::address::Endpoint;
use crate::endpoint::profile::Profile;
use crate::wire::grown::Bodies;

mod credential;

/// How a [`ChatModel`] is put together; made by [`ChatModel::builder`].
#[must_use]
pub struct ChatModelBuilder {
    endpoint: String,
    credential: Credential,
    token_scope: Option<String>,
    model: Option<String>,
    streaming: bool,
    profile: Option<Profile>,
    answer_format: Option<AnswerFormat>,
    api_version: Option<String>,
    connect: Duration,
    first_byte: Duration,
    idle: Duration,
    most_connections: Option<usize>,
    key_over_http: bool,
    headers: Vec<(String, SecretString)>,
    described: Described,
}

/// What is to be said of what the environment's variables describe.
#[derive(Default)]
pub(super) struct Described {
    /// The variable that the address is from.
    pub(super) address: Option<&'static str>,
    /// What is wrong where nothing lets the model in.
    pub(super) without_credential: Option<String>,
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
            answer_format: None,
            api_version: None,
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(300),
            idle: Duration::from_secs(120),
            most_connections: None,
            key_over_http: false,
            headers: Vec::new(),
            described: Described::default(),
        }
    }

    pub(super) fn described(mut self, described: Described) -> Self {
        self.described = described;
        self
    }

    /// Sets the key, in place of any credential from before. It is in no message, log or `Debug`
    /// of ours.
    pub fn key(mut self, key: impl Into<SecretString>) -> Self {
        self.credential = Credential::Key(key.into());
        self
    }

    /// Sets a token that does not change, in place of any credential from before. It goes out as
    /// `Authorization: Bearer` and in no other header, whatever the profile says of keys.
    pub fn bearer(mut self, secret: impl Into<SecretString>) -> Self {
        self.credential = Credential::Bearer(secret.into());
        self
    }

    /// Sets where tokens come from, in place of any credential from before. Each request goes out
    /// with one as `Authorization: Bearer`, and without a key; it is fetched once and then again
    /// shortly before its end, through a [`CachedTokens`](crate::auth::cache::CachedTokens).
    pub fn token_source(mut self, source: impl TokenSource + 'static) -> Self {
        self.credential = Credential::Tokens(Arc::new(source));
        self
    }

    /// Sets the scope that tokens are asked for, such as `https://ai.azure.com/.default`, over
    /// the profile's.
    pub fn token_scope(mut self, scope: impl Into<String>) -> Self {
        self.token_scope = Some(scope.into());
        self
    }

    /// Leaves any credential from before out, such as the environment's: the server needs none.
    pub fn without_credential(mut self) -> Self {
        self.credential = Credential::None;
        self.described.without_credential = None;
        self
    }

    /// Sets the model, or the deployment, that requests name.
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Sets whether replies are streamed. Default true.
    pub fn streaming(mut self, streaming: bool) -> Self {
        self.streaming = streaming;
        self
    }

    /// Sets the profile, over the one that the address speaks for.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Sets how the model is asked for an answer that has to keep to a JSON schema, over the
    /// profile's way.
    pub fn answer_format(mut self, format: AnswerFormat) -> Self {
        self.answer_format = Some(format);
        self
    }

    /// Sets the `api-version` of the query, over the address's own and the profile's.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = Some(version.into());
        self
    }

    /// Sets how long connecting may take. Default 10 seconds.
    pub fn connect_timeout(mut self, most: Duration) -> Self {
        self.connect = most;
        self
    }

    /// Sets how long the service may take until it begins to answer, connecting included.
    /// Default 5 minutes: a reply that is not streamed begins when it is done.
    pub fn first_byte_timeout(mut self, most: Duration) -> Self {
        self.first_byte = most;
        self
    }

    /// Sets how long a reply that has begun may be silent. Default 2 minutes.
    pub fn idle_timeout(mut self, most: Duration) -> Self {
        self.idle = most;
        self
    }

    /// Sets how many requests of this model and its clones may be under way at once, those for
    /// embeddings and [`info`](ChatModel::info) among them. The others wait, those that came first
    /// go first, and the wait does not count towards any timeout; dropping a request takes it out
    /// of the queue. Each request under way has one connection, and there are never more than
    /// these, idle ones among them.
    ///
    /// A request is under way until its reply has been read to the end or is dropped: a stream that
    /// is kept and not read on keeps others waiting.
    ///
    /// Default no limit: nothing is gained by waiting here before a service that takes more, and
    /// what it takes is the service's to say, which
    /// [`RateLimit`](crate::around::rate_limit::RateLimit) keeps to. Each request under way is a
    /// socket, though, and systems limit those of a process, on Linux often to 1024 (`ulimit -n`):
    /// with more conversations than that at once, connecting fails. Raise that limit or set this
    /// one.
    pub fn max_connections(mut self, most: usize) -> Self {
        self.most_connections = Some(most);
        self
    }

    /// Lets a credential go over plain `http:` to another machine, where anyone on the way can
    /// read it. A credential is a key or a token, and any header and any parameter of the
    /// address's query that is not `api-version`, because nobody knows what is in it.
    pub fn allow_insecure_key_over_http(mut self) -> Self {
        self.key_over_http = true;
        self
    }

    /// Adds a header to every request; one that is set otherwise is replaced. Its value is
    /// treated as a secret.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Puts the model together. Nothing is sent.
    ///
    /// # Errors
    /// A configuration error where the address is no good ([`Endpoint::parse`]), where the
    /// profile needs a model and none is named (except on this very machine, where servers
    /// serve the one they have), where a credential would go over plain `http:` to another
    /// machine, where no connections are allowed, where a header is malformed, where the environment names a service that needs a
    /// credential and there is none, and where the system has no certificates.
    pub fn build(self) -> Result<ChatModel, Error> {
        let endpoint = self.endpoint()?;
        let model = self.model.as_deref().map(str::trim).filter(|model| !model.is_empty());
        let profile = endpoint.profile();
        let carried = Carried {
            credential: &self.credential,
            headers: &self.headers,
            token_scope: self.token_scope.as_deref(),
        };
        let lets_in = carried.lets_in();
        if let Some(missing) = self.described.without_credential.as_ref().filter(|_| !lets_in) {
            return Err(Error::configuration(missing.as_str()));
        }
        if model.is_none() && profile.requires_model && !endpoint.is_loopback() {
            return Err(Error::configuration(format!(
                "no model is named, and {endpoint} ({}) needs one: set it with .model(\"…\"), or \
                 in AZURE_INFERENCE_MODEL or OPENAI_MODEL",
                profile.name
            )));
        }
        if !self.key_over_http {
            carried.check_encrypted(&endpoint)?;
        }
        let headers = carried.headers(profile.key_headers)?;
        let tokens = carried.tokens(profile, &headers);
        let answer_format = self.answer_format.unwrap_or(profile.answer_format);
        let secrets = carried.secrets(&endpoint).into();
        let name = match model {
            Some(model) => format!("{model} at {endpoint}"),
            None => endpoint.to_string(),
        };
        let url = endpoint.chat_url();
        let target = Target::new(&url)?;
        let link = Link {
            client: self.client(&endpoint, &target)?,
            head: Head::new(headers, &target),
            model: model.map(str::to_owned),
            first_byte: self.first_byte,
            idle: self.idle,
            secrets,
            has_key: lets_in,
            tokens,
            request_ids: RequestIds::default(),
            endpoint,
        };
        Ok(ChatModel(Arc::new(Inner {
            place: link.place(&url, Some("")),
            stream_options: link.endpoint.takes_stream_options(),
            link: Arc::new(link),
            info: OnceLock::new(),
            url,
            target,
            streaming: self.streaming,
            name,
            answer_format,
            bodies: Bodies::default(),
        })))
    }

    fn client(&self, endpoint: &Endpoint, target: &Target) -> Result<Client, Error> {
        if self.most_connections == Some(0) {
            let message = "max_connections is 0, so that nothing could ever be sent: set 1 or \
                           more, or leave it out for no limit";
            return Err(Error::configuration(message));
        }
        let mut settings = Settings::new(self.connect);
        settings.most = self.most_connections;
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
        let endpoint = match (parsed, self.described.address) {
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
        // The endpoint is not shown: until it is parsed, a secret in its query cannot be told.
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
