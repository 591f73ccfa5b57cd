#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use azure_core::http::headers::Headers;
use azure_core::http::{
    AsyncRawResponse, Body, ClientOptions, HttpClient, Request, RetryOptions, StatusCode, Transport,
};

use super::*;

const SCOPE: &str = "https://ai.azure.com/.default";

/// A fake of Entra ID with one response. It records the requests.
#[derive(Debug)]
struct FakeEntraId {
    status: StatusCode,
    body: &'static str,
    requests: Mutex<Vec<String>>,
}

#[async_trait]
impl HttpClient for FakeEntraId {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let Body::Bytes(body) = request.body() else { return Err(stream()) };
        let requests = format!("{} {}", request.url(), String::from_utf8_lossy(body));
        self.requests.lock().expect("whole").push(requests);
        Ok(AsyncRawResponse::from_bytes(self.status, Headers::new(), self.body))
    }
}

fn stream() -> azure_core::Error {
    azure_core::Error::with_message(azure_core::error::ErrorKind::Other, "a stream")
}

/// Returns an application and the fake that responds to it.
fn application(status: StatusCode, body: &'static str) -> (Entra, Arc<FakeEntraId>) {
    let fake = Arc::new(FakeEntraId { status, body, requests: Mutex::default() });
    let transport = fake.clone();
    let create = move || {
        let client_options = ClientOptions {
            transport: Some(Transport::new(transport.clone())),
            retry: RetryOptions::none(),
            ..Default::default()
        };
        let options = ClientSecretCredentialOptions { client_options };
        let secret = "sesame-7".to_owned().into();
        let client = "client".to_owned();
        Ok(ClientSecretCredential::new("tenant", client, secret, Some(options))? as _)
    };
    let mut entra = Entra::single("client secret", create).expect("well-formed");
    entra.secrets = Secrets::of("sesame-7");
    (entra, fake)
}

#[tokio::test]
async fn application_requests_a_token_for_the_scope() {
    let body = r#"{"token_type":"Bearer","expires_in":3600,"access_token":"token-1"}"#;
    let (entra, fake) = application(StatusCode::Ok, body);
    let token = entra.token(SCOPE).await.expect("given");
    assert_eq!(token.secret.expose_secret(), "token-1");
    let left = token.expires_at.expect("an end").duration_since(SystemTime::now());
    assert!(left.expect("it is in the future") > Duration::from_secs(3000));
    let requests = fake.requests.lock().expect("whole").join("\n");
    assert_eq!(
        requests,
        "https://login.microsoftonline.com/tenant/oauth2/v2.0/token client_id=client&\
         client_secret=sesame-7&grant_type=client_credentials&\
         scope=https%3A%2F%2Fai.azure.com%2F.default"
    );
    assert!(!format!("{entra:?} {token:?}").contains("sesame"));
}

/// `azure_identity` caches tokens and cannot drop one.
#[tokio::test]
async fn rejected_token_is_not_returned_from_the_cache() {
    let body = r#"{"token_type":"Bearer","expires_in":3600,"access_token":"token-1"}"#;
    let (entra, fake) = application(StatusCode::Ok, body);
    let requests = || fake.requests.lock().expect("whole").len();
    let token = entra.token(SCOPE).await.expect("given");
    entra.token(SCOPE).await.expect("given");
    assert_eq!(requests(), 1);
    entra.renew(SCOPE, &token.secret).await.expect("given");
    assert_eq!(requests(), 2);
    entra.token(SCOPE).await.expect("given");
    assert_eq!(requests(), 2);
}

#[tokio::test]
async fn rejected_application_is_an_authentication_error() {
    let body = r#"{"error_codes":[7000215],"error_description":"AADSTS7000215: Invalid client secret sesame-7."}"#;
    let (entra, _) = application(StatusCode::Unauthorized, body);
    let error = entra.token(SCOPE).await.expect_err("rejected");
    assert_eq!(error.kind(), ErrorKind::Authentication);
    let message = error.to_string();
    assert!(
        message.starts_with("Microsoft Entra ID returned no token for scope https://ai"),
        "{message}"
    );
    assert!(message.contains("AADSTS7000215: Invalid client secret [redacted]"), "{message}");
    assert!(!format!("{error:?}").contains("sesame"));
}

#[tokio::test]
async fn transient_failures_have_a_retryable_kind() {
    let body = r#"{"error_codes":[90033],"error_description":"AADSTS90033: A transient error."}"#;
    for status in [429, 500, 503, 408] {
        let (mut entra, _) = application(StatusCode::from(status), body);
        entra.sources.push(CredentialSource::unusable("az", "none"));
        let error = entra.token(SCOPE).await.expect_err("it is busy");
        assert_eq!(error.kind(), ErrorKind::Server, "{status}: {error}");
    }
    let (entra, _) = application(StatusCode::BadRequest, body);
    assert_eq!(entra.token(SCOPE).await.expect_err("no").kind(), ErrorKind::Authentication);
}

#[tokio::test]
async fn empty_scope_is_a_configuration_error_without_a_request() {
    let (entra, fake) = application(StatusCode::Ok, "{}");
    let error = entra.token("").await.expect_err("there is no scope");
    assert!(error.is_configuration() && error.to_string().contains(".token_scope("), "{error}");
    assert!(fake.requests.lock().expect("whole").is_empty());
}

#[test]
fn malformed_tenant_is_a_configuration_error() {
    let refused = Entra::client_secret("no tenant", "client", "sesame-7").expect_err("malformed");
    assert!(refused.is_configuration() && refused.to_string().contains("tenant"), "{refused}");
    assert!(!format!("{refused:?}").contains("sesame"));
}

#[test]
fn environment_selects_the_sources() {
    let sources = |variables: &[(&str, &str)]| {
        let read = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let entra = Entra::from_variables(&read);
        entra.sources.iter().map(|source| (source.name, source.needs_probe)).collect::<Vec<_>>()
    };
    let identity = ("managed identity", true);
    let (az, azd) = (("az", false), ("azd", false));
    let application = [
        ("AZURE_TENANT_ID", "t"),
        ("AZURE_CLIENT_ID", "c"),
        ("AZURE_CLIENT_SECRET", "s"),
        ("AZURE_TOKEN_CREDENTIALS", "dev"),
    ];
    assert_eq!(sources(&[]), [identity, az, azd]);
    assert_eq!(sources(&application[..3]), [("client secret", false)]);
    assert_eq!(sources(&application[..2]), [identity, az, azd]);
    assert_eq!(sources(&application), [az, azd], "only the developer tools are allowed");
    assert_eq!(sources(&[("AZURE_TOKEN_CREDENTIALS", "prod")]), [identity]);
    assert_eq!(sources(&[("AZURE_TOKEN_CREDENTIALS", "azureclicredential")]), [az]);
    let named = ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential");
    assert_eq!(sources(&[named]), [("managed identity", false)], "a named source is not probed");
    assert_eq!(sources(&[("AZURE_FEDERATED_TOKEN_FILE", "f")]), [("workload identity", false)]);
}
