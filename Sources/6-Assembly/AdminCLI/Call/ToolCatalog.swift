import Control
import HTTPClient
import JSON

/// The tools that a key sees, read from the gateway as an agent would. On the transport's loop.
struct ToolCatalog {
    let session: Session
    let place: AgentsPlace
    let transport: OutboundTransport
    let key: String
    let timeout: Duration

    private static let pagesMax = 1_000
    private static let toolsMax = 100_000

    /// All tools in the gateway's order, or only those up to the named one.
    func read(upTo name: String? = nil) async throws -> [JSONValue] {
        var tools: [JSONValue] = []
        var cursor: String?
        for _ in 0..<Self.pagesMax where tools.count < Self.toolsMax {
            let result = try await page(cursor)
            let page = result["tools"]?.arrayValue ?? []
            tools += page
            if let name, page.contains(where: { $0["name"]?.stringValue == name }) { return tools }
            guard let next = result["nextCursor"]?.stringValue else { return tools }
            guard next != cursor else { break }
            cursor = next
        }
        throw CommandFailure("the list of tools has no end: its pages repeat themselves")
    }

    /// The definition of that tool; nil when the key doesn't see it.
    func tool(_ name: String) async throws -> JSONValue? {
        try await read(upTo: name).first { $0["name"]?.stringValue == name }
    }

    private func page(_ cursor: String?) async throws -> JSONValue {
        let request = MCPRequest(listingFrom: cursor, key: key)
        let response: ClientResponse
        do throws(HTTPClientError) {
            response = try await transport.send(try request.outbound(to: place.endpoint, timeout: timeout))
        } catch {
            throw session.failure(error, at: place)
        }
        return try MCPCallAnswer(response).message["result"] ?? .null
    }
}
