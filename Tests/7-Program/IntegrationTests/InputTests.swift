import Foundation
import JSON
import TestSupport
import Testing

/// Calls of real functions that ask for input before they answer: a server in the official SDK behind HTTP events, and the
/// official client. Each demand of the conformance suite on input-required results has its test here.
@Suite(.gateway(.everything("input", "http-v2", "handler.http"), listing: "input___test_simple_text"))
struct InputTests {
    private static let all = #"{"elicitation":{},"sampling":{},"roots":{}}"#

    private func tool(
        _ name: String,
        _ members: String = "",
        declaring capabilities: String = InputTests.all
    ) async throws -> Agent.Answer {
        let tool = "input___test_\(name)"
        var agent = try await SharedGateway.current.agent(.modern)
        agent.capabilities = capabilities
        let rest = members.isEmpty ? "" : ",\(members)"
        return try await agent.send("tools/call", #"{"name":"\#(tool)","arguments":{}\#(rest)}"#, name: tool)
    }

    private static func visit(
        _ words: String...,
        byOldClient isOld: Bool = false,
        program: String? = nil
    ) async throws -> JSONValue {
        let shared = try SharedGateway.current
        var environment = Programs.environment
        environment["MCP_GATEWAY_KEY"] = shared.key
        let name = program ?? (isOld ? "agent_input1.py" : "agent_input.py")
        let program = "\(Programs.root)/Tests/Python/\(name)"
        let output = try await run(
            [try isOld ? Programs.pythonOfOldClient : Programs.python, program, shared.gateway.agentsURL]
                + words,
            environment: environment
        )
        #expect(output.status == 0, "\(output.err)")
        return try JSONValue(parsing: output.out)
    }

    private static func accept(_ key: String, _ name: String, _ value: String) -> String {
        #""\#(key)":{"action":"accept","content":{"\#(name)":"\#(value)"}}"#
    }

    @Test func `the official client answers what is asked, in as many rounds as it takes`() async throws {
        let seen = try await Self.visit()["seen"]
        #expect(seen?["elicitation"] == "Hello, Ada!")
        #expect(seen?["sampling"] == "The model said: Paris")
        #expect(seen?["list_roots"] == "The roots are: file:///home/ada, file:///srv")
        #expect(seen?["request_state"] == "state-ok")
        #expect(seen?["multiple_inputs"] == "Good day, Ada: 2 roots, state three")
        #expect(seen?["multi_round"] == "Ada likes green")
        #expect(seen?["tampered_state"] == "state: admin=false")
        #expect(seen?["capabilities"] == "asked client_roots, greeting, user_name")
        #expect(seen?["page"] == "opened accept")
        #expect(seen?["missing"] == "could sample")
        #expect(seen?["prompt"] == "The context is: the gateway")
    }

    @Test func `a client is asked for what it declares, and nothing else`() async throws {
        let visit = try await Self.visit("--only", "sampling")
        #expect(visit["seen"]?["sampling"] == "The model said: Paris")
        #expect(visit["seen"]?["capabilities"] == "asked greeting")
        #expect(visit["asked"] == ["sampling", "sampling"])
        #expect(visit["seen"]?["elicitation"]?.stringValue?.contains("elicitation") == true)
        #expect(visit["seen"]?["prompt"]?.stringValue?.hasPrefix("-32021 ") == true)
    }

    @Test(arguments: [false, true])
    func `a legacy client is asked during its call, in as many rounds as it takes`(_ isOld: Bool) async throws
    {
        let visit =
            isOld ? try await Self.visit(byOldClient: true) : try await Self.visit("--era", "legacy")
        let seen = visit["seen"]
        #expect(seen?["elicitation"] == "Hello, Ada!", "\(visit)")
        #expect(seen?["sampling"] == "The model said: Paris")
        #expect(seen?["list_roots"] == "The roots are: file:///home/ada, file:///srv")
        #expect(seen?["request_state"] == "state-ok")
        #expect(seen?["multiple_inputs"] == "Good day, Ada: 2 roots, state three")
        #expect(seen?["multi_round"] == "Ada likes green")
        #expect(seen?["capabilities"] == "asked client_roots, greeting, user_name")
        #expect(seen?["page"] == "opened accept")
        #expect(seen?["prompt"] == "The context is: the gateway")
    }

    @Test func `a legacy client is asked for what it declared, and told what it lacks`() async throws {
        let visit = try await Self.visit("--era", "legacy", "--only", "elicitation")
        #expect(visit["seen"]?["capabilities"] == "asked user_name")
        #expect(
            visit["seen"]?["missing"]?.stringValue?.hasPrefix(
                "error: The target asks for further input: sampling"
            ) == true
        )
    }

    @Test func `the function learns of a legacy client's no, and of an error the caller`() async throws {
        let declined = try await Self.visit("--action", "decline", byOldClient: true)
        #expect(declined["page"] == "opened decline" && declined["asked"] == ["url"])
        let cancelled = try await Self.visit("--action", "cancel", byOldClient: true)
        #expect(cancelled["page"] == "opened cancel")
        let refused = try await Self.visit("--refuse", byOldClient: true)
        #expect(
            refused["page"]?.stringValue?.contains("elicitation/create with the error -1: not now.") == true
        )
    }

    @Test func `a legacy client whose connection breaks while it is asked comes back, and answers`()
        async throws
    {
        let visit = try await Self.visit(program: "agent_resume.py")
        #expect(visit["first"]?["data"] == "" && visit["first"]?["retry"] == "1000")
        #expect(visit["seen"] == ["elicitation/create", "Hello, Ada!"] && visit["status"] == 202)
        #expect(visit["wrong"] == 400)
    }

    struct Basic: Sendable {
        let tool: String
        let key: String
        let method: String
        let response: String
    }

    @Test(arguments: [
        Basic(
            tool: "elicitation",
            key: "user_name",
            method: "elicitation/create",
            response: #"{"action":"accept","content":{"name":"Ada"}}"#
        ),
        Basic(
            tool: "sampling",
            key: "capital_question",
            method: "sampling/createMessage",
            response: #"{"role":"assistant","model":"m","content":{"type":"text","text":"Paris"}}"#
        ),
        Basic(
            tool: "list_roots",
            key: "client_roots",
            method: "roots/list",
            response: #"{"roots":[{"uri":"file:///home"}]}"#
        ),
    ])
    func `basic kinds of input are asked for and answered`(_ row: Basic) async throws {
        let first = try await tool("input_required_result_\(row.tool)")
        #expect(first.status == 200 && first.result?["resultType"] == "input_required")
        #expect(first.result?["inputRequests"]?[row.key]?["method"]?.stringValue == row.method)
        let second = try await tool(
            "input_required_result_\(row.tool)",
            #""inputResponses":{"\#(row.key)":\#(row.response)}"#
        )
        #expect(second.result?["resultType"] == "complete" && second.isError != true && second.text != nil)
    }

    @Test func `missing answers are asked for again, further ones ignored, wrong ones never complete`()
        async throws
    {
        let name = "input_required_result_elicitation"
        let wrong = try await tool(name, #""inputResponses":{\#(Self.accept("wrong_key", "name", "Ada"))}"#)
        #expect(wrong.result?["inputRequests"]?["user_name"] != nil)
        let right = Self.accept("user_name", "name", "Ada")
        let further = try await tool(name, #""inputResponses":{\#(right),\#(Self.accept("more", "x", "y"))}"#)
        #expect(further.text == "Hello, Ada!")
        for responses in ["null", #"{"user_name":12345}"#, "5"] {
            let bad = try await tool(name, #""inputResponses":\#(responses)"#)
            #expect(bad.result?["resultType"] != "complete", "\(bad.json)")
        }
    }

    @Test func `several kinds at once come back with their state`() async throws {
        let first = try await tool("input_required_result_multiple_inputs")
        let methods = first.result?["inputRequests"]?.objectValue?.members.compactMap {
            $0.value["method"]?.stringValue
        }
        #expect(methods?.sorted() == ["elicitation/create", "roots/list", "sampling/createMessage"])
        let state = try #require(first.result?["requestState"]?.stringValue)
        let sampled = #""greeting":{"role":"assistant","model":"m","content":{"type":"text","text":"Hi"}}"#
        let responses =
            #"{\#(Self.accept("user_name", "name", "Ada")),\#(sampled),"client_roots":{"roots":[]}}"#
        let second = try await tool(
            "input_required_result_multiple_inputs",
            #""inputResponses":\#(responses),"requestState":"\#(state)""#
        )
        #expect(second.text == "Hi, Ada: 0 roots, state three")
    }

    @Test func `each round of a call has its own state`() async throws {
        let name = "input_required_result_multi_round"
        let first = try await tool(name)
        let one = try #require(first.result?["requestState"]?.stringValue)
        let step1 = Self.accept("step1", "name", "Ada")
        let second = try await tool(name, #""inputResponses":{\#(step1)},"requestState":"\#(one)""#)
        let two = try #require(second.result?["requestState"]?.stringValue)
        #expect(one != two)
        let step2 = Self.accept("step2", "color", "green")
        let third = try await tool(name, #""inputResponses":{\#(step2)},"requestState":"\#(two)""#)
        #expect(third.text == "Ada likes green")
    }

    @Test func `a changed state is an error, and so is another tool's`() async throws {
        let name = "input_required_result_tampered_state"
        let state = try #require(try await tool(name).result?["requestState"]?.stringValue)
        let confirm = #""inputResponses":{\#(Self.accept("confirm", "ok", "yes"))}"#
        let tampered = try await tool(name, #"\#(confirm),"requestState":"\#(state)-TAMPERED""#)
        #expect(tampered.status == 400 && tampered.error?["code"]?.intValue == -32602)
        let other = try await tool(
            "input_required_result_request_state",
            #"\#(confirm),"requestState":"\#(state)""#
        )
        #expect(other.error?["code"]?.intValue == -32602)
        let right = try await tool(name, #"\#(confirm),"requestState":"\#(state)""#)
        #expect(right.text == "state: admin=false")
        let stranger = try await SharedGateway.current.gateway.workspace.issueKey().key
        var agent = try await SharedGateway.current.gateway.agent(.modern, key: stranger)
        agent.capabilities = Self.all
        let tool = "input___test_\(name)"
        let stolen = try await agent.send(
            "tools/call",
            #"{"name":"\#(tool)","arguments":{},\#(confirm),"requestState":"\#(state)"}"#,
            name: tool
        )
        #expect(stolen.error?["code"]?.intValue == -32602)
    }

    @Test func `the function sees what the client declares`() async throws {
        let asked = try await tool("input_required_result_capabilities", declaring: #"{"sampling":{}}"#)
        let requests = asked.result?["inputRequests"]?.objectValue?.members ?? []
        #expect(requests.map { $0.value["method"]?.stringValue } == ["sampling/createMessage"])
    }

    @Test(arguments: ["{}", #"{"elicitation":{}}"#])
    func `a capability that the client lacks is an error that names it`(_ capabilities: String) async throws {
        let refused = try await tool("missing_capability", declaring: capabilities)
        #expect(refused.status == 400 && refused.error?["code"]?.intValue == -32021)
        #expect(refused.error?["data"]?["requiredCapabilities"]?["sampling"]?.objectValue != nil)
        #expect(refused.json["id"]?.intValue == 7)
    }

    @Test func `a prompt asks before it answers, and lists never ask`() async throws {
        var agent = try await SharedGateway.current.agent(.modern)
        agent.capabilities = Self.all
        let prompt = "input___test_input_required_result_prompt"
        let first = try await agent.send("prompts/get", #"{"name":"\#(prompt)"}"#, name: prompt)
        #expect(first.result?["inputRequests"]?["user_context"]?["method"] == "elicitation/create")
        let responses = #"{\#(Self.accept("user_context", "context", "tests"))}"#
        let second = try await agent.send(
            "prompts/get",
            #"{"name":"\#(prompt)","inputResponses":\#(responses)}"#,
            name: prompt
        )
        #expect(second.result?["resultType"] == "complete")
        #expect(second.result?["messages"]?[0]?["content"]?["text"] == "The context is: tests")
        for list in ["tools/list", "prompts/list"] {
            #expect(try await agent.send(list, #"{"inputResponses":{}}"#).result?["resultType"] == "complete")
        }
    }

    @Test func `each round has a record, which says that input was asked for`() async throws {
        _ = try await tool("input_required_result_list_roots")
        let workspace = try SharedGateway.current.gateway.workspace
        let words = ["calls", "--tool", "input___test_input_required_result_list_roots", "-o", "json"]
        try await eventually("the call is recorded", seconds: 20) {
            let output = try await workspace.run(words + ["--config", workspace.config])
            let calls = try JSONValue(parsing: output.out)["calls"]?.arrayValue ?? []
            return calls.contains { $0["outcome"] == "ok" && $0["code"] == "input_required" }
        }
    }
}
