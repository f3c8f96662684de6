using Worktree.Hooks.Platform;

namespace Worktree.Hooks.Diagnostics;

/// <summary>What a container engine refused, as a message for the user.</summary>
internal static class EngineErrors
{
    /// <summary>The error of the catalogue, with the engine's own words and the remedy.</summary>
    /// <param name="e">What the engine refused.</param>
    /// <param name="what">What it was wanted for, as <c>service 'db'</c>.</param>
    /// <param name="next">What to do when the trouble is mended.</param>
    public static WorktreeHooksException Of(
        EngineException e,
        string what,
        string next = "start again"
    ) =>
        e.Fault switch
        {
            EngineFault.Unreachable => Error(
                ErrorCatalogue.EngineUnreachable,
                $"{what} needs a container engine, and none answers: {e.Message}. Start Docker or Podman (Podman: "
                    + "'systemctl --user start podman.socket'), or name the engine in DOCKER_HOST or by 'docker context use'."
            ),
            EngineFault.Denied => Error(
                ErrorCatalogue.EngineDenied,
                $"{what} needs the container engine, and this user may not use it: {e.Message}. Become a member of the "
                    + "socket's group ('sudo usermod -aG docker $USER', then log in again), or use a rootless engine."
            ),
            EngineFault.UnusableEndpoint => Error(
                ErrorCatalogue.EngineEndpointUnusable,
                $"{what} needs a container engine, and the one that is set cannot be used: {e.Message}. Correct DOCKER_HOST or "
                    + "DOCKER_CONTEXT, or choose another by 'docker context use'."
            ),
            EngineFault.UnusableCertificates => Error(
                ErrorCatalogue.EngineEndpointUnusable,
                $"{what} needs a container engine, and the one that is set cannot be reached by TLS: {e.Message}. Put the right "
                    + "ca.pem, cert.pem and key.pem where DOCKER_CERT_PATH says, or into the context by 'docker context update', "
                    + "or name another engine in DOCKER_HOST or by 'docker context use'."
            ),
            EngineFault.ImageNotFound => Error(
                ErrorCatalogue.ImageNotFound,
                $"the image of {what} cannot be had: {e.Message}. Correct \"image\", log in to its registry ('docker "
                    + "login'), or build it."
            ),
            EngineFault.PortTaken => Error(
                ErrorCatalogue.PublishedPortTaken,
                $"a port of {what} is taken: {e.Message}. Stop what holds it, or start again: a worktree then gets another."
            ),
            EngineFault.AddressPoolsUsedUp => Error(
                ErrorCatalogue.AddressPoolsUsedUp,
                $"{what} cannot have a network: {e.Message}. Remove networks that nobody uses ('docker network prune'), or "
                    + "give the engine more: \"default-address-pools\": [{ \"base\": \"10.201.0.0/16\", \"size\": 28 }] in its "
                    + "daemon.json."
            ),
            EngineFault.DiskFull => Error(
                ErrorCatalogue.EngineDiskFull,
                $"the engine's disk is full, so {what} cannot be made: {e.Message}. Free space ('docker system df' shows what "
                    + "takes it) and start again."
            ),
            _ => Error(
                ErrorCatalogue.EngineRefused,
                $"the engine refused what {what} needs: {e.Message}. Mend what it names and {next}."
            ),
        };

    /// <summary>WTH5037: a folder of this machine means nothing to an engine on another.</summary>
    public static WorktreeHooksException RemoteMount(
        string service,
        string? source,
        string? target,
        Uri engine
    ) =>
        Error(
            ErrorCatalogue.RemoteBindMount,
            $"'{source}', which service '{service}' mounts at '{target}', lies on this machine, and the engine is on "
                + $"'{engine.Host}', which cannot see it. Use a volume of the engine (\"NAME:/PATH\"), or an engine on this "
                + "machine."
        );

    /// <summary>WTH5037: nor does a file that a service gets as a secret or config.</summary>
    public static WorktreeHooksException RemoteFile(string service, string file, Uri engine) =>
        Error(
            ErrorCatalogue.RemoteBindMount,
            $"'{file}', which service '{service}' gets as a secret or config, lies on this machine, and the engine is on "
                + $"'{engine.Host}', which cannot see it. Give a secret by \"environment\", a config by \"environment\" or "
                + "\"content\" in the compose file, or use an engine on this machine."
        );

    private static WorktreeHooksException Error(ErrorDefinition definition, string message) =>
        new(definition, message);
}
