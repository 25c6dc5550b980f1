import AdminAPI
import JSON
import REST

struct TargetList: Command {
    static let usage = Usage(
        path: ["target", "list"],
        summary: "Lists the targets.",
        example: "mcp-gateway target list\nmcp-gateway target list -o json",
        list: "targets",
        names: ["name"]
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        let targets = try session.askAll(Targets.list.request, via: .serverIfRunning)
        let faulty = try session.askAll(Targets.fileFaults.request)
        session.answer(
            [
                "targets": .array(targets.map { $0.json }),
                "fileFaults": .array(faulty.map { $0.json }),
            ],
            Table(TargetStandingForm.columns, targets, nowMs: session.nowMs()),
            ifEmpty: "no targets yet; `mcp-gateway target add` adds one, and `serve` reads the target files"
        )
        if session.format == .table {
            for file in faulty {
                let isServed = targets.contains { $0.target.name == file.target }
                let effect = isServed ? "stays as it was" : "is not served"
                let name =
                    file.target.map { "target \(safe($0)) \(effect)" } ?? "the targets stay as they were"
                session.err.write("\(name): \(safe(file.faults.joined(separator: "; ")))\n")
            }
        }
        return 0
    }
}
