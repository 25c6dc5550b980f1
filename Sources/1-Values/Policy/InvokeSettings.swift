/// How a target's calls are sent to its functions, beside the address: with which role, to which versions, and with
/// what information about the caller. A setting that isn't used costs a call nothing.
package struct InvokeSettings: Sendable, Hashable {
    /// The role that the target's calls are made with; `nil` for the gateway's own credentials.
    package var role: AssumedRole?
    /// Two versions that share the calls; `nil` when all calls go to the qualifier, if there is one.
    package var route: VersionRoute?
    package var logTail = LogTailChoice.off
    package var callerIdentity = CallerIdentityPlace.none
    /// Whether the functions run in Lambda's tenant isolation mode: then each call carries its tenant's id.
    package var tenantIsolation = false
    /// The path of MCP in the function, for contracts that send HTTP events; `nil` for `/mcp`.
    package var httpPath: String?
    /// The `Host` that those contracts send, with a port or without; `nil` for `localhost:8080`.
    package var httpHost: String?
    /// The processor that the functions run on; `nil` when it isn't known, which is charged as x86_64.
    package var architecture: Architecture?
    /// The memory that the functions have, used for the cost of calls until Lambda has reported it: `memoryBounds`.
    package var memoryMB: Int?
    /// Whether the functions stream their answers, for contracts that carry streams.
    package var streaming = false
    /// [a tool's name in the catalog] → how long one of its calls may take, in milliseconds, in place of the target's timeout.
    package var toolTimeoutsMs: [String: Int] = [:]

    package init(
        role: AssumedRole? = nil,
        route: VersionRoute? = nil,
        logTail: LogTailChoice = .off,
        callerIdentity: CallerIdentityPlace = .none,
        tenantIsolation: Bool = false,
        httpPath: String? = nil,
        httpHost: String? = nil,
        architecture: Architecture? = nil,
        memoryMB: Int? = nil,
        streaming: Bool = false,
        toolTimeoutsMs: [String: Int] = [:]
    ) {
        self.role = role
        self.route = route
        self.logTail = logTail
        self.callerIdentity = callerIdentity
        self.tenantIsolation = tenantIsolation
        self.httpPath = httpPath
        self.httpHost = httpHost
        self.architecture = architecture
        self.memoryMB = memoryMB
        self.streaming = streaming
        self.toolTimeoutsMs = toolTimeoutsMs
    }
}

extension InvokeSettings {
    /// The megabytes of memory that a Lambda function may have.
    package static let memoryBounds = 128...10_240
    /// The most tools that may have a timeout of their own.
    package static let toolTimeoutsMax = 1_000
}

/// An IAM role, and how it is assumed.
/// Source: STS API Reference, "AssumeRole"
package struct AssumedRole: Sendable, Hashable {
    package var arn: String
    /// The external id that the role's trust policy requires: 2–1,224 letters, digits and `_+=,.@:/-`.
    package var externalID: String?
    /// The name by which CloudTrail tells sessions apart: 2–64 letters, digits and `_+=,.@-`; `nil` for the gateway's
    /// own.
    package var sessionName: String?

    package init(arn: String, externalID: String? = nil, sessionName: String? = nil) {
        self.arn = arn
        self.externalID = externalID
        self.sessionName = sessionName
    }
}

/// Aliases or versions of one function that share its calls by weight.
package struct VersionRoute: Sendable, Hashable {
    package struct Branch: Sendable, Hashable {
        /// An alias, a version or `$LATEST`.
        package var qualifier: String
        /// 0–1,000,000; the share is this part of the sum of all weights.
        package var weight: Int

        package init(qualifier: String, weight: Int) {
            self.qualifier = qualifier
            self.weight = weight
        }
    }

    /// One or two, in order of their qualifiers; the weights' sum is above 0.
    package var branches: [Branch]

    package init(branches: [Branch]) { self.branches = branches }
}

/// The calls for which the last 4 KB of the function's log are requested, which show the cold start and the billed
/// time.
/// Source: Lambda API Reference, "Invoke", LogType
package enum LogTailChoice: String, Sendable, CaseIterable {
    case off
    /// For a few calls out of many.
    case sampled
    case all
}

/// Where a function finds its caller's identity.
package enum CallerIdentityPlace: String, Sendable, CaseIterable {
    case none
    /// Under `custom` of Lambda's client context.
    case clientContext = "client-context"
    /// In `_meta` of the message, for contracts that send one.
    case meta
}
