import Bytes
import Crypto
import HTTP
import REST

/// What the HTTP faces of the two APIs have in common: paths, the request's id, the description, and work off the loop.
struct APIFace: Sendable {
    /// The path that all of the API's begin with, `/admin/v1`.
    let root: String
    /// The OpenAPI document.
    let description: ByteBuffer
    /// Returns when what was changed before is in force, or with a note of what is late.
    let inForce: @Sendable () async -> String?

    /// Whether the path is that of an API at `root`.
    static func serves(_ request: borrowing Request, at root: String) -> Bool {
        let path = request.path
        return path == root || path.hasPrefix(root + "/")
    }

    /// The client's id of the request where it gave a good one, otherwise a new one.
    static func requestID(of request: borrowing Request) -> String {
        APIRequest.requestID(of: request) ?? Hex.encode(randomBytes(8))
    }

    func asksForDescription(_ request: borrowing Request) -> Bool {
        (request.head.method == .get || request.head.method == .head)
            && request.path == root + "/openapi.json"
    }

    /// Takes the request apart and has `answer` answer it, on the shared pool: what an answer costs to put together
    /// holds up nobody on the loop.
    /// - Returns: the reply, and what to tell whoever changed something.
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
