import EventLoop
import Glibc

/// Why a child was not started, in words that say what to do next. Nothing is left running.
package struct SpawnError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        /// The command is an empty list.
        case empty
        /// A text of the command holds a NUL byte, which no program can receive.
        case holdsNUL
        case notFound(searched: String)
        case notExecutable(file: String)
        /// The file is there, but the program named in its first line is not, or the file isn't a program for this
        /// machine.
        case notRunnable(file: String, why: String)
        case badDirectory(path: String, why: String)
        /// The kernel refused, e.g. for too many processes.
        case system(call: String, why: String)
    }

    package let reason: Reason
    /// The command's first word.
    package let command: String

    package init(_ reason: Reason, command: String) {
        self.reason = reason
        self.command = command
    }

    package var description: String {
        switch reason {
        case .empty: "the command is empty; name a program"
        case .holdsNUL: "command '\(command)' holds a NUL byte in an argument, variable or path; remove it"
        case .notFound(let searched):
            "command '\(command)' was not found (\(searched)); install it or give its full path"
        case .notExecutable(let file):
            "command '\(command)': \(file) is not executable; chmod +x it, or name its interpreter first"
        case .notRunnable(let file, let why):
            "command '\(command)': \(file) cannot be run (\(why)); check the program in its first line (#!)"
        case .badDirectory(let path, let why):
            "command '\(command)': cannot start in directory \(path) (\(why)); create it or correct the path"
        case .system(let call, let why): "command '\(command)' was not started: \(call): \(why)"
        }
    }

    /// The error for the step and the code that the C part reported. Source: execve(2), chdir(2).
    init(step: CInt, code: CInt, command: Command, file: String) {
        let why = errorText(code)
        let reason: Reason =
            switch (step, code) {
            case (1, _): .badDirectory(path: command.directory ?? "", why: why)
            case (2, ENOENT) where access(file, F_OK) == 0:
                .notRunnable(file: file, why: "the interpreter is missing")
            case (2, ENOENT), (2, ENOTDIR): .notFound(searched: file)
            case (2, EACCES), (2, EPERM): .notExecutable(file: file)
            case (2, ENOEXEC): .notRunnable(file: file, why: why)
            case (2, _): .system(call: "execve", why: why)
            default: .system(call: "fork", why: why)
            }
        self.init(reason, command: command.arguments.first ?? "")
    }
}
