namespace Worktree.Hooks.Leases;

/// <summary>The leases inside one transaction, indexed by what must not be given twice.</summary>
internal sealed class LeaseTable
{
    private readonly Dictionary<string, StoredLease> byGitDirectory;
    private readonly List<Lease> removed = [];

    /// <summary>A table of these leases; of two with one key, which only a hand can write, the last one counts.</summary>
    public LeaseTable(IReadOnlyCollection<StoredLease> leases)
    {
        byGitDirectory = new(leases.Count, StringComparer.Ordinal);
        foreach (var stored in leases)
        {
            byGitDirectory[stored.Lease.GitDirectory] = stored;
        }
    }

    /// <summary>True where the table differs from the file.</summary>
    public bool IsChanged { get; set; }

    /// <summary>All leases.</summary>
    public IEnumerable<Lease> Leases => byGitDirectory.Values.Select(s => s.Lease);

    /// <summary>All leases as they are to be written.</summary>
    public IReadOnlyCollection<StoredLease> Stored => byGitDirectory.Values;

    /// <summary>The lease of a worktree, or null.</summary>
    public Lease? Find(string gitDirectory) => byGitDirectory.GetValueOrDefault(gitDirectory).Lease;

    /// <summary>Puts a lease in the place of the worktree's former one.</summary>
    public void Put(Lease lease)
    {
        if (Find(lease.GitDirectory) is not { } old || !old.SameAs(lease))
        {
            byGitDirectory[lease.GitDirectory] = new StoredLease(lease, default);
            IsChanged = true;
        }
    }

    /// <summary>Takes a lease out.</summary>
    public void Remove(Lease lease)
    {
        if (byGitDirectory.Remove(lease.GitDirectory))
        {
            IsChanged = true;
            removed.Add(lease);
        }
    }

    /// <summary>The leases that this transaction took out.</summary>
    public IReadOnlyList<Lease> Removed => removed;

    /// <summary>The leases of everybody but one worktree.</summary>
    public IEnumerable<Lease> Others(string gitDirectory) =>
        Leases.Where(l => l.GitDirectory != gitDirectory);
}
