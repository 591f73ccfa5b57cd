use super::*;

/// Messages that providers sent, and the limit that the request exceeds. `wordings.rs` names the
/// sources.
const CASES: &[(&str, Exceeded)] = &[
    // Gemini.
    (
        "The input token count (134123) exceeds the maximum number of tokens allowed (131072).",
        Exceeded::Input { is_sum: false },
    ),
    // vLLM.
    (
        "This model's maximum context length is 200 tokens. However, your request has 203 input \
         tokens. Please reduce the length of the input messages. None",
        Exceeded::Input { is_sum: false },
    ),
    (
        "The prompt (total length 25938) is too long to fit into the model (context length 4096).",
        Exceeded::Input { is_sum: false },
    ),
    (
        "The decoder prompt (length 9000) is longer than the maximum model length of 8192.",
        Exceeded::Input { is_sum: false },
    ),
    (
        "This model's maximum context length is 16384 tokens. However, you requested 122946 tokens \
         (112946 in the messages, 10000 in the completion). Please reduce the length of the \
         messages or completion.",
        Exceeded::Input { is_sum: true },
    ),
    (
        "'max_tokens' or 'max_completion_tokens' is too large: 68000. This model's maximum context \
         length is 32768 tokens and your request has 20 input tokens (68000 > 32768 - 20). None",
        Exceeded::Output { max: Some(32748) },
    ),
    (
        "'max_tokens' or 'max_completion_tokens' is too large: 2000. This model's maximum context \
         length is 4096 tokens and your request has 2104 input tokens (2000 > 4096 - 2104).",
        Exceeded::Input { is_sum: true },
    ),
    // vLLM counts the input no further than to the first token that does not fit.
    (
        "This model's maximum context length is 128000 tokens. However, you requested 65535 output \
         tokens and your prompt contains at least 62466 input tokens, for a total of at least \
         128001 tokens. Please reduce the length of the input prompt or the number of requested \
         output tokens.",
        Exceeded::Input { is_sum: true },
    ),
    (
        "This model's maximum context length is 32768 tokens. However, you requested 32768 output \
         tokens and your prompt contains at least 1 input tokens, for a total of at least 32769 \
         tokens.",
        Exceeded::Output { max: None },
    ),
    (
        "This model's maximum context length is 32768 tokens. However, you requested 0 output \
         tokens and your prompt contains at least 32769 input tokens, for a total of at least \
         32769 tokens.",
        Exceeded::Input { is_sum: false },
    ),
    (
        "This model's maximum context length is 32768 tokens. However, you requested 32768 output \
         tokens and your prompt contains 31800 characters (more than 0 characters, which is the \
         upper bound for 0 input tokens). Please reduce the length of the input prompt or the \
         number of requested output tokens.",
        Exceeded::Output { max: None },
    ),
    (
        "This model's maximum context length is 32768 tokens. However, you requested 1024 output \
         tokens and your prompt contains 900000 characters (more than 507904 characters, which is \
         the upper bound for 31744 input tokens).",
        Exceeded::Input { is_sum: true },
    ),
    (
        "max_tokens=400000 cannot be greater than max_model_len=204800. Please request fewer \
         output tokens.",
        Exceeded::Output { max: Some(204_800) },
    ),
    (
        "max_completion_tokens=8888 cannot be greater than max_model_len=max_total_tokens=3072.",
        Exceeded::Output { max: Some(3072) },
    ),
    // SGLang.
    (
        "The input (61709 tokens) is longer than the model's context length (40960 tokens).",
        Exceeded::Input { is_sum: false },
    ),
    (
        "Input length (160062 tokens) exceeds the maximum allowed length (59862 tokens).",
        Exceeded::Input { is_sum: false },
    ),
    (
        "Requested token count exceeds the model's maximum context length of 98304 tokens. You \
         requested a total of 115623 tokens: 10527 tokens from the input messages and 105096 \
         tokens for the completion. Please reduce the number of tokens.",
        Exceeded::Output { max: Some(87777) },
    ),
    // xAI.
    (
        "This model's maximum prompt length is 131072 but the request contains 136973 tokens.",
        Exceeded::Input { is_sum: false },
    ),
    // Kimi.
    (
        "Invalid request: Your request exceeded model token limit: 262144 (requested: 269030)",
        Exceeded::Input { is_sum: false },
    ),
    // LM Studio.
    (
        "Trying to keep the first 111490 tokens when context the overflows. However, the model is \
         loaded with context length of only 32768 tokens, which is not enough.",
        Exceeded::Input { is_sum: false },
    ),
    (
        "The number of tokens to keep from the initial prompt is greater than the context length \
         (n_keep: 13055>= n_ctx: 4096). Try to load the model with a larger context length.",
        Exceeded::Input { is_sum: false },
    ),
    (
        "Reached context length of 4096 tokens with model (arch: qwen3vlmoe) that does not \
         currently support mid-generation context overflow.",
        Exceeded::Input { is_sum: false },
    ),
    // Ollama.
    (
        "prompt too long; exceeded max context length by 540451 tokens (ref: 00ad71bb)",
        Exceeded::Input { is_sum: false },
    ),
    (
        "max_tokens (384000) exceeds model's maximum output tokens (65536) for model x",
        Exceeded::Output { max: Some(65536) },
    ),
    // Cohere.
    (
        "too many tokens: size limit exceeded by 168512 tokens. The limit for this model is 132000 \
         tokens.",
        Exceeded::Input { is_sum: false },
    ),
    (
        "too many tokens: total number of tokens (prompt and prediction) cannot exceed 2048 - \
         received 6354. Try using a shorter prompt or a smaller max_tokens value.",
        Exceeded::Input { is_sum: false },
    ),
    (
        "too many tokens: max tokens must be less than or equal to 4096, the maximum output for \
         this model - received 8192.",
        Exceeded::Output { max: Some(4096) },
    ),
    // TGI.
    (
        "Input validation error: `inputs` must have less than 1024 tokens. Given: 1168",
        Exceeded::Input { is_sum: false },
    ),
    (
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 8740 \
         `inputs` tokens and 500 `max_new_tokens`",
        Exceeded::Input { is_sum: true },
    ),
    (
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 1512. Given: 100 \
         `inputs` tokens and 1500 `max_new_tokens`",
        Exceeded::Output { max: Some(1412) },
    ),
    // Bedrock.
    (
        "The model returned the following errors: Input is too long for requested model.",
        Exceeded::Input { is_sum: false },
    ),
    (
        "The maximum tokens you requested exceeds the model limit of 4096. Try again with a \
         maximum tokens value that is lower than 4096.",
        Exceeded::Output { max: Some(4096) },
    ),
    // Anthropic.
    ("prompt is too long: 219898 tokens > 200000 maximum", Exceeded::Input { is_sum: false }),
    (
        "input length and `max_tokens` exceed context limit: 199759 + 8192 > 200000, decrease \
         input length or `max_tokens` and try again",
        Exceeded::Input { is_sum: true },
    ),
    (
        "max_tokens: 128000 > 64000, which is the maximum allowed number of output tokens for \
         claude-haiku-4-5-20251001",
        Exceeded::Output { max: Some(64000) },
    ),
    // OpenAI.
    (
        "Your input exceeds the context window of this model. Please adjust your input.",
        Exceeded::Input { is_sum: false },
    ),
    (
        "This model's maximum context length is 8192 tokens. However, your messages resulted in \
         8545 tokens. Please reduce the length of the messages.",
        Exceeded::Input { is_sum: false },
    ),
    (
        "This model's maximum context length is 4097 tokens, however you requested 4569 tokens \
         (3545 in your prompt; 1024 for the completion). Please reduce your prompt; or completion \
         length.",
        Exceeded::Input { is_sum: true },
    ),
    (
        "max_tokens is too large: 10000. This model supports at most 4096 completion tokens, \
         whereas you provided 10000.",
        Exceeded::Output { max: Some(4096) },
    ),
    // OpenRouter.
    (
        "This endpoint's maximum context length is 131072 tokens. However, you requested about \
         138956 tokens (7884 of text input, 131072 in the output). Please reduce the length of \
         either one.",
        Exceeded::Output { max: Some(123188) },
    ),
    (
        "This endpoint's maximum context length is 204800 tokens. However, you requested about \
         205432 tokens (81684 of text input, 3748 of tool input, 120000 in the output).",
        Exceeded::Input { is_sum: true },
    ),
    (
        "This endpoint's maximum context length is 16384 tokens. However, you requested about \
         94307 tokens (94307 of text input).",
        Exceeded::Input { is_sum: false },
    ),
    // Groq.
    (
        "`max_tokens` must be less than or equal to `16384`, the maximum value for `max_tokens` is \
         less than the `context_window` for this model",
        Exceeded::Output { max: Some(16384) },
    ),
    ("Please reduce the length of the messages or completion.", Exceeded::Input { is_sum: false }),
    (
        "Request too large for model `m` in organization `o` service tier `on_demand` on tokens \
         per minute (TPM): Limit 10000, Requested 15088, please reduce your message size",
        Exceeded::Input { is_sum: false },
    ),
    // Qwen, DeepSeek, MiniMax, Z.ai, llama.cpp, Mistral, oMLX.
    (
        "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 204800]",
        Exceeded::Input { is_sum: false },
    ),
    (
        "<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 32768]",
        Exceeded::Output { max: Some(32768) },
    ),
    (
        "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]",
        Exceeded::Output { max: Some(8192) },
    ),
    ("invalid params, context window exceeds limit (2013)", Exceeded::Input { is_sum: false }),
    ("Prompt exceeds max length", Exceeded::Input { is_sum: false }),
    (
        "the request exceeds the available context size. try increasing the context size",
        Exceeded::Input { is_sum: false },
    ),
    (
        "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
        Exceeded::Input { is_sum: false },
    ),
    (
        "Prompt too long: 41911 tokens exceeds max context window of 32768 tokens",
        Exceeded::Input { is_sum: false },
    ),
];

#[test]
fn wordings_of_providers_tell_input_from_output() {
    for (message, expected) in CASES {
        assert_eq!(exceeded(&message.to_lowercase()), Some(*expected), "{message}");
    }
}

/// The subject of the sentence is the output limit.
#[test]
fn output_limit_above_the_context_is_not_an_input_that_is_too_long() {
    for message in [
        "max_tokens must not exceed the model's context window of 8192",
        "max_tokens (5000) exceeds the model's maximum context length of 4096",
        "invalid request. `max_completion_tokens` 40960 is greater than the context length 32768",
    ] {
        assert_eq!(exceeded(message), Some(Exceeded::Output { max: None }), "{message}");
    }
    for message in [
        "the prompt and max_tokens together exceed the model's context window",
        "max_tokens and the messages are more than the maximum context length",
        "the conversation does not fit into the context window of the model",
        "your request has overflowed: too long for the 8192 context window. lower max_tokens.",
    ] {
        let expected = Some(Exceeded::Input { is_sum: false });
        assert_eq!(exceeded(message), expected, "{message}");
    }
}

#[test]
fn other_messages_exceed_no_token_limit() {
    for message in [
        "",
        "invalid value for 'max_tokens': expected an integer",
        "unsupported parameter: 'max_tokens' is not supported with this model. use \
         'max_completion_tokens' instead.",
        "too many tokens, please wait before trying again.",
        "image exceeds 5 mb maximum",
        "string too long: expected a string with maximum length 64",
        "the conversation has the maximum number of tools",
        "max_tokens must be at least 1",
        "the 1m context window beta is not available for this account",
        "this model has no setting for its context window",
    ] {
        assert_eq!(exceeded(message), None, "{message}");
    }
}

#[test]
fn the_output_is_the_cause_if_halving_the_input_would_not_help() {
    let sum = |context: u64, input: u64, output: u64| {
        exceeded(&format!(
            "input length and `max_tokens` exceed context limit: {input} + {output} > {context}"
        ))
    };
    let (input, output) =
        (Some(Exceeded::Input { is_sum: true }), |max| Some(Exceeded::Output { max }));
    assert_eq!(sum(1000, 600, 700), input);
    assert_eq!(sum(1000, 600, 701), output(Some(400)));
    assert_eq!(sum(1000, 1001, 1), input);
    // The input alone does not fit, so it has to shrink whatever the output limit is.
    assert_eq!(sum(1000, 1001, 5000), input);
    assert_eq!(sum(1000, 1000, 5000), output(None));
}
