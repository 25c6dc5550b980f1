/// A value that belongs to one event loop, in a form that any thread may hold and pass on.
///
/// Only the loop's thread gets the value: `value` traps on every other thread, in release builds too. Store a value as a
/// `LoopBound` where threads share what holds it, and capture it as one in a task or a `@Sendable` closure. Code that
/// stays on the loop uses the value itself, without a check.
///
/// The thread that drops the last reference frees the value, whichever it is. So a value's `deinit` must not touch what
/// belongs to the loop; a value that has to end on the loop has a method for that, such as `close()`.
///
/// `@unchecked`: the value is reached through `value` alone, which checks the thread.
package struct LoopBound<Value>: @unchecked Sendable {
    package let loop: EventLoop
    private let held: Value

    /// Binds a value of the loop. Traps on any other thread than the loop's.
    package init(_ value: Value, on loop: EventLoop) {
        loop.requireCurrent()
        self.loop = loop
        held = value
    }

    /// Hands a new value, which nobody else refers to, over to a loop. Any thread.
    package init(handing value: sending Value, to loop: EventLoop) {
        self.loop = loop
        held = value
    }

    /// Makes a value on the loop's thread. From any task; it waits until the loop has done so.
    /// - Throws: what `make` throws.
    package static func make<E: Error>(
        on loop: EventLoop,
        _ make: @escaping @Sendable () throws(E) -> Value
    ) async throws(E) -> LoopBound {
        let outcome = await Task(executorPreference: loop) {
            Result { () throws(E) in LoopBound(try make(), on: loop) }
        }.value
        return try outcome.get()
    }

    /// The value. Traps on any other thread than the loop's, in release builds too.
    package var value: Value {
        loop.requireCurrent()
        return held
    }

    /// Runs `body` with the value on the loop's thread, soon. From any thread.
    package func execute(_ body: @escaping @Sendable (Value) -> Void) {
        loop.execute { body(value) }
    }

    /// Starts a task on the loop that has the value. From any thread.
    @discardableResult
    package func task<T: Sendable>(_ body: @escaping @Sendable (Value) async -> T) -> Task<T, Never> {
        Task(executorPreference: loop) { await body(value) }
    }

    /// Runs `body` with the value as a task on the loop, and returns what it returns. From any task.
    /// - Throws: what `body` throws.
    package func run<T: Sendable, E: Error>(
        _ body: @escaping @Sendable (Value) async throws(E) -> T
    ) async throws(E) -> T {
        let outcome: Result<T, E> = await task { value in
            do throws(E) {
                return .success(try await body(value))
            } catch {
                return .failure(error)
            }
        }.value
        return try outcome.get()
    }
}
