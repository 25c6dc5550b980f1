import Foundation
import JSON
import TestSupport
import Testing

struct ScaleTests {
    @Test func `a thousand tools on disk are served soon after the start`() async throws {
        try await withWorkspace { workspace in
            let tools = (0..<20).map { index in
                let schema =
                    #"{"type":"object","properties":{"query":{"type":"string"},"limit":{"type":"integer"}}}"#
                return
                    #"{"name":"tool_\#(index)","description":"tool number \#(index)","inputSchema":\#(schema)}"#
            }
            let file = "\(workspace.folder)/tools.json"
            try "[\(tools.joined(separator: ","))]".write(toFile: file, atomically: true, encoding: .utf8)
            for index in 0..<50 {
                try await workspace.command(
                    "target",
                    "add",
                    "shop-\(index)",
                    "--function",
                    "f\(index)",
                    "--contract",
                    "mcp-wrapper",
                    "--tools",
                    file,
                    "--approval",
                    "open"
                )
            }
            let refreshed = try await workspace.json("target", "refresh")
            #expect(refreshed["targets"]?.arrayValue?.count == 50)
            let key = try await workspace.issueKey().key
            try await workspace.run { gateway in
                print("  start to ready with 1,000 tools: \(gateway.startTime.milliseconds) ms (debug build)")
                #expect(gateway.startTime < .milliseconds(1500))
                let agent = try await gateway.agent(key: key)
                let names = try await agent.toolNames()
                #expect(names.count == 1000)
                #expect(names == names.sorted())
                #expect(Set(names).count == 1000)
                let first = try await agent.list()
                // Many clients read only one page.
                #expect(first.result?["tools"]?.arrayValue?.count == 1000)
                #expect(first.result?["nextCursor"] == nil)
                let bytes = try await gateway.metric("process_resident_memory_bytes") ?? 0
                print("  resident with 1,000 tools: \(Int(bytes) >> 20) MB (debug build)")
                #expect(bytes > 0 && bytes < 80e6)
            }
        }
    }
}
