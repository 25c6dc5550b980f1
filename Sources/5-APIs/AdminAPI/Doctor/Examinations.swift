package import Control
import HTTP
package import REST
package import Store

/// `/doctor`: a running server's check of the things it uses.
package enum Examinations {
    static let all: [any AnyOperation<Services>] = [examine]

    package static let examine = AdminOperation(
        .post,
        "/doctor",
        id: "doctorExamine",
        "Looks at credentials, endpoints and targets as the server uses them; no function runs.",
        takes: NoArguments.self,
        answers: ExaminationForm.self,
        problems: [.unavailable]
    ) { call throws(Problem) in
        guard let examiner = try call.runningServer().examiner else {
            throw Problem(.unavailable, "this server can't run checks")
        }
        let targets = try await call.read { reading throws(StoreError) in try reading.targets() }
        return await examiner.examine(targets)
    }
}

/// Checks the things that a running server uses. Any executor.
package protocol Examiner: Sendable {
    func examine(_ targets: [TargetRecord]) async -> Examination
}

package struct ExaminationForm: Form {
    package typealias Record = Examination

    package static let component: String? = "Examination"

    package let version = Member("version", .text(1...64, "the server's"), \Record.version)
    package let local = Member(
        "local",
        .truth("whether functions of target files run on its machine"),
        \Record.isLocal
    )
    package let findings = Member("findings", listOf: FindingForm.self, \Record.findings)

    package init() {}
}

package struct FindingForm: Form {
    package typealias Record = Finding

    package static let component: String? = "Finding"

    package let check = Member("check", .text(0...4_194_304, "what was looked at"), \Record.check)
    package let status = Member("status", .word(of: Finding.Status.self), \Record.status.rawValue)
    package let message = Member("message", .text, \Record.message)
    package let hint = Member(
        "hint",
        .text(0...4_194_304, "what to do next; empty when nothing is to be done"),
        \Record.hint
    )

    package init() {}
}
