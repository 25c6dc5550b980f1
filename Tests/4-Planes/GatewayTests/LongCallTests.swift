import JSON
import TestSupport
import Testing

@testable import Gateway

/// What callers hear of the gateway itself while a function runs that can't say anything.
struct LongCallTests {
    @Test func `a caller with a token hears from time to time that a silent call goes on`() async throws {
        try await withAgents { agents in
            agents.endpoint.progressInterval = .milliseconds(5)
            agents.upstream.holds = true
            let client = EventsClient()
            agents.endpoint.serve(try CallStreamTests.ask(tool: "time___now").request(), for: client)
            _ = await client.sink.pieces(5)
            #expect(client.methods.allSatisfy { $0 == "notifications/progress" })
            #expect(client.messages[0]["params"]?["progressToken"] == "p1")
            // However close they are: the protocol wants progress that increases.
            let told = client.messages.compactMap { $0["params"]?["progress"]?.intValue }
            #expect(told.count >= 5 && (told.first ?? 0) > 0)
            #expect(zip(told, told.dropFirst()).allSatisfy { $0 < $1 }, "\(told)")
            agents.upstream.held[0].answer()
            #expect(client.messages.last?["result"]?["content"]?[0]?["text"] == "done")
            #expect(client.sink.isEnded)
        }
    }

    @Test func `a stream that comes as a whole is told of as a call that streams nothing`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            agents.endpoint.progressInterval = .milliseconds(1)
            agents.upstream.holds = true
            agents.upstream.comeWhole = true
            let client = EventsClient()
            let level = #""progressToken":"p1","io.modelcontextprotocol/logLevel":"info""#
            agents.endpoint.serve(try CallStreamTests.ask(level).request(), for: client)
            _ = await client.sink.pieces(2)
            let stream = try #require(agents.upstream.held.last).stream()
            let heard = client.messages.count
            stream.write(
                CallStreamTests.progress("1") + CallStreamTests.log("info") + CallStreamTests.progress("2")
                    + CallStreamTests.result
            )
            stream.end()
            #expect(
                client.methods.suffix(from: heard) == ["notifications/message", "result"],
                "the function's own figures would go back behind the seconds"
            )
            #expect(client.messages.prefix(heard).allSatisfy { $0["params"]?["progressToken"] == "p1" })
        }
    }

    @Test func `a caller without a token hears nothing before the result`() async throws {
        try await withAgents { agents in
            agents.endpoint.progressInterval = .milliseconds(1)
            agents.upstream.holds = true
            let (client, other) = (EventsClient(), EventsClient())
            agents.endpoint.serve(try CallStreamTests.ask("", tool: "time___now").request(), for: client)
            agents.endpoint.serve(try CallStreamTests.ask(tool: "time___now").request(), for: other)
            _ = await other.sink.pieces(3)  // the same time and more has passed for both
            agents.upstream.held[0].answer()
            #expect(!client.hasBegun && client.reply?.text == "done")
            agents.upstream.held[1].answer()
        }
    }
}
