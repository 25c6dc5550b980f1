@testable import AWS
import Calendar
import Testing

struct RefreshScheduleTests {
    static let now = UTCTime(epochSeconds: 1_795_219_200)

    private func due(_ schedule: RefreshSchedule) -> Int? {
        schedule.dueAt.map { $0.epochSeconds - Self.now.epochSeconds }
    }

    /// The lifetime of a new key pair in seconds, and the seconds until it is renewed: without the random part, and
    /// with all of it.
    @Test(arguments: [
        (3_600, 2_700, 2_641), (43_200, 42_300, 42_241), (1_800, 900, 841), (900, 450, 391), (60, 30, 25),
        (1, 1, 1),
    ])
    func `a key pair is renewed 15 minutes before its end, a short-lived one from its middle`(
        _ life: Int,
        _ latest: Int,
        _ earliest: Int
    ) {
        var schedule = RefreshSchedule()
        schedule.found(Self.now.adding(seconds: life), isNews: true, at: Self.now, random: 0)
        #expect(due(schedule) == latest)
        schedule.found(Self.now.adding(seconds: life), isNews: true, at: Self.now, random: 0.999_999)
        #expect(due(schedule) == earliest)
    }

    @Test func `a key pair without expiration is never renewed`() {
        var schedule = RefreshSchedule()
        schedule.found(nil, isNews: true, at: Self.now, random: 0.5)
        #expect(schedule.dueAt == nil)
    }

    @Test
    func `while the source has no newer key pair, it is asked every minute, and more often near the end`() {
        var schedule = RefreshSchedule()
        for (left, wait) in [(900, 60), (300, 60), (100, 25), (3, 1)] {
            schedule.found(Self.now.adding(seconds: left), isNews: false, at: Self.now, random: 0)
            #expect(due(schedule) == wait)
        }
    }

    @Test func `failures are retried after a minute, within ten minutes of the end sooner, never after it`() {
        var schedule = RefreshSchedule()
        let end = { Self.now.adding(seconds: $0) }
        schedule.failed(keeping: end(3_600), mayPass: true, at: Self.now, random: 0.5)
        #expect(due(schedule) == 60)
        schedule = RefreshSchedule()
        var waits: [Int?] = []
        for _ in 0..<6 {
            schedule.failed(keeping: end(500), mayPass: true, at: Self.now, random: 0.5)
            waits.append(due(schedule))
        }
        #expect(waits == [2, 4, 8, 16, 30, 30])
        schedule.failed(keeping: end(7), mayPass: true, at: Self.now, random: 0.5)
        #expect(due(schedule) == 7)
    }

    @Test func `with no key pair in use, only failures that may pass are retried`() {
        var schedule = RefreshSchedule()
        schedule.failed(keeping: nil, mayPass: false, at: Self.now, random: 0.5)
        #expect(schedule.dueAt == nil)
        for wait in [4, 8, 16, 30] {  // the second and later failures
            schedule.failed(keeping: nil, mayPass: true, at: Self.now, random: 0.5)
            #expect(due(schedule) == wait)
        }
        schedule.found(Self.now.adding(seconds: 3_600), isNews: true, at: Self.now, random: 0)
        schedule.failed(keeping: nil, mayPass: true, at: Self.now, random: 0.5)
        #expect(due(schedule) == 2)
    }
}
