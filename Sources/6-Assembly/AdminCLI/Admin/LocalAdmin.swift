import AdminAPI
import EventLoop
import REST
import Store

/// The admin API in this process, on the store that the configuration names.
///
/// Whoever may open the store's file may change all of it, so the role is operator; the audit log names the user.
///
/// A change returns when it is in force in every server that runs on the store, or with a note after a second.
struct LocalAdmin: AdminClient {
    let api: AdminAPI
    let user: String
    let store: Store::Store
    let loop: EventLoop
    /// Where a note goes.
    let notes: TextStream

    func answer(_ request: APIRequest) async throws -> APIReply {
        if request.mayChange { try await refuseBesideOtherFile() }
        let reply = await api.answer(request, as: AdminCaller(.cli(user: user), role: .operator))
        if request.mayChange, reply.problem == nil, let note = await store.awaitServers(on: loop).note {
            notes.write("\(note)\n")
        }
        return reply
    }

    /// What is changed here would never come into force in a server that has another file open.
    private func refuseBesideOtherFile() async throws {
        let answers = await store.awaitServers(within: .milliseconds(200), on: loop)
        guard let server = answers.elsewhere.first else { return }
        throw CommandFailure(
            "\(server.description) has another file open than the one at \(store.path) now",
            hint: "restart it, or put its file back; nothing was changed"
        )
    }
}
