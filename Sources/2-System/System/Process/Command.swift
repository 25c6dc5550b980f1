import Glibc

/// A program to start, with everything that it gets: nothing is taken from the gateway's own environment.
package struct Command: Sendable, Equatable {
    /// The program and its arguments. A program without `/` is searched in the PATH of `environment`; a relative path
    /// counts from `directory`.
    package var arguments: [String]
    /// The whole environment of the child. Names are unique; the later of two would win in most programs.
    package var environment: [String: String]
    /// The folder that the child starts in; nil for the gateway's own working directory.
    package var directory: String?
    /// Whether what the child writes to standard error is dropped: it may be a secret.
    package var discardsErrors = false

    package init(arguments: [String], environment: [String: String] = [:], directory: String? = nil) {
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }

    /// Finds the program's file.
    /// - Throws: `SpawnError` that names the command and where it was looked for.
    package func program() throws(SpawnError) -> String {
        guard let name = arguments.first, !name.isEmpty else { throw SpawnError(.empty, command: "") }
        let texts = arguments + environment.flatMap { [$0.key, $0.value] } + [directory ?? ""]
        guard !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw SpawnError(.holdsNUL, command: name)
        }
        if name.utf8.contains(UInt8(ascii: "/")) { return absolute(name) }

        let path = environment["PATH"] ?? ""
        var refused: String?
        for folder in path.split(separator: ":") {
            let candidate = absolute("\(folder)/\(name)")
            guard isFile(candidate) else { continue }
            if access(candidate, X_OK) == 0 { return candidate }
            refused = refused ?? candidate
        }
        if let refused { throw SpawnError(.notExecutable(file: refused), command: name) }
        throw SpawnError(.notFound(searched: "PATH=\(path)"), command: name)
    }

    private func absolute(_ path: String) -> String {
        guard let directory, !path.hasPrefix("/") else { return path }
        return directory.hasSuffix("/") ? directory + path : "\(directory)/\(path)"
    }

    private func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
