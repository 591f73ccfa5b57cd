//! [`Entra`]: tokens of Microsoft Entra ID.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_identity::{
    ClientSecretCredential, ClientSecretCredentialOptions, DeveloperToolsCredential,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential,
};
use callsign_core::words::error::{Error, ErrorKind};
use secrecy::{ExposeSecret, SecretString};

use super::chain::{self, client_options, workload_options};
use super::transport::Unheard;
use crate::auth::source::{Token, TokenSource};
use crate::failure::secrets::Secrets;
use crate::failure::text::one_line;

/// Tokens of Microsoft Entra ID, for services on Azure.
///
/// Where the network or Entra ID itself fails (408, 410, 429, 5xx), the error is of the kind
/// `Transport` or `Server`, after three more tries of its own; else of `Authentication`.
///
/// `azure_identity` keeps a token until five minutes before its end, and has no way to drop it
/// earlier: one that a service refuses before is given again. Make a new `Entra` where tokens are
/// withdrawn.
///
/// ```no_run
/// use callsign_models::chat::model::ChatModel;
/// use callsign_models::entra::identity::Entra;
///
/// # fn model() -> Result<ChatModel, callsign_core::words::error::Error> {
/// let model = ChatModel::builder("https://flights.services.ai.azure.com/models")
///     .token_source(Entra::from_env())
///     .model("phi-4")
///     .build()?;
/// # Ok(model)
/// # }
/// ```
pub struct Entra {
    ways: Vec<Way>,
    /// The first way that gave a token, counted from one: it is asked from then on.
    chosen: AtomicUsize,
    /// What no error may show.
    secrets: Secrets,
    /// What to do where no way gives a token.
    advice: &'static str,
}

/// One way to a token.
pub(super) struct Way {
    /// What to call it in messages.
    pub(super) name: &'static str,
    /// Or why it is none.
    pub(super) credential: Result<Arc<dyn TokenCredential>, String>,
    /// Whether there may be no machine's own identity, which is found out first: its address
    /// swallows requests where nothing listens.
    pub(super) probed: bool,
}

impl Entra {
    /// As the environment says, and in the order in which Azure's SDKs look there:
    ///
    /// 1. an application, where `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET` are
    ///    set;
    /// 2. a workload on Kubernetes, where `AZURE_FEDERATED_TOKEN_FILE` is set;
    /// 3. the managed identity of the machine or the app service, which `AZURE_CLIENT_ID` chooses
    ///    where there are several;
    /// 4. the developer who is signed in with `az login`;
    /// 5. the developer who is signed in with `azd auth login`.
    ///
    /// One that the environment sets up is not followed by another. Of the last three, the first
    /// that gives a token is asked from then on. `AZURE_TOKEN_CREDENTIALS` narrows it down: `prod`
    /// is the first three, `dev` the last two, and the SDKs' name of one, such as
    /// `AzureCliCredential`, is that one.
    ///
    /// What is wrong with the environment is said when a token is asked for.
    #[must_use]
    pub fn from_env() -> Self {
        Self::described_by(&|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// As [`from_env`](Self::from_env), from these variables.
    pub(crate) fn described_by(read: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut entra = Self::new(chain::ways(read));
        entra.secrets = Secrets::of(read("AZURE_CLIENT_SECRET").as_deref().unwrap_or_default());
        entra.advice = " Sign in with `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and \
                        AZURE_CLIENT_SECRET, or use a key.";
        entra
    }

    /// The developer who is signed in with `az login`, or else with `azd auth login`.
    ///
    /// # Errors
    /// None at present.
    pub fn developer_tools() -> Result<Self, Error> {
        let credential = DeveloperToolsCredential::new(None).map_err(refused)?;
        Ok(Self::one("the developer's tools", credential))
    }

    /// The managed identity of this machine or app service; the one with this client id where it
    /// has several.
    ///
    /// # Errors
    /// A configuration error where the machine is of a kind that `azure_identity` does not know.
    pub fn managed_identity(client_id: Option<&str>) -> Result<Self, Error> {
        let credential = managed_identity(client_id).map_err(refused)?;
        Ok(Self::one("the managed identity", credential))
    }

    /// The workload on Kubernetes that `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and
    /// `AZURE_FEDERATED_TOKEN_FILE` describe.
    ///
    /// # Errors
    /// A configuration error where one is not set or the file cannot be read.
    pub fn workload_identity() -> Result<Self, Error> {
        let options = workload_options(&|_| None);
        let credential = WorkloadIdentityCredential::new(Some(options)).map_err(refused)?;
        Ok(Self::one("the workload identity", credential))
    }

    /// An application, by its client secret.
    ///
    /// # Errors
    /// A configuration error where one of the three is empty or malformed.
    pub fn client_secret(
        tenant_id: &str,
        client_id: &str,
        secret: impl Into<SecretString>,
    ) -> Result<Self, Error> {
        let secret = secret.into();
        let credential = client_secret(tenant_id, client_id, &secret).map_err(refused)?;
        let mut entra = Self::one("the application's client secret", credential);
        entra.secrets = Secrets::of(secret.expose_secret());
        Ok(entra)
    }

    fn one(name: &'static str, credential: Arc<dyn TokenCredential>) -> Self {
        Self::new(vec![Way { name, credential: Ok(credential), probed: false }])
    }

    pub(super) fn new(ways: Vec<Way>) -> Self {
        Self { ways, chosen: AtomicUsize::new(0), secrets: Secrets::default(), advice: "" }
    }

    fn failed(&self, scope: &str, failures: &[Failure]) -> Error {
        let whys: Vec<_> = failures.iter().map(|failure| failure.why.as_str()).collect();
        // One that may work later is reason enough to ask again, though no other way ever does.
        let passing = failures.iter().find_map(|failure| failure.passing);
        let kind = passing.unwrap_or(ErrorKind::Authentication);
        let message = format!(
            "Microsoft Entra ID gave no token for the scope {scope}: {}.{}",
            whys.join("; "),
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
                "Microsoft Entra ID needs a scope, and the endpoint's profile has none: set it \
                 with .token_scope(\"https://…/.default\"), or in AZURE_INFERENCE_TOKEN_SCOPE",
            ));
        }
        let chosen = self.chosen.load(Ordering::Relaxed);
        let mut failures = Vec::new();
        for (number, way) in (1..).zip(&self.ways) {
            if chosen != 0 && chosen != number {
                continue;
            }
            match way.token(scope, &self.secrets).await {
                Ok(token) => {
                    tracing::debug!(scope, from = way.name, "there is a token");
                    self.chosen.store(number, Ordering::Relaxed);
                    return Ok(token);
                }
                Err(failure) => failures.push(failure),
            }
        }
        Err(self.failed(scope, &failures))
    }
}

/// Why a way led to no token.
struct Failure {
    why: String,
    /// What it was, if the same may work later.
    passing: Option<ErrorKind>,
}

impl Way {
    async fn token(&self, scope: &str, secrets: &Secrets) -> Result<Token, Failure> {
        let failure = |why: &str, passing| {
            let why = one_line(&secrets.scrub(why));
            Failure { why: format!("{}: {}", self.name, why.trim_end_matches('.')), passing }
        };
        let credential = match &self.credential {
            Ok(credential) => credential,
            Err(why) => return Err(failure(why, None)),
        };
        if self.probed && !chain::is_virtual_machine().await {
            return Err(failure("this is no machine of Azure's", None));
        }
        match credential.get_token(&[scope], None).await {
            Ok(token) => Ok(Token::new(token.token.secret()).expires_at(token.expires_on.into())),
            Err(error) => {
                let why = error.to_string();
                // What comes behind is a link, and longer than the reason.
                let why = why.split("\nTo troubleshoot").next().unwrap_or_default();
                Err(failure(why, passing(&error)))
            }
        }
    }
}

/// The managed identity of this machine.
pub(super) fn managed_identity(
    client_id: Option<&str>,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id: client_id.map(|id| UserAssignedId::ClientId(id.to_owned())),
        client_options: client_options(),
    };
    Ok(ManagedIdentityCredential::new(Some(options))?)
}

/// An application.
pub(super) fn client_secret(
    tenant_id: &str,
    client_id: &str,
    secret: &SecretString,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let options = ClientSecretCredentialOptions { client_options: client_options() };
    let secret = secret.expose_secret().to_owned().into();
    Ok(ClientSecretCredential::new(tenant_id, client_id.to_owned(), secret, Some(options))?)
}

fn refused(error: azure_core::Error) -> Error {
    Error::configuration(format!("Microsoft Entra ID: {}", one_line(&error.to_string())))
}

/// What it was, if it passes: a failure of HTTP among the causes, or an answer by which a service
/// says that it is busy or broken. Beside 408, 429 and 5xx, that is 410 of a machine's own
/// identity, while its service is being updated.
fn passing(error: &azure_core::Error) -> Option<ErrorKind> {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = next {
        if error.is::<Unheard>() {
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
        let ways: Vec<_> = self.ways.iter().map(|way| way.name).collect();
        f.debug_struct("Entra").field("ways", &ways).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
