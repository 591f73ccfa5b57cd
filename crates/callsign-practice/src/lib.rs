//! The practice model: a rule-based mock server of a chat-completions API, on the loopback interface.
//!
//! It is not a language model, and says so in its responses. It exists to run an agent end to end, over real HTTP and
//! real server-sent events, without a key and without network access. It selects tools by comparing words, fills
//! their arguments from the user's sentence, asks for missing arguments, and describes the tool results as text.
//!
//! [`PracticeModel::start`] starts a server. [`PracticeModel::builder`] sets its port, a required key, and the pace of
//! streams.
//!
//! # Routes
//! | route | response |
//! |---|---|
//! | `POST {base}/chat/completions` | a chat completion, whole or as a stream |
//! | `POST {base}/embeddings` | a vector for each text |
//! | `POST {base}/images/embeddings` | a vector for each image, with an optional text |
//! | `GET {base}/info` | the model's name, type and provider |
//! | `GET /models`, `/v1/models`, `/openai/v1/models` | a list with this model |
//!
//! `{base}` is empty, `/v1`, `/models`, `/openai/v1` or `/openai/deployments/{name}`. So clients of OpenAI-compatible
//! APIs, of Azure OpenAI and of the Azure AI Model Inference API can connect. The query string and the field `model`
//! are ignored. A request body has at most 64 MiB.
//!
//! # What a request can set
//! - `tools`, `tool_choice` and `parallel_tool_calls`
//! - `response_format`: `text`, `json_object` or `json_schema`
//! - `max_tokens`, `max_completion_tokens` and `stop`. Tokens are estimates: six letters of a word, or four characters
//!   of arguments.
//! - `stream` and `stream_options.include_usage`. Without the option, only streams of the Azure AI Model Inference API
//!   report their usage.
//! - `logprobs` and `top_logprobs`. Each word has the log probability 0, because rules are certain.
//! - the header `extra-parameters`, for fields that the Azure AI Model Inference API does not define: `error` rejects
//!   them with status 422, and `drop` and `ignore` remove them. Otherwise the server uses those that it supports.
//!
//! `temperature`, `top_p`, `frequency_penalty` and `presence_penalty` must be in range, but have no effect. `n` must be
//! 1. Other fields are ignored.
//!
//! Requests are validated as strictly as by real providers. For example, each tool call in the history needs exactly
//! one result, right after it. An error response names the invalid field. Equal requests get equal completions.
//!
//! # What it understands
//! The examples assume tools such as `next_flights(origin_city, destination_city, date, limit)`. The rules know no tool
//! by name. They read names, descriptions and JSON schemas. They work in this order:
//!
//! 1. A message is split into clauses at "and", "then", semicolons, ends of sentences, and commas of lists.
//! 2. For each clause, the tool with the most words in common is selected. Words of its name weigh most, then those of
//!    its description. Rare words weigh more, and synonyms such as "flight" and "plane" count as equal.
//! 3. Its arguments are filled from the clause. What has only one meaning comes first: enums, email addresses, flight
//!    codes, dates and quotations. Names, labeled numbers and free text follow. Numbers without a label fill the
//!    required parameters in the order of `required`.
//! 4. A clause without a tool of its own completes the call before it, or repeats it with other arguments.
//! 5. Missing arguments come from tool results, or from an earlier message. The model asks for the rest, once.
//!
//! | user message | response |
//! |---|---|
//! | When is the next flight from New York to Seattle? | a call with `origin_city` and `destination_city` |
//! | Flights from Miami to Seattle tomorrow | the same with `date`. Today is the date that the system message calls the current one, or the UTC date. |
//! | What's the weather in Paris and the status of UA 15? | two calls in one response |
//! | Flights from New York to Seattle and to Boston | two calls. The second inherits the origin. |
//! | When is the next flight from New York to Seattle, and what is its status? | a call, then another with the flight number from the result |
//! | And to Boston? | after one of these: a call with the other arguments of the previous call |
//! | And back? / And from there to Boston? | a call with places of the previous call |
//! | Book the second one for Ada Lovelace. | a call with the second flight number of an earlier result, and the name |
//! | Roll 2d6 | a call with two numbers |
//! | Add 3 and 5 / Divide x=8 y=2 / Divide y 2 x 8 | a call with `x` and `y`: in order, or by their labels |
//! | Seats for 3 adults and 2 children | a call with `adults` and `children` |
//! | Search for "salt and pepper". | a call with the quotation |
//! | When is the next flight to Seattle? | the question for the missing origin. The reply "New York" leads to the call. |
//! | Flights to Seattle and to Boston | one question for the missing origin. The reply leads to two calls. |
//! | Hello! / Who are you? / Thanks! | small talk, with the list of tools |
//!
//! The current date can be written in many ways: "Today is Thursday, July 4, 2013", "The time in New York is
//! 2013-07-04T08:00" or `<now>2013-07-04T08:00:00Z</now>`. Other dates, such as that of a knowledge cutoff, are not
//! today. Mentions without a year belong to the year of the current date.
//!
//! Argument types are strings, integers, numbers, booleans, enums, constants, arrays and nested objects. Entities are
//! dates, times, flight codes, numbers, email addresses, quotations, names and places. Schemas may have local `$ref`s,
//! `null` alternatives, and bounds for numbers.
//!
//! Tool results become text: JSON objects and lists are described field by field, and at most 12 items of a list.
//! Results that report an error are reported as failures, without a retry.
//!
//! # What it does not understand
//! - Anything but English. It reads the first 2000 characters of a message, and up to eight earlier user messages.
//! - Facts, arithmetic and opinions. Without a matching tool, it responds that it cannot answer.
//! - Instructions. In the system message, it reads only the current date and the year.
//! - The content of images and audio clips. It checks their format and names them in the text.
//!
//! It invents no values. Only if `tool_choice` or `response_format` forces a value that it does not know, it generates
//! a placeholder: an empty string or array, `false`, the number closest to 0, or the first value of an enum.
//!
//! # Content filter
//! A user message with the phrase [`PracticeModel::FILTERED`] gets status 400 with the error code `content_filter`, in
//! the format of Azure AI Content Safety.
//!
//! # Embeddings
//! Vectors are made of hashed words, or of hashed blocks of an image. They have length 1, 64 dimensions by default, and
//! at most 4096. Texts with common words have similar vectors. A request has at most 2048 inputs.
//!
//! # Modules
//! The crate parses and writes raw JSON. It shares no code with the clients that it tests, so the two cannot have the
//! same mistake. The modules, from the outermost to the innermost:
//!
//! - `server` and `routes`: settings, HTTP routes and authorization
//! - `response`: truncation, serialization and streaming of a completion
//! - `dialog`: from a request to a completion
//! - `embeddings`: vectors of texts and images
//! - `request`: parsing and validation, media, content filter and extra parameters
//! - `tools`: schemas, ranking of tools, and arguments
//! - `language`: tokens, entities, names, locations, clauses, the current date and word lists
//! - `error`, `bind_error`, `usage` and `hash`: error responses, errors at the start, token estimates and a stable hash

mod bind_error;
mod dialog;
mod embeddings;
mod error;
mod hash;
mod language;
mod request;
mod response;
mod routes;
mod server;
mod tools;
mod usage;

pub use server::{PracticeModel, PracticeModelBuilder};

#[cfg(test)]
mod tests;
