using System.Runtime.CompilerServices;
using LibGit2Sharp;

namespace Worktree.Hooks.Tests.Support;

/// <summary>What must be so before the first test of the process runs.</summary>
internal static class TestProcess
{
    /// <summary>
    /// Makes snapshots strict, and takes the git configuration of whoever runs the tests out of LibGit2Sharp's sight
    /// (a <c>safe.directory</c> there would hide the refusals that the tests are about).
    /// </summary>
    [ModuleInitializer]
    internal static void Initialize()
    {
        Environment.SetEnvironmentVariable("SNAPSHOOTER_STRICT_MODE", "true");
        foreach (
            var level in new[]
            {
                ConfigurationLevel.Global,
                ConfigurationLevel.Xdg,
                ConfigurationLevel.System,
                ConfigurationLevel.ProgramData,
            }
        )
        {
            GlobalSettings.SetConfigSearchPaths(
                level,
                Path.Combine(AppContext.BaseDirectory, "no-git-configuration")
            );
        }
    }
}
