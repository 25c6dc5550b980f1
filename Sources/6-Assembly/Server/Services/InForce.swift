import Telemetry
import EventLoop
import Gateway
import Store
import Synchronization

/// Tells when a change of the store is in force: on every loop of this server, and in the other servers on the store.
///
/// Answers other processes that ask, on the control loop, from `open` to `stop`. Any task.
final class InForce: Service {
    let name = "in-force"

    private let stores: StoreService
    private let localCallers: LocalCallers
    private let publisher: StatePublisher
    private let loop: EventLoop
    private let log: GatewayLog
    private let socket = Locked<ServerSocket?>(nil)

    init(_ context: GatewayContext, _ stores: StoreService, _ localCallers: LocalCallers) {
        self.stores = stores
        self.localCallers = localCallers
        publisher = context.publisher
        loop = context.control
        log = context.log.module(.store)
    }

    /// Reads the store, and returns when all earlier commits are in force here.
    /// - Returns: the snapshot's version.
    func here() async -> Int64 {
        let version = await stores.store.published()
        await publisher.swapped()
        return version
    }

    /// Waits until all earlier commits are in force in every server on the store.
    /// - Returns: a note for whoever made the change if a server is late; otherwise nil.
    func everywhere() async -> String? {
        _ = await here()
        let (store, loop, own) = (stores.store, loop, socket.withLock { $0 })
        return await Task(executorPreference: loop) {
            await store.awaitServers(except: own, on: loop)
        }.value.note
    }

    /// Lets commands wait for this server and find its admin API. Changes that were committed before are in force when
    /// this returns.
    ///
    /// A store whose folder can't hold a socket is served all the same; then the log has a warning.
    func open() async throws(StartFailure) {
        do throws(StoreError) {
            let made = try await ServerSocket.listen(
                for: stores.store,
                on: loop,
                inForce: { [weak self] in await self?.here() ?? 0 },
                door: { [localCallers] user in localCallers.door(for: user, nowMs: WallClock.nowMs()) }
            )
            socket.withLock { $0 = made }
            _ = await here()
        } catch {
            log.write(
                .warning,
                "commands can't wait until a change is in force here",
                [("error", "\(error)")]
            )
        }
    }

    func stop() async {
        let open = socket.withLock { slot in
            defer { slot = nil }
            return slot
        }
        await open?.close()
    }
}
