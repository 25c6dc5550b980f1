import Calendar

/// The name of a record file: `calls-2026-11-30.db`, and for further files of the same day `calls-2026-11-30.2.db`.
///
/// A day has a further file when the first one is damaged, or when several servers keep their records in one folder: each
/// of them writes its own, `calls-2026-11-30.s2.db` and so on.
struct RecordFileName: Hashable, Sendable {
    static let tryMax = 9
    static let serverMax = 64

    let day: UTCDay
    /// The number of the server that writes it: 1...`serverMax`.
    let server: Int
    /// One more than the number of earlier files of the day and the server, which could not be used: 1...`tryMax`.
    let number: Int

    init(day: UTCDay, server: Int, number: Int) {
        self.day = day
        self.server = server
        self.number = number
    }

    /// Reads what `text` gives; nil for every other name.
    init?(_ text: String) {
        guard text.utf8.count <= 40, text.hasPrefix("calls-"), text.hasSuffix(".db") else { return nil }
        var parts = text.dropFirst(6).dropLast(3).split(separator: ".", omittingEmptySubsequences: false)[...]
        guard let day = parts.popFirst().flatMap({ UTCDay(String($0)) }) else { return nil }
        var server = 1
        var number = 1
        if let part = parts.first, part.hasPrefix("s"), let read = Int(part.dropFirst()) {
            server = read
            parts = parts.dropFirst()
        }
        if let part = parts.popFirst() {
            guard let read = Int(part) else { return nil }
            number = read
        }
        self.init(day: day, server: server, number: number)
        guard parts.isEmpty, 1...Self.serverMax ~= server, 1...Self.tryMax ~= number, self.text == text else {
            return nil
        }
    }

    var text: String {
        let server = server == 1 ? "" : ".s\(server)"
        return "calls-\(day.text)\(server)\(number == 1 ? "" : ".\(number)").db"
    }
}

extension RecordFileName: Comparable {
    /// The files of one day are in order of their servers.
    static func < (left: RecordFileName, right: RecordFileName) -> Bool {
        (left.day, left.server, left.number) < (right.day, right.server, right.number)
    }
}

extension UTCDay {
    /// The day of a time in microseconds since 1970, or the nearest day that a file can be named after.
    init(us: Int64) {
        let day = UTCDay(ms: us / 1_000 - (us % 1_000 < 0 ? 1 : 0))
        self.init(daysSince1970: min(max(day.daysSince1970, 0), 2_932_896))  // 9999-12-31
    }
}
