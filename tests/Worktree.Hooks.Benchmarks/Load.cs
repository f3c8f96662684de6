namespace Worktree.Hooks.Benchmarks;

/// <summary>
/// Keeps a server busy with pgbench's transfers, tables that come and go, and VACUUM FULL, until it is disposed: that
/// throws where a connection was lost.
/// </summary>
internal sealed class Load : IDisposable
{
    private const int Seconds = 2;

    private readonly CancellationTokenSource over = new();
    private readonly Task work;

    /// <summary>Starts it.</summary>
    public Load(Cluster cluster) =>
        work = Task.WhenAll(Task.Run(() => Transfer(cluster)), Task.Run(() => Change(cluster)));

    public void Dispose()
    {
        over.Cancel();
        work.GetAwaiter().GetResult();
        over.Dispose();
    }

    private void Transfer(Cluster cluster)
    {
        while (!over.IsCancellationRequested)
        {
            cluster.Transfers(Seconds);
        }
    }

    private void Change(Cluster cluster)
    {
        for (var i = 0; !over.IsCancellationRequested; i++)
        {
            cluster.Sql($"CREATE TABLE d{i} AS SELECT generate_series(1, 20000) AS x");
            cluster.Sql($"CREATE INDEX ON d{i} (x)");
            cluster.Sql("VACUUM FULL pgbench_branches");
            cluster.Sql("VACUUM FULL pgbench_tellers");
            cluster.Sql($"DROP TABLE d{i}");
        }
    }
}
