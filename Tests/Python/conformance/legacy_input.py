"""Requests to legacy clients while a call of theirs goes on: a model's answer, forms."""

from scenario import MESSAGES, V06, V11, scenario

CAPABILITIES = {V06: {"sampling": {}, "elicitation": {}}, V11: {"sampling": {}, "elicitation": {"form": {}}}}


def asked(caller, tool, arguments, method, result):
    """Calls the tool and answers the one request that comes; returns its params, and the call's answer."""
    caller.begin(CAPABILITIES[caller.version])
    requests = []

    def answering(request):
        requests.append(request)
        return result if request["method"] == method else None

    answer = caller.call(tool, arguments, answering=answering)
    caller.need([request["method"] for request in requests] == [method], f"asked {requests}; {answer.response}")
    caller.need(answer.result and not answer.result.get("isError"), f"{answer.response}")
    return requests[0].get("params", {}), answer


@scenario("tools-call-sampling", V06, V11, needs=MESSAGES)
def sampling(caller):
    result = {"role": "assistant", "model": "m", "content": {"type": "text", "text": "a model's words"}}
    params, answer = asked(caller, "test_sampling", {"prompt": "Say so."}, "sampling/createMessage", result)
    caller.check(params["messages"] == [{"role": "user", "content": {"type": "text", "text": "Say so."}}], f"{params}")
    caller.check(params.get("maxTokens") == 100, f"{params}")
    caller.check(answer.text == "LLM response: a model's words", answer.text)


@scenario("tools-call-elicitation", V06, V11, needs=MESSAGES)
def elicitation(caller):
    content = {"username": "ada", "email": "ada@example.com"}
    result = {"action": "accept", "content": content}
    params, answer = asked(caller, "test_elicitation", {"message": "Who?"}, "elicitation/create", result)
    caller.check(params["message"] == "Who?", f"{params}")
    caller.check(sorted(params["requestedSchema"]["properties"]) == ["email", "username"], f"{params}")
    caller.check("action=accept" in answer.text and "ada@example.com" in answer.text, answer.text)
    declined = asked(caller, "test_elicitation", {"message": "Who?"}, "elicitation/create", {"action": "decline"})[1]
    caller.check("action=decline" in declined.text, declined.text)


def properties(caller, tool):
    params, _ = asked(caller, tool, {}, "elicitation/create", {"action": "accept", "content": {}})
    return params["requestedSchema"]["properties"]


@scenario("elicitation-sep1034-defaults", V11, needs=MESSAGES)
def defaults(caller):
    fields = properties(caller, "test_elicitation_sep1034_defaults")
    wanted = {"name": "John Doe", "age": 30, "score": 95.5, "status": "active", "verified": True}
    for name, value in wanted.items():
        caller.check(fields.get(name, {}).get("default") == value, f"{name}: {fields.get(name)}")


@scenario("elicitation-sep1330-enums", V11, needs=MESSAGES)
def enums(caller):
    fields = properties(caller, "test_elicitation_sep1330_enums")
    caller.check(fields["untitledSingle"]["enum"] == ["option1", "option2", "option3"], "untitledSingle")
    caller.check(fields["titledSingle"]["oneOf"][0] == {"const": "value1", "title": "First Option"}, "titledSingle")
    caller.check(fields["legacyEnum"]["enumNames"] == ["Option One", "Option Two"], "legacyEnum")
    caller.check(fields["untitledMulti"]["items"]["enum"] == ["option1", "option2"], "untitledMulti")
    caller.check(fields["titledMulti"]["items"]["anyOf"][1]["const"] == "value2", "titledMulti")
