//! The credential sources that the environment configures.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureDeveloperCliCredential, ClientAssertionCredentialOptions,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use secrecy::SecretString;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::identity::{CredentialSource, client_secret, managed_identity};
use super::transport::TokenHttpClient;

/// The address of Azure's instance metadata service, which issues tokens to a virtual machine. It
/// is link-local, so elsewhere nothing listens there.
const INSTANCE_METADATA_SERVICE: (&str, u16) = ("169.254.169.254", 80);

/// The timeout for probing the service; Azure's SDKs use the same.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

type CredentialResult = azure_core::Result<Arc<dyn TokenCredential>>;

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
        let result = client_secret(&tenant, client, &SecretString::from(secret));
        return vec![source("client secret", result)];
    }
    let federated = read("AZURE_FEDERATED_TOKEN_FILE").is_some();
    if federated && filter.allows("WorkloadIdentityCredential", "prod") {
        let result = WorkloadIdentityCredential::new(Some(workload_options(read)));
        return vec![source("workload identity", result.map(|result| result as _))];
    }
    let mut sources = Vec::new();
    if filter.allows("ManagedIdentityCredential", "prod") {
        let set = ["IDENTITY_ENDPOINT", "MSI_ENDPOINT"].iter().any(|name| read(name).is_some());
        let needs_probe = !set && !filter.names("ManagedIdentityCredential");
        let result = managed_identity(client_id.as_deref());
        sources.push(CredentialSource { needs_probe, ..source("managed identity", result) });
    }
    if filter.allows("AzureCliCredential", "dev") {
        sources.push(source("az", AzureCliCredential::new(None).map(|result| result as _)));
    }
    if filter.allows("AzureDeveloperCliCredential", "dev") {
        sources
            .push(source("azd", AzureDeveloperCliCredential::new(None).map(|result| result as _)));
    }
    if sources.is_empty() {
        // The value is omitted: the name of the variable invites pasting a token.
        let reason = "not a supported credential name, or its variables are not set";
        let (name, credential) = ("AZURE_TOKEN_CREDENTIALS", Err(reason.to_owned()));
        sources.push(CredentialSource { name, credential, needs_probe: false });
    }
    sources
}

fn source(name: &'static str, result: CredentialResult) -> CredentialSource {
    CredentialSource {
        name,
        credential: result.map_err(|error| error.to_string()),
        needs_probe: false,
    }
}

/// Returns the options of a workload identity. `azure_identity` reads variables that are not set
/// here from the environment.
pub(super) fn workload_options(
    read: &dyn Fn(&str) -> Option<String>,
) -> WorkloadIdentityCredentialOptions {
    WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options: client_options() },
        client_id: read("AZURE_CLIENT_ID"),
        tenant_id: read("AZURE_TENANT_ID"),
        token_file_path: read("AZURE_FEDERATED_TOKEN_FILE").map(Into::into),
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
