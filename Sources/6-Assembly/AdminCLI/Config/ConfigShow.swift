import Config
import JSON
import REST

struct ConfigShow: Command {
    static let usage = Usage(
        path: ["config", "show"],
        summary: "Shows every setting in force and where it comes from; secrets are hidden.",
        example: "mcp-gateway config show",
        reach: .thisMachine,
        list: "settings"
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        let loaded = try session.loadConfig(needing: .wholeFile(references: []))
        var table = Table("SETTING", Heading("VALUE").yields(.second), Heading("FROM").yields(.third))
        for setting in loaded.settings {
            table.add("\(setting.section).\(setting.key)", setting.value, setting.origin.description)
        }
        let json: JSONValue = [
            "file": .optional(loaded.file),
            "settings": .array(loaded.settings.map { $0.json }),
            "notes": .array(loaded.notes.map { .string($0) }),
        ]
        session.answer(json, table, ifEmpty: "there are no settings")
        if session.format == .table {
            for note in loaded.notes { session.err.write("note: \(safe(note))\n") }
        }
        return 0
    }
}

extension EffectiveSetting {
    /// See docs/cli-json.md.
    fileprivate var json: JSONValue {
        [
            "section": .string(section),
            "key": .string(key),
            "value": .optional(value),
            "origin": .string(origin.description),
        ]
    }
}
