import { CreateMails1760000000000 } from './1760000000000-create-mails.js';
import { CreateHolds1760000001000 } from './1760000001000-create-holds.js';
import { ShareServerHealth1760000002000 } from './1760000002000-share-server-health.js';
import { PauseServers1760000003000 } from './1760000003000-pause-servers.js';
import { ShareLimitsInGroups1760000004000 } from './1760000004000-share-limits-in-groups.js';
import { KeepRestoredRounds1760000005000 } from './1760000005000-keep-restored-rounds.js';

/** In the order in which they were written. */
export const dispatcherMigrations = [
  CreateMails1760000000000,
  CreateHolds1760000001000,
  ShareServerHealth1760000002000,
  PauseServers1760000003000,
  ShareLimitsInGroups1760000004000,
  KeepRestoredRounds1760000005000,
];
