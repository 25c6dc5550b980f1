import AdminAPI
import Control
import Store

/// What `doctor` learns from a running server: how it is set up, and whether its targets answer.
struct ServerExaminer: Examiner {
    let isLocal: Bool
    let targets: TargetExam

    func examine(_ records: [TargetRecord]) async -> Examination {
        Examination(
            version: gatewayVersion,
            isLocal: isLocal,
            findings: await targets.findings(records)
        )
    }
}
