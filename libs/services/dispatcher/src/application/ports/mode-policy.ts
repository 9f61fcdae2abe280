import type { Mode } from '@mailrun/contracts';

/** Whether this installation lets mails of one mode only leave, whatever the tenants' modes are. */
export class ModePolicy {
  /** Null lets each tenant's own mode decide. */
  readonly onlyMode: Mode | null;

  constructor({ forceTest }: { readonly forceTest: boolean }) {
    this.onlyMode = forceTest ? 'test' : null;
  }
}
