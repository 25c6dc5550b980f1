import HTTP
import JSON
import REST

/// Answers the verbs' requests to the admin API: in this process, or by a server elsewhere.
protocol AdminClient: Sendable {
    /// - Throws: why there is no answer at all. A refusal is an answer.
    func answer(_ request: APIRequest) async throws -> APIReply
}

extension AdminClient {
    /// The body of a successful answer.
    /// - Throws: `RefusedWords`, or for every other failure `CommandFailure` with the problem's words.
    func ask(_ request: APIRequest) async throws -> JSONValue {
        guard !request.path.contains(where: { $0.isEmpty }) else {
            throw UsageError("a name is empty")
        }
        guard !request.words.contains(where: holdsSecret) else {
            throw UsageError(
                "a whole key or token is among the words, which is now in this shell's history; "
                    + "revoke it; keys are named by the 8 characters after mgw_"
            )
        }
        let reply = try await answer(request)
        guard reply.status != Problem.Kind.preconditionFailed.status else {
            throw CommandFailure(
                "somebody else changed it in the meantime",
                hint: "read it, and run the command again"
            )
        }
        guard (200..<300).contains(reply.status), let body = reply.body else {
            if let words = RefusedWords(reply) { throw words }
            throw CommandFailure(refusal: reply)
        }
        return body
    }

    /// The answer of an operation.
    func ask<A, Output>(_ request: OperationRequest<A, Output>) async throws -> Answer<Output> {
        Answer(try await ask(request.request))
    }

    /// All items of a list that an operation answers in pages, or the first `countMax` of them.
    func askAll<A, Item>(
        _ request: OperationRequest<A, ListForm<Item>>,
        countMax: Int = .max
    ) async throws -> [Answer<Item>] {
        try await askAll(Item.plural, request.request, countMax: countMax).map { Answer($0) }
    }

    /// All items of a list that comes in pages, or the first `countMax` of them.
    /// - Parameter name: the member that holds them, e.g. `tenants`.
    func askAll(
        _ name: String,
        _ request: APIRequest,
        countMax: Int = .max
    ) async throws -> [JSONValue] {
        var items: [JSONValue] = []
        try await askPages(name, request, countMax: countMax) { page in
            items += page
            return true
        }
        return items
    }

    /// Reads the list page by page as the pages come.
    /// - Parameter onPage: receives the items of a page; returns whether to go on.
    func askPages(
        _ name: String,
        _ request: APIRequest,
        countMax: Int = .max,
        _ onPage: ([JSONValue]) -> Bool
    ) async throws {
        var count = 0
        var cursor: String?
        repeat {
            var page = request
            page.query.append(.init("limit", "\(min(Page.limitMax, countMax - count))"))
            if let cursor { page.query.append(.init("cursor", cursor)) }
            let body = try await ask(page)
            let more = body[name]?.arrayValue ?? []
            count += more.count
            guard onPage(more) else { return }
            let next = body["nextCursor"]?.stringValue
            guard next == nil || next != cursor && !more.isEmpty else {
                throw CommandFailure("the list of \(name) has no end: its pages repeat themselves")
            }
            cursor = next
        } while cursor != nil && count < countMax
    }
}

extension APIRequest {
    /// The texts that a person gave: names and texts of the body, but no document inside it.
    fileprivate var words: [String] {
        let members = body?.objectValue?.members ?? []
        let texts = members.flatMap { member in
            [member.value.stringValue].compactMap { $0 }
                + (member.value.arrayValue ?? []).compactMap { $0.stringValue }
                + (member.value.objectValue?.members ?? []).flatMap {
                    [$0.key] + [$0.value.stringValue].compactMap { $0 }
                }
        }
        return path + query.map { $0.value } + texts
    }
}

extension CommandFailure {
    /// The problem's words: what was wrong, and what to do next.
    init(refusal reply: APIReply) {
        let body = reply.body ?? .null
        self.init(
            body["detail"]?.stringValue ?? "the admin API refused, with status \(reply.status)",
            hint: Self.inOptions(body["hint"]?.stringValue ?? ""),
            status: reply.status
        )
    }

    /// The hint with each query parameter that it names, such as `force=true` in backquotes, written as an option.
    private static func inOptions(_ hint: String) -> String {
        hint.replacing(#/`([a-z]+)=true`/#) { "`--\($0.output.1)`" }
    }
}
