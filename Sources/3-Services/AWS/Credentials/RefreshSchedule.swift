import Calendar

/// When to ask for a new key pair. A value that gets the outcome of each search and gives the time of the next one.
///
/// Searches begin 15 minutes before a key pair expires, and are frequent in the last 10; a key pair that lives for
/// less than half an hour is renewed from the middle of its life. Times have a random part, so that many processes
/// that started together don't all ask at the same moment.
/// Source: botocore `RefreshableCredentials` for the two times
struct RefreshSchedule: Sendable, Equatable {
    static let advisorySeconds = 15 * 60
    static let mandatorySeconds = 10 * 60

    /// When the next search is due; nil if none is due until somebody needs a key pair.
    private(set) var dueAt: UTCTime?
    private var failures = 0

    /// - Parameters:
    ///   - expiration: when the key pair that was found expires; nil if it never does.
    ///   - isNews: false when the source still gave the key pair that was known before.
    ///   - random: a number in 0..<1.
    mutating func found(_ expiration: UTCTime?, isNews: Bool, at now: UTCTime, random: Double) {
        failures = 0
        guard let expiration else {
            dueAt = nil
            return
        }
        let left = expiration.epochSeconds - now.epochSeconds
        guard left > 0 else {
            dueAt = now.adding(seconds: 30)
            return
        }
        let lead = min(Self.advisorySeconds, left / 2)
        let inTime = left - lead - Int(random * Double(min(60, left / 10)))
        if isNews || left > Self.advisorySeconds {
            dueAt = now.adding(seconds: max(1, inTime))
        } else {
            dueAt = now.adding(seconds: min(60, max(1, left / 4)))
        }
    }

    /// - Parameters:
    ///   - expiration: when the key pair still in use expires; nil when none is in use.
    ///   - mayPass: whether another try may succeed without a change of settings.
    mutating func failed(keeping expiration: UTCTime?, mayPass: Bool, at now: UTCTime, random: Double) {
        failures = min(failures + 1, 16)
        let left = expiration.map { $0.epochSeconds - now.epochSeconds } ?? 0
        guard left > 0 || mayPass else {
            dueAt = nil
            return
        }
        var seconds = left > Self.mandatorySeconds ? 60.0 : Double(min(30, 1 << failures))
        if left > 0 { seconds = min(seconds, Double(left)) }
        dueAt = now.adding(seconds: max(1, Int(seconds * (0.75 + random / 2))))
    }

    /// Resets the schedule: no search is due.
    mutating func rest() { self = RefreshSchedule() }
}
