import AdminAPI
import JSON
import REST

/// The pages of a list of calls, read one by one.
struct CallPages {
    typealias Request = OperationRequest<Calls.ListArguments, CallsForm>

    private let request: Request
    private let isOnePage: Bool
    private var left: Int
    private var cursor: String?
    private var isDone = false

    /// - Parameters:
    ///   - slowest: how many of the slowest calls; nil for the newest ones.
    ///   - countMax: how many calls in all.
    init(_ filter: Request, slowest: Int?, countMax: Int) {
        var request = filter
        request.slowest = slowest.map { .int($0) }
        self.request = request
        isOnePage = slowest != nil
        left = countMax
    }

    /// The next page; nil when there are no more.
    mutating func next(_ admin: any AdminClient) async throws -> Answer<CallsForm>? {
        guard !isDone, left > 0 else { return nil }
        let page = try await Self.ask(admin, request, limit: isOnePage ? nil : left, cursor: cursor)
        left -= page.calls.count
        let next = page.nextCursor
        guard next == nil || next != cursor && !page.calls.isEmpty else {
            throw CommandFailure("the list of calls has no end: its pages repeat themselves")
        }
        cursor = next
        isDone = isOnePage || next == nil
        return page
    }

    /// Reads one page.
    /// - Parameter limit: the most calls to read; never more than a page holds.
    static func ask(
        _ admin: any AdminClient,
        _ request: Request,
        limit: Int?,
        cursor: String? = nil
    ) async throws -> Answer<CallsForm> {
        var request = request.request
        if let limit { request.query.append(.init("limit", "\(min(limit, Page.limitMax))")) }
        if let cursor { request.query.append(.init("cursor", cursor)) }
        return Answer(try await admin.ask(request))
    }
}
