import Foundation
import JSON
import TestSupport

/// Tests/Python/collector.py: a collector of traces that isn't ours, which reads with opentelemetry-proto.
struct PythonCollector: Sendable {
    let url: String

    private var port: Int { URLComponents(string: url)?.port ?? 0 }

    /// Runs `body` while a collector runs, and ends the collector.
    /// - Parameter certificate: the collector's certificate for TLS; nil for plain HTTP.
    static func with<T: Sendable>(
        _ certificate: TestCertificates.Pair? = nil,
        _ body: (PythonCollector) async throws -> T
    ) async throws -> T {
        let files = certificate.map { [$0.certificateFile, $0.keyFile] } ?? []
        let program = try Program(
            [try Programs.python, "\(Programs.root)/Tests/Python/collector.py"] + files,
            environment: Programs.environment,
            folder: Programs.root
        )
        let outcome: Result<T, any Error>
        do {
            let output = try await program.wait(for: "its URL") { $0.out.contains("\n") }
            let url = output.out.trimmingCharacters(in: .whitespacesAndNewlines)
            outcome = .success(try await body(PythonCollector(url: url)))
        } catch {
            outcome = .failure(error)
        }
        await program.stop()
        return try outcome.get()
    }

    /// A span as the collector read it.
    struct Span: Sendable {
        let json: JSONValue

        subscript(_ member: String) -> String { json[member]?.stringValue ?? "" }

        var name: String { self["name"] }
        var attributes: JSONValue { json["attributes"] ?? .null }
        func attribute(_ key: String) -> String? { attributes[key]?.stringValue }
    }

    func spans() async throws -> [Span] {
        (try await state()["spans"]?.arrayValue ?? []).map { Span(json: $0) }
    }

    /// Waits for this many spans of one trace and returns them.
    func spans(ofTrace id: String, count: Int) async throws -> [Span] {
        try await eventually("trace \(id) has \(count) spans") {
            try await spans().count { $0["traceId"] == id } >= count
        }
        return try await spans().filter { $0["traceId"] == id }
    }

    /// The requests it got: path, headers, and the status of its answer.
    func requests() async throws -> [JSONValue] { try await state()["requests"]?.arrayValue ?? [] }

    /// The faults in the requests it got.
    func faults() async throws -> [JSONValue] { try await state()["faults"]?.arrayValue ?? [] }

    /// Sets how it answers from now on.
    func behave(_ behaviour: JSONValue) async throws { _ = try await post("/behave", behaviour.text) }

    private func state() async throws -> JSONValue {
        try JSONValue(parsing: try await send("GET /spans HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    }

    private func post(_ path: String, _ text: String) async throws -> String {
        try await send(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
        )
    }

    private func send(_ request: String) async throws -> String {
        let client = try RawClient(port: port)
        client.send(request)
        let response = try await client.readResponse()
        client.close()
        return response.text
    }
}
