import Contracts
import Policy
import Text

extension TargetSpec {
    /// Checks the settings for calls of its functions, each setting alone and all together. A setting that would have
    /// no effect is refused too.
    /// - Throws: `.invalid`, naming the target and the setting.
    package func checkInvoke() throws(ModelFault) {
        try checkRole()
        try checkRoute()
        if let memory = invoke.memoryMB, !InvokeSettings.memoryBounds.contains(memory) {
            throw fault("\(memory) MB is not a memory size that Lambda offers", hint: Self.memoryHint)
        }
        try checkToolTimeouts()
        // The settings of a contract that this program doesn't know can't be checked.
        if unknownContract == nil { try checkContractSettings() }
    }

    private func checkRole() throws(ModelFault) {
        guard let role = invoke.role else { return }
        guard AssumedRole.isARN(role.arn) else {
            throw fault(
                "\(quoted(role.arn)) is not the ARN of an IAM role",
                hint: "give one such as arn:aws:iam::123456789012:role/tools"
            )
        }
        if let externalID = role.externalID, !AssumedRole.isExternalID(externalID) {
            throw fault(
                "\(quoted(externalID)) is not an external id",
                hint: "use 2 to 1224 characters: a-z, A-Z, 0-9 and _ + = , . @ : / -"
            )
        }
        if let name = role.sessionName, !AssumedRole.isSessionName(name) {
            throw fault(
                "\(quoted(name)) is not a name for a role's session",
                hint: "use 2 to 64 characters: a-z, A-Z, 0-9 and _ + = , . @ -"
            )
        }
    }

    private func checkRoute() throws(ModelFault) {
        guard let route = invoke.route else { return }
        guard VersionRoute(weights: route.weights) == route else {
            throw fault("\(quoted(route.text)) is not a route", hint: Self.routeHint)
        }
        if let qualifier {
            throw fault(
                "there are a qualifier, \(quoted(qualifier)), and a route",
                hint: "leave one of them out: the route's versions are qualifiers"
            )
        }
    }

    private func checkToolTimeouts() throws(ModelFault) {
        guard invoke.toolTimeoutsMs.count <= InvokeSettings.toolTimeoutsMax else {
            throw fault(
                "\(invoke.toolTimeoutsMs.count) tools have a timeout of their own",
                hint: "\(InvokeSettings.toolTimeoutsMax) may"
            )
        }
        for (tool, timeoutMs) in invoke.toolTimeoutsMs.sorted(by: { $0.key < $1.key }) {
            try checkText(tool, "target \(name): the name of a tool with a timeout", bytes: 1...2_100)
            guard !Self.timeoutBoundsMs.contains(timeoutMs) else { continue }
            throw fault("the timeout of \(quoted(tool)) is \(timeoutMs) ms", hint: Self.timeoutHint)
        }
    }

    private func checkContractSettings() throws(ModelFault) {
        if invoke.streaming, !contract.carriesStreams {
            throw fault(
                "the answers of the contract \(contract.rawValue) can't be streamed",
                hint: "switch streaming off, or use the contract \(Contract.words { $0.carriesStreams })"
            )
        }
        if invoke.callerIdentity == .meta, !contract.sendsMeta {
            throw fault(
                "the contract \(contract.rawValue) sends no _meta, so the caller can't be told in it",
                hint: "use client-context, or the contract \(Contract.words { $0.sendsMeta })"
            )
        }
        if let path = invoke.httpPath, !InvokeSettings.isHTTPPath(path) {
            throw fault(
                "\(quoted(path)) is not a path for HTTP events",
                hint: "give one such as /mcp, without a query; 255 bytes are allowed"
            )
        }
        if let host = invoke.httpHost, !InvokeSettings.isHTTPHost(host) {
            throw fault(
                "\(quoted(host)) is not a host for HTTP events",
                hint: "give one such as localhost:8080; 255 bytes are allowed"
            )
        }
        if invoke.httpPath != nil || invoke.httpHost != nil, !contract.sendsHTTP {
            throw fault(
                "the contract \(contract.rawValue) sends no HTTP events, so they have no path and no host",
                hint: "leave it out, or use the contract \(Contract.words { $0.sendsHTTP })"
            )
        }
    }

    /// The timeout that one call may have, in milliseconds.
    package static let timeoutBoundsMs = 1...900_000

    /// What a timeout must be, for messages.
    package static let timeoutHint = "use 1 ms to 15 minutes, Lambda's own bound"

    /// What a route must be, for messages.
    package static let routeHint =
        "give one or two versions or aliases with weights from 0 to \(VersionRoute.weightMax), not all 0, "
        + "such as live=90,next=10"

    /// What a function's memory must be, for messages.
    package static let memoryHint =
        "give \(InvokeSettings.memoryBounds.lowerBound) to \(InvokeSettings.memoryBounds.upperBound), in MB"

    private func fault(_ message: String, hint: String) -> ModelFault {
        ModelFault(.invalid, "target \(name): \(message)", hint: hint)
    }
}
