import EventLoop
import HTTPClient
import Synchronization

/// When a request is sent again, and after which pause. A value.
///
/// Source: AWS SDKs and Tools Reference Guide, "Retry behavior" (standard mode), and "Updated default retry behavior for AWS
/// SDKs and tools", AWS Developer Tools blog, November 2026
struct RetryRules: Sendable {
    /// With the first one.
    var triesMax = 3
    /// The same, for a request that the service throttles.
    var throttledTriesMax = 3
    /// Shared by the requests of one client.
    var budget: RetryBudget?
    /// From 0 to 1.
    var random: @Sendable () -> Double = { Double.random(in: 0...1) }

    /// - Parameters:
    ///   - retry: counts from 0.
    ///   - hint: the answer's `x-amz-retry-after`, in milliseconds.
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
    /// Whether the same request may be served later, with nothing changed: the service is throttling, or has a fault.
    var mayPass: Bool { isThrottling || status >= 500 || RetryRules.passing.contains(code) }
}

/// What many requests together may spend on being sent again, so that a service that is down isn't asked threefold.
///
/// Any thread. Throttled requests don't spend: they slow down instead, see `SendingPace`.
/// Source: as for `RetryRules`, "retry quota"
final class RetryBudget: Sendable {
    static let full = 500
    /// Of one retry.
    static let cost = 14

    private let left: Locked<Int>

    init(_ start: Int = RetryBudget.full) { left = Locked(start) }

    var remaining: Int { left.withLock { $0 } }

    /// Whether so much was left, which is then gone.
    func take(_ amount: Int) -> Bool {
        left.withLock { left in
            guard left >= amount else { return false }
            left -= amount
            return true
        }
    }

    /// Gives back what the last retry of a request cost; 1 for one that needed none.
    func succeeded(after cost: Int) { left.withLock { $0 = min(Self.full, $0 + max(cost, 1)) } }
}
