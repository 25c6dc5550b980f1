import Foundation
import JSON
import TestSupport
import Testing

/// Prompts, resources, templates and completions of real functions, as the official Python clients see them: an MCP server in
/// the official SDK, in both of its major versions, and a function that answers by hand, in both forms.
@Suite(
    .gateway(
        .function("library-mcp", named: "mcp"),
        .oldLibrary,
        .function("library", named: "hand"),
        .function("library", named: "rpc", ["mcp-wrapper": "jsonrpc", "serves = [": "# serves = ["]),
        .function("rpc", named: "plain"),
        listing: "mcp___test_simple_text",
        "old___test_simple_text",
        "hand___link",
        "rpc___link",
        "plain___add"
    )
)
struct LibraryTests {
    private static func visit(_ script: String, _ python: String, _ words: [String]) async throws -> JSONValue
    {
        let shared = try SharedGateway.current
        var environment = Programs.environment
        environment["MCP_GATEWAY_KEY"] = shared.key
        let output = try await run(
            [python, "\(Programs.root)/Tests/Python/\(script)", shared.gateway.agentsURL] + words,
            environment: environment
        )
        #expect(output.status == 0, "\(output.err)")
        return try JSONValue(parsing: output.out)
    }

    private static let prompts: [JSONValue] = [
        "hand___greet", "mcp___test_prompt_with_arguments", "mcp___test_prompt_with_embedded_resource",
        "mcp___test_prompt_with_image", "mcp___test_simple_prompt", "old___test_prompt_with_arguments",
        "old___test_prompt_with_embedded_resource", "old___test_prompt_with_image",
        "old___test_simple_prompt",
        "rpc___greet",
    ]
    /// Four targets have it.
    private static let shared = "test://static-text"

    @Test(arguments: Agent.Era.allCases)
    func `the official client lists, gets, reads and completes`(_ era: Agent.Era) async throws {
        let seen = try await Self.visit("agent_library.py", try Programs.python, ["--era", "\(era)"])
        #expect(seen["capabilities"] == ["completions", "logging", "prompts", "resources", "tools"])
        #expect(seen["instructions"]?.stringValue?.contains("The target mcp says") == true)
        #expect(seen["instructions"]?.stringValue?.contains("> Read test://static-text first.") == true)
        #expect(seen["prompts"] == .array(Self.prompts))
        let resources = (seen["resources"]?.arrayValue ?? []).compactMap { $0.stringValue }
        #expect(
            resources == [
                "mcp-gateway://hand/hand://made", "mcp-gateway://hand/\(Self.shared)",
                "mcp-gateway://mcp/test://static-binary", "mcp-gateway://mcp/\(Self.shared)",
                "mcp-gateway://old/test://static-binary", "mcp-gateway://old/\(Self.shared)",
                "mcp-gateway://rpc/hand://made", "mcp-gateway://rpc/\(Self.shared)",
            ]
        )
        #expect(seen["got"] == "Prompt with arguments: arg1='a', arg2='b'")
        #expect(seen["image"] == "image/png")
        #expect(seen["embedded"]?.stringValue == "mcp-gateway://mcp/\(Self.shared)")
        #expect(seen["completed"] == ["paris", "park", "party"])
        #expect(seen["ofTemplate"] == ["two"])
        #expect(seen["link"]?.stringValue == "mcp-gateway://hand/\(Self.shared)")
        for uri in resources {
            let read = seen["read"]?[uri]
            #expect(read?[0]?.stringValue == uri)
            let text = read?[1]?.stringValue ?? ""
            if uri.hasSuffix("static-binary") {
                #expect((read?[1]?.intValue ?? 0) > 90)
            } else if uri.contains("//hand/") || uri.contains("//rpc/") {
                #expect(text.hasPrefix("by hand: "))
            } else {
                #expect(text == "This is the content of the static text resource.")
            }
        }
        let instance = "mcp-gateway://mcp/test://template/7/data"
        #expect(seen["instance"] == .array([.string(instance), .string(#"{"id":"7"}"#)]))
        #expect(seen["byHand"]?[1]?.stringValue == "by hand: hand://item/9")
        #expect(seen["unknown"]?.stringValue?.contains("Unknown resource: test://nothing") == true)
        #expect(seen["unknownPrompt"]?.stringValue?.contains("Unknown prompt: mcp___nothing") == true)
    }

    @Test func `the first major version of the client does so too`() async throws {
        let seen = try await Self.visit("agent_library1.py", try Programs.pythonOfOldClient, [])
        #expect(seen["prompts"] == .array(Self.prompts))
        #expect(seen["got"] == "Greet Ada.")
        #expect(seen["completed"] == ["paris", "park", "party"])
        let read = seen["read"]?.objectValue?.members ?? []
        #expect(read.count == 8)
        // It parses URIs as URLs, and asks for what it made of them.
        for member in read { #expect(member.value[0]?.stringValue == member.key) }
    }

    @Test(arguments: Agent.Era.allCases)
    func `what nobody serves is refused without a function's help`(_ era: Agent.Era) async throws {
        let agent = try await SharedGateway.current.agent(era)
        let read = try await agent.send("resources/read", #"{"uri":"hand://made"}"#, name: "hand://made")
        // Two targets have it: which is meant, nobody can tell.
        #expect(read.error?["code"]?.intValue == (era == .modern ? -32602 : -32002))
        let prompt = try await agent.send("prompts/get", #"{"name":"plain___add"}"#, name: "plain___add")
        #expect(prompt.error?["message"]?.stringValue == "Unknown prompt: plain___add")
        let missing = try await agent.send("prompts/get", #"{"name":"hand___greet"}"#, name: "hand___greet")
        #expect(missing.error?["code"]?.intValue == -32603)
        #expect(missing.error?["message"]?.stringValue?.contains("unknown: arguments") == true)
    }

    @Test func `the command line shows what is in the catalog, and what is held back is nobody's`()
        async throws
    {
        let workspace = try SharedGateway.current.gateway.workspace
        let prompts = try await workspace.command("prompt", "list", "--target", "hand", "-o", "json")
        let prompt = try JSONValue(parsing: prompts)["prompts"]?[0]
        #expect(prompt?["name"] == "hand___greet" && prompt?["arguments"] == ["who"])
        let resources = try await workspace.command("resource", "list", "--target", "mcp", "-o", "json")
        let uris = try JSONValue(parsing: resources)["resources"]?.arrayValue?.compactMap {
            $0["uri"]?.stringValue
        }
        #expect(
            uris == [
                "mcp-gateway://mcp/test://static-binary", "mcp-gateway://mcp/\(Self.shared)",
                "mcp-gateway://mcp/test://template/{id}/data",
            ]
        )
        let target = try await workspace.command("target", "show", "mcp", "-o", "json")
        let shown = try JSONValue(parsing: target)
        #expect(shown["prompts"] == 4 && shown["resources"] == 2 && shown["resourceTemplates"] == 1)
        let agent = try await SharedGateway.current.agent(.modern)
        func get() async throws -> Int? {
            let name = "rpc___greet"
            let params = #"{"name":"\#(name)","arguments":{"who":"Ada"}}"#
            return try await agent.send("prompts/get", params, name: name).error?["code"]?.intValue
        }
        #expect(try await get() == nil)
        try await workspace.command("tool", "quarantine", "rpc___prompt:greet")
        #expect(try await get() == -32602)
        try await workspace.command("tool", "approve", "rpc___prompt:greet")
        #expect(try await get() == nil)
    }
}

extension Workspace.Target {
    /// The same server in the first major version of the SDK.
    fileprivate static var oldLibrary: Workspace.Target {
        guard let python = try? Programs.python, let old = try? Programs.pythonOfOldClient else {
            return .function("library-mcp", named: "old")
        }
        return .function("library-mcp", named: "old", [python: old])
    }
}
