import JSON

struct TargetList: Command {
    static let usage = Usage(
        path: ["target", "list"],
        summary: "Lists the targets.",
        example: "mcp-gateway target list\nmcp-gateway target list -o json"
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        let targets = try session.askAll("targets", ["targets"])
        let faulty = try session.askAll("faults", ["target-file-faults"])
        let now = session.nowMs()
        var table = Table(
            "NAME",
            "STATE",
            "TOOLS",
            "REFRESHED",
            "CONTRACT",
            "APPROVAL",
            "FUNCTION",
            "LAST ERROR"
        )
        for target in targets {
            table.add(
                target.text("name"),
                targetState(target),
                target.text("tools"),
                ageText(target.milliseconds("refreshedAtMs"), nowMs: now),
                target.text("contract"),
                target.text("approval"),
                target.text("function"),
                target.text("lastError")
            )
        }
        session.answer(
            ["targets": .array(targets), "fileFaults": .array(faulty)],
            table,
            ifEmpty: "no targets yet; `mcp-gateway target add` adds one, and `serve` reads the target files"
        )
        if session.format == .table {
            for file in faulty {
                let isServed = targets.contains { $0.text("name") == file.text("target") }
                let effect = isServed ? "stays as it was" : "is not served"
                let name =
                    file.text("target").map { "target \(safe($0)) \(effect)" }
                    ?? "the targets stay as they were"
                session.err.write("\(name): \(safe(faults(file["faults"]) ?? ""))\n")
            }
        }
        return 0
    }
}
