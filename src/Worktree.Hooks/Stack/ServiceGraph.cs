using System.Runtime.ExceptionServices;
using Worktree.Hooks.Configuration;

namespace Worktree.Hooks.Stack;

/// <summary>Does something for every service at the same time, as far as their dependencies allow.</summary>
internal static class ServiceGraph
{
    /// <summary>
    /// Each service after those that it depends on. When one fails, the others are cancelled and awaited, and its error
    /// is thrown.
    /// </summary>
    /// <param name="services">The services; dependencies that are not among them are not waited for.</param>
    /// <param name="prepare">What needs not wait for the dependencies.</param>
    /// <param name="act">What does.</param>
    /// <param name="cancellation">Ends it all.</param>
    public static void Forward(
        IReadOnlyList<ServiceConfiguration> services,
        Action<ServiceConfiguration, CancellationToken> prepare,
        Action<ServiceConfiguration, CancellationToken> act,
        CancellationToken cancellation
    ) =>
        Run(
            ServicePlan.InOrder(services),
            (later, earlier) => later.DependsOn.Contains(earlier.Name),
            prepare,
            act,
            cancellation
        );

    /// <summary>Each service after those that depend on it.</summary>
    public static void Backward(
        IReadOnlyList<ServiceConfiguration> services,
        Action<ServiceConfiguration> act
    ) =>
        Run(
            ServicePlan.InOrder(services).Reverse(),
            (later, earlier) => earlier.DependsOn.Contains(later.Name),
            (_, _) => { },
            (service, _) => act(service),
            CancellationToken.None
        );

    private static void Run(
        IEnumerable<ServiceConfiguration> ordered,
        Func<ServiceConfiguration, ServiceConfiguration, bool> waitsFor,
        Action<ServiceConfiguration, CancellationToken> prepare,
        Action<ServiceConfiguration, CancellationToken> act,
        CancellationToken cancellation
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Exception? first = null;
        void Try(ServiceConfiguration service, Action<ServiceConfiguration, CancellationToken> step)
        {
            try
            {
                stop.Token.ThrowIfCancellationRequested();
                step(service, stop.Token);
            }
            catch (Exception e)
            {
                // The others end because of it: theirs are not the reason.
                Interlocked.CompareExchange(ref first, e, null);
                stop.Cancel();
            }
        }
        var begun = new List<(ServiceConfiguration Service, Task Task)>();
        foreach (var service in ordered)
        {
            Task[] before = [.. begun.Where(b => waitsFor(service, b.Service)).Select(b => b.Task)];
            var task = Task.Factory.StartNew(
                () =>
                {
                    Try(service, prepare);
                    Task.WaitAll(before);
                    Try(service, act);
                },
                CancellationToken.None,
                // A thread of its own: all that it does is waiting.
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );
            begun.Add((service, task));
        }
        Task.WaitAll([.. begun.Select(b => b.Task)]);
        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
