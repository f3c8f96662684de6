using Worktree.Hooks.Configuration;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Setup;

/// <summary>The services that worktree.json names.</summary>
internal static class StackServices
{
    /// <summary>The services.</summary>
    /// <exception cref="WorktreeHooksException">WTH5001: there are none.</exception>
    public static IReadOnlyList<ServiceConfiguration> Require(KnownWorktree known) =>
        known.Configuration.Services.Count > 0
            ? known.Configuration.Services
            : throw new WorktreeHooksException(
                ErrorCatalogue.NoStack,
                $"'{known.Identity.Checkout.Root}' has no stack: "
                    + (
                        known.Configuration.File is { } file
                            ? $"'{file}' names"
                            : "there is no worktree.json that names"
                    )
                    + " no \"services\", and there is no compose file. Name some, or start the app by hand: its ports are in .env.local."
            );

    /// <summary>The services, or none: a damaged worktree.json must not keep anybody from stopping what runs.</summary>
    public static IReadOnlyList<ServiceConfiguration> IfReadable(Git.Checkout checkout)
    {
        try
        {
            return KnownWorktree.Of(checkout).Configuration.Services;
        }
        catch (WorktreeHooksException)
        {
            return [];
        }
    }
}
