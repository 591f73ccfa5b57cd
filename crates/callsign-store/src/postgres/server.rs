//! The server, and the pool of connections to it.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use callsign_types::traits::store::StoreError;
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use tokio::time::timeout;
use tokio_postgres::{Client, Config, Error, NoTls};

use super::address::Address;
use super::error::QueryError;
use super::tls::Tls;
use crate::rows::failed;

/// The time limit for one operation, including the wait for a connection.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);

/// The statements that each connection runs first. They make the server write commits to its disk
/// before it acknowledges them, even if it is configured otherwise. A stricter setting is kept.
const CONNECTION_SETTINGS: &str = "
SET default_transaction_isolation = 'read committed';
SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off';
";

/// A database on a server.
pub(super) struct Server {
    pool: Pool,
    config: Config,
    tls: Option<Tls>,
    /// The URL without secrets, for messages.
    shown: String,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("shown", &self.shown).finish_non_exhaustive()
    }
}

impl Server {
    /// Creates the pool. The first operation opens the first connection.
    pub(super) fn new(address: Address, connections: usize) -> Result<Arc<Self>, StoreError> {
        let Address { config, authorities, is_plain, shown } = address;
        let tls = if is_plain { None } else { Some(Tls::new(authorities.as_deref())?) };
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match &tls {
            Some(tls) => Manager::from_config(config.clone(), tls.clone(), recycling),
            None => Manager::from_config(config.clone(), NoTls, recycling),
        };
        let configure = Hook::async_fn(|connection, _| {
            Box::pin(async move {
                connection.batch_execute(CONNECTION_SETTINGS).await.map_err(HookError::Backend)
            })
        });
        let pool = Pool::builder(manager)
            .max_size(connections)
            .runtime(Runtime::Tokio1)
            .post_create(configure)
            .build()
            .map_err(|error| failed("cannot create the connection pool".to_owned(), error))?;
        Ok(Arc::new(Self { pool, config, tls, shown }))
    }

    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Returns the conversion to the store's error. `action` is a phrase such as `append to`.
    pub(super) fn store_error(&self, action: &str) -> impl FnOnce(QueryError) -> StoreError {
        move |error| error.into_store_error(&self.shown, action)
    }

    /// Runs an operation that may run twice. If its connection breaks, it runs once more on
    /// another connection.
    pub(super) async fn run_idempotent<T, F>(
        &self,
        action: &str,
        operation: impl Fn(Arc<Object>) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let outcome = match self.run(&operation).await {
            Err(error) if error.is_connection_lost() => self.run(&operation).await,
            first => first,
        };
        outcome.map_err(self.store_error(action))
    }

    /// Runs an operation that must not run twice.
    pub(super) async fn run_once<T, F>(
        &self,
        action: &str,
        operation: impl Fn(Arc<Object>) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.run(&operation).await.map_err(self.store_error(action))
    }

    async fn run<T, F>(&self, operation: &impl Fn(Arc<Object>) -> F) -> Result<T, QueryError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let result = async {
            let connection = Arc::new(self.connection().await?);
            let guard = ConnectionGuard(Some(connection.clone()));
            let value = operation(connection).await?;
            guard.return_to_pool();
            Ok(value)
        };
        timeout(OPERATION_TIMEOUT, result).await.unwrap_or(Err(QueryError::TimedOut))
    }

    async fn connection(&self) -> Result<Object, QueryError> {
        loop {
            let connection = self.pool.get().await?;
            // The pool may return a connection that broke after its last use.
            if !connection.is_closed() {
                return Ok(connection);
            }
        }
    }

    /// Opens a connection outside of the pool. It closes when the client is dropped.
    pub(super) async fn connect(&self) -> Result<Client, QueryError> {
        let client = match &self.tls {
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await?;
                tokio::spawn(connection);
                client
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                tokio::spawn(connection);
                client
            }
        };
        Ok(client)
    }
}

/// A connection in use. Unless it is returned to the pool, dropping it closes it: after an error
/// or a cancellation the server may still run a statement, or be inside a transaction.
struct ConnectionGuard(Option<Arc<Object>>);

impl ConnectionGuard {
    fn return_to_pool(mut self) {
        self.0 = None;
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take().and_then(Arc::into_inner) {
            drop(Object::take(connection));
        }
    }
}
