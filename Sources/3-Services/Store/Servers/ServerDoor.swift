import Database
package import EventLoop
import Sockets
import System

/// The address of a running server's admin API, and a token that admits a process of this machine to it for a minute.
package struct ServerDoor: Sendable, Equatable {
    /// `http://127.0.0.1:3001`
    package let url: String
    package let token: String

    package init(url: String, token: String) {
        self.url = url
        self.token = token
    }

    /// The text that goes over the socket.
    var text: String { "\(url) \(token)" }

    /// nil for any other text.
    init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, words.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.init(url: String(words[0]), token: String(words[1]))
    }
}

/// The result of looking for a server whose admin API a command may use.
package enum ServerDoorAnswer: Sendable, Equatable {
    case open(ServerDoor)
    /// A server runs, but gave no access in time, has another file open, or can't be reached from here.
    case shut(RunningServer)
    /// No server runs on the store.
    case nobody
}

extension Store {
    /// Finds a server that runs on this store and lets this process use its admin API.
    ///
    /// On the loop.
    /// - Parameter limit: how long to wait for each server.
    package func door(
        within limit: Duration = Store.inForceLimit,
        on loop: EventLoop
    ) async -> ServerDoorAnswer {
        guard let file = location.file else { return .nobody }
        let (folder, names) = ServerName.all(file)
        var answer = ServerDoorAnswer.nobody
        for name in names.sorted() {
            let outcome = await LocalQuestion.ask(
                ServerQuestion.door.text(inode: inode),
                folder: folder,
                name: name,
                within: limit,
                on: loop
            )
            switch outcome {
            case .nobody: continue
            case .silent(let process): answer = .shut(RunningServer(process: process))
            case .answered(let text, let process):
                // In another container the same address is another program's, which must not get the token.
                if process != 0, NetworkNamespace.isShared(with: process), let door = ServerDoor(text) {
                    return .open(door)
                }
                answer = .shut(RunningServer(process: process))
            }
        }
        return answer
    }
}
