import Bytes
import Calendar
import Foundation
import Testing

struct UTCTimeTests {
    struct Row: Sendable {
        let epochSeconds: Int
        let stamp: String
        let httpDate: String
    }

    @Test(arguments: [
        Row(epochSeconds: 0, stamp: "19700101T000000Z", httpDate: "Thu, 01 Jan 1970 00:00:00 GMT"),
        Row(epochSeconds: 951_782_400, stamp: "20000229T000000Z", httpDate: "Tue, 29 Feb 2000 00:00:00 GMT"),
        Row(
            epochSeconds: 1_440_938_160,
            stamp: "20150830T123600Z",
            httpDate: "Sun, 30 Aug 2015 12:36:00 GMT"
        ),
        Row(
            epochSeconds: 1_709_251_199,
            stamp: "20240229T235959Z",
            httpDate: "Thu, 29 Feb 2024 23:59:59 GMT"
        ),
        Row(
            epochSeconds: 4_107_542_400,
            stamp: "21000301T000000Z",
            httpDate: "Mon, 01 Mar 2100 00:00:00 GMT"
        ),
        Row(
            epochSeconds: 253_402_300_799,
            stamp: "99991231T235959Z",
            httpDate: "Fri, 31 Dec 9999 23:59:59 GMT"
        ),
    ])
    func `a time is written and read in both spellings`(_ row: Row) {
        let time = UTCTime(epochSeconds: row.epochSeconds)
        #expect(time.stamp == row.stamp)
        let fromStamp = UTCTime(stamp: row.stamp.utf8.span)
        let fromDate = UTCTime(httpDate: row.httpDate.utf8.span)
        #expect(fromStamp == time)
        #expect(fromDate == time)
        var date = ByteBuffer()
        time.appendHTTPDate(to: &date)
        #expect(date.text == row.httpDate)
        let letters = time.rfc3339.filter { $0 != "-" && $0 != ":" }
        #expect(letters == row.stamp)
        #expect(
            time.day.text == row.stamp.prefix(4) + "-" + row.stamp.dropFirst(4).prefix(2) + "-"
                + row.stamp.dropFirst(6).prefix(2)
        )
        #expect(UTCTime(ms: Int64(row.epochSeconds) * 1_000 + 999) == time)
    }

    @Test func `a time agrees with the C library on a day of every month for 400 years`() {
        for month in 0..<4_800 {
            let seconds = month * 2_629_743 + month * 1_117 % 86_400
            var clock = time_t(seconds)
            var parts = tm()
            gmtime_r(&clock, &parts)
            let expected = String(
                format: "%04d%02d%02dT%02d%02d%02dZ",
                parts.tm_year + 1_900,
                parts.tm_mon + 1,
                parts.tm_mday,
                parts.tm_hour,
                parts.tm_min,
                parts.tm_sec
            )
            #expect(UTCTime(epochSeconds: seconds).stamp == expected)
            let again = UTCTime(stamp: expected.utf8.span)
            #expect(again?.epochSeconds == seconds)
        }
    }

    @Test(arguments: [
        "", "20150830T123600", "20150830T123600z", "20150830 123600Z", "20150230T000000Z", "20151301T000000Z",
        "20150001T000000Z", "20150100T000000Z", "20150830T240000Z", "20150830T126000Z", "2015083OT123600Z",
        "19691231T235959Z", "20150830T123600ZZ", "+0150830T123600Z", "2015-08-30T12:36:00Z",
        "20230229T000000Z",
    ])
    func `a malformed stamp is refused`(_ text: String) {
        let time = UTCTime(stamp: text.utf8.span)
        #expect(time == nil)
    }

    @Test(arguments: [
        "", "Sun, 30 Aug 2015 12:36:00 UTC", "Sunday, 30-Aug-15 12:36:00 GMT", "Sun Aug 30 12:36:00 2015",
        "Sun, 31 Feb 2015 12:36:00 GMT", "Sun, 30 aug 2015 12:36:00 GMT", "Sun, 30 Aug 2015 12:36:00 GMT ",
        "Sun, 30 Aug 2015 25:36:00 GMT",
    ])
    func `an HTTP date in another form is refused`(_ text: String) {
        let time = UTCTime(httpDate: text.utf8.span)
        #expect(time == nil)
    }

    @Test(arguments: [
        ("2026-11-21T06:36:47Z", 1_795_243_007), ("2026-11-21T06:36:47z", 1_795_243_007),
        ("2026-11-21 06:36:47.123456789Z", 1_795_243_007), ("2026-11-21T08:06:47+01:30", 1_795_243_007),
        ("2026-11-20T22:36:47-0800", 1_795_243_007), ("2026-11-21T06:36:47+00:00", 1_795_243_007),
        ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00+05:00", 0),
        ("2016-12-31T23:59:60Z", 1_483_228_799),
    ])
    func `RFC 3339 times are read with fractions and offsets`(_ text: String, _ seconds: Int) {
        let time = UTCTime(rfc3339: text.utf8.span)
        #expect(time?.epochSeconds == seconds)
    }

    @Test(arguments: [
        "", "2026-11-21", "2026-11-21T06:36:47", "2026-11-21T06:36Z", "2026-11-21T06:36:47.Z",
        "2026-11-21T06:36:47+01",
        "2026-11-21T06:36:47+01:3", "2026-11-21T06:36:47+24:00", "2026-11-21T06:36:47+01-30",
        "2026-11-21T06:36:47ZZ",
        "2026-02-29T06:36:47Z", "2026-11-21T24:00:00Z", "2026-11-21x06:36:47Z", "20261121T063647Z",
        "2026-11-21T06:36:47 UTC",
    ])
    func `text that isn't an RFC 3339 time is refused`(_ text: String) {
        let time = UTCTime(rfc3339: text.utf8.span)
        #expect(time == nil)
    }

    @Test func `a time outside 1970 to 9999 is moved to the nearer end`() {
        #expect(UTCTime(epochSeconds: -1).epochSeconds == 0)
        #expect(UTCTime(epochSeconds: .max).stamp == "99991231T235959Z")
        #expect(UTCTime(epochSeconds: 5).adding(seconds: -9).epochSeconds == 0)
        #expect(UTCTime(epochSeconds: 5).adding(seconds: .max).stamp == "99991231T235959Z")
        #expect(UTCTime(epochSeconds: 5).adding(seconds: .min).epochSeconds == 0)
    }
}
