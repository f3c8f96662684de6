using System.Reflection;

namespace Worktree.Hooks.Tests.Support;

/// <summary>Folders that the test project's file names: what the same build made, and the scenarios.</summary>
internal static class BuiltFolder
{
    /// <summary>The sample application.</summary>
    public static string Webserver => Of("WebserverFolder");

    /// <summary>The command line.</summary>
    public static string Runner => Of("RunnerFolder");

    /// <summary>The program that tests kill.</summary>
    public static string Host => Of("HostFolder");

    /// <summary>The compose files.</summary>
    public static string ComposeStacks => Of("ComposeStacksFolder");

    /// <summary>The scenario files.</summary>
    public static string Scenarios => Of("ScenariosFolder");

    private static string Of(string key) =>
        Path.GetFullPath(
            typeof(BuiltFolder)
                .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
                .Single(a => a.Key == key)
                .Value!
        );
}
