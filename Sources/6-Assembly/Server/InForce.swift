import EventLoop
import Gateway
import Store
import Synchronization

/// Says when a change of the store is in force: on every loop of this server, and in the other servers on the store.
///
/// Answers other processes that ask, from `open` to `close`. Any task.
final class InForce: Sendable {
    private let store: Store::Store
    private let publisher: StatePublisher
    private let loop: EventLoop
    private let socket = Locked<ServerSocket?>(nil)

    /// - Parameter loop: where other processes' questions are answered.
    init(store: Store::Store, publisher: StatePublisher, loop: EventLoop) {
        self.store = store
        self.publisher = publisher
        self.loop = loop
    }

    /// Looks at the store, and returns when all that was committed before is in force here: the snapshot's version.
    func here() async -> Int64 {
        let version = await store.published()
        await publisher.swapped()
        return version
    }

    /// The same for every server on the store: what to tell whoever made a change, when one is late.
    func everywhere() async -> String? {
        _ = await here()
        let (store, loop, own) = (store, loop, socket.withLock { $0 })
        return await Task(executorPreference: loop) {
            await store.awaitServers(except: own, on: loop)
        }.value.note
    }

    /// Lets commands wait for this server. What was committed before they could is in force when this returns.
    /// - Throws: `.unavailable` when the store's folder can't hold a socket.
    func open() async throws(StoreError) {
        let made = try await ServerSocket.listen(for: store, on: loop) { [weak self] in
            await self?.here() ?? 0
        }
        socket.withLock { $0 = made }
        _ = await here()
    }

    func close() async {
        let open = socket.withLock { slot in
            defer { slot = nil }
            return slot
        }
        await open?.close()
    }
}
