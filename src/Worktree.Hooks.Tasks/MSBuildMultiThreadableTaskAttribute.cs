namespace Microsoft.Build.Framework;

/// <summary>
/// MSBuild finds this attribute by its name and keeps such a task in its own process under <c>-mt</c>. It is declared
/// here because the reference assembly that we compile against need not have it.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class MSBuildMultiThreadableTaskAttribute : Attribute;
