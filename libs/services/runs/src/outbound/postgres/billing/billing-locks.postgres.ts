import { Injectable } from '@nestjs/common';
import type { Transaction } from '@mailrun/platform-persistence';
import { BillingLocks, type BillingKind } from '../../../application/ports/billing-locks.port.js';

@Injectable()
export class PostgresBillingLocks extends BillingLocks {
  override async take(tx: Transaction, tenantId: string, kind: BillingKind): Promise<void> {
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`billing/${kind}/${tenantId}`]);
  }
}
