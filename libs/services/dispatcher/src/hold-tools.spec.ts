import { MemoryBlobStore } from '@mailrun/platform-blobs/testing';
import { wholeInstallation } from './domain/hold.js';
import { BlobEpochMarks } from './outbound/blobs/epoch-marks.blobs.js';
import { InMemoryEpochs } from './testing/in-memory-epochs.js';
import { InMemoryHolds } from './testing/in-memory-holds.js';
import { HoldMails } from './application/hold-mails/hold-mails.js';
import type { RestoredMails } from './application/ports/restored-mails.port.js';
import { ReconcileRestored } from './application/reconcile-restored/reconcile-restored.js';
import { GuardRestore } from './application/guard-restore/guard-restore.js';

/** An installation; a restore takes its epoch back, and not what lies in the blob store. */
class Installation {
  nowMs = 0;
  readonly blobs = new MemoryBlobStore();
  readonly epochs = new InMemoryEpochs(() => this.nowMs);
  readonly holds = new InMemoryHolds();
  readonly marks = new BlobEpochMarks(this.blobs);
  readonly guard = new GuardRestore(this.epochs, this.marks, this.holds);
  readonly holdMails = new HoldMails(this.holds, this.guard);

  async live(looks: number): Promise<void> {
    for (let i = 0; i < looks; i += 1) {
      this.nowMs += 11_000;
      await this.guard.look();
    }
  }

  reconcile(open: number): ReconcileRestored {
    let left = open;
    const mails: RestoredMails = {
      makeUncertain: async (_tenants, _reply, limit) => {
        const count = Math.min(left, limit);
        left -= count;
        return count;
      },
      tellAgain: async () => undefined,
      distrustRounds: async () => undefined,
    };
    return new ReconcileRestored(mails, this.holds, this.epochs, this.marks);
  }
}

describe('a database that is restored to an earlier point', () => {
  let installation: Installation;
  beforeEach(() => {
    installation = new Installation();
  });

  it('is as usual while nothing was restored, and a few marks are kept', async () => {
    await installation.live(20);
    expect(await installation.guard.look()).toEqual([]);
    expect(await installation.guard.isBehind()).toBe(false);
    expect((await installation.blobs.list('epoch/')).items).toHaveLength(3);
  });

  it('is noticed, also when it has never been used before, and everything is held', async () => {
    await installation.live(3);
    installation.epochs.epoch = 0;
    expect(await installation.guard.look()).toMatchObject([{ scope: wholeInstallation, reason: 'restored' }]);
    await expect(installation.holdMails.release(undefined)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'dispatch.not-reconciled',
    });
    // It stays behind, however long it runs on.
    await installation.live(5);
    expect(await installation.guard.isBehind()).toBe(true);
  });

  it('may send again once it was reconciled and released', async () => {
    await installation.live(12);
    installation.epochs.epoch = 4;
    await installation.guard.look();
    const reconcile = installation.reconcile(12_000);
    const restoredTo = new Date('2026-11-20T03:00:00Z');
    await reconcile.hold(restoredTo);
    expect(await reconcile.reconcile(restoredTo, [])).toBe(12_000);
    await expect(installation.holdMails.release(undefined)).rejects.toThrow('reconcile');
    await reconcile.goOn();
    expect(await installation.holdMails.release(undefined)).toBe(true);
    await installation.live(3);
    expect(await installation.guard.look()).toEqual([]);
  });

  it('is not mistaken for one when another process raises the number meanwhile', async () => {
    await installation.live(2);
    const other = new GuardRestore(installation.epochs, installation.marks, installation.holds);
    for (let i = 0; i < 20; i += 1) {
      installation.nowMs += 11_000;
      await Promise.all([installation.guard.look(), other.look(), other.look()]);
    }
    expect(await installation.holds.list()).toEqual([]);
  });

  it('lets a tenant be held and released all the same', async () => {
    const tenantId = '0191f0a0-0000-7000-8000-000000000001';
    await installation.live(2);
    installation.epochs.epoch = 0;
    await installation.holdMails.hold(tenantId, 'wrong template');
    expect(await installation.holdMails.release(tenantId)).toBe(true);
  });
});
