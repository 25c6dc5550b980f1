"""An MCP server in the official SDK whose tools and prompt ask for input before they answer. Its names and keys are those of
the official conformance suite.
"""

import asyncio

from mangum import Mangum
from mcp.server.mcpserver import Context, MCPServer
from mcp.shared.exceptions import MCPError
from mcp.types import (
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitRequestURLParams,
    InputRequiredResult,
    ListRootsRequest,
    SamplingMessage,
    TextContent,
)

MISSING_CAPABILITY = -32021
server = MCPServer("questions")


def form(name, message="What is your name?"):
    schema = {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sampling(text):
    message = SamplingMessage(role="user", content=TextContent(type="text", text=text))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=100))


def ask(state=None, **requests):
    return InputRequiredResult(input_requests=requests or None, request_state=state)


def given(ctx, key):
    """The client's answer under that key; None when there is none."""
    return (ctx.input_responses or {}).get(key)


def accepted(ctx, key):
    """The content of a form that the user filled in; None for anything else."""
    answer = given(ctx, key)
    return answer.content if getattr(answer, "action", None) == "accept" and answer.content else None


@server.tool()
def test_input_required_result_elicitation(ctx: Context) -> str | InputRequiredResult:
    """Asks for the user's name."""
    content = accepted(ctx, "user_name")
    return f"Hello, {content['name']}!" if content else ask(user_name=form("name"))


@server.tool()
def test_input_required_result_sampling(ctx: Context) -> str | InputRequiredResult:
    """Asks the client's model."""
    answer = given(ctx, "capital_question")
    if answer is None:
        return ask(capital_question=sampling("What is the capital of France?"))
    return f"The model said: {answer.content.text}"


@server.tool()
def test_input_required_result_list_roots(ctx: Context) -> str | InputRequiredResult:
    """Asks for the client's roots."""
    answer = given(ctx, "client_roots")
    if answer is None:
        return ask(client_roots=ListRootsRequest())
    return "The roots are: " + ", ".join(str(root.uri) for root in answer.roots)


@server.tool()
def test_input_required_result_request_state(ctx: Context) -> str | InputRequiredResult:
    """Wants its state back."""
    if accepted(ctx, "confirm") is None:
        return ask("the \"state\" of 5 µs", confirm=form("ok", "Go on?"))
    return "state-ok" if ctx.request_state == "the \"state\" of 5 µs" else f"wrong state: {ctx.request_state}"


@server.tool()
def test_input_required_result_multiple_inputs(ctx: Context) -> str | InputRequiredResult:
    """Asks for three things at once."""
    if accepted(ctx, "user_name") is None or given(ctx, "greeting") is None or given(ctx, "client_roots") is None:
        return ask("three", user_name=form("name"), greeting=sampling("Greet me."), client_roots=ListRootsRequest())
    name, greeting = accepted(ctx, "user_name")["name"], given(ctx, "greeting").content.text
    return f"{greeting}, {name}: {len(given(ctx, 'client_roots').roots)} roots, state {ctx.request_state}"


@server.tool()
def test_input_required_result_multi_round(ctx: Context) -> str | InputRequiredResult:
    """Asks for a name, then for a colour."""
    if ctx.request_state is None:
        return ask("round-1", step1=form("name"))
    if ctx.request_state == "round-1":
        name = (accepted(ctx, "step1") or {}).get("name")
        return ask("round-2:" + name, step2=form("color", "Which colour?")) if name else ask("round-1", step1=form("name"))
    return f"{ctx.request_state.removeprefix('round-2:')} likes {(accepted(ctx, 'step2') or {}).get('color')}"


@server.tool()
def test_input_required_result_tampered_state(ctx: Context) -> str | InputRequiredResult:
    """Believes whatever state it gets."""
    if accepted(ctx, "confirm") is None:
        return ask("admin=false", confirm=form("ok", "Go on?"))
    return f"state: {ctx.request_state}"


@server.tool()
def test_input_required_result_capabilities(ctx: Context) -> str | InputRequiredResult:
    """Asks for what the client can give, and says what that is."""
    able = ctx.client_capabilities
    if ctx.input_responses:
        return "asked " + ", ".join(sorted(ctx.input_responses))
    requests = {}
    if able and able.elicitation:
        requests["user_name"] = form("name")
    if able and able.sampling:
        requests["greeting"] = sampling("Greet me.")
    if able and able.roots:
        requests["client_roots"] = ListRootsRequest()
    return ask(**requests) if requests else "nothing can be asked"


@server.tool()
def test_url_elicitation(ctx: Context) -> str | InputRequiredResult:
    """Asks whatever the client can."""
    if ctx.input_responses:
        return "opened " + given(ctx, "page").action
    return ask(page=ElicitRequest(params=ElicitRequestURLParams(message="Log in.", url="https://example.com/login")))


@server.tool()
def test_missing_capability(ctx: Context) -> str:
    """Works only with a client that has a model."""
    able = ctx.client_capabilities
    if able is None or able.sampling is None:
        raise MCPError(MISSING_CAPABILITY, "This tool needs sampling.", {"requiredCapabilities": {"sampling": {}}})
    return "could sample"


@server.tool()
def add(a: int, b: int) -> int:
    """The sum of two numbers."""
    return a + b


@server.prompt()
def test_input_required_result_prompt(ctx: Context) -> str | InputRequiredResult:
    """A prompt that asks for its context first."""
    content = accepted(ctx, "user_context")
    return f"The context is: {content['context']}" if content else ask(user_context=form("context", "Which context?"))


application = server.streamable_http_app(stateless_http=True, json_response=True)
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
life = server.session_manager.run()
loop.run_until_complete(life.__aenter__())
handler = Mangum(application, lifespan="off")
