/// A shell whose command lines are completed.
enum Shell: String, CaseIterable {
    case bash, zsh

    /// Printed instead of candidates to make the shell offer files.
    var filesLine: String { ":files" }

    /// The words as they were typed, made from the words that the shell's script passes.
    ///
    /// bash also splits words at `=` and `:`, so these are joined with their neighbours; an open quote stays in the
    /// last word.
    func words(_ words: [String]) -> [String] {
        guard self == .bash else { return words }
        var joined: [String] = []
        var isOpen = false
        for word in words {
            let isBreak = !word.isEmpty && word.allSatisfy { "=:".contains($0) }
            if isBreak || isOpen, !joined.isEmpty {
                joined[joined.count - 1] += word
            } else {
                joined.append(word)
            }
            isOpen = isBreak
        }
        return joined.map { Self.unquoted($0) }
    }

    /// - Parameter word: the part that has been typed.
    func line(_ candidate: Completion.Candidate, word: String) -> String {
        switch self {
        case .bash:
            // bash replaces only the part after the last of these, so the part before must be left out.
            let kept = word.lastIndex { "=:".contains($0) }.map {
                word.distance(from: word.startIndex, to: $0) + 1
            }
            return String(candidate.text.dropFirst(kept ?? 0))
        case .zsh:
            let name = candidate.text.split(separator: ":", omittingEmptySubsequences: false)
                .joined(separator: "\\:")
            let about = cut(safe(firstSentence(of: candidate.about)), to: 60)
            return about.isEmpty ? name : "\(name):\(about)"
        }
    }

    private static func unquoted(_ word: String) -> String {
        var result = ""
        var quote: Character?
        var isEscaped = false
        for character in word {
            if isEscaped {
                result.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, "'\"".contains(character) {
                quote = character
            } else {
                result.append(character)
            }
        }
        return result
    }

    /// The script that `completion` prints: a function that asks the program, and its registration.
    var script: String {
        switch self {
        case .bash: Self.bashScript
        case .zsh: Self.zshScript
        }
    }

    /// Source: bash(1), "Programmable Completion"
    private static let bashScript = #"""
        # Completes mcp-gateway in bash. In ~/.bashrc:  source <(mcp-gateway completion bash)
        _mcp_gateway() {
            local word="${COMP_WORDS[COMP_CWORD]}" line
            COMPREPLY=()
            while IFS= read -r line; do
                if [[ "$line" == :files ]]; then
                    [[ "$word" == [=:] ]] && word=
                    compopt -o filenames 2>/dev/null
                    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word")
                    return
                fi
                # Inside quotes the shell quotes by itself.
                if [[ "$word" != [\'\"]* ]]; then printf -v line '%q' "$line"; fi
                COMPREPLY+=("$line")
            done < <("${COMP_WORDS[0]}" __complete bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
        }
        complete -F _mcp_gateway mcp-gateway

        """#

    /// Source: zshcompsys(1)
    private static let zshScript = #"""
        #compdef mcp-gateway
        # Completes mcp-gateway in zsh. In ~/.zshrc, after compinit:  source <(mcp-gateway completion zsh)
        # or as a file _mcp-gateway in a folder of $fpath.
        _mcp_gateway() {
            local -a lines
            lines=("${(@f)$(${(Q)words[1]} __complete zsh "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
            if [[ "${lines[1]}" == :files ]]; then
                [[ "$PREFIX" == --*=* ]] && compset -P '*='
                _files
                return
            fi
            [[ -n "${lines[1]}" ]] && _describe -V mcp-gateway lines
        }
        if [[ "${funcstack[1]}" == _mcp-gateway ]]; then
            _mcp_gateway "$@"
        else
            compdef _mcp_gateway mcp-gateway
        fi

        """#
}
