import AdminAPI
import EventLoop
import REST
import Store

/// The admin API in this process, on the store that the configuration names.
///
/// The role is operator, because whoever can open the store's file can change all of it. The audit log names the user.
///
/// A change returns when it is in force in every server on the store, or after a second with a note.
struct LocalAdmin: AdminClient {
    let api: AdminAPI
    let user: String
    let store: Store::Store
    let loop: EventLoop
    /// Receives the notes.
    let notes: TextStream

    func answer(_ request: APIRequest) async throws -> APIReply {
        if request.mayChange { try await refuseBesideOtherFile() }
        let reply = await api.answer(request, as: AdminCaller(.cli(user: user), role: .operator))
        if request.mayChange, reply.problem == nil, let note = await store.awaitServers(on: loop).note {
            notes.write("\(note)\n")
        }
        return reply
    }

    /// Refuses the command if a server has another file open, as the change would never come into force there.
    private func refuseBesideOtherFile() async throws {
        let answers = await store.awaitServers(within: .milliseconds(200), on: loop)
        guard let server = answers.elsewhere.first else { return }
        throw CommandFailure(
            "\(server.description) has another file open than the one at \(store.path) now",
            hint: "restart it, or put its file back; nothing was changed"
        )
    }
}
