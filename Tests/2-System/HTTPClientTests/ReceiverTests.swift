import EventLoop
import HTTPClient
import Testing

/// Sends one request after the other from where it is told of the answer to the last.
private final class Chain: ResponseReceiver, @unchecked Sendable {  // one loop's thread only
    private let stage: Stage
    private var wanted: Int
    private(set) var outcomes: [Result<String, HTTPClientError>] = []
    let cancellation = Cancellation()

    init(_ stage: Stage, requests wanted: Int = 1) {
        self.stage = stage
        self.wanted = wanted
    }

    func send(timeout: Duration = .seconds(10)) throws {
        wanted -= 1
        var request = try stage.request(timeout: timeout)
        request.cancellation = cancellation
        stage.client.send(request, to: self)
    }

    func received(_ outcome: consuming Result<ClientResponse, HTTPClientError>) {
        outcomes.append(outcome.map { $0.text })
        if wanted > 0 { try? send() }
    }
}

/// The form that needs no task: a receiver that is told.
struct ReceiverTests {
    @Test func `the next request goes out from where the last one's answer is told`() async throws {
        try await withScript(script: answerAll) { stage in
            let chain = Chain(stage, requests: 50)
            try chain.send()
            #expect(await stage.until { chain.outcomes.count == 50 })
            #expect(chain.outcomes.allSatisfy { $0 == .success("0") })
            #expect(stage.client.connectionCount == 1)
        }
    }

    @Test func `a receiver is told once, whatever ends the call`() async throws {
        try await withScript { connection in
            connection.request()
            _ = connection.clientCloses()
        } _: { stage in
            let cancelled = Chain(stage)
            try cancelled.send()
            cancelled.cancellation.cancel()
            #expect(cancelled.outcomes == [.failure(.cancelled)])
            cancelled.cancellation.cancel()
            // What is cancelled already is told before `send` returns.
            try cancelled.send()
            #expect(cancelled.outcomes == [.failure(.cancelled), .failure(.cancelled)])

            let late = Chain(stage)
            try late.send(timeout: .milliseconds(20))
            #expect(await stage.until { !late.outcomes.isEmpty })
            #expect(late.outcomes == [.failure(.timedOut(.responding))])
            late.cancellation.cancel()
            #expect(late.outcomes.count == 1)

            let closed = Chain(stage, requests: 3)
            try closed.send()
            stage.client.close()
            // The two that follow find the client closed.
            #expect(closed.outcomes == [.failure(.cancelled), .failure(.cancelled), .failure(.cancelled)])
        }
    }

    @Test func `nothing keeps a receiver that was told`() async throws {
        try await withScript(script: answerAll) { stage in
            weak var trace: Chain?
            do {
                let chain = Chain(stage)
                trace = chain
                try chain.send()
                #expect(await stage.until { chain.outcomes.count == 1 })
            }
            #expect(trace == nil)
        }
    }
}
