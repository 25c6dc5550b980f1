package import EventLoop

/// Runs `body` as a task on a loop of its own, then stops the loop and joins its thread.
@discardableResult
package func withLoop<T: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> T) async throws
    -> T
{
    let loop = try EventLoop(name: "test-loop")
    try loop.start()
    let outcome: Result<T, any Error>
    do {
        outcome = .success(try await loop.run { try await body(loop) })
    } catch {
        outcome = .failure(error)
    }
    loop.stop()
    loop.join()
    return try outcome.get()
}
