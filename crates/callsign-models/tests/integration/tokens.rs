//! Tokens that a provider rejects before they expire.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use callsign_models::auth::cache::CachedTokens;
use callsign_models::auth::source::{Token, TokenSource};
use callsign_models::chat::builder::ChatModelBuilder;
use callsign_models::chat::model::ChatModel;
use callsign_models::endpoint::profile::Profile;
use callsign_types::error::{Error, ErrorKind};
use callsign_types::traits::model::ModelExt;
use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const REPLY: &str = r#"{"choices":[{"message":{"content":"Hi."},"finish_reason":"stop"}]}"#;

/// A server that accepts one token, and responds with 401 to others.
struct TokenServer {
    address: String,
    requests: Arc<AtomicUsize>,
}

impl TokenServer {
    async fn accepting(token: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/models", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let count = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(respond(stream, token, count.clone()));
            }
        });
        Self { address, requests }
    }

    fn model(&self, source: impl TokenSource + 'static) -> ChatModelBuilder {
        let model = ChatModel::builder(&self.address).model("m");
        model.profile(Profile::foundry_models()).token_source(source)
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

/// Responds to the requests of one connection. Each is small, so one read returns all of it.
async fn respond(mut stream: TcpStream, token: &str, count: Arc<AtomicUsize>) {
    let mut bytes = [0; 8192];
    while let Ok(read @ 1..) = stream.read(&mut bytes).await {
        count.fetch_add(1, Ordering::Relaxed);
        let request = String::from_utf8_lossy(&bytes[..read]).to_lowercase();
        let is_good = request.contains(&format!("authorization: bearer {token}\r\n"));
        let (status, body) =
            if is_good { ("200 OK", REPLY) } else { ("401 Unauthorized", r#"{"message":"No."}"#) };
        let response = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(response.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Returns `token-1`, then `token-2` and so on, up to `last`.
struct NumberedTokens {
    last: usize,
    fetched: AtomicUsize,
}

impl NumberedTokens {
    fn up_to(last: usize) -> Arc<Self> {
        Arc::new(Self { last, fetched: AtomicUsize::new(0) })
    }
}

#[async_trait::async_trait]
impl TokenSource for NumberedTokens {
    async fn token(&self, _: &str) -> Result<Token, Error> {
        let number = self.fetched.fetch_add(1, Ordering::Relaxed) + 1;
        let token = Token::new(format!("token-{}", number.min(self.last)));
        Ok(token.expires_at(SystemTime::now() + Duration::from_secs(3600)))
    }
}

#[tokio::test]
async fn revoked_token_is_replaced_and_the_request_is_sent_again() {
    let server = TokenServer::accepting("token-2").await;
    let source = NumberedTokens::up_to(9);
    let model = server.model(source.clone()).build().unwrap();
    assert_eq!(model.complete("hi").await.unwrap().text(), "Hi.");
    assert_eq!((server.requests(), source.fetched.load(Ordering::Relaxed)), (2, 2));
    // The new token is kept.
    assert_eq!(model.complete("hi").await.unwrap().text(), "Hi.");
    assert_eq!((server.requests(), source.fetched.load(Ordering::Relaxed)), (3, 2));
}

#[tokio::test]
async fn token_is_replaced_once_per_request() {
    let server = TokenServer::accepting("token-3").await;
    let source = NumberedTokens::up_to(9);
    let model = server.model(source.clone()).build().unwrap();
    let error = model.complete("hi").await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Authentication, Some(401)));
    assert_eq!((server.requests(), source.fetched.load(Ordering::Relaxed)), (2, 2));
    assert_eq!(model.complete("hi").await.unwrap().text(), "Hi.");
}

/// Sending the same token again would fail again.
#[tokio::test]
async fn source_that_returns_the_same_token_causes_no_second_request() {
    let server = TokenServer::accepting("token-2").await;
    let source = NumberedTokens::up_to(1);
    let model = server.model(source.clone()).build().unwrap();
    let error = model.complete("hi").await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Authentication, Some(401)));
    assert_eq!((server.requests(), source.fetched.load(Ordering::Relaxed)), (1, 2));
    let fixed = ChatModel::builder(&server.address).profile(Profile::foundry_models()).model("m");
    let error = fixed.bearer("token-1").build().unwrap().complete("hi").await.unwrap_err();
    assert_eq!((error.kind(), server.requests()), (ErrorKind::Authentication, 2));
}

#[tokio::test]
async fn concurrent_requests_share_the_new_token() {
    let server = TokenServer::accepting("token-2").await;
    let source = NumberedTokens::up_to(9);
    // The second request of each must not wait for the connection of another first one.
    let model = server.model(source.clone()).max_connections(3).build().unwrap();
    let replies = join_all((0..6).map(|_| model.complete("hi"))).await;
    assert!(replies.iter().all(|reply| reply.as_ref().unwrap().text() == "Hi."));
    assert_eq!(source.fetched.load(Ordering::Relaxed), 2);
}

/// A cache that several models share is itself the source of each.
#[tokio::test]
async fn shared_cache_drops_the_rejected_token() {
    let server = TokenServer::accepting("token-2").await;
    let source = NumberedTokens::up_to(9);
    let shared = Arc::new(CachedTokens::new(source.clone()));
    let model = server.model(shared.clone()).build().unwrap();
    assert_eq!(model.complete("hi").await.unwrap().text(), "Hi.");
    let other = server.model(shared).build().unwrap();
    assert_eq!(other.complete("hi").await.unwrap().text(), "Hi.");
    assert_eq!((server.requests(), source.fetched.load(Ordering::Relaxed)), (3, 2));
}

/// A source that has no other token.
struct BrokenAfterOne(AtomicUsize);

#[async_trait::async_trait]
impl TokenSource for BrokenAfterOne {
    async fn token(&self, _: &str) -> Result<Token, Error> {
        match self.0.fetch_add(1, Ordering::Relaxed) {
            0 => Ok(Token::new("token-1")),
            _ => Err(Error::new(ErrorKind::Transport, "the vault is away")),
        }
    }
}

#[tokio::test]
async fn failed_replacement_returns_the_error_of_the_provider() {
    let server = TokenServer::accepting("token-2").await;
    let model = server.model(BrokenAfterOne(AtomicUsize::new(0))).build().unwrap();
    let error = model.complete("hi").await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Authentication, Some(401)));
    assert_eq!(server.requests(), 1);
}
