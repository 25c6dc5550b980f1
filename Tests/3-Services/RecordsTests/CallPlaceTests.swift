import Calendar
import Testing

@testable import Records

@Suite("A place in a list of calls")
struct CallPlaceTests {
    static let file = RecordFileName(day: UTCDay(ms: noonUs / 1_000), server: 2, number: 3)

    static let places: [CallPlace] = [
        .after(FoundCall(startedAtUs: noonUs, endedUs: 5, file: file, number: 7)),
        .after(FoundCall(startedAtUs: -1, endedUs: .max, file: file, number: 0)),
        .stored(since: UTCDay(daysSince1970: 0), seen: [:]),
        .stored(
            since: UTCDay(daysSince1970: 3),
            seen: [file: 1_000_000, RecordFileName(day: file.day, server: 1, number: 1): 3]
        ),
    ]

    @Test("reads back equal after it was written", arguments: places)
    func roundTrip(_ place: CallPlace) { #expect(CallPlace(place.text) == place) }

    @Test("is never read as the same place after a change of any character", arguments: places)
    func forged(_ place: CallPlace) {
        let text = Array(place.text)
        for index in text.indices {
            for other in ["A", "B", "_", "=", " "] where String(text[index]) != other {
                var forged = text
                forged[index] = Character(other)
                #expect(CallPlace(String(forged)) != place)
            }
        }
        #expect(CallPlace(String(text.dropLast())) == nil)
    }

    @Test(
        "is not read from any other text",
        arguments: ["", "x", "AQ", "' OR 1=1 --", String(repeating: "A", count: 5_000), "\u{0}", "é"]
    )
    func foreign(_ text: String) { #expect(CallPlace(text) == nil) }

    @Test("with many files keeps only the newest ones, and whole days")
    func many() {
        var seen: [RecordFileName: Int64] = [:]
        for day in 0..<400 { seen[RecordFileName(day: UTCDay(daysSince1970: day), server: 1, number: 1)] = 5 }
        let place = CallPlace.stored(seen)
        #expect(place.text.utf8.count < 512)
        guard case .stored(let since, let kept) = place else {
            Issue.record("another place")
            return
        }
        #expect(kept.count == CallPlace.filesMax - 1)
        #expect(kept.keys.allSatisfy { $0.day >= since })
    }
}
