import EventLoop
import HTTPClient
import Synchronization

/// Decides whether a request is sent again, and after which pause. A value.
///
/// Source: AWS SDKs and Tools Reference Guide, "Retry behavior" (standard mode), and "Updated default retry behavior for AWS
/// SDKs and tools", AWS Developer Tools blog, November 2026
struct RetryRules: Sendable {
    /// The most tries of a request, including the first.
    var triesMax = 3
    /// The most tries of a request that the service throttles, including the first.
    var throttledTriesMax = 3
    /// The retry budget shared by the requests of one client.
    var budget: RetryBudget?
    /// Returns a random number from 0 to 1.
    var random: @Sendable () -> Double = { Double.random(in: 0...1) }

    /// - Parameters:
    ///   - retry: the number of the retry, counted from 0.
    ///   - hint: the value of the answer's `x-amz-retry-after`, in milliseconds.
    func pause(before retry: Int, isThrottling: Bool, hint: String?) -> Duration {
        let base = isThrottling ? Duration.seconds(1) : .milliseconds(50)
        let own = min(base * (1 << min(retry, 20)), .seconds(20)) * random()
        guard let hint, let ms = Int(hint), ms >= 0 else { return own }
        return max(own, min(.milliseconds(min(ms, 1_000_000)), own + .seconds(5)))
    }

    func mayRetry(_ failure: ServiceRequest.Failure, _ retry: Int) -> Bool {
        switch failure {
        case .refused(let refusal) where refusal.isThrottling: return retry + 1 < throttledTriesMax
        case .refused(let refusal): guard refusal.mayPass else { return false }
        case .transport(.unsendable), .transport(.cancelled), .transport(.tooLarge): return false
        case .transport: break
        }
        return retry + 1 < triesMax
    }

    static let throttling: Set = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException",
        "TooManyRequestsException", "ProvisionedThroughputExceededException",
        "TransactionInProgressException", "RequestLimitExceeded", "BandwidthLimitExceeded",
        "LimitExceededException", "RequestThrottled", "SlowDown", "PriorRequestNotComplete",
        "EC2ThrottledException",
    ]
    fileprivate static let passing: Set = [
        "IDPCommunicationError", "IDPCommunicationErrorException", "RequestTimeout",
        "RequestTimeoutException", "InternalFailure", "ServiceUnavailable",
    ]
}

extension ServiceRequest.Refusal {
    /// Whether the same request may succeed later without any change, because the service is throttling or has a
    /// fault.
    var mayPass: Bool { isThrottling || status >= 500 || RetryRules.passing.contains(code) }
}

/// A budget that limits how often many requests together are sent again, so that a service that is down doesn't get
/// three times the load.
///
/// Any thread. Retries of throttled requests cost nothing, because those slow down instead, see `SendingPace`.
/// Source: as for `RetryRules`, "retry quota"
final class RetryBudget: Sendable {
    static let full = 500
    /// The cost of one retry.
    static let cost = 14

    private let left: Locked<Int>

    init(_ start: Int = RetryBudget.full) { left = Locked(start) }

    var remaining: Int { left.withLock { $0 } }

    /// Takes the amount from the budget, and returns false when less than that was left.
    func take(_ amount: Int) -> Bool {
        left.withLock { left in
            guard left >= amount else { return false }
            left -= amount
            return true
        }
    }

    /// Returns the cost of a successful request's last retry to the budget; 1 for a request without retries.
    func succeeded(after cost: Int) { left.withLock { $0 = min(Self.full, $0 + max(cost, 1)) } }
}
