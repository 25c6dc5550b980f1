import Calendar
import Testing

struct DurationTextTests {
    @Test(
        arguments: [
            ("500ms", .milliseconds(500)), ("30s", .seconds(30)), ("5m", .seconds(300)),
            ("12h", .seconds(43_200)),
            ("7d", .seconds(604_800)), ("0s", .zero), ("007s", .seconds(7)),
        ] as [(String, Duration)]
    )
    func `a duration is read from a number and a unit`(_ text: String, _ duration: Duration) {
        #expect(DurationText.parse(text) == duration)
    }

    @Test(arguments: [
        "", "s", "30", "30 s", "-1s", "+1s", "1.5s", "1e3s", "30S", "30sec", "1h30m", "99999999999999999999s",
        "9223372036854775807d", "٣s",
    ])
    func `a duration in any other form is refused`(_ text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: ["500ms", "1500ms", "90s", "5m", "1h", "36h", "2d", "0s"])
    func `a spelled duration is read back unchanged`(_ text: String) throws {
        #expect(DurationText.spell(try #require(DurationText.parse(text))) == text)
    }
}
