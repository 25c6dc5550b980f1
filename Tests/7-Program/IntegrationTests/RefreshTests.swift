import JSON
import TestSupport
import Testing

/// Targets whose lists can't be read, beside one whose list can.
@Suite(
    .gateway(
        .function("pages"),
        .faultyPages(named: "endless", "loop"),
        .faultyPages(named: "broken", "break"),
        .function("import-error"),
        .function("init-exit"),
        listing: "pages___tool_24"
    )
)
struct RefreshTests {
    struct Row: Sendable, CustomStringConvertible {
        let target: String
        let words: String

        init(_ target: String, _ words: String) { (self.target, self.words) = (target, words) }

        var description: String { target }
    }

    @Test(arguments: [
        Row("endless", "never ends"),
        Row("broken", "the second page is broken"),
        Row("import-error", "a_module_that_nobody_has"),
        Row("init-exit", "exit status 7"),
    ])
    func `a target whose list can't be read says why, and has no tools`(_ row: Row) async throws {
        let workspace = try SharedGateway.current.gateway.workspace
        try await eventually("\(row.target) was tried") {
            try await workspace.json("target", "show", row.target)["lastError"]?.stringValue != nil
        }
        let shown = try await workspace.json("target", "show", row.target)
        #expect(shown["lastError"]?.stringValue?.contains(row.words) == true, "\(shown.text)")
        #expect(shown["tools"]?.intValue == 0)
        #expect(shown["refreshedAtMs"]?.isNull == true)
        let gateway = try SharedGateway.current.gateway
        let open = try await gateway.get("/status", port: gateway.adminPort).text
        #expect(open.contains("its tools can't be read") && !open.contains(row.words), "\(open)")
    }

    @Test func `a target whose list can be read is served, whatever happens to the others`() async throws {
        let agent = try await SharedGateway.current.agent(.modern)
        #expect(try await agent.toolNames().count == 25)
        #expect(try await agent.call("pages___tool_07").text == "tool_07")
    }
}

extension Workspace.Target {
    /// The function with a paged list, with one of its faults.
    fileprivate static func faultyPages(named name: String, _ fault: String) -> Workspace.Target {
        let environment = "[local.environment]\nPAGES_FAULT = \"\(fault)\"\n"
        return .function("pages", named: name, ["concurrency = 2\n": "concurrency = 2\n\(environment)"])
    }
}
