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
    /// For each of these, `nil` means the value of `[aws]` or `[defaults]` in gateway.toml.
    package var region: String?
    package var qualifier: String?
    package var endpoint: String?
    package var approval: Approval?
    /// Whether an approval holds only for the definitions at its time; `nil` for the approval's own default.
    package var pinDefinitions: Bool?
    /// Whether the definitions of the target's tools may hold characters that a reader can't see.
    package var allowsHidden = false
    /// What its function serves; `nil` when it is asked, where its contract allows.
    package var serves: [ServedFamily]?
    package var timeout: Duration?
    package var isEnabled: Bool
    package var description: String?
    package var invoke = InvokeSettings()
    package var recording = RecordingSettings()
    /// The definitions that `[[tool]]` declares, as a JSON array; `nil` when the function is asked for them.
    package var toolsJSON: String?
    /// [a tool's own name] → the name under which it is exposed.
    package var aliases: [String: String] = [:]
    /// How the local Lambda runs the function; `nil` when the file doesn't say.
    package var local: Local?

    /// The function's process on this machine.
    package struct Local: Sendable, Equatable {
        /// The program and its arguments; a program whose name has a slash is already an absolute path here.
        package var command: [String]
        /// The last argument, such as `handler.handler`; empty when each function has its own.
        package var handler: String
        /// [a function's name] → its handler, if it differs from `handler`: several functions may share a folder.
        package var handlers: [String: String] = [:]
        /// The function's own variables, with `${NAME}` values filled in.
        package var environment: [String: String]
        /// 128...10,240. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
        package var memoryMB: Int
        /// 1...900.
        package var timeoutSeconds: Int
        /// The most processes at once, 1...1,000; further calls are throttled.
        package var concurrency: Int
        /// The tags in the local Lambda's answer to ListTags.
        package var tags: [String: String] = [:]
        /// The variables that `environment` refers to but that aren't set. Without them the function can't run on this
        /// machine; a function in AWS doesn't need them.
        package var missing: [ConfigFault] = []

        /// The search path for a program without a slash in its name, if the function's environment has no PATH.
        package static let searchPath = "/usr/local/bin:/usr/bin:/bin"

        /// Whether the program of `command` exists on this machine. Blocking.
        package var hasProgram: Bool {
            guard let program = command.first else { return false }
            if program.contains("/") { return Files.isProgram(program) }
            let path = environment["PATH"] ?? Self.searchPath
            return path.split(separator: ":").contains { Files.isProgram("\($0)/\(program)") }
        }
    }

    /// Reads one target file.
    ///
    /// Blocking. Relative paths are relative to the file's folder, whose name is the target's.
    /// - Throws: `ConfigFaults` with all faults of the file.
    package static func load(_ path: String, environment: [String: String]) throws(ConfigFaults) -> TargetFile
    {
        try read(parse(path), file: path, environment: environment)
    }
}
