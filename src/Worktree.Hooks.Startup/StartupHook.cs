using System;
using System.IO;
using Worktree.Hooks.Startup;

// The runtime finds it by this name, without a namespace, and calls Initialize before the application's Main.
#pragma warning disable CA1050, MA0047, RS0030

/// <summary>
/// Gives an application that is started from its build output the variables of its worktree, and ASP.NET Core its
/// ports. What it needs to know stands in <c>NAME.runtimeconfig.dev.json</c>, which a build writes and nothing publishes.
/// </summary>
internal static class StartupHook
{
    /// <summary>Never keeps the application from starting: trouble is one line on standard error.</summary>
    public static void Initialize()
    {
        var envFile = Setting("EnvFile");
        if (envFile is null)
        {
            return;
        }
        try
        {
            var variables = EnvBlock.Read(envFile);
            if (variables.Count == 0)
            {
                SayTrouble($"'{envFile}' has no lines of worktree-hooks.");
                return;
            }
            Apply(variables);
        }
#pragma warning disable CA1031 // an application never fails because of us
        catch (Exception e)
        {
            SayTrouble(e.Message);
        }
#pragma warning restore CA1031
    }

    private static void Apply(
        System.Collections.Generic.IReadOnlyDictionary<string, string> variables
    )
    {
        // A service of the worktree's stack has them already, and on top what worktree.json says for that service.
        var isService = Environment.GetEnvironmentVariable("WORKTREE_HOOKS_WORKTREE") is not null;
        foreach (var variable in variables)
        {
            if (!isService || Environment.GetEnvironmentVariable(variable.Key) is null)
            {
                Environment.SetEnvironmentVariable(variable.Key, variable.Value);
            }
        }
        if (Setting("HttpPort") is { } http && Setting("HttpsPort") is { } https && !isService)
        {
            ServerAddresses.Set(PortOf(http), PortOf(https), Setting("LaunchSettings"));
        }
    }

    private static string? PortOf(string variable) => Environment.GetEnvironmentVariable(variable);

    private static string? Setting(string name) =>
        AppContext.GetData($"WorktreeHooks.{name}") as string;

    private static void SayTrouble(string reason) =>
        Console.Error.WriteLine(
            $"worktree-hooks: WTH3020 RunEnvironmentMissing: {reason} The application starts without its worktree's ports. "
                + "Run 'dotnet build' or 'dotnet worktree allocate'."
        );
}
