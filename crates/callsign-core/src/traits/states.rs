//! Values by their type.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Values by their type, shared by all calls of an agent, or of a run.
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

    /// These values, and those of others whose types are not among them.
    pub(crate) fn over(mut self, others: &Self) -> Self {
        if self.is_empty() {
            return others.clone();
        }
        let own = Arc::make_mut(&mut self.0);
        for (id, state) in &*others.0 {
            own.entry(*id).or_insert_with(|| state.clone());
        }
        self
    }

    /// The value of this type.
    #[must_use]
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        let (_, value) = self.0.get(&TypeId::of::<T>())?;
        value.downcast_ref::<Arc<T>>().map(|value| &**value)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is no value of the type of this name, but an `Arc` of one, which is a type
    /// of its own.
    pub(crate) fn has_arc_of(&self, name: &str) -> bool {
        let arc = type_name::<Arc<()>>().replace("()", name);
        self.0.values().any(|(known, _)| *known == arc)
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
