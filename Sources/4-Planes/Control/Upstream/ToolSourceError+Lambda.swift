package import AWS
import Contracts
import HTTPClient
import Text

extension ToolSourceError {
    /// What a failed invocation means, and what to do about it; the same texts for a refresh and for the log of a call.
    ///
    /// Only for functions on this machine does it hold what the function wrote into its log: a stack trace, or what a
    /// function in AWS writes about its callers, must not get into the gateway's own log or a target's last error.
    /// - Parameters:
    ///   - isCall: whether the invocation was a call, not a list of tools.
    ///   - showsLog: whether to show the log of functions in AWS too: only the operator who asked for this call reads
    ///     it.
    package init(
        _ error: LambdaError,
        function: PreparedFunction,
        isCall: Bool = false,
        showsLog: Bool = false
    ) {
        let said = HiddenCharacters.shown(String(error.description.prefix(500)))
        let name = function.name.text
        switch error.kind {
        case .function(let failure):
            let type =
                failure.errorType.map { " with \(HiddenCharacters.shown(String($0.prefix(100))))" } ?? ""
            self.init(
                "the function failed\(type): \(HiddenCharacters.shown(String(failure.errorMessage.prefix(500))))",
                hint: Self.hint(failure, error, isCall: isCall, showsLog: showsLog || function.isLocal),
                isOfFunction: true
            )
        case .notFound:
            self.init(
                "Lambda at \(function.endpoint) has no function \(name) in \(function.region)",
                hint: "check the function's name, the qualifier and the region"
            )
        case .accessDenied:
            self.init(
                "the credentials may not invoke \(name): \(said)",
                hint: function.endpoint.scheme == .http
                    ? "give the function's name without an account, or allow them lambda:InvokeFunction"
                    : "allow them lambda:InvokeFunction"
            )
        case .unauthenticated:
            self.init(
                "the credentials are not accepted: \(said)",
                hint: Self.credentialsHint(function)
            )
        case .clockSkew: self.init("this machine's clock is wrong: \(said)", hint: "set it by NTP")
        case .throttled:
            self.init(
                "Lambda throttled the call: \(said)",
                hint: "try again, or raise the function's concurrency"
            )
        case .quotaExceeded: self.init("an account's quota is used up: \(said)")
        case .conflict: self.init("the function is being changed: \(said)", hint: "try again in a minute")
        case .configuration:
            self.init("the function's set-up is at fault: \(said)", hint: "look at its configuration in AWS")
        case .timedOut:
            self.init(
                "\(function.endpoint) gave no answer in time: \(said)",
                hint:
                    "look at the function's log, or raise \(isCall ? "the target's timeout" : "refresh.timeout")"
            )
        case .unreachable, .interrupted:
            self.init(said, hint: "check the endpoint, the network and the proxy settings")
        case .noCredentials:
            self.init(
                "there are no AWS credentials: \(said)",
                hint: "`mcp-gateway doctor` shows where they are looked for"
            )
        case .noRole(let mayPass):
            self.init(
                "the role of the call can't be taken: "
                    + HiddenCharacters.shown(String(error.description.prefix(1_200))),
                hint: mayPass
                    ? "it is tried again by itself" : "it is tried again by itself once that is put right"
            )
        case .invalidRequest where error.isAboutTenancy:
            self.init(said, hint: Self.tenancyHint(error))
        case .tooLarge, .invalidRequest, .serviceUnavailable, .malformedAnswer, .cancelled, .overloaded:
            self.init(said)
        }
    }

    private static func credentialsHint(_ function: PreparedFunction) -> String {
        function.endpoint.scheme == .http
            ? "\(function.endpoint) has credentials of its own; those of a local Lambda are local and local-secret, "
                + "unless its [local_lambda] says otherwise"
            : "`mcp-gateway doctor` shows where they come from"
    }

    /// Source: Lambda Developer Guide, "Troubleshooting tenant isolation"
    private static func tenancyHint(_ error: LambdaError) -> String {
        error.message.contains("not enabled")
            ? "the function isn't in tenant isolation mode: switch tenant_isolation of the target off"
            : "the function is in tenant isolation mode: switch tenant_isolation of the target on, and give its "
                + "tenants ids with `mcp-gateway tenant update NAME --lambda-tenant-id ID`"
    }

    private static func hint(
        _ failure: FunctionFailure,
        _ error: LambdaError,
        isCall: Bool,
        showsLog: Bool
    ) -> String {
        let requestID = error.requestID
        let details =
            (showsLog ? error.logTail : nil).flatMap { LogTail.text($0) }.map { LogTail.introduction + $0 }
            ?? "its log has the details\(requestID.map { ", request \(HiddenCharacters.shown($0))" } ?? "")"
        let other = OtherContract.behind(
            errorType: failure.errorType,
            message: failure.errorMessage,
            isList: !isCall
        )
        return other.map { "\($0.hint); \(details)" } ?? details
    }
}

extension LambdaError {
    /// Whether a function refused a call because it has, or lacks, a tenant's id.
    fileprivate var isAboutTenancy: Bool {
        code == "InvalidParameterValueException" && message.contains("tenancy configuration")
    }
}
