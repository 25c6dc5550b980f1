import EventLoop
import Glibc
import Synchronization

/// Receives text: a descriptor of the process, or a test's memory. Any thread; one write at a time.
final class TextStream: Sendable {
    let isTerminal: Bool
    /// The terminal's width in columns; `nil` when the output isn't a terminal.
    let columns: Int?
    /// The look of text on this stream.
    let style: Style
    private let sink: @Sendable (String) -> Bool
    private let broken = Locked(false)

    /// A terminal's width comes from the kernel, unless COLUMNS overrides it.
    convenience init(descriptor: CInt, environment: [String: String]) {
        let isTerminal = isatty(descriptor) == 1
        let columns = environment["COLUMNS"].flatMap { Int($0) } ?? terminalColumns(descriptor)
        self.init(
            isTerminal: isTerminal,
            columns: isTerminal ? max(20, columns) : nil,
            style: Style(isTerminal: isTerminal, environment: environment)
        ) { text in
            writeAll(Array(text.utf8), to: descriptor)
        }
    }

    /// - Parameters:
    ///   - isTerminal: whether a person reads it.
    ///   - columns: the terminal's width.
    ///   - style: the look of text on this stream.
    ///   - sink: writes a text; returns `false` when it has no reader any more.
    init(
        isTerminal: Bool,
        columns: Int?,
        style: Style = .plain,
        sink: @escaping @Sendable (String) -> Bool
    ) {
        self.isTerminal = isTerminal
        self.columns = columns
        self.style = style
        self.sink = sink
    }

    func write(_ text: String) {
        broken.withLock { isBroken in
            if !isBroken, !sink(text) { isBroken = true }
        }
    }

    /// Whether something could not be written: the reader has gone, or the disk is full.
    var isBroken: Bool { broken.withLock { $0 } }
}

private func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
        // The pointer and the count belong to the same slice.
        let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        if count > 0 {
            rest = rest.dropFirst(count)
        } else if errno != EINTR {
            return false
        }
    }
    return true
}

private func terminalColumns(_ descriptor: CInt) -> Int {
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
}
