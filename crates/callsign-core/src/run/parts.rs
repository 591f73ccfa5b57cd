//! What an agent is made of, as far as its runs need it.

use std::sync::Arc;

use crate::dispatch::toolbox::Toolbox;
use crate::traits::context::States;
use crate::traits::model::Model;
use crate::traits::store::Store;
use crate::words::limits::Limits;
use crate::words::request::Options;

/// The parts of an agent, shared by everything that it runs.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) model: Arc<dyn Model>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) instructions: Option<Arc<str>>,
    pub(crate) toolbox: Arc<Toolbox>,
    pub(crate) states: States,
    pub(crate) limits: Limits,
    pub(crate) options: Arc<Options>,
}
