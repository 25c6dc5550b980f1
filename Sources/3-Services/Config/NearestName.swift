/// The candidate that `name` was most likely meant to be, or `nil` when none is near.
///
/// Near: at most one edit for each three characters, two edits always. O(candidates × length²), length
/// capped at 64.
package func nearestName(to name: String, in candidates: [String]) -> String? {
    let wanted = Array(name.lowercased().utf8.prefix(64))
    let limit = max(2, wanted.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(wanted, Array(candidate.utf8.prefix(64)))
        if distance <= limit, distance < (best?.distance ?? .max), distance < candidate.utf8.count {
            best = (candidate, distance)
        }
    }
    return best?.name
}

/// Levenshtein's distance: the fewest insertions, deletions and replacements that turn one into the other.
private func editDistance(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var row = Array(0...second.count)
    for (line, byte) in first.enumerated() {
        var diagonal = row[0]
        row[0] = line + 1
        for column in second.indices {
            let replaced = diagonal + (byte == second[column] ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
        }
    }
    return row[second.count]
}
