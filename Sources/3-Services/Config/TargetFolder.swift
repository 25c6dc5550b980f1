import System
import Text

/// All targets that are declared in files, and the faults of those that can't be used.
///
/// A faulty file doesn't affect the others: each target is either in `targets`, or its faults are in `faults`.
package struct TargetFolder: Sendable, Equatable {
    /// A fault in one target's file.
    package struct Fault: Sendable, Equatable {
        /// The folder's name, which is the target's; nil for a fault of the folder that holds all targets.
        package let target: String?
        package let fault: ConfigFault

        package init(target: String?, fault: ConfigFault) {
            self.target = target
            self.fault = fault
        }
    }

    /// In the order of their names' bytes.
    package var targets: [TargetFile] = []
    package var faults: [Fault] = []
    /// Whether the folder exists; a missing folder has no targets and no faults.
    package var isPresent = true

    /// Variables that functions on this machine need and that aren't set; they don't matter if no function runs here.
    package var missing: [Fault] {
        targets.flatMap { target in
            (target.local?.missing ?? []).map { Fault(target: target.name, fault: $0) }
        }
    }

    /// Programs that functions on this machine need and that don't exist; they don't matter if no function runs here.
    /// Blocking.
    package var absentPrograms: [Fault] {
        targets.compactMap { target in
            guard let local = target.local, !local.hasProgram else { return nil }
            let program = local.command.first ?? ""
            let fault = ConfigFault(
                place: .file(path: target.file, line: 0),
                key: "local.command",
                message:
                    "there is no program \(quoted(program, scalarsMax: 200)) on this machine; install it, or correct the path"
            )
            return Fault(target: target.name, fault: fault)
        }
    }

    /// Reads `<directory>/*/target.toml`. Skips files beside the folders, folders without a target.toml, and names
    /// that begin with a dot. Blocking.
    package static func load(_ directory: String, environment: [String: String]) -> TargetFolder {
        var result = TargetFolder()
        let names: [String]
        do throws(FileError) {
            names = try Files.names(inFolder: directory)
        } catch {
            result.isPresent = false
            if !error.isAbsent {
                let place = ConfigFault.Place.file(path: directory, line: 0)
                let fault = ConfigFault(place: place, key: "", message: "can't be read: \(error.reason)")
                result.faults.append(Fault(target: nil, fault: fault))
            }
            return result
        }
        for name in names where !name.hasPrefix(".") {
            let path = "\(Files.resolve(name, in: directory))/target.toml"
            guard Files.exists(path) else { continue }
            do throws(ConfigFaults) {
                result.targets.append(try TargetFile.load(path, environment: environment))
            } catch {
                result.faults += error.faults.map { Fault(target: name, fault: $0) }
            }
        }
        return result
    }

    /// A copy for a process that runs the functions itself: a target whose function lacks a variable is moved to the
    /// faults.
    package func runningLocally() -> TargetFolder {
        var result = self
        result.faults += missing
        result.targets.removeAll { $0.local?.missing.isEmpty == false }
        return result
    }
}
