import Telemetry

/// One column of the records that are being packed. Kept from block to block, so that it costs no allocation.
struct Column {
    private(set) var values: [UInt64] = []
    /// The buffer that columns are written in before they are copied.
    var room: [UInt8] = []

    /// The values that occur, in the order in which they occur first.
    private(set) var distinct: [UInt32] = []
    /// For each record, the place of its value in `distinct`.
    private(set) var places: [UInt16] = []
    /// For each place, how many records have its value.
    private var counts: [UInt16] = []
    /// For each value, its place, if it is marked with the present round.
    private var placeOf: [UInt32] = []
    private var round: UInt32 = 0

    /// - Parameter records: fewer than 65,536.
    @inline(__always)
    mutating func fill(_ records: Span<CallRecord>, _ value: (borrowing CallRecord) -> UInt64) {
        if values.count != records.count { values = Array(repeating: 0, count: records.count) }
        var values = values.mutableSpan
        for index in records.indices { values[index] = value(records[index]) }
    }

    /// Fills `distinct` and `places`. Values are below 2³¹.
    mutating func findChoices() {
        let count = values.count
        distinct.removeAll(keepingCapacity: true)
        if places.count != count { places = Array(repeating: 0, count: count) }
        if counts.count < count { counts = Array(repeating: 0, count: count) }
        let highest = Int(values.max() ?? 0)
        if placeOf.count <= highest {
            let missing = max(highest + 1, placeOf.count * 2) - placeOf.count
            placeOf.append(contentsOf: repeatElement(0, count: missing))
        }
        round &+= 1
        if round > 0xFFFF {
            round = 1
            for index in placeOf.indices { placeOf[index] = 0 }
        }
        Self.findChoices(values, round &<< 16, &distinct, &places, &counts, &placeOf)
    }

    private static func findChoices(
        _ values: [UInt64],
        _ round: UInt32,
        _ distinct: inout [UInt32],
        _ places: inout [UInt16],
        _ counts: inout [UInt16],
        _ placeOf: inout [UInt32]
    ) {
        let values = values.span
        var places = places.mutableSpan
        var counts = counts.mutableSpan
        var placeOf = placeOf.mutableSpan
        for index in values.indices {
            let value = Int(truncatingIfNeeded: values[index])
            let entry = placeOf[value]
            var place = Int(entry & 0xFFFF)
            if entry & 0xFFFF_0000 != round {
                place = distinct.count
                placeOf[value] = round | UInt32(truncatingIfNeeded: place)
                distinct.append(UInt32(truncatingIfNeeded: value))
                counts[place] = 0
            }
            places[index] = UInt16(truncatingIfNeeded: place)
            counts[place] &+= 1
        }
    }

    /// The place of the value that most records have, and how many have another one. Call it after `findChoices`.
    var commonest: (place: UInt16, others: Int) {
        var found = 0
        for index in distinct.indices where counts[index] > counts[found] { found = index }
        return (UInt16(truncatingIfNeeded: found), places.count - Int(counts[found]))
    }
}
