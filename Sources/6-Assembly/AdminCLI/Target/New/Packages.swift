import JSON
import System

/// The packages in a function's own folder, which are deployed to Lambda with it.
struct Packages: Sendable {
    /// The package that runs a function here as Lambda does. Source: https://pypi.org/project/awslambdaric/
    static let runtime = "awslambdaric"

    /// A package that was installed, as its metadata says.
    struct Facts: Sendable {
        let name: String
        let version: String
        /// [console script] → `module:function`
        let scripts: [(name: String, entry: String)]
        /// The version of MCP's own library; nil when the package doesn't use it.
        let mcpVersion: String?
    }

    let folder: String
    let python: Interpreter
    let children: ChildRun

    /// Installs the packages into the folder, which is emptied first.
    /// - Returns: whether all of them run on Lambda; otherwise some were built for this machine.
    /// - Throws: `CommandFailure` with pip's last words.
    func install(_ requirements: [String], from file: String? = nil) throws -> Bool {
        Files.removeTree(folder)
        let pip = try pipCommand()
        defer { if let made = pip.made { Files.removeTree(made) } }
        let wanted = requirements.joined(separator: ", ")
        func install(_ more: [String]) throws -> ChildRun.Outcome {
            let words =
                pip.words + [
                    "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-warn-conflicts",
                    "--retries", "2", "--upgrade", "--target", folder,
                ] + more + ["--"] + requirements
            return try children.run(command(words), "installing \(wanted)")
        }
        let outcome = try install(python.lambdaOnly)
        if outcome.isGood { return true }
        // Without a package index, or for a name that isn't on it, a second try would fail in the same way.
        let hopeless = [
            "Failed to establish", "NewConnectionError", "Temporary failure", "ConnectTimeout",
            "from versions: none",
        ]
        let second = hopeless.contains { outcome.output.contains($0) } ? outcome : try install([])
        guard second.isGood else {
            let words =
                second.output.split(separator: "\n").last { $0.hasPrefix("ERROR:") }
                ?? "ERROR: nothing was said"
            throw CommandFailure(
                "pip could not install \(wanted): \(words.dropFirst("ERROR: ".count))",
                hint: "it needs a package index (PIP_INDEX_URL, PIP_FIND_LINKS) and names that are on it"
            )
        }
        return false
    }

    /// Reads the metadata of an installed package.
    func facts(_ name: String) throws -> Facts {
        let code = """
            import importlib.metadata as m, json, sys
            found = next(iter(m.distributions(name=sys.argv[2], path=[sys.argv[1]])), None)
            mcp = next(iter(m.distributions(name="mcp", path=[sys.argv[1]])), None)
            scripts = [e for e in found.entry_points if e.group == "console_scripts"] if found else []
            print(json.dumps([found and found.metadata["Name"], found and found.version,
                              [[e.name, e.value.split("[")[0].strip()] for e in scripts], mcp and mcp.version]))
            """
        let outcome = try children.run(command([python.path, "-c", code, folder, name]), nil)
        let facts = try? JSONValue(parsing: outcome.lastLines(1))
        guard outcome.isGood, let name = facts?[0]?.stringValue, let version = facts?[1]?.stringValue else {
            throw CommandFailure("what was installed of \(name) can't be read: \(outcome.lastLines(2))")
        }
        let scripts = (facts?[2]?.arrayValue ?? []).compactMap { script in
            zip([script[0]?.stringValue], [script[1]?.stringValue]).compactMap { pair in
                pair.0.flatMap { name in pair.1.map { (name: name, entry: $0) } }
            }.first
        }
        return Facts(name: name, version: version, scripts: scripts, mcpVersion: facts?[3]?.stringValue)
    }

    private func command(_ words: [String]) -> System::Command {
        var environment = children.session.environment
        environment["PYTHONDONTWRITEBYTECODE"] = nil
        return System::Command(arguments: words, environment: environment)
    }

    /// The pip of this Python, or of a virtual environment that is made for it and removed afterwards.
    private func pipCommand() throws -> (words: [String], made: String?) {
        let own = [python.path, "-m", "pip"]
        if try children.run(command(own + ["--version"]), nil).isGood { return (own, nil) }
        let made = folder + ".venv"
        let outcome = try children.run(
            command([python.path, "-m", "venv", made]),
            "making an environment for pip"
        )
        guard outcome.isGood else {
            Files.removeTree(made)
            throw CommandFailure(
                "\(python.path) has neither pip nor venv",
                hint: "install python3-pip or python3-venv, name another with --python, or give --no-install"
            )
        }
        return (["\(made)/bin/python", "-m", "pip"], made)
    }
}
