import type { ClaimedMail } from '../../domain/mail.js';
import type { DispatchObserver } from '../ports/dispatch-observer.port.js';
import type { MailConnections } from '../ports/mail-connections.port.js';
import type { SealedContents } from '../ports/sealed-contents.port.js';
import type { ServerLimits } from '../ports/server-limits.port.js';
import type { ByteBudget } from './byte-budget.js';
import type { DispatchOptions } from './dispatch-options.js';
import type { GroupCommitter } from './group-committer.js';

/** What all lanes share. */
export interface LaneParts {
  /** This process, towards the limits. */
  readonly holder: string;
  readonly connections: MailConnections;
  readonly contents: SealedContents;
  readonly limits: ServerLimits;
  readonly committer: GroupCommitter;
  readonly budget: ByteBudget;
  readonly options: DispatchOptions;
  readonly observer: DispatchObserver;
  /** The lane has room for more mails. */
  readonly hungry: () => void;
  /** The lane wants new limits. */
  readonly attend: () => void;
  /** These mails are not in our hands any more; with a delay they are to be given back. */
  readonly release: (mails: readonly ClaimedMail[], giveBackInMs?: number) => void;
}
