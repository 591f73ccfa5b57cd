//! What a model writes into its text, as data.

use std::borrow::Cow;

/// What a model writes into its text: which tags mark its reasoning, and how it writes tool calls.
///
/// The default is none of both, and the text stays as it is.
///
/// ```
/// use callsign_types::text_format::{CallSyntax, ReasoningTags, TextFormat};
///
/// let format = TextFormat::new().reasoning([ReasoningTags::THINK]).calls([CallSyntax::ToolCallTag]);
/// assert_eq!(format, TextFormat::qwen());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextFormat {
    /// The tags of reasoning, which is taken out of the text. They count at the beginning of a
    /// response and after a call.
    pub reasoning: Cow<'static, [ReasoningTags]>,
    /// Whether a response begins inside of the reasoning, because the chat template has written the
    /// opening tag. The first of [`reasoning`](Self::reasoning) is that tag.
    ///
    /// If the provider sends reasoning in a field of its own, this has no effect.
    pub begins_with_reasoning: bool,
    /// The notations of calls.
    pub calls: Cow<'static, [CallSyntax]>,
}

/// The tags around reasoning.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReasoningTags {
    /// The opening tag.
    pub open: Cow<'static, str>,
    /// The closing tag.
    pub close: Cow<'static, str>,
}

impl ReasoningTags {
    /// `<think>…</think>`: DeepSeek R1, Qwen 3, GLM 4.5 and others.
    pub const THINK: Self = Self::fixed("<think>", "</think>");
    /// `<thinking>…</thinking>`.
    pub const THINKING: Self = Self::fixed("<thinking>", "</thinking>");
    /// `<thought>…</thought>`.
    pub const THOUGHT: Self = Self::fixed("<thought>", "</thought>");
    /// `<reasoning>…</reasoning>`.
    pub const REASONING: Self = Self::fixed("<reasoning>", "</reasoning>");
    /// `[THINK]…[/THINK]`: Magistral.
    pub const MAGISTRAL: Self = Self::fixed("[THINK]", "[/THINK]");
    /// `◁think▷…◁/think▷`: Kimi.
    pub const KIMI: Self = Self::fixed("◁think▷", "◁/think▷");

    /// All tags that are named here.
    pub const ALL: &'static [Self] =
        &[Self::THINK, Self::THINKING, Self::THOUGHT, Self::REASONING, Self::MAGISTRAL, Self::KIMI];

    const fn fixed(open: &'static str, close: &'static str) -> Self {
        Self { open: Cow::Borrowed(open), close: Cow::Borrowed(close) }
    }

    /// Creates the tags `open` and `close`. Tags that are empty are never found.
    pub fn new(open: impl Into<Cow<'static, str>>, close: impl Into<Cow<'static, str>>) -> Self {
        Self { open: open.into(), close: close.into() }
    }
}

/// A notation of tool calls in text.
///
/// The forms are those of the models' chat templates, and of the parsers for them in vLLM
/// (`tool_parsers`), SGLang (`function_call`) and llama.cpp (`common/chat`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallSyntax {
    /// `<tool_call>…</tool_call>` around `{"name": …, "arguments": …}`, a list of these (Hermes,
    /// Qwen), `<function=…>` (Qwen3-Coder), or a name with `<arg_key>` and `<arg_value>` (GLM 4.5).
    /// Also `<|tool_call|>…<|/tool_call|>` (Phi 4, Granite) and `<function_call>`.
    ToolCallTag,
    /// `{"name": …, "arguments": …}` or a list of these, without markers: Llama 3 and many small
    /// models. `parameters` is another name of `arguments`. The value has lines of its own.
    Json,
    /// `[TOOL_CALLS]` before a list of objects, or before `name[ARGS]{…}`, with or without
    /// `[CALL_ID]…`: Mistral.
    Mistral,
    /// `<|python_tag|>` before JSON objects: Llama 3.
    PythonTag,
    /// `<function=name>…</function>` around a JSON object (Llama 3.1), or around
    /// `<parameter=key>value</parameter>` (Qwen3-Coder).
    FunctionTag,
    /// `<｜tool▁call▁begin｜>…<｜tool▁call▁end｜>`: DeepSeek V3, R1 and V3.1. Also
    /// `<｜DSML｜invoke name="…">…</｜DSML｜invoke>`: DeepSeek V3.2 and later.
    DeepSeek,
    /// `<|tool_call_begin|>functions.name:0…<|tool_call_end|>`: Kimi K2.
    Kimi,
    /// `<invoke name="…"><parameter name="…">…</parameter></invoke>`: MiniMax M2.
    Invoke,
}

impl CallSyntax {
    /// All notations.
    pub const ALL: &'static [Self] = &[
        Self::ToolCallTag,
        Self::Json,
        Self::Mistral,
        Self::PythonTag,
        Self::FunctionTag,
        Self::DeepSeek,
        Self::Kimi,
        Self::Invoke,
    ];
}

impl TextFormat {
    /// Creates a format without reasoning and calls.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All tags and all notations, for a model that is not known. A chat template that writes the
    /// opening tag of the reasoning is not assumed.
    #[must_use]
    pub fn any() -> Self {
        Self {
            reasoning: Cow::Borrowed(ReasoningTags::ALL),
            begins_with_reasoning: false,
            calls: Cow::Borrowed(CallSyntax::ALL),
        }
    }

    /// Qwen 2.5, Qwen 3 and Hermes, and models that were trained after them.
    #[must_use]
    pub fn qwen() -> Self {
        Self::new().reasoning([ReasoningTags::THINK]).calls([CallSyntax::ToolCallTag])
    }

    /// Qwen3-Coder.
    #[must_use]
    pub fn qwen_coder() -> Self {
        Self::qwen().calls([CallSyntax::ToolCallTag, CallSyntax::FunctionTag])
    }

    /// Llama 3.
    #[must_use]
    pub fn llama() -> Self {
        Self::new().calls([CallSyntax::PythonTag, CallSyntax::FunctionTag, CallSyntax::Json])
    }

    /// Mistral and Magistral.
    #[must_use]
    pub fn mistral() -> Self {
        Self::new().reasoning([ReasoningTags::MAGISTRAL]).calls([CallSyntax::Mistral])
    }

    /// DeepSeek R1, whose chat template writes `<think>`. For DeepSeek V3 without thinking, set
    /// [`begins_with_reasoning`](Self::begins_with_reasoning) to false.
    #[must_use]
    pub fn deepseek() -> Self {
        let format = Self::new().reasoning([ReasoningTags::THINK]).begins_with_reasoning(true);
        format.calls([CallSyntax::DeepSeek])
    }

    /// Sets the tags of reasoning.
    #[must_use]
    pub fn reasoning(mut self, tags: impl IntoIterator<Item = ReasoningTags>) -> Self {
        self.reasoning = tags.into_iter().collect();
        self
    }

    /// Sets whether a response begins inside of the reasoning.
    #[must_use]
    pub fn begins_with_reasoning(mut self, begins: bool) -> Self {
        self.begins_with_reasoning = begins;
        self
    }

    /// Sets the notations of calls.
    #[must_use]
    pub fn calls(mut self, calls: impl IntoIterator<Item = CallSyntax>) -> Self {
        self.calls = calls.into_iter().collect();
        self
    }

    /// Returns whether the text stays as it is.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.reasoning.is_empty() && self.calls.is_empty()
    }
}
