@testable import AWS
import Calendar
import Testing

struct RefreshScheduleTests {
    static let now = UTCTime(epochSeconds: 1_795_219_200)

    private func due(_ schedule: RefreshSchedule) -> Int? {
        schedule.dueAt.map { $0.epochSeconds - Self.now.epochSeconds }
    }

    /// Seconds that a new key pair is good for, and when it is asked for again, without and with all of the random part.
    @Test(arguments: [
        (3_600, 2_700, 2_641), (43_200, 42_300, 42_241), (1_800, 900, 841), (900, 450, 391), (60, 30, 25),
        (1, 1, 1),
    ])
    func `a key pair is renewed a quarter of an hour ahead, a short one from its middle`(
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

    @Test func `one that doesn't end is never asked for again`() {
        var schedule = RefreshSchedule()
        schedule.found(nil, isNews: true, at: Self.now, random: 0.5)
        #expect(schedule.dueAt == nil)
    }

    @Test func `where there is no newer one yet, it is asked for every minute, and more often near the end`()
    {
        var schedule = RefreshSchedule()
        for (left, wait) in [(900, 60), (300, 60), (100, 25), (3, 1)] {
            schedule.found(Self.now.adding(seconds: left), isNews: false, at: Self.now, random: 0)
            #expect(due(schedule) == wait)
        }
    }

    @Test func `failures wait calmly, from ten minutes ahead of the end urgently, and never past the end`() {
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

    @Test func `with nothing in use it goes on only where another try may come to something`() {
        var schedule = RefreshSchedule()
        schedule.failed(keeping: nil, mayPass: false, at: Self.now, random: 0.5)
        #expect(schedule.dueAt == nil)
        for wait in [4, 8, 16, 30] {  // the second failure and later ones
            schedule.failed(keeping: nil, mayPass: true, at: Self.now, random: 0.5)
            #expect(due(schedule) == wait)
        }
        schedule.found(Self.now.adding(seconds: 3_600), isNews: true, at: Self.now, random: 0)
        schedule.failed(keeping: nil, mayPass: true, at: Self.now, random: 0.5)
        #expect(due(schedule) == 2)
    }
}
