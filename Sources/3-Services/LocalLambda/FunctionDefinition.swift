/// One function of the local Lambda, from a target's file.
package struct FunctionDefinition: Sendable, Equatable {
    /// 1–64 characters of `[a-zA-Z0-9-_]`.
    package var name: String
    /// The program and its first arguments, e.g. `["python3", "-m", "awslambdaric"]`. A program without `/` is
    /// searched for in PATH; a relative path is relative to `directory`.
    package var command: [String]
    /// Appended to the command as its last argument and passed in `_HANDLER`, as a container image's CMD is appended
    /// to its ENTRYPOINT. If empty, nothing is appended.
    package var handler: String
    /// The function's own variables. Variables that Lambda itself sets are a fault.
    package var environment: [String: String]
    /// 128...10,240. Passed to the function and shown in reports; not enforced.
    package var memoryMB: Int
    /// 1...900: how long the function may run from getting the event until it is killed.
    package var timeoutSeconds: Int
    /// The most calls at the same time, 1...1,000; any further call is refused with 429.
    package var concurrency: Int
    /// The folder of the function's code: its working directory and LAMBDA_TASK_ROOT.
    package var directory: String
    /// Shown as `Runtime` and in AWS_EXECUTION_ENV. awslambdaric changes its polling and escaping from 3.12 on.
    package var runtime: String
    package var description: String
    package var tags: [String: String]
    /// Qualifiers besides `$LATEST` under which the function answers.
    package var aliases: Set<String>
    /// The name of the log; functions with the same name here share one log.
    package var log: String

    package init(
        name: String,
        command: [String],
        handler: String = "",
        environment: [String: String] = [:],
        memoryMB: Int = 128,
        timeoutSeconds: Int = 30,
        concurrency: Int = 10,
        directory: String,
        runtime: String = "python3.11",
        description: String = "",
        tags: [String: String] = [:],
        aliases: Set<String> = [],
        log: String? = nil
    ) {
        self.name = name
        self.command = command
        self.handler = handler
        self.environment = environment
        self.memoryMB = memoryMB
        self.timeoutSeconds = timeoutSeconds
        self.concurrency = concurrency
        self.directory = directory
        self.runtime = runtime
        self.description = description
        self.tags = tags
        self.aliases = aliases
        self.log = log ?? name
    }

    /// The faults of the definition, each a sentence that names the setting; empty when there are none.
    package var faults: [String] {
        var faults: [String] = []
        let isName = !name.isEmpty && name.utf8.count <= 64 && name.utf8.allSatisfy { $0.isNameByte }
        if !isName { faults.append("function name '\(name)': use 1 to 64 letters, digits, '-' and '_'") }
        if command.first?.isEmpty ?? true {
            faults.append("function \(name): command is empty; name a program")
        }
        check(memoryMB, in: 128...10_240, "memory_mb", &faults)
        check(timeoutSeconds, in: 1...900, "timeout_s", &faults)
        check(concurrency, in: 1...1_000, "concurrency", &faults)
        for variable in environment.keys.sorted() {
            if FunctionEnvironment.reserved.contains(variable) {
                faults.append("function \(name): variable \(variable) is set by Lambda itself; remove it")
            } else if !Self.isVariableName(variable) {
                faults.append(
                    "function \(name): variable '\(variable)': use letters, digits and '_', no digit first"
                )
            }
        }
        if directory.isEmpty { faults.append("function \(name): the code folder is empty") }
        return faults
    }

    private static func isVariableName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !first.isDigit else { return false }
        return text.utf8.allSatisfy { $0.isNameByte && $0 != UInt8(ascii: "-") }
    }

    private func check(_ value: Int, in range: ClosedRange<Int>, _ key: String, _ faults: inout [String]) {
        guard !range.contains(value) else { return }
        let bounds = "\(range.lowerBound) to \(range.upperBound)"
        faults.append("function \(name): \(key) is \(value); use \(bounds)")
    }
}
