import type { Mode } from '@mailrun/contracts';
import {
  GuardRestore,
  HoldMails,
  InMemoryHolds,
  InMemoryTenantModes,
  ReconcileRestored,
  SetTenantMode,
  wholeInstallation,
} from '@mailrun/service-dispatcher/in-memory';
import { InMemoryDatabase, InMemoryRestoredRuns } from '@mailrun/service-runs/in-memory';
import { refusable } from './acts.js';
import type { Move } from './moves.js';
import { SimulatedProcess } from './process.js';
import { stepped } from './stepped.js';
import type { System } from './system.js';

const isReading = (method: string): boolean => ['list', 'current', 'newest'].includes(method);

/** What operators do past the API: each command is a process of its own. */
export class Commands {
  private begun = 0;
  private readonly busyWith = new Set<string>();
  /** By scope: how many releases were begun, and how many of them may still come. */
  private readonly releases = new Map<string, { begun: number; open: number }>();
  /** The restore is being written down as reconciled: from now on a release may succeed. */
  private isGoingOn = false;

  constructor(private readonly system: System) {}

  /** What may be done now, at random. */
  moves(): Move[] {
    const { ledger, tenants, gateway, isUnreconciled } = this.system;
    return [
      ...(isUnreconciled ? this.reconcile() : []),
      ...this.scopes().flatMap(([name, scope]) =>
        ledger.holds.has(scope) ? this.release(name, scope) : this.hold(name, scope),
      ),
      ...tenants.flatMap((tenantId, index) =>
        this.changeMode(tenantId, index, gateway.modeOf(tenantId).mode === 'live' ? 'test' : 'live'),
      ),
    ];
  }

  /** What is left to do before everything can go on. */
  goingOn(): Move | undefined {
    const { ledger, tenants, gateway, isUnreconciled } = this.system;
    if (isUnreconciled) return this.reconcile()[0];
    for (const [name, scope] of this.scopes()) {
      if (ledger.holds.has(scope)) return this.release(name, scope)[0];
    }
    for (const [index, tenantId] of tenants.entries()) {
      const { mode, revision } = gateway.modeOf(tenantId);
      if (mode !== 'live') return this.changeMode(tenantId, index, 'live')[0];
      if (ledger.modes.get(tenantId)!.revision < revision) return this.tellMode(tenantId, index)[0];
    }
    return undefined;
  }

  private scopes(): (readonly [string, string])[] {
    return [
      ['everything', wholeInstallation],
      ...this.system.tenants.map((tenantId, index) => [`tenant ${index}`, tenantId] as const),
    ];
  }

  private hold(name: string, scope: string): Move[] {
    return this.command(`hold ${name}`, async (process) => {
      const before = this.releasesOf(scope);
      await this.holdMails(process).hold(tenantOf(scope), undefined);
      const after = this.releasesOf(scope);
      // A release at the same time may have come after it.
      if (before.open === 0 && before.begun === after.begun) this.system.watcher.holdTold(scope);
    });
  }

  private release(name: string, scope: string): Move[] {
    return this.command(`release ${name}`, async (process) => {
      const { begun, open } = this.releasesOf(scope);
      this.releases.set(scope, { begun: begun + 1, open: open + 1 });
      // Before that, releasing everything is refused.
      const isRefused = scope === wholeInstallation && this.system.isUnreconciled && !this.isGoingOn;
      if (!isRefused) this.system.watcher.releaseBegins(scope);
      try {
        await this.holdMails(process).release(tenantOf(scope));
      } finally {
        const { begun: now, open: still } = this.releasesOf(scope);
        this.releases.set(scope, { begun: now, open: still - 1 });
      }
    });
  }

  /** The gateway changes its table, and tells the dispatcher. */
  private changeMode(tenantId: string, index: number, mode: Mode): Move[] {
    return this.command(`set tenant ${index} ${mode}`, async (process) => {
      this.system.gateway.change(tenantId, mode);
      await this.putMode(process, tenantId);
    });
  }

  private tellMode(tenantId: string, index: number): Move[] {
    return this.command(`tell mode of tenant ${index}`, (process) => this.putMode(process, tenantId));
  }

  private async putMode({ step }: SimulatedProcess, tenantId: string): Promise<void> {
    const { ledger, gateway, watcher } = this.system;
    const { mode, revision } = gateway.modeOf(tenantId);
    await new SetTenantMode(stepped(new InMemoryTenantModes(ledger), 'modes', step)).set(
      tenantId,
      mode,
      revision,
    );
    watcher.modeTold(tenantId, mode, revision);
  }

  private reconcile(): Move[] {
    return this.command('reconcile', async (process) => {
      const { ledger, tables, tenants, backup, parts } = this.system;
      const restoredTo = new Date(backup!.at);
      const { holds, epochs, marks } = this.guarded(process);
      const mails = stepped(parts.restoredMailsOf(ledger), 'restored', process.step);
      const reconciling = new ReconcileRestored(mails, holds, epochs, marks);
      await reconciling.hold(restoredTo);
      const database = new InMemoryDatabase(tables, process.step, process.name);
      process.onEnd(() => database.sever());
      for (const tenantId of tenants) {
        const { rounds } = await new InMemoryRestoredRuns(database).mark(tenantId, restoredTo);
        await reconciling.distrustRounds(tenantId, restoredTo, rounds);
      }
      await reconciling.reconcile(restoredTo, tenants);
      // A release that was asked for too early may come now.
      if (this.releasesOf(wholeInstallation).open > 0) this.system.watcher.releaseBegins(wholeInstallation);
      this.isGoingOn = true;
      await reconciling.goOn();
      this.system.isUnreconciled = false;
    });
  }

  private holdMails(process: SimulatedProcess): HoldMails {
    const { holds, epochs, marks } = this.guarded(process);
    return new HoldMails(holds, new GuardRestore(epochs, marks, holds));
  }

  private guarded({ step }: SimulatedProcess) {
    const { ledger, epochs, marks } = this.system;
    return {
      holds: stepped(new InMemoryHolds(ledger.holds), 'holds', step, isReading),
      epochs: stepped(epochs, 'epochs', step, isReading),
      marks: stepped(marks, 'marks', step, isReading),
    };
  }

  private command(title: string, work: (process: SimulatedProcess) => Promise<void>): Move[] {
    if (this.busyWith.has(title)) return [];
    const run = () => {
      this.begun += 1;
      this.busyWith.add(title);
      const process = new SimulatedProcess(`mailrun-${this.begun}`, this.system.world);
      process.onEnd(() => this.busyWith.delete(title));
      this.system.commands.push(process);
      process.begin(title, () => refusable(() => work(process)).finally(() => this.busyWith.delete(title)));
    };
    return [{ name: `mailrun ${title}`, run }];
  }

  private releasesOf(scope: string): { readonly begun: number; readonly open: number } {
    return this.releases.get(scope) ?? { begun: 0, open: 0 };
  }
}

const tenantOf = (scope: string): string | undefined => (scope === wholeInstallation ? undefined : scope);
