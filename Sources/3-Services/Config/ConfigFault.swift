/// One error in the configuration: its place, its key, and what to do about it. Never holds a secret.
package struct ConfigFault: Sendable, Equatable, CustomStringConvertible {
    package enum Place: Sendable, Equatable {
        /// `line` counts from 1; 0 when the fault has none.
        case file(path: String, line: Int)
        /// An environment variable.
        case environment(name: String)
    }

    package let place: Place
    /// The key's path, such as `agents.listen`; empty for a fault of the whole file.
    package let key: String
    package let message: String
    /// The outermost name of the section with the fault; nil when the fault may concern any section.
    package var section: String?
    /// Whether the file itself is valid, and only a value that it refers to is missing or can't be used.
    package var isReference = false

    package init(place: Place, key: String, message: String, section: String? = nil) {
        self.place = place
        self.key = key
        self.message = message
        self.section = section
    }

    /// `gateway.toml:12: agents.listen: must be …`
    package var description: String {
        let detail = key.isEmpty ? message : "\(key): \(message)"
        switch place {
        case .file(let path, 0): return "\(path): \(detail)"
        case .file(let path, let line): return "\(path):\(line): \(detail)"
        case .environment(let name): return "environment \(name): \(detail)"
        }
    }
}

/// Everything that is wrong with a configuration; at least one fault, in the order of the file.
package struct ConfigFaults: Error, Sendable, Equatable, CustomStringConvertible {
    package let faults: [ConfigFault]

    /// One fault per line.
    package var description: String { faults.map { $0.description }.joined(separator: "\n") }
}
