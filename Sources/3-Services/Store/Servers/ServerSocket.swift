import Database
package import EventLoop
import Sockets

/// Answers commands that changed the store and want to know when a running server has taken the change over, or that
/// look for the server's admin API.
///
/// Being asked is what makes the server look at the store, so nothing is polled faster and nothing is written for it;
/// who answers is alive. Any thread; it answers on one loop.
package final class ServerSocket: Sendable {
    private let listener: LoopBound<LocalListener>
    /// Its name in the store's folder.
    let name: String

    private init(_ listener: LoopBound<LocalListener>, _ name: String) {
        self.listener = listener
        self.name = name
    }

    /// Listens beside the store's file, and removes what servers that were killed left there.
    ///
    /// - Parameters:
    ///   - inForce: checks the store, and returns the version of the snapshot that every loop serves from.
    ///   - door: admits a process of the user with that id to the server's admin API; nil while there is none.
    /// - Throws: `.unavailable` when the file system has no sockets.
    package static func listen(
        for store: Store,
        on loop: EventLoop,
        inForce: @escaping @Sendable () async -> Int64,
        door: @escaping @Sendable (_ user: UInt32) -> ServerDoor? = { _ in nil }
    ) async throws(StoreError) -> ServerSocket {
        guard let file = store.location.file else {
            throw StoreError(.unavailable, "store \(store.path) has no folder for a socket")
        }
        let (folder, old) = ServerName.all(file)
        for name in old where LocalQuestion.listening(folder: folder, name: name) == .nobody {
            LocalQuestion.remove(folder: folder, name: name)
        }
        let name = ServerName.make(file).name
        do throws(LocalSocketError) {
            let listener = try await LoopBound.make(on: loop) { () throws(LocalSocketError) in
                try LocalListener(folder: folder, name: name, loop: loop) { text, user in
                    guard let (question, inode) = ServerQuestion.parse(text) else {
                        return ServerQuestion.unknown
                    }
                    guard inode == store.inode, store.displacement == nil else {
                        return ServerQuestion.otherFile
                    }
                    switch question {
                    case .inForce: return String(await inForce())
                    case .door: return user.flatMap { door($0) }?.text ?? ServerQuestion.unknown
                    }
                }
            }
            return ServerSocket(listener, name)
        } catch {
            throw StoreError(.unavailable, "no socket can be made in \(folder): \(error)")
        }
    }

    /// Stops answering. From any task, while the loop runs.
    package func close() async {
        await listener.run { $0.close() }
    }
}
