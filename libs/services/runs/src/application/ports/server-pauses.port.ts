/** Message servers that a person paused; known to the dispatcher, who uses them. */
export abstract class ServerPauses {
  /**
   * Of these runs those that wait for a paused server, and its key. What can't be told now is left out. Never rejects:
   * runs are read also while the dispatcher is away.
   */
  abstract of(tenantId: string, runIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
