//! Methods of a value as tools.

use std::marker::PhantomData;
use std::sync::Arc;

use callsign_types::traits::context::Context;
use callsign_types::traits::tool::{Arguments, Tool, ToolFuture, ToolSpec};

use super::function::Definition;

/// The generated function that calls a method of a value.
pub type MethodCall<T> = fn(Arc<T>, Context, Arguments) -> ToolFuture;

/// A type whose values can be shared by concurrent calls on any thread.
#[diagnostic::on_unimplemented(
    message = "the methods of `{Self}` can't be tools",
    label = "not `Send + Sync + 'static`",
    note = "calls share the value on any thread: wrap types that are not `Sync` in a `Mutex`"
)]
pub trait SharedValue: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> SharedValue for T {}

/// A type with tool methods, implemented by `#[toolset] impl`.
///
/// Each block of a type implements it for its own `Part`: [`OnlyOneBlockWithoutPart`], or
/// [`Part<2>`](Part) for `#[toolset(part = 2)]`. If two blocks have the same one, the compiler
/// reports conflicting implementations, and the name of the part has to say why.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no tool methods",
    label = "no `#[toolset] impl` block",
    note = "write `#[toolset]` above its `impl` block, and `#[tool]` above the methods in it; the \
            value must be `Send + Sync`, because calls share it"
)]
pub trait ToolMethods<Part>: SharedValue + Sized {
    /// Returns the definitions of the tool methods of this block, in source order, and those of the
    /// blocks with higher numbers.
    fn definitions() -> Vec<Definition<MethodCall<Self>>>;
}

/// Marks the block of a type under `#[toolset]` that has no number.
#[derive(Debug)]
pub enum OnlyOneBlockWithoutPart {}

/// Marks the block of a type under `#[toolset(part = N)]`.
#[derive(Debug)]
pub enum Part<const N: usize> {}

/// A type that has the block before a numbered one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `#[toolset]` block with the number before this one",
    label = "the block before this one is missing",
    note = "write `#[toolset]` on one block, and `#[toolset(part = 2)]`, `#[toolset(part = 3)]` … \
            on the others"
)]
pub trait HasPart<Part> {}

#[diagnostic::do_not_recommend]
impl<T: ToolMethods<P>, P> HasPart<P> for T {}

/// A block of a type, which may not exist: the inherent method takes precedence over that of
/// [`NoSuchPart`].
#[derive(Debug)]
pub struct PartProbe<T, P>(PhantomData<fn() -> (T, P)>);

impl<T, P> PartProbe<T, P> {
    /// Creates a probe.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "only the expansion creates it")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: ToolMethods<P>, P> PartProbe<T, P> {
    /// Returns the definitions of the block.
    #[must_use]
    pub fn definitions(&self) -> Vec<Definition<MethodCall<T>>> {
        T::definitions()
    }
}

/// The definitions of a block that does not exist.
pub trait NoSuchPart<T> {
    /// Returns no definitions.
    fn definitions(&self) -> Vec<Definition<MethodCall<T>>> {
        Vec::new()
    }
}

impl<T, P> NoSuchPart<T> for PartProbe<T, P> {}

impl<T: Send + Sync + 'static> Definition<MethodCall<T>> {
    /// Returns the tool that calls the method on `value`.
    pub(crate) fn tool_of(&self, value: Arc<T>) -> Arc<dyn Tool> {
        Arc::new(MethodTool { spec: self.spec(), value, call: self.call })
    }
}

struct MethodTool<T> {
    spec: ToolSpec,
    value: Arc<T>,
    call: MethodCall<T>,
}

impl<T: Send + Sync + 'static> Tool for MethodTool<T> {
    fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    fn call(&self, context: Context, arguments: Arguments) -> ToolFuture {
        (self.call)(self.value.clone(), context, arguments)
    }
}
