import CLinux
import Glibc

/// Whole lines to standard output and standard error, each in one write(2), so that lines of several threads never mix.
package enum StandardStreams {
    package static func writeOutput(_ text: String) { write(text, to: 1) }

    package static func writeError(_ text: String) { write(text, to: 2) }

    private static func write(_ text: String, to fd: CInt) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
            if count < 0, linux_errno() != EINTR { return }  // nobody reads: there is nowhere to complain
            if count > 0 { bytes = bytes.dropFirst(count) }
        }
    }
}
