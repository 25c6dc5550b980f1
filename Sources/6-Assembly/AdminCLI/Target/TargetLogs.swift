import AdminAPI
import Calendar
import EventLoop
import JSON
import REST

struct TargetLogs: Command {
    private static let followOption = Usage.Option(
        name: "--follow",
        value: nil,
        summary: "also -f; go on with what is written from now on, until Ctrl-C"
    )
    private static let linesOption = Usage.Option(
        name: "--lines",
        value: "N",
        summary: "the last so many, at most 1000; 100 when left out"
    )

    static let usage = Usage(
        path: ["target", "logs"],
        summary: "Shows what a target's function printed, where `serve --local` runs it.",
        operands: [.target],
        options: [followOption, linesOption],
        details: """
            Each line has its time and the beginning of its stream's name, of which each process has one. The running server keeps
            the last 1000 lines of each function. Of functions in AWS the answer says where their logs are. With -f, -o json
            prints what -o jsonl does.
            """,
        example: "mcp-gateway target logs hello -f",
        list: "lines",
        isTable: false
    )

    let name: String
    let isFollowing: Bool
    let countMax: Int

    init(_ words: ParsedWords) throws {
        name = try words.required(0)
        isFollowing = words.flag(Self.followOption)
        let count = words.option(Self.linesOption).map { Int($0) } ?? 100
        guard let count, 1...1000 ~= count else { throw UsageError("--lines takes a number from 1 to 1000") }
        countMax = count
    }

    func run(_ session: Session) throws -> Int32 {
        if isFollowing { return try follow(session) }
        let name = name, countMax = countMax
        let answer = try session.ask(Self.request(name, after: 0, countMax: countMax), via: .server)
        session.answer(answer.json, text: answer.lines.map { Self.text($0) }.joined())
        return 0
    }

    private static func request(
        _ name: String,
        after: Int,
        countMax: Int
    ) -> OperationRequest<Targets.LogArguments, TargetLogForm> {
        Targets.logs.request {
            $0.target = .string(name)
            $0.after = .int(after)
            $0.lines = .int(countMax)
        }
    }

    /// Asks for new lines twice a second, until it is interrupted or its output has no reader any more.
    private func follow(_ session: Session) throws -> Int32 {
        SignalWatcher.block()
        var place: Place? = Place(last: 0, countMax: countMax)
        while let begin = place { place = try follow(session, from: begin) }
        return session.out.isBroken ? 1 : 0
    }

    /// How far the reader has come in the log.
    private struct Place {
        var last: Int
        var countMax: Int
    }

    /// Follows for half a minute, because a token of the running server lasts only one minute.
    /// - Returns: where to continue; nil to end.
    private func follow(_ session: Session, from begin: Place) throws -> Place? {
        let name = name
        return try session.withAdmin(via: .server) { admin in
            var place = begin
            for _ in 0..<60 {
                let answer = try await admin.ask(
                    Self.request(name, after: place.last, countMax: place.countMax)
                )
                if answer.skipped > 0, place.last > 0 {
                    session.err.write("\(answer.skipped) lines are left out\n")
                }
                for line in answer.lines {
                    session.out.write(
                        session.format == .json ? jsonText(line.json) + "\n" : Self.text(line)
                    )
                }
                place = Place(last: Int(answer.last), countMax: 1000)
                // This thread has nothing else to do meanwhile.
                if session.out.isBroken || SignalWatcher.wait(for: .milliseconds(500)) != nil { return nil }
            }
            return place
        }
    }

    /// `16:31:02.123 5fd0a9c1 | ready`
    private static func text(_ line: Answer<TargetLogLineForm>) -> String {
        let time = dateAndTimeText(ms: line.atMs).split(separator: "T").last ?? ""
        let stream = line.stream.split(separator: "]").last.map { String($0.prefix(8)) } ?? "-"
        return
            "\(time) \(safe(stream)) \(line.platform ? "*" : "|") \(safe(line.text.replacing("\t", with: "    ")))\n"
    }
}
