import EventLoop
import Synchronization

/// What connections of one process may keep in memory together: request heads and bodies past a pooled buffer, answers
/// that their clients don't read, TLS handshakes. Any thread.
///
/// Small requests never ask it: whatever fits a connection's pooled buffer isn't counted. The rest takes a short lock
/// twice, for the whole of its bytes.
package final class BufferBudget: Sendable {
    /// What an operator is told.
    package struct Figures: Sendable, Equatable {
        package var bytesMax: Int
        package var usedBytes: Int
        /// Connections that had to wait for room.
        package var waits: Int
        /// Requests refused as there was no room in time.
        package var refusals: Int
        /// Connections closed as their unread answers took room that others needed.
        package var closed: Int
    }

    private struct State {
        var ledger: BufferLedger
        /// Whoever is to be told: that its turn has come, or that it is to be closed.
        var owners: [BufferLedger.Ticket: LoopBound<Connection>] = [:]
        var waits = 0
        var refusals = 0
        var closed = 0

        /// The owners of tickets, which need no more telling after this.
        mutating func owners(
            _ tickets: [BufferLedger.Ticket]
        ) -> [(BufferLedger.Ticket, LoopBound<Connection>)] {
            tickets.compactMap { ticket in owners.removeValue(forKey: ticket).map { (ticket, $0) } }
        }
    }

    package let bytesMax: Int
    private let state: Locked<State>

    /// - Parameter bytesMax: at least 1; one that is alone gets half of it.
    package init(bytesMax: Int) {
        self.bytesMax = max(1, bytesMax)
        state = Locked(State(ledger: BufferLedger(bytesMax: max(1, bytesMax))))
    }

    package var figures: Figures {
        state.withLock {
            Figures(
                bytesMax: bytesMax,
                usedBytes: $0.ledger.used,
                waits: $0.waits,
                refusals: $0.refusals,
                closed: $0.closed
            )
        }
    }

    // MARK: For claims and connections

    func take(_ bytes: Int, for payer: BufferPayer) -> Bool {
        state.withLock { $0.ledger.take(bytes, for: payer) }
    }

    /// As the ledger's; `roomCame(ticket)` is called on the connection's loop when its turn has come.
    func takeOrWait(_ bytes: Int, for payer: BufferPayer, _ connection: Connection) -> BufferLedger.Answer {
        let owner = LoopBound(connection, on: connection.loop)
        return state.withLock { state in
            let answer = state.ledger.takeOrWait(bytes, for: payer)
            if case .waits(let ticket) = answer {
                state.owners[ticket] = owner
                state.waits += 1
            }
            return answer
        }
    }

    func give(_ bytes: Int, of payer: BufferPayer) {
        tell(state.withLock { $0.owners($0.ledger.give(bytes, of: payer)) })
    }

    /// Ends a wait for `bytes`, be its turn come meanwhile or not.
    func leave(_ ticket: BufferLedger.Ticket, _ bytes: Int, of payer: BufferPayer) {
        tell(
            state.withLock { state in
                state.owners[ticket] = nil
                return state.owners(
                    state.ledger.leave(ticket, of: payer) ?? state.ledger.give(bytes, of: payer)
                )
            }
        )
    }

    /// As the ledger's; `giveUpAnswer(ticket)` is called on the loop of each connection that is to be closed.
    func keep(
        unread bytes: Int,
        of payer: BufferPayer,
        _ connection: Connection,
        sinceNs: UInt64
    ) -> BufferLedger.Ticket {
        let owner = LoopBound(connection, on: connection.loop)
        let (ticket, closed, granted) = state.withLock { state in
            let kept = state.ledger.keep(unread: bytes, of: payer, sinceNs: sinceNs)
            state.owners[kept.ticket] = owner
            return (kept.ticket, state.owners(kept.closed), state.owners(kept.granted))
        }
        tell(granted)
        for (ticket, connection) in closed { connection.execute { $0.giveUpAnswer(ticket) } }
        return ticket
    }

    func drop(_ ticket: BufferLedger.Ticket) {
        tell(
            state.withLock { state in
                state.owners[ticket] = nil
                return state.owners(state.ledger.drop(ticket))
            }
        )
    }

    /// Notes that a connection was closed for `giveUpAnswer`.
    func countClosed() { state.withLock { $0.closed += 1 } }

    func countRefusal() { state.withLock { $0.refusals += 1 } }

    private func tell(_ granted: [(BufferLedger.Ticket, LoopBound<Connection>)]) {
        for (ticket, connection) in granted { connection.execute { $0.roomCame(ticket) } }
    }
}
