import EventLoop
import JSON
import TestSupport
import Testing

@testable import Gateway

/// How calls end whose functions stream: with an answer that can't be used, at a bound, at the deadline, or on a cancel.
struct CallStreamEndTests {
    @Test func `a stream that breaks ends the call, as an event when events were sent`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let (client, stream) = try CallStreamTests.begin(at: agents)
            stream.write(CallStreamTests.progress("1") + CallStreamTests.result)
            stream.end(UpstreamFailure(code: .unreachable, message: "It broke.", detail: "broke"))
            #expect(client.methods == ["notifications/progress", "result"])
            #expect(client.messages[1]["result"]?["isError"] == true)
            #expect(client.messages[1]["result"]?["_meta"]?["mcp-gateway/error"]?["code"] == "unreachable")
        }
    }

    @Test(arguments: [
        "not JSON", #"{"jsonrpc":"2.0","id":77,"result":{}}"#, "{\"jsonrpc\":", "",
        #"{"jsonrpc":"2.0","id":1,"result":{"resultType":"odd","content":[]}}"#,
    ])
    func `a stream without a response is an answer that can't be used`(_ text: String) async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let (client, stream) = try CallStreamTests.begin(at: agents)
            stream.write(text)
            stream.end()
            #expect(client.reply?.failure["code"] == "invalid_answer", "\(client.reply?.body ?? "nothing")")
        }
    }

    @Test func `a message over the bound ends the call`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            agents.settings.streamMessageBytesMax = 1_000
            agents.publish(CallStreamTests.snapshot)
            let (client, stream) = try CallStreamTests.begin(at: agents)
            stream.write(
                CallStreamTests.progress("1", more: #","message":"\#(String(repeating: "x", count: 1_000))"#)
            )
            #expect(client.reply?.failure["code"] == "too_large")
            #expect(stream.isCancelled)
        }
    }

    @Test func `large messages that aren't complete are bounded in the sum of all calls`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let held = agents.endpoint.streamedBytes
            let half =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":\""
                + String(repeating: "x", count: 100_000)
            let (first, stream) = try CallStreamTests.begin(at: agents)
            stream.write(half)
            #expect(held.count > 100_000)
            #expect(held.change(from: 0, to: StreamedBytes.usualMax - 150_000), "others hold the rest")
            let (second, other) = try CallStreamTests.begin(at: agents)
            other.write(half)
            #expect(second.reply?.failure["code"] == "unavailable" && other.isCancelled)
            stream.end(UpstreamFailure(code: .unreachable, message: "It broke.", detail: "broke"))
            #expect(first.reply?.failure["code"] == "unreachable")
            #expect(held.change(from: StreamedBytes.usualMax - 150_000, to: 0))
            #expect(held.count == 0, "each call gives back what it held")
        }
    }

    @Test func `what a client doesn't take isn't taken from the function either`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let (client, stream) = try CallStreamTests.begin(at: agents)
            stream.write(CallStreamTests.progress("1"))
            client.sink.hasRoom = false
            for value in 2...9 { stream.write(CallStreamTests.progress("\(value)")) }
            #expect(stream.taken == 2, "one message waits for the client")
            #expect(client.methods.count == 1)
            client.sink.hasRoom = true
            #expect(client.methods.count == 9)
            stream.write(CallStreamTests.result)
            stream.end()
            #expect(client.messages.last?["result"]?["content"]?[0]?["text"] == "done")
        }
    }

    @Test func `a call whose client doesn't read ends all the same when it is cancelled or breaks`()
        async throws
    {
        try await withAgents(CallStreamTests.snapshot) { agents in
            for isCancelled in [true, false] {
                let (client, stream) = try CallStreamTests.begin(at: agents)
                stream.write(CallStreamTests.progress("1"))
                client.sink.hasRoom = false
                for value in 2...5 { stream.write(CallStreamTests.progress("\(value)")) }
                if isCancelled {
                    client.callCancellation?.cancel()
                } else {
                    stream.end(UpstreamFailure(code: .timedOut, message: "Too late.", detail: "late"))
                }
                #expect(client.isTold && client.sink.isEnded)
            }
            #expect(agents.metric(#"mcp_gateway_calls_in_flight{target="rpc"}"#) == "0")
        }
    }

    @Test func `a call can be cancelled behind its function's end, until its client has taken all`()
        async throws
    {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let (client, stream) = try CallStreamTests.begin(at: agents)
            stream.write(CallStreamTests.progress("1"))
            client.sink.hasRoom = false
            stream.write(CallStreamTests.progress("2"))
            stream.write(CallStreamTests.progress("3") + CallStreamTests.result)
            stream.end()
            #expect(!client.isTold, "the client has still to take what came before")
            client.callCancellation?.cancel()
            #expect(client.isTold && client.sink.isEnded && stream.isCancelled)
            #expect(
                agents.metric(#"mcp_gateway_calls_total{target="rpc",tool="echo",outcome="cancelled"}"#)
                    == "1"
            )
        }
    }

    @Test func `a stream's time is the rest of its call's`() async throws {
        try await withAgents(CallStreamTests.snapshot(timeoutMs: 60)) { agents in
            agents.upstream.holds = true
            let client = EventsClient()
            agents.endpoint.serve(try CallStreamTests.ask().request(), for: client)
            let call = try #require(agents.upstream.held.last)
            let began = EventLoop.currentNs
            while EventLoop.currentNs < began &+ 2_000_000 { await Task.yield() }
            #expect(call.call.streamTimeout <= .milliseconds(58))
            call.answer()
        }
    }

    @Test func `a call ends at its deadline, whether its client reads or not`() async throws {
        try await withAgents(CallStreamTests.snapshot(timeoutMs: 50)) { agents in
            let (client, stream) = try CallStreamTests.begin(at: agents)
            stream.write(CallStreamTests.progress("1"))
            client.sink.hasRoom = false
            for value in 2...5 { stream.write(CallStreamTests.progress("\(value)")) }
            stream.write(CallStreamTests.result)
            stream.end()
            #expect(!client.isTold)
            _ = await client.sink.pieces(100)  // until the stream is ended
            #expect(client.isTold && client.sink.pieces.last?.contains("timed_out") == true)
        }
    }

    @Test func `parts of frames count in the sum of all calls`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let (_, stream) = try CallStreamTests.begin(at: agents)
            stream.heldBytes = 200_000
            stream.onChange?()
            #expect(agents.endpoint.streamedBytes.count == 200_000)
            stream.end(UpstreamFailure(code: .unreachable, message: "It broke.", detail: "broke"))
            #expect(agents.endpoint.streamedBytes.count == 0)
        }
    }

    @Test func `a fast function leaves the loop to others after each quarter of a megabyte`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let (client, stream) = try CallStreamTests.begin(at: agents)
            let piece = String(repeating: " ", count: 64 << 10)
            for _ in 0..<20 { stream.write(piece) }
            #expect(stream.taken == 4)
            stream.write(CallStreamTests.result)
            stream.end()
            while client.reply == nil { await Task.yield() }
            #expect(client.reply?.text == "done" && stream.taken == 21)
        }
    }

    @Test func `a modern client that goes away ends the exchange with Lambda`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let (client, stream) = try CallStreamTests.begin(at: agents)
            stream.write(CallStreamTests.progress("1"))
            client.sink.disconnect()
            client.callCancellation?.cancel()
            #expect(stream.isCancelled)
            #expect(
                agents.metric(#"mcp_gateway_calls_total{target="rpc",tool="echo",outcome="cancelled"}"#)
                    == "1"
            )
        }
    }

    @Test func `a legacy client that goes away doesn't end its call`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let params = #"{"name":"rpc___echo","_meta":{"progressToken":"p1"}}"#
            let ask = Ask.legacy("tools/call", params, version: "2025-11-25")
            let (client, stream) = try CallStreamTests.begin(ask, at: agents)
            stream.write(CallStreamTests.progress("1"))
            client.sink.disconnect()
            stream.write(CallStreamTests.progress("2") + CallStreamTests.result)
            stream.end()
            #expect(agents.metric(#"mcp_gateway_calls_total{target="rpc",tool="echo",outcome="ok"}"#) == "1")
        }
    }

    @Test func `a legacy call that was cancelled ends its events without a response`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let session = try await agents.session("2025-11-25")
            let params = #"{"name":"rpc___echo","_meta":{"progressToken":"p1"}}"#
            let ask = Ask.legacy("tools/call", params, id: "5", version: "2025-11-25")
                .with("Mcp-Session-Id", session)
            let (client, stream) = try CallStreamTests.begin(ask, at: agents)
            stream.write(CallStreamTests.progress("1"))
            let cancel = Ask.legacy("notifications/cancelled", #"{"requestId":5}"#, id: nil)
            try await agents.expect(202, cancel.with("Mcp-Session-Id", session))
            #expect(stream.isCancelled)
            #expect(client.methods == ["notifications/progress"] && client.sink.isEnded)
        }
    }
}
