using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Setup;
using Worktree.Hooks.Stack;

namespace Worktree.Hooks.Runner.Commands;

/// <summary><c>logs</c>: of processes, which write files, and of containers, which the engine is asked for.</summary>
internal static class LogsCommand
{
    /// <summary><c>logs [service]</c>.</summary>
    public static Command Logs(CommandContext context)
    {
        var name = new Argument<string?>("service")
        {
            Description = "The service; all of them where none is named.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var lines = new Option<int>("--lines", "-n")
        {
            Description = "How many of the last lines.",
            DefaultValueFactory = _ => 100,
        };
        var follow = new Option<bool>("--follow", "-f")
        {
            Description = "Go on printing until Ctrl+C.",
        };
        var command = new Command("logs", "Print the logs of this worktree's services.")
        {
            name,
            lines,
            follow,
        };
        context.Run(
            command,
            (result, cancellation) =>
            {
                Print(
                    context,
                    CheckoutLocator.Locate(context.FolderOf(result)),
                    result.GetValue(name),
                    result.GetValue(lines),
                    result.GetValue(follow),
                    result.GetValue(CommandContext.Json),
                    cancellation
                );
                return ExitCodes.Done;
            }
        );
        return command;
    }

    private static void Print(
        CommandContext context,
        Checkout checkout,
        string? name,
        int lines,
        bool follow,
        bool asJson,
        CancellationToken cancellation
    )
    {
        var processes = StackServices.IfReadable(checkout).Select(s => s.Name).ToList();
        using var containers = ContainerLogs.Open(context.Environment, checkout, context.Terminal);
        var all = processes.Union(containers?.Services ?? [], StringComparer.Ordinal).ToList();
        if (all.Count == 0 && !follow)
        {
            context.Terminal.Say("no service has a log here; 'dotnet worktree start' starts them");
            return;
        }
        var chosen = Choose(name, all);
        var output = new LogLines(chosen, context.Terminal.HasColor, asJson);
        var files = processes
            .Intersect(chosen, StringComparer.Ordinal)
            .Select(s => (s, ServiceLog.PathOf(checkout, s)))
            .ToList();
        if (!follow)
        {
            LogPrinter.Print(files, lines, output);
            containers?.Print(chosen, lines, output.Print, cancellation);
            return;
        }
        // Trouble with the one ends the other.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var following = Task.Run(
            () =>
            {
                try
                {
                    containers?.Follow(
                        name is null ? [] : chosen,
                        lines,
                        output.Print,
                        either.Token
                    );
                }
                catch
                {
                    either.Cancel();
                    throw;
                }
            },
            CancellationToken.None
        );
        LogPrinter.Follow(files, lines, output, either.Token);
        following.GetAwaiter().GetResult();
    }

    private static IReadOnlyList<string> Choose(string? name, IReadOnlyList<string> all) =>
        name is null ? all
        : all.Contains(name) ? [name]
        : throw new WorktreeHooksException(
            ErrorCatalogue.NoSuchService,
            $"'{name}' is no service that worktree.json names or that has a container here."
                + NearestName.Hint(name, all)
        );
}

/// <summary>
/// Prints lines of logs; with several services each says whose it is, on a terminal in a colour of its own. As JSON each
/// line is a document of its own, as they may go on for ever.
/// </summary>
internal sealed class LogLines(IReadOnlyList<string> services, bool hasColor, bool asJson)
{
    // Cyan, yellow, green, magenta, blue: those that are readable on light and on dark.
    private static readonly int[] Colors = [36, 33, 32, 35, 34];

    private readonly List<string> known = [.. services];
    private readonly Lock turn = new();

    /// <summary>Prints a line of a service.</summary>
    public void Print(string service, string line)
    {
        lock (turn)
        {
            Terminal.Answer(
                asJson
                    ? JsonSerializer.Serialize(
                        new LogLine(service, line),
                        LogLineJson.Default.LogLine
                    )
                    : Prefix(service) + line
            );
        }
    }

    private string Prefix(string service)
    {
        var place = known.IndexOf(service);
        if (place < 0)
        {
            place = known.Count; // one that was started while its stack's logs are followed
            known.Add(service);
        }
        return known.Count == 1 ? ""
            : hasColor ? $"\e[{Colors[place % Colors.Length]}m{service} |\e[0m "
            : $"{service} | ";
    }
}

/// <summary>A line of <c>logs --json</c>.</summary>
/// <param name="Service">The service's name.</param>
/// <param name="Line">What it printed.</param>
internal sealed record LogLine(string Service, string Line);

/// <summary>One line for each, unlike the other answers; the names are a promise to scripts.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase
)]
[JsonSerializable(typeof(LogLine))]
internal sealed partial class LogLineJson : JsonSerializerContext;
