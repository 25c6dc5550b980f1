package import AWS
import Contracts
import HTTPClient
import Text

extension ToolSourceError {
    /// What a failed invocation means, and what to do about it; the same words for a refresh and for the log of a
    /// call.
    ///
    /// What the function wrote into its log is in it only for functions of this machine: a stack trace, or what a
    /// function in AWS says of its callers, isn't to be in the gateway's own log and in what a target last failed with.
    /// - Parameters:
    ///   - isCall: it was a call, not a list of tools.
    ///   - showsLog: for functions elsewhere too: an operator has asked for this one call, and reads it alone.
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
    /// Whether a function refused a call for having, or not having, a tenant's id.
    fileprivate var isAboutTenancy: Bool {
        code == "InvalidParameterValueException" && message.contains("tenancy configuration")
    }
}
