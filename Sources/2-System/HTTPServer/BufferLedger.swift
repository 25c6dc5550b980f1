/// Who pays for bytes that a server keeps: the peer until its credential is known, then whoever that speaks for.
package struct BufferPayer: Hashable, Sendable {
    let realm: UInt8
    let id: UInt64

    /// - Parameters:
    ///   - realm: keeps kinds of payers apart, 1...255.
    ///   - id: which of them.
    package init(realm: UInt8, id: UInt64) {
        self.realm = realm
        self.id = id
    }

    /// A peer, by what `IPAddress.group` says of it.
    static func peer(_ group: UInt64) -> BufferPayer { BufferPayer(realm: 0, id: group) }
}

/// A sum of bytes that many share: who holds how much of it, and who waits for some.
///
/// A payer may hold as much as is left free. So one alone gets half, `k` that want all get one part of `k + 1` each, and
/// the last part is there for whoever comes next. Within a payer it goes in order of arrival. Of payers that wait and hold
/// nothing, the one that has waited longest comes before all others, so that each gets its turn. A value: it is told what
/// happens and says what follows.
/// Source: Choudhury and Hahne, "Dynamic Queue Length Thresholds", IEEE/ACM ToN 6(2), 1998.
struct BufferLedger {
    /// Names one wait or one unread answer; later ones are larger.
    typealias Ticket = UInt64

    enum Answer: Equatable {
        case taken
        /// Its turn comes with `give`, `leave` or `drop`.
        case waits(Ticket)
        /// More than a payer that is alone may hold.
        case neverFits
    }

    private struct Waiter {
        let ticket: Ticket
        let bytes: Int
    }

    /// An answer that its client doesn't read.
    private struct Unread {
        let payer: BufferPayer
        let bytes: Int
        let sinceNs: UInt64
    }

    let bytesMax: Int
    /// More than `bytesMax` at no time.
    private(set) var used = 0
    private var held: [BufferPayer: Int] = [:]
    /// In order of arrival; none is empty.
    private var queues: [BufferPayer: [Waiter]] = [:]
    private var unread: [Ticket: Unread] = [:]
    private var lastTicket: Ticket = 0

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var isWaitedFor: Bool { !queues.isEmpty }

    func bytes(heldBy payer: BufferPayer) -> Int { held[payer, default: 0] }

    // MARK: Taking and giving

    /// Takes bytes at once, or not at all.
    mutating func take(_ bytes: Int, for payer: BufferPayer) -> Bool {
        guard queues[payer] == nil, fits(bytes, payer, leaving: first.map { 2 * $0.bytes } ?? 0) else {
            return false
        }
        add(bytes, payer)
        return true
    }

    /// Takes bytes, or queues for them.
    mutating func takeOrWait(_ bytes: Int, for payer: BufferPayer) -> Answer {
        if take(bytes, for: payer) { return .taken }
        guard bytes <= bytesMax / 2 else { return .neverFits }
        lastTicket += 1
        queues[payer, default: []].append(Waiter(ticket: lastTicket, bytes: bytes))
        return .waits(lastTicket)
    }

    /// Gives bytes back.
    /// - Returns: whose turn has come; they hold their bytes now.
    mutating func give(_ bytes: Int, of payer: BufferPayer) -> [Ticket] {
        remove(bytes, payer)
        return grant()
    }

    /// Ends a wait.
    /// - Returns: nil when the ticket's turn had already come: its bytes are the caller's to give back. Otherwise whose turn
    ///   has come now.
    mutating func leave(_ ticket: Ticket, of payer: BufferPayer) -> [Ticket]? {
        guard let index = queues[payer]?.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        queues[payer]?.remove(at: index)
        if queues[payer]?.isEmpty == true { queues[payer] = nil }
        return grant()
    }

    // MARK: Unread answers

    /// Keeps account of an answer that is there already and that its client doesn't take.
    ///
    /// Where that makes the payer hold more than its part, answers are given up until it doesn't: of those whose payers
    /// hold as much or more, the one that is unread for longest, maybe this one.
    /// - Parameter sinceNs: since when its client hasn't taken it.
    /// - Returns: the answer's ticket; those whose connections are to be closed, they hold nothing any more; and whose turn
    ///   has come by that.
    mutating func keep(
        unread bytes: Int,
        of payer: BufferPayer,
        sinceNs: UInt64
    ) -> (ticket: Ticket, closed: [Ticket], granted: [Ticket]) {
        lastTicket += 1
        let own = lastTicket
        unread[own] = Unread(payer: payer, bytes: bytes, sinceNs: sinceNs)
        add(bytes, payer)
        var closed: [Ticket] = []
        while unread[own] != nil, self.bytes(heldBy: payer) > bytesMax - used {
            let slowest = unread.filter { self.bytes(heldBy: $0.value.payer) >= self.bytes(heldBy: payer) }
                .min { ($0.value.sinceNs, $0.key) < ($1.value.sinceNs, $1.key) }
            guard let slowest else { break }  // never: this one is among them
            remove(slowest.value.bytes, slowest.value.payer)
            unread[slowest.key] = nil
            closed.append(slowest.key)
        }
        return (own, closed, closed.isEmpty ? [] : grant())
    }

    /// The answer is read, or its connection is closed. Nothing, if it was given up before.
    /// - Returns: whose turn has come.
    mutating func drop(_ ticket: Ticket) -> [Ticket] {
        guard let dropped = unread.removeValue(forKey: ticket) else { return [] }
        return give(dropped.bytes, of: dropped.payer)
    }

    // MARK: Parts

    /// The longest wait of a payer that holds nothing.
    private var first: Waiter? {
        queues.isEmpty ? nil : queues.filter { held[$0.key] == nil }.map { $0.value[0] }.min(by: isBefore)
    }

    private func isBefore(_ one: Waiter, _ other: Waiter) -> Bool { one.ticket < other.ticket }

    private func fits(_ bytes: Int, _ payer: BufferPayer, leaving kept: Int) -> Bool {
        let free = bytesMax - used - bytes
        return self.bytes(heldBy: payer) + bytes <= free && free >= kept
    }

    private mutating func add(_ bytes: Int, _ payer: BufferPayer) {
        used += bytes
        held[payer, default: 0] += bytes
    }

    private mutating func remove(_ bytes: Int, _ payer: BufferPayer) {
        used -= bytes
        let rest = self.bytes(heldBy: payer) - bytes
        precondition(rest >= 0, "more was given back than taken")
        held[payer] = rest == 0 ? nil : rest
    }

    /// Lets those in whose turn it is.
    private mutating func grant() -> [Ticket] {
        var granted: [Ticket] = []
        var isAnyIn = !queues.isEmpty
        while isAnyIn {
            isAnyIn = false
            for (payer, queue) in queues.sorted(by: { isBefore($0.value[0], $1.value[0]) }) {
                let next = queue[0]
                let first = first
                let kept = first?.ticket == next.ticket ? 0 : 2 * (first?.bytes ?? 0)
                guard fits(next.bytes, payer, leaving: kept) else { continue }
                add(next.bytes, payer)
                queues[payer] = queue.count == 1 ? nil : Array(queue.dropFirst())
                granted.append(next.ticket)
                isAnyIn = true
            }
        }
        return granted
    }
}
