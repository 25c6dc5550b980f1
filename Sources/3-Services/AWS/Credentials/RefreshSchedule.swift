import Calendar

/// When a key pair is asked for again. A value: told what came of each search, says when the next one is due.
///
/// In the last 15 minutes of a key pair's life there are tries, in the last 10 they are frequent; one that lives for less
/// than half an hour has them from the middle of its life. Times have a random part, so that many processes that began
/// together don't go on together.
/// Source: botocore `RefreshableCredentials` for the two times
struct RefreshSchedule: Sendable, Equatable {
    static let advisorySeconds = 15 * 60
    static let mandatorySeconds = 10 * 60

    /// nil: nothing has to be asked for until somebody wants it.
    private(set) var dueAt: UTCTime?
    private var failures = 0

    /// - Parameters:
    ///   - expiration: of what was found; nil for what doesn't end.
    ///   - isNews: false when it is what was known before, as its source has no newer one yet.
    ///   - random: 0..<1.
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
    ///   - expiration: of what is still in use; nil when nothing is.
    ///   - mayPass: whether another try may come to something by itself.
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

    /// Nothing is to be asked for by itself.
    mutating func rest() { self = RefreshSchedule() }
}
