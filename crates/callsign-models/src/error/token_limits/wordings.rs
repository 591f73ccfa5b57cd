//! How providers word that a request exceeds a token limit, in lower case.
//!
//! The comment before each pattern names the provider and a public report with the wording.

/// Messages with the context length and both parts of the request.
pub(super) const SUM: &[&str] = &[
    // vLLM: vllm-project/vllm#20409. OpenAI words it alike.
    "maximum context length is {context} tokens. however, you requested {total} tokens ({input} in \
     the messages, {output} in the completion",
    // OpenAI: AstrBotDevs/AstrBot#1.
    "maximum context length is {context} tokens, however you requested {total} tokens ({input} in \
     your prompt; {output} for the completion",
    // vLLM: UKGovernmentBEIS/inspect_ai#2634.
    "is too large: {output}. this model's maximum context length is {context} tokens and your \
     request has {input} input tokens",
    // vLLM: vllm-project/vllm#42474. The count of the input is a lower bound: tokens are counted up to
    // the first one that does not fit, and a prompt of too many characters has no count.
    "maximum context length is {context} tokens. however, you requested {output} output tokens and \
     your prompt contains at least {bound} input tokens",
    "maximum context length is {context} tokens. however, you requested {output} output tokens and \
     your prompt contains {characters} characters",
    // SGLang: RooCodeInc/Roo-Code#6806.
    "maximum context length of {context} tokens. you requested a total of {total} tokens: {input} \
     tokens from the input messages and {output} tokens for the completion",
    // OpenRouter: OpenHands/OpenHands#9937.
    "maximum context length is {context} tokens. however, you requested about {total} tokens \
     ({input} of text input, {output} in the output",
    // OpenRouter: boldsoftware/shelley#159.
    "maximum context length is {context} tokens. however, you requested about {total} tokens \
     ({input} of text input, {input} of tool input, {output} in the output",
    // TGI: huggingface/huggingface_hub#2763.
    "`inputs` tokens + `max_new_tokens` must be <= {context}. given: {input} `inputs` tokens and \
     {output} `max_new_tokens`",
    // Anthropic: continuedev/continue#6080.
    "exceed context limit: {input} + {output} > {context}",
];

/// Messages about the output limit alone.
pub(super) const OUTPUT: &[&str] = &[
    // OpenAI: logancyang/obsidian-copilot#256.
    "max_tokens is too large: {output}. this model supports at most {max} completion tokens",
    // Anthropic: its API's message for `claude-3-haiku-20240307` and others, as the tests of public
    // clients repeat it.
    "max_tokens: {output} > {max}, which is the maximum allowed number of output tokens",
    // vLLM: its message for an output limit above the context length, as public reports repeat it.
    "={output} cannot be greater than max_model_len={max}",
    "={output} cannot be greater than max_model_len=max_total_tokens={max}",
    // Groq: anomalyco/opencode#1009, and without backticks RooCodeInc/Roo-Code#5739.
    "`max_tokens` must be less than or equal to `{max}`",
    "max_tokens must be less than or equal to {max},",
    // Ollama: DaviRain-Su/hyper-grok-build#44.
    "max_tokens ({output}) exceeds model's maximum output tokens ({max})",
    // Bedrock: vercel/ai#2772.
    "the maximum tokens you requested exceeds the model limit of {max}",
    // Bedrock: RooCodeInc/Roo-Code#248.
    "the maximum tokens you requested exceed the model limit of {max}",
    // DeepSeek: deepseek-ai/DeepSeek-V3#69.
    "the valid range of max_tokens is [1, {max}]",
    // Qwen at Alibaba Cloud: open-webui/open-webui#10507.
    "range of max_tokens should be [1, {max}]",
    // Cohere: the list of errors in its documentation.
    "too many tokens: max tokens must be less than or equal to {max}",
];

/// Messages about the input alone, and less specific ones about the context length. They are looked
/// for in each sentence. One is about the output limit if only that is named before it.
pub(super) const INPUT: &[&str] = &[
    // Gemini: google-gemini/gemini-cli#12214.
    "input token count{}exceeds the maximum number of",
    // vLLM: vllm-project/vllm#12165, and its later wording after vllm-project/vllm#12600.
    "is too long to fit into the model",
    "is longer than the maximum model length",
    // SGLang: QwenLM/Qwen3#1321 and sgl-project/sglang#4048.
    "is longer than the model's context length",
    "input length ({input} tokens) exceeds the maximum allowed length",
    // OpenRouter, for models of Poolside: the list of earendil-works/pi.
    "exceeds the maximum allowed input length",
    // xAI: cline/cline#3120.
    "maximum prompt length is {context} but the request contains",
    // Moonshot: MoonshotAI/kimi-cli#2011.
    "exceeded model token limit",
    // LM Studio: lmstudio-ai/lmstudio-bug-tracker#546, Gitlawb/openclaude#353 and
    // lmstudio-ai/lmstudio-bug-tracker#1251.
    "trying to keep the first{}overflows",
    "is greater than the context length",
    "mid-generation context overflow",
    // Ollama: dyad-sh/dyad#3498. oMLX begins alike: ValueCell-ai/ClawX#658.
    "exceeded max context length",
    "prompt too long",
    // Cohere: cohere-ai/sandbox-topically#4, and the list of errors in its documentation.
    "too many tokens: total number of tokens",
    "too many tokens: size limit exceeded",
    // TGI: huggingface/text-generation-inference#695.
    "`inputs` must have less than",
    // Bedrock: aws-samples/bedrock-chat#95.
    "input is too long for requested model",
    // Qwen at Alibaba Cloud: QwenLM/qwen-code#98.
    "range of input length should be [1,",
    // Z.ai: zeroclaw-labs/zeroclaw#4124.
    "prompt exceeds max length",
    // GitHub Copilot: the list of earendil-works/pi.
    "prompt token count of {input} exceeds the limit",
    // Groq: the list of earendil-works/pi, and cline/cline#4971 for its limit per minute.
    "reduce the length of the messages",
    "request too large for model",
    // OpenAI: the list of letta-ai/letta.
    "input tokens exceed the configured limit",
    // OpenAI, vLLM, SGLang, OpenRouter, Together and others, with or without numbers.
    "maximum context length",
    "context length exceeded",
    // llama.cpp, OpenAI and MiniMax: MiniMax-AI/MiniMax-M2#119.
    "exceeds the context",
    "exceeds the available context",
    "exceed context limit",
    "context window exceed",
    "context window{}overflow",
    "exceed{}context window",
    "overflow{}context window",
    "too long{}context window",
    "too large{}context window",
    "longer than{}context window",
    "larger than{}context window",
    "not fit{}context window",
    // Anthropic: earendil-works/pi#102. Perplexity and Mistral: recorded.
    "prompt is too long",
    "total length of all messages is too long",
    "too large for model with",
];

/// Names of the output limit.
pub(super) const OUTPUT_NAMES: &[&str] =
    &["max_tokens", "max_completion_tokens", "max_new_tokens", "max_output_tokens"];

/// Words for the input or a part of it.
pub(super) const INPUT_WORDS: &[&str] = &["input", "prompt", "messages", "conversation"];
