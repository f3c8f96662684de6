using Worktree.Hooks.Diagnostics;
using Worktree.Hooks.Git;
using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Setup;

/// <summary>
/// Installs the hook once for all worktrees of a repository: the executable under the common dir, and what makes git
/// call it.
/// </summary>
internal static class HookInstaller
{
    /// <summary>
    /// Installs the hook, or brings it up to date. Where nothing is to be done it starts no process and writes nothing.
    /// Killed at any moment, it leaves the former installation or the new one, and git's own work is never disturbed.
    /// </summary>
    /// <param name="environment">The environment of the process.</param>
    /// <param name="checkout">Any worktree of the repository.</param>
    /// <param name="executableFolder">The output of building or publishing the Runner; may be the installed one.</param>
    /// <param name="narrator">Hears what was changed, and why where git cannot be made to call the hook.</param>
    /// <returns>True where something was changed.</returns>
    /// <exception cref="WorktreeHooksException">WTH1005: a file cannot be written. WTH1002: there is no git.</exception>
    public static bool Install(
        HostEnvironment environment,
        Checkout checkout,
        string executableFolder,
        Narrator narrator
    ) =>
        Guarded(
            checkout,
            () =>
            {
                var home = new HookHome(checkout.CommonDirectory);
                var offered = HookExecutable.Load(executableFolder);
                if (NothingToDo(home, checkout, offered))
                {
                    return false;
                }
                using var hold = FileLock.Acquire(home.LockFile);
                // Another build may have done it while we waited.
                if (NothingToDo(home, checkout, offered))
                {
                    return false;
                }
                var isNew = HookRecord.TryLoad(home) is null;
                PublishIfNewer(home, offered, narrator);
                RememberDotnet(environment, home);
                var git = GitOf(environment, checkout);
                HookSeed.Remember(home, git.HooksPath);
                var record = HookPlacement.MakeGitCall(
                    git,
                    checkout,
                    HookRecord.TryLoad(home),
                    narrator
                ) with
                {
                    Offered = offered.Fingerprint,
                    ConfigStamp = HookRecord.StampOf(checkout.CommonDirectory),
                };
                record.Save(home);
                if (isNew && record.Way != HookWay.None)
                {
                    narrator.Say($"the hook was installed in '{WhereOf(record, checkout)}'");
                }
                return true;
            }
        );

    /// <summary>
    /// The files whose change may take the hook out of git's sight: another hook manager's work. Builds look at their
    /// times.
    /// </summary>
    public static IEnumerable<string> WatchedFiles(Checkout checkout)
    {
        var home = new HookHome(checkout.CommonDirectory);
        if (HookRecord.TryLoad(home) is { } record)
        {
            yield return Path.Combine(checkout.CommonDirectory, "config");
            if (record.HookFile is { } file)
            {
                yield return file;
            }
        }
    }

    /// <summary>Takes the hook out: the hook file has its former bytes and mode again, and what we made is gone.</summary>
    /// <returns>False where there was nothing to take out.</returns>
    /// <exception cref="WorktreeHooksException">WTH1005: a file cannot be written. WTH1002: there is no git.</exception>
    public static bool Uninstall(
        HostEnvironment environment,
        Checkout checkout,
        Narrator narrator
    ) =>
        Guarded(
            checkout,
            () =>
            {
                var home = new HookHome(checkout.CommonDirectory);
                if (!Directory.Exists(home.Folder))
                {
                    return false;
                }
                using var hold = FileLock.Acquire(home.LockFile);
                var record = HookRecord.TryLoad(home);
                var git = GitOf(environment, checkout);
                var wasThere = record is not null || GitHookIsThere(git, checkout);
                git.Unconfigure();
                HookPlacement.RemoveBlocks(git, checkout, record);
                home.Delete();
                if (wasThere)
                {
                    narrator.Say("the hook was removed; builds and StartStack do its work");
                }
                return wasThere;
            }
        );

    /// <summary>How the hook is installed; changes nothing.</summary>
    /// <param name="environment">The environment of the process.</param>
    /// <param name="checkout">Any worktree of the repository.</param>
    /// <param name="executableFolder">What an installation would offer; null compares the texts alone.</param>
    public static HookStatus Query(
        HostEnvironment environment,
        Checkout checkout,
        string? executableFolder = null
    ) =>
        Guarded(
            checkout,
            () =>
            {
                var home = new HookHome(checkout.CommonDirectory);
                var git = GitOf(environment, checkout);
                var file = new HookFile(git.HookFile);
                var installed = home.Installed;
                var isConfigured =
                    git.RunsConfiguredHooks && HookGit.MentionsHook(checkout.CommonDirectory);
                var way =
                    isConfigured ? HookWay.Configuration
                    : file.HasBlock ? HookWay.HookFile
                    : HookWay.None;
                var textIsCurrent = isConfigured ? git.IsConfigured : file.HasCurrentBlock;
                var offered = executableFolder is null
                    ? null
                    : HookExecutable.TryLoad(executableFolder);
                return new HookStatus(
                    way,
                    way switch
                    {
                        HookWay.Configuration => Path.Combine(checkout.CommonDirectory, "config"),
                        HookWay.HookFile => file.Path,
                        _ => null,
                    },
                    installed,
                    textIsCurrent && installed is not null && !IsNews(offered, installed, home),
                    file.HasOtherContent ? file.Path : null
                );
            }
        );

    // Files alone answer, since builds ask each time. Another hook manager may have written over our block.
    private static bool NothingToDo(HookHome home, Checkout checkout, HookExecutable offered) =>
        HookRecord.TryLoad(home) is { } record
        && record.Offered == offered.Fingerprint
        && record.ConfigStamp == HookRecord.StampOf(checkout.CommonDirectory)
        && home.Installed is not null
        && record.Way switch
        {
            HookWay.Configuration => HookGit.MentionsHook(checkout.CommonDirectory),
            HookWay.HookFile => new HookFile(record.HookFile!).HasCurrentBlock,
            _ => true,
        };

    private static bool IsNews(HookExecutable? offered, HookExecutable installed, HookHome home) =>
        offered is not null
        && offered.Replaces(installed)
        && HookRecord.TryLoad(home)?.Offered != offered.Fingerprint;

    private static void PublishIfNewer(HookHome home, HookExecutable offered, Narrator narrator)
    {
        var installed = home.Installed;
        if (offered.Replaces(installed))
        {
            home.Publish(offered);
        }
        else if (installed!.Kind != offered.Kind || installed.Version != offered.Version)
        {
            narrator.Say(
                $"the hook keeps its {installed.Kind.ToString().ToLowerInvariant()} executable {installed.Version} "
                    + $"(offered: {offered.Kind.ToString().ToLowerInvariant()} {offered.Version})"
            );
        }
    }

    private static void RememberDotnet(HostEnvironment environment, HookHome home)
    {
        if (
            home.Installed?.Kind == HookExecutableKind.Portable
            && ProgramSearch.Dotnet(environment) is { } dotnet
        )
        {
            AtomicFile.WriteText(home.DotnetPathFile, dotnet + "\n");
        }
    }

    private static bool GitHookIsThere(HookGit git, Checkout checkout) =>
        HookGit.MentionsHook(checkout.CommonDirectory) || new HookFile(git.HookFile).HasBlock;

    private static string WhereOf(HookRecord record, Checkout checkout) =>
        record.HookFile ?? Path.Combine(checkout.CommonDirectory, "config");

    // A relative core.hooksPath counts from the work tree that git is called in: for 'worktree add', mostly main.
    private static HookGit GitOf(HostEnvironment environment, Checkout checkout) =>
        new(
            environment,
            checkout.CommonDirectory,
            WorktreeList.MainRoot(checkout.CommonDirectory) ?? checkout.Root
        );

    private static T Guarded<T>(Checkout checkout, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WorktreeHooksException(
                ErrorCatalogue.HookNotInstalled,
                $"'{checkout.CommonDirectory}': {e.Message} Make it writable and run 'dotnet worktree hooks install'; "
                    + "builds do the hook's work until then.",
                e
            );
        }
    }
}
