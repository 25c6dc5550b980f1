import Control
import Store

/// The open store.
final class StoreService: Service {
    let name = "store"
    let startingWords = "the store is being opened"
    private let context: GatewayContext
    private let opened = Started<Store::Store>("store")

    init(_ context: GatewayContext) { self.context = context }

    var store: Store::Store { opened.value }

    func start() async throws(StartFailure) {
        do throws(StoreError) {
            let store = try openStore(context.config, .creating)
            opened.set(store)
            context.live.opened(store)
            context.health.check { store.displacement == nil }
        } catch {
            throw StartFailure("\(error)")
        }
    }

    func stop() async { await Self.close(store) }

    /// Off the loop and off the caller, because it waits for the store's threads.
    @concurrent
    private static func close(_ store: Store::Store) async { store.close() }
}
