//! History compaction: the [`Compactor`] trait.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::metered_model::MeteredModel;
use crate::error::Error;
use crate::journal::compaction::Compaction;
use crate::messages::Messages;

/// Compacts a history that has become too long for its model.
///
/// It is called before a request whose messages exceed the run's
/// [`Limits::context_tokens`](crate::limits::Limits::context_tokens), by estimate. The journal
/// records the compaction and keeps all messages, so that a fork from before it has the complete
/// history.
///
/// ```
/// use callsign_types::async_trait;
/// use callsign_types::error::Error;
/// use callsign_types::journal::compaction::Compaction;
/// use callsign_types::messages::Messages;
/// use callsign_types::traits::compactor::Compactor;
/// use callsign_types::traits::metered_model::MeteredModel;
///
/// /// Drops the older half of the history.
/// struct NewerHalf;
///
/// #[async_trait]
/// impl Compactor for NewerHalf {
///     async fn compact(
///         &self,
///         messages: &Messages,
///         _budget: u64,
///         _model: &MeteredModel,
///     ) -> Result<Option<Compaction>, Error> {
///         let before = messages.len() as u64 / 2;
///         let summary = format!("[{before} messages were dropped.]");
///         Ok((before > 0).then_some(Compaction::Replace { before, summary }))
///     }
/// }
/// ```
#[async_trait]
pub trait Compactor: Send + Sync + 'static {
    /// Returns a compaction after which `messages` take about `budget` tokens; `None` if it cannot
    /// compact them. `model` is the run's model, for example to write a summary.
    ///
    /// # Errors
    /// Returns an error if the compaction fails. The error is logged, and the request is sent with
    /// the history as it is.
    async fn compact(
        &self,
        messages: &Messages,
        budget: u64,
        model: &MeteredModel,
    ) -> Result<Option<Compaction>, Error>;
}

/// Implements the trait for a pointer to a compactor.
macro_rules! compactor_for {
    ($($pointer:ident),*) => {$(
        #[async_trait]
        impl<C: Compactor + ?Sized> Compactor for $pointer<C> {
            async fn compact(
                &self,
                messages: &Messages,
                budget: u64,
                model: &MeteredModel,
            ) -> Result<Option<Compaction>, Error> {
                (**self).compact(messages, budget, model).await
            }
        }
    )*};
}

compactor_for!(Arc, Box);

impl fmt::Debug for dyn Compactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compactor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ModelEvent, ResponseEnd};
    use crate::finish_reason::FinishReason;
    use crate::request::Request;
    use crate::traits::model::{Model, ModelInfo, ModelStream};

    struct Clear;

    #[async_trait]
    impl Compactor for Clear {
        async fn compact(
            &self,
            _: &Messages,
            budget: u64,
            _: &MeteredModel,
        ) -> Result<Option<Compaction>, Error> {
            Ok(Some(Compaction::ClearResults { before: budget }))
        }
    }

    struct Silent;

    impl Model for Silent {
        fn stream(&self, _: Request) -> ModelStream<'_> {
            let end = ResponseEnd::new(FinishReason::Stop);
            let event = ModelEvent::Finished(Box::new(end));
            Box::pin(futures_util::stream::iter([Ok(event)]))
        }

        fn info(&self) -> ModelInfo<'_> {
            ModelInfo::new("silent")
        }
    }

    #[tokio::test]
    async fn pointers_to_compactors_are_compactors() {
        let boxed: Box<dyn Compactor> = Box::new(Clear);
        let shared: Arc<dyn Compactor> = Arc::new(boxed);
        let model = MeteredModel::new(Arc::new(Silent), Arc::default());
        let compaction = shared.compact(&Messages::new(), 3, &model).await.unwrap();
        assert_eq!(compaction, Some(Compaction::ClearResults { before: 3 }));
    }
}
