import Bytes
import Crypto
import HTTP
import REST

/// What the admin and the portal API share over HTTP: paths, request ids, the OpenAPI document, and work off the loop.
struct APIFace: Sendable {
    /// The path that all paths of the API begin with, such as `/admin/v1`.
    let root: String
    /// The OpenAPI document.
    let description: ByteBuffer
    /// Returns when earlier changes are in force, or with a note that says what is late.
    let inForce: @Sendable () async -> String?

    /// Whether the path belongs to the API at `root`.
    static func serves(_ request: borrowing Request, at root: String) -> Bool {
        let path = request.path
        return path == root || path.hasPrefix(root + "/")
    }

    /// The request id that the client sent, if it is a valid one; otherwise a new one.
    static func requestID(of request: borrowing Request) -> String {
        APIRequest.requestID(of: request) ?? Hex.encode(randomBytes(8))
    }

    func asksForDescription(_ request: borrowing Request) -> Bool {
        (request.head.method == .get || request.head.method == .head)
            && request.path == root + "/openapi.json"
    }

    /// Takes the request apart and lets `answer` answer it on Swift's shared pool, so that a costly answer doesn't hold
    /// up the loop.
    /// - Returns: the reply, and the note for the client that changed something.
    func reply(
        to request: Request,
        requestID: String,
        _ answer: @escaping @Sendable (APIRequest) async -> APIReply
    ) async throws(Problem) -> (reply: APIReply, note: String?) {
        var asked = try APIRequest(request, under: root)
        asked.requestID = requestID
        let reply = await Task.detached { [asked] in await answer(asked) }.value
        return (reply, asked.mayChange && reply.problem == nil ? await inForce() : nil)
    }
}
