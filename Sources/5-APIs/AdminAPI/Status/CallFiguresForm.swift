import Control
import JSON
package import REST
package import Telemetry

/// The JSON form of the figures of a target's calls; docs/cli-json.md describes it.
package struct CallFiguresForm: Form {
    package struct Record: Sendable {
        let figures: CallFigures
        /// When the figures were read, in milliseconds since 1970.
        let atMs: Int64
    }

    package static let component: String? = "Calls"

    package let fiveMinutes = Member("fiveMinutes", CallTallyForm.self, \Record.figures.recent)
    package let hour = Member("hour", CallTallyForm.self, \Record.figures.hour)
    package let failingSinceMs = Member(
        "failingSinceMs",
        .moment,
        { (record: Record) in record.figures.failingForMs.map { record.atMs - $0 } }
    )
    package let lastError = Member(
        "lastError",
        CallErrorForm.self,
        summary: "the last call that failed since the server's start",
        ifAny: \Record.figures.lastError
    )
    package let versions = Member(
        "versions",
        listOf: VersionFiguresForm.self,
        summary: "by the version of the function that ran, since the server's start",
        \Record.figures.versions
    )

    package init() {}
}

/// The JSON form of the figures of one version of a target's functions.
package struct VersionFiguresForm: Form {
    package typealias Record = VersionFigures

    package static let component: String? = "Version"

    package let version = Member("version", .text(1...128, "$LATEST, a number, or other"), \Record.version)
    package let answered = count("answered", "calls that it answered") { $0.calls }
    package let reports = count("reports", "of these: those whose log was looked at") { $0.reports }
    package let coldStarts = count("coldStarts", "of the reports: functions that had to be started") {
        $0.coldStarts
    }
    package let initMs = count("initMs", "what these starts took together") { $0.initUs / 1_000 }
    package let billedMs = count("billedMs", "what Lambda bills for the reports together") { $0.billedMs }
    package let memoryUsedMB = count("memoryUsedMB", "the most of any report") { $0.memoryUsedMB }

    package init() {}

    private static func count(
        _ name: String,
        _ summary: String,
        _ value: @escaping @Sendable (Record) -> UInt64
    ) -> Member<Record, Int> {
        Member(name, .count(0...JSONInteger.max, summary), { Int(clamping: value($0)) })
    }
}

/// The JSON form of the calls in a span of time.
package struct CallTallyForm: Form {
    package typealias Record = CallTally

    package static let component: String? = "CallTally"

    package let calls = Member(
        "calls",
        .count(0...JSONInteger.max, "that a function was asked for"),
        \Record.calls
    )
    package let errors = Member("errors", .count(0...JSONInteger.max, "of calls"), \Record.errors)
    package let errorPercent = Member("errorPercent", .count(0...100, "of calls"), \Record.errorPercent)
    package let p50Us = quantile("p50Us", 0.5)
    package let p95Us = quantile("p95Us", 0.95)
    package let p99Us = quantile("p99Us", 0.99)
    let outcomes = Member(
        "outcomes",
        .counts(
            "how all ended, those among them that are not calls: turned away, or given up by their caller"
        ),
        { (tally: CallTally) in
            tally.counts
        }
    )

    package init() {}

    private static func quantile(_ name: String, _ quantile: Double) -> Member<CallTally, Int?> {
        Member(
            name,
            .count(0...JSONInteger.max, "microseconds from request to answer, to within 2 %"),
            { (tally: CallTally) in
                tally.durations.nanoseconds(quantile: quantile).map { Int($0 / 1_000) }
            }
        )
    }
}

package struct CallErrorForm: Form {
    package typealias Record = CallError

    package let code = Member("code", .text(1...50, "as in mcp-gateway/error, or tool_error"), \Record.code)
    package let text = Member("text", .text(0...CallError.textMax), \Record.text)
    package let tool = Member("tool", .text(0...256, "as the target calls it"), \Record.tool)
    package let atMs = Member("atMs", .moment, \Record.atMs)

    package init() {}
}

extension CallTally {
    /// [outcome's word] → its count, without outcomes that didn't occur.
    fileprivate var counts: [String: Int] {
        var counts: [String: Int] = [:]
        for outcome in CallOutcome.allCases where count(outcome) > 0 {
            counts[outcome.label] = count(outcome)
        }
        return counts
    }
}

extension Coding where Value == [String: Int] {
    /// Words and their counts, written in order of the words.
    fileprivate static func counts(_ summary: String) -> Coding {
        Coding(
            .map(.integer(0...JSONInteger.max), max: 100, summary),
            write: { counts in
                .object(JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) }))
            },
            read: { json throws(Problem) in
                json.objectValue.map { object in
                    Dictionary(
                        object.members.map { ($0.key, $0.value.intValue ?? 0) },
                        uniquingKeysWith: { first, _ in first }
                    )
                }
            }
        )
    }
}
