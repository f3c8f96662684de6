namespace Worktree.Hooks.Git;

/// <summary>
/// One checked-out work tree and where git keeps what belongs to it, as gitrepository-layout(5) describes it.
/// All paths are absolute with links resolved.
/// </summary>
internal sealed record Checkout
{
    /// <summary>The top folder of the work tree.</summary>
    public required string Root { get; init; }

    /// <summary>The private git dir: <c>.git</c> itself in the main worktree, <c>.git/worktrees/NAME</c> in a linked one.</summary>
    public required string GitDirectory { get; init; }

    /// <summary>The common dir, shared by all worktrees of the repository.</summary>
    public required string CommonDirectory { get; init; }

    /// <summary>True where the private git dir has a <c>commondir</c> file.</summary>
    public bool IsLinked => !string.Equals(GitDirectory, CommonDirectory, StringComparison.Ordinal);

    /// <summary>Git's own id of a linked worktree (the folder under <c>worktrees</c>): it survives moves and renames.</summary>
    public string? LinkedName => IsLinked ? Path.GetFileName(GitDirectory) : null;

    /// <summary>The checked-out branch without <c>refs/heads/</c>, also an unborn one; null where HEAD is detached.</summary>
    public string? Branch { get; init; }

    /// <summary>The folder for our own state of this worktree; git deletes it with the worktree.</summary>
    public string StateDirectory => Path.Combine(GitDirectory, "worktree-hooks");

    /// <summary>Where a proxy of the stack finds the development certificate (PEM).</summary>
    public string CertificateFile => Path.Combine(StateDirectory, "certificate.pem");

    /// <summary>The private key of <see cref="CertificateFile"/>.</summary>
    public string CertificateKeyFile => Path.ChangeExtension(CertificateFile, ".key");
}
