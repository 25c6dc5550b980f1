import Config
import Control
import JSON

struct ConfigCheck: Command {
    static let usage = Usage(
        path: ["config", "check"],
        summary: "Names every fault in gateway.toml, the environment and the target files.",
        details: "Exit status 1 when there is any.",
        example: "mcp-gateway config check --config gateway.toml",
        reach: .thisMachine,
        list: "faults",
        isTable: false
    )

    init(_ words: ParsedWords) throws {}

    func run(_ session: Session) throws -> Int32 {
        var faults: [ConfigFault] = []
        var notes: [String] = []
        var targets = 0
        do throws(ConfigFaults) {
            let loaded = try GatewayConfig.load(
                file: session.configFile,
                environment: session.environment,
                keptValues: KeptValues.reader(environment: session.environment)
            )
            notes = loaded.notes
            let folder = TargetFolder.load(loaded.config.targets.directory, environment: session.environment)
            faults = (folder.runningLocally().faults + folder.absentPrograms).map { $0.fault }
            targets = folder.targets.count
        } catch {
            faults = error.faults
        }
        if session.format == .json {
            session.answer(json(faults, notes), text: "")
        } else if faults.isEmpty {
            session.out.write("the configuration is sound, with \(targets) target files\n")
        } else {
            session.out.write(faults.map { safe($0.description) + "\n" }.joined())
        }
        if session.format == .table { for note in notes { session.err.write("note: \(safe(note))\n") } }
        return faults.isEmpty ? 0 : 1
    }

    private func json(_ faults: [ConfigFault], _ notes: [String]) -> JSONValue {
        [
            "ok": .bool(faults.isEmpty),
            "faults": .array(faults.map { $0.json }),
            "notes": .array(notes.map { .string($0) }),
        ]
    }
}

extension ConfigFault {
    /// See docs/cli-json.md.
    fileprivate var json: JSONValue {
        var file: JSONValue = .null
        var line: JSONValue = .null
        var variable: JSONValue = .null
        switch place {
        case .file(let path, let number):
            file = .string(path)
            if number > 0 { line = .int(number) }
        case .environment(let name): variable = .string(name)
        }
        return [
            "file": file, "line": line, "variable": variable, "key": .string(key),
            "message": .string(message),
        ]
    }
}
