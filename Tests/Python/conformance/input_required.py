"""Input-required results of the modern era."""

from caller import ALL
from scenario import GATEWAY, MESSAGES, V07, scenario

PREFIX = "test_input_required_result_"
GREETING = {"role": "assistant", "model": "m", "content": {"type": "text", "text": "Hi"}}


def accept(**content):
    return {"action": "accept", "content": content}


def ask(caller, tool, capabilities=ALL, **members):
    return caller.call(PREFIX + tool, members=members, capabilities=capabilities)


def first(caller, tool, **members):
    """The requests and the state of a first round."""
    answer = ask(caller, tool, **members)
    result = answer.result or {}
    caller.need(result.get("resultType") == "input_required", f"{tool}: {answer.status} {answer.response}")
    return result.get("inputRequests") or {}, result.get("requestState")


def finished(caller, answer, words):
    result = answer.result or {}
    caller.check(result.get("resultType") == "complete" and not result.get("isError"), f"{answer.response}")
    caller.check(words in answer.text, f"{words!r} isn't in {answer.text!r}")


def basic(caller, tool, key, method, response, words):
    requests, _ = first(caller, tool)
    caller.need(key in requests, f"keys {list(requests)}")
    caller.check(requests[key]["method"] == method, f"{requests[key]}")
    finished(caller, ask(caller, tool, inputResponses={key: response}), words)


@scenario("input-required-result-basic-elicitation", V07, needs=MESSAGES)
def elicitation(caller):
    basic(caller, "elicitation", "user_name", "elicitation/create", accept(name="Ada"), "Hello, Ada!")


@scenario("input-required-result-basic-sampling", V07, needs=MESSAGES)
def sampling(caller):
    basic(caller, "sampling", "capital_question", "sampling/createMessage", GREETING, "Hi")


@scenario("input-required-result-basic-list-roots", V07, needs=MESSAGES)
def list_roots(caller):
    roots = {"roots": [{"uri": "file:///home/ada", "name": "home"}]}
    basic(caller, "list_roots", "client_roots", "roots/list", roots, "file:///home/ada")


@scenario("input-required-result-request-state", V07, needs=MESSAGES)
def request_state(caller):
    _, state = first(caller, "request_state")
    caller.need(isinstance(state, str), f"state {state}")
    responses = {"confirm": accept(ok="yes")}
    finished(caller, ask(caller, "request_state", inputResponses=responses, requestState=state), "state-ok")


@scenario("input-required-result-multiple-input-requests", V07, needs=MESSAGES)
def multiple_inputs(caller):
    requests, state = first(caller, "multiple_inputs")
    methods = sorted(request["method"] for request in requests.values())
    caller.check(methods == ["elicitation/create", "roots/list", "sampling/createMessage"], f"{methods}")
    responses = {"user_name": accept(name="Ada"), "greeting": GREETING, "client_roots": {"roots": []}}
    finished(caller, ask(caller, "multiple_inputs", inputResponses=responses, requestState=state), "Hi, Ada: 0 roots")


@scenario("input-required-result-multi-round", V07, needs=MESSAGES)
def multi_round(caller):
    _, one = first(caller, "multi_round")
    requests, two = first(caller, "multi_round", inputResponses={"step1": accept(name="Ada")}, requestState=one)
    caller.check(one != two, "the state is the same in both rounds")
    caller.check(list(requests) == ["step2"], f"{list(requests)}")
    answer = ask(caller, "multi_round", inputResponses={"step2": accept(color="green")}, requestState=two)
    finished(caller, answer, "Ada likes green")


@scenario("input-required-result-missing-input-response", V07, needs=MESSAGES)
def missing(caller):
    requests, _ = first(caller, "elicitation", inputResponses={"wrong_key": accept(name="Ada")})
    caller.check("user_name" in requests, f"{list(requests)}")


@scenario("input-required-result-result-type", V07, needs=MESSAGES)
def result_type(caller):
    first(caller, "elicitation")
    finished(caller, ask(caller, "elicitation", inputResponses={"user_name": accept(name="Ada")}), "Ada")


@scenario("input-required-result-ignore-extra-params", V07, needs=MESSAGES)
def extra(caller):
    responses = {"user_name": accept(name="Ada"), "more": accept(x="y")}
    finished(caller, ask(caller, "elicitation", inputResponses=responses), "Hello, Ada!")


@scenario("input-required-result-validate-input", V07, needs=MESSAGES)
def validate(caller):
    for responses in (None, {"user_name": 12345}):
        answer = ask(caller, "elicitation", inputResponses=responses)
        caller.check((answer.result or {}).get("resultType") != "complete", f"{responses}: {answer.response}")


@scenario("input-required-result-non-tool-request", V07, needs=MESSAGES)
def prompt(caller):
    params = {"name": caller.name(PREFIX + "prompt")}
    asks = caller.send("prompts/get", params, capabilities=ALL)
    caller.need((asks.result or {}).get("resultType") == "input_required", f"{asks.response}")
    caller.check(list(asks.result["inputRequests"]) == ["user_context"], f"{asks.result}")
    responses = {"user_context": accept(context="tests")}
    answer = caller.send("prompts/get", {**params, "inputResponses": responses}, capabilities=ALL)
    caller.need((answer.result or {}).get("resultType") == "complete", f"{answer.response}")
    caller.check("tests" in answer.result["messages"][0]["content"]["text"], f"{answer.result}")


@scenario("input-required-result-unsupported-methods", V07, needs=GATEWAY)
def unsupported(caller):
    for method in ("tools/list", "prompts/list"):
        answer = caller.send(method, {"inputResponses": {}}, capabilities=ALL)
        caller.check((answer.result or {}).get("resultType") == "complete", f"{method}: {answer.response}")


@scenario("input-required-result-tampered-state", V07, needs=MESSAGES)
def tampered(caller):
    _, state = first(caller, "tampered_state")
    responses = {"confirm": accept(ok="yes")}
    answer = ask(caller, "tampered_state", inputResponses=responses, requestState=state + "-TAMPERED")
    caller.check(answer.error, f"no JSON-RPC error: {answer.response}")
    right = ask(caller, "tampered_state", inputResponses=responses, requestState=state)
    finished(caller, right, "admin=false")


@scenario("input-required-result-capability-check", V07, needs=MESSAGES)
def capability_check(caller):
    answer = ask(caller, "capabilities", capabilities={"sampling": {}})
    requests = (answer.result or {}).get("inputRequests") or {}
    methods = [request["method"] for request in requests.values()]
    caller.check(methods == ["sampling/createMessage"], f"{methods}; {answer.response}")
