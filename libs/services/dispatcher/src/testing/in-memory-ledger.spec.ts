import type { Transaction } from '@mailrun/platform-persistence';
import { ledgerBehaviour, type Ledger } from '../application/ports/ledger.behaviour.js';
import { ModePolicy } from '../application/ports/mode-policy.js';
import { InMemoryHolds } from './in-memory-holds.js';
import {
  InMemoryLedger,
  InMemoryMailDecisions,
  InMemoryMailIntake,
  InMemoryMailQueue,
  InMemoryOutcomeStore,
  InMemoryRestoredMails,
  InMemoryRunGates,
  InMemoryTenantModes,
} from './in-memory-ledger.js';
import { InMemoryPausedServers } from './in-memory-paused-servers.js';

ledgerBehaviour('in memory', (): Ledger => {
  const ledger = new InMemoryLedger();
  return {
    intake: new InMemoryMailIntake(ledger),
    queue: new InMemoryMailQueue(ledger),
    forcedQueue: new InMemoryMailQueue(ledger, new ModePolicy({ forceTest: true })),
    gates: new InMemoryRunGates(ledger),
    modes: new InMemoryTenantModes(ledger),
    outcomes: new InMemoryOutcomeStore(ledger),
    holds: new InMemoryHolds(ledger.holds),
    paused: new InMemoryPausedServers(ledger),
    act: (_, work) => work({} as Transaction),
    restored: new InMemoryRestoredMails(ledger),
    decisions: new InMemoryMailDecisions(ledger),
    expireLeases: async (runId) => ledger.expireLeases(runId),
    makeDue: async (runId) => ledger.makeDue(runId),
  };
});
