using System.Net.Sockets;
using System.Security.Authentication;
using Docker.DotNet;

namespace Worktree.Hooks.Platform;

/// <summary>How a request is waited for, and what its failure is called.</summary>
internal sealed partial class ContainerEngine
{
    private T AskWithin<T>(
        TimeSpan time,
        Func<CancellationToken, Task<T>> request,
        CancellationToken cancellation
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(time);
        try
        {
            return Ask(request(limit.Token));
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new EngineException(
                EngineFault.Unreachable,
                $"'{Endpoint}' did not answer within {time.TotalSeconds:0} s",
                e
            );
        }
    }

    /// <summary>Waits for a request; what fails is an <see cref="EngineException"/>.</summary>
    internal void Ask(Task request) => Ask(Answered(request));

    private static async Task<bool> Answered(Task request)
    {
        await request.ConfigureAwait(false);
        return true;
    }

    /// <summary>The same of a request that is answered.</summary>
    internal T Ask<T>(Task<T> request)
    {
        try
        {
            return request.GetAwaiter().GetResult();
        }
        catch (DockerApiException e)
        {
            var words = EngineWords.Of(e);
            throw new EngineException(EngineWords.FaultOf(e.StatusCode, words), words, e);
        }
        catch (Exception e)
            when (e
                    is HttpRequestException
                        or IOException
                        or SocketException
                        or TimeoutException
                        or AuthenticationException
                        // A TCP endpoint that nobody listens on.
                        or AggregateException
            )
        {
            throw Unreachable(e);
        }
    }

    private EngineException Unreachable(Exception e)
    {
        if (tls?.Refusal(e, isFirst: !hasAnswered) is { } refusal)
        {
            return refusal;
        }
        var socket = Innermost<SocketException>(e);
        var isDenied = socket?.SocketErrorCode == SocketError.AccessDenied;
        return new EngineException(
            isDenied ? EngineFault.Denied : EngineFault.Unreachable,
            $"'{Endpoint}': {socket?.Message ?? e.Message}",
            e
        );
    }

    private static T? Innermost<T>(Exception? e)
        where T : Exception => e is null or T ? (T?)e : Innermost<T>(e.InnerException);
}
