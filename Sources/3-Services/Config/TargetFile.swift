package import Contracts
package import MCP
package import Policy
import System

/// A target as a file: `targets/<name>/target.toml`.
package struct TargetFile: Sendable, Equatable {
    /// The folder's name.
    package var name: String
    /// The target.toml itself, for messages.
    package var file: String
    /// The folder's absolute path.
    package var folder: String
    /// The Lambda function's name or ARN; empty when each declared tool has its own.
    package var function: String
    package var contract: Contract
    /// `nil` leaves each of these to `[aws]` and `[defaults]` of gateway.toml.
    package var region: String?
    package var qualifier: String?
    package var endpoint: String?
    package var approval: Approval?
    /// Whether approvals bind to the definitions of that moment; `nil` is the approval's own default.
    package var pinDefinitions: Bool?
    /// Whether its tools may hold characters that a reader can't see.
    package var allowsHidden = false
    /// What its function serves; `nil` when it is asked, where its contract allows.
    package var serves: [ServedFamily]?
    package var timeout: Duration?
    package var isEnabled: Bool
    package var description: String?
    package var invoke = InvokeSettings()
    package var recording = RecordingSettings()
    /// The definitions that `[[tool]]` declares, a JSON array; `nil` when the function is asked.
    package var toolsJSON: String?
    /// [a tool's own name] → what it's exposed as in its place.
    package var aliases: [String: String] = [:]
    /// How the local Lambda runs the function; `nil` when it can't.
    package var local: Local?

    /// The function's process on this machine.
    package struct Local: Sendable, Equatable {
        /// Program and arguments; a program with a slash in its name is absolute here.
        package var command: [String]
        /// The last argument, such as `handler.handler`; empty when each function has its own.
        package var handler: String
        /// [a function's name] → its handler, where that is another one: several functions may share a folder.
        package var handlers: [String: String] = [:]
        /// Variables of the function's own, `${NAME}` values filled in.
        package var environment: [String: String]
        /// 128...10,240. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
        package var memoryMB: Int
        /// 1...900.
        package var timeoutSeconds: Int
        /// Processes at once, 1...1,000; a call beyond is throttled.
        package var concurrency: Int
        /// What the local Lambda's ListTags answers for it.
        package var tags: [String: String] = [:]
        /// Variables that `environment` refers to and that aren't there. Without them the function doesn't run here;
        /// where it runs in AWS, they aren't missed.
        package var missing: [ConfigFault] = []

        /// Where a program without a slash in its name is looked for, if the function's own PATH says nothing.
        package static let searchPath = "/usr/local/bin:/usr/bin:/bin"

        /// Whether this machine has the program of `command`. Blocking.
        package var hasProgram: Bool {
            guard let program = command.first else { return false }
            if program.contains("/") { return Files.isProgram(program) }
            let path = environment["PATH"] ?? Self.searchPath
            return path.split(separator: ":").contains { Files.isProgram("\($0)/\(program)") }
        }
    }

    /// Reads one target file.
    ///
    /// Blocking. Relative paths belong to the file's folder, whose name is the target's.
    /// - Throws: `ConfigFaults` with everything that is wrong.
    package static func load(_ path: String, environment: [String: String]) throws(ConfigFaults) -> TargetFile
    {
        try read(parse(path), file: path, environment: environment)
    }
}
