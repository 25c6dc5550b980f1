import JSON
import Model
import Policy

extension DiscoveryPlanner {
    /// Keeps the declared tools of each target within what a target may have: beyond it, a tool takes any object in place of its
    /// schema, and where even that has no room, the function is left out.
    ///
    /// Those whose definitions stay as they are come first, then others that are served, then new ones: a function that is
    /// added changes no other one's definition.
    func bound(_ verdicts: inout [Verdict], _ absent: [Verdict]) {
        let known = Dictionary(stored.functions.map { ($0.arn, $0) }, uniquingKeysWith: { first, _ in first })
        // Both brackets.
        var sizes: [TargetName: Int] = [:]
        func take(_ definition: String, of target: TargetName) -> Bool {
            // With its comma.
            let size = (sizes[target] ?? 2) + definition.utf8.count + 1
            guard size <= TargetSpec.toolsBytesMax else { return false }
            sizes[target] = size
            return true
        }
        for verdict in absent where verdict.isServed {
            if let target = verdict.function.target, let definition = verdict.function.definition {
                _ = take(definition, of: target)
            }
        }
        func rank(_ function: DiscoveryPlan.Function) -> Int {
            guard let known = known[function.arn] else { return 2 }
            return known.definition == function.definition && known.target == function.target ? 0 : 1
        }
        let order = verdicts.indices.map { (index: $0, rank: rank(verdicts[$0].function)) }.sorted {
            ($0.rank, verdicts[$0.index].function.arn) < ($1.rank, verdicts[$1.index].function.arn)
        }
        for (index, _) in order where verdicts[index].isServed {
            let function = verdicts[index].function
            guard let target = function.target, let tool = function.tool,
                let definition = function.definition, !take(definition, of: target)
            else { continue }
            let why = "the tools of \(target) have \(TargetSpec.toolsBytesMax >> 20) MiB already"
            guard let open = PlainTool.opened(definition), take(open, of: target) else {
                verdicts[index].leaveOut(why)
                continue
            }
            verdicts[index].function.definition = open
            verdicts[index].remembered?.definition = open
            verdicts[index].function.schema = .open(why: why)
            if let known = known[function.arn] {
                let isSame = known.target == target && known.tool == tool && known.definition == open
                verdicts[index].function.state = isSame ? .unchanged : .changed
            }
        }
    }
}
