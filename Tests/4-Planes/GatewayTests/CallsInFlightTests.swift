import EventLoop
import Gateway
import HTTP
import Synchronization
import TestSupport
import Testing

/// The calls that a drain waits for.
struct CallsInFlightTests {
    @Test func `with no calls in flight, waiting for them returns at once`() async throws {
        try await withAgents { agents in
            try await agents.expect(200, .modern("tools/list"))
            #expect(await agents.endpoint.finishCalls(within: .seconds(60)))
        }
    }

    @Test func `a call that doesn't end is waited for until the given time is up`() async throws {
        try await withAgents { agents in
            let (held, release) = AsyncStream<Void>.makeStream()
            agents.upstream.respond = { _ in
                for await _ in held { break }
                return FakeUpstream.answer(#"{"content":[]}"#, for: "mcp-wrapper")
            }
            let call = Task(executorPreference: agents.loop) {
                try await agents.send(.modernCall("time___now")).status
            }
            while agents.upstream.sent.isEmpty { await Task.yield() }
            #expect(await !agents.endpoint.finishCalls(within: .milliseconds(20)))
            let waiting = Task(executorPreference: agents.loop) {
                await agents.endpoint.finishCalls(within: .seconds(60))
            }
            release.finish()
            #expect(await waiting.value)
            let status = try await call.value
            #expect(status == 200)
        }
    }
}
