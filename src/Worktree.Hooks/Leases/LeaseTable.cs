namespace Worktree.Hooks.Leases;

/// <summary>The leases inside one transaction, indexed by what must not be given twice.</summary>
internal sealed class LeaseTable
{
    private readonly Dictionary<string, StoredLease> byGitDirectory;
    private readonly List<Lease> removed = [];
    private readonly List<Remains> remains;

    /// <summary>A table of a file's leases; of two with one key, which only a hand can write, the last one counts.</summary>
    public LeaseTable(LeaseFile file)
    {
        remains = [.. file.Remains];
        byGitDirectory = new(file.Leases.Count, StringComparer.Ordinal);
        foreach (var stored in file.Leases)
        {
            byGitDirectory[stored.Lease.GitDirectory] = stored;
        }
    }

    /// <summary>True where the table differs from the file.</summary>
    public bool IsChanged { get; set; }

    /// <summary>All leases.</summary>
    public IEnumerable<Lease> Leases => byGitDirectory.Values.Select(s => s.Lease);

    /// <summary>What freed leases left in container engines.</summary>
    public IReadOnlyList<Remains> Remains => remains;

    /// <summary>All of it as it is to be written.</summary>
    public LeaseFile ToFile() => new(byGitDirectory.Values, remains);

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

    /// <summary>Takes a lease out; what engines have of it and only it knows stays as <see cref="Remains"/>.</summary>
    public void Remove(Lease lease)
    {
        if (byGitDirectory.Remove(lease.GitDirectory))
        {
            IsChanged = true;
            removed.Add(lease);
            foreach (var left in lease.Remains)
            {
                Keep(left);
            }
        }
    }

    /// <summary>Takes out what a gone worktree left, for a new one of its name, which has its labels too.</summary>
    public IReadOnlyList<EngineUse> TakeOver(string gitDirectory)
    {
        var uses = remains
            .Where(r => r.GitDirectory == gitDirectory)
            .Select(r => r.ToUse())
            .ToList();
        Forget(r => r.GitDirectory == gitDirectory);
        return uses;
    }

    /// <summary>Takes out what is no longer there, or no longer gone.</summary>
    public void Forget(Predicate<Remains> isDone) => IsChanged |= remains.RemoveAll(isDone) > 0;

    private void Keep(Remains one)
    {
        var former = remains.Find(one.IsOfSame);
        remains.RemoveAll(one.IsOfSame);
        remains.Add(
            one with
            {
                Noted = Guid.NewGuid().ToString("N"),
                Volumes = [.. (former?.Volumes ?? []).Union(one.Volumes, StringComparer.Ordinal)],
            }
        );
    }

    /// <summary>The leases that this transaction took out.</summary>
    public IReadOnlyList<Lease> Removed => removed;

    /// <summary>The leases of everybody but one worktree.</summary>
    public IEnumerable<Lease> Others(string gitDirectory) =>
        Leases.Where(l => l.GitDirectory != gitDirectory);
}
