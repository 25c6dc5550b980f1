/// How calls of a target went lately.
package struct CallFigures: Sendable, Equatable {
    /// Of the last five minutes.
    package var recent = CallTally()
    /// Of the last hour, the five minutes among them.
    package var hour = CallTally()
    package var lastError: CallError?
    /// For how long its calls have been failing, as seen when somebody looked; nil when they aren't.
    package var failingForMs: Int64?
    /// By the version that ran, since the server's start.
    package var versions: [VersionFigures] = []

    package init() {}

    package var areFailing: Bool { failingForMs != nil }

    /// Calls that are judged: fewer say nothing.
    package static let callsMin = 3

    /// Whether a target whose calls went so is failing. The one rule; docs/operations.md has it in words.
    ///
    /// Judged are the calls of the last five minutes, or where they are fewer than three those of the last hour, unless
    /// the latest of these went well. They fail when half of them got no answer of the tool's (the function raised,
    /// timed out, was throttled, couldn't be reached, or answered what can't be read), or when none went well. A
    /// tool's own error (`isError`) is as often the arguments' fault as the tool's; so alone it counts where nothing
    /// else comes.
    /// - Parameter isLatestGood: whether a call went well in the latest span in which there were calls.
    package static func areFailing(recent: CallTally, hour: CallTally, isLatestGood: Bool) -> Bool {
        if recent.calls >= callsMin { return isBad(recent) }
        return hour.calls >= callsMin && !isLatestGood && isBad(hour)
    }

    private static func isBad(_ tally: CallTally) -> Bool {
        2 * tally.faults >= tally.calls || tally.errors == tally.calls
    }
}

/// Why a call went wrong, in words for an operator.
package struct CallError: Sendable, Equatable {
    /// A stable word, such as `function_error`.
    package let code: String
    /// One sentence, at most `textMax` code points; no arguments and nothing of a result are in it.
    package let text: String
    /// As the target calls it.
    package let tool: String
    /// Milliseconds since 1970.
    package let atMs: Int64

    package static let textMax = 300

    package init(code: String, text: String, tool: String, atMs: Int64) {
        self.code = code
        self.text = Self.cut(text, to: Self.textMax)
        self.tool = Self.cut(tool, to: 256)
        self.atMs = atMs
    }

    private static func cut(_ text: String, to max: Int) -> String {
        let scalars = text.unicodeScalars
        return scalars.dropFirst(max).isEmpty ? text : String(scalars.prefix(max - 1)) + "…"
    }
}
