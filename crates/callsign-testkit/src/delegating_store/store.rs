//! The store.

use std::fmt;
use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use callsign_types::id::{AppendId, ConversationId};
use callsign_types::journal::entry::Entry;
use callsign_types::traits::conversation_index::ConversationIndex;
use callsign_types::traits::store::{ConversationLock, InboxItem, Store, StoreError};
use futures_util::future::BoxFuture;

use super::operations::{
    DelegatedAppend, DelegatedDelivery, DelegatedInbox, DelegatedLoad, DelegatedLock,
};

/// A [`Store`] that forwards every method to another store.
///
/// Hooks intercept `lock`, `append`, `load`, `deliver` and `inbox`. A hook receives the operation,
/// and returns the result of the method. It can observe the operation, delay it, or fail it before
/// or after [`forward`](DelegatedAppend::forward) calls the inner store.
///
/// ```
/// use std::time::Duration;
///
/// use callsign_core::memory::MemoryStore;
/// use callsign_testkit::DelegatingStore;
/// use callsign_types::traits::store::StoreError;
///
/// let store = DelegatingStore::new(MemoryStore::new())
///     .on_load(|load| async move {
///         tokio::time::sleep(Duration::from_millis(2)).await;
///         load.forward().await
///     })
///     .on_append(|append| async move {
///         let length = append.forward().await?;
///         // The third append is stored, but its acknowledgement is lost.
///         if append.number == 3 {
///             return Err(StoreError::Failed { message: "connection lost".into(), source: None });
///         }
///         Ok(length)
///     });
/// ```
///
/// Clones share the inner store, the hooks and the counters.
#[derive(Clone)]
pub struct DelegatingStore {
    inner: Arc<dyn Store>,
    lock: Option<Arc<Hook<DelegatedLock, ConversationLock>>>,
    append: Option<Arc<Hook<DelegatedAppend, u64>>>,
    load: Option<Arc<Hook<DelegatedLoad, Vec<Entry>>>>,
    deliver: Option<Arc<Hook<DelegatedDelivery, u64>>>,
    inbox: Option<Arc<Hook<DelegatedInbox, Vec<InboxItem>>>>,
    has_index: bool,
    defers_appends: bool,
}

/// A closure that intercepts one method.
struct Hook<O, T> {
    function: Box<HookFn<O, T>>,
    /// The number of operations so far.
    operations: AtomicU64,
}

type HookFn<O, T> = dyn Fn(O) -> BoxFuture<'static, Result<T, StoreError>> + Send + Sync;

impl<O, T> Hook<O, T> {
    fn new<F, R>(function: F) -> Arc<Self>
    where
        F: Fn(O) -> R + Send + Sync + 'static,
        R: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let function = Box::new(move |operation| Box::pin(function(operation)) as BoxFuture<_>);
        Arc::new(Self { function, operations: AtomicU64::new(0) })
    }

    /// Calls the closure with the operation that `operation` creates from its number.
    async fn call(&self, operation: impl FnOnce(u64) -> O) -> Result<T, StoreError> {
        let number = self.operations.fetch_add(1, Ordering::Relaxed) + 1;
        (self.function)(operation(number)).await
    }
}

impl DelegatingStore {
    /// Returns a store that forwards to `inner`. It has no hooks.
    pub fn new(inner: impl Store) -> Self {
        Self {
            inner: Arc::new(inner),
            lock: None,
            append: None,
            load: None,
            deliver: None,
            inbox: None,
            has_index: true,
            defers_appends: false,
        }
    }

    /// Intercepts [`Store::lock`]. Replaces an earlier hook.
    #[must_use]
    pub fn on_lock<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(DelegatedLock) -> R + Send + Sync + 'static,
        R: Future<Output = Result<ConversationLock, StoreError>> + Send + 'static,
    {
        self.lock = Some(Hook::new(hook));
        self
    }

    /// Intercepts [`Store::append`]. Replaces an earlier hook.
    #[must_use]
    pub fn on_append<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(DelegatedAppend) -> R + Send + Sync + 'static,
        R: Future<Output = Result<u64, StoreError>> + Send + 'static,
    {
        self.append = Some(Hook::new(hook));
        self
    }

    /// Intercepts [`Store::load`]. Replaces an earlier hook.
    #[must_use]
    pub fn on_load<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(DelegatedLoad) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Vec<Entry>, StoreError>> + Send + 'static,
    {
        self.load = Some(Hook::new(hook));
        self
    }

    /// Intercepts [`Store::deliver`]. Replaces an earlier hook.
    #[must_use]
    pub fn on_deliver<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(DelegatedDelivery) -> R + Send + Sync + 'static,
        R: Future<Output = Result<u64, StoreError>> + Send + 'static,
    {
        self.deliver = Some(Hook::new(hook));
        self
    }

    /// Intercepts [`Store::inbox`]. Replaces an earlier hook.
    #[must_use]
    pub fn on_inbox<F, R>(mut self, hook: F) -> Self
    where
        F: Fn(DelegatedInbox) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Vec<InboxItem>, StoreError>> + Send + 'static,
    {
        self.inbox = Some(Hook::new(hook));
        self
    }

    /// Hides the conversation index of the inner store: [`Store::index`] returns `None`.
    #[must_use]
    pub fn without_index(mut self) -> Self {
        self.has_index = false;
        self
    }

    /// Makes [`Store::appends_immediately`] return `false`, as a store on a disk does.
    #[doc(hidden)]
    #[must_use]
    pub fn deferred_appends(mut self) -> Self {
        self.defers_appends = true;
        self
    }
}

#[async_trait]
impl Store for DelegatingStore {
    async fn lock(&self, conversation: &ConversationId) -> Result<ConversationLock, StoreError> {
        let Some(hook) = &self.lock else { return self.inner.lock(conversation).await };
        hook.call(|number| {
            let conversation = conversation.clone();
            DelegatedLock { number, conversation, inner: self.inner.clone() }
        })
        .await
    }

    async fn append(
        &self,
        conversation: &ConversationId,
        at: u64,
        id: AppendId,
        entries: &[Entry],
    ) -> Result<u64, StoreError> {
        let Some(hook) = &self.append else {
            return self.inner.append(conversation, at, id, entries).await;
        };
        hook.call(|number| {
            let (conversation, entries) = (conversation.clone(), entries.to_vec());
            DelegatedAppend { number, conversation, at, id, entries, inner: self.inner.clone() }
        })
        .await
    }

    async fn load(
        &self,
        conversation: &ConversationId,
        range: Range<u64>,
    ) -> Result<Vec<Entry>, StoreError> {
        let Some(hook) = &self.load else { return self.inner.load(conversation, range).await };
        hook.call(|number| {
            let conversation = conversation.clone();
            DelegatedLoad { number, conversation, range, inner: self.inner.clone() }
        })
        .await
    }

    async fn deliver(
        &self,
        conversation: &ConversationId,
        id: AppendId,
        item: InboxItem,
    ) -> Result<u64, StoreError> {
        let Some(hook) = &self.deliver else {
            return self.inner.deliver(conversation, id, item).await;
        };
        hook.call(|number| {
            let conversation = conversation.clone();
            DelegatedDelivery { number, conversation, id, item, inner: self.inner.clone() }
        })
        .await
    }

    async fn inbox(
        &self,
        conversation: &ConversationId,
        from: u64,
    ) -> Result<Vec<InboxItem>, StoreError> {
        let Some(hook) = &self.inbox else { return self.inner.inbox(conversation, from).await };
        hook.call(|number| {
            let conversation = conversation.clone();
            DelegatedInbox { number, conversation, from, inner: self.inner.clone() }
        })
        .await
    }

    fn appends_immediately(&self) -> bool {
        !self.defers_appends && self.inner.appends_immediately()
    }

    fn identity(&self) -> String {
        self.inner.identity()
    }

    fn index(&self) -> Option<&dyn ConversationIndex> {
        if self.has_index { self.inner.index() } else { None }
    }
}

impl fmt::Debug for DelegatingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DelegatingStore")
            .field("inner", &self.inner.identity())
            .finish_non_exhaustive()
    }
}
