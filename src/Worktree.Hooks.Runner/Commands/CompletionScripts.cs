namespace Worktree.Hooks.Runner.Commands;

/// <summary>
/// What a shell needs to complete <c>dotnet-worktree</c> and <c>dotnet worktree</c>: it asks the program itself, by
/// System.CommandLine's <c>[suggest:POSITION]</c>. "dotnet worktree" becomes "dotnet-worktree", which is as long, so the
/// position stays. What completes other words after <c>dotnet</c> goes on doing so.
/// </summary>
internal static class CompletionScripts
{
    /// <summary>The shells, each with its script.</summary>
    public static readonly IReadOnlyDictionary<string, string> ByShell = new Dictionary<
        string,
        string
    >(StringComparer.Ordinal)
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["fish"] = Fish,
        ["powershell"] = PowerShell,
    };

    private const string Bash = """
        # bash: eval "$(dotnet worktree completion bash)"   in ~/.bashrc
        _dotnet_worktree_ask() {
            local line=${COMP_LINE/#dotnet worktree/dotnet-worktree} IFS=$'\n'
            if command -v dotnet-worktree >/dev/null 2>&1; then
                COMPREPLY=($(dotnet-worktree "[suggest:$COMP_POINT]" "$line" 2>/dev/null))
            else
                COMPREPLY=($(dotnet worktree "[suggest:$COMP_POINT]" "$line" 2>/dev/null))
            fi
            COMPREPLY=($(compgen -W "${COMPREPLY[*]}" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        _dotnet_worktree_or_other() {
            if [ "${COMP_WORDS[1]}" = worktree ] && [ "$COMP_CWORD" -gt 1 ]; then
                _dotnet_worktree_ask
            elif [ -n "$_dotnet_worktree_other" ]; then
                "$_dotnet_worktree_other" "$@"
            fi
        }
        complete -o default -F _dotnet_worktree_ask dotnet-worktree
        _dotnet_worktree_found=$(complete -p dotnet 2>/dev/null | sed -n 's/.*-F \([^ ]*\) .*/\1/p')
        if [ "$_dotnet_worktree_found" != _dotnet_worktree_or_other ]; then
            _dotnet_worktree_other=$_dotnet_worktree_found
        fi
        unset _dotnet_worktree_found
        complete -o default -F _dotnet_worktree_or_other dotnet
        """;

    private const string Zsh = """
        # zsh: eval "$(dotnet worktree completion zsh)"   in ~/.zshrc, after compinit
        _dotnet_worktree_ask() {
            local line=${BUFFER/#dotnet worktree/dotnet-worktree}
            local -a found program
            if (( $+commands[dotnet-worktree] )); then program=(dotnet-worktree); else program=(dotnet worktree); fi
            found=("${(@f)$("${program[@]}" "[suggest:$CURSOR]" "$line" 2>/dev/null)}")
            compadd -- $found
        }
        _dotnet_worktree_or_other() {
            if [[ ${words[2]} == worktree ]] && (( CURRENT > 2 )); then
                _dotnet_worktree_ask
            elif [[ -n $_dotnet_worktree_other ]]; then
                $_dotnet_worktree_other "$@"
            fi
        }
        if [[ ${_comps[dotnet]-} != _dotnet_worktree_or_other ]]; then
            _dotnet_worktree_other=${_comps[dotnet]-}
        fi
        compdef _dotnet_worktree_ask dotnet-worktree
        compdef _dotnet_worktree_or_other dotnet
        """;

    private const string Fish = """
        # fish: dotnet worktree completion fish | source   in ~/.config/fish/config.fish
        function __dotnet_worktree_ask
            set -l line (string replace -r '^dotnet worktree' dotnet-worktree -- (commandline -cp))
            if command -q dotnet-worktree
                dotnet-worktree "[suggest:"(string length -- $line)"]" "$line" 2>/dev/null
            else
                dotnet worktree "[suggest:"(string length -- $line)"]" "$line" 2>/dev/null
            end
        end
        complete -c dotnet-worktree -f -a '(__dotnet_worktree_ask)'
        complete -c dotnet -n '__fish_seen_subcommand_from worktree' -f -a '(__dotnet_worktree_ask)'
        """;

    private const string PowerShell = """
        # PowerShell: dotnet worktree completion powershell | Out-String | Invoke-Expression   in $PROFILE
        $__dotnetWorktree = {
            param($word, $ast, $cursor)
            $line = "$ast" -replace '^dotnet worktree', 'dotnet-worktree'
            if ($line -like 'dotnet-worktree*') {
                $found = if (Get-Command dotnet-worktree -ErrorAction Ignore) {
                    dotnet-worktree "[suggest:$cursor]" $line
                } else {
                    dotnet worktree "[suggest:$cursor]" $line
                }
            } else {
                $found = dotnet complete --position $cursor "$ast"
            }
            $found | Where-Object { $_ -like "$word*" } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        Register-ArgumentCompleter -Native -CommandName dotnet-worktree, dotnet -ScriptBlock $__dotnetWorktree
        """;
}
