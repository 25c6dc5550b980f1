import Bytes
import Calendar
import HTTP
package import HTTPClient

/// What an answer of the collector means for the spans that were sent. Source: OTLP specification, "OTLP/HTTP Response"
package enum ExportOutcome: Equatable, Sendable {
    /// The collector took them, except so many.
    case taken(refused: Int, reason: String)
    /// It may take them later: after that time, if it names one.
    case again(after: Duration?, reason: String)
    /// It will never take them.
    case refused(reason: String)

    package init(_ response: ClientResponse, nowSeconds: Int64) {
        switch response.status {
        case 200...299:
            let refusal = ExportRequest.refusal(in: response.bytes, response.body)
            self = .taken(refused: max(0, refusal.spans), reason: Self.fit(refusal.reason))
        case 429, 502, 503, 504:
            let after = response.header("retry-after").flatMap { Self.delay($0, nowSeconds: nowSeconds) }
            self = .again(after: after, reason: "the collector answered with status \(response.status)")
        default: self = .refused(reason: "the collector answered with status \(response.status)")
        }
    }

    package init(_ error: HTTPClientError) {
        switch error {
        case .tooLarge:
            // The collector may have the spans: sent again, they might be there twice.
            self = .refused(reason: "the collector's answer is too large")
        default: self = .again(after: nil, reason: "\(error)")
        }
    }

    /// Seconds, or a date. Source: RFC 9110 §10.2.3
    private static func delay(_ text: String, nowSeconds: Int64) -> Duration? {
        if let seconds = UInt32(text) { return .seconds(Int64(seconds)) }
        guard let date = UTCTime(httpDate: text.utf8.span) else { return nil }
        return .seconds(max(0, Int64(date.epochSeconds) - nowSeconds))
    }

    /// Words of the collector as they may stand in the log.
    private static func fit(_ text: String) -> String {
        String(text.unicodeScalars.prefix(200).map { $0.value < 32 || $0.value == 127 ? " " : Character($0) })
    }
}

/// How long the exporter waits before it sends something again: longer each time, as long as the collector fails.
package struct ExportPause: Sendable {
    package static let longest = Duration.seconds(60)
    /// The most times that the same spans are sent; the queue behind them fills up meanwhile.
    package static let attemptsMax = 6

    private var failures = 0

    package init() {}

    package mutating func succeeded() { failures = 0 }

    /// - Parameters:
    ///   - wanted: the pause that the collector asks for.
    ///   - share: a random number in 0...1, so that not all gateways come back at once.
    package mutating func failed(wanted: Duration?, share: Double) -> Duration {
        failures += 1
        let full = min(Self.longest, .seconds(1) * (1 << min(failures - 1, 6)))
        if let wanted { return min(max(wanted, .zero), Self.longest) }
        return full * (0.5 + share / 2)
    }
}
