//! The server, and the connections to it that are shared.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use callsign_core::traits::store::StoreError;
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use tokio::time::timeout;
use tokio_postgres::{Client, Config, Error, NoTls};

use super::address::Address;
use super::error::Fault;
use super::tls::Tls;
use crate::rows::failed;

/// How long a question may take, the waiting for a connection included.
const PATIENCE: Duration = Duration::from_secs(30);

/// What each connection begins with. Commits are on the server's disk before they are
/// acknowledged, also where the server is set up otherwise; a stronger setting stays.
const BEGIN: &str = "
SET default_transaction_isolation = 'read committed';
SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off';
";

/// A server's database.
pub(super) struct Server {
    pool: Pool,
    config: Config,
    tls: Option<Tls>,
    /// How it is called in messages; there is no password in it.
    shown: String,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("shown", &self.shown).finish_non_exhaustive()
    }
}

impl Server {
    /// Nothing is connected to before it is asked something.
    pub(super) fn new(address: Address, connections: usize) -> Result<Arc<Self>, StoreError> {
        let Address { config, authorities, is_plain, shown } = address;
        let tls = if is_plain { None } else { Some(Tls::new(authorities.as_deref())?) };
        let recycled = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match &tls {
            Some(tls) => Manager::from_config(config.clone(), tls.clone(), recycled),
            None => Manager::from_config(config.clone(), NoTls, recycled),
        };
        let begin = Hook::async_fn(|connection, _| {
            Box::pin(
                async move { connection.batch_execute(BEGIN).await.map_err(HookError::Backend) },
            )
        });
        let pool = Pool::builder(manager)
            .max_size(connections)
            .runtime(Runtime::Tokio1)
            .post_create(begin)
            .build()
            .map_err(|error| failed("the connections cannot be pooled".to_owned(), error))?;
        Ok(Arc::new(Self { pool, config, tls, shown }))
    }

    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Puts a fault into words; `doing` is such as `append to`.
    pub(super) fn said(&self, doing: &str) -> impl FnOnce(Fault) -> StoreError {
        move |fault| fault.said(&self.shown, doing)
    }

    /// Asks what may be asked twice: where the connection breaks, another one is asked.
    pub(super) async fn ask<T, F>(
        &self,
        doing: &str,
        work: impl Fn(Arc<Object>) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let outcome = match self.within_patience(&work).await {
            Err(fault) if fault.is_lost() => self.within_patience(&work).await,
            first => first,
        };
        outcome.map_err(self.said(doing))
    }

    /// Asks what may not be asked twice.
    pub(super) async fn ask_once<T, F>(
        &self,
        doing: &str,
        work: impl Fn(Arc<Object>) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Error>>,
    {
        self.within_patience(&work).await.map_err(self.said(doing))
    }

    async fn within_patience<T, F>(&self, work: &impl Fn(Arc<Object>) -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let asked = async {
            let connection = Arc::new(self.connection().await?);
            let lent = Lent(Some(connection.clone()));
            let answer = work(connection).await?;
            lent.back();
            Ok(answer)
        };
        timeout(PATIENCE, asked).await.unwrap_or(Err(Fault::Late))
    }

    async fn connection(&self) -> Result<Object, Fault> {
        loop {
            let connection = self.pool.get().await?;
            // One that broke since it was last used is sometimes found out only by now.
            if !connection.is_closed() {
                return Ok(connection);
            }
        }
    }

    /// A connection that is not one of those that are shared. It ends when the client is dropped.
    pub(super) async fn connect(&self) -> Result<Client, Fault> {
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

/// A connection that is to be given back. One that is dropped instead is closed, because the
/// server may still be at work for it, or in a transaction.
struct Lent(Option<Arc<Object>>);

impl Lent {
    fn back(mut self) {
        self.0 = None;
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take().and_then(Arc::into_inner) {
            drop(Object::take(connection));
        }
    }
}
