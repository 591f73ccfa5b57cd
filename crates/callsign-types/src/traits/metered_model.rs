//! Model calls at a run's expense.

use std::sync::Arc;

use super::budget::{Budget, Spending};
use super::model::{Model, ModelExt};
use crate::error::Error;
use crate::event::ModelResponse;
use crate::request::Request;

/// The model of a run, for calls whose tokens and cost count for that run.
#[derive(Debug)]
pub struct MeteredModel {
    model: Arc<dyn Model>,
    budget: Arc<Budget>,
}

impl MeteredModel {
    /// Creates a model whose calls count for `budget`.
    #[doc(hidden)]
    pub fn new(model: Arc<dyn Model>, budget: Arc<Budget>) -> Self {
        Self { model, budget }
    }

    /// Sends a request to the run's model and waits for the complete response.
    ///
    /// # Errors
    /// Returns the model's error, or a limit error if the run's limit of tokens or cost is
    /// exhausted. Returns a configuration error if the run's cost is limited and the price of the
    /// model is unknown.
    pub async fn ask(&self, request: Request) -> Result<ModelResponse, Error> {
        self.ask_other(&self.model, request).await
    }

    /// Sends a request to another model and waits for the complete response. Its tokens and cost
    /// count for the run as well.
    ///
    /// # Errors
    /// Returns the same errors as [`ask`](Self::ask).
    pub async fn ask_other(
        &self,
        model: &Arc<dyn Model>,
        request: Request,
    ) -> Result<ModelResponse, Error> {
        if let Some(limit) = self.budget.exhausted() {
            return Err(limit.error());
        }
        // The request is needed again only to estimate tokens that the provider does not report.
        let sent = self.budget.is_limited().then(|| request.clone());
        let response = model.complete(request).await?;
        self.budget.charge(&**model, sent.as_ref(), &response)?;
        Ok(response)
    }

    /// Returns what the calls have used so far.
    #[doc(hidden)]
    pub fn spent(&self) -> Spending {
        self.budget.spent()
    }
}
