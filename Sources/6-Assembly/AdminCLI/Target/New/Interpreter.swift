import JSON
import System

/// The Python that installs a function's packages and runs it.
struct Interpreter: Sendable {
    /// The path of the real file, which stays when a virtual environment is removed.
    let path: String
    /// `3.11`
    let version: String
    /// Lambda's name for it: `x86_64` or `arm64`.
    let architecture: String

    /// Versions that Lambda has a runtime for. Source: AWS Lambda developer guide, "Lambda runtimes"
    private static let versions = 10...14

    /// An interpreter whose properties are known already.
    init(path: String, version: String, architecture: String) {
        self.path = path
        self.version = version
        self.architecture = architecture
    }

    /// Examines a Python found along PATH or at a path.
    /// - Throws: `CommandFailure` when there is none or it is too old.
    init(_ program: String, _ children: ChildRun) throws {
        let code = """
            import json, os, platform, sys
            print(json.dumps([os.path.realpath(sys.executable), sys.version_info[:2], platform.machine()]))
            """
        let command = System::Command(
            arguments: [program, "-c", code],
            environment: children.session.environment
        )
        let outcome: ChildRun.Outcome
        do { outcome = try children.run(command, nil) } catch let error as SpawnError {
            throw CommandFailure(
                "there is no Python: \(error)",
                hint: "install python3, or name one with --python"
            )
        }
        let facts = try? JSONValue(parsing: outcome.lastLines(1))
        guard outcome.isGood, let path = facts?[0]?.stringValue, let minor = facts?[1]?[1]?.intValue,
            facts?[1]?[0] == 3, let machine = facts?[2]?.stringValue
        else { throw CommandFailure("\(program) is not a Python 3: \(outcome.lastLines(1))") }
        guard minor >= Self.versions.lowerBound else {
            throw CommandFailure(
                "\(program) is Python 3.\(minor), and functions need 3.\(Self.versions.lowerBound) or newer",
                hint: "name another with --python"
            )
        }
        self.path = path
        version = "3.\(minor)"
        architecture = ["aarch64", "arm64"].contains(machine) ? "arm64" : "x86_64"
    }

    /// Whether Lambda has a runtime of this version.
    var isOnLambda: Bool {
        Int(version.dropFirst(2)).map { Self.versions.contains($0) } ?? false
    }

    /// The options that make pip accept only packages that run on Lambda: those for Linux as old as Lambda's.
    var lambdaOnly: [String] {
        let machine = architecture == "arm64" ? "aarch64" : "x86_64"
        let platforms = ["manylinux2014", "manylinux_2_17", "manylinux_2_28"]
        return ["--only-binary=:all:", "--python-version", version]
            + platforms.flatMap { ["--platform", "\($0)_\(machine)"] }
    }
}
