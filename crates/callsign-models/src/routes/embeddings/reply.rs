//! Vectors, as they came.

use callsign_core::words::usage::Usage;
use serde_json::{Map, Value};

/// Vectors, in the order of what was embedded.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Embeddings {
    /// One for each text or image of the request, in its order.
    pub data: Vec<Embedding>,
    /// The service's id of the reply.
    pub id: Option<String>,
    /// The model that answered, as the service names it.
    pub model: Option<String>,
    /// What it cost; `None` where the service did not say.
    pub usage: Option<Usage>,
    /// Fields that this version does not know, as they came.
    pub extra: Map<String, Value>,
}

impl Embeddings {
    /// The vectors alone.
    #[must_use]
    pub fn into_vectors(self) -> Vec<Vec<f32>> {
        self.data.into_iter().map(|embedding| embedding.vector).collect()
    }
}

/// One vector.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Embedding {
    /// Its numbers.
    pub vector: Vec<f32>,
    /// Fields that this version does not know, as they came.
    pub extra: Map<String, Value>,
}
