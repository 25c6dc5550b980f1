import Bytes
import Telemetry

/// The rows of one of a file's tables of names, which are written once and have a number from then on.
struct NameTable<Row: Hashable> {
    private var numbers: [Row: Int32] = [:]
    /// Rows that the file doesn't have yet, in the order of their numbers, which are the highest ones.
    private(set) var pending: [Row] = []

    var count: Int { numbers.count }

    /// The number of a row, a new one for one that isn't there.
    mutating func number(_ row: Row) -> Int32 {
        if let number = numbers[row] { return number }
        let number = Int32(numbers.count)
        numbers[row] = number
        pending.append(row)
        return number
    }

    func contains(_ row: Row) -> Bool { numbers[row] != nil }

    /// The number of the first pending row.
    var firstPending: Int { numbers.count - pending.count }

    /// Notes that the pending rows are in the file now.
    mutating func written() { pending.removeAll() }
}

struct CallerRow: Hashable {
    /// The store's id; 0 for none.
    var tenantID: Int64
    var tenant: String
    var key: String?
}

struct ToolRow: Hashable {
    var target: String?
    var name: String?
    var exposedName: String
    var sha256: Digest?
}

struct EndingRow: Hashable {
    var outcome: UInt8
    var code: String?
}

/// All names of a file. What clients choose themselves is bounded, in length and in number.
struct FileNames {
    /// The most names of tools that don't exist.
    static let askedMax = 10_000
    static let textsMax = 100_000
    static let textBytesMax = 32 << 20
    /// One part in this many of both bounds is reserved for texts that clients don't choose: token subjects,
    /// versions, shapes.
    static let reserve = 4
    /// Stands for a name when there are too many.
    static let other = "(more names than are kept)"

    var callers = NameTable<CallerRow>()
    var tools = NameTable<ToolRow>()
    var endings = NameTable<EndingRow>()
    var texts = NameTable<String>()
    private var asked = 0
    private var textBytes = 0

    init() {}

    /// The names that a file has, each list in the order of its numbers.
    init(callers: [CallerRow], tools: [ToolRow], endings: [EndingRow], texts: [String]) {
        for row in callers { _ = self.callers.number(row) }
        for row in tools { _ = self.tools.number(row) }
        for row in endings { _ = self.endings.number(row) }
        for row in texts { _ = self.texts.number(row) }
        written()
        asked = tools.count { $0.target == nil && $0.name == nil }
        textBytes = texts.reduce(0) { $0 + $1.utf8.count }
    }

    /// The number of a name that was asked for and that no tool has.
    mutating func asked(_ name: String) -> Int32 {
        let row = ToolRow(exposedName: cut(name, to: 512))
        if tools.contains(row) { return tools.number(row) }
        guard asked < Self.askedMax else { return tools.number(ToolRow(exposedName: Self.other)) }
        asked += 1
        return tools.number(row)
    }

    /// The number of a text of a client, a token, a function or a shape.
    /// - Parameter isClients: whether the client chose it, and may change it as often as it likes.
    mutating func text(_ text: String, bytesMax: Int, isClients: Bool = false) -> Int32 {
        let text = cut(text, to: bytesMax)
        if texts.contains(text) { return texts.number(text) }
        let reserved = isClients ? 1 : 0
        guard texts.count < Self.textsMax - reserved * Self.textsMax / Self.reserve,
            textBytes + text.utf8.count <= Self.textBytesMax - reserved * Self.textBytesMax / Self.reserve
        else { return texts.number(Self.other) }
        textBytes += text.utf8.count
        return texts.number(text)
    }

    /// Whether all numbers in a record refer to rows.
    func have(_ record: CallRecord) -> Bool {
        func isRow(_ number: Int32, of count: Int, from first: Int32 = 0) -> Bool {
            number >= first && number < count
        }
        return isRow(record.key, of: callers.count) && isRow(record.tool, of: tools.count)
            && isRow(record.code, of: endings.count) && isRow(record.subject, of: texts.count, from: -1)
            && isRow(record.client, of: texts.count, from: -1)
            && isRow(record.executedVersion, of: texts.count, from: -1)
            && isRow(record.shape, of: texts.count, from: -1)
    }

    mutating func written() {
        callers.written()
        tools.written()
        endings.written()
        texts.written()
    }
}

/// The beginning of a text, up to a bound in bytes, without half a character.
func cut(_ text: String, to bytesMax: Int) -> String {
    if text.utf8.count <= bytesMax { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: bytesMax)
    while end > text.startIndex, text.utf8[end] & 0xC0 == 0x80 { end = text.utf8.index(before: end) }
    return String(text[..<end])
}
