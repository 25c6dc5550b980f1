import Policy
import RateLimit

/// The limits of requests other than calls: handshakes, lists, pings. One for each key, and one for all tokens of a
/// tenant. Any thread.
final class RequestCells: Sendable {
    private let parameters: RateParameters
    private let keyIDs: [Int64]
    private let tenantIDs: [Int64]
    /// [key]
    private let keys: [RateCell]
    /// [tenant]
    private let tokens: [RateCell]

    init(
        _ snapshot: Snapshot,
        _ parameters: RateParameters,
        reusing previous: RequestCells?,
        nowNs: UInt64
    ) {
        self.parameters = parameters
        keyIDs = snapshot.keys.map { $0.id }
        tenantIDs = snapshot.tenants.map { $0.id }
        var carry = Carry(parameters, nowNs, previous?.keyIDs ?? [], previous?.keys ?? [])
        keys = keyIDs.enumerated().map { carry.cell($1, at: $0) }
        carry = Carry(parameters, nowNs, previous?.tenantIDs ?? [], previous?.tokens ?? [])
        tokens = tenantIDs.enumerated().map { carry.cell($1, at: $0) }
    }

    /// Whether a request would be let through now. Takes nothing.
    func isOpen(_ principal: Principal, nowNs: UInt64) -> Bool {
        let cell = principal.key.map { keys[$0] } ?? tokens[principal.tenant]
        return cell.standing(nowNs: nowNs).retryAfterNs == 0
    }

    /// Takes one request; returns the limit's standing if it refuses the request, else nil.
    func take(_ principal: Principal, nowNs: UInt64) -> RateStanding? {
        let cell = principal.key.map { keys[$0] } ?? tokens[principal.tenant]
        while true {
            if cell.take(nowNs: nowNs) != nil { return nil }
            let standing = cell.standing(nowNs: nowNs)
            if standing.retryAfterNs > 0 { return standing }
        }
    }

    /// Finds the previous book's cells by id; nearly always a cell is at the same position as before.
    private struct Carry {
        let parameters: RateParameters
        let nowNs: UInt64
        let ids: [Int64]
        let cells: [RateCell]
        var positions: [Int64: Int]?

        init(_ parameters: RateParameters, _ nowNs: UInt64, _ ids: [Int64], _ cells: [RateCell]) {
            self.parameters = parameters
            self.nowNs = nowNs
            self.ids = ids
            self.cells = cells
        }

        mutating func cell(_ id: Int64, at position: Int) -> RateCell {
            guard let found = find(id, position) else { return RateCell(parameters) }
            let cell = cells[found]
            return cell.parameters == parameters ? cell : cell.replaced(by: parameters, nowNs: nowNs)
        }

        private mutating func find(_ id: Int64, _ position: Int) -> Int? {
            if position < ids.count, ids[position] == id { return position }
            let known =
                positions
                ?? Dictionary(ids.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            positions = known
            return known[id]
        }
    }
}
