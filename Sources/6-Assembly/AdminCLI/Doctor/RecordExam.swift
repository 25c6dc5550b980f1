import Config
import Control
import Records

/// Checks whether records of calls can be written and read.
enum RecordExam {
    static func findings(_ config: GatewayConfig.Records) -> [Finding] {
        guard config.isEnabled else {
            return [Finding(.note, "records", "none are kept of calls: records.enabled is false")]
        }
        let report = RecordFolderReport(directory: config.directory)
        var findings = report.faults.map {
            Finding(
                .warning,
                "records",
                $0,
                hint: "its calls aren't found; when it isn't needed, move it out of \(config.directory)"
            )
        }
        if let problem = report.problem {
            findings.append(
                Finding(
                    .problem,
                    "records",
                    "records of calls can't be written: \(problem)",
                    hint: "make it a folder that the server's user may write, or set records.directory"
                )
            )
        } else {
            let (files, megabytes) = (report.files, (report.bytes + 500_000) / 1_000_000)
            findings.append(
                Finding(
                    .ok,
                    "records",
                    "\(files) file\(files == 1 ? "" : "s") in \(config.directory), \(megabytes) MB"
                )
            )
        }
        return findings
    }
}
