//! The routes beside chat, of a model that is asked again.

use callsign_core::words::error::Error;

use super::model::ChatModel;
use crate::around::retry::Retry;
use crate::routes::embeddings::model::EmbeddingModel;
use crate::routes::info::ModelInfo;

impl Retry<ChatModel> {
    /// What the model is, as [`ChatModel::info`] says, which is asked again as the policy says.
    /// Both share what the service has told once. Dropping the future ends the tries.
    ///
    /// ```no_run
    /// use callsign_models::around::retry::Retry;
    /// use callsign_models::chat::model::ChatModel;
    ///
    /// # async fn ask() -> Result<(), callsign_core::words::error::Error> {
    /// let model = Retry::new(ChatModel::from_env()?);
    /// println!("{}", model.info().await?.model_name);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Not found where the endpoint has no such route, as most have none; else as the last try
    /// failed.
    pub async fn info(&self) -> Result<&ModelInfo, Error> {
        self.inner().0.info(self.own_policy()).await
    }

    /// The same endpoint and model, for embeddings, asked again as the policy says.
    #[must_use]
    pub fn embeddings(&self) -> EmbeddingModel {
        self.inner().embeddings().retry(self.own_policy().clone())
    }
}
