import System
import Text

/// All targets that are files, and all that is wrong with those that can't be used.
///
/// One faulty file takes nothing from the others: a target is in `targets`, or its faults are in `faults`.
package struct TargetFolder: Sendable, Equatable {
    /// What is wrong with one target's file.
    package struct Fault: Sendable, Equatable {
        /// The folder's name, which is the target's; nil when the folder of all targets is at fault.
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
    /// Whether the folder is there at all; a missing one holds no targets and no faults.
    package var isPresent = true

    /// Variables that functions of this machine are to get and that aren't there: of no account where none run.
    package var missing: [Fault] {
        targets.flatMap { target in
            (target.local?.missing ?? []).map { Fault(target: target.name, fault: $0) }
        }
    }

    /// Programs that functions of this machine are run by and that aren't there: of no account where none run. Blocking.
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

    /// Reads `<directory>/*/target.toml`. Files beside the folders, folders without a target.toml, and names
    /// that begin with a dot are passed over. Blocking.
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

    /// The same for a process that runs the functions itself: a target whose function lacks a variable is faulty.
    package func runningLocally() -> TargetFolder {
        var result = self
        result.faults += missing
        result.targets.removeAll { $0.local?.missing.isEmpty == false }
        return result
    }
}
