import Foundation
import JSON
import TestSupport

/// A user of the admin or portal API: one connection per request.
struct APIClient: Sendable {
    struct Answer: Sendable {
        let response: RawResponse
        let json: JSONValue

        var status: Int { response.status }
        /// The problem's title and detail, as one text; the whole body when it isn't a problem.
        var text: String { response.text }
    }

    let port: Int
    /// `/admin/v1` or `/portal/v1`.
    let root: String
    /// nil to send none.
    let token: String?

    /// The name encoded as one segment of a path, or as a value of a query.
    static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = byte &- 48 < 10 || byte &- 65 < 26 || byte &- 97 < 26 || byte == 45 || byte == 95
            return isPlain ? String(UnicodeScalar(byte)) : String(format: "%%%02X", Int(byte))
        }.joined()
    }

    func get(_ path: String) async throws -> Answer { try await send("GET", path) }

    func post(_ path: String, _ body: JSONValue) async throws -> Answer {
        try await send("POST", path, body.text)
    }

    func send(_ method: String, _ path: String, _ body: String = "") async throws -> Answer {
        let client = try RawClient(port: port)
        defer { client.close() }
        let credential = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        let length = body.isEmpty && method == "GET" ? "" : "Content-Length: \(body.utf8.count)\r\n"
        let type = body.isEmpty ? "" : "Content-Type: application/json\r\n"
        client.send(
            "\(method) \(root)\(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(credential)\(type)\(length)\r\n\(body)"
        )
        let response = try await client.readResponse(toHead: method == "HEAD")
        return Answer(response: response, json: (try? JSONValue(parsing: response.text)) ?? .null)
    }
}

extension GatewayProcess {
    /// The portal, with a tenant's key or token.
    func portal(_ key: String?) -> APIClient { APIClient(port: agentsPort, root: "/portal/v1", token: key) }

    /// The admin API, with an admin token.
    func admin(_ token: String?) -> APIClient { APIClient(port: adminPort, root: "/admin/v1", token: token) }
}
