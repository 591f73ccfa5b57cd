"""Runs the guide of Azure AI Inference with the official Python client.

Each function is a section of the guide. The model is the practice model, whose rules make the
answers predictable. `tests/python.sh` starts it and sets the environment.
"""

import base64
import json
import os
import struct
import sys

from azure.ai.inference import ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient
from azure.ai.inference.models import (
    AssistantMessage,
    ChatCompletionsNamedToolChoice,
    ChatCompletionsNamedToolChoiceFunction,
    ChatCompletionsToolDefinition,
    FunctionDefinition,
    ImageContentItem,
    ImageDetailLevel,
    ImageEmbeddingInput,
    ImageUrl,
    JsonSchemaFormat,
    SystemMessage,
    TextContentItem,
    ToolMessage,
    UserMessage,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError

ENDPOINT = os.environ["AZURE_INFERENCE_ENDPOINT"]
CREDENTIAL = AzureKeyCredential(os.environ["AZURE_INFERENCE_CREDENTIAL"])
IMAGE = os.path.join(os.path.dirname(__file__), "../../examples/azure-tour/data/chart.png")

client = ChatCompletionsClient(endpoint=ENDPOINT, credential=CREDENTIAL)
QUESTION = [
    SystemMessage(content="You are a helpful assistant."),
    UserMessage(content="How many languages are in the world?"),
]


def info():
    info = client.get_model_info()
    assert info.model_name == "practice-model", info
    assert info.model_type == "chat-completion", info
    assert info.model_provider_name == "Callsign", info


def chat():
    response = client.complete(messages=QUESTION)
    choice = response.choices[0]
    assert choice.message.role == "assistant", response
    assert "practice model" in choice.message.content, response
    assert choice.finish_reason == "stop", response
    assert response.model == "practice-model", response
    usage = response.usage
    assert usage.prompt_tokens > 0 and usage.completion_tokens > 0, response
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, response
    return choice.message.content


def stream():
    result = client.complete(
        messages=QUESTION, temperature=0, top_p=1, max_tokens=2048, stream=True
    )
    deltas, reasons = [], []
    for update in result:
        if update.choices:
            deltas.append(update.choices[0].delta.content or "")
            reasons.append(update.choices[0].finish_reason)
    assert len(deltas) > 10, deltas
    assert "".join(deltas) == chat(), deltas
    assert reasons[-1] == "stop" and not any(reasons[:-1]), reasons
    assert update.usage.total_tokens > 0, update


def parameters():
    response = client.complete(
        messages=QUESTION,
        presence_penalty=0.1,
        frequency_penalty=0.8,
        max_tokens=2048,
        stop=["<|endoftext|>"],
        temperature=0,
        top_p=1,
        seed=7,
        response_format="text",
    )
    assert response.choices[0].message.content == chat(), response
    short = client.complete(messages=QUESTION, max_tokens=3)
    assert short.choices[0].finish_reason == "length", short
    assert short.usage.completion_tokens == 3, short


def json_answers():
    messages = [
        SystemMessage(
            content="You are a helpful assistant that always generate responses in JSON format,"
            ' using the following format: { "answer": "response" }.'
        ),
        QUESTION[1],
    ]
    response = client.complete(messages=messages, response_format="json_object")
    answer = json.loads(response.choices[0].message.content)
    assert "practice model" in answer["answer"], answer
    schema = {
        "type": "object",
        "properties": {"origin": {"type": "string"}, "destination": {"type": "string"}},
        "required": ["origin", "destination"],
        "additionalProperties": False,
    }
    response = client.complete(
        messages=[UserMessage(content="I want to go from Miami to Seattle.")],
        response_format=JsonSchemaFormat(name="route", schema=schema, strict=True),
    )
    route = json.loads(response.choices[0].message.content)
    assert route == {"origin": "Miami", "destination": "Seattle"}, route


def extras():
    response = client.complete(messages=QUESTION, model_extras={"logprobs": True})
    tokens = response.choices[0]["logprobs"]["content"]
    assert "".join(token["token"] for token in tokens) == chat(), tokens
    assert all(token["logprob"] == 0 for token in tokens), tokens
    try:
        # With `model_extras`, the client sets the header itself. This body has none.
        body = {"messages": [message.as_dict() for message in QUESTION], "logprobs": True}
        client.complete(body, headers={"extra-parameters": "error"})
    except HttpResponseError as error:
        assert error.status_code == 422, error
        body = error.response.json()
        assert body["code"] == "parameter_not_supported", body
        assert body["detail"]["loc"] == ["body", "logprobs"], body
    else:
        raise AssertionError("an extra parameter was accepted with `extra-parameters: error`")


def get_flight_info(origin_city, destination_city):
    return {
        "info": f"There are no flights available from {origin_city} to {destination_city}. "
        "You should take a train."
    }


FLIGHT_INFO = ChatCompletionsToolDefinition(
    function=FunctionDefinition(
        name="get_flight_info",
        description="Returns information about the next flight between two cities.",
        parameters={
            "type": "object",
            "properties": {
                "origin_city": {
                    "type": "string",
                    "description": "The name of the city where the flight originates",
                },
                "destination_city": {
                    "type": "string",
                    "description": "The flight destination city",
                },
            },
            "required": ["origin_city", "destination_city"],
        },
    )
)
TRAVEL = [
    SystemMessage(content="You are a helpful assistant that help users to find flights."),
    UserMessage(content="When is the next flight from Miami to Seattle?"),
]


def tools():
    messages = list(TRAVEL)
    response = client.complete(messages=messages, tools=[FLIGHT_INFO], tool_choice="auto")
    assert response.choices[0].finish_reason == "tool_calls", response
    called = response.choices[0].message
    messages.append(called)
    assert len(called.tool_calls) == 1, called
    for call in called.tool_calls:
        arguments = json.loads(call.function.arguments.replace("'", '"'))
        assert call.function.name == "get_flight_info", call
        assert arguments == {"origin_city": "Miami", "destination_city": "Seattle"}, arguments
        result = json.dumps(get_flight_info(**arguments))
        messages.append(ToolMessage(tool_call_id=call.id, content=result))
    response = client.complete(messages=messages, tools=[FLIGHT_INFO])
    answer = response.choices[0].message.content
    assert "no flights available from Miami to Seattle" in answer, answer
    assert "train" in answer, answer
    # Continue the same conversation.
    messages.append(AssistantMessage(content=answer))
    messages.append(UserMessage(content="And from Boston to Denver?"))
    response = client.complete(messages=messages, tools=[FLIGHT_INFO])
    (call,) = response.choices[0].message.tool_calls
    arguments = json.loads(call.function.arguments)
    assert arguments == {"origin_city": "Boston", "destination_city": "Denver"}, arguments


def streamed_tools():
    named = ChatCompletionsNamedToolChoice(
        function=ChatCompletionsNamedToolChoiceFunction(name="get_flight_info")
    )
    result = client.complete(
        messages=TRAVEL, tools=[FLIGHT_INFO], tool_choice=named, stream=True
    )
    name, arguments, ids = "", "", set()
    for update in result:
        for call in update.choices[0].delta.tool_calls or [] if update.choices else []:
            ids.update([call.id] if call.id else [])
            name += call.function.name or ""
            arguments += call.function.arguments or ""
    assert name == "get_flight_info" and len(ids) == 1, (name, ids)
    expected = {"origin_city": "Miami", "destination_city": "Seattle"}
    assert json.loads(arguments) == expected, arguments


def content_safety():
    try:
        client.complete(
            messages=[
                SystemMessage(content="You are an AI assistant that helps people find information."),
                UserMessage(
                    content="Chopping tomatoes and cutting them into cubes or wedges are great "
                    "ways to practice your knife skills."
                ),
            ]
        )
    except HttpResponseError as error:
        assert error.status_code == 400, error
        body = error.response.json()["error"]
        assert body["code"] == "content_filter" and body["message"], body
        assert body["innererror"]["content_filter_result"]["violence"]["filtered"], body
    else:
        raise AssertionError("the prompt was not blocked")


def image():
    def complete(url):
        return client.complete(
            messages=[
                SystemMessage("You are a helpful assistant that can generate responses based on images."),
                UserMessage(
                    content=[
                        TextContentItem(text="Which conclusion can be extracted from the following chart?"),
                        ImageContentItem(image_url=url),
                    ]
                ),
            ],
            temperature=0,
            top_p=1,
            max_tokens=2048,
        )

    with open(IMAGE, "rb") as file:
        data = base64.b64encode(file.read()).decode("utf-8")
    response = complete(ImageUrl(url=f"data:image/png;base64,{data}"))
    assert "an image (PNG, " in response.choices[0].message.content, response
    assert response.usage.prompt_tokens > 85, response
    response = complete(
        ImageUrl.load(image_file=IMAGE, image_format="png", detail=ImageDetailLevel.HIGH)
    )
    assert "an image (PNG, " in response.choices[0].message.content, response
    try:
        complete(ImageUrl(url="data:image/png;base64,!"))
    except HttpResponseError as error:
        assert error.status_code == 400, error
    else:
        raise AssertionError("a malformed image was accepted")


def embeddings():
    embedder = EmbeddingsClient(endpoint=ENDPOINT, credential=CREDENTIAL)
    texts = ["first phrase", "second phrase"]
    floats = embedder.embed(input=texts, dimensions=8, input_type="query")
    assert [item.index for item in floats.data] == [0, 1], floats
    assert all(len(item.embedding) == 8 for item in floats.data), floats
    assert floats.usage.prompt_tokens == floats.usage.total_tokens > 0, floats
    encoded = embedder.embed(input=texts, dimensions=8, encoding_format="base64")
    for one, other in zip(floats.data, encoded.data):
        numbers = struct.unpack("<8f", base64.b64decode(other.embedding))
        assert all(abs(a - b) < 1e-6 for a, b in zip(one.embedding, numbers)), numbers
    images = ImageEmbeddingsClient(endpoint=ENDPOINT, credential=CREDENTIAL)
    item = ImageEmbeddingInput.load(image_file=IMAGE, image_format="png", text="a chart")
    response = images.embed(input=[item], dimensions=4)
    assert len(response.data[0].embedding) == 4, response


def main():
    sections = [
        info, chat, stream, parameters, json_answers, extras, tools, streamed_tools,
        content_safety, image, embeddings,
    ]
    failed = 0
    for section in sections:
        try:
            section()
            print(f"{section.__name__}: ok")
        except Exception as error:  # A failed section does not stop the others.
            failed += 1
            print(f"{section.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
    print(f"{len(sections) - failed} of {len(sections)} sections of the guide passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
