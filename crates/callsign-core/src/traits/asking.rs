//! Asking a model at a run's expense.

use std::sync::Arc;

use super::ledger::{Ledger, Spent};
use super::model::{Model, ModelExt};
use crate::words::error::Error;
use crate::words::event::ModelReply;
use crate::words::request::Request;

/// A way to ask a model at a run's expense.
#[derive(Debug)]
pub struct Asking {
    model: Arc<dyn Model>,
    ledger: Arc<Ledger>,
}

impl Asking {
    pub(crate) fn new(model: Arc<dyn Model>, ledger: Arc<Ledger>) -> Self {
        Self { model, ledger }
    }

    /// Asks the run's model.
    ///
    /// # Errors
    /// As the model fails, and where the run's limit of tokens or money is used up.
    pub async fn ask(&self, request: Request) -> Result<ModelReply, Error> {
        self.ask_other(&self.model, request).await
    }

    /// Asks another model, at the run's expense as well.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub async fn ask_other(
        &self,
        model: &Arc<dyn Model>,
        request: Request,
    ) -> Result<ModelReply, Error> {
        if let Some(limit) = self.ledger.exhausted() {
            return Err(limit.error());
        }
        // Only where the service does not count is the request needed again.
        let sent = self.ledger.is_limited().then(|| request.clone());
        let reply = model.complete(request).await?;
        self.ledger.charge(&**model, sent.as_ref(), &reply)?;
        Ok(reply)
    }

    pub(crate) fn spent(&self) -> Spent {
        self.ledger.spent()
    }
}
