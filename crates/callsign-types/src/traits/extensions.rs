//! Values by their type.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// A map of values by their type. All calls of an agent or of a run share it.
#[derive(Clone, Default)]
pub struct Extensions(Arc<HashMap<TypeId, TypedValue>>);

/// A type's name, and an `Arc` of a value of the type, which allows unsized types.
type TypedValue = (&'static str, Arc<dyn Any + Send + Sync>);

impl Extensions {
    /// Adds a value, which replaces one of the same type.
    #[must_use]
    pub fn with<T: ?Sized + Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        let value: TypedValue = (type_name::<T>(), Arc::new(value));
        Arc::make_mut(&mut self.0).insert(TypeId::of::<T>(), value);
        self
    }

    /// Adds the values of `others` whose types are not present yet.
    #[doc(hidden)]
    pub fn or(mut self, others: &Self) -> Self {
        if self.is_empty() {
            return others.clone();
        }
        let own = Arc::make_mut(&mut self.0);
        for (id, value) in &*others.0 {
            own.entry(*id).or_insert_with(|| value.clone());
        }
        self
    }

    /// Returns the value of type `T`.
    #[must_use]
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        let (_, value) = self.0.get(&TypeId::of::<T>())?;
        value.downcast_ref::<Arc<T>>().map(|value| &**value)
    }

    /// Returns whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether there is a value of type `Arc<T>`, where `name` is the name of `T`. For an
    /// error message: `Arc<T>` is another type than `T`.
    #[doc(hidden)]
    pub fn has_arc_of(&self, name: &str) -> bool {
        let arc = type_name::<Arc<()>>().replace("()", name);
        self.0.values().any(|(known, _)| *known == arc)
    }

    /// Returns whether there is a value of the type with this id.
    #[must_use]
    pub fn contains(&self, id: TypeId) -> bool {
        self.0.contains_key(&id)
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values may be secret, and `Debug` output ends up in logs.
        let mut names: Vec<_> = self.0.values().map(|(name, _)| *name).collect();
        names.sort_unstable();
        f.debug_set().entries(names).finish()
    }
}
