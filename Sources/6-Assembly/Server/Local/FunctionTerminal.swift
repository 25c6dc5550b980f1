package import Config
package import Gateway
import Glibc
package import LocalLambda
import Text

/// Shows the output of this machine's functions to the person who watches the server: as `hello | line` on standard
/// error, or in the log. Any thread.
package struct FunctionTerminal: Sendable {
    /// The longest line that is shown whole, in characters; the rest of a longer one is only counted.
    package static let lineLengthMax = 2000

    private enum Form {
        case text(isColoured: Bool)
        case records
        case log
    }

    private let form: Form
    private let log: GatewayLog
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - environment: NO_COLOR and TERM turn colours off.
    ///   - isTerminal: whether a person reads what is written.
    ///   - write: takes whole lines, and never blocks: the local Lambda's loop calls it.
    package init(
        _ config: GatewayConfig,
        log: GatewayLog,
        environment: [String: String],
        isTerminal: Bool = isatty(2) == 1,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.log = log
        self.write = write
        let isPlain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false || environment["TERM"] == "dumb"
        switch (config.localLambda.output, config.log.format) {
        case (.log, _): form = .log
        case (.terminal, .json): form = .records
        case (.terminal, .text): form = .text(isColoured: isTerminal && !isPlain)
        }
    }

    /// Shows one line of a function's output.
    package func show(_ line: FunctionLogLine, of target: String) {
        switch form {
        case .text: writeText(Self.safe(line.text), target)
        case .records:
            write(
                LogSink.jsonLine(
                    .info,
                    line.text,
                    [
                        ("target", target), ("function", line.function),
                        ("requestId", line.requestID ?? ""),
                    ]
                )
            )
        case .log: log.write(.debug, line.text, [("function", line.function)])
        }
    }

    /// Shows a message about one target, or about all when `target` is nil.
    package func say(_ text: String, of target: String?, isFault: Bool = false) {
        if case .text = form, let target { return writeText(Self.safe(text), target) }
        log.write(isFault ? .error : .info, text, [("target", target ?? "")])
    }

    private func writeText(_ text: String, _ target: String) {
        guard case .text(true) = form else { return write("\(target) | \(text)\n") }
        write("\u{1B}[\(Self.colour(of: target))m\(target) |\u{1B}[0m \(text)\n")
    }

    /// A target's colour, which depends on its name alone and so never changes. Source: ECMA-48, SGR
    private static func colour(of target: String) -> Int {
        let colours = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94]
        let sum = target.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return colours[Int(sum % UInt32(colours.count))]
    }

    /// The line made safe to show: characters that would steer a terminal become visible, and colours are removed.
    package static func safe(_ line: String) -> String {
        let scalars = withoutColours(line)
        guard scalars.count > lineLengthMax else {
            return HiddenCharacters.shown(String(scalars), keepsLines: true)
        }
        let start = HiddenCharacters.shown(String(scalars.prefix(lineLengthMax)), keepsLines: true)
        return "\(start)… (\(scalars.count - lineLengthMax) more characters)"
    }

    /// Removes `ESC [ … m` instead of showing it, as programs that write colours into a pipe mean no harm.
    private static func withoutColours(_ line: String) -> String.UnicodeScalarView {
        guard line.unicodeScalars.contains("\u{1B}") else { return line.unicodeScalars }
        var result = String.UnicodeScalarView()
        var rest = Substring(line).unicodeScalars
        while let scalar = rest.popFirst() {
            if scalar == "\u{1B}", rest.first == "[",
                let end = rest.dropFirst().firstIndex(where: { !"0123456789;:".unicodeScalars.contains($0) }),
                rest[end] == "m"
            {
                rest = rest[rest.index(after: end)...]
            } else {
                result.append(scalar)
            }
        }
        return result
    }
}
