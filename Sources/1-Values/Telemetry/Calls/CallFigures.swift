/// The recent calls of a target, and how they ended.
package struct CallFigures: Sendable, Equatable {
    /// The calls of the last five minutes.
    package var recent = CallTally()
    /// The calls of the last hour, those of the last five minutes included.
    package var hour = CallTally()
    package var lastError: CallError?
    /// How long its calls have been failing, as noticed by the checks about once a second; nil when they aren't.
    package var failingForMs: Int64?
    /// Figures by the version that ran, since the server's start.
    package var versions: [VersionFigures] = []

    package init() {}

    package var areFailing: Bool { failingForMs != nil }

    /// The fewest calls that allow a judgement.
    package static let callsMin = 3

    /// Whether a target with such calls is failing. The one rule; docs/operations.md explains it.
    ///
    /// The rule applies to the calls of the last five minutes, or if these are fewer than three, to those of the last
    /// hour, unless the latest of these went well. They fail when half of them got no answer from the tool (the
    /// function raised, timed out, was throttled, couldn't be reached, or gave an unreadable answer), or when none went
    /// well. A tool's own error (`isError`) is as often the fault of the arguments as of the tool; so alone it only
    /// counts when nothing else is returned.
    /// - Parameter isLatestGood: whether a call went well in the latest span in which there were calls.
    package static func areFailing(recent: CallTally, hour: CallTally, isLatestGood: Bool) -> Bool {
        if recent.calls >= callsMin { return isBad(recent) }
        return hour.calls >= callsMin && !isLatestGood && isBad(hour)
    }

    private static func isBad(_ tally: CallTally) -> Bool {
        2 * tally.faults >= tally.calls || tally.errors == tally.calls
    }
}

/// Why a call went wrong, in a text for an operator.
package struct CallError: Sendable, Equatable {
    /// A stable word, such as `function_error`.
    package let code: String
    /// One sentence, at most `textMax` code points; holds no arguments and no part of a result.
    package let text: String
    /// The target's own name for the tool.
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
