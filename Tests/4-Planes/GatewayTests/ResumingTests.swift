import Bytes
import EventLoop
@testable import Gateway
import JSON
import Policy
import TestSupport
import Testing

/// Legacy clients that come back to the stream of their call.
struct ResumingTests {
    /// A session's call of a function that streams, whose caller hears progress.
    private struct Streamed {
        let agents: Agents
        let session: String
        let client: EventsClient
        let function: FakeStream

        init(_ agents: Agents, _ version: String = "2025-11-25") async throws {
            self.agents = agents
            let session = try await agents.session(version)
            let params = #"{"name":"rpc___echo","_meta":{"progressToken":"p1"}}"#
            let ask = Ask.legacy("tools/call", params, id: "5", version: version)
                .with("Mcp-Session-Id", session)
            self.session = session
            (client, function) = try CallStreamTests.begin(ask, at: agents)
        }

        func progress(_ value: Int) { function.write(CallStreamTests.progress("\(value)")) }

        func finish() {
            function.write(CallStreamTests.result)
            function.end()
        }

        func get(_ eventID: String?) -> Ask { ResumingTests.get(eventID, session) }
    }

    private static func get(_ eventID: String?, _ session: String?) -> Ask {
        Ask().method("GET").with("Content-Type", nil).with("Accept", "text/event-stream")
            .with("Mcp-Session-Id", session).with("Last-Event-ID", eventID)
    }

    /// The connection of a client that has come back, has all so far, and waits for more.
    private static func waiting(_ call: Streamed) async throws -> FakeSink {
        let sink = try await call.agents.open(call.get(call.client.eventIDs.last))
        await turn(of: call.agents)
        return sink
    }

    /// Lets the loop do what it was asked to do up to now.
    private static func turn(of agents: Agents) async {
        for _ in 0..<2 {
            await withUnsafeContinuation { continuation in
                agents.endpoint.loop.execute { continuation.resume() }
            }
        }
    }

    @Test(arguments: ["2025-03-26", "2025-06-18", "2025-11-25"])
    func `events of a session's call have ids, and 2025-11-25 begins with one to come back to`(
        _ version: String
    ) async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let call = try await Streamed(agents, version)
            call.progress(1)
            call.finish()
            let isPrimed = version == "2025-11-25"
            let ids = call.client.eventIDs
            #expect(ids.count == (isPrimed ? 3 : 2) && Set(ids).count == ids.count)
            #expect(ids.allSatisfy { EventID($0.utf8.span) != nil })
            if isPrimed {
                #expect(call.client.sink.pieces[0] == "id: \(ids[0])\nretry: 1000\ndata: \n\n")
            }
            #expect(call.client.methods == ["notifications/progress", "result"])
        }
    }

    @Test func `a modern call, and one without a session, have no ids`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let params = #"{"name":"rpc___echo","_meta":{"progressToken":"p1"}}"#
            for ask in [CallStreamTests.ask(), .legacy("tools/call", params, version: "2025-11-25")] {
                let (client, stream) = try CallStreamTests.begin(ask, at: agents)
                stream.write(CallStreamTests.progress("1"))
                stream.end()
                #expect(client.methods.count == 2 && client.eventIDs.isEmpty)
            }
            #expect(agents.endpoint.resumable.isEmpty)
        }
    }

    @Test func `a client that comes back gets what it missed, what still comes, and the result`() async throws
    {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let call = try await Streamed(agents)
            call.progress(1)
            call.progress(2)
            call.client.sink.disconnect()
            call.progress(3)
            let sink = try await agents.open(call.get(call.client.eventIDs[1]))
            _ = await sink.pieces(1)
            #expect(sink.messages.map { $0["params"]?["progress"] } == [2, 3])
            call.progress(4)
            _ = await sink.pieces(2)
            call.finish()
            _ = await sink.pieces(3)
            #expect(sink.messages.last?["id"] == 5 && sink.isEnded)
            #expect(sink.messages.last?["result"]?["content"]?[0]?["text"] == "done")
            // Each event once, with the ids going on.
            #expect((call.client.eventIDs + sink.eventIDs).count == 7)
            #expect(agents.metric(#"mcp_gateway_calls_total{target="rpc",tool="echo",outcome="ok"}"#) == "1")
        }
    }

    @Test func `a client that has come back and waits gets what is too large to keep, and the result`()
        async throws
    {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let call = try await Streamed(agents)
            call.progress(1)
            call.client.sink.disconnect()
            let sink = try await Self.waiting(call)
            let large = String(repeating: "x", count: KeptEvents.bytesMax + 1)
            call.function.write(CallStreamTests.progress("2", more: #","message":"\#(large)""#))
            _ = await sink.pieces(1)
            #expect(sink.methods == ["notifications/progress"])
            await Self.turn(of: agents)
            // Other streams of its key have used up all the room, and the result comes right behind.
            while agents.endpoint.resumable.hold(1, of: 1) {}
            call.function.write(CallStreamTests.progress("3") + CallStreamTests.result)
            call.function.end()
            while !sink.isEnded { _ = await sink.pieces(sink.pieces.count + 1) }
            #expect(sink.messages.map { $0["params"]?["progress"] }.prefix(2) == [2, 3])
            #expect(sink.messages.last?["result"]?["content"]?[0]?["text"] == "done", "\(sink.methods)")
            #expect(agents.endpoint.streamedBytes.count == 0)
        }
    }

    @Test func `what a client that has come back has still to be given isn't dropped for what comes next`()
        async throws
    {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let call = try await Streamed(agents)
            call.progress(1)
            call.client.sink.disconnect()
            let sink = try await Self.waiting(call)
            func large(_ value: Int, _ count: Int) -> String {
                let text = String(repeating: "x", count: count)
                return CallStreamTests.progress("\(value)", more: #","message":"\#(text)""#)
            }
            call.function.write(CallStreamTests.progress("2") + large(3, 125_000) + large(4, 200_000))
            call.function.write(CallStreamTests.result)
            call.function.end()
            while !sink.isEnded { _ = await sink.pieces(sink.pieces.count + 1) }
            #expect(sink.messages.map { $0["params"]?["progress"] } == [2, 3, 4, nil])
            #expect(sink.messages.last?["result"]?["content"]?[0]?["text"] == "done")
        }
    }

    @Test func `large questions of one round all reach a client that has come back`() async throws {
        try await withAgents { agents in
            let text = String(repeating: "x", count: 150_000)
            let question =
                #"{"method":"elicitation/create","params":{"message":"\#(text)","requestedSchema":{"type":"object"}}}"#
            let again = #""inputRequests":{"a":\#(question),"b":\#(question),"c":\#(question)}"#
            agents.upstream.respond = { sent in
                let isSecond = sent.payload.contains("inputResponses")
                let asked = isSecond ? again : #""inputRequests":{"who":\#(AskedClient.form)}"#
                return FakeUpstream.answer(
                    #"{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required",\#(asked)}}"#
                )
            }
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            call.sink.disconnect()
            let sink = try await agents.open(Self.get(call.eventIDs.last, client.session))
            await Self.turn(of: agents)
            try await client.accept(try #require(call.questions.first))
            while sink.methods.count < 3 { _ = await sink.pieces(sink.pieces.count + 1) }
            #expect(sink.methods.allSatisfy { $0 == "elicitation/create" })
        }
    }

    @Test func `a client that turns out to be gone when it is written to can come back once more`()
        async throws
    {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let call = try await Streamed(agents)
            call.progress(1)
            call.client.sink.disconnect()
            let gone = try await Self.waiting(call)
            gone.breaksOnWrite = true
            call.progress(2)
            await Self.turn(of: agents)
            #expect(gone.isClosed && gone.messages.isEmpty)
            call.finish()
            #expect(call.function.taken == 3, "nobody holds the function back")
            let sink = try await agents.open(call.get(call.client.eventIDs.last))
            while !sink.isEnded { _ = await sink.pieces(sink.pieces.count + 1) }
            #expect(sink.messages.map { $0["params"]?["progress"] } == [2, nil])
        }
    }

    @Test func `a reader that was replaced doesn't come back by a late request`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let call = try await Streamed(agents)
            call.progress(1)
            call.client.sink.disconnect()
            let first = try await Self.waiting(call)
            // In one turn: the first reader is given an event, the second comes, and the first asks for more.
            call.progress(2)
            let second = try await agents.open(call.get(call.client.eventIDs.last))
            await Self.turn(of: agents)
            await Self.turn(of: agents)
            call.progress(3)
            call.finish()
            while !second.isEnded { _ = await second.pieces(second.pieces.count + 1) }
            #expect(second.messages.map { $0["params"]?["progress"] } == [2, 3, nil])
            #expect(first.isEnded && first.messages.allSatisfy { $0["result"] == nil })
        }
    }

    @Test func `a client that has come back and reads slowly holds its function back`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let call = try await Streamed(agents)
            call.progress(1)
            call.client.sink.disconnect()
            let sink = try await Self.waiting(call)
            sink.hasRoom = false
            let large = String(repeating: "x", count: KeptEvents.bytesMax + 1)
            for value in 2...4 {
                call.function.write(CallStreamTests.progress("\(value)", more: #","message":"\#(large)""#))
                await Self.turn(of: agents)
            }
            #expect(call.function.taken == 2, "one message waits for the client")
            sink.hasRoom = true
            call.finish()
            while !sink.isEnded { _ = await sink.pieces(sink.pieces.count + 1) }
            #expect(sink.messages.map { $0["params"]?["progress"] } == [2, 3, 4, nil])
        }
    }

    @Test func `after the result all can be had again, from any event on`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let call = try await Streamed(agents)
            call.progress(1)
            call.client.sink.disconnect()
            call.finish()
            for (index, id) in call.client.eventIDs.enumerated() {
                let sink = try await agents.open(call.get(id))
                _ = await sink.pieces(1)
                #expect(sink.messages.count == 2 - index && sink.isEnded)
                #expect(sink.messages.last?["result"] != nil)
            }
        }
    }

    @Test func `of two connections only the later one gets the events`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let call = try await Streamed(agents)
            call.progress(1)
            let first = try await agents.open(call.get(call.client.eventIDs[0]))
            _ = await first.pieces(1)
            #expect(call.client.sink.isEnded, "the POST's own answer has ended")
            let second = try await agents.open(call.get(call.client.eventIDs[1]))
            while !first.isEnded { _ = await first.pieces(first.pieces.count + 1) }
            call.progress(2)
            _ = await second.pieces(1)
            #expect(first.isEnded && first.messages.count == 1)
            #expect(second.messages.map { $0["params"]?["progress"] } == [2])
            call.finish()
            _ = await second.pieces(2)
            #expect(second.isEnded)
        }
    }

    @Test func `another session, another key and a forged id get an error that tells nothing`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let call = try await Streamed(agents)
            call.progress(1)
            let id = call.client.eventIDs[0]
            let own = try await agents.session("2025-11-25")
            let foreign = try await agents.session("2025-11-25", key: Keys.other)
            let forged = "ev-" + String(repeating: "0", count: 32) + "-1"
            var texts: Set<String> = []
            for ask in [
                Self.get(id, own), Self.get(id, foreign).by(Keys.other), Self.get(id, nil),
                call.get(forged),
            ] {
                texts.insert(try await agents.expect(400, ask).body)
            }
            #expect(texts.count == 1)
            try await agents.expect(404, call.get(id).by(Keys.other))
            #expect(!call.client.sink.isClosed)
            // What the gateway can't have given opens the stream of changes, as without the field.
            for odd in ["7", "", "ev-1-1", "ev-" + String(repeating: "z", count: 32) + "-0"] {
                let sink = try await agents.open(call.get(odd))
                sink.disconnect()
            }
            // Places that don't exist yet are lost ones, not an end.
            let sink = try await agents.open(call.get(String(id.dropLast()) + "999"))
            _ = await sink.pieces(1)
            #expect(sink.isEnded && sink.messages.first?["error"]?["code"] == -32603)
            #expect(sink.messages.first?["id"] == 5)
        }
    }

    @Test func `what is kept is bounded, and a client is told when it comes too late`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let call = try await Streamed(agents)
            call.progress(1)
            let id = call.client.eventIDs[0]
            call.client.sink.disconnect()
            let long = #","message":"\#(String(repeating: "x", count: 20_000))""#
            for value in 2...40 { call.function.write(CallStreamTests.progress("\(value)", more: long)) }
            let sink = try await agents.open(call.get(id))
            _ = await sink.pieces(1)
            #expect(sink.isEnded && sink.messages.count == 1)
            #expect(sink.messages[0]["error"]?["message"]?.stringValue?.contains("kept no more") == true)
            call.finish()
            #expect(!agents.endpoint.resumable.isEmpty)
        }
    }

    @Test func `what a client that came back doesn't take isn't taken from the function`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let call = try await Streamed(agents)
            call.progress(1)
            let sink = FakeSink()
            try await agents.open(call.get(call.client.eventIDs[1]), sink)
            call.progress(2)
            _ = await sink.pieces(1)
            sink.hasRoom = false
            let long = #","message":"\#(String(repeating: "x", count: 20_000))""#
            let before = call.function.taken
            for value in 3...60 { call.function.write(CallStreamTests.progress("\(value)", more: long)) }
            #expect(call.function.taken < before + 20)
            sink.hasRoom = true
            call.finish()
            while !sink.isEnded { _ = await sink.pieces(sink.pieces.count + 1) }
            #expect(sink.messages.count == 60 && sink.messages.last?["result"] != nil)
        }
    }

    @Test(arguments: [true, false])
    func `a client that goes away while it is behind doesn't stop its call`(_ cameBack: Bool) async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let call = try await Streamed(agents)
            call.progress(1)
            var sink = call.client.sink
            if cameBack {
                sink = try await agents.open(call.get(call.client.eventIDs[1]))
                call.progress(2)
                _ = await sink.pieces(1)
            }
            sink.hasRoom = false
            let long = #","message":"\#(String(repeating: "x", count: 20_000))""#
            for value in 3...60 { call.function.write(CallStreamTests.progress("\(value)", more: long)) }
            call.finish()
            #expect(!call.client.isTold)
            sink.disconnect()
            await call.client.told()
            #expect(call.client.isTold)
        }
    }

    @Test func `a client on another loop gets the same`() async throws {
        try await withLoop { first in
            let resumable = ResumableStreams()
            let here = Agents(first, CallStreamTests.snapshot, resumable: resumable)
            let call = try await Streamed(here)
            call.progress(1)
            call.client.sink.disconnect()
            let ask = call.get(call.client.eventIDs[0])
            call.finish()
            try await withLoop { second in
                let there = Agents(second, CallStreamTests.snapshot, resumable: resumable)
                let sink = try await there.open(ask)
                _ = await sink.pieces(1)
                #expect(sink.messages.count == 2 && sink.isEnded)
            }
        }
    }

    @Test func `a client that is gone while it is asked may come back, and answers then`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(#""inputRequests":{"who":\#(AskedClient.form)}"#)
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            call.sink.disconnect()
            #expect(!call.isTold && agents.endpoint.rounds.count == 1)
            let sink = try await agents.open(Self.get(call.eventIDs[0], client.session))
            _ = await sink.pieces(1)
            let question = try #require(sink.messages.first?["id"]?.stringValue)
            #expect([question] == call.questions)
            try await client.accept(question)
            _ = await sink.pieces(2)
            #expect(sink.messages.last?["result"]?["content"]?[0]?["text"] == "done" && sink.isEnded)
            // Gone again and for good.
            let second = try client.begin(client.call(id: "6"))
            let other = try await agents.open(Self.get(second.eventIDs[0], client.session))
            _ = await other.pieces(1)
            agents.endpoint.rounds.absenceMax = .zero
            other.disconnect()
            await second.told()
            #expect(agents.endpoint.questionsAreForgotten)
        }
    }

    @Test func `a drain reaches a call whose client has come back`() async throws {
        try await withAgents { agents in
            agents.upstream.respond = AskedClient.function(#""inputRequests":{"who":\#(AskedClient.form)}"#)
            let client = try await AskedClient(agents)
            let call = try client.begin(client.call())
            let sink = try await agents.open(Self.get(call.eventIDs[1], client.session))
            agents.endpoint.drain()
            while !sink.isEnded { _ = await sink.pieces(sink.pieces.count + 1) }
            #expect(
                sink.messages.last?["result"]?["content"]?[0]?["text"]?.stringValue?.contains("stopping")
                    == true
            )
        }
    }

    @Test func `a cancelled call leaves nothing to come back to`() async throws {
        try await withAgents(CallStreamTests.snapshot) { agents in
            let call = try await Streamed(agents)
            call.progress(1)
            let cancel = Ask.legacy("notifications/cancelled", #"{"requestId":5}"#, id: nil)
            try await agents.expect(202, cancel.with("Mcp-Session-Id", call.session))
            let sink = try await agents.open(call.get(call.client.eventIDs[1]))
            while !sink.isEnded { _ = await sink.pieces(1) }
            #expect(sink.messages.isEmpty)
        }
    }

    @Test func `streams of one holder are bounded in number and bytes, and forgetting gives all back`()
        async throws
    {
        try await withLoop { loop in
            let streams = ResumableStreams()
            let code = SessionCode([1])
            let all = (0..<300).compactMap { _ in
                streams.begin(in: code, of: 7, requestID: [49], sparing: StreamedBytes(), on: loop)
            }
            #expect(all.count == ResumableStreams.perHolderMax)
            #expect(
                streams.begin(in: code, of: 8, requestID: [49], sparing: StreamedBytes(), on: loop) != nil
            )
            let event = ByteBuffer(String(repeating: "x", count: 200_000))
            for events in all { events.add(event) }
            #expect(!streams.hold(200_000, of: 7), "the holder's bound")
            #expect(streams.hold(200_000, of: 8))
        }
    }

    @Test(arguments: [
        "", "ev-", "ev--1", "7", "ev-\(String(repeating: "a", count: 32))-", "x\u{0}", "ev-é-1",
    ])
    func `an id of an event that can't be the gateway's is none`(_ text: String) {
        #expect(EventID(text.utf8.span) == nil)
    }

    @Test func `ids of events are read as they are written, and random bytes never stop the reader`() {
        let id = EventID(stream: String(repeating: "0", count: 32), number: 77)
        #expect(EventID(id.description.utf8.span) == id)
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<2_000 {
            var bytes = Array(id.description.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
                    in: 0...255,
                    using: &generator
                )
            }
            if let read = EventID(bytes.span) { #expect(read.number > 0) }
        }
    }
}

/// Random numbers that are the same in each run. Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators"
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
