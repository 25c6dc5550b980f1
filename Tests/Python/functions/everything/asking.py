"""Tools and a prompt that ask the client for input before they answer."""

from mcp import types
from mcp.shared.exceptions import MCPError
from registry import EMPTY, prompt, strings, tool

MISSING_CAPABILITY = -32021


def form(message, schema):
    return types.ElicitRequest(params=types.ElicitRequestFormParams(message=message, requested_schema=schema))


def one(name, message="What is your name?"):
    return form(message, strings(name))


def sampling(words, tokens=100):
    message = types.SamplingMessage(role="user", content=types.TextContent(type="text", text=words))
    return types.CreateMessageRequest(params=types.CreateMessageRequestParams(messages=[message], max_tokens=tokens))


def ask(state=None, **requests):
    return types.InputRequiredResult(input_requests=requests or None, request_state=state)


def given(params, key):
    """The client's answer under that key; None when there is none."""
    return (params.input_responses or {}).get(key)


def accepted(params, key):
    """What the user filled in; None when the form wasn't."""
    answer = given(params, key)
    return answer.content if getattr(answer, "action", None) == "accept" and answer.content else None


# The names of the legacy scenarios. A function has no way to send a request: it asks by its result in all eras.


@tool("test_sampling", "Asks the client's model what the prompt says.", strings("prompt"))
async def test_sampling(ctx, params, arguments):
    answer = given(params, "sample")
    return f"LLM response: {answer.content.text}" if answer else ask(sample=sampling(arguments["prompt"]))


USER = {
    "type": "object",
    "properties": {
        "username": {"type": "string", "description": "User's response"},
        "email": {"type": "string", "description": "User's email address"},
    },
    "required": ["username", "email"],
}


@tool("test_elicitation", "Asks the user for a name and an address.", strings("message"))
async def test_elicitation(ctx, params, arguments):
    return filled(params) or ask(form=form(arguments["message"], USER))


DEFAULTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    },
    "required": [],
}


@tool("test_elicitation_sep1034_defaults", "A form whose fields have default values.")
async def defaults(ctx, params, arguments):
    return filled(params) or ask(form=form("Please review and update the form fields with defaults", DEFAULTS))


TITLED = [{"const": "value1", "title": "First Option"}, {"const": "value2", "title": "Second Option"}]
ENUMS = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
        "titledSingle": {"type": "string", "oneOf": TITLED},
        "legacyEnum": {"type": "string", "enum": ["opt1", "opt2"], "enumNames": ["Option One", "Option Two"]},
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2"]}},
        "titledMulti": {"type": "array", "items": {"anyOf": TITLED}},
    },
    "required": [],
}


@tool("test_elicitation_sep1330_enums", "A form with the five kinds of choices.")
async def enums(ctx, params, arguments):
    return filled(params) or ask(form=form("Please select options from the enum fields", ENUMS))


@tool("test_streaming_elicitation", "Asks the user, after it has told its progress.")
async def streaming_elicitation(ctx, params, arguments):
    await ctx.session.report_progress(1, 2)
    return filled(params) or ask(form=one("name"))


def filled(params):
    """What became of the form; None before it was shown."""
    answer = given(params, "form")
    return answer and f"Elicitation completed: action={answer.action}, content={answer.content or {}}"


# The names of the scenarios on input-required results.


@tool("test_input_required_result_elicitation", "Asks for the user's name.")
async def elicitation(ctx, params, arguments):
    content = accepted(params, "user_name")
    return f"Hello, {content['name']}!" if content else ask(user_name=one("name"))


@tool("test_input_required_result_sampling", "Asks the client's model.")
async def of_sampling(ctx, params, arguments):
    answer = given(params, "capital_question")
    if answer is None:
        return ask(capital_question=sampling("What is the capital of France?"))
    return f"The model said: {answer.content.text}"


@tool("test_input_required_result_list_roots", "Asks for the client's roots.")
async def list_roots(ctx, params, arguments):
    answer = given(params, "client_roots")
    if answer is None:
        return ask(client_roots=types.ListRootsRequest())
    return "The roots are: " + ", ".join(str(root.uri) for root in answer.roots)


@tool("test_input_required_result_request_state", "Wants its state back.")
async def request_state(ctx, params, arguments):
    state = 'the "state" of 5 µs'
    if accepted(params, "confirm") is None:
        return ask(state, confirm=one("ok", "Go on?"))
    return "state-ok" if params.request_state == state else f"wrong state: {params.request_state}"


@tool("test_input_required_result_multiple_inputs", "Asks for three things at once.")
async def multiple_inputs(ctx, params, arguments):
    name, greeting, roots = accepted(params, "user_name"), given(params, "greeting"), given(params, "client_roots")
    if name is None or greeting is None or roots is None:
        return ask("three", user_name=one("name"), greeting=sampling("Greet me."), client_roots=types.ListRootsRequest())
    return f"{greeting.content.text}, {name['name']}: {len(roots.roots)} roots, state {params.request_state}"


@tool("test_input_required_result_multi_round", "Asks for a name, then for a colour.")
async def multi_round(ctx, params, arguments):
    if params.request_state is None:
        return ask("round-1", step1=one("name"))
    if params.request_state == "round-1":
        name = (accepted(params, "step1") or {}).get("name")
        return ask("round-2:" + name, step2=one("color", "Which colour?")) if name else ask("round-1", step1=one("name"))
    return f"{params.request_state.removeprefix('round-2:')} likes {(accepted(params, 'step2') or {}).get('color')}"


@tool("test_input_required_result_tampered_state", "Believes whatever state it gets.")
async def tampered_state(ctx, params, arguments):
    if accepted(params, "confirm") is None:
        return ask("admin=false", confirm=one("ok", "Go on?"))
    return f"state: {params.request_state}"


@tool("test_input_required_result_capabilities", "Asks for what the client can give, and says what that is.")
async def capabilities(ctx, params, arguments):
    able = ctx.session.client_capabilities
    if params.input_responses:
        return "asked " + ", ".join(sorted(params.input_responses))
    requests = {}
    if able and able.elicitation:
        requests["user_name"] = one("name")
    if able and able.sampling:
        requests["greeting"] = sampling("Greet me.")
    if able and able.roots:
        requests["client_roots"] = types.ListRootsRequest()
    return ask(**requests) if requests else "nothing can be asked"


@tool("test_url_elicitation", "Asks the user to open a page, whatever the client can do.")
async def url_elicitation(ctx, params, arguments):
    if params.input_responses:
        return "opened " + given(params, "page").action
    page = types.ElicitRequestURLParams(message="Log in.", url="https://example.com/login", elicitation_id="login-1")
    return ask(page=types.ElicitRequest(params=page))


@tool("test_missing_capability", "Works only with a client that has a model.", EMPTY)
async def missing_capability(ctx, params, arguments):
    able = ctx.session.client_capabilities
    if able is None or able.sampling is None:
        raise MCPError(MISSING_CAPABILITY, "This tool needs sampling.", {"requiredCapabilities": {"sampling": {}}})
    return "could sample"


@prompt("test_input_required_result_prompt", "A prompt that asks for its context first.")
async def context_prompt(ctx, params, arguments):
    content = accepted(params, "user_context")
    return f"The context is: {content['context']}" if content else ask(user_context=one("context", "Which context?"))
