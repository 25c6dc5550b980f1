import Bytes
import Calendar
import Crypto

/// The place where a list of calls goes on, as text: complete in itself, and it grants no access.
enum CallPlace: Equatable {
    /// After this call, in the order of times or of durations.
    case after(FoundCall)
    /// After what was stored: for each of the newest files, how many of its calls were seen. Calls that are added to
    /// files of days before `since` aren't shown.
    case stored(since: UTCDay, seen: [RecordFileName: Int64])

    private static let format: UInt8 = 1
    private static let textMax = 1_024
    /// The most files that are followed: two months of one server's, with some more.
    static let filesMax = 64

    /// Reads what `text` gives; nil for every other text.
    init?(_ text: String) {
        guard text.utf8.count <= Self.textMax, let bytes = Base64.url.decode(text), bytes.count > 6,
            bytes[0] == Self.format
        else { return nil }
        let sum = Self.checksum(bytes[5...])
        for index in 0..<4 where bytes[1 + index] != UInt8(truncatingIfNeeded: sum >> (8 * UInt32(index))) {
            return nil
        }
        guard let place = try? Self.read(Array(bytes[6...]), kind: bytes[5]) else { return nil }
        self = place
    }

    private static func read(_ bytes: [UInt8], kind: UInt8) throws(BlockFault) -> CallPlace {
        var reader = try ColumnReader(bytes, count: 1)
        let place: CallPlace
        switch kind {
        case 0:
            var started: Int64 = 0
            try reader.steps { started = $1 }
            let ended = try reader.varint()
            let file = try file(&reader, before: 0)
            let number = try number(&reader)
            guard ended <= UInt64(UInt32.max) else { throw BlockFault() }
            place = .after(
                FoundCall(startedAtUs: started, endedUs: UInt32(ended), file: file, number: number)
            )
        case 1:
            let since = try day(&reader, before: 0)
            let count = try reader.varint()
            guard count <= UInt64(filesMax) else { throw BlockFault() }
            var seen: [RecordFileName: Int64] = [:]
            var day = since.daysSince1970
            for _ in 0..<count {
                let file = try file(&reader, before: day)
                day = file.day.daysSince1970
                seen[file] = try number(&reader)
            }
            place = .stored(since: since, seen: seen)
        default: throw BlockFault()
        }
        try reader.finish()
        return place
    }

    private static func day(_ reader: inout ColumnReader, before: Int) throws(BlockFault) -> UTCDay {
        let days = try reader.varint()
        guard days <= 4_000_000 else { throw BlockFault() }
        return UTCDay(daysSince1970: before + Int(days))
    }

    private static func file(_ reader: inout ColumnReader, before: Int) throws(BlockFault) -> RecordFileName {
        let day = try day(&reader, before: before)
        let (server, number) = (try reader.byte(), try reader.byte())
        guard 1...RecordFileName.serverMax ~= Int(server), 1...RecordFileName.tryMax ~= Int(number) else {
            throw BlockFault()
        }
        return RecordFileName(day: day, server: Int(server), number: Int(number))
    }

    private static func number(_ reader: inout ColumnReader) throws(BlockFault) -> Int64 {
        let number = try reader.varint()
        guard number <= 1 << 40 else { throw BlockFault() }
        return Int64(number)
    }

    var text: String {
        var out = ColumnWriter()
        func append(_ file: RecordFileName, before day: Int) {
            out.append(varint: UInt64(file.day.daysSince1970 - day))
            out.append(UInt8(file.server))
            out.append(UInt8(file.number))
        }
        switch self {
        case .after(let call):
            out.append(0)
            out.append(varint: UInt64(bitPattern: call.startedAtUs << 1 ^ call.startedAtUs >> 63))
            out.append(varint: UInt64(call.endedUs))
            append(call.file, before: 0)
            out.append(varint: UInt64(max(call.number, 0)))
        case .stored(let since, let seen):
            out.append(1)
            out.append(varint: UInt64(since.daysSince1970))
            out.append(varint: UInt64(seen.count))
            var day = since.daysSince1970
            for (file, number) in seen.sorted(by: { $0.key < $1.key }) {
                append(file, before: day)
                day = file.day.daysSince1970
                out.append(varint: UInt64(max(number, 0)))
            }
        }
        let sum = Self.checksum(out.bytes[...])
        let sums = (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * UInt32($0))) }
        return Base64.url.encode([Self.format] + sums + out.bytes)
    }

    /// The place after all files that were seen: the newest of them, as many as a text has room for.
    static func stored(_ seen: [RecordFileName: Int64]) -> CallPlace {
        if seen.count <= filesMax { return .stored(since: UTCDay(daysSince1970: 0), seen: seen) }
        let newest = seen.keys.sorted(by: >).prefix(filesMax)
        // Of the oldest day not all files may be among them, so the place begins with the day after.
        guard let oldest = newest.last?.day else {
            return .stored(since: UTCDay(daysSince1970: 0), seen: [:])
        }
        let since = UTCDay(daysSince1970: oldest.daysSince1970 + 1)
        return .stored(since: since, seen: seen.filter { $0.key.day >= since })
    }

    /// FNV-1a: it detects accidental changes, not an attacker's, who gains nothing by them.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }
}
