import Synchronization
import Bytes
import Calendar
import JSONSchema
import Locks
package import Policy
import Synchronization
package import Telemetry

/// Derives what may be kept from arguments and results: the shapes of all arguments, and for targets that want it the
/// bodies without anything secret. Any thread; meant for one at a time.
package final class CallBodyKeeper: BodyKeeper {
    /// The most shapes of one tool and day; all further ones are `other`.
    static let shapesMax = 512
    /// The most shapes of all tools and a day together.
    static let allShapesMax = 20_000
    /// The most tools that something is remembered of.
    private static let toolsMax = 2_048

    fileprivate struct Memory {
        /// Days since 1970.
        var day: Int64 = 0
        /// The shapes of tools, by the hashes of their definitions.
        var books: [Digest: ShapeBook] = [:]
        var shapes = 0
        /// By the targets' names.
        var redactors: [String: (settings: RecordingSettings, redactor: Redactor)] = [:]
    }

    private let memory = Locked(Memory())
    private let nowMs: @Sendable () -> Int64

    /// - Parameter nowMs: milliseconds since 1970, for the day's bounds.
    package init(nowMs: @escaping @Sendable () -> Int64) { self.nowMs = nowMs }

    package func keep(
        arguments: ArraySlice<UInt8>?,
        argumentsAreCut: Bool,
        result: ArraySlice<UInt8>?,
        resultIsCut: Bool,
        tool: CallNames.Tool?,
        target: String?,
        recording: RecordingSettings
    ) -> KeptBody {
        var kept = KeptBody()
        guard let tool else { return kept }
        let day = nowMs() / 86_400_000
        kept.shape = memory.withLock { $0.shape(of: arguments, argumentsAreCut, tool, day) }
        guard recording.arguments != .none else { return kept }
        let redactor = memory.withLock { $0.redactor(of: target ?? "", recording) }
        kept.arguments = arguments.map { redactor.kept($0.span, isCut: argumentsAreCut) }
        kept.result = result.map { redactor.kept($0.span, isCut: resultIsCut) }
        return kept
    }
}

extension CallBodyKeeper.Memory {
    fileprivate mutating func shape(
        of arguments: ArraySlice<UInt8>?,
        _ isCut: Bool,
        _ tool: CallNames.Tool,
        _ day: Int64
    ) -> String {
        if day != self.day {
            self = CallBodyKeeper.Memory(day: day, redactors: redactors)
        }
        let index: Dictionary<Digest, ShapeBook>.Index
        if let found = books.index(forKey: tool.sha256) {
            index = found
        } else {
            if books.count >= CallBodyKeeper.toolsMax { (books, shapes) = ([:], 0) }
            let declared = DeclaredMembers(definition: tool.definition)
            books[tool.sha256] = ShapeBook(declared, shapesMax: CallBodyKeeper.shapesMax)
            index = books.index(forKey: tool.sha256) ?? books.startIndex
        }
        let before = books.values[index].count
        let mayGrow = shapes < CallBodyKeeper.allShapesMax
        let shape = books.values[index].shape(of: arguments, isCut: isCut, mayGrow: mayGrow)
        shapes += books.values[index].count - before
        return shape
    }

    fileprivate mutating func redactor(of target: String, _ settings: RecordingSettings) -> Redactor {
        if let known = redactors[target], known.settings == settings { return known.redactor }
        if redactors.count >= 1_000 { redactors = [:] }
        let redactor = Redactor(settings)
        redactors[target] = (settings, redactor)
        return redactor
    }
}
