import Testing

@testable import HTTPServer

/// Who may hold how much of what is shared, without a socket.
struct BufferLedgerTests {
    private let a = BufferPayer(realm: 1, id: 1)
    private let b = BufferPayer(realm: 1, id: 2)
    private let c = BufferPayer(realm: 1, id: 3)

    @Test func `one alone may hold half, the next one half of the rest`() {
        let ledger = Book(bytesMax: 120)
        #expect(ledger.take(60, for: a))
        #expect(!ledger.take(1, for: a))
        #expect(ledger.take(30, for: b))
        #expect(!ledger.take(1, for: b))
        #expect(ledger.take(15, for: c))
        #expect(ledger.used == 105)
    }

    @Test func `what fits nobody's half is told so, and what only has to wait waits`() throws {
        let ledger = Book(bytesMax: 120)
        #expect(ledger.takeOrWait(61, for: a) == .neverFits)
        #expect(ledger.takeOrWait(60, for: a) == .taken)
        let ticket = try ledger.wait(10, for: a)
        #expect(ledger.give(9, of: a) == [])
        #expect(ledger.give(1, of: a) == [ticket])
        #expect(ledger.bytes(heldBy: a) == 60)
        #expect(!ledger.isWaitedFor)
    }

    @Test func `within a payer nobody overtakes, and a payer that waits holds up no other`() throws {
        let ledger = Book(bytesMax: 120)
        #expect(ledger.take(60, for: a))
        let first = try ledger.wait(30, for: a)
        let second = try ledger.wait(1, for: a)
        #expect(ledger.take(20, for: b))
        #expect(ledger.give(20, of: a) == [])
        #expect(ledger.give(20, of: a) == [first])
        #expect(ledger.give(30, of: a) == [second])
    }

    @Test func `whoever holds nothing and waits longest comes before those who come later`() throws {
        let ledger = Book(bytesMax: 100)
        #expect(ledger.take(50, for: a))
        #expect(ledger.take(25, for: b))
        let ticket = try ledger.wait(20, for: c)
        let late = BufferPayer(realm: 1, id: 4)
        #expect(!ledger.take(5, for: late), "it would take what the other waits for")
        #expect(ledger.give(15, of: a) == [ticket])
        #expect(ledger.take(5, for: late))
    }

    @Test func `a wait that ends makes room for who stood behind it`() throws {
        let ledger = Book(bytesMax: 100)
        #expect(ledger.take(40, for: a))
        let large = try ledger.wait(30, for: a)
        let small = try ledger.wait(5, for: a)
        #expect(ledger.leave(large, of: a) == [small])
        #expect(ledger.leave(small, of: a) == nil, "its turn had come")
    }

    @Test func `the answer that is unread for longest is given up, of those who hold as much`() {
        let ledger = Book(bytesMax: 100)
        let old = ledger.keep(unread: 20, of: a, sinceNs: 1)
        let newer = ledger.keep(unread: 20, of: a, sinceNs: 2)
        #expect(old.closed == [] && newer.closed == [])
        let last = ledger.keep(unread: 20, of: a, sinceNs: 3)
        #expect(last.closed == [old.ticket])
        #expect(ledger.bytes(heldBy: a) == 40)
        let other = ledger.keep(unread: 10, of: b, sinceNs: 4)
        #expect(other.closed == [], "it is within its part")
        #expect(ledger.drop(old.ticket) == [], "nothing twice")
        #expect(ledger.used == 50)
    }

    @Test func `an answer larger than a part is given up itself`() {
        let ledger = Book(bytesMax: 100)
        let kept = ledger.keep(unread: 51, of: a, sinceNs: 1)
        #expect(kept.closed == [kept.ticket])
        #expect(ledger.used == 0)
    }

    /// What one connection of the random schedule does.
    private enum Life {
        case waiting(BufferLedger.Ticket, Int, BufferPayer)
        case holding(Int, BufferPayer)
        case unread(BufferLedger.Ticket)
    }

    /// A random schedule of connections: bodies that wait, come, stop, answers that nobody reads.
    @Test(arguments: 1...40)
    func `never exceeds its bound, always drains, and lets everybody in`(_ seed: UInt64) {
        var random = Seeded(seed)
        let ledger = Book(bytesMax: 1000)
        var lives: [Life] = []
        var granted: Set<BufferLedger.Ticket> = []
        func settle(_ tickets: [BufferLedger.Ticket]) {
            granted.formUnion(tickets)
            for (index, life) in lives.enumerated() {
                guard case .waiting(let ticket, let bytes, let payer) = life, granted.remove(ticket) != nil
                else { continue }
                lives[index] = .holding(bytes, payer)
            }
        }
        func close(_ tickets: [BufferLedger.Ticket]) {
            lives.removeAll { life in
                if case .unread(let ticket) = life { tickets.contains(ticket) } else { false }
            }
        }
        func end(_ index: Int) {
            switch lives.remove(at: index) {
            case .waiting(let ticket, let bytes, let payer):
                settle(ledger.leave(ticket, of: payer) ?? ledger.give(bytes, of: payer))
            case .holding(let bytes, let payer): settle(ledger.give(bytes, of: payer))
            case .unread(let ticket): settle(ledger.drop(ticket))
            }
        }
        for step in 0..<2000 {
            let payer = BufferPayer(realm: 1, id: UInt64(random.below(6)))
            switch random.below(5) {
            case 0, 1:
                let bytes = 1 + random.below(200)
                switch ledger.takeOrWait(bytes, for: payer) {
                case .taken: lives.append(.holding(bytes, payer))
                case .waits(let ticket): lives.append(.waiting(ticket, bytes, payer))
                case .neverFits: Issue.record("\(bytes) of 1000 fit")
                }
            case 2:
                let kept = ledger.keep(unread: 1 + random.below(200), of: payer, sinceNs: UInt64(step))
                lives.append(.unread(kept.ticket))
                close(kept.closed)
                settle(kept.granted)
            default: if !lives.isEmpty { end(random.below(lives.count)) }
            }
            #expect(ledger.used <= 1000 && ledger.used >= 0)
        }
        // Those who hold end, one after the other: everybody who waits gets its turn.
        while !lives.isEmpty {
            let holder = lives.firstIndex { if case .waiting = $0 { false } else { true } }
            guard let holder else {
                Issue.record("all wait, and nobody holds anything")
                break
            }
            end(holder)
        }
        #expect(ledger.used == 0)
        #expect(!ledger.isWaitedFor)
    }

    @Test func `a newcomer gets in within one round of those who hold, whatever comes after it`() throws {
        let ledger = Book(bytesMax: 1000)
        var holders: [BufferPayer] = []
        for id in 10..<40 {
            let payer = BufferPayer(realm: 1, id: UInt64(id))
            if ledger.take(50, for: payer) { holders.append(payer) }
        }
        let ticket = try ledger.wait(100, for: a)
        var isIn = false
        for (round, holder) in holders.enumerated() {
            isIn = isIn || ledger.give(50, of: holder).contains(ticket)
            // Others go on coming, and would take what has become free.
            _ = ledger.take(50, for: BufferPayer(realm: 2, id: UInt64(round)))
        }
        #expect(isIn)
    }
}

/// A ledger that `#expect` can change.
private final class Book {
    private var ledger: BufferLedger

    init(bytesMax: Int) { ledger = BufferLedger(bytesMax: bytesMax) }

    var used: Int { ledger.used }
    var isWaitedFor: Bool { ledger.isWaitedFor }

    func bytes(heldBy payer: BufferPayer) -> Int { ledger.bytes(heldBy: payer) }
    func take(_ bytes: Int, for payer: BufferPayer) -> Bool { ledger.take(bytes, for: payer) }
    func takeOrWait(_ bytes: Int, for payer: BufferPayer) -> BufferLedger.Answer {
        ledger.takeOrWait(bytes, for: payer)
    }
    func give(_ bytes: Int, of payer: BufferPayer) -> [BufferLedger.Ticket] { ledger.give(bytes, of: payer) }
    func leave(_ ticket: BufferLedger.Ticket, of payer: BufferPayer) -> [BufferLedger.Ticket]? {
        ledger.leave(ticket, of: payer)
    }
    func drop(_ ticket: BufferLedger.Ticket) -> [BufferLedger.Ticket] { ledger.drop(ticket) }
    func keep(
        unread bytes: Int,
        of payer: BufferPayer,
        sinceNs: UInt64
    ) -> (ticket: BufferLedger.Ticket, closed: [BufferLedger.Ticket], granted: [BufferLedger.Ticket]) {
        ledger.keep(unread: bytes, of: payer, sinceNs: sinceNs)
    }

    /// Takes what has to wait.
    func wait(_ bytes: Int, for payer: BufferPayer) throws -> BufferLedger.Ticket {
        guard case .waits(let ticket) = takeOrWait(bytes, for: payer) else { throw NoWait() }
        return ticket
    }

    struct NoWait: Error {}
}

/// Numbers that are the same in each run.
private struct Seeded {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % bound
    }
}
