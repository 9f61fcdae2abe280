import { healthy, type ServerHealth } from './server-health.js';

/**
 * A server of a limit group: its circuit is its own; what was lowered of its limits, and what was booked of its quotas,
 * is the group's. It is kept as the health of a server that is none.
 */
export function withGroup(own: ServerHealth, group: ServerHealth): ServerHealth {
  const { rate, connections, usage, usedUpUntil } = group;
  return { ...apart(own).own, ...present({ rate, connections, usage, usedUpUntil }) };
}

/** What is to be kept of the server itself, and for its group; without a group all is its own. */
export function splitHealth(
  health: ServerHealth,
  limitGroup: string | undefined,
): { readonly own: ServerHealth; readonly group: ServerHealth | undefined } {
  if (limitGroup === undefined) {
    const { limitGroup: _, ...own } = health;
    return { own, group: undefined };
  }
  const { own, shared } = apart(health);
  return { own: { ...own, limitGroup }, group: { ...healthy(0), ...shared } };
}

function apart({ rate, connections, usage, usedUpUntil, ...own }: ServerHealth) {
  return { own, shared: present({ rate, connections, usage, usedUpUntil }) };
}

type Shared = Partial<Pick<ServerHealth, 'rate' | 'connections' | 'usage' | 'usedUpUntil'>>;

const present = (shared: { readonly [Name in keyof Shared]: Shared[Name] | undefined }): Shared =>
  Object.fromEntries(Object.entries(shared).filter(([, value]) => value !== undefined));
