using System.Text.RegularExpressions;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;
using Worktree.Hooks.Tests.Support;

namespace Worktree.Hooks.Tests.Scenarios;

/// <summary>
/// Runs a scenario file: files (<c>-- path --</c> and what follows, at the end), and above them one step a line.
/// <code>
/// exec COMMAND      run it by the shell; it must succeed ("! exec": it must fail)
/// cd FOLDER         go there, relative to the main worktree
/// stdout PATTERN    the last command's output has this regular expression ("! stdout": has not)
/// stderr PATTERN    the same for its standard error
/// needs FOLDER      without this folder of the system the scenario is skipped
/// remember NAME     the last command's output is $NAME from now on
/// # …               a comment
/// </code>
/// <c>worktree</c> is the command line that this build made, and its hook is what <c>worktree hooks install</c> installs;
/// <c>$WEBSERVER</c> is the sample; <c>classic</c> makes the repository one of its own with the classic stack of
/// PostgreSQL and nginx, which <c>up</c> and <c>down</c> start and stop, <c>rows</c> asks over HTTPS and <c>add</c> adds to. For root, who may read everything, <c>disown</c> and <c>asuser</c> stand in for somebody
/// who may not: a file of mode 0, and a command as <c>nobody</c>, to whom everything else is given.
/// </summary>
internal sealed class Scenario(string name, string text) : IDisposable
{
    private const string Functions = """
        root() { [ "$(id -u)" = 0 ]; }
        worktree() { "$WORKTREE" "$@"; }
        classic() {
            cp -r "$STACKS/webserver/." . && cp -r "$(dirname "$WEBSERVER")" app &&
                git add . && git commit -q -m stack && worktree hooks install
        }
        up() { worktree start "$@"; }
        down() { worktree stop; }
        rows() {
            curl -sf --cacert "$(sed -n s/^WORKTREE_CERTIFICATE=//p .env.local)" \
                --retry 60 --retry-delay 1 --retry-all-errors "$(worktree open --print)/rows" "$@"
        }
        add() { rows -H "Content-Type: application/json" -d "{\"note\":\"$1\"}"; }
        disown() { if root; then chown -R 65534:65534 "$OUTSIDE" && chown 0:0 "$1"; fi && chmod 0 "$1"; }
        asuser() {
            if [ "$1" = worktree ]; then shift; set -- "$WORKTREE" "$@"; fi
            if root; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi
        }

        """;

    private readonly TestRepository repository = new();
    private readonly Dictionary<string, string> remembered = new(StringComparer.Ordinal);
    private ProcessResult last = new(0, "", "");
    private string folder = "";

    public void Run()
    {
        var parts = Regex.Split(
            text,
            "^-- (?<path>.+) --\n",
            RegexOptions.Multiline | RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(1)
        );
        for (var i = 1; i + 1 < parts.Length; i += 2)
        {
            repository.Write(parts[i], parts[i + 1]);
        }
        folder = repository.Root;
        var number = 0;
        foreach (var line in parts[0].Split('\n'))
        {
            number++;
            if (line.Length > 0 && !line.StartsWith('#'))
            {
                Step(line, $"{name}:{number}: {line}");
            }
        }
    }

    public void Dispose()
    {
        // Whatever a failed scenario left running.
        foreach (var checkout in WorktreeList.Checkouts(Path.Combine(repository.Root, ".git")))
        {
            RunnerProgram.Run(repository, checkout.Root, "stop");
        }
        repository.Dispose();
    }

    private void Step(string line, string place)
    {
        var expectsNot = line.StartsWith("! ", StringComparison.Ordinal);
        var words = (expectsNot ? line[2..] : line).Split(' ', 2);
        var argument = words.Length > 1 ? words[1] : "";
        switch (words[0])
        {
            case "exec":
                last = Execute(argument);
                Assert.True(
                    last.ExitCode == 0 != expectsNot,
                    $"{place}\nexit code {last.ExitCode}\n{last.Output}{last.ErrorOutput}"
                );
                break;
            case "cd":
                folder = Path.GetFullPath(argument, repository.Root);
                break;
            case "stdout":
            case "stderr":
                var said = words[0] == "stdout" ? last.Output : last.ErrorOutput;
                var found = Regex.IsMatch(
                    said,
                    Fill(argument),
                    RegexOptions.Multiline,
                    TimeSpan.FromSeconds(1)
                );
                Assert.True(found != expectsNot, $"{place}\nin:\n{said}");
                break;
            case "needs":
                Skip.IfNot(Directory.Exists(argument), $"there is no {argument}");
                break;
            case "remember":
                remembered[argument] = last.Output.TrimEnd();
                break;
            default:
                Assert.Fail($"{place}\nis no step");
                break;
        }
    }

    private ProcessResult Execute(string command)
    {
        var environment = repository.Environment with
        {
            Variables = new Dictionary<string, string>(
                repository.Environment.Variables,
                StringComparer.Ordinal
            )
            {
                ["WORKTREE"] = RunnerProgram.Path,
                ["WEBSERVER"] = Path.Combine(BuiltFolder.Webserver, "Webserver.dll"),
                ["OUTSIDE"] = repository.Outside,
                ["STACKS"] = SourceTree.At("tests", "Stacks"),
            },
        };
        foreach (var (key, value) in remembered)
        {
            ((Dictionary<string, string>)environment.Variables)[key] = value;
        }
        return ChildProcess.Run(environment, folder, "sh", "-c", Functions + command);
    }

    private string Fill(string pattern) =>
        remembered.Aggregate(
            pattern,
            (filled, r) =>
                filled.Replace($"${r.Key}", Regex.Escape(r.Value), StringComparison.Ordinal)
        );
}
