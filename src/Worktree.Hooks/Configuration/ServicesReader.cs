using System.Text.Json;
using Worktree.Hooks.Diagnostics;

namespace Worktree.Hooks.Configuration;

/// <summary>Reads <c>"services"</c>: names, commands or images, order and readiness checks of the stack.</summary>
internal static class ServicesReader
{
    internal static readonly string[] KnownKeys =
    [
        "command",
        "workingDirectory",
        "dependsOn",
        "ports",
        "env",
        "ready",
        "stopTimeout",
        .. ContainerReader.KnownKeys,
    ];

    /// <summary>Reads <c>{ "app": { "command": ["dotnet", "run"], "ready": { "tcp": "${APP_PORT}" } } }</c>.</summary>
    public static IReadOnlyList<ServiceConfiguration> Read(ConfigurationNode node)
    {
        var services = node.AnyMembers("\"services\"")
            .Select(m => ReadOne(m.Key, m.Value))
            .ToList();
        foreach (var service in services)
        {
            RequireKnownDependencies(service, services);
        }
        RequireNoCycle(services);
        return services;
    }

    /// <summary>Refuses a service that listens on a variable that <c>"ports"</c> does not have.</summary>
    public static void RequireKnownPorts(WorktreeConfiguration configuration)
    {
        var known = configuration.Ports.Select(p => p.Name).ToList();
        foreach (var service in configuration.Services)
        {
            if (
                service.Ports.FirstOrDefault(p => !known.Contains(p, StringComparer.Ordinal)) is
                { } unknown
            )
            {
                throw service.Source.Error(
                    ErrorCatalogue.UnknownReference,
                    $"'{unknown}', a port of service '{service.Name}', is no port variable."
                        + (
                            known.Count == 0
                                ? " \"ports\" has none: name it there first."
                                : NearestName.Hint(unknown, known)
                        )
                );
            }
        }
    }

    private static ServiceConfiguration ReadOne(string name, ConfigurationNode node)
    {
        RequireServiceName(name, node);
        var members = node.KnownMembers($"the service '{name}'", KnownKeys);
        var container = ContainerReader.Read(name, members);
        var service = new ServiceConfiguration
        {
            Name = name,
            Command = [],
            Container = container,
            Ports = [.. container?.Ports.Keys ?? []],
            Source = node,
        };
        foreach (var (key, value) in members)
        {
            service = key switch
            {
                "command" => service with { Command = ReadCommand(value, container is not null) },
                "workingDirectory" => service with
                {
                    WorkingDirectory = value.PathInWorktree(
                        "\"workingDirectory\"",
                        allowRoot: true
                    ),
                },
                "dependsOn" => service with { DependsOn = Strings(value, "\"dependsOn\"") },
                "ports" when container is null => service with
                {
                    Ports = Strings(value, "\"ports\" of a service"),
                },
                "env" => service with
                {
                    Env = ConfigurationReader.ReadEnv(value, allowReserved: container is not null),
                },
                "ready" => service with { Ready = ReadyReader.Read(value) },
                "stopTimeout" => service with { StopTimeout = value.Seconds("\"stopTimeout\"") },
                _ => service,
            };
        }
        return service.Command.Count > 0 || container is not null
            ? service
            : throw node.Error(
                ErrorCatalogue.InvalidValue,
                $"The service '{name}' has no \"command\" and no \"image\". Write \"command\": [\"program\", "
                    + "\"argument\"], or \"image\": \"NAME:TAG\"."
            );
    }

    // The name becomes the name of its log file, or its name in the containers' network.
    private static void RequireServiceName(string name, ConfigurationNode node)
    {
        if (
            name.Length == 0
            || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not '-' and not '_')
        )
        {
            throw node.Error(
                ErrorCatalogue.InvalidValue,
                $"'{name}' cannot be the name of a service. Use letters, digits, dashes and underscores."
            );
        }
    }

    private static List<string> ReadCommand(ConfigurationNode node, bool isContainer)
    {
        if (node.Kind == JsonTokenType.StartArray)
        {
            return Strings(node, "\"command\"");
        }
        var line = node.NonEmptyString("\"command\"");
        return OperatingSystem.IsWindows() && !isContainer
            ? ["cmd.exe", "/d", "/c", line]
            : ["/bin/sh", "-c", line];
    }

    private static List<string> Strings(ConfigurationNode node, string what) =>
        [.. node.ArrayItems(what).Select(item => item.NonEmptyString($"an item of {what}"))];

    private static void RequireKnownDependencies(
        ServiceConfiguration service,
        List<ServiceConfiguration> services
    )
    {
        var names = services.ConvertAll(s => s.Name);
        if (
            service.DependsOn.FirstOrDefault(d => !names.Contains(d, StringComparer.Ordinal)) is
            { } unknown
        )
        {
            var others = names.FindAll(n => n != service.Name);
            throw service.Source.Error(
                ErrorCatalogue.UnknownReference,
                $"'{unknown}', on which service '{service.Name}' depends, is no service."
                    + (
                        others.Count == 0
                            ? " There is no other: take it out of \"dependsOn\"."
                            : NearestName.Hint(unknown, others)
                    )
            );
        }
    }

    private static void RequireNoCycle(List<ServiceConfiguration> services)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        while (
            services.Find(s => !done.Contains(s.Name) && s.DependsOn.All(done.Contains)) is { } next
        )
        {
            done.Add(next.Name);
        }
        if (services.Find(s => !done.Contains(s.Name)) is not { } stuck)
        {
            return;
        }
        // Whoever is left waits for somebody who is left: following that leads into the circle.
        var path = new List<ServiceConfiguration>();
        while (!path.Contains(stuck))
        {
            path.Add(stuck);
            var awaited = stuck.DependsOn.First(d => !done.Contains(d));
            stuck = services.Find(s => s.Name == awaited)!;
        }
        var circle = path.SkipWhile(s => s != stuck).Append(stuck).Select(s => $"'{s.Name}'");
        throw stuck.Source.Error(
            ErrorCatalogue.InvalidValue,
            $"The services wait for each other: {string.Join(" → ", circle)}. Take one \"dependsOn\" away."
        );
    }
}
