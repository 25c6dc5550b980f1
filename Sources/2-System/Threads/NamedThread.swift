import CLinux
import Glibc

/// A thread of the process that bears a name, which `top -H` and debuggers show.
///
/// Its owner calls `join()` or `detach()`, once.
package struct NamedThread: Sendable {
    private let id: pthread_t

    /// Starts a thread that runs `body` and ends.
    /// - Parameter name: its first 15 bytes count.
    package static func start(
        _ name: String,
        _ body: @escaping @Sendable () -> Void
    ) throws(ThreadError) -> NamedThread {
        var id = pthread_t()
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        let code = pthread_create(&id, nil, threadMain, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw ThreadError(name: name, code: code)
        }
        return NamedThread(id: id)
    }

    /// Waits for the thread's end. Not from the thread itself.
    package func join() { pthread_join(id, nil) }

    /// Lets the thread end by itself.
    package func detach() { pthread_detach(id) }
}

/// A thread that could not be started.
package struct ThreadError: Error, Equatable, CustomStringConvertible {
    package let name: String
    /// An `errno`.
    package let code: CInt

    package var description: String { "thread \(name): \(String(cString: strerror(code)))" }
}

/// The name and the work of a thread that is being started.
private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

/// A thread's entry. A top-level function: a closure literal would inherit its surroundings' isolation.
@c private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
    linux_name_thread(String(decoding: start.name.utf8.prefix(15), as: UTF8.self))
    start.body()
    return nil
}
