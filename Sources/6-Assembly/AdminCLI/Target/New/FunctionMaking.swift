import Model
import JSON
import System

/// Fills the folder of a new function, and tries the function.
struct FunctionMaking {
    /// The outcome.
    struct Made {
        /// Such as `mcp-server-time 2026.10.19`; nil for a function of one's own.
        var package: String?
        /// Empty when nothing was installed, because the function couldn't be tried then.
        var tools: [String] = []
        var notes: [String] = []
    }

    private let wanted: TargetNew
    private let folder: FunctionFolder
    private let children: ChildRun

    init(_ wanted: TargetNew, folder: FunctionFolder, children: ChildRun) {
        self.wanted = wanted
        self.folder = folder
        self.children = children
    }

    private var name: String { wanted.name.text }

    func make() throws -> Made {
        let python = try Interpreter(wanted.python, children)
        let packages = Packages(folder: "\(folder.path)/packages", python: python, children: children)
        var made = Made()
        if !python.isOnLambda {
            made.notes.append("Lambda has no Python \(python.version) yet; --python names another")
        }
        let files: FunctionFiles
        if let package = wanted.package {
            files = try wrap(package, python, packages, &made)
        } else {
            files = try start(python, packages, &made)
        }
        try folder.write(files.requirementsFile, to: "requirements.txt")
        try folder.write(files.readme, to: "README.md")
        try folder.write(FunctionFiles.gitIgnore, to: ".gitignore")
        // This file makes the folder a target that a running server takes over, so it is written last.
        try folder.write(files.targetFile, to: "target.toml")
        return made
    }

    /// Makes a function of one's own.
    private func start(_ python: Interpreter, _ packages: Packages, _ made: inout Made) throws
        -> FunctionFiles
    {
        try folder.write(PlainHandler.text(target: name), to: "handler.py")
        let more = wanted.more.map { $0.requirement }
        if wanted.isInstalling {
            try install([Packages.runtime] + more, packages, &made)
            switch try trial(python) {
            case .success(let tools): made.tools = tools
            case .failure(let error): throw error
            }
        }
        return FunctionFiles(
            target: name,
            contract: "mcp-wrapper",
            description: "Tools of \(name)",
            python: python,
            requirements: more,
            settings: wanted.settings,
            memoryMB: 128
        )
    }

    /// Wraps an MCP server from PyPI. One that doesn't run with the current version of MCP's library is tried with
    /// version 1, for which most servers were written.
    private func wrap(
        _ package: WrappedPackage,
        _ python: Interpreter,
        _ packages: Packages,
        _ made: inout Made
    ) throws -> FunctionFiles {
        var requirements = [package.requirement] + wanted.more.map { $0.requirement }
        try install(requirements + [Packages.runtime], packages, &made)
        var facts = try packages.facts(package.name)
        try writeHandler(package, facts)
        var outcome = try trial(python)
        if case .failure = outcome, let version = facts.mcpVersion, !version.hasPrefix("1."), !names("mcp") {
            made.notes.append("\(facts.name) doesn't run with mcp \(version), so it has mcp 1")
            requirements.append("mcp<2")
            try install(requirements + [Packages.runtime], packages, &made)
            facts = try packages.facts(package.name)
            try writeHandler(package, facts)
            if case .success(let tools) = try trial(python) { outcome = .success(tools) }
        }
        switch outcome {
        case .success(let tools): made.tools = tools
        case .failure(let error): throw error
        }
        made.package = "\(facts.name) \(facts.version)"
        let pinned = try pins(package, facts, packages)
        return FunctionFiles(
            target: name,
            contract: "jsonrpc",
            description: "The MCP server \(facts.name) \(facts.version)",
            python: python,
            requirements: pinned,
            settings: wanted.settings,
            memoryMB: 256
        )
    }

    private func names(_ package: String) -> Bool { wanted.more.contains { $0.name == package } }

    /// The versions that were tried, for later installations.
    private func pins(
        _ package: WrappedPackage,
        _ facts: Packages.Facts,
        _ packages: Packages
    ) throws -> [String] {
        var lines = [package.pinned(to: facts.version)]
        if let version = facts.mcpVersion, package.name != "mcp" {
            let asked = wanted.more.first { $0.name == "mcp" }
            lines.append(asked?.pinned(to: version) ?? "mcp==\(version)")
        }
        for other in wanted.more where other.name != "mcp" {
            lines.append(other.pinned(to: try packages.facts(other.name).version))
        }
        return lines
    }

    private func install(_ requirements: [String], _ packages: Packages, _ made: inout Made) throws {
        let note = "some packages were built for this machine, so the folder may not run on Lambda"
        let isForLambda = try packages.install(requirements)
        if !isForLambda, !made.notes.contains(note) { made.notes.append(note) }
    }

    private func writeHandler(_ package: WrappedPackage, _ facts: Packages.Facts) throws {
        let command = try package.command(facts, wanted.line)
        try folder.write(WrapHandler.text(package: facts.name, command: command), to: "handler.py")
    }

    /// Asks the function for its tools as the gateway will, but without Lambda.
    private func trial(_ python: Interpreter) throws -> Result<[String], CommandFailure> {
        let code = """
            import json, sys
            import awslambdaric
            from handler import handler
            answer = handler({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}, None)
            result = json.loads(answer["body"]) if "body" in answer else answer.get("result")
            if result is None: sys.exit("it answered " + json.dumps(answer.get("error")))
            print("\\n" + json.dumps([tool["name"] for tool in result["tools"]]))
            """
        var environment = children.session.environment
        for setting in wanted.settings { if let value = setting.value { environment[setting.name] = value } }
        environment["PYTHONPATH"] = "\(folder.path):\(folder.path)/packages"
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        let command = System::Command(
            arguments: [python.path, "-c", code],
            environment: environment,
            directory: folder.path
        )
        let outcome = try children.run(command, "asking it for its tools", within: .seconds(90))
        let tools = outcome.output.split(separator: "\n").last { $0.hasPrefix("[") }
        if outcome.isGood, let tools, let names = (try? JSONValue(parsing: String(tools)))?.arrayValue {
            return .success(names.compactMap { $0.stringValue })
        }
        return .failure(
            CommandFailure(
                "it was installed, but doesn't list its tools: \(lastWords(outcome))",
                hint: wanted.package == nil
                    ? "this is a fault of mcp-gateway"
                    : "it may need arguments (--command \"PROGRAM --option value\"), variables (--env NAME) or packages "
                        + "(--with PACKAGE)"
            )
        )
    }

    /// The first error that the server or the handler printed, without the stack frames around it.
    private func lastWords(_ outcome: ChildRun.Outcome) -> String {
        let lines = outcome.output.split(separator: "\n").map { String($0) }
        let errors = lines.filter { line in
            guard let first = line.first, !first.isWhitespace else { return false }
            return line.contains("rror: ") || line.contains("rror:") || line.hasPrefix("usage:")
        }
        let told = errors.isEmpty ? Array(lines.suffix(3)) : Array(errors.prefix(3))
        return told.map { String($0.prefix(300)) }.joined(separator: " | ")
    }
}
