import Control
import HTTP
import JSON
package import REST
package import Store

/// The output of functions that run on the server's machine; see `ServerPorts.functionLogs`.
package protocol FunctionLogs: Sendable {
    /// The last `countMax` of the lines after the one with that number.
    /// - Returns: nil when the target's function doesn't run on the server's machine.
    func log(of target: TargetRecord, after number: Int, countMax: Int) async -> FunctionLogPage?
}

/// Lines of a function's log, and the place to continue from.
package struct FunctionLogPage: Sendable {
    package struct Line: Sendable {
        let atMs: Int64
        let stream: String
        let requestID: String?
        let isPlatforms: Bool
        let text: String

        /// - Parameters:
        ///   - stream: a name for each process.
        ///   - isPlatforms: whether the platform wrote the line about the function, rather than the function itself.
        package init(atMs: Int64, stream: String, requestID: String?, isPlatforms: Bool, text: String) {
            self.atMs = atMs
            self.stream = stream
            self.requestID = requestID
            self.isPlatforms = isPlatforms
            self.text = text
        }
    }

    let lines: [Line]
    let last: Int
    let skipped: Int

    /// - Parameters:
    ///   - last: the number of the last line of the log.
    ///   - skipped: how many lines are left out before the first one here.
    package init(lines: [Line], last: Int, skipped: Int) {
        self.lines = lines
        self.last = last
        self.skipped = skipped
    }
}

extension Targets {
    package static let logs = AdminOperation(
        .get,
        "/targets/{target}/logs",
        id: "targetLogs",
        "Shows what a target's function wrote last, where the server runs it itself.",
        takes: LogArguments.self,
        answers: TargetLogForm.self,
        // Viewers may not see what functions write.
        access: .change,
        problems: [.notFound, .conflict, .unavailable],
        verb: .own("target logs")
    ) { call throws(Problem) in
        let target = try await call.read { reading throws(StoreError) in try reading.target(call.target) }
        let page = try await call.runningServer().functionLogs?.log(
            of: target,
            after: call.after ?? 0,
            countMax: call.lines ?? 100
        )
        guard let page else { throw elsewhere(target) }
        return page
    }

    package struct LogArguments: Arguments {
        package let target = nameInPath
        package let after = Argument.query(
            "after",
            .count(0...JSONInteger.max),
            "only lines after the one of this number: `last` of an earlier answer"
        )
        package let lines = Argument.query("lines", .count(1...1_000), "the last so many; 100 when left out")

        package init() {}
    }

    private static func elsewhere(_ target: TargetRecord) -> Problem {
        let words = (target.spec.functions.first ?? "").split(separator: ":").map { String($0) }
        // arn:aws:lambda:REGION:ACCOUNT:function:NAME
        let isARN = words.first == "arn" && words.count >= 7
        let name = isARN ? words[6] : words.first ?? ""
        let region = target.spec.region ?? (isARN ? words[3] : nil)
        return Problem(
            .conflict,
            "the function of target \(target.name) doesn't run on the server's machine, and logs in CloudWatch "
                + "can't be shown yet",
            hint:
                "`aws logs tail /aws/lambda/\(name) --follow\(region.map { " --region \($0)" } ?? "")` shows them"
        )
    }
}

package struct TargetLogForm: Form {
    package typealias Record = FunctionLogPage

    package let lines = Member("lines", listOf: TargetLogLineForm.self, max: 1_000, \Record.lines)
    package let last = Member(
        "last",
        .count(0...JSONInteger.max, "the number of the last line; `after` for the next request"),
        \Record.last
    )
    package let skipped = Member(
        "skipped",
        .count(0...JSONInteger.max, "lines before these that are left out or not kept any more"),
        \Record.skipped
    )

    package init() {}
}

package struct TargetLogLineForm: Form {
    package typealias Record = FunctionLogPage.Line

    package static let component: String? = "TargetLogLine"

    package let atMs = Member("atMs", .moment, \Record.atMs)
    package let stream = Member("stream", .text(0...512, "one for each process"), \Record.stream)
    package let requestID = Member("requestId", .text, \Record.requestID)
    package let platform = Member("platform", .truth, \Record.isPlatforms)
    package let text = Member("text", .text, \Record.text)

    package init() {}
}
