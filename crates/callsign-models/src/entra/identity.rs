//! [`Entra`]: tokens from Microsoft Entra ID.

use std::error::Error as StdError;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_identity::{
    ClientSecretCredential, ClientSecretCredentialOptions, DeveloperToolsCredential,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
};
use callsign_types::error::{Error, ErrorKind};
use secrecy::{ExposeSecret, SecretString};

use super::chain::{self, WorkloadVariables, client_options};
use super::transport::TokenTransportError;
use crate::auth::source::{Token, TokenSource};
use crate::error::secrets::Secrets;
use crate::error::text::one_line;

/// A token source for Azure: Microsoft Entra ID.
///
/// If the network or Entra ID itself fails (408, 410, 429, 5xx), up to three retries follow. The
/// error then has the kind `Transport` or `Server`. All other errors have the kind
/// `Authentication`.
///
/// `azure_identity` caches a token until five minutes before its expiry. If a provider rejects a
/// token before that, [`renew`](TokenSource::renew) requests another one from Entra ID. The metadata
/// service of a managed identity and the developer tools have caches of their own, and may return
/// the same token again.
///
/// ```no_run
/// use callsign_models::chat::model::ChatModel;
/// use callsign_models::entra::identity::Entra;
///
/// # fn model() -> Result<ChatModel, callsign_types::error::Error> {
/// let model = ChatModel::builder("https://flights.services.ai.azure.com/models")
///     .token_source(Entra::from_env())
///     .model("phi-4")
///     .build()?;
/// # Ok(model)
/// # }
/// ```
pub struct Entra {
    sources: Vec<CredentialSource>,
    /// The number of the first source that returned a token, counted from 1; it is used from then
    /// on. 0 means none yet.
    chosen: AtomicUsize,
    /// The values to redact from errors.
    secrets: Secrets,
    /// Advice for the error if no source returns a token.
    advice: &'static str,
}

/// A source of tokens.
pub(super) struct CredentialSource {
    /// The name in messages.
    pub(super) name: &'static str,
    create: Box<dyn Fn() -> CredentialResult + Send + Sync>,
    /// The credential, which caches its tokens, or why it cannot be used.
    credential: Mutex<Result<Arc<dyn TokenCredential>, String>>,
    /// Whether to check first that the instance metadata service is reachable: elsewhere, requests
    /// to its address time out slowly.
    pub(super) needs_probe: bool,
}

pub(super) type CredentialResult = azure_core::Result<Arc<dyn TokenCredential>>;

impl Entra {
    /// Creates the source that the environment configures, in the order of Azure's SDKs:
    ///
    /// 1. an application, if `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET` are
    ///    set;
    /// 2. a workload on Kubernetes, if `AZURE_FEDERATED_TOKEN_FILE` is set;
    /// 3. the managed identity of the machine or app service, which `AZURE_CLIENT_ID` selects if
    ///    there are several;
    /// 4. the developer who is signed in with `az login`;
    /// 5. the developer who is signed in with `azd auth login`.
    ///
    /// If the first or the second is configured, no other one is tried. Of the last three, the
    /// first that returns a token is used from then on. `AZURE_TOKEN_CREDENTIALS` restricts the
    /// choice. `prod` selects the first three, `dev` the last two, and a credential name of the
    /// SDKs, such as `AzureCliCredential`, only that one.
    ///
    /// Errors in the environment are returned when a token is requested.
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_variables(&|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// Like [`from_env`](Self::from_env), with the variables that `read` returns.
    pub(crate) fn from_variables(read: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut entra = Self::new(chain::sources(read));
        entra.secrets = Secrets::of(read("AZURE_CLIENT_SECRET").as_deref().unwrap_or_default());
        entra.advice = "; sign in with `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and \
                        AZURE_CLIENT_SECRET, or use a key";
        entra
    }

    /// Creates a source for the developer who is signed in with `az login`, or else with `azd auth
    /// login`.
    ///
    /// # Errors
    /// Returns no error at present.
    pub fn developer_tools() -> Result<Self, Error> {
        Self::single("developer tools", || Ok(DeveloperToolsCredential::new(None)? as _))
    }

    /// Creates a source for the managed identity of this machine or app service. `client_id`
    /// selects one if there are several.
    ///
    /// # Errors
    /// Returns a configuration error if `azure_identity` does not support this kind of machine.
    pub fn managed_identity(client_id: Option<&str>) -> Result<Self, Error> {
        let client_id = client_id.map(str::to_owned);
        Self::single("managed identity", move || managed_identity(client_id.as_deref()))
    }

    /// Creates a source for the workload on Kubernetes that `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`
    /// and `AZURE_FEDERATED_TOKEN_FILE` configure.
    ///
    /// # Errors
    /// Returns a configuration error if a variable is not set or the file cannot be read.
    pub fn workload_identity() -> Result<Self, Error> {
        Self::single("workload identity", WorkloadVariables::default().into_create())
    }

    /// Creates a source for an application with a client secret.
    ///
    /// # Errors
    /// Returns a configuration error if an argument is empty or malformed.
    pub fn client_secret(
        tenant_id: &str,
        client_id: &str,
        secret: impl Into<SecretString>,
    ) -> Result<Self, Error> {
        let secret = secret.into();
        let secrets = Secrets::of(secret.expose_secret());
        let (tenant_id, client_id) = (tenant_id.to_owned(), client_id.to_owned());
        let create = move || client_secret(&tenant_id, &client_id, &secret);
        let mut entra = Self::single("client secret", create)?;
        entra.secrets = secrets;
        Ok(entra)
    }

    fn single(
        name: &'static str,
        create: impl Fn() -> CredentialResult + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let credential = create().map_err(configuration_error)?;
        let credential = Mutex::new(Ok(credential));
        let create = Box::new(create);
        let source = CredentialSource { name, create, credential, needs_probe: false };
        Ok(Self::new(vec![source]))
    }

    pub(super) fn new(sources: Vec<CredentialSource>) -> Self {
        Self { sources, chosen: AtomicUsize::new(0), secrets: Secrets::default(), advice: "" }
    }

    fn no_token_error(&self, scope: &str, failures: &[SourceFailure]) -> Error {
        let reasons: Vec<_> = failures.iter().map(|failure| failure.reason.as_str()).collect();
        // A transient failure of one source makes a retry worthwhile, even if all other failures
        // are permanent.
        let transient_kind = failures.iter().find_map(|failure| failure.transient_kind);
        let kind = transient_kind.unwrap_or(ErrorKind::Authentication);
        let message = format!(
            "Microsoft Entra ID returned no token for scope {scope}: {}{}",
            reasons.join("; "),
            self.advice
        );
        Error::new(kind, message)
    }
}

#[async_trait]
impl TokenSource for Entra {
    async fn token(&self, scope: &str) -> Result<Token, Error> {
        if scope.is_empty() {
            return Err(Error::configuration(
                "Microsoft Entra ID requires a token scope, and the endpoint's profile has none; \
                 call .token_scope(\"https://…/.default\") or set AZURE_INFERENCE_TOKEN_SCOPE",
            ));
        }
        let chosen = self.chosen.load(Ordering::Relaxed);
        let mut failures = Vec::new();
        for (number, source) in (1..).zip(&self.sources) {
            if chosen != 0 && chosen != number {
                continue;
            }
            match source.token(scope, &self.secrets).await {
                Ok(token) => {
                    tracing::debug!(scope, from = source.name, "token received");
                    self.chosen.store(number, Ordering::Relaxed);
                    return Ok(token);
                }
                Err(failure) => failures.push(failure),
            }
        }
        Err(self.no_token_error(scope, &failures))
    }

    /// Requests a new token: new credentials have no cached tokens.
    async fn renew(&self, scope: &str, _rejected: &SecretString) -> Result<Token, Error> {
        let chosen = self.chosen.load(Ordering::Relaxed);
        for (number, source) in (1..).zip(&self.sources) {
            if chosen == number {
                source.forget_tokens();
            }
        }
        self.token(scope).await
    }
}

/// The reason why a source returned no token.
struct SourceFailure {
    reason: String,
    /// The error kind if a retry may succeed.
    transient_kind: Option<ErrorKind>,
}

impl CredentialSource {
    /// Creates a source from a function that creates its credential.
    pub(super) fn new(
        name: &'static str,
        create: impl Fn() -> CredentialResult + Send + Sync + 'static,
    ) -> Self {
        let credential = Mutex::new(create().map_err(|error| error.to_string()));
        Self { name, create: Box::new(create), credential, needs_probe: false }
    }

    /// Creates a source that has no credential for this reason.
    pub(super) fn unusable(name: &'static str, reason: &'static str) -> Self {
        let other = azure_core::error::ErrorKind::Other;
        Self::new(name, move || Err(azure_core::Error::with_message(other.clone(), reason)))
    }

    /// Replaces the credential by a new one, whose cache is empty.
    fn forget_tokens(&self) {
        let credential = (self.create)().map_err(|error| error.to_string());
        *self.credential.lock().unwrap_or_else(PoisonError::into_inner) = credential;
    }

    fn credential(&self) -> Result<Arc<dyn TokenCredential>, String> {
        self.credential.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn token(&self, scope: &str, secrets: &Secrets) -> Result<Token, SourceFailure> {
        let failure = |reason: &str, transient_kind| {
            let reason = one_line(&secrets.redact(reason));
            SourceFailure {
                reason: format!("{}: {}", self.name, reason.trim_end_matches('.')),
                transient_kind,
            }
        };
        let credential = match self.credential() {
            Ok(credential) => credential,
            Err(reason) => return Err(failure(&reason, None)),
        };
        if self.needs_probe && !chain::has_instance_metadata_service().await {
            return Err(failure("not an Azure virtual machine", None));
        }
        match credential.get_token(&[scope], None).await {
            Ok(token) => Ok(Token::new(token.token.secret()).expires_at(token.expires_on.into())),
            Err(error) => {
                let reason = error.to_string();
                // The rest is a link to documentation, longer than the reason itself.
                let reason = reason.split("\nTo troubleshoot").next().unwrap_or_default();
                Err(failure(reason, transient_kind(&error)))
            }
        }
    }
}

/// Returns the credential of this machine's managed identity.
pub(super) fn managed_identity(client_id: Option<&str>) -> CredentialResult {
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id: client_id.map(|id| UserAssignedId::ClientId(id.to_owned())),
        client_options: client_options(),
    };
    Ok(ManagedIdentityCredential::new(Some(options))?)
}

/// Returns the credential of an application.
pub(super) fn client_secret(
    tenant_id: &str,
    client_id: &str,
    secret: &SecretString,
) -> CredentialResult {
    let options = ClientSecretCredentialOptions { client_options: client_options() };
    let secret = secret.expose_secret().to_owned().into();
    Ok(ClientSecretCredential::new(tenant_id, client_id.to_owned(), secret, Some(options))?)
}

fn configuration_error(error: azure_core::Error) -> Error {
    Error::configuration(format!("Microsoft Entra ID: {}", one_line(&error.to_string())))
}

/// Returns the error kind if a retry may succeed: after a transport error, or if the response says
/// that the provider is busy or fails. In addition to 408, 429 and 5xx this includes 410, which the
/// instance metadata service sends during an update.
fn transient_kind(error: &azure_core::Error) -> Option<ErrorKind> {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = next {
        if error.is::<TokenTransportError>() {
            return Some(ErrorKind::Transport);
        }
        if let Some(azure) = error.downcast_ref::<azure_core::Error>()
            && let Some(status) = azure.http_status()
        {
            let passes = matches!(u16::from(status), 408 | 410 | 429 | 500..);
            return passes.then_some(ErrorKind::Server);
        }
        next = error.source();
    }
    None
}

impl fmt::Debug for Entra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sources: Vec<_> = self.sources.iter().map(|source| source.name).collect();
        f.debug_struct("Entra").field("sources", &sources).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
