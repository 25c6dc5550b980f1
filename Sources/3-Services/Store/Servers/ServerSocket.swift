import Database
package import EventLoop
import Sockets

/// Answers commands that changed the store and want to know when a running server has taken it over.
///
/// Being asked is what makes the server look at the store, so nothing is polled faster and nothing is written for it;
/// who answers is alive. On one loop.
package final class ServerSocket: @unchecked Sendable {  // the listener: on its loop only
    private let loop: EventLoop
    private let listener: LocalListener
    /// Its name in the store's folder.
    let name: String

    private init(_ loop: EventLoop, _ listener: LocalListener, _ name: String) {
        self.loop = loop
        self.listener = listener
        self.name = name
    }

    /// Listens beside the store's file, and removes what servers that were killed left there.
    ///
    /// - Parameter inForce: looks at the store, and returns the version of the snapshot that every loop serves from.
    /// - Throws: `.unavailable` when the file system has no sockets.
    package static func listen(
        for store: Store,
        on loop: EventLoop,
        inForce: @escaping @Sendable () async -> Int64
    ) async throws(StoreError) -> ServerSocket {
        guard let file = store.location.file else {
            throw StoreError(.unavailable, "store \(store.path) has no folder for a socket")
        }
        let (folder, old) = ServerName.all(file)
        for name in old where LocalQuestion.listening(folder: folder, name: name) == .nobody {
            LocalQuestion.remove(folder: folder, name: name)
        }
        let name = ServerName.make(file).name
        let outcome = await Task(executorPreference: loop) {
            Result { () throws(LocalSocketError) in
                try LocalListener(folder: folder, name: name, loop: loop) { question in
                    guard let inode = ServerQuestion.inode(question) else { return ServerQuestion.unknown }
                    guard inode == store.inode, store.displacement == nil else {
                        return ServerQuestion.otherFile
                    }
                    return String(await inForce())
                }
            }
        }.value
        switch outcome {
        case .success(let listener): return ServerSocket(loop, listener, name)
        case .failure(let error):
            throw StoreError(.unavailable, "no socket can be made in \(folder): \(error)")
        }
    }

    /// Answers nobody any more. From any task, while the loop runs.
    package func close() async {
        await Task(executorPreference: loop) { [listener] in listener.close() }.value
    }
}
