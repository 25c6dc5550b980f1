package import Bytes
package import Store

/// The source of tools: each call invokes a target's function once.
package protocol ToolSource: Sendable {
    /// Sends `payload` and returns the function's answer; gives up when `timeout` is over.
    func invoke(
        _ target: TargetSpec,
        payload: ByteBuffer,
        timeout: Duration
    ) async throws(ToolSourceError) -> ToolSourceAnswer

    /// Asks whether the function may be invoked, then sends it one event and measures that.
    /// - Parameter event: nil when the function must not run.
    func attempt(_ target: TargetSpec, _ event: TrialEvent?, timeout: Duration) async -> FunctionAttempt
}

/// The answer of a function that didn't fail: its payload is the range `payload` of `bytes`.
package struct ToolSourceAnswer: Sendable {
    package let bytes: [UInt8]
    package let payload: Range<Int>

    package init(bytes: [UInt8], payload: Range<Int>) {
        self.bytes = bytes
        self.payload = payload
    }
}

/// Why a function could not be asked, or failed; a text that an operator can act on.
package struct ToolSourceError: Error, Equatable, Sendable, CustomStringConvertible {
    package let message: String
    /// What to do next; may be empty.
    package let hint: String
    /// Whether the function ran and failed, as one does that doesn't know what it is asked.
    package let isOfFunction: Bool

    package init(_ message: String, hint: String = "", isOfFunction: Bool = false) {
        self.message = message
        self.hint = hint
        self.isOfFunction = isOfFunction
    }

    package var description: String { hint.isEmpty ? message : "\(message); \(hint)" }
}
