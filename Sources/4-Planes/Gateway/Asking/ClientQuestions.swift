import Bytes
import Crypto
import EventLoop
import Policy
import Synchronization

/// The questions that clients of legacy sessions were asked during a call and have still to answer. Shared by the loops of a
/// process, since an answer may arrive on another connection than the question went out on; any thread.
///
/// A question is found by its session and its id together, and an id can't be guessed: nobody answers another's question.
package final class ClientQuestions: Sendable {
    struct Name: Hashable {
        /// The authentication code of the session's id.
        let session: SessionCode
        let id: String
    }

    /// The round that a question belongs to.
    struct Place: Sendable {
        let round: LoopBound<ClientRound>
        /// The question's position in it.
        let index: Int
    }

    /// Why there is no place for further questions.
    enum Refusal: Error {
        case perSession, all
    }

    private struct Table {
        var places: [Name: Place] = [:]
        /// [session] → its questions.
        var bySession: [SessionCode: Int] = [:]
        /// Bytes of the answers that wait for others of their round.
        var answerBytes = 0
    }

    /// The most questions that one session may have open, and all of a process.
    static let perSessionMax = 64
    static let countMax = 16_384
    /// The most bytes of one call's answers in a round, and of all answers that wait for others.
    static let callBytesMax = 6 << 20
    static let bytesMax = 64 << 20
    /// The characters of an id.
    static let idCount = 45

    package let process: ProcessMark
    private let table = Locked(Table())

    package init(process: ProcessMark = ProcessMark()) { self.process = process }

    /// How many questions are open.
    package var count: Int { table.withLock { $0.places.count } }
    /// Whether nothing is remembered of any question.
    package var isEmpty: Bool {
        table.withLock { $0.places.isEmpty && $0.bySession.isEmpty && $0.answerBytes == 0 }
    }

    /// Opens the questions of a round.
    /// - Returns: their ids, of `[a-z0-9-]`.
    func open(
        _ count: Int,
        of round: LoopBound<ClientRound>,
        in session: SessionCode
    ) throws(Refusal) -> [String] {
        let ids = (0..<count).map { _ in "mgw-\(process)-\(Hex.encode(randomBytes(16)))" }
        try table.withLock { table throws(Refusal) in
            let own = table.bySession[session, default: 0] + count
            guard own <= Self.perSessionMax else { throw .perSession }
            guard table.places.count + count <= Self.countMax else { throw .all }
            table.bySession[session] = own
            for (index, id) in ids.enumerated() {
                table.places[Name(session: session, id: id)] = Place(round: round, index: index)
            }
        }
        return ids
    }

    /// Takes a question out of the table, since it is being answered or has become pointless.
    /// - Returns: nil when the session has no open question of that id.
    @discardableResult
    func take(_ id: String, of session: SessionCode) -> Place? {
        table.withLock { table in
            guard let place = table.places.removeValue(forKey: Name(session: session, id: id)) else {
                return nil
            }
            let left = table.bySession[session, default: 1] - 1
            table.bySession[session] = left > 0 ? left : nil
            return place
        }
    }

    /// Whether an id is that of another process's question, as far as its form says.
    func isOfAnotherProcess(_ id: String) -> Bool {
        id.utf8.count == Self.idCount && id.hasPrefix("mgw-") && !id.hasPrefix("mgw-\(process)-")
    }

    /// Takes room for an answer that waits for others; false when there is none.
    func hold(bytes: Int) -> Bool {
        table.withLock { table in
            guard table.answerBytes + bytes <= Self.bytesMax else { return false }
            table.answerBytes += bytes
            return true
        }
    }

    func release(bytes: Int) { table.withLock { $0.answerBytes -= bytes } }
}
