import { wholeInstallation } from '../../domain/hold.js';

/** Whether a hold keeps back the mails of a row's tenant. Read once for each statement: there are few. */
export const isHeld = (row: string): string =>
  `(select coalesce(array_agg(scope), '{}') from dispatch_holds)
      && array[${row}.tenant_id, '${wholeInstallation}'::uuid]`;
