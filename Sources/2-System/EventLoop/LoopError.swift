import Glibc

/// A system call of the loop that failed, and its errno.
package struct LoopError: Error, Equatable, CustomStringConvertible {
    package let call: String
    package let code: CInt

    package init(call: String, code: CInt) {
        self.call = call
        self.code = code
    }

    package var description: String { "\(call) failed: \(errorText(code))" }
}

/// The C library's text for an errno, e.g. `Address already in use`.
package func errorText(_ code: CInt) -> String { String(cString: strerror(code)) }
