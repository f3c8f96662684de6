namespace Worktree.Hooks.Leases;

/// <summary>The leases inside one transaction, indexed by what must not be given twice.</summary>
internal sealed class LeaseTable
{
    private readonly Dictionary<string, Lease> byGitDirectory;

    /// <summary>A table of these leases.</summary>
    public LeaseTable(IEnumerable<Lease> leases)
    {
        byGitDirectory = leases.ToDictionary(l => l.GitDirectory, StringComparer.Ordinal);
    }

    /// <summary>True where the table differs from the file.</summary>
    public bool IsChanged { get; set; }

    /// <summary>All leases.</summary>
    public IReadOnlyCollection<Lease> Leases => byGitDirectory.Values;

    /// <summary>The lease of a worktree, or null.</summary>
    public Lease? Find(string gitDirectory) => byGitDirectory.GetValueOrDefault(gitDirectory);

    /// <summary>Puts a lease in the place of the worktree's former one.</summary>
    public void Put(Lease lease)
    {
        if (Find(lease.GitDirectory) is not { } old || !old.SameAs(lease))
        {
            byGitDirectory[lease.GitDirectory] = lease;
            IsChanged = true;
        }
    }

    /// <summary>Takes a lease out.</summary>
    public void Remove(Lease lease) => IsChanged |= byGitDirectory.Remove(lease.GitDirectory);

    /// <summary>The leases of everybody but one worktree.</summary>
    public IEnumerable<Lease> Others(string gitDirectory) =>
        Leases.Where(l => l.GitDirectory != gitDirectory);
}
