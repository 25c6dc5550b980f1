import Foundation
import JSON
import LocalLambda
import Synchronization
import TestSupport
import Testing

/// Functions that stream, with a real runtime process, read by boto3.
@Suite(.timeLimit(.minutes(5)))
struct StreamingTests {
    private static let folder = Place.root + "/Tests/Python/functions/streaming"

    private static func function(_ name: String = "streaming", timeoutSeconds: Int = 60) throws
        -> FunctionDefinition
    {
        FunctionDefinition(
            name: name,
            command: [try Place.python(), "bootstrap.py"],
            handler: "streams.handler",
            timeoutSeconds: timeoutSeconds,
            concurrency: 4,
            directory: folder
        )
    }

    private static func read(_ subject: Subject, _ more: String..., in folder: String) async throws
        -> JSONValue
    {
        let script = Place.here + "/boto3_streams.py"
        return try await runPython([script, "http://127.0.0.1:\(subject.port)", folder] + more)
    }

    private static func text(_ seen: JSONValue?) -> String {
        (seen?["chunks"]?.arrayValue ?? []).compactMap { $0.stringValue }.joined()
    }

    // MARK: What boto3 sees

    @Test func `boto3 reads every kind of stream as from AWS`() async throws {
        let functions = [
            try Self.function(), try Self.function("impatient", timeoutSeconds: 2), try pythonFunction(),
        ]
        try await withLambda(functions, configure: { $0.streamBytesMax = 32_000_000 }) { subject in
            let seen = try await withTemporaryDirectory { try await Self.read(subject, in: $0) }
            try expectLive(seen)
            try expectWhole(seen)
            expectFailures(seen)
            expectBuffered(seen)
            expectRefusals(seen)
            expectPlain(seen)
            // The invoker that went away after the first chunk.
            #expect(await eventually { subject.lines.all.contains { $0.text == "done \(24 << 20)" } })
        }
    }

    /// Each message was read before the function wrote the next one, or it would wait still.
    private func expectLive(_ seen: JSONValue) throws {
        for (name, prefix) in [("ndjson", #"{"jsonrpc": "2.0", "#), ("sse", "event: message\r\ndata: {")] {
            let stream = try #require(seen[name], "\(name)")
            #expect(stream["status"] == 200)
            #expect(stream["type"] == "application/vnd.amazon.eventstream")
            #expect(stream["version"] == "$LATEST")
            #expect(stream["request"]?.stringValue?.utf8.count == 36)
            #expect(stream["trace"]?.stringValue?.hasPrefix("Root=1-") == true)
            #expect(stream["framing"] == "chunked")
            #expect(stream["complete"] == [:], "nothing went wrong, no log is wanted")
            let chunks = (stream["chunks"]?.arrayValue ?? []).compactMap { $0.stringValue }
            #expect(chunks.count >= 4)
            #expect(chunks.last?.hasPrefix(prefix) == true)
            #expect(chunks.last?.contains(#""result": {"content""#) == true)
        }
        let http = #"{"statusCode": 200, "headers": {"content-type": "text/event-stream"}}"#
        #expect(Self.text(seen["sse"]).hasPrefix(http + String(repeating: "\0", count: 8) + "event: message"))
    }

    private func expectWhole(_ seen: JSONValue) throws {
        let bytes =
            Array(0...255) + [0] + Array("\r\n0\r\n\r\n".utf8).map(Int.init) + [Int](repeating: 0, count: 8)
        let text = String(String.UnicodeScalarView(bytes.compactMap { Unicode.Scalar($0) }))
        #expect(Self.text(seen["parts"]).unicodeScalars.elementsEqual(text.unicodeScalars))
        #expect(seen["parts"]?["log"]?.stringValue?.contains("REPORT RequestId: ") == true)
        #expect(seen["nothing"]?["chunks"] == [])
        #expect(seen["nothing"]?["complete"] == [:])
    }

    private func expectFailures(_ seen: JSONValue) {
        for (name, partial) in [
            ("fails", #"{"partial":"#), ("fails at once", ""), ("fails at length", #"{"partial":"#),
        ] {
            let complete = seen[name]?["complete"]
            #expect(Self.text(seen[name]) == partial, "\(name)")
            #expect(complete?["ErrorCode"] == "Unhandled", "\(name)")
            let details = complete?["ErrorDetails"]?.stringValue ?? ""
            let report = try? JSONValue(parsing: Array(details.utf8).span)
            #expect(report?["errorType"] == "ValueError", "\(name)")
            #expect(report?["errorMessage"]?.stringValue?.hasPrefix("too late: ü ") == true, "\(name)")
            #expect(details.utf8.count > (name == "fails at length" ? 100_000 : 100))
        }
        #expect(seen["fails"]?["log"]?.stringValue?.contains("END RequestId: ") == true)
        let expected = [
            ("exits", "Runtime.ExitError", "Error: Runtime exited with error: exit status 3"),
            (
                "closes", "Runtime.TruncatedResponse",
                "Error: Runtime closed its connection within the response"
            ),
            (
                "garbles", "Runtime.TruncatedResponse",
                "Error: Runtime closed its connection within the response"
            ),
            ("stalls", "Sandbox.Timedout", "Error: Task timed out after 2.00 seconds"),
        ]
        for (name, code, words) in expected {
            #expect(Self.text(seen[name]) == "half", "\(name)")
            #expect(seen[name]?["complete"]?["ErrorCode"]?.stringValue == code, "\(name)")
            let id = seen[name]?["request"]?.stringValue ?? ""
            #expect(
                seen[name]?["complete"]?["ErrorDetails"]?.stringValue == "RequestId: \(id) \(words)",
                "\(name)"
            )
        }
        #expect(seen["stalls"]?["log"]?.stringValue?.contains("Status: timeout") == true)
        let sizes = (seen["too large"]?["sizes"]?.arrayValue ?? []).compactMap { $0.intValue }
        #expect(sizes.reduce(0, +) <= 32_000_000)
        #expect(sizes.reduce(0, +) > 31_900_000)
        #expect(seen["too large"]?["complete"]?["ErrorCode"] == "Function.ResponseSizeTooLarge")
    }

    /// Functions that don't stream, under a runtime that can't.
    private func expectBuffered(_ seen: JSONValue) {
        #expect(seen["value"]?["chunks"] == [#"{"a": 1}"#])
        #expect(seen["value"]?["complete"] == [:])
        #expect(seen["none"]?["chunks"] == ["null"])
        #expect(seen["raises"]?["chunks"] == [])
        #expect(seen["raises"]?["complete"]?["ErrorCode"] == "Unhandled")
        let details = seen["raises"]?["complete"]?["ErrorDetails"]?.stringValue ?? ""
        #expect(
            (try? JSONValue(parsing: Array(details.utf8).span))?["errorMessage"]
                == "this handler always fails"
        )
        #expect(seen["raises"]?["log"]?.stringValue?.contains("ValueError") == true)
        let sizes = (seen["large"]?["sizes"]?.arrayValue ?? []).compactMap { $0.intValue }
        #expect(sizes.prefix(3) == [65_536, 65_536, 65_536])
        #expect(sizes.reduce(0, +) == 200_000)
    }

    private func expectRefusals(_ seen: JSONValue) {
        #expect(seen["dry run"] == 204)
        #expect(seen["not found"]?["status"] == 404)
        #expect(seen["not found"]?["code"] == "ResourceNotFoundException")
        #expect(seen["not json"]?["status"] == 404)
        #expect(seen["event"]?["status"] == 400)
        #expect(seen["event"]?["code"] == "ValidationException")
        let set = "Member must satisfy enum value set: [RequestResponse, DryRun]"
        #expect(seen["event"]?["message"]?.stringValue?.contains(set) == true)
    }

    /// Invoke gets the whole answer of a function that streams.
    private func expectPlain(_ seen: JSONValue) {
        #expect(seen["plain"]?["error"] == .null)
        #expect(seen["plain"]?["payload"]?.stringValue == Self.text(seen["parts"]))
        #expect(seen["plain fails"]?["error"] == "Unhandled")
        #expect(seen["plain fails"]?["payload"]?.stringValue?.contains(#""errorType": "ValueError""#) == true)
        #expect(seen["plain too large"]?["error"] == "Unhandled")
        #expect(seen["plain too large"]?["payload"]?.stringValue?.contains("6291556 bytes") == true)
    }

    @Test func `a stream that the service cuts off ends in an error; one too many is refused`() async throws {
        var function = try Self.function()
        function.concurrency = 1
        try await withLambda([function]) { subject in
            async let stalled = Self.stall(subject)
            #expect(await eventually { subject.lines.all.contains { $0.text == "stalled" } })
            let refused = try await Self.stall(subject)
            #expect(refused.status == 429)
            #expect(refused.json?["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded")
            await subject.lambda.stop()
            let cut = try await stalled
            #expect(cut.status == 200)
            #expect(cut.text.contains("half"))
            #expect(cut.text.contains(":error-code") && cut.text.contains("ServiceException"))
            #expect(!cut.text.contains("InvokeComplete"))
        }
    }

    private static func stall(_ subject: Subject) async throws -> Answer {
        let path = "/2021-11-15/functions/streaming/response-streaming-invocations"
        return try await subject.send("POST", path, body: Array(#"{"do":"stalls"}"#.utf8))
    }

    // MARK: Back-pressure

    @Test func `a reader that pauses holds the function up, and 100 MB need little memory`() async throws {
        try await withTemporaryDirectory { folder in
            try await withLambda([try Self.function()]) { try await expectPressure($0, in: folder) }
        }
    }

    private func expectPressure(_ subject: Subject, in folder: String) async throws {
        let size = 100 << 20
        let before = residentBytes()
        let peak = PeakMemory()
        async let reading = Self.read(subject, "slowly", "\(size)", in: folder)
        let isPaused = await eventually {
            FileManager.default.fileExists(atPath: folder + "/paused")
        }
        #expect(isPaused)
        let written = await whenSettled { Self.written(subject) }
        #expect(written < size / 2, "the rest waits in the function")
        try Data().write(to: URL(filePath: folder + "/go"))
        let watch = Task { await peak.watch() }
        let seen = try await reading
        watch.cancel()
        #expect(seen["bytes"]?.intValue == size)
        #expect(seen["same"] == true)
        #expect(seen["complete"] == [:])
        #expect(max(peak.bytes, residentBytes()) - before < 20 << 20)
    }

    private static func written(_ subject: Subject) -> Int {
        subject.lines.all.last.flatMap { $0.text.split(separator: " ").last }.flatMap { Int($0) } ?? 0
    }

    /// What `value` says once it says the same for half a second.
    private func whenSettled(_ value: () -> Int) async -> Int {
        var (last, since) = (value(), ContinuousClock.now)
        _ = await eventually {
            let now = value()
            if now != last { (last, since) = (now, .now) }
            return ContinuousClock.now - since > .milliseconds(500)
        }
        return last
    }
}

/// The memory that this process has in RAM.
private func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return (Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0) * 4096
}

/// The most memory that was seen.
private final class PeakMemory: Sendable {
    private let peak = Atomic(0)
    var bytes: Int { peak.load(ordering: .relaxed) }

    func watch() async {
        while !Task.isCancelled {
            peak.max(residentBytes(), ordering: .relaxed)
            var looks = 0
            _ = await eventually {
                looks += 1
                return looks > 1
            }
        }
    }
}
