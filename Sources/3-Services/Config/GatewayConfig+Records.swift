import Calendar
import System

extension GatewayConfig {
    /// The records of calls, which are kept in files of their own.
    package struct Records: Sendable, Equatable {
        package var isEnabled = true
        /// The folder of the files; by default `records` beside the store's file.
        package var directory = "var/records"
        /// How long records are kept, in whole days: 1...400.
        package var keep = Duration.seconds(30 * 86_400)
        /// The total size limit of all files, in bytes: 1 MiB...1 PiB.
        package var bytesMax = 4 << 30
        /// The most records that may wait to be written: 1,024...16,777,216.
        package var queueMax = 65_536
        /// Whether hashes of arguments and results are also kept, for receipts.
        package var receipts = false

        package var keepDays: Int { Int(keep.components.seconds / 86_400) }
    }

    /// Reads `[records]`; must be called after the store's path was read.
    mutating func readRecords(_ reader: inout SettingsReader, folder: String) {
        records.directory = Files.resolve("records", in: Files.folder(of: store.path))
        reader.read("records", "enabled", into: &records.isEnabled, as: .boolean)
        reader.read("records", "directory", into: &records.directory, as: .path(in: folder))
        reader.read("records", "keep", into: &records.keep, as: .days(1...400))
        reader.read(
            "records",
            "bytes_max",
            into: &records.bytesMax,
            as: .integer(1 << 20...1 << 50, " bytes")
        )
        reader.read("records", "queue_max", into: &records.queueMax, as: .integer(1_024...1 << 24))
        reader.read("records", "receipts", into: &records.receipts, as: .boolean)
    }
}

extension SettingForm where Value == Duration {
    /// Whole days.
    static func days(_ days: ClosedRange<Int>) -> Self {
        let wanted = "a number of whole days, \"\(days.lowerBound)d\" to \"\(days.upperBound)d\""
        return Self(
            text: "a number of days such as \"30d\"",
            read: { text throws(Refusal) in
                guard let duration = DurationText.parse(text) else {
                    throw Refusal("must be \(wanted), not \(brief(text))")
                }
                let (seconds, rest) = duration.components
                guard rest == 0, seconds % 86_400 == 0, days.contains(Int(seconds / 86_400)) else {
                    throw Refusal("must be \(wanted), not \(brief(text))")
                }
                return duration
            },
            show: { DurationText.spell($0) }
        )
    }
}
