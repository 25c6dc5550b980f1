import Bytes
import HTTP
import Testing

@testable import Server

/// What /readyz and /health answer, and the reasons they give.
struct HealthTests {
    private struct Step: Service {
        let name: String
        var startingWords: String { "the store is being opened" }
    }

    private static func answer(_ health: Health, _ path: String) throws -> (status: Int, text: String) {
        let bytes = Array("GET \(path) HTTP/1.1\r\n\r\n".utf8)
        var head = RequestHead()
        head.path = 4..<4 + path.utf8.count
        let request = Request(bytes: bytes, head: head, body: bytes.count..<bytes.count)
        let answer = try #require(health.answer(request))
        return (answer.status, answer.body.text)
    }

    @Test func `each reason not to be ready is given`() throws {
        let health = Health(version: "1")
        #expect(try Self.answer(health, "/readyz") == (503, "starting: the settings are being looked at\n"))
        health.isStarting(Step(name: "store"))
        #expect(try Self.answer(health, "/readyz") == (503, "starting: the store is being opened\n"))
        health.becameReady()
        #expect(try Self.answer(health, "/readyz") == (200, "ready\n"))
        health.check { false }
        #expect(
            try Self.answer(health, "/readyz")
                == (503, "the store's file was removed or replaced; see the log\n")
        )
        health.check { true }
        health.startedDraining()
        let text = "draining: it finishes what is under way, and takes no new work"
        #expect(try Self.answer(health, "/readyz") == (503, text + "\n"))
        #expect(
            try Self.answer(health, "/health")
                == (503, #"{"status":"draining","reason":"\#(text)","version":"1"}"# + "\n")
        )
    }

    @Test func `each service describes its start, and without a path`() async throws {
        let told = Steps()
        let list = ServiceList([Step(name: "a"), Step(name: "b")]) { told.add($0.name) }
        try await list.start()
        #expect(told.names == ["a", "b", "a", "b"])
        await list.shutdown(within: .seconds(1))
    }
}

private final class Steps: @unchecked Sendable {
    // One start uses it, step by step.
    private(set) var names: [String] = []

    func add(_ name: String) { names.append(name) }
}
