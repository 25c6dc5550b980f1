@preconcurrency import Glibc

/// A secret from standard input: a line that a person types unseen, or all that a pipe holds.
package enum SecretInput {
    /// - Parameters:
    ///   - prompt: written to the terminal, when it is one.
    ///   - bytesMax: more is refused.
    /// - Throws: `FileError` when nothing can be read, or too much comes.
    /// Source: termios(3)
    package static func read(prompt: String, bytesMax: Int) throws(FileError) -> [UInt8] {
        guard isatty(0) == 1 else { return try collect(toLineEnd: false, bytesMax) }
        var before = termios()
        let isKnown = tcgetattr(0, &before) == 0
        if isKnown {
            var silent = before
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(0, TCSAFLUSH, &silent)
        }
        defer {
            if isKnown {
                tcsetattr(0, TCSAFLUSH, &before)
                fputs("\n", stderr)
            }
        }
        fputs(prompt, stderr)
        return try collect(toLineEnd: true, bytesMax)
    }

    /// All that standard input holds, for a document. Waits for its end.
    package static func document(bytesMax: Int) throws(FileError) -> [UInt8] {
        try collect(toLineEnd: false, bytesMax)
    }

    private static func collect(toLineEnd: Bool, _ bytesMax: Int) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(0, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError(path: "standard input", code: errno) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= bytesMax else {
                throw FileError(path: "standard input", code: EFBIG, reason: "larger than \(bytesMax) bytes")
            }
            if toLineEnd, let end = bytes.firstIndex(of: UInt8(ascii: "\n")) { return Array(bytes[..<end]) }
        }
    }
}
