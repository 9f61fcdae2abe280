import type { MessageServerState } from '@mailrun/contracts';

/** How message servers are used now; known to the dispatcher, who uses them. */
export abstract class ServerStates {
  /** By key; those that can't be told now are left out. Never rejects: settings are read also while mails wait. */
  abstract of(
    tenantId: string,
    serverKeys: readonly string[],
  ): Promise<Readonly<Record<string, MessageServerState>>>;
}
