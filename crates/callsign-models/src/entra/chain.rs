//! The credential sources that the environment configures.

use std::sync::Arc;
use std::time::Duration;

use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureDeveloperCliCredential, ClientAssertionCredentialOptions,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use secrecy::SecretString;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::identity::{CredentialResult, CredentialSource, client_secret, managed_identity};
use super::transport::TokenHttpClient;

/// The address of Azure's instance metadata service, which issues tokens to a virtual machine. It
/// is link-local, so elsewhere nothing listens there.
const INSTANCE_METADATA_SERVICE: (&str, u16) = ("169.254.169.254", 80);

/// The timeout for probing the service; Azure's SDKs use the same.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// The credentials that `AZURE_TOKEN_CREDENTIALS` allows.
struct CredentialFilter(Option<String>);

impl CredentialFilter {
    fn allows(&self, name: &str, group: &str) -> bool {
        let Some(filter) = self.0.as_deref() else { return true };
        filter.eq_ignore_ascii_case(group) || self.names(name)
    }

    fn names(&self, name: &str) -> bool {
        self.0.as_deref().is_some_and(|filter| filter.eq_ignore_ascii_case(name))
    }
}

/// Returns the sources in the order in which they are tried.
pub(super) fn sources(read: &dyn Fn(&str) -> Option<String>) -> Vec<CredentialSource> {
    let filter = CredentialFilter(read("AZURE_TOKEN_CREDENTIALS"));
    let client_id = read("AZURE_CLIENT_ID");
    let application = (read("AZURE_TENANT_ID"), &client_id, read("AZURE_CLIENT_SECRET"));
    if filter.allows("EnvironmentCredential", "prod")
        && let (Some(tenant), Some(client), Some(secret)) = application
    {
        let (client, secret) = (client.clone(), SecretString::from(secret));
        let create = move || client_secret(&tenant, &client, &secret);
        return vec![CredentialSource::new("client secret", create)];
    }
    let federated = read("AZURE_FEDERATED_TOKEN_FILE").is_some();
    if federated && filter.allows("WorkloadIdentityCredential", "prod") {
        let create = WorkloadVariables::read(read).into_create();
        return vec![CredentialSource::new("workload identity", create)];
    }
    let mut sources = Vec::new();
    if filter.allows("ManagedIdentityCredential", "prod") {
        let set = ["IDENTITY_ENDPOINT", "MSI_ENDPOINT"].iter().any(|name| read(name).is_some());
        let needs_probe = !set && !filter.names("ManagedIdentityCredential");
        let create = move || managed_identity(client_id.as_deref());
        let mut source = CredentialSource::new("managed identity", create);
        source.needs_probe = needs_probe;
        sources.push(source);
    }
    if filter.allows("AzureCliCredential", "dev") {
        sources.push(CredentialSource::new("az", || Ok(AzureCliCredential::new(None)? as _)));
    }
    if filter.allows("AzureDeveloperCliCredential", "dev") {
        let create = || Ok(AzureDeveloperCliCredential::new(None)? as _);
        sources.push(CredentialSource::new("azd", create));
    }
    if sources.is_empty() {
        // The value is omitted: the name of the variable invites pasting a token.
        let reason = "not a supported credential name, or its variables are not set";
        sources.push(CredentialSource::unusable("AZURE_TOKEN_CREDENTIALS", reason));
    }
    sources
}

/// The variables of a workload identity. `azure_identity` reads those that are not set here from
/// the environment.
#[derive(Default)]
pub(super) struct WorkloadVariables {
    client_id: Option<String>,
    tenant_id: Option<String>,
    token_file: Option<String>,
}

impl WorkloadVariables {
    fn read(read: &dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            client_id: read("AZURE_CLIENT_ID"),
            tenant_id: read("AZURE_TENANT_ID"),
            token_file: read("AZURE_FEDERATED_TOKEN_FILE"),
        }
    }

    /// Returns a function that creates the credential.
    pub(super) fn into_create(self) -> impl Fn() -> CredentialResult + Send + Sync {
        move || {
            let options = WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions {
                    client_options: client_options(),
                },
                client_id: self.client_id.clone(),
                tenant_id: self.tenant_id.clone(),
                token_file_path: self.token_file.clone().map(Into::into),
            };
            Ok(WorkloadIdentityCredential::new(Some(options))? as _)
        }
    }
}

/// Returns the client options of token requests: this crate's HTTP client, and few retries, because
/// a model request is waiting.
pub(super) fn client_options() -> ClientOptions {
    let retry = ExponentialRetryOptions { max_retries: 3, ..Default::default() };
    ClientOptions {
        transport: Some(Transport::new(Arc::new(TokenHttpClient::default()))),
        retry: RetryOptions::exponential(retry),
        ..Default::default()
    }
}

/// Returns whether the instance metadata service is reachable.
pub(super) async fn has_instance_metadata_service() -> bool {
    matches!(timeout(PROBE_TIMEOUT, TcpStream::connect(INSTANCE_METADATA_SERVICE)).await, Ok(Ok(_)))
}
