//! [`Embeddings`]: the response to an embedding request.

use callsign_types::usage::Usage;
use serde_json::{Map, Value};

/// Embeddings, in the order of the request's inputs.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Embeddings {
    /// One embedding for each text or image of the request, in its order.
    pub data: Vec<Embedding>,
    /// The response id, if the provider sent one.
    pub id: Option<String>,
    /// The model that generated the embeddings, if the provider sent it.
    pub model: Option<String>,
    /// The token usage; `None` if absent.
    pub usage: Option<Usage>,
    /// Unknown fields, unchanged.
    pub extra: Map<String, Value>,
}

impl Embeddings {
    /// Returns only the vectors.
    #[must_use]
    pub fn into_vectors(self) -> Vec<Vec<f32>> {
        self.data.into_iter().map(|embedding| embedding.vector).collect()
    }
}

/// One embedding.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Embedding {
    /// The vector.
    pub vector: Vec<f32>,
    /// Unknown fields, unchanged.
    pub extra: Map<String, Value>,
}
