package import Control
package import REST

/// The JSON form of a running server's status; docs/cli-json.md describes it.
package struct ServerStatusForm: Form {
    package typealias Record = ServerStatus

    package static let component: String? = "ServerStatus"

    package let name = Member("name", .text(1...300, "host and process"), \Record.name)
    package let version = Member("version", .text, \Record.version)
    package let startedAtMs = Member("startedAtMs", .moment, \Record.startedAtMs)
    package let ready = Member(
        "ready",
        .truth("what /readyz says"),
        { (server: ServerStatus) in server.notReady == nil }
    )
    let notReady = Member("notReady", .text, \Record.notReady)
    package let local = Member("local", .truth("whether functions run on its machine"), \Record.isLocal)
    package let agents = Member("agents", .text(0...4_096, "where agents connect"), \Record.agents)
    package let admin = Member("admin", .text(0...4_096, "where operators connect"), \Record.admin)
    package let lambda = Member(
        "lambda",
        .text(0...4_096, "where functions run that are local"),
        \Record.lambda
    )
    package let needsRestart = Member(
        "needsRestart",
        .list(.text, max: 1_000, "settings that wait for a restart"),
        \Record.needsRestart
    )

    package init() {}
}
