import Database
package import EventLoop
import Sockets

/// A server that runs on the store, as another process sees it.
package struct RunningServer: Sendable, Equatable {
    /// The process's id; 0 when it can't be seen from here, as in another container.
    package let process: Int

    package var description: String {
        process == 0 ? "a server in another container" : "the server with process id \(process)"
    }

    static func list(_ servers: [RunningServer]) -> String {
        servers.map { $0.description }.joined(separator: " and ")
    }
}

/// The answers of the servers that run on the store.
package struct ServerAnswers: Sendable, Equatable {
    /// Servers that have not taken over the change.
    package var late: [RunningServer] = []
    /// Servers that have a file open other than the one at the store's path.
    package var elsewhere: [RunningServer] = []

    /// A note for whoever made the change; nil when it is in force everywhere.
    package var note: String? {
        if !elsewhere.isEmpty {
            return
                "changed, but \(RunningServer.list(elsewhere)) has another file of this name open, and serves from "
                + "that file; restart it"
        }
        guard !late.isEmpty else { return nil }
        return "changed; \(RunningServer.list(late)) has not taken it over yet, within \(Store.inForceLimit)"
    }
}

extension Store {
    /// How long a change waits for the servers that run on the store.
    package static let inForceLimit = Duration.seconds(1)

    /// Waits until every other process that serves from this store has taken over all that was committed before this
    /// was called, at most `limit`. A killed server costs no time: it is found to be gone at once.
    ///
    /// On the loop.
    /// - Parameter own: the caller's own socket, which isn't asked.
    package func awaitServers(
        except own: ServerSocket? = nil,
        within limit: Duration = Store.inForceLimit,
        on loop: EventLoop
    ) async -> ServerAnswers {
        guard let file = location.file else { return ServerAnswers() }
        let (folder, names) = ServerName.all(file)
        let others = names.filter { $0 != own?.name }
        guard !others.isEmpty else { return ServerAnswers() }
        let read: Result<Int64, StoreError>
        do throws(StoreError) {
            read = .success(
                try await self.read { reading throws(StoreError) in try reading.generation().catalog }
            )
        } catch {
            read = .failure(error)
        }
        // A change that can't be read can't be taken over either.
        let version = (try? read.get()) ?? .max
        let question = ServerQuestion.inForce.text(inode: inode)
        return await withTaskGroup(of: LocalQuestion.Outcome.self) { group in
            for name in others {
                group.addTask(executorPreference: loop) {
                    await LocalQuestion.ask(
                        question,
                        folder: folder,
                        name: name,
                        within: limit,
                        on: loop
                    )
                }
            }
            var answers = ServerAnswers()
            for await outcome in group { answers.add(outcome, version: version) }
            return answers
        }
    }

    /// The servers that have a store at that path open, whatever file is there now. Any thread; doesn't block.
    package static func servers(at path: String) -> [RunningServer] {
        servers(at: .sqlite(path: path))
    }

    /// The same for any engine; none where the database has no file.
    static func servers(at location: DatabaseLocation) -> [RunningServer] {
        guard let file = location.file else { return [] }
        let (folder, names) = ServerName.all(file)
        return names.compactMap { name in
            guard case .silent(let process) = LocalQuestion.listening(folder: folder, name: name) else {
                return nil
            }
            return RunningServer(process: process)
        }
    }
}

extension ServerAnswers {
    fileprivate mutating func add(_ outcome: LocalQuestion.Outcome, version: Int64) {
        switch outcome {
        case .nobody: break
        case .silent(let process): late.append(RunningServer(process: process))
        case .answered(ServerQuestion.otherFile, let process):
            elsewhere.append(RunningServer(process: process))
        case .answered(let text, let process):
            guard let served = Int64(text), served >= version else {
                return late.append(RunningServer(process: process))
            }
        }
    }
}
