//! The routes beside chat: what the model is, and embeddings.

mod answer;
pub mod embeddings;
pub mod info;
