package import Model
package import Policy
package import Telemetry

/// The state of a target in one word: the worst that is known of it.
package enum TargetState: String, Sendable, CaseIterable {
    /// Only a newer version knows its contract, so it isn't served.
    case unknownContract = "unknown_contract"
    /// Its calls fail, by `CallFigures.areFailing`.
    case callsFailing = "calls_failing"
    /// Its tools couldn't be read last time; the last good ones are served.
    case listFailing = "list_failing"
    /// Its file is faulty; what it declared before is in force.
    case fileFaulty = "file_faulty"
    /// Its tools were never read.
    case new
    case ok
    case disabled
}

/// The standing of one target: its catalog, its file, its calls.
package struct TargetStanding: Sendable, Equatable {
    package var name: String
    package var isEnabled: Bool
    /// The contract's word, if this version doesn't know it; nil for a target that was disabled.
    package var unknownContract: String?
    package var tools: Int
    package var health: TargetHealth
    package var fileFaults: [String]
    /// nil when no server runs that would know them.
    package var calls: CallFigures?

    package init(_ record: TargetRecord, calls: CallFigures?) {
        name = record.name.text
        isEnabled = record.isEnabled
        unknownContract = record.isSwitchedOn ? record.spec.unknownContract : nil
        tools = record.toolCount
        health = record.health
        fileFaults = record.fileFaults
        self.calls = calls
    }

    /// As a running server's snapshot has it.
    package init(_ entry: TargetEntry, calls: CallFigures?) {
        name = entry.name
        isEnabled = entry.isEnabled
        unknownContract = entry.unknownContract
        tools = entry.toolCount
        health = entry.health
        fileFaults = []
        self.calls = calls
    }

    package var state: TargetState {
        if unknownContract != nil { return .unknownContract }
        if !isEnabled { return .disabled }
        if calls?.areFailing == true { return .callsFailing }
        if health.lastError != nil { return .listFailing }
        if !fileFaults.isEmpty { return .fileFaulty }
        return health.refreshedAtMs == nil ? .new : .ok
    }

    /// Orders targets by how much they need a person, then by their calls, then by name.
    package static func comesBefore(_ one: TargetStanding, _ other: TargetStanding) -> Bool {
        func rank(_ target: TargetStanding) -> (Int, Int, String) {
            let order = TargetState.allCases.firstIndex(of: target.state) ?? 0
            // Targets in the same state are ordered by their calls of the last hour.
            return (order, -(target.calls?.hour.calls ?? 0), target.name)
        }
        return rank(one) < rank(other)
    }
}
