import Calendar
import REST

struct ManualCommand: Command {
    enum Format: String, CaseIterable { case man, markdown }

    private static let formatOption = Usage.Option(
        name: "--format",
        value: "man|markdown",
        summary: "man for a manual page, the default; markdown for the part of docs/cli.md below its marker",
        offer: .words(Format.allCases.map { $0.rawValue })
    )

    static let usage = Usage(
        path: ["manual"],
        summary: "Prints the help of all commands as one manual.",
        options: [formatOption],
        details: "`mcp-gateway manual | man -l -` shows it.",
        example: "mcp-gateway manual --format man",
        hasAnswer: false,
        reach: .thisMachine
    )

    let format: Format

    init(_ words: ParsedWords) throws {
        guard let format = Format(rawValue: words.option(Self.formatOption) ?? "man") else {
            throw UsageError("--format takes man or markdown")
        }
        self.format = format
    }

    func run(_ session: Session) throws -> Int32 {
        switch format {
        case .man: session.out.write(ManualPage(day: day(session)).text)
        case .markdown: session.out.write(CommandDocument.text)
        }
        return 0
    }

    /// Source: https://reproducible-builds.org/specs/source-date-epoch/
    private func day(_ session: Session) -> String {
        let epoch = session.environment["SOURCE_DATE_EPOCH"].flatMap { Int64($0) }
        let isDay = epoch.map { (0..<253_402_300_800).contains($0) } ?? false
        return UTCTime(ms: isDay ? (epoch ?? 0) * 1_000 : session.nowMs()).day.text
    }
}

/// The part of docs/cli.md that repeats `--help`, command by command.
enum CommandDocument {
    static var text: String {
        CommandGroup.allCases.filter { !$0.usages.isEmpty }.map { group in
            "## \(group.rawValue)\n"
                + group.usages.map { "\n### \($0.name)\n\n```\n\(Help().text(for: $0))```\n" }.joined()
        }.joined(separator: "\n")
    }
}
