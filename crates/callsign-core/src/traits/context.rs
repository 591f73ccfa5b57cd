//! What a tool call knows of its surroundings.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::words::id::{CallNumber, ConversationId, JournalKey};

/// The surroundings of one tool call: who calls, and the state that the agent was built with.
#[derive(Clone)]
pub struct Context {
    call: Arc<CallContext>,
    states: States,
}

#[derive(Debug)]
struct CallContext {
    conversation: ConversationId,
    key: JournalKey,
    number: CallNumber,
    call_id: String,
    tool: Arc<str>,
}

impl Context {
    /// The surroundings of this call.
    pub(crate) fn new(
        conversation: ConversationId,
        key: JournalKey,
        number: CallNumber,
        call_id: String,
        tool: Arc<str>,
        states: States,
    ) -> Self {
        let call = CallContext { conversation, key, number, call_id, tool };
        Self { call: Arc::new(call), states }
    }

    /// Surroundings without an agent, to call a tool by hand, as tests do.
    #[must_use]
    pub fn detached(states: States) -> Self {
        let conversation = ConversationId::from("detached");
        let number = CallNumber(0);
        let tool = Arc::from("detached");
        Self::new(conversation, JournalKey::random(), number, number.wire_id(), tool, states)
    }

    /// The conversation that the call belongs to.
    #[must_use]
    pub fn conversation(&self) -> &ConversationId {
        &self.call.conversation
    }

    /// The id that the model knows the call by.
    #[must_use]
    pub fn call_id(&self) -> &str {
        &self.call.call_id
    }

    /// The call's number in its conversation.
    #[must_use]
    pub fn call_number(&self) -> CallNumber {
        self.call.number
    }

    /// The name of the tool that is called.
    #[must_use]
    pub fn tool(&self) -> &str {
        &self.call.tool
    }

    /// A key to hand on to services that take one, so that an effect happens once.
    ///
    /// It is the same however often this call is run, in whichever process, and no other call
    /// of any conversation has it.
    #[must_use]
    pub fn idempotency_key(&self) -> String {
        format!("{}-{}", self.call.key.as_str(), self.call.number.0)
    }

    /// The state of this type that the agent was built with.
    #[must_use]
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        self.states.get::<T>()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("call", &self.call).field("states", &self.states).finish()
    }
}

/// Values by their type, shared by all calls of an agent.
#[derive(Clone, Default)]
pub struct States(Arc<HashMap<TypeId, State>>);

/// A type's name, and an `Arc` of a value of the type.
type State = (&'static str, Arc<dyn Any + Send + Sync>);

impl States {
    /// Adds a value; one of the same type is replaced.
    #[must_use]
    pub fn with<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        let state: State = (type_name::<T>(), Arc::new(value));
        Arc::make_mut(&mut self.0).insert(TypeId::of::<T>(), state);
        self
    }

    /// The value of this type.
    #[must_use]
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        let (_, value) = self.0.get(&TypeId::of::<T>())?;
        value.downcast_ref::<Arc<T>>().map(|value| &**value)
    }

    /// Whether there is a value of the type that this id names.
    #[must_use]
    pub fn contains(&self, id: TypeId) -> bool {
        self.0.contains_key(&id)
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.0.values().map(|(name, _)| *name).collect();
        names.sort_unstable();
        f.debug_set().entries(names).finish()
    }
}
