import Foundation
import JSON
import TestSupport

/// Tests/Python/issuer.py: an authorization server that isn't ours, which signs with PyJWT.
struct PythonIssuer: Sendable {
    let url: String

    private var port: Int { URLComponents(string: url)?.port ?? 0 }

    /// Runs `body` while an issuer runs, and ends the issuer.
    static func with<T: Sendable>(_ body: (PythonIssuer) async throws -> T) async throws -> T {
        let program = try Program(
            [try Programs.python, "\(Programs.root)/Tests/Python/issuer.py"],
            environment: Programs.environment,
            folder: Programs.root
        )
        let outcome: Result<T, any Error>
        do {
            let output = try await program.wait(for: "its URL") { $0.out.contains("\n") }
            let url = output.out.trimmingCharacters(in: .whitespacesAndNewlines)
            outcome = .success(try await body(PythonIssuer(url: url)))
        } catch {
            outcome = .failure(error)
        }
        await program.stop()
        return try outcome.get()
    }

    /// A token with claims that are valid now; `claims` replace or add some, and null removes one.
    func token(
        _ claims: [(String, JSONValue)],
        algorithm: String = "RS256",
        headers: [(String, JSONValue)] = [],
        as signer: String? = nil
    ) async throws -> String {
        var wish: [(String, JSONValue)] = [
            ("claims", .object(JSONObject(claims))), ("alg", .string(algorithm)),
            ("headers", .object(JSONObject(headers))),
        ]
        if let signer { wish.append(("as", .string(signer))) }
        return try await post("/sign", .object(JSONObject(wish)))
    }

    func rotate() async throws { _ = try await post("/rotate", [:]) }

    func isDown(_ isDown: Bool) async throws { _ = try await post("/down", ["down": .bool(isDown)]) }

    func fetches() async throws -> Int {
        Int(try await send("GET /fetches HTTP/1.1\r\nHost: localhost\r\n\r\n")) ?? -1
    }

    private func post(_ path: String, _ body: JSONValue) async throws -> String {
        let text = body.text
        return try await send(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
        )
    }

    private func send(_ request: String) async throws -> String {
        let client = try RawClient(port: port)
        client.send(request)
        let response = try await client.readResponse()
        client.close()
        guard response.status == 200 else {
            throw Program.Failure(description: "the issuer answered \(response.status): \(response.text)")
        }
        return response.text
    }
}
